"""Sessions without ZMTP: up at once, chunks in, bytes out, closed by us or lost, and dialed again."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.constants import Event

from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork, VirtualPeer
from .conftest import MakeSocket


def _served(
    make_socket: MakeSocket, network: VirtualNetwork, **options: object
) -> tuple[VirtualSocket, VirtualPeer, bytes]:
    """A STREAM, a peer that called, and its id."""
    stream = make_socket(zmqx.STREAM, **options)
    stream.bind("mem://here")
    peer = network.call("here")
    who, empty = stream.recv()  # type: ignore[misc]
    assert empty == b""
    return stream, peer, who  # type: ignore[return-value]


# -- coming


def test_a_peer_is_there_as_soon_as_it_called(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    stream = make_socket(zmqx.STREAM)
    stream.bind("mem://here")
    peer = network.call("here")
    assert stream.peers == 1
    assert stream.kinds() == ["LISTENING", "ACCEPTED"]
    assert peer.take() == b""


def test_what_it_sent_before_we_looked_comes_after_the_notification(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    stream = make_socket(zmqx.STREAM)
    stream.bind("mem://here")
    peer = VirtualPeer(network.join("here"), reactor)
    peer.stream.send(b"x" * 10_000)
    peer.stream.close()
    sizes = [len(message[1]) for message in stream.recv_all()]
    assert sizes == [0, 8192, 1808, 0]
    assert stream.kinds() == ["LISTENING", "ACCEPTED", "DISCONNECTED"]
    assert stream.peers == 0


@pytest.mark.parametrize("notify", [0, 1])
def test_a_handshake_that_takes_no_time_has_no_limit(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, notify: int
) -> None:
    stream = make_socket(zmqx.STREAM, handshake_ivl=10, heartbeat_ivl=10, stream_notify=notify)
    stream.bind("mem://here")
    peer = network.call("here")
    reactor.advance(100_000)
    assert not peer.ended
    assert peer.take() == b""
    assert len(stream.recv_all()) == notify


def test_a_dialed_one_takes_bytes_before_it_is_there(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    acceptor = network.await_call("there")
    stream = make_socket(zmqx.STREAM)
    stream.core.connect("mem://there")
    who = stream.core.get_option(zmqx.ROUTING_ID)
    for data in (b"one", b"two"):
        assert stream.send([who, data])
    peer = network.take_call(acceptor)
    assert peer.take() == b"onetwo"
    assert stream.recv() == [who, b""]
    assert stream.kinds() == ["CONNECT_DELAYED", "CONNECTED"]


# -- traffic


def test_chunks_wait_for_room_and_nothing_is_lost(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    stream, peer, who = _served(make_socket, network, rcvhwm=3, in_batch_size=10)
    data = bytes(range(256)) * 4
    peer.stream.write([data])
    peer.stream.close()
    got = stream.recv_all()
    assert b"".join(chunk for _, chunk in got) == data  # type: ignore[misc]
    assert {len(chunk) for _, chunk in got[:-2]} == {10}  # type: ignore[misc]
    assert got[-1] == [who, b""]


@pytest.mark.parametrize("room", [1, 3, 1000])
def test_bytes_that_do_not_fit_follow(make_socket: MakeSocket, network: VirtualNetwork, room: int) -> None:
    stream, peer, who = _served(make_socket, network)
    peer.stream.room = room
    data = [b"x" * size for size in (1, 300, 5000, 9)]
    for item in data:
        assert stream.send([who, item])
    assert peer.take() == b"".join(data)


def test_a_full_peer_has_room_again_later(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    stream, peer, who = _served(make_socket, network, sndhwm=2)
    peer.stream.room = 1
    sent = 0
    while stream.send([who, b"abc"]):
        sent += 1
        assert sent < 100
    peer.stream.room = 1000
    assert peer.take() == b"abc" * sent
    assert stream.send([who, b"more"])


# -- going


def test_a_loss_comes_after_what_was_sent(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    stream, peer, who = _served(make_socket, network)
    peer.send(b"last words")
    peer.close()
    assert stream.recv_all() == [[who, b"last words"], [who, b""]]
    assert stream.error_of(stream.send, [who, b"x"]) == zmqx.EHOSTUNREACH
    (lost,) = stream.find(Event.DISCONNECTED)
    assert "closed" in lost.reason


def test_a_reset_is_a_loss(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    stream, peer, who = _served(make_socket, network)
    peer.stream.break_off()
    assert stream.recv_all() == [[who, b""]]


def test_we_close_when_everything_is_out(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    stream, peer, who = _served(make_socket, network)
    peer.stream.room = 5
    stream.send([who, b"the last words"])
    stream.send([who, b""])
    assert stream.error_of(stream.send, [who, b"x"]) == zmqx.EHOSTUNREACH
    reactor.settle()
    assert not peer.stream._ended
    assert peer.take() == b"the last words"
    assert peer.ended
    peer.send(b"not heard")
    peer.close()
    assert stream.recv_all() == []
    assert stream.find(Event.DISCONNECTED) == []


def test_one_who_does_not_close_is_closed_on(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    stream, peer, who = _served(make_socket, network)
    stream.send([who, b""])
    assert peer.ended
    assert not peer.gone
    reactor.advance(300)
    assert peer.gone


@pytest.mark.parametrize("immediate", [0, 1])
def test_whom_we_dialed_and_closed_is_not_dialed_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, immediate: int
) -> None:
    acceptor = network.await_call("there")
    stream = make_socket(zmqx.STREAM, immediate=immediate)
    stream.connect("mem://there")
    peer = network.take_call(acceptor)
    who = stream.recv()[0]  # type: ignore[index]
    stream.send([who, b"bye"])
    stream.send([who, b""])
    assert peer.take() == b"bye"
    assert peer.ended
    peer.close()
    reactor.advance(100_000)
    assert len(network.dialed) == 1
    assert not acceptor.waiting
    assert stream.recv_all() == []
    assert stream.error_of(stream.core.disconnect, "mem://there") == zmqx.ENOENT


def test_one_not_reached_yet_is_closed_when_it_was_told_everything(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    stream = make_socket(zmqx.STREAM)
    stream.core.connect("mem://there")
    who = stream.core.get_option(zmqx.ROUTING_ID)
    stream.send([who, b"early", who, b""])
    assert stream.error_of(stream.core.disconnect, "mem://there") == zmqx.ENOENT, "it is disconnected already"
    reactor.advance(50)
    acceptor = network.await_call("there")
    reactor.advance(1000)
    peer = network.take_call(acceptor)
    assert peer.take() == b"early"
    assert peer.ended
    assert stream.recv_all() == []


def test_closed_before_anything_was_said_it_is_not_dialed(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    stream = make_socket(zmqx.STREAM)
    stream.core.connect("mem://there")
    stream.send([stream.core.get_option(zmqx.ROUTING_ID), b""])
    reactor.advance(1)
    dialed = len(network.dialed)
    network.await_call("there")
    reactor.advance(10_000)
    assert len(network.dialed) == dialed


@pytest.mark.parametrize("immediate", [0, 1])
def test_a_lost_one_is_dialed_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, immediate: int
) -> None:
    """With IMMEDIATE each connection is another peer, as libzmq has it."""
    acceptor = network.await_call("there")
    stream = make_socket(zmqx.STREAM, reconnect_ivl=10, immediate=immediate)
    stream.connect("mem://there")
    ids = set()
    for _ in range(3):
        peer = network.take_call(acceptor)
        came = stream.recv()
        assert came is not None
        peer.send(b"x")
        assert stream.recv() == [came[0], b"x"]  # type: ignore[index]
        peer.close()
        assert stream.recv() == [came[0], b""]  # type: ignore[index]
        ids.add(came[0])  # type: ignore[index]
        reactor.advance(1000)
    assert len(ids) == (3 if immediate else 1)


def test_a_socket_that_closes_sends_what_is_left(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("there")
    stream = make_socket(zmqx.STREAM)
    stream.core.connect("mem://there")
    stream.send([stream.core.get_option(zmqx.ROUTING_ID), b"left"])
    stream.close(-1)
    peer = network.take_call(acceptor)
    assert peer.take() == b"left"
    assert peer.ended
    peer.close()
    assert stream.finished


def test_a_raw_router_is_served_so_too(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    router = make_socket(zmqx.ROUTER, router_raw=1)
    router.bind("mem://here")
    peer = network.call("here")
    who, empty = router.recv()  # type: ignore[misc]
    peer.send(b"request")
    assert router.recv() == [who, b"request"]
    router.send([who, b"reply"])
    router.send([who, b""])
    assert peer.take() == b"reply"
    assert peer.ended
    assert (len(who), empty) == (5, b"")


# -- how much at once


def test_reads_are_as_long_as_asked_for(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pull = make_socket(zmqx.PULL, in_batch_size=100)
    pull.bind("mem://here")
    peer = network.call("here").shake_hands("PUSH", None)
    asked: list[int] = []
    stream = peer.stream.peer
    real = stream.recv
    # What the session found when it was made is the method itself.
    type(stream).recv, kept = lambda self, most: asked.append(most) or real(most), type(stream).recv  # type: ignore[method-assign, func-returns-value]
    try:
        peer.send(b"\0\x05hello" * 100 + b"\x02" + (50_000).to_bytes(8, "big") + bytes(50_000))
        assert [len(message) for message in pull.recv_all()] == [5] * 100 + [50_000]
    finally:
        type(stream).recv = kept  # type: ignore[method-assign]
    assert set(asked[:7]) == {100}
    assert max(asked) > 10_000, "a long frame is read as it comes"


@pytest.mark.parametrize(("size", "most"), [(None, 65536), (400, 400), (1, 14)])
def test_writes_are_as_long_as_asked_for(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, size: int | None, most: int
) -> None:
    options = {} if size is None else {"out_batch_size": size}
    push = make_socket(zmqx.PUSH, sndhwm=0, **options)
    push.bind("mem://here")
    peer = network.call("here").shake_hands("PULL", None)
    for _ in range(200):
        push.send(b"hello")
    assert len(peer.take_frames()) == 200
    stream = peer.stream.peer
    written: list[int] = []
    real = stream.send

    def send(data: bytes | memoryview) -> int:
        written.append(len(data))
        return real(data)

    stream.send = send  # type: ignore[method-assign]
    for _ in range(1000):
        push.send(b"hello")
    assert len(peer.take_frames()) == 1000
    assert sum(written) <= 7000
    assert max(written) <= most
    if size is None:
        assert max(written) > 1000
