"""The first bytes: what we say when, and whom we take the peer for."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketType
from zmqx.errors import ProtocolError
from zmqx.message import Item, Subscription
from zmqx.wire.mechanisms.base import Mechanism
from zmqx.wire.states import Dialect, Phase

from ..support.raw_peer import GREETING, SIGNATURE, frame, ready
from .driver import FEEDINGS, Feeding, connection, converse, every_feeding, proven, topics
from .test_legacy import old, old_long

REST = b"\x01NULL" + bytes(16 + 32)  # minor version, mechanism, role, filler


def greeting(
    major: int = 3,
    minor: int = 1,
    mechanism: bytes = b"NULL",
    role: int = 0,
    filler: int = 0,
    signature: bytes = SIGNATURE,
) -> bytes:
    return signature + bytes((major, minor)) + mechanism.ljust(20, b"\0") + bytes((role,)) + bytes((filler,)) * 31


@every_feeding
@pytest.mark.parametrize(
    ("theirs", "dialect"),
    [
        (greeting(3, 0), Dialect.V3_0),
        (greeting(3, 1), Dialect.V3_1),
        (greeting(3, 2), Dialect.V3_1),
        (greeting(3, 255), Dialect.V3_1),
        (greeting(2, 0), Dialect.V3_1),
        (greeting(2, 1), Dialect.V3_1),
        (greeting(4, 0), Dialect.V3_1),
        (greeting(255, 255), Dialect.V3_1),
        (greeting(role=1), Dialect.V3_1),
        (greeting(filler=0xA5), Dialect.V3_1),
        (greeting(signature=b"\xff" + b"\xa5" * 8 + b"\x01"), Dialect.V3_1),
        (greeting(signature=b"\xff" * 10), Dialect.V3_1),
    ],
    ids=["3.0", "3.1", "3.2", "3.255", "2.0", "2.1", "4.0", "255", "as-server", "filler", "padding", "all ones"],
)
def test_peers_of_the_third_generation(theirs: bytes, dialect: Dialect, feeding: Feeding) -> None:
    made = connection(SocketType.DEALER)
    outcome = proven(made, feeding, theirs + ready("ROUTER", b"peer") + frame(b"a", 1) + frame(b"b"))
    assert outcome.error is None
    assert outcome.items == [[b"a", b"b"]]
    assert outcome.output == GREETING + ready("DEALER")
    assert outcome.readies == 1
    assert made.dialect is dialect
    assert made.phase is Phase.TRAFFIC
    assert made.peer is not None
    assert (made.peer.routing_id, made.peer.socket_type, made.peer.dialect) == (b"peer", b"ROUTER", dialect)
    assert made.has_commands


@pytest.mark.parametrize("routing_id", [b"", b"me", b"x" * 255], ids=len)
def test_the_greeting_leaves_in_steps_as_the_peer_shows_its_age(routing_id: bytes) -> None:
    made = connection(SocketType.ROUTER, routing_id=routing_id)
    own = b"\xff" + (len(routing_id) + 1).to_bytes(8, "big") + b"\x7f"
    said = {0: made.take_output()}
    for count in range(1, 65):
        made.receive(GREETING[count - 1 : count])
        said[count] = made.take_output()
    assert {count: out for count, out in said.items() if out} == {
        0: own,
        10: b"\x03",
        11: REST,
        64: ready("ROUTER", routing_id),
    }
    assert made.phase is Phase.HANDSHAKE


def test_nothing_is_ready_before_the_peer_is() -> None:
    made = connection(SocketType.PUSH)
    for byte in GREETING + ready("PULL", None)[:-1]:
        made.receive(bytes((byte,)))
        assert made.phase is not Phase.TRAFFIC
        assert made.take(10) == []
        assert not made.take_events()
    made.receive(ready("PULL", None)[-1:])
    assert len(made.take_events()) == 1


@every_feeding
@pytest.mark.parametrize(
    "mechanism",
    [b"PLAIN", b"CURVE", b"null", b"Null", b"NULLX", b"NUL", b"", b" NULL", b"NULL" + bytes(15) + b"x", b"\xff" * 20],
)
def test_another_mechanism_is_refused(mechanism: bytes, feeding: Feeding) -> None:
    made = connection()
    outcome = converse(made, feeding, greeting(mechanism=mechanism) + b"\x04" * feeding.trailing)
    assert outcome.code == ProtocolError.MECHANISM_MISMATCH
    assert "NULL" in str(outcome.error)
    assert outcome.output == GREETING  # and no READY
    assert made.take(10) == []


class Claiming(Mechanism):
    """Announces another name, and that it is the server."""

    name = b"TWENTY-BYTE-MECHANISM"[:20]
    as_server = True

    def __init__(self, properties: object) -> None:
        pass

    def start(self) -> list[bytes]:
        return []

    def receive(self, body: bytes) -> list[bytes]:
        self.peer_properties = []
        return []


def test_the_greeting_tells_the_mechanism_and_the_role() -> None:
    from zmqx.wire.connection import Connection

    made = Connection(SocketType.PAIR, Claiming)
    made.receive(greeting(mechanism=Claiming.name))
    assert made.take_output() == SIGNATURE + b"\x03\x01" + Claiming.name + b"\x01" + bytes(31)
    made.receive(frame(b"\x02ok", 4))
    assert made.phase is Phase.TRAFFIC


# -- older generations

IN_ORDER = [
    "PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB",
    "STREAM", "SERVER", "CLIENT", "RADIO", "DISH", "GATHER", "SCATTER", "DGRAM", "PEER", "CHANNEL",
]  # fmt: skip

# Name, bytes of greeting and identity b"id", how a frame looks, what we send to an anonymous peer of PUSH, dialect.
SHORT_V1 = old(b"id")
OLD_PEERS = {
    "1.0": (SHORT_V1, old, SIGNATURE, Dialect.V1),
    "1.0, long identity": (old_long(b"id"), old, SIGNATURE, Dialect.V1),
    "1.0, flags": (b"\xff" + (3).to_bytes(8, "big") + b"\x7eid", old, SIGNATURE, Dialect.V1),
    "1.0 with a revision": (
        SIGNATURE + b"\0\x07" + SHORT_V1,
        old,
        SIGNATURE + b"\x03\x08" + old(b""),
        Dialect.V1_REVISION,
    ),
    "2.0": (SIGNATURE + b"\x01\x07" + frame(b"id"), frame, SIGNATURE + b"\x03\x08" + frame(b""), Dialect.V2),
    "2.0, type unknown": (
        SIGNATURE + b"\x01\xee" + frame(b"id"),
        frame,
        SIGNATURE + b"\x03\x08" + frame(b""),
        Dialect.V2,
    ),
}


@every_feeding
@pytest.mark.parametrize("name", OLD_PEERS)
def test_peers_of_older_generations(name: str, feeding: Feeding) -> None:
    theirs, form, answer, dialect = OLD_PEERS[name]
    made = connection(SocketType.PUSH)
    tail = (form(b"tail")[:4], form(b"tail")[4:])
    data = theirs + form(b"a", 1) + form(b"b" * 300) + form(b"") + form(b"c")
    outcome = proven(made, feeding, data, tail)
    assert outcome.error is None
    assert outcome.items == [[b"a", b"b" * 300], b"", b"c"]
    assert outcome.output == answer
    assert made.dialect is dialect
    assert made.peer is not None
    assert made.peer.routing_id == b"id"
    assert made.peer.properties == {}
    assert not made.has_commands
    assert b"".join(made.encode([[b"x", b"y" * 254]])) == form(b"x", 1) + form(b"y" * 254)
    assert b"".join(made.encode(topics("+AB", "-AB"))) == form(b"\x01AB") + form(b"\0AB")


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (SHORT_V1, SIGNATURE[:1] + (6).to_bytes(8, "big") + b"\x7fmyown"),
        (SIGNATURE + b"\0\x06" + SHORT_V1, SIGNATURE[:1] + (6).to_bytes(8, "big") + b"\x7f\x03\x05" + old(b"myown")),
        (
            SIGNATURE + b"\x01\x06" + frame(b"id"),
            SIGNATURE[:1] + (6).to_bytes(8, "big") + b"\x7f\x03\x05" + frame(b"myown"),
        ),
    ],
    ids=["1.0", "1.0 with a revision", "2.0"],
)
def test_old_peers_learn_our_name_from_a_frame(theirs: bytes, said: bytes) -> None:
    made = connection(SocketType.DEALER, routing_id=b"myown")
    assert converse(made, FEEDINGS[0], theirs).output == said


@pytest.mark.parametrize("feeding", FEEDINGS[:4], ids=lambda feeding: feeding.name)
@pytest.mark.parametrize("name", OLD_PEERS)
def test_old_peers_are_refused_where_everybody_has_to_authenticate(name: str, feeding: Feeding) -> None:
    made = connection(SocketType.PUSH, allow_legacy=False)
    outcome = converse(made, feeding, OLD_PEERS[name][0] + OLD_PEERS[name][1](b"data"))
    assert outcome.error is not None
    assert not outcome.items
    assert not outcome.readies
    assert outcome.output in (SIGNATURE, SIGNATURE + b"\x03", SIGNATURE + b"\x03\x08")


@pytest.mark.parametrize("socket_type", [SocketType[name] for name in IN_ORDER], ids=lambda kind: kind.name)
def test_the_number_of_our_type_is_told_to_a_peer_of_2_0(socket_type: SocketType) -> None:
    numbers = {name: number for number, name in enumerate(IN_ORDER)}
    made = connection(socket_type)
    made.receive(SIGNATURE + b"\x01")
    assert made.take_output() == SIGNATURE + b"\x03" + bytes((numbers[socket_type.name],))


@pytest.mark.parametrize("feeding", FEEDINGS[:4], ids=lambda feeding: feeding.name)
@pytest.mark.parametrize(
    "garbage",
    [
        old(b"i", 1) + old(b"d"),
        SIGNATURE + b"\x01\x07" + frame(b"i", 1) + frame(b"d"),
        SIGNATURE + b"\x01\x07" + frame(b"\x05READY", 4),
        SIGNATURE + b"\x01\x07\x02" + (65537).to_bytes(8, "big"),
        b"\xff" + (65538).to_bytes(8, "big") + b"\0",
        b"\0",
        b"\xff" + bytes(8) + b"\0",
        SIGNATURE + b"\0\x07\0",
    ],
    ids=[
        "1.0 parts",
        "2.0 parts",
        "2.0 command",
        "2.0 too long",
        "1.0 too long",
        "length 0",
        "long 0",
        "revision 0, length 0",
    ],
)
def test_a_name_that_is_none_ends_the_connection(garbage: bytes, feeding: Feeding) -> None:
    outcome = converse(connection(SocketType.ROUTER), feeding, garbage)
    assert outcome.error is not None
    assert not outcome.readies


def test_garbage_that_looks_like_an_old_peer_waits_without_cost() -> None:
    made = connection(SocketType.ROUTER)
    outcome = converse(made, FEEDINGS[0], b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert outcome.error is None
    assert not outcome.readies
    assert made.phase is Phase.IDENTITY


@pytest.mark.parametrize("publisher", [SocketType.PUB, SocketType.XPUB], ids=lambda kind: kind.name)
def test_subscribers_of_1_0_cannot_ask_and_get_everything(publisher: SocketType) -> None:
    everything: list[Item] = [Subscription(b"", True)]
    assert converse(connection(publisher), FEEDINGS[2], old(b"")).items == everything
    assert converse(connection(publisher), FEEDINGS[2], SIGNATURE + b"\0\x02" + old(b"")).items == []
    assert converse(connection(publisher), FEEDINGS[2], SIGNATURE + b"\x01\x02" + frame(b"")).items == []


@pytest.mark.parametrize("kind", set(SocketType) - {SocketType.PUB, SocketType.XPUB}, ids=lambda kind: kind.name)
def test_nobody_but_publishers_hears_of_that(kind: SocketType) -> None:
    assert converse(connection(kind), FEEDINGS[0], old(b"")).items == []
