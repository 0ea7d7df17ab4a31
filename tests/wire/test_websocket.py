"""WebSockets: the opening, frames both ways, and peers that break the rules (RFC 6455, RFC 45)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.constants import SocketType
from zmqx.errors import ProtocolError
from zmqx.message import Item
from zmqx.wire import upgrade
from zmqx.wire.connection import Connection
from zmqx.wire.frames import COMMAND, MORE, frame
from zmqx.wire.mechanisms.null import NullMechanism
from zmqx.wire.states import Dialect, Phase
from zmqx.wire.websocket import WebSocket, protocols_of

from ..support.chance import chances
from ..support.raw_peer import GREETING
from ..support.raw_websocket import REQUEST
from .driver import Feeding, every_feeding, pieces

NULL = protocols_of(b"NULL", True)
ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n"
)
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455, and what a source of these bytes makes
MASK = b"\x37\xfa\x21\x3d"


def random(count: int) -> bytes:
    return {16: b"the sample nonce", 4: MASK}[count]


def client(protocols: list[bytes] = NULL) -> WebSocket:
    return WebSocket(protocols, random, "localhost", "/th?x=1")


def server(protocols: list[bytes] = NULL) -> WebSocket:
    return WebSocket(protocols, random)


def opened(protocols: list[bytes] = NULL) -> tuple[WebSocket, WebSocket]:
    """Both sides, after the opening, their greetings swallowed."""
    left, right = client(protocols), server(protocols)
    right.receive(left.take_control())
    left.receive(right.take_control())
    for side in (left, right):
        assert encoded(side, GREETING) == b""
    return left, right


def encoded(side: WebSocket, data: bytes) -> bytes:
    return b"".join(map(bytes, side.encode(data, 1 << 20)[0]))


def masked(payload: bytes) -> bytes:
    return bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))


def fails(call: Callable[[], object], text: str) -> None:
    with pytest.raises(ProtocolError, match=text) as caught:
        call()
    assert caught.value.code == ProtocolError.WS_UNSPECIFIED


# -- the opening


def test_the_bytes_of_the_opening() -> None:
    left, right = client(), server()
    assert left.take_control() == REQUEST
    assert right.receive(REQUEST) == GREETING[:11] + b"\0" + GREETING[12:]
    assert right.take_control() == ANSWER
    assert left.receive(ANSWER) == GREETING[:11] + b"\0" + GREETING[12:]


def test_the_vector_of_the_rfc() -> None:
    assert upgrade.accept_of(KEY) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"CURVE"])
def test_the_subprotocol_says_the_mechanism(mechanism: bytes) -> None:
    made = protocols_of(mechanism, False)
    assert made == [b"ZWS2.0/" + mechanism]
    assert server(made).receive(REQUEST.replace(b"ZWS2.0/NULL,ZWS2.0", made[0]))[12:32] == mechanism.ljust(20, b"\0")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (b"ZWS2.0/NULL,ZWS2.0", b"ZWS2.0/NULL"),
        (b"ZWS2.0, ZWS2.0/NULL", b"ZWS2.0"),
        (b"chat, ZWS2.0/CURVE, ZWS2.0/NULL", b"ZWS2.0/NULL"),
        (b"chat\r\nSec-WebSocket-Protocol: ZWS2.0", b"ZWS2.0"),
    ],
)
def test_the_first_protocol_of_the_client_that_we_have(offered: bytes, chosen: bytes) -> None:
    right = server()
    right.receive(REQUEST.replace(b"ZWS2.0/NULL,ZWS2.0", offered))
    assert right.take_control().endswith(b"Sec-WebSocket-Protocol: " + chosen + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Connection: Upgrade", b"connection:keep-alive, upgrade"),
        (b"Upgrade: websocket", b"UPGRADE: WebSocket"),
        (b"Sec-WebSocket-Version: 13\r\n", b""),
        (b"Host: localhost\r\n", b""),
        (b"/th?x=1", b"/"),
    ],
)
def test_a_server_is_lenient(old: bytes, new: bytes) -> None:
    assert server().receive(REQUEST.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"GET", b"POST", "not a request"),
        (b"HTTP/1.1", b"HTTP/1.0", "not a request"),
        (b"Upgrade: websocket", b"Upgrade: h2c", "no upgrade to"),
        (b"Connection: Upgrade", b"Connection: close", "no upgrade of"),
        (b"Sec-WebSocket-Key: " + KEY + b"\r\n", b"", "without a key"),
        (b"ZWS2.0/NULL,ZWS2.0", b"ZWS2.0/CURVE", "offers ZWS2.0/CURVE, ours is ZWS2.0/NULL"),
        (b"Sec-WebSocket-Protocol: ZWS2.0/NULL,ZWS2.0\r\n", b"", "offers nothing"),
        (b"ZWS2.0/NULL,ZWS2.0", b"zws2.0", "offers zws2.0"),
        (b"Host: localhost", b"Host localhost", "malformed HTTP header"),
        (b"Host: localhost", b" Host: localhost", "malformed HTTP header"),
    ],
)
def test_a_request_that_is_none(old: bytes, new: bytes, text: str) -> None:
    assert old in REQUEST
    fails(lambda: server().receive(REQUEST.replace(old, new)), text)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"101", b"200", "the server answers"),
        (b"s3pP", b"S3pP", "does not fit our key"),
        (b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", b"", "does not fit our key"),
        (b"ZWS2.0/NULL", b"ZWS2.0/CURVE", "did not offer"),
        (b"Sec-WebSocket-Protocol: ZWS2.0/NULL\r\n", b"", "did not offer"),
        (b"Upgrade: websocket\r\n", b"", "no upgrade to"),
    ],
)
def test_an_answer_that_is_none(old: bytes, new: bytes, text: str) -> None:
    assert old in ANSWER
    fails(lambda: client().receive(ANSWER.replace(old, new)), text)


def test_an_opening_without_an_end() -> None:
    right = server()
    assert right.receive(b"GET / HTTP/1.1\r\n" + b"x" * 16_000) == b""
    fails(lambda: right.receive(b"x" * 1000), "without an end")


# -- frames


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 254, 255, 256, 65_534, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("flags", [0, MORE, COMMAND])
def test_frames_both_ways(size: int, flags: int) -> None:
    left, right = opened()
    data = frame(b"x" * size, flags)
    assert right.receive(encoded(left, data)) == data
    assert left.receive(encoded(right, data)) == data


def test_the_bytes_of_frames() -> None:
    left, right = opened()
    ready = frame(b"\x05READY\x0bSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0", COMMAND)
    assert encoded(right, ready) == b"\x82\x2a\x02" + ready[2:]
    assert encoded(right, frame(b"", MORE) + frame(b"hi")) == b"\x82\x01\x01\x82\x03\x00hi"
    assert encoded(left, frame(b"hi")) == b"\x82\x83" + MASK + masked(b"\0hi")


def test_what_is_encoded_is_counted() -> None:
    left, _ = opened()
    data = frame(b"a" * 100) + frame(b"b" * 300) + frame(b"c")
    out, sizes = left.encode(data, 110)
    assert list(sizes) == [(107, 102), (309, 309)], "as many as were asked for, and the one that goes beyond"
    assert [len(made) for made in out] == [107, 309]
    rest, sizes = left.encode(data[102 + 309 :], 110)
    assert list(sizes) == [(len(rest[0]), 3)]


@every_feeding
def test_in_any_pieces(feeding: Feeding) -> None:
    left, right = client(), server()
    said = left.take_control() + b"".join(encoded(opened()[0], frame(b"y" * size)) for size in (0, 1, 125, 300))
    got = b"".join(map(right.receive, feeding.chunks(said)))
    assert got[64:] == b"".join(frame(b"y" * size) for size in (0, 1, 125, 300))


def test_a_long_message_comes_as_it_comes() -> None:
    """Its header is known before its end, so that a limit works at once, and no memory is taken on its word."""
    _, right = opened()
    head = b"\x82\xff" + (1 << 40).to_bytes(8, "big") + MASK + masked(b"\0")
    assert right.receive(head) == b"\x02" + ((1 << 40) - 1).to_bytes(8, "big")
    assert len(right.receive(bytes(1000))) == 1000


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"\x82\x01\x00", "not masked by a client"),
        (b"\xc2\x81" + MASK + masked(b"\0"), "extension"),
        (b"\x99\x80" + MASK, "extension"),
        (b"\x80\x81" + MASK + masked(b"\0"), "no frame of ZMTP"),
        (b"\x81\x81" + MASK + masked(b"\0"), "no frame of ZMTP"),
        (b"\x82\x80" + MASK, "no frame of ZMTP"),
        (b"\x89\xfe\x00\x80" + MASK, "too long"),
        (b"\x8b\x80" + MASK, "unknown kind"),
    ],
    ids=["unmasked", "compressed", "reserved", "continuation", "text", "empty", "long ping", "unknown"],
)
def test_frames_that_break_the_rules(said: bytes, text: str) -> None:
    _, right = opened()
    fails(lambda: right.receive(said), text)
    assert right.take_control()[:2] == b"\x88\x02", "a reason to close"


def test_what_came_before_a_fault_is_shown_first() -> None:
    """In one read, or in several."""
    left, right = opened()
    good = encoded(left, frame(b"1") + frame(b"2"))
    assert right.receive(good + b"\x80\x81" + MASK + masked(b"\0") + good) == frame(b"1") + frame(b"2")
    assert right.take_control() == b"\x88\x02\x03\xeb", "the peer is told at once"
    for data in (good, b""):
        fails(lambda data=data: right.receive(data), "no frame of ZMTP")  # type: ignore[misc]
    assert right.take_control() == b""


def test_a_server_does_not_mask() -> None:
    left, _ = opened()
    fails(lambda: left.receive(b"\x82\x81" + MASK + masked(b"\0")), "masked by a server")


# -- control frames


def test_pings_are_answered_with_what_they_said() -> None:
    left, right = opened()
    assert right.receive(b"\x89\x83" + MASK + masked(b"abc")) == b""
    assert right.heard
    assert right.take_control() == b"\x8a\x03abc"
    left.ping()
    assert left.take_control() == b"\x89\x80" + MASK
    assert left.receive(b"\x8a\x00") == b""
    assert left.heard


def test_nobody_pings_before_the_opening() -> None:
    left = client()
    left.take_control()
    left.ping()
    assert left.take_control() == b""


def test_a_close_is_answered_and_ends_it() -> None:
    left, right = opened()
    data = encoded(left, frame(b"last"))
    assert right.receive(data + b"\x88\x82" + MASK + masked(b"\x03\xe8") + data) == frame(b"last")
    assert right.closed
    assert right.take_control() == b"\x88\x02\x03\xe8"


# -- with a connection


def joined(protocol: bytes, left: int, right: int) -> tuple[list[tuple[Connection, WebSocket]], Callable[[], None]]:
    """Two connections over WebSockets, and what passes on what they say."""
    sides = [
        (Connection(SocketType(left), NullMechanism, routing_id=b"me"), client([protocol])),
        (Connection(SocketType(right), NullMechanism), server([protocol])),
    ]

    def run() -> None:
        busy = True
        while busy:
            busy = False
            for (connection, socket), (peer, other) in (sides, sides[::-1]):
                out = socket.take_control() + encoded(socket, connection.take_output()) + socket.take_control()
                if out:
                    busy = True
                    peer.receive(other.receive(out))

    run()
    return sides, run


@pytest.mark.parametrize(("protocol", "dialect"), [(b"ZWS2.0/NULL", Dialect.V3_0), (b"ZWS2.0", Dialect.V2)])
def test_a_conversation(protocol: bytes, dialect: Dialect) -> None:
    ((left, ours), (right, theirs)), _ = joined(protocol, SocketType.DEALER, SocketType.ROUTER)
    assert left.phase is right.phase is Phase.TRAFFIC
    assert left.dialect is right.dialect is dialect
    assert right.peer is not None
    assert right.peer.routing_id == b"me"
    items: list[Item] = [b"one", [b"", b"two"], b"x" * 300]
    right.receive(theirs.receive(encoded(ours, b"".join(map(bytes, left.encode(items))))))
    assert right.take(10) == items


@chances(150)
@given(st.binary(max_size=300), st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_any_bytes(data: bytes, after_opening: bool, to_client: bool, chance: object) -> None:
    """Only errors of the protocol, and the same for any pieces."""
    results = []
    for chunks in ([data] if data else [], pieces(data, chance)):
        left, right = opened() if after_opening else (client(), server())
        made = left if to_client else right
        got = b""
        try:
            for chunk in chunks:
                got += made.receive(chunk)
        except ProtocolError:
            assert made.broken is not None
        results.append((got, str(made.broken or ""), made.closed))
    assert results[0] == results[1]
