"""Sessions between two libzmq peers, recorded byte for byte, and the small frames of the specification."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketType
from zmqx.errors import AuthenticationError
from zmqx.message import Item, Subscription
from zmqx.wire import commands
from zmqx.wire.connection import Connection
from zmqx.wire.frames import COMMAND, frame

from ..support.raw_peer import GREETING
from .driver import FEEDINGS, Feeding, connection, converse, every_feeding, proven, topics

SIGNATURE = bytes.fromhex("ff 00 00 00 00 00 00 00 01 7f")
NAMED = bytes.fromhex("ff 00 00 00 00 00 00 00 04 7f")  # the routing id has three bytes
REST = bytes.fromhex("01 4e554c4c") + bytes(16) + bytes(32)

READY = {
    "DEALER": bytes.fromhex(
        "04 29 05 52 45 41 44 59 0b 53 6f 63 6b 65 74 2d 54 79 70 65 00 00 00 06"
        "44 45 41 4c 45 52 08 49 64 65 6e 74 69 74 79 00 00 00 00"
    ),
    "DEALER abc": bytes.fromhex("042c05") + b"READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\x03abc",
    "ROUTER": bytes.fromhex("042905") + b"READY\x0bSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0",
    "PUB": bytes.fromhex("041905") + b"READY\x0bSocket-Type\0\0\0\x03PUB",
    "XPUB": bytes.fromhex("041a05") + b"READY\x0bSocket-Type\0\0\0\x04XPUB",
    "SUB": bytes.fromhex("041905") + b"READY\x0bSocket-Type\0\0\0\x03SUB",
    "REP": bytes.fromhex("041905") + b"READY\x0bSocket-Type\0\0\0\x03REP",
    "REQ": bytes.fromhex("042605") + b"READY\x0bSocket-Type\0\0\0\x03REQ\x08Identity\0\0\0\0",
}

Line = tuple[str, bytes, list[Item]]  # who says it, the bytes, the messages in them

SESSIONS: dict[str, tuple[tuple[str, bytes], tuple[str, bytes], list[Line]]] = {
    "DEALER to ROUTER": (
        ("DEALER abc", b"abc"),
        ("ROUTER", b""),
        [
            ("C", bytes.fromhex("01 00 00 02 68 69"), [[b"", b"hi"]]),
            ("S", bytes.fromhex("01 00 00 02 68 69"), [[b"", b"hi"]]),
        ],
    ),
    "SUB to XPUB": (
        ("SUB", b""),
        ("XPUB", b""),
        [
            ("C", bytes.fromhex("04 0c 09 53 55 42 53 43 52 49 42 45 41 42"), [*topics("+AB")]),
            ("S", bytes.fromhex("01 03 41 42 43 00 01 78"), [[b"ABC", b"x"]]),
            ("C", bytes.fromhex("04 09 06 43 41 4e 43 45 4c 41 42"), [*topics("-AB")]),
        ],
    ),
    "REQ to REP": (
        ("REQ", b""),
        ("REP", b""),
        [
            ("C", bytes.fromhex("01 00 00 04 70 69 6e 67"), [[b"", b"ping"]]),
            ("S", bytes.fromhex("01 00 00 04 70 6f 6e 67"), [[b"", b"pong"]]),
        ],
    ),
}


def start(name: str, routing_id: bytes) -> Connection:
    return connection(SocketType[name.split()[0]], routing_id=routing_id)


@every_feeding
@pytest.mark.parametrize("ours", ["C", "S"], ids=["connecting", "bound"])
@pytest.mark.parametrize("session", SESSIONS)
def test_we_take_either_part_in_a_recorded_session(session: str, ours: str, feeding: Feeding) -> None:
    """Fed the other side's bytes and given the same to say, we write what libzmq wrote."""
    connecting, bound, talk = SESSIONS[session]
    own, peer = (connecting, bound) if ours == "C" else (bound, connecting)
    signature = {True: NAMED, False: SIGNATURE}
    made = start(*own)
    theirs = signature[bool(peer[1])] + b"\x03" + REST + READY[peer[0]]
    heard = b"".join(data for who, data, _ in talk if who != ours)
    outcome = proven(made, feeding, theirs + heard)
    assert outcome.error is None
    assert outcome.output == signature[bool(own[1])] + b"\x03" + REST + READY[own[0]]
    assert outcome.items == [item for who, _, items in talk if who != ours for item in items]
    assert made.peer is not None
    assert made.peer.routing_id == peer[1]
    for who, data, items in talk:
        if who == ours:
            assert b"".join(made.encode(items)) == data


@pytest.mark.parametrize("session", SESSIONS)
def test_two_of_ours_replay_a_recorded_session(session: str) -> None:
    connecting, bound, talk = SESSIONS[session]
    ends = {"C": start(*connecting), "S": start(*bound)}
    written = {"C": b"", "S": b""}

    def carry() -> None:
        for who, other in ("CS", "SC", "CS", "SC"):
            data = ends[who].take_output()
            written[who] += data
            if data:
                ends[other].receive(data)

    for _ in range(4):
        carry()
    for who, data, items in talk:
        out = b"".join(ends[who].encode(items))
        assert out == data
        other = ends["S" if who == "C" else "C"]
        other.receive(out)
        assert other.take(10) == items
    for who, (name, routing_id) in (("C", connecting), ("S", bound)):
        assert written[who] == (NAMED if routing_id else SIGNATURE) + b"\x03" + REST + READY[name]


@pytest.mark.parametrize("name", READY)
def test_ready_is_libzmqs(name: str) -> None:
    made = start(name, b"abc" if "abc" in name else b"")
    made.receive(GREETING)
    assert made.take_output().endswith(READY[name])


@every_feeding
def test_an_error_of_400(feeding: Feeding) -> None:
    said = bytes.fromhex("04 0A 05 4552524F52 03 343030")
    outcome = converse(connection(), feeding, GREETING + said + READY["ROUTER"] * feeding.trailing)
    assert isinstance(outcome.error, AuthenticationError)
    assert outcome.error.status == 400


@every_feeding
def test_ping_and_pong(feeding: Feeding) -> None:
    made = connection(SocketType.DEALER)
    assert converse(made, FEEDINGS[0], GREETING + READY["ROUTER"]).readies == 1
    outcome = proven(
        made, feeding, bytes.fromhex("04 07 04 50494E47 0000") + bytes.fromhex("04 0b 04 50494E47 0000 63747831")
    )
    assert outcome.output == bytes.fromhex("04 05 04 504F4E47") + bytes.fromhex("04 09 04 504F4E47 63747831")
    assert frame(commands.ping(0), COMMAND) == bytes.fromhex("04 07 04 50494E47 0000")


def test_a_subscriber_meets_2_0() -> None:
    made = connection(SocketType.SUB)
    outcome = converse(made, FEEDINGS[0], bytes.fromhex("FF 0000000000000001 7F 01 01") + bytes.fromhex("00 00"))
    said = outcome.output + b"".join(made.encode([Subscription(b"AB", True)]))
    assert said == bytes.fromhex("FF 0000000000000001 7F 03 02") + bytes.fromhex("00 00") + bytes.fromhex(
        "00 03 01 4142"
    )


def test_a_subscriber_meets_1_0() -> None:
    made = connection(SocketType.SUB)
    assert converse(made, FEEDINGS[0], bytes.fromhex("01 00")).readies == 1
    assert b"".join(made.encode([Subscription(b"AB", True)])) == bytes.fromhex("04 00 01 4142")
