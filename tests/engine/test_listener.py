"""Accepting: storms, exhaustion, and the freed address."""

from __future__ import annotations

import errno
import os

import pytest

import zmqx
from zmqx.constants import Event

from ..support.raw_peer import frame, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork
from .conftest import MakeSocket


@pytest.fixture
def pull(make_socket: MakeSocket) -> VirtualSocket:
    made = make_socket(zmqx.PULL)
    made.bind("mem://door")
    return made


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def test_binding_is_announced_with_its_descriptor(pull: VirtualSocket, network: VirtualNetwork) -> None:
    (listening,) = pull.events()
    assert listening.kind == Event.LISTENING
    assert listening.endpoint == "mem://door"
    assert listening.value == network.acceptors["door"].fileno()


def test_a_bind_that_fails_is_announced_and_raises(pull: VirtualSocket, make_socket: MakeSocket) -> None:
    other = make_socket(zmqx.PULL)
    assert other.error_of(other.core.bind, "mem://door") == zmqx.EADDRINUSE
    (failed,) = other.events()
    assert (failed.kind, failed.value) == (Event.BIND_FAILED, errno.EADDRINUSE)
    assert "door" in failed.reason


def test_every_peer_is_announced(pull: VirtualSocket, network: VirtualNetwork) -> None:
    peers = [network.call("door").shake_hands("PUSH", None) for _ in range(3)]
    accepted = pull.find(Event.ACCEPTED)
    assert [event.value for event in accepted] == [peer.stream.peer.fileno() for peer in peers]
    assert {event.endpoint for event in accepted} == {"mem://door"}
    assert pull.peers == 3


def test_a_storm_of_connections_lets_others_have_their_turn(
    pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    streams = [network.join("door") for _ in range(200)]
    reactor._turn()
    assert 0 < len(network.acceptors["door"].waiting) < 200, "all of them in one turn"
    reactor.settle()
    assert len(pull.find(Event.ACCEPTED)) == 200
    for stream in streams:
        stream.close()


@pytest.mark.parametrize("how", ["unbind", "close", "linger"])
def test_hundreds_of_peers_can_be_left_at_once(
    pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor, how: str
) -> None:
    """Every session that ends puts something off; however many there are, that must not nest."""
    peers = [network.call("door").shake_hands("PUSH", None) for _ in range(400)]
    assert pull.peers == 400
    if how == "unbind":
        pull.core.unbind("mem://door")
    else:
        pull.close(0 if how == "close" else -1)
    reactor.advance(10_000)
    assert all(peer.gone for peer in peers)
    assert pull.finished == (how != "unbind")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_exhaustion_pauses_the_accepting_and_it_goes_on(
    pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor, number: int
) -> None:
    acceptor = network.acceptors["door"]
    acceptor.failures.extend([_error(number)] * 3)
    stream = network.join("door")
    reactor.settle()
    (failed,) = pull.find(Event.ACCEPT_FAILED)
    assert failed.value == number
    assert os.strerror(number) in failed.reason
    assert acceptor.fileno() not in reactor.watched, "it spins"
    reactor.advance(150)
    assert len(acceptor.failures) == 1, "it tries again"
    reactor.run_until(lambda: not acceptor.waiting, 1000)
    assert len(pull.find(Event.ACCEPTED)) == 1
    assert len(pull.find(Event.ACCEPT_FAILED)) == 1, "told once"
    acceptor.failures.append(_error(number))
    other = network.join("door")
    reactor.advance(150)
    assert len(pull.find(Event.ACCEPT_FAILED)) == 2, "and again when it happens again"
    for end in (stream, other):
        end.close()


def test_the_log_is_told_when_accepting_stops_and_goes_on(
    pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor, caplog: pytest.LogCaptureFixture
) -> None:
    network.acceptors["door"].failures.extend([_error(errno.EMFILE)] * 5)
    stream = network.join("door")
    reactor.advance(2000)
    lines = [record.getMessage() for record in caplog.records if record.name == "zmqx"]
    assert len(lines) == 2
    assert os.strerror(errno.EMFILE) in lines[0]
    assert lines[1] == "a PULL socket: mem://door accepts again"
    stream.close()


def test_nobody_is_lost_in_the_pause(pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    network.acceptors["door"].failures.append(_error(errno.EMFILE))
    streams = [network.join("door") for _ in range(5)]
    reactor.settle()
    streams.append(network.join("door"))
    reactor.advance(1000)
    assert len(pull.find(Event.ACCEPTED)) == 6
    for stream in streams:
        stream.close()


def test_existing_connections_work_in_the_pause(pull: VirtualSocket, network: VirtualNetwork) -> None:
    peer = network.call("door").shake_hands("PUSH", None)
    network.acceptors["door"].failures.append(_error(errno.EMFILE))
    stream = network.join("door")
    peer.send(frame(b"meanwhile"))
    assert pull.recv() == b"meanwhile"
    stream.close()


def test_a_peer_that_was_gone_again_keeps_nobody_waiting(
    pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.acceptors["door"].failures.append(_error(errno.ECONNABORTED))
    network.call("door").shake_hands("PUSH", None)
    assert pull.find(Event.ACCEPT_FAILED)[0].value == errno.ECONNABORTED
    assert pull.peers == 1
    assert reactor.pending() == [] or min(reactor.pending()) > 1000


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EBADF, errno.EACCES])
def test_what_will_not_get_better_at_once_is_not_tried_at_once(
    pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor, number: int
) -> None:
    """Whoever was given the same descriptor may have shut it down, for one."""
    acceptor = network.acceptors["door"]
    acceptor.failures.extend([_error(number)] * 1000)
    stream = network.join("door")
    reactor.settle()
    assert len(acceptor.failures) == 999, "one attempt"
    reactor.advance(1000)
    assert len(acceptor.failures) > 980
    (failed,) = pull.find(Event.ACCEPT_FAILED)
    assert failed.value == number
    stream.close()


def test_a_storm_of_peers_that_are_gone_lets_others_have_their_turn(
    pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.acceptors["door"]
    acceptor.failures.extend([_error(errno.ECONNABORTED)] * 200)
    stream = network.join("door")
    reactor._turn()
    assert 0 < len(acceptor.failures) < 200, "all of them in one turn"
    reactor.settle()
    assert len(pull.find(Event.ACCEPTED)) == 1
    stream.close()


def test_closing_in_the_pause_ends_it(pull: VirtualSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    network.acceptors["door"].failures.append(_error(errno.EMFILE))
    stream = network.join("door")
    reactor.settle()
    pull.close()
    assert pull.finished
    assert reactor.pending() == []
    stream.close()


@pytest.mark.parametrize("how", ["unbind", "close"])
def test_the_address_is_free_when_the_call_returns(
    pull: VirtualSocket, make_socket: MakeSocket, network: VirtualNetwork, how: str
) -> None:
    if how == "unbind":
        pull.core.unbind("mem://door")
    else:
        pull.core.close()
    again = make_socket(zmqx.PULL)
    again.core.bind("mem://door")  # without any turn of the reactor in between
    network.call("door").shake_hands("PUSH", None)
    assert again.peers == 1


def test_unbind_twice_is_an_error(pull: VirtualSocket) -> None:
    pull.core.unbind("mem://door")
    assert pull.error_of(pull.core.unbind, "mem://door") == zmqx.ENOENT


def test_two_names_of_one_socket_are_two_listeners(pull: VirtualSocket, network: VirtualNetwork) -> None:
    pull.bind("mem://window")
    network.call("door").shake_hands("PUSH", None)
    network.call("window").shake_hands("PUSH", None)
    assert pull.peers == 2
    assert [event.endpoint for event in pull.find(Event.ACCEPTED)] == ["mem://door", "mem://window"]


def test_a_second_peer_of_a_pair_is_sent_away_with_words(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair = make_socket(zmqx.PAIR)
    pair.bind("mem://two")
    first = network.call("two").shake_hands("PAIR", None)
    second = network.call("two")
    second.greet()
    second.send(ready("PAIR", None))
    assert second.gone
    assert not first.gone
    assert pair.events()[-1].reason
    first.close()
    network.call("two").shake_hands("PAIR", None)
    assert pair.peers == 1
