"""ZAP (RFC 27): the question whether a peer may come in, and the answer, as messages.

Whoever answers is a REP or ROUTER socket of the same context, bound to ``inproc://zeromq.zap.01``.
"""

from __future__ import annotations

from enum import Enum

from ..errors import ProtocolError
from .commands import parse_metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..message import Part

NAME = "zeromq.zap.01"
_VERSION = b"1.0"

# Every connection asks once, by a pipe of its own: one number is enough (libzmq).
_REQUEST_ID = b"1"

OK = 200
TEMPORARY = 300
_STATUSES = {b"200": OK, b"300": TEMPORARY, b"400": 400, b"500": 500}


class Course(Enum):
    """What to do about a peer that would come in."""

    ASK = "ask"
    ADMIT = "admit"
    FAIL = "fail"


def course(mechanism: bytes, domain: bytes, enforced: bool, present: bool) -> Course:
    """Whether to ask, by the mechanism, ZAP_DOMAIN, ZAP_ENFORCE_DOMAIN and whether anybody is there to answer.

    A PLAIN server has nobody else to say which password is right. A CURVE client has proved who it is, and a
    NULL peer is asked for only if there is a domain.
    """
    if mechanism == b"PLAIN":
        return Course.ASK if present and (domain or not enforced) else Course.FAIL
    if not domain and (enforced or mechanism == b"NULL"):
        return Course.ADMIT
    if present:
        return Course.ASK
    return Course.FAIL if enforced and domain else Course.ADMIT


class Verdict:
    """An answer. ``status`` is 200 (come in), 300 (not now), 400 (no) or 500 (the other side has failed)."""

    __slots__ = ("metadata", "status", "text", "user_id")

    def __init__(self, status: int, text: bytes, user_id: bytes, metadata: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        self.text = text
        self.user_id = user_id
        self.metadata = metadata

    def __str__(self) -> str:
        return f"{self.status} {self.text.decode('utf-8', 'replace')}".rstrip()


#: What comes of a question: the answer; what was wrong with it; why there is none; None to admit without one.
Outcome = Verdict | ProtocolError | str | None


def request(
    domain: bytes, address: bytes, identity: bytes, mechanism: bytes, credentials: Sequence[bytes]
) -> list[Part]:
    """The question, as a message for a REP socket. ``identity`` is our own routing id (libzmq)."""
    return [b"", _VERSION, _REQUEST_ID, domain, address, identity, mechanism, *credentials]


def parse_reply(parts: Sequence[Part]) -> Verdict:
    """The answer in a message; ProtocolError says what is wrong with it."""
    if len(parts) != 7:
        raise ProtocolError(f"a ZAP reply of {len(parts)} frames instead of 7", ProtocolError.ZAP_MALFORMED_REPLY)
    delimiter, version, request_id, status, text, user_id, metadata = map(bytes, parts)
    if delimiter:
        raise ProtocolError("a ZAP reply without an empty frame before it", ProtocolError.ZAP_UNSPECIFIED)
    if version != _VERSION:
        raise ProtocolError(f"a ZAP reply of version {version[:16]!r}", ProtocolError.ZAP_BAD_VERSION)
    if request_id != _REQUEST_ID:
        raise ProtocolError(f"a ZAP reply to request {request_id[:16]!r}", ProtocolError.ZAP_BAD_REQUEST_ID)
    if status not in _STATUSES:
        raise ProtocolError(f"a ZAP reply of status {status[:16]!r}", ProtocolError.ZAP_INVALID_STATUS_CODE)
    try:
        properties = parse_metadata(metadata)
    except ProtocolError as error:
        raise ProtocolError(f"a ZAP reply whose {error}", ProtocolError.ZAP_INVALID_METADATA) from error
    return Verdict(_STATUSES[status], text, user_id, properties)
