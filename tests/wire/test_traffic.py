"""After the handshake: messages, subscriptions in every dialect, heartbeats, and commands nobody knows."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketType
from zmqx.errors import ProtocolError
from zmqx.message import Item, Subscription
from zmqx.wire import commands

from ..support.raw_peer import GREETING, SIGNATURE, frame, ready
from .driver import FEEDINGS, Feeding, connection, converse, every_feeding, met, proven, topics
from .test_legacy import old

GREETING_3_0 = SIGNATURE + b"\x03\0NULL" + bytes(16 + 32)
PUBLISHERS = [SocketType.PUB, SocketType.XPUB]
OTHERS = {
    "SUB": "PUB",
    "XSUB": "XPUB",
    "PULL": "PUSH",
    "ROUTER": "DEALER",
    "PAIR": "PAIR",
    "REP": "REQ",
    "DEALER": "DEALER",
}

TALK: dict[str, tuple[bytes, list[Item]]] = {
    "commands": (frame(b"\x09SUBSCRIBEAB", 4) + frame(b"\x06CANCELAB", 4), [*topics("+AB", "-AB")]),
    "messages": (frame(b"\x01AB") + frame(b"\x00AB"), [b"\x01AB", b"\x00AB"]),
    "both": (frame(b"\x01AB") + frame(b"\x06CANCELAB", 4), [b"\x01AB", *topics("-AB")]),
    "everything": (frame(b"\x09SUBSCRIBE", 4) + frame(b"\x06CANCEL", 4), [*topics("+", "-")]),
    "long topics": (
        frame(b"\x09SUBSCRIBE" + b"t" * 300, 4) + frame(b"\x06CANCEL" + b"t" * 255, 4),
        [Subscription(b"t" * 300, True), Subscription(b"t" * 255, False)],
    ),
    "long form": (b"\x06" + (12).to_bytes(8, "big") + b"\x09SUBSCRIBEAB", [*topics("+AB")]),
    "any byte": (frame(b"\x09SUBSCRIBE\0\xff", 4), [Subscription(b"\0\xff", True)]),
    "with the more flag": (frame(b"\x09SUBSCRIBEA", 5) + frame(b"m"), [*topics("+A"), b"m"]),
    "order": (
        frame(b"1") + frame(b"\x09SUBSCRIBEA", 4) + frame(b"2", 1) + frame(b"\x06CANCELA", 4) + frame(b"3"),
        [b"1", *topics("+A", "-A"), [b"2", b"3"]],
    ),
    "hundreds": (frame(b"\x09SUBSCRIBEA", 4) * 300, topics("+A") * 300),
}


@every_feeding
@pytest.mark.parametrize("greeting", [GREETING, GREETING_3_0], ids=["3.1", "3.0"])
@pytest.mark.parametrize("talk", TALK)
def test_publishers_understand_subscriptions_of_both_forms(talk: str, greeting: bytes, feeding: Feeding) -> None:
    data, expected = TALK[talk]
    outcome = proven(met(SocketType.XPUB, "SUB", greeting), feeding, data)
    assert outcome.error is None
    assert outcome.items == expected
    assert outcome.output == b""


@every_feeding
@pytest.mark.parametrize("own", OTHERS)
def test_nobody_else_is_given_subscriptions(own: str, feeding: Feeding) -> None:
    data = frame(b"a") + frame(b"\x09SUBSCRIBEA", 4) + frame(b"\x06CANCELA", 4) + frame(b"\x01A")
    outcome = proven(met(SocketType[own], OTHERS[own]), feeding, data)
    assert outcome.error is None
    assert outcome.items == [b"a", b"\x01A"]


@every_feeding
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"\x03FOO",
        b"\x03FOObar",
        b"\xffFOO",
        b"\x05READY",
        b"\x05READY\xff",
        b"\x05ERROR\x03400",
        b"\x05ERROR",
        b"\x04PONG",
        b"\x04PONGctx",
        b"\x04PING",
        b"\x04PING\0",
        b"\x04ping\0\0",
        b"\x09subscribeA",
        b"\x0aSUBSCRIBEA",
        b"\x08SUBSCRIBEA",
        b"\x05CANCELA",
        b"\x04JOINgrp",
        b"\x05LEAVEgrp",
        b"\x07MESSAGE" + bytes(30),
        b"x" * 300,
    ],
)
def test_commands_that_mean_nothing_are_passed_over(body: bytes, feeding: Feeding) -> None:
    outcome = proven(met(SocketType.XPUB, "SUB"), feeding, frame(b"a") + frame(body, 4) + frame(b"b"))
    assert outcome.error is None
    assert outcome.items == [b"a", b"b"]
    assert outcome.output == b""
    assert outcome.pings == []
    assert outcome.readies == 0


@every_feeding
@pytest.mark.parametrize(
    ("ping", "pong", "ttls"),
    [
        (b"\0\0", b"", []),
        (b"\0\x01", b"", [100]),
        (b"\x00\x0actx1", b"ctx1", [1000]),
        (b"\xff\xff" + b"c" * 16, b"c" * 16, [6553500]),
        (b"\x02\x90" + bytes(range(17)), bytes(range(16)), [65600]),
        (b"\0\0" + b"c" * 400, b"c" * 16, []),
    ],
    ids=["plain", "ttl", "context", "most", "17 bytes", "400 bytes"],
)
def test_a_ping_is_answered_with_its_context(ping: bytes, pong: bytes, ttls: list[int], feeding: Feeding) -> None:
    outcome = proven(met(SocketType.PULL, "PUSH"), feeding, frame(b"a") + frame(b"\x04PING" + ping, 4) + frame(b"b"))
    assert outcome.output == frame(b"\x04PONG" + pong, 4)
    assert outcome.pings == ttls
    assert outcome.items == [b"a", b"b"]


@pytest.mark.parametrize(
    ("ttl", "tenths"), [(0, 0), (99, 0), (100, 1), (1999, 19), (65500, 655), (65600, 655), (6553500, 655)]
)
def test_a_ping_of_ours_never_asks_for_more_than_libzmq_can_count(ttl: int, tenths: int) -> None:
    made = met(SocketType.PUSH, "PULL")
    made.ping(ttl)
    assert made.take_output() == b"\x04\x07\x04PING" + tenths.to_bytes(2, "big")


def test_pings_of_a_peer_that_never_reads_do_not_pile_up() -> None:
    made = met(SocketType.PULL, "PUSH")
    made.receive(frame(b"\x04PING\0\0" + b"c" * 16, 4) * 10_000 + frame(b"m"))
    assert made.take(10) == [b"m"]
    waiting = made.take_output()
    assert frame(b"\x04PONG" + b"c" * 16, 4) in waiting
    assert len(waiting) < 10_000
    made.receive(frame(b"\x04PING\0\0", 4))
    made.take(10)
    assert made.take_output() == frame(b"\x04PONG", 4)  # and once they are read, there is room again


# -- the form of our own subscriptions

SMALL = [0, 1, 254, 255, 256, 300]


@pytest.mark.parametrize("size", [0, 2, 244, 245, 246, 255, 256, 1000])
@pytest.mark.parametrize(
    ("on", "name"), [(True, b"\x09SUBSCRIBE"), (False, b"\x06CANCEL")], ids=["subscribe", "cancel"]
)
def test_peers_of_3_1_are_sent_commands(size: int, on: bool, name: bytes) -> None:
    made = met(SocketType.SUB, "PUB")
    topic = b"t" * size
    assert b"".join(made.encode([Subscription(topic, on), b"m"])) == frame(name + topic, 4) + frame(b"m")


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("on", [True, False], ids=["subscribe", "cancel"])
@pytest.mark.parametrize("dialect", ["3.0", "2.0", "1.0"])
def test_older_peers_are_sent_messages(dialect: str, size: int, on: bool) -> None:
    opening = {
        "3.0": GREETING_3_0 + ready("PUB", None),
        "2.0": SIGNATURE + b"\x01\x01" + frame(b""),
        "1.0": old(b""),
    }[dialect]
    made = connection(SocketType.SUB)
    assert converse(made, FEEDINGS[0], opening).error is None
    form = old if dialect.startswith("1") else frame
    body = (b"\x01" if on else b"\0") + b"t" * size
    assert b"".join(made.encode([Subscription(b"t" * size, on)])) == form(body)


@every_feeding
def test_messages_of_many_frames_around_the_limit(feeding: Feeding) -> None:
    """MAXMSGSIZE is about frames: a message of many may be longer, one frame may not."""
    made = met(SocketType.PULL, "PUSH", max_message_size=300)
    data = frame(b"a" * 300, 1) + frame(b"b" * 300, 1) + frame(b"c" * 300)
    outcome = converse(made, feeding, data + frame(b"d", 1) + frame(b"e" * 301)[:9] + b"e" * 20 * feeding.trailing)
    assert outcome.items == [[b"a" * 300, b"b" * 300, b"c" * 300]]
    assert isinstance(outcome.error, ProtocolError)
    with pytest.raises(ProtocolError):
        made.take(10)  # once over, it stays over


def test_messages_before_an_error_are_delivered_before_it_is_raised() -> None:
    made = met(SocketType.PULL, "PUSH", max_message_size=10)
    made.receive(frame(b"good") * 5 + frame(b"x" * 11))
    assert made.take(3) == [b"good"] * 3
    assert made.take(3) == [b"good"] * 2
    with pytest.raises(ProtocolError, match="11"):
        made.take(3)


def test_a_command_beyond_the_limit_is_refused_as_well() -> None:
    made = met(SocketType.XPUB, "SUB", max_message_size=20)
    outcome = converse(
        made, FEEDINGS[2], frame(b"\x09SUBSCRIBE" + b"t" * 10, 4) + frame(b"\x09SUBSCRIBE" + b"t" * 11, 4)
    )
    assert outcome.items == [Subscription(b"t" * 10, True)]
    assert outcome.error is not None


def test_a_pump_may_leave_the_rest_to_the_connection() -> None:
    """What a pump got from the decoder itself, up to a command, is completed in the peer's order."""
    made = met(SocketType.XPUB, "SUB")
    items = made.decoder.push(frame(b"1") + frame(b"\x09SUBSCRIBEA", 4) + frame(b"2"), 10)
    assert items == [b"1"]
    assert made.sort(items, 10) == [b"1", *topics("+A"), b"2"]


@pytest.mark.parametrize("body", [b"\x04PING", b"\x04PING\0", b"\x04PONG\0\0", b"\x03PIN\0\0\0", b""])
def test_what_is_no_ping(body: bytes) -> None:
    assert commands.parse_ping(body) is None
