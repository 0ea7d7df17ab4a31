"""ws://: addresses, and streams that take what the system takes and lose nothing."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest

import zmqx
from zmqx.address import TcpAddress
from zmqx.constants import Event
from zmqx.errors import ProtocolError
from zmqx.message import Part
from zmqx.options import Settings
from zmqx.transports.base import Dial
from zmqx.transports.ws import Ws, WsAddress, WsDial, WsStream
from zmqx.wire.frames import frame
from zmqx.wire.websocket import WebSocket, protocols_of

from ..support.raw_peer import GREETING, RawPeer
from ..support.raw_websocket import READY, REQUEST, tcp_of, unmasked, upgraded
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_stream import VirtualStream

NULL = protocols_of(b"NULL", True)


@pytest.fixture
def ends() -> Iterator[tuple[WsStream, WsStream]]:
    """Both ends of a WebSocket, opened, their greetings said."""
    reactor = VirtualReactor()
    left, right = VirtualStream.pair(reactor)
    numbers = iter(range(1 << 20))

    def random(count: int) -> bytes:
        return next(numbers).to_bytes(count, "big")

    sides = (
        WsStream(left, WebSocket(NULL, random, "localhost", "/"), "ws://left", "ws://right"),
        WsStream(right, WebSocket(NULL, random), "ws://right", "ws://left"),
    )
    client, server = sides
    assert client.write([GREETING[:10]]) == []
    assert server.recv(4096)[:10] == GREETING[:10]
    assert client.recv(4096)[:10] == GREETING[:10]
    assert client.write([GREETING[10:]]) == server.write([GREETING]) == []
    yield sides
    for side in sides:
        side.close()


def read_all(stream: WsStream, most: int = 4096) -> bytes:
    got = b""
    while True:
        try:
            data = stream.recv(most)
        except BlockingIOError:
            return got
        if not data:
            return got
        got += data


@pytest.mark.parametrize("room", [1, 7, 100, 65_536])
def test_what_does_not_fit_is_kept_in_order(ends: tuple[WsStream, WsStream], room: int) -> None:
    """However little the other side takes at a time, frames arrive whole, once each."""
    client, server = ends
    server._stream.room = room  # type: ignore[attr-defined]  # a virtual one
    frames = [frame(b"%d" % size * (size // 3 + 1)) for size in (0, 1, 50, 200, 3000, 7)]
    rest: list[Part] = [b"".join(frames[:3]), *frames[3:]]
    got = b""
    for _ in range(200_000):
        rest = client.write(rest) if rest else []
        got += read_all(server)
        if not rest:
            break
    assert got + read_all(server) == b"".join(frames)


def test_what_is_unsent_are_whole_frames(ends: tuple[WsStream, WsStream]) -> None:
    client, server = ends
    server._stream.room = 150  # type: ignore[attr-defined]  # a virtual one
    one, two, three = (frame(bytes((number,)) * 100) for number in range(3))
    assert b"".join(client.write([one, two + three])) == two + three, "the second has left in part"
    assert client.send(frame(b"x")) == 0, "nothing overtakes what is under way"


def test_the_websocket_speaks_between_frames(ends: tuple[WsStream, WsStream]) -> None:
    client, server = ends
    heard = []
    client.heard = lambda: heard.append("client")
    server.heard = lambda: heard.append("server")
    server._stream.room = 50  # type: ignore[attr-defined]  # a virtual one
    rest = client.write([frame(b"x" * 100)])
    assert rest
    got = read_all(server)
    client.ping()  # there would be room for it now, in the middle of a frame
    while rest:
        rest = client.write(rest)
        got += read_all(server)
    assert got == frame(b"x" * 100)
    assert heard == []
    client.ping()  # nothing else is to be written: it leaves now, and the one before
    assert read_all(server) == b""
    assert heard == ["server"]
    assert read_all(client) == b""
    assert heard == ["server", "client"]


def test_pings_do_not_pile_up_answers(ends: tuple[WsStream, WsStream]) -> None:
    """A peer that pings and does not read has us hold a few answers, and no more."""
    client, server = ends
    client._stream.room = 200  # type: ignore[attr-defined]  # a virtual one: it takes one answer and a part of another
    for _ in range(500):
        client._stream.write([b"\x89\xfd" + bytes(4) + b"p" * 125])
        assert read_all(server) == b""
    held = b"".join(map(bytes, [*server._behind, *server._socket.control]))
    assert 0 < len(held) < 10_000
    # One is on its way in part: a frame does not go into the middle of it.
    rest = server.write([frame(b"x" * 100)])
    got = b""
    for _ in range(1000):
        got += read_all(client)
        rest = server.write(rest) if rest else []
    assert got == frame(b"x" * 100)


def test_a_frame_waits_for_an_answer_that_is_out_in_part(ends: tuple[WsStream, WsStream]) -> None:
    """Even if the system has room again between the two."""
    client, server = ends
    below = client._stream
    client.room = below.room = 10  # type: ignore[attr-defined]  # virtual ones
    below.write([b"\x89\x84" + bytes(4) + b"ping"])
    below.write([b"\x89\xfd" + bytes(4) + b"p" * 125])
    assert read_all(server) == b""
    written = server._stream.write

    def write(buffers: list[Part]) -> list[Part]:
        rest = written(buffers)
        below.room = 1 << 16  # type: ignore[attr-defined]
        return rest

    server._stream.write = write  # type: ignore[method-assign]
    rest = server.write([frame(b"x" * 100)])
    got = b""
    for _ in range(10):
        got += read_all(client)
        rest = server.write(rest) if rest else []
    assert got == frame(b"x" * 100)


def test_a_fault_comes_after_what_was_good(ends: tuple[WsStream, WsStream]) -> None:
    """Also if the peer is gone by then."""
    client, server = ends
    client.write([frame(b"good")])
    client._stream.write([b"\x82\x80" + bytes(4)])
    client.close()
    assert server.recv(100) == frame(b"good")
    with pytest.raises(ProtocolError, match="no frame of ZMTP"):
        server.recv(100)


def test_what_cannot_be_answered_is_read_all_the_same(ends: tuple[WsStream, WsStream]) -> None:
    """The peer pinged and said something, and is gone. Nor does a ping of ours tell of that: reading does."""
    client, server = ends
    client.ping()
    client.write([frame(b"last words")])
    client.close()
    assert server.recv(100) == frame(b"last words")
    server.ping()
    assert server.recv(100) == b""
    with pytest.raises(BrokenPipeError):
        server.write([frame(b"x")])


def test_a_close_is_the_end(ends: tuple[WsStream, WsStream]) -> None:
    client, server = ends
    client._stream.write([b"\x88\x82\0\0\0\0\x03\xe8"])
    assert server.recv(100) == b""
    assert client.recv(100) == b"", "answered"


# -- addresses


@pytest.mark.parametrize(
    ("address", "path"),
    [("127.0.0.1:*", "/"), ("*:*", "/"), ("127.0.0.1:*/p", "/p"), ("127.0.0.1:*/a/b?c", "/a/b?c"), ("[::1]:*/", "/")],
)
def test_where_to_listen(address: str, path: str) -> None:
    with zmqx.Context() as ctx, ctx.socket(zmqx.PULL, ipv6=int("::" in address)) as pull:
        endpoint = pull.bind(f"ws://{address}")
        assert pull.last_endpoint == endpoint.encode()
        assert endpoint.endswith(path)
        assert endpoint.partition("//")[2].partition("/")[0].rpartition(":")[2].isdigit()
        pull.unbind(endpoint)


def test_what_was_bound_can_be_unbound_by_any_of_its_names(ctx: zmqx.Context) -> None:
    for given in ("ws://lo:{}/p", "ws://127.0.0.1:{}/p"):
        with ctx.socket(zmqx.PULL) as pull:
            port = pull.bind("ws://lo:*/p").rpartition(":")[2].removesuffix("/p")
            pull.unbind(given.format(port))
            pull.bind(f"ws://127.0.0.1:{port}/again")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:abc", "127.0.0.1:*/a b", "127.0.0.1:99999"])
def test_where_nobody_can_listen(ctx: zmqx.Context, address: str) -> None:
    with ctx.socket(zmqx.PULL) as pull, pytest.raises(zmqx.ZMQError, match=r"ws://") as caught:
        pull.bind(f"ws://{address}")
    assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1:0", "*", "127.0.0.1:80/\x01", "127.0.0.1:80/\xe4"])
def test_where_nobody_can_connect(ctx: zmqx.Context, address: str) -> None:
    with ctx.socket(zmqx.PULL) as pull, pytest.raises(zmqx.ZMQError, match=r"ws://") as caught:
        pull.connect(f"ws://{address}")
    assert caught.value.errno == errno.EINVAL


def test_what_is_asked_for() -> None:
    address = Ws().check_connect("host.example.org:8080/pa/th?x=1")
    assert (address.tcp.host, address.tcp.port, address.path) == ("host.example.org", 8080, "/pa/th?x=1")
    assert zmqx.has("ws")
    assert not zmqx.has("wss")


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [("127.0.0.1", 8080, "127.0.0.1:8080"), ("127.0.0.1", 80, "127.0.0.1"), ("::1", 8080, "[::1]:8080")],
)
def test_who_is_asked_for(host: str, port: int, said: str) -> None:
    """Something in between may choose by it, or refuse what is no host."""
    address = WsAddress(TcpAddress(host, port), "/")
    left, right = VirtualStream.pair(VirtualReactor())

    class Connected(Dial):
        done = True

        def fileno(self) -> int:
            return left.fileno()

        def finish(self) -> VirtualStream:
            return left

        def close(self) -> None:
            left.close()

    stream = WsDial(Connected(), address, Settings(zmqx.SocketType.PUSH)).finish()
    stream.send(GREETING)
    assert f"\r\nHost: {said}\r\n".encode() in right.recv(4096)
    stream.close()
    right.close()


# -- peers that are none


CURVE = REQUEST.replace(b"NULL,ZWS2.0", b"CURVE")


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", CURVE], ids=["browser", "CURVE"])
def test_who_does_not_want_what_we_have(ctx: zmqx.Context, said: bytes) -> None:
    pull = ctx.socket(zmqx.PULL)
    events = pull.events(Event.HANDSHAKE_FAILED_PROTOCOL)
    with RawPeer.connect(tcp_of(pull.bind("ws://127.0.0.1:*"))) as peer:
        peer.send(said)
        assert peer.ended()
    event = events.recv(timeout=10_000)
    assert event is not None
    assert event.value == ProtocolError.WS_UNSPECIFIED


def test_who_says_nothing_is_not_waited_for(ctx: zmqx.Context) -> None:
    """libzmq has no timer there."""
    pull = ctx.socket(zmqx.PULL, handshake_ivl=50)
    with RawPeer.connect(tcp_of(pull.bind("ws://127.0.0.1:*"))) as peer:
        peer.send(REQUEST[:40])
        assert peer.ended()


def test_heartbeats_are_pings_of_the_websocket(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL, heartbeat_ivl=20, heartbeat_timeout=200)
    events = pull.events(Event.DISCONNECTED)
    with upgraded(pull) as peer:
        peer.send(unmasked(READY))
        for _ in range(15):  # longer than the timeout
            while recv_opcode(peer) != 9:
                pass
            peer.send(b"\x8a\x80" + bytes(4))
        with pytest.raises(zmqx.Again):
            events.recv(timeout=0)
        event = events.recv(timeout=10_000)  # we have fallen silent
        assert event is not None
        assert "heartbeats" in event.reason


def test_a_message_in_pieces_arrives_whole(ctx: zmqx.Context) -> None:
    """The first right behind the handshake, with pings in between, and however long it takes to come."""
    pull = ctx.socket(zmqx.PULL, heartbeat_ivl=20, heartbeat_timeout=200)
    events = pull.events(Event.DISCONNECTED)
    with upgraded(pull) as peer:
        peer.send(unmasked(READY) + unmasked(b"\0a" * 100, 0x02))
        for _ in range(15):
            while recv_opcode(peer) != 9:
                pass
            peer.send(unmasked(b"b" * 100, 0x00))
            peer.send(unmasked(b"", 0x89))
        peer.send(unmasked(b"c", 0x80))
        assert pull.recv(timeout=10_000) == (b"\0a" * 100)[1:] + b"b" * 1500 + b"c"
        with pytest.raises(zmqx.Again):
            events.recv(timeout=0)


def test_the_pieces_of_a_message_have_its_limit_together(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL, maxmsgsize=150)
    events = pull.events(Event.DISCONNECTED)
    with upgraded(pull) as peer:
        peer.send(unmasked(READY))
        pull.wait_connected(timeout=10_000)
        for sizes in ([100, 51], [100, 52]):
            peer.send(unmasked(bytes(sizes[0]), 0x02) + unmasked(b"x" * sizes[1], 0x80))
        assert len(pull.recv(timeout=10_000)) == 150
        event = events.recv(timeout=10_000)
    assert event is not None
    assert "MAXMSGSIZE = 150" in event.reason


@pytest.mark.parametrize("end", [unmasked(b"\x03\xe8", 0x88), unmasked(b"text", 0x81)], ids=["close", "fault"])
def test_an_end_right_behind_a_message_is_the_end(ctx: zmqx.Context, end: bytes) -> None:
    """Although nothing more comes: the peer waits for us to hang up (RFC 6455, section 7.1.1)."""
    pull = ctx.socket(zmqx.PULL)
    events = pull.events(Event.DISCONNECTED)
    with upgraded(pull) as peer:
        peer.send(unmasked(READY))
        pull.wait_connected(timeout=10_000)
        peer.send(unmasked(b"\0last") + end)
        assert pull.recv(timeout=10_000) == b"last"
        assert events.recv(timeout=10_000) is not None
        assert peer.ended()


def recv_opcode(peer: RawPeer) -> int:
    """The kind of the next frame, which is short and not masked."""
    opcode, size = peer.recv(2)
    peer.recv(size)
    return opcode & 0xF
