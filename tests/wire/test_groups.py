"""JOIN and LEAVE, and messages in two frames: what RADIO and DISH say to each other (RFC 48)."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketType
from zmqx.message import Item, Subscription

from ..support.raw_peer import GREETING, SIGNATURE, frame, ready
from .driver import FEEDINGS, Feeding, connection, converse, every_feeding, met, proven, topics
from .test_traffic import GREETING_3_0

TALK: dict[str, tuple[bytes, list[Item]]] = {
    "join and leave": (b"\x04\x07\x04JOINAB" + b"\x04\x08\x05LEAVEAB", [*topics("+AB", "-AB")]),
    "the empty group": (b"\x04\x05\x04JOIN" + b"\x04\x06\x05LEAVE", [*topics("+", "-")]),
    "the longest group": (frame(b"\x04JOIN" + b"g" * 255, 4), [Subscription(b"g" * 255, True)]),
    "a group too long": (frame(b"\x04JOIN" + b"g" * 256, 4) + frame(b"\x04JOINA", 4), [*topics("+A")]),
    "not a group": (frame(b"\x09SUBSCRIBEA", 4) + frame(b"\x04JOI", 4) + frame(b"\x05JOINA", 4), []),
    "as a message": (frame(b"\x04JOINA"), [b"\x04JOINA"]),
    "hundreds": (frame(b"\x04JOINA", 4) * 300, topics("+A") * 300),
}


@every_feeding
@pytest.mark.parametrize("greeting", [GREETING, GREETING_3_0], ids=["3.1", "3.0"])
@pytest.mark.parametrize("talk", TALK)
def test_a_radio_understands_its_dishes(talk: str, greeting: bytes, feeding: Feeding) -> None:
    data, expected = TALK[talk]
    outcome = proven(met(SocketType.RADIO, "DISH", greeting), feeding, data)
    assert outcome.error is None
    assert outcome.items == expected
    assert outcome.output == b""


@pytest.mark.parametrize("kind", ["SUB", "XPUB", "CLIENT", "PULL"])
def test_nobody_else_hears_of_groups(kind: str) -> None:
    peer = {"SUB": "PUB", "XPUB": "SUB", "CLIENT": "SERVER", "PULL": "PUSH"}[kind]
    outcome = converse(met(SocketType[kind], peer), FEEDINGS[0], frame(b"\x04JOINA", 4) + frame(b"m"))
    assert outcome.items == [b"m"]


@pytest.mark.parametrize("greeting", [GREETING, GREETING_3_0], ids=["3.1", "3.0"])
def test_a_dish_speaks_in_commands(greeting: bytes) -> None:
    made = met(SocketType.DISH, "RADIO", greeting)
    out = made.encode([*topics("+AB", "-AB", "+"), Subscription(b"g" * 255, True)])
    assert b"".join(map(bytes, out)) == (
        b"\x04\x07\x04JOINAB\x04\x08\x05LEAVEAB\x04\x05\x04JOIN" + b"\x06" + (260).to_bytes(8, "big") + b"\x04JOIN"
        + b"g" * 255
    )  # fmt: skip


def test_a_message_is_a_group_and_a_body() -> None:
    made = met(SocketType.RADIO, "DISH")
    wire = b"\x01\x01A\x00\x05hello" + b"\x01\x00\x00\x05world"
    assert b"".join(map(bytes, made.encode([[b"A", b"hello"], [b"", b"world"]]))) == wire
    assert made.encode_small([b"", b"world"]) == wire[10:]
    assert converse(met(SocketType.DISH, "RADIO"), FEEDINGS[2], wire).items == [[b"A", b"hello"], [b"", b"world"]]


@pytest.mark.parametrize("kind", [SocketType.RADIO, SocketType.DISH], ids=lambda kind: kind.name)
@pytest.mark.parametrize("opening", [b"\x01\0", SIGNATURE + b"\0\x05\x01\0", SIGNATURE + b"\x01\x05\0\0"])
def test_older_peers_know_no_groups(kind: SocketType, opening: bytes) -> None:
    outcome = converse(connection(kind), FEEDINGS[2], opening)
    assert outcome.error is not None
    assert "knows no groups" in outcome.error.reason


PARTNERS = {
    "CLIENT": "SERVER",
    "SERVER": "CLIENT",
    "RADIO": "DISH",
    "DISH": "RADIO",
    "SCATTER": "GATHER",
    "GATHER": "SCATTER",
    "PEER": "PEER",
    "CHANNEL": "CHANNEL",
    "DGRAM": "DGRAM",
}


@pytest.mark.parametrize("kind", PARTNERS)
def test_each_talks_to_its_partner_and_to_nobody_else(kind: str) -> None:
    for other in SocketType:
        outcome = converse(connection(SocketType[kind]), FEEDINGS[0], GREETING + ready(other.name, None))
        assert (outcome.error is None) == (other.name == PARTNERS[kind])
        assert b"Identity" not in outcome.output
