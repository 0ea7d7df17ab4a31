"""READY and ERROR: what a peer may say of itself, and whom we talk to."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketType
from zmqx.errors import AuthenticationError, ProtocolError
from zmqx.wire import commands
from zmqx.wire.states import Phase

from ..support.raw_peer import GREETING, frame, ready
from .driver import FEEDINGS, Feeding, connection, converse, every_feeding, proven

# Who may talk to whom, by RFC 37.
COMPATIBLE = {
    "REQ": "REP ROUTER",
    "REP": "REQ DEALER",
    "DEALER": "REP DEALER ROUTER",
    "ROUTER": "REQ DEALER ROUTER",
    "PUB": "SUB XSUB",
    "XPUB": "SUB XSUB",
    "SUB": "PUB XPUB",
    "XSUB": "PUB XPUB",
    "PUSH": "PULL",
    "PULL": "PUSH",
    "PAIR": "PAIR",
}
OTHERS = ["STREAM", "CLIENT", "SERVER", "RADIO", "DISH", "", "dealer", "DEALER ", "DEALER\0", "NONSENSE"]


def metadata(*properties: tuple[bytes, bytes]) -> bytes:
    return b"".join(bytes((len(name),)) + name + len(value).to_bytes(4, "big") + value for name, value in properties)


def ready_of(*properties: tuple[bytes, bytes]) -> bytes:
    return frame(b"\x05READY" + metadata(*properties), 4)


@pytest.mark.parametrize("peer", [*COMPATIBLE, *OTHERS])
@pytest.mark.parametrize("own", COMPATIBLE)
def test_who_may_talk_to_whom(own: str, peer: str) -> None:
    made = connection(SocketType[own])
    outcome = converse(made, FEEDINGS[0], GREETING + ready(peer, None) + frame(b"data"))
    if peer in COMPATIBLE[own].split():
        assert outcome.error is None
        assert made.peer is not None
        assert made.peer.socket_type == peer.encode()
    else:
        assert outcome.code == ProtocolError.INVALID_METADATA
        assert own in str(outcome.error)
        assert not outcome.readies
        assert not outcome.items
    assert b"ERROR" not in outcome.output


@pytest.mark.parametrize("own", COMPATIBLE)
@pytest.mark.parametrize("routing_id", [b"", b"name"])
def test_what_our_ready_says(own: str, routing_id: bytes) -> None:
    made = connection(SocketType[own], routing_id=routing_id, properties=[(b"X-a", b"1"), (b"X-b", b"")])
    said = [(b"Socket-Type", own.encode())]
    if own in ("REQ", "DEALER", "ROUTER"):
        said.append((b"Identity", routing_id))
    made.receive(GREETING)
    assert made.take_output()[64:] == ready_of(*said, (b"X-a", b"1"), (b"X-b", b""))


ACCEPTED: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "usual": (ready("ROUTER", b"id"), {"socket-type": b"ROUTER", "identity": b"id"}),
    "nothing said": (ready_of(), {}),
    "no type": (ready_of((b"Identity", b"id")), {"identity": b"id"}),
    "another order": (
        ready_of((b"Identity", b"id"), (b"Socket-Type", b"REP")),
        {"socket-type": b"REP", "identity": b"id"},
    ),
    "small letters": (
        ready_of((b"socket-type", b"ROUTER"), (b"IDENTITY", b"i")),
        {"socket-type": b"ROUTER", "identity": b"i"},
    ),
    "the first counts": (
        ready_of((b"Identity", b"1"), (b"identity", b"2"), (b"X-a", b"3"), (b"X-A", b"4")),
        {"identity": b"1", "x-a": b"3"},
    ),
    "unknown ones": (ready_of((b"Resource", b"r"), (b"X-Key", b"\0\xff")), {"resource": b"r", "x-key": b"\0\xff"}),
    "an empty name": (ready_of((b"", b"v")), {"": b"v"}),
    "a long name": (ready_of((b"n" * 255, b"v" * 70)), {"n" * 255: b"v" * 70}),
    "a name beyond ascii": (ready_of((b"\xe4\xff", b"v")), {b"\xe4\xff".decode("latin-1"): b"v"}),
    "a long identity": (ready_of((b"Identity", b"i" * 300)), {"identity": b"i" * 300}),
    "an identity like ours": (ready_of((b"Identity", b"\0\1\2\3\4")), {"identity": b"\0\1\2\3\4"}),
    "the limit": (ready_of((b"X", b"v" * (65536 - 12))), {"x": b"v" * (65536 - 12)}),
    "many": (ready_of(*((b"X-%d" % n, b"v") for n in range(500))), {f"x-{n}": b"v" for n in range(500)}),
    "without the command flag": (frame(b"\x05READY" + metadata((b"A", b"b")), 0), {"a": b"b"}),
    "with the more flag": (frame(b"\x05READY" + metadata((b"A", b"b")), 5), {"a": b"b"}),
    "in long form": (b"\x06" + (13).to_bytes(8, "big") + b"\x05READY" + metadata((b"A", b"b")), {"a": b"b"}),
}


@every_feeding
@pytest.mark.parametrize("case", ACCEPTED)
def test_what_a_peer_may_say_of_itself(case: str, feeding: Feeding) -> None:
    said, properties = ACCEPTED[case]
    made = connection(SocketType.DEALER)
    outcome = proven(made, feeding, GREETING + said + frame(b"m"))
    assert outcome.error is None
    assert outcome.items == [b"m"]
    assert made.peer is not None
    assert made.peer.properties == {name.lower(): value for name, value in properties.items()}
    assert made.peer.routing_id == properties.get("identity", b"")


GOOD = metadata((b"Socket-Type", b"ROUTER"))
REFUSED: dict[str, tuple[bytes, int]] = {
    "type of the second": (
        ready_of((b"Socket-Type", b"ROUTER"), (b"socket-type", b"PUB")),
        ProtocolError.INVALID_METADATA,
    ),
    "type of the first": (
        ready_of((b"Socket-Type", b"PUB"), (b"Socket-Type", b"ROUTER")),
        ProtocolError.INVALID_METADATA,
    ),
    **{
        f"metadata cut at {size}": (frame(b"\x05READY" + GOOD[:size], 4), ProtocolError.INVALID_METADATA)
        for size in (1, 11, 12, 13, 15, 16, len(GOOD) - 1)
    },
    "a byte behind": (frame(b"\x05READY" + GOOD + b"\x01", 4), ProtocolError.INVALID_METADATA),
    "a value of 4 GiB": (frame(b"\x05READY\x01A\xff\xff\xff\xff", 4), ProtocolError.INVALID_METADATA),
    "another case": (frame(b"\x05ready" + GOOD, 4), ProtocolError.UNEXPECTED_COMMAND),
    "an unknown command": (frame(b"\x03FOO", 4), ProtocolError.UNEXPECTED_COMMAND),
    "HELLO": (frame(b"\x05HELLO\1u\1p", 4), ProtocolError.UNEXPECTED_COMMAND),
    "PING": (frame(b"\x04PING\0\0", 4), ProtocolError.UNEXPECTED_COMMAND),
    "SUBSCRIBE": (frame(b"\x09SUBSCRIBE", 4), ProtocolError.UNEXPECTED_COMMAND),
    "an empty command": (frame(b"", 4), ProtocolError.UNEXPECTED_COMMAND),
    "a name beyond the end": (frame(b"\x06READY", 4), ProtocolError.UNEXPECTED_COMMAND),
    "a message": (frame(b"hello"), ProtocolError.UNEXPECTED_COMMAND),
    "a message of two frames": (frame(b"a", 1) + frame(b"b"), ProtocolError.UNEXPECTED_COMMAND),
    "an empty message": (frame(b""), ProtocolError.UNEXPECTED_COMMAND),
    "a frame beyond the limit": (b"\x06" + (65537).to_bytes(8, "big"), ProtocolError.ZMTP_UNSPECIFIED),
    "a frame of 2^62": (b"\x06\x40" + bytes(7), ProtocolError.ZMTP_UNSPECIFIED),
    "an ERROR cut off": (frame(b"\x05ERROR\x0440", 4), ProtocolError.MALFORMED_ERROR),
    "an ERROR without reason": (frame(b"\x05ERROR", 4), ProtocolError.MALFORMED_ERROR),
    "an ERROR with more": (frame(b"\x05ERROR\x03400x", 4), ProtocolError.MALFORMED_ERROR),
    "an ERROR of text": (frame(b"\x05ERROR\x02no", 4), ProtocolError.ZMTP_UNSPECIFIED),
    "an ERROR of another number": (frame(b"\x05ERROR\x03200", 4), ProtocolError.ZMTP_UNSPECIFIED),
    "an empty ERROR": (frame(b"\x05ERROR\0", 4), ProtocolError.ZMTP_UNSPECIFIED),
    "an ERROR beyond ascii": (frame(b"\x05ERROR\x02\xff\0", 4), ProtocolError.ZMTP_UNSPECIFIED),
}


@every_feeding
@pytest.mark.parametrize("case", REFUSED)
def test_what_ends_a_handshake(case: str, feeding: Feeding) -> None:
    said, code = REFUSED[case]
    made = connection(SocketType.DEALER)
    outcome = converse(made, feeding, GREETING + said + ready("ROUTER") * feeding.trailing)
    assert outcome.code == code
    assert str(outcome.error)
    assert not outcome.readies
    assert outcome.output == GREETING + ready("DEALER")  # no answer beyond our own READY
    assert made.take(10) == []
    assert made.phase is Phase.HANDSHAKE


@every_feeding
@pytest.mark.parametrize("status", [300, 400, 500])
def test_a_refusal_with_a_status_says_so(status: int, feeding: Feeding) -> None:
    outcome = converse(connection(), feeding, GREETING + frame(b"\x05ERROR\x03%d" % status, 4))
    assert isinstance(outcome.error, AuthenticationError)
    assert outcome.error.status == status
    assert str(status) in str(outcome.error)


def test_the_reason_of_a_refusal_is_told() -> None:
    outcome = converse(connection(), FEEDINGS[0], GREETING + frame(b"\x05ERROR\x08Too late", 4))
    assert "Too late" in str(outcome.error)


@pytest.mark.parametrize("flags", [1, 3], ids=["short", "long"])
def test_no_frame_slips_in_before_the_handshake(flags: int) -> None:
    """The beginning of a message in front of READY would otherwise become part of the first one behind it."""
    early = b"\x01\x05early" if flags == 1 else b"\x03" + (5).to_bytes(8, "big") + b"early"
    made = connection(SocketType.DEALER)
    outcome = converse(made, FEEDINGS[0], GREETING + early + ready("ROUTER") + frame(b"late"))
    assert outcome.code == ProtocolError.UNEXPECTED_COMMAND
    assert outcome.items == []


@pytest.mark.parametrize(
    ("opening", "piece"),
    [
        (GREETING, b"\x01\xff" + bytes(255)),
        (b"\xff00000000\x7f\x01\x06", b"\x01\xff" + bytes(255)),
        (b"\x02\x01x", b"\xfe\x01" + bytes(253)),
    ],
    ids=["3.1", "2.0", "1.0"],
)
def test_frames_that_never_end_cannot_fill_the_memory_before_the_handshake(opening: bytes, piece: bytes) -> None:
    made = connection(SocketType.ROUTER)
    outcome = converse(made, FEEDINGS[0], opening)
    for _ in range(4 * 65536 // len(piece)):
        outcome = outcome if outcome.error else converse(made, FEEDINGS[0], piece)
    assert outcome.error is not None


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_the_limit_of_messages_is_not_that_of_the_handshake(limit: int) -> None:
    made = connection(SocketType.DEALER, max_message_size=limit)
    hello = ready_of((b"X-Long", b"v" * 60_000))
    outcome = converse(made, FEEDINGS[3], GREETING + hello + frame(b"x" * limit) + frame(b"x" * (limit + 1)))
    assert outcome.items == [b"x" * limit]
    assert outcome.error is not None
    assert outcome.readies == 1


def test_long_messages_may_follow_ready_at_once() -> None:
    made = connection(SocketType.DEALER)
    outcome = converse(made, FEEDINGS[0], GREETING + ready("ROUTER") + frame(b"x" * 200_000))
    assert outcome.items == [b"x" * 200_000]


@pytest.mark.parametrize(
    ("properties", "data"),
    [
        ([], b""),
        ([(b"", b"")], bytes(5)),
        ([(b"A", b"b")], b"\x01A\0\0\0\x01b"),
        ([(b"n" * 255, b"")], b"\xff" + b"n" * 255 + bytes(4)),
    ],
)
def test_metadata_both_ways(properties: list[tuple[bytes, bytes]], data: bytes) -> None:
    assert commands.metadata(properties) == data
    assert commands.parse_metadata(data) == properties


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (b"\x03FOObar", (b"FOO", b"bar")),
        (b"\x03FOO", (b"FOO", b"")),
        (b"\x04FOO", (b"", b"")),
        (b"", (b"", b"")),
        (b"\0", (b"", b"")),
        (b"\0x", (b"", b"x")),
        (b"\xff" + b"n" * 255 + b"d", (b"n" * 255, b"d")),
    ],
)
def test_commands_are_taken_apart(body: bytes, parts: tuple[bytes, bytes]) -> None:
    assert commands.split(body) == parts
    if parts[0]:
        assert commands.command(*parts) == body
