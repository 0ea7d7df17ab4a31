"""docs/spec/patterns.md, section 10: STREAM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import zmq

import zmqx
from tests.support.callers import until
from tests.support.raw_peer import RawListener, RawPeer

from .lib import Lib
from .states import states


class Server:
    """A bound STREAM, and plain peers that come to it."""

    def __init__(self, lib: Lib, transport: str = "tcp", **options: Any) -> None:
        self.socket = lib.socket(zmqx.STREAM, **options)
        self.endpoint = lib.bind(self.socket, transport)
        self.peers: list[RawPeer] = []

    def call(self) -> tuple[RawPeer, bytes]:
        """A new peer, and its id as the notification tells it."""
        peer = RawPeer.connect(self.endpoint)
        self.peers.append(peer)
        routing_id, empty = self.socket.recv_multipart()
        assert empty == b""
        return peer, routing_id

    def take(self, count: int) -> bytes:
        """So many bytes, in however many messages."""
        data = b""
        while len(data) < count:
            data += self.socket.recv_multipart()[1]
        return data


@pytest.fixture
def serve(request: pytest.FixtureRequest) -> Callable[..., Server]:
    def make(lib: Lib, *args: Any, **options: Any) -> Server:
        server = Server(lib, *args, **options)
        request.addfinalizer(lambda: [peer.close() for peer in server.peers])
        return server

    return make


@states("P10.1")
def test_ids_are_five_bytes_and_counted(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    ids = [server.call()[1] for _ in range(3)]
    assert [len(one) for one in ids] == [5, 5, 5]
    assert {one[0] for one in ids} == {0}
    first = int.from_bytes(ids[0][1:], "big")
    assert [int.from_bytes(one[1:], "big") for one in ids] == [(first + more) % 2**32 for more in range(3)]


@states("P10.2")
def test_the_id_of_a_connection_can_be_read_until_there_is_another(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    assert server.socket.getsockopt(zmqx.ROUTING_ID) == b""
    with RawListener() as listener:
        server.socket.connect(listener.endpoint)
        mine = server.socket.getsockopt(zmqx.ROUTING_ID)
        server.socket.send_multipart([mine, b"hello"])
        with listener.accept() as peer:
            assert peer.recv(5) == b"hello"
            assert server.socket.recv_multipart() == [mine, b""]
            _, theirs = server.call()
            assert theirs != mine
            assert server.socket.getsockopt(zmqx.ROUTING_ID) == theirs


@states("P10.3")
def test_the_id_of_a_connection_can_be_chosen(lib: Lib) -> None:
    client = lib.socket(zmqx.STREAM)
    client.setsockopt(zmqx.CONNECT_ROUTING_ID, b"the server")
    with RawListener() as listener:
        client.connect(listener.endpoint)
        assert client.getsockopt(zmqx.ROUTING_ID) == b""
        client.send_multipart([b"the server", b"hello"])
        with listener.accept() as peer:
            assert peer.recv(5) == b"hello"
            assert client.recv_multipart() == [b"the server", b""]


@states("P10.4", "P10.5")
def test_what_comes_is_an_id_and_a_chunk(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    peer, who = server.call()
    data = bytes(range(256)) * 100
    peer.send(data)
    got = b""
    sizes = []
    while len(got) < len(data):
        assert server.socket.recv() == who
        assert server.socket.getsockopt(zmqx.RCVMORE)
        chunk = server.socket.recv()
        assert not server.socket.getsockopt(zmqx.RCVMORE)
        sizes.append(len(chunk))
        got += chunk
    assert got == data
    assert max(sizes) <= 8192
    if lib.ours:
        server.socket.in_batch_size = 100
        other = serve(lib, in_batch_size=100)
        peer, who = other.call()
        peer.send(data)
        chunks = [other.socket.recv_multipart()[1] for _ in range(len(data) // 100)]
        assert b"".join(chunks) == data
        assert {len(chunk) for chunk in chunks} == {100}


@states("P10.6")
def test_connections_that_come_and_go_are_told(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    peer, who = server.call()
    peer.send(b"x")
    assert server.socket.recv_multipart() == [who, b"x"]
    peer.close()
    assert server.socket.recv_multipart() == [who, b""]


@states("P10.7")
def test_they_are_not_told_without_notify(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib, stream_notify=0)
    for data in (b"one", b"two"):
        with RawPeer.connect(server.endpoint) as peer:
            peer.send(data)
            assert server.socket.recv_multipart()[1] == data
    for value in (2, -1):
        with lib.fails(zmqx.EINVAL):
            server.socket.setsockopt(zmqx.STREAM_NOTIFY, value)
    with lib.fails(zmqx.EINVAL):
        lib.bare_socket(zmqx.ROUTER).setsockopt(zmqx.STREAM_NOTIFY, 1)


@states("P10.8", "P10.14")
def test_what_is_sent_are_the_bytes_and_nothing_else(lib: Lib, serve: Callable[..., Server]) -> None:
    """Not even a heartbeat."""
    server = serve(lib, heartbeat_ivl=1)
    peer, who = server.call()
    assert peer.is_left_alone(0.05)
    blob = bytes(range(256)) * 1000
    for data in (b"hello", b"\0", blob):
        server.socket.send_multipart([who, data])
    assert peer.recv(6 + len(blob)) == b"hello\0" + blob


@states("P10.9", "P10.13")
def test_an_empty_frame_closes(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    peer, who = server.call()
    _, other = server.call()
    server.socket.send_multipart([who, b"the last words"])
    server.socket.send_multipart([who, b""])
    lib.attend(server.socket)
    assert peer.recv(14) == b"the last words"
    until(lambda: lib.attend(server.socket) or not peer.is_left_alone(0.001))
    assert peer.ended()
    # What comes next is about somebody else: of this one nothing is told.
    server.peers[1].send(b"still here")
    assert server.socket.recv_multipart() == [other, b"still here"]


@states("P10.9")
def test_whom_we_closed_is_not_dialed_again(lib: Lib) -> None:
    client = lib.socket(zmqx.STREAM, reconnect_ivl=1)
    with RawListener() as listener:
        client.connect(listener.endpoint)
        first = client.getsockopt(zmqx.ROUTING_ID)
        with listener.accept() as peer:
            assert client.recv_multipart() == [first, b""]
            client.send_multipart([first, b""])
            until(lambda: lib.attend(client) or not peer.is_left_alone(0.001))
            assert peer.ended()
            # The next to call is the next that we asked to.
            client.setsockopt(zmqx.CONNECT_ROUTING_ID, b"second")
            client.connect(listener.endpoint)
            with listener.accept():
                assert client.recv_multipart() == [b"second", b""]
                assert lib.silent(client)


def _send_fails(socket: Any, who: bytes) -> int | None:
    try:
        socket.send_multipart([who, b"x"], zmqx.DONTWAIT)
    except (zmqx.ZMQError, zmq.ZMQError) as error:
        return error.errno
    return None


@states("P10.10")
def test_nobody_is_unreachable(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    peer, who = server.call()
    with lib.fails(zmqx.EHOSTUNREACH):
        server.socket.send_multipart([b"nobody", b"x"])
    with lib.fails(zmqx.EHOSTUNREACH):
        server.socket.send(b"nobody", zmqx.SNDMORE)
    peer.close()
    assert server.socket.recv_multipart() == [who, b""]
    until(lambda: lib.attend(server.socket) or _send_fails(server.socket, who) == zmqx.EHOSTUNREACH)
    assert server.socket.poll(0, zmqx.POLLOUT) == zmqx.POLLOUT


@states("P10.11")
def test_a_full_peer_is_waited_for(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib, sndhwm=2, sndbuf=4096, sndtimeo=50)
    _, who = server.call()
    with lib.fails(zmqx.EAGAIN):
        for _ in range(200):
            server.socket.send_multipart([who, bytes(1 << 20)])
    with lib.fails(zmqx.EAGAIN):
        server.socket.send_multipart([who, b"x"], zmqx.DONTWAIT)


@states("P10.11")
def test_one_that_we_close_takes_nothing_more(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    _, who = server.call()
    server.socket.send_multipart([who, b""])
    with lib.fails(lib.differs(ours=zmqx.EHOSTUNREACH, libzmq=zmqx.EAGAIN, see="0010")):
        server.socket.send_multipart([who, b"x"], zmqx.DONTWAIT)


@states("P10.12")
def test_a_frame_of_data_ends_a_message_whatever_its_flag(lib: Lib, serve: Callable[..., Server]) -> None:
    server = serve(lib)
    peer, who = server.call()
    server.socket.send(who, zmqx.SNDMORE)
    server.socket.send(b"one", zmqx.SNDMORE)
    assert peer.recv(3) == b"one"
    server.socket.send_multipart([who, b"two", who, b"three"])
    assert peer.recv(8) == b"twothree"


@states("P10.15")
def test_a_connection_comes_back_under_its_id(lib: Lib) -> None:
    client = lib.socket(zmqx.STREAM, reconnect_ivl=1)
    with RawListener() as listener:
        client.connect(listener.endpoint)
        who = client.getsockopt(zmqx.ROUTING_ID)
        for number in range(3):
            with listener.accept() as peer:
                assert client.recv_multipart() == [who, b""]
                peer.send(b"%d" % number)
                assert client.recv_multipart() == [who, b"%d" % number]
                client.send_multipart([who, b"back"])
                assert peer.recv(4) == b"back"
            assert client.recv_multipart() == [who, b""]
        assert client.getsockopt(zmqx.ROUTING_ID) == who


@states("P10.16")
def test_tcp_and_ipc_only(lib: Lib, serve: Callable[..., Server]) -> None:
    for transport in ("tcp", "ipc"):
        server = serve(lib, transport)
        peer, who = server.call()
        peer.send(b"x")
        assert server.socket.recv_multipart() == [who, b"x"]
    client = lib.socket(zmqx.STREAM)
    for call in (client.bind, client.connect):
        with lib.fails(zmqx.ENOCOMPATPROTO if lib.zmq.has("udp") or not lib.ours else zmqx.EPROTONOSUPPORT):
            call("udp://127.0.0.1:5555")
        if lib.differs(ours=True, libzmq=False, see="0010"):  # which passes whole messages, and tells of nothing
            with lib.fails(zmqx.ENOCOMPATPROTO):
                call("inproc://raw")
