"""The system has no room to watch one more descriptor: whatever it was for, the application is told as of any
connection that is lost, and things go on when there is room again."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.engine.loop_reactor import LoopReactor
from zmqx.transports.base import Stream

from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualDial, VirtualNetwork, VirtualPeer
from .conftest import MakeSocket

NO_ROOM = os.strerror(errno.ENOSPC)


def _no_room(times: int = 1) -> list[OSError]:
    return [OSError(errno.ENOSPC, NO_ROOM) for _ in range(times)]


def _lost(socket: VirtualSocket) -> list[str]:
    return [event.reason for event in socket.find(Event.DISCONNECTED)]


# -- a connection that begins


def test_a_raw_peer_that_cannot_be_watched_is_let_go(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    stream = make_socket(zmqx.STREAM)
    stream.bind("mem://here")
    reactor.no_room = _no_room()
    peer = network.call("here")
    assert peer.gone
    assert stream.kinds() == ["LISTENING", "ACCEPTED", "DISCONNECTED"]
    assert _lost(stream) == [NO_ROOM]
    assert stream.recv_all() == [], "it was never there"
    assert stream.peers == 0
    other = network.call("here")
    assert len(stream.recv_all()) == 1
    assert not other.gone


def test_a_raw_one_that_was_dialed_is_dialed_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("there")
    stream = make_socket(zmqx.STREAM, reconnect_ivl=10)
    stream.core.connect("mem://there")
    reactor.no_room = _no_room()
    reactor.settle()
    assert _lost(stream) == [NO_ROOM]
    assert stream.peers == 0
    assert stream.send([stream.core.get_option(zmqx.ROUTING_ID), b"early"])
    reactor.advance(1000)
    acceptor.waiting.popleft()
    assert network.take_call(acceptor).take() == b"early"


@pytest.mark.parametrize("watches", [1, 2])
def test_a_dial_that_cannot_be_watched_has_failed(
    make_socket: MakeSocket,
    network: VirtualNetwork,
    reactor: VirtualReactor,
    monkeypatch: pytest.MonkeyPatch,
    watches: int,
) -> None:
    """At its beginning, and when it has something else to wait for (the answer of a proxy)."""
    acceptor = network.await_call("there")
    push = make_socket(zmqx.PUSH, reconnect_ivl=10)
    if watches == 2:
        push.core.connect("mem://there")
        finish = VirtualDial.finish

        def not_yet(self: VirtualDial) -> Stream:
            monkeypatch.setattr(VirtualDial, "finish", finish)
            reactor.no_room = _no_room()
            raise BlockingIOError

        monkeypatch.setattr(VirtualDial, "finish", not_yet)
        reactor.settle()
    else:
        reactor.no_room = _no_room()
        push.connect("mem://there")
    assert push.kinds() == ["CONNECT_DELAYED", "CLOSED", "CONNECT_RETRIED"]
    assert NO_ROOM in push.find(Event.CLOSED)[0].reason
    reactor.advance(1000)
    assert network.take_call(acceptor).shake_hands("PULL", None)
    assert push.peers == 1


# -- a connection that is watched again


@pytest.fixture
def deaf(make_socket: MakeSocket, network: VirtualNetwork) -> tuple[VirtualSocket, VirtualPeer]:
    """A socket that has no room for what its peer sends, and does not even listen to it."""
    pair = make_socket(zmqx.PAIR, rcvhwm=1)
    pair.bind("mem://here")
    peer = network.call("here").shake_hands("PAIR", None)
    for _ in range(4):
        peer.send(b"\x00\x01x" * 1000)
    assert peer.stream.peer.fileno() not in pair.reactor.watched
    return pair, peer


def _receive(socket: VirtualSocket) -> None:
    while socket.peers:
        assert socket.recv() == b"x"


def _send(socket: VirtualSocket) -> None:
    assert socket.send(b"y" * 100_000)


def _send_small(socket: VirtualSocket) -> None:
    while socket.peers:
        assert socket.send(b"y" * 1000)
        socket.reactor.settle()


@pytest.mark.parametrize("use", [_receive, _send, _send_small, lambda pair: pair.close(-1)])
def test_one_that_is_to_be_heard_again_is_lost(
    deaf: tuple[VirtualSocket, VirtualPeer], reactor: VirtualReactor, use: Callable[[VirtualSocket], None]
) -> None:
    """The application's call has nothing to do with it."""
    pair, peer = deaf
    reactor.no_room = _no_room()
    use(pair)
    assert peer.gone
    assert not reactor.no_room
    if not pair.finished:
        assert _lost(pair) == [NO_ROOM]
        assert pair.peers == 0
        assert all(message == b"x" for message in pair.recv_all()), "what had come can be read"


# -- a listener


def test_what_cannot_be_watched_is_not_bound(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pull = make_socket(zmqx.PULL)
    reactor.no_room = _no_room()
    assert pull.error_of(pull.core.bind, "mem://here") == errno.ENOSPC
    assert pull.kinds() == ["BIND_FAILED"]
    assert pull.error_of(pull.core.unbind, "mem://here") == zmqx.ENOENT
    assert "here" not in network.acceptors
    pull.bind("mem://here")
    assert network.call("here").shake_hands("PUSH", None)


def test_a_listener_tries_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not watched while it cannot accept; that it has to be once more."""
    pull = make_socket(zmqx.PULL)
    pull.bind("mem://here")
    network.acceptors["here"].failures.append(OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
    stream = network.join("here")
    reactor.settle()
    reactor.no_room = _no_room(3)
    reactor.advance(1000)
    assert not reactor.no_room
    peer = VirtualPeer(stream, reactor).shake_hands("PUSH", None)
    assert pull.peers == 1
    assert len(pull.find(Event.ACCEPT_FAILED)) == 1, "told once, with the first reason"
    assert "accepts again" in caplog.records[-1].getMessage()
    peer.close()


def test_a_listener_that_was_busy_says_so(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pull = make_socket(zmqx.PULL, max_handshakes=1)
    pull.bind("mem://here")
    first = network.call("here")
    assert network.acceptors["here"].fileno() not in reactor.watched
    reactor.no_room = _no_room(3)
    first.close()
    reactor.settle()
    (failed,) = pull.find(Event.ACCEPT_FAILED)
    assert (failed.value, failed.reason) == (errno.ENOSPC, str(_no_room()[0]))
    reactor.advance(1000)
    assert network.call("here").shake_hands("PUSH", None)


# -- what an event loop turns


class _FullLoop:
    """A loop that can watch nothing any more."""

    def add_reader(self, fd: int, callback: object) -> None:
        raise _no_room()[0]

    def remove_reader(self, fd: int) -> bool:
        return False

    def is_closed(self) -> bool:
        return False


@pytest.mark.parametrize("settle", [False, True])
def test_what_nobody_can_watch_is_turned_all_the_same(reactor: VirtualReactor, settle: bool) -> None:
    """A loop leaves it to the reactor of the context; that one does it now and then, until there is room."""
    made = LoopReactor("test", lambda: reactor)
    seen: list[int] = []
    try:
        reactor.no_room = _no_room(2)
        if settle:
            made.settle_on(_FullLoop())
        else:
            made.wait_for_loop()
        made._soon.append(lambda: seen.append(1))
        reactor.advance(99)
        assert (seen, reactor.watched) == ([], {})
        reactor.advance(1)
        assert (seen, reactor.watched) == ([1], {})
        reactor.advance(1000)
        assert list(reactor.watched) == [made._fd]
    finally:
        made.close()
        reactor.settle()
