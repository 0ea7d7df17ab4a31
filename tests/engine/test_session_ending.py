"""How sessions end: linger, farewell, unbind and disconnect."""

from __future__ import annotations

import pytest

import zmqx

from ..support.raw_peer import frame, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork, VirtualPeer
from .conftest import MakeSocket

PONG = frame(b"\x04PONG", 4)


def _stuffed(
    make_socket: MakeSocket, network: VirtualNetwork, binds: bool, **options: object
) -> tuple[VirtualSocket, VirtualPeer]:
    """A PUSH with unsent messages for a peer that does not read."""
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, **options)
    if binds:
        push.bind("mem://end")
        peer = network.call("end")
    else:
        acceptor = network.await_call("end")
        push.connect("mem://end")
        peer = network.take_call(acceptor)
        acceptor.close()
    peer.shake_hands("PULL", None)
    peer.stream.room = 5
    for number in range(5):
        assert push.send(b"message %d" % number)
    push.reactor.settle()
    assert push.unsent == 5
    push.events()
    return push, peer


BOTH = pytest.mark.parametrize("binds", [True, False], ids=["bound", "connected"])


@BOTH
def test_linger_0_drops_at_once(make_socket: MakeSocket, network: VirtualNetwork, binds: bool) -> None:
    push, peer = _stuffed(make_socket, network, binds)
    push.close(0)
    assert push.finished
    assert peer.gone


@BOTH
@pytest.mark.parametrize("linger", [-1, 5000])
def test_linger_sends_everything_and_then_ends(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, binds: bool, linger: int
) -> None:
    push, peer = _stuffed(make_socket, network, binds)
    push.close(linger)
    reactor.advance(4000)
    assert not push.finished
    assert [body for _, body in peer.take_frames()] == [b"message %d" % number for number in range(5)]
    assert peer.ended, "the peer is not told that this was all"
    peer.close()
    assert push.finished


@BOTH
def test_linger_gives_up_when_its_time_is_over(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, binds: bool
) -> None:
    push, peer = _stuffed(make_socket, network, binds)
    push.close(300)
    reactor.advance(299)
    assert not push.finished
    reactor.advance(1)
    assert push.finished
    assert peer.gone


@BOTH
def test_the_linger_option_is_taken_at_close(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, binds: bool
) -> None:
    push, peer = _stuffed(make_socket, network, binds, linger=-1)
    push.core.set_option(zmqx.LINGER, 100)
    push.close()
    assert reactor.run_until(lambda: push.finished) == 100
    assert peer.gone


@BOTH
def test_abort_ends_a_lingering_socket(make_socket: MakeSocket, network: VirtualNetwork, binds: bool) -> None:
    push, peer = _stuffed(make_socket, network, binds)
    push.close(-1)
    push.core.abort()
    push.reactor.settle()
    assert push.finished
    assert peer.gone


def test_a_closed_socket_does_not_wait_for_a_peer_that_lingers(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    """After our last byte we wait a moment for the peer to close first, and no longer."""
    push = make_socket(zmqx.PUSH)
    push.bind("mem://end")
    peer = network.call("end").shake_hands("PULL", None)
    push.close(-1)
    assert peer.ended
    reactor.run_until(lambda: push.finished, 1000)
    assert peer.gone


def test_what_comes_while_lingering_is_thrown_away(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair = make_socket(zmqx.PAIR)
    pair.bind("mem://end")
    peer = network.call("end").shake_hands("PAIR", None)
    peer.stream.room = 3
    pair.send(b"my last word")
    reactor.settle()
    pair.close(-1)
    for _ in range(100):
        peer.send(frame(b"not heard") * 100)
    assert peer.take_frames() == [(0, b"my last word")]
    peer.close()
    assert pair.finished


def test_a_peer_that_leaves_ends_the_linger_of_a_bound_socket(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    push, peer = _stuffed(make_socket, network, True)
    push.close(-1)
    peer.close()
    assert push.finished


def test_a_lingering_connection_is_made_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    """Messages not yet encoded survive the connection, also after close."""
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://later")
    push.send(b"patience")
    push.close(-1)
    reactor.advance(1000)
    assert not push.finished
    acceptor = network.await_call("later")
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    assert [body for _, body in peer.take_frames()][1:] == [b"patience"]
    peer.close()
    assert push.finished
    acceptor.close()


def test_close_without_anything_unsent_does_not_dial_on(make_socket: MakeSocket, reactor: VirtualReactor) -> None:
    push = make_socket(zmqx.PUSH)
    push.connect("mem://nobody")
    push.close(-1)
    assert push.finished
    assert not reactor.pending()


def test_a_handshake_under_way_ends_with_a_bound_socket(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pull = make_socket(zmqx.PULL)
    pull.bind("mem://end")
    peer = network.call("end")
    pull.close(-1)
    assert peer.gone
    assert pull.finished


def test_signs_of_life_count_while_lingering(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    """A slow peer that answers our heartbeats is alive: what it has not taken yet must not be dropped."""
    push, peer = _stuffed(make_socket, network, True, heartbeat_ivl=100, heartbeat_timeout=100)
    push.close(-1)
    for _ in range(20):
        reactor.advance(50)
        peer.send(PONG)
        assert not peer.gone, "given up while it gave signs of life"
    bodies = [body for flags, body in peer.take_frames() if not flags & 4]
    assert bodies == [b"message %d" % number for number in range(5)]


def test_silence_ends_a_lingering_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push, peer = _stuffed(make_socket, network, True, heartbeat_ivl=100, heartbeat_timeout=100)
    push.close(-1)
    reactor.run_until(lambda: push.finished, 1000)
    assert peer.gone


# -- unbind and disconnect


def test_unbind_closes_what_was_accepted_and_says_only_that_it_listens_no_more(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push = make_socket(zmqx.PUSH)
    push.bind("mem://door")
    push.bind("mem://window")
    gone = network.call("door").shake_hands("PULL", None)
    stays = network.call("window").shake_hands("PULL", None)
    push.events()
    push.core.unbind("mem://door")
    gone.close()
    reactor.advance(1000)
    assert push.kinds() == ["CLOSED"]
    assert "door" not in network.acceptors
    assert not stays.ended
    assert push.peers == 1


def test_unbind_sends_what_is_unsent_first(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    push, peer = _stuffed(make_socket, network, True)
    push.core.unbind("mem://end")
    assert len(peer.take_frames()) == 5
    assert peer.ended


def test_disconnect_says_nothing(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    push, peer = _stuffed(make_socket, network, False, linger=0)
    push.core.disconnect("mem://end")
    reactor.advance(1000)
    assert push.kinds() == []
    assert peer.gone


def test_disconnect_lingers(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    push, peer = _stuffed(make_socket, network, False, linger=500)
    push.core.disconnect("mem://end")
    assert not push.send(b"nobody takes this"), "a disconnected endpoint takes messages"
    assert len(peer.take_frames()) == 5
    assert peer.ended
    peer.close()
    reactor.advance(1000)
    assert push.kinds() == []
    assert network.dialed[1:] == []


def test_disconnect_gives_up_when_its_linger_is_over(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push, peer = _stuffed(make_socket, network, False, linger=500)
    push.core.disconnect("mem://end")
    assert reactor.run_until(lambda: peer.gone) == 500


def test_term_refuses_everything_but_close(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    push, peer = _stuffed(make_socket, network, True)
    push.core.terminate()
    assert push.error_of(push.send, b"") == zmqx.ETERM
    assert push.error_of(push.core.bind, "mem://other") == zmqx.ETERM
    assert push.error_of(push.core.get_option, zmqx.LINGER) == zmqx.ETERM
    push.close(-1)
    assert len(peer.take_frames()) == 5
    assert push.error_of(push.send, b"") == zmqx.ENOTSOCK


@BOTH
def test_an_end_counts_once_though_two_threads_made_the_call(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, binds: bool
) -> None:
    """What was put off until the guard is free may be done by two threads at once (Deferred)."""
    push, peer = _stuffed(make_socket, network, binds)
    ports = push.core._ports
    (session,) = ports.sessions
    peer.stream.break_off()
    reactor.settle()
    assert session.ended is not None
    before = push.core.overview.stats()
    ports._session_ended(session)
    assert push.core.overview.stats() == before
    if binds:
        assert sum(before.dropped.values()) == 5
        return
    acceptor = network.await_call("end")
    reactor.advance(1000)
    again = network.take_call(acceptor)
    again.greet()
    again.send(ready("PULL", None))
    push.send(b"the next")
    bodies = [body for flags, body in again.take_frames() if not flags]
    assert bodies == [*[b"message %d" % number for number in range(1, 5)], b"the next"]
