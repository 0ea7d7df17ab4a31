"""ZMTP commands (RFC 37, section 3.4): made, and taken apart. The peer-facing parsers raise
ProtocolError and nothing else."""

from __future__ import annotations

from ..errors import AuthenticationError, ProtocolError
from ..message import GROUP_LIMIT, Subscription

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SUBSCRIBE = b"\x09SUBSCRIBE"
_CANCEL = b"\x06CANCEL"
_JOIN = b"\x04JOIN"
_LEAVE = b"\x05LEAVE"
_PING = b"\x04PING"
_PONG = b"\x04PONG"

# libzmq keeps a PING's TTL (tenths of a second, 16 bits) in milliseconds in 16 bits as well: 65.6 s
# becomes 64 ms and kills the connection. What fits both is all we ever ask for.
_TTL_LIMIT = 655


def command(name: bytes, data: bytes = b"") -> bytes:
    """The body of a command."""
    return bytes((len(name),)) + name + data


def split(body: bytes) -> tuple[bytes, bytes]:
    """The name and the data of a command's body; an empty name if it is malformed."""
    if not body or body[0] >= len(body):
        return b"", b""
    end = body[0] + 1
    return body[1:end], body[end:]


def metadata(properties: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Properties as READY carries them."""
    return b"".join(bytes((len(name),)) + name + len(value).to_bytes(4, "big") + value for name, value in properties)


def parse_metadata(data: bytes) -> list[tuple[bytes, bytes]]:
    """The properties in READY's data, in order, repetitions kept."""
    found = []
    pos, end = 0, len(data)
    while pos < end:
        value_at = pos + 1 + data[pos] + 4
        if value_at > end:
            raise ProtocolError("metadata ends within a property", ProtocolError.INVALID_METADATA)
        size = int.from_bytes(data[value_at - 4 : value_at], "big")
        if value_at + size > end:
            raise ProtocolError("metadata ends within a value", ProtocolError.INVALID_METADATA)
        found.append((data[pos + 1 : value_at - 4], data[value_at : value_at + size]))
        pos = value_at + size
    return found


def text_of(value: bytes) -> str:
    """A property's value for the application: text as it was meant, anything else byte by byte."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def ready(properties: Iterable[tuple[bytes, bytes]]) -> bytes:
    return command(b"READY", metadata(properties))


def refusal(data: bytes) -> ProtocolError:
    """What the data of a received ERROR means."""
    if not data or data[0] != len(data) - 1:
        return ProtocolError("a malformed ERROR command", ProtocolError.MALFORMED_ERROR)
    reason = data[1:]
    if reason in (b"300", b"400", b"500"):
        return AuthenticationError(int(reason))
    return ProtocolError(f"the peer refused the handshake: {reason.decode('latin-1')}")


def subscription(change: Subscription) -> bytes:
    """SUBSCRIBE or CANCEL (ZMTP 3.1)."""
    return (_SUBSCRIBE if change.on else _CANCEL) + change.topic


def parse_subscription(body: bytes) -> Subscription | None:
    """The change a SUBSCRIBE or CANCEL asks for; None if the command is another."""
    if body.startswith(_SUBSCRIBE):
        return Subscription(body[len(_SUBSCRIBE) :], True)
    if body.startswith(_CANCEL):
        return Subscription(body[len(_CANCEL) :], False)
    return None


def membership(change: Subscription) -> bytes:
    """JOIN or LEAVE (RFC 48): what a DISH tells a RADIO of its groups."""
    return (_JOIN if change.on else _LEAVE) + change.topic


def parse_membership(body: bytes) -> Subscription | None:
    """The change a JOIN or LEAVE asks for; None if the command is another, or its group too long."""
    for name, on in ((_JOIN, True), (_LEAVE, False)):
        if body.startswith(name) and len(body) - len(name) <= GROUP_LIMIT:
            return Subscription(body[len(name) :], on)
    return None


def ping(ttl_ms: int) -> bytes:
    """A PING that asks the peer to give us up after so much silence (0: says nothing)."""
    return _PING + min(ttl_ms // 100, _TTL_LIMIT).to_bytes(2, "big")


def parse_ping(body: bytes) -> tuple[int, bytes] | None:
    """The TTL in ms and the context of a PING; None if the command is another, or too short."""
    if not body.startswith(_PING) or len(body) < len(_PING) + 2:
        return None
    at = len(_PING)
    return int.from_bytes(body[at : at + 2], "big") * 100, body[at + 2 :]


def pong(context: bytes) -> bytes:
    """The answer to a PING; no more than 16 bytes of context go back (RFC 37)."""
    return _PONG + context[:16]
