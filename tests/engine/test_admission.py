"""Who may come in, how many, and how much they may have us hold before they have shaken hands."""

from __future__ import annotations

import errno
import threading
from typing import Any

import pytest

import zmqx
from zmqx.constants import Event

from ..support.raw_peer import GREETING, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket, held
from ..support.virtual_stream import VirtualNetwork, VirtualPeer
from .conftest import MakeSocket


def refusals(socket: VirtualSocket) -> list[str]:
    """Why connections were not let in."""
    return [event.reason for event in socket.find(Event.ACCEPT_FAILED) if event.value == errno.ECONNREFUSED]


def refused(socket: VirtualSocket) -> int:
    return socket.core.overview.stats().refused


# -- peers


def test_no_more_peers_than_there_may_be(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pull = make_socket(zmqx.PULL, max_peers=2)
    pull.bind("mem://door")
    first, _ = (network.call("door").shake_hands("PUSH", None) for _ in range(2))
    assert network.call("door").gone
    assert (pull.peers, refused(pull)) == (2, 1)
    assert refusals(pull) == ["MAX_PEERS is 2"]
    first.close()
    network.call("door").shake_hands("PUSH", None)
    assert (pull.peers, refused(pull)) == (2, 1)


def test_of_those_who_shake_hands_at_once_the_first_have_the_places(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    """Half-open connections take no place from anybody."""
    pull = make_socket(zmqx.PULL, max_peers=1)
    pull.bind("mem://door")
    idle, quick, late = (network.call("door") for _ in range(3))
    quick.shake_hands("PUSH", None)
    late.greet()
    late.send(ready("PUSH", None))
    assert late.gone
    assert not idle.gone
    assert (pull.peers, refused(pull)) == (1, 1)
    assert refusals(pull) == ["MAX_PEERS is 1"]


def test_each_listener_has_its_own_limit(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """It is that of the moment of ``bind``."""
    pull = make_socket(zmqx.PULL, max_peers=1)
    pull.bind("mem://door")
    pull.core.set_option(zmqx.NativeOption.MAX_PEERS, 2)
    pull.bind("mem://window")
    for name, room in (("door", 1), ("window", 2)):
        for _ in range(room):
            network.call(name).shake_hands("PUSH", None)
        assert network.call(name).gone
    assert pull.peers == 3


# -- handshakes


def test_who_comes_while_too_many_shake_hands_waits_for_a_turn(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pull = make_socket(zmqx.PULL, max_handshakes=2)
    pull.bind("mem://door")
    peers = [network.call("door") for _ in range(5)]
    reactor.settle()
    acceptor = network.acceptors["door"]
    assert len(acceptor.waiting) == 3
    assert acceptor.fileno() not in reactor.watched, "it spins"
    peers[0].shake_hands("PUSH", None)
    assert len(acceptor.waiting) == 2
    peers[1].close()
    reactor.settle()
    assert len(acceptor.waiting) == 1
    for peer in peers[2:]:
        peer.shake_hands("PUSH", None)
    assert pull.peers == 4
    assert (refused(pull), acceptor.fileno() in reactor.watched) == (0, True)


def test_a_handshake_that_takes_too_long_gives_up_its_turn(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pull = make_socket(zmqx.PULL, max_handshakes=1, handshake_ivl=500)
    pull.bind("mem://door")
    network.call("door")
    second = network.call("door")
    reactor.advance(600)
    second.shake_hands("PUSH", None)
    assert pull.peers == 1


def test_a_pause_for_want_of_descriptors_outlasts_a_turn(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pull = make_socket(zmqx.PULL, max_handshakes=2)
    pull.bind("mem://door")
    first = network.call("door")
    acceptor = network.acceptors["door"]
    acceptor.failures.append(OSError(errno.EMFILE, "no more"))
    waiting = network.join("door")
    reactor.settle()
    first.close()
    reactor.settle()
    assert acceptor.fileno() not in reactor.watched
    reactor.advance(200)
    assert len(pull.find(Event.ACCEPTED)) == 2
    waiting.close()


# -- bytes


@pytest.mark.parametrize(("limit", "size", "taken"), [(1000, 900, True), (1000, 1100, False), (65_536, 60_000, True)])
def test_a_handshake_has_a_limit_in_bytes(
    make_socket: MakeSocket, network: VirtualNetwork, limit: int, size: int, taken: bool
) -> None:
    pull = make_socket(zmqx.PULL, handshake_bytes=limit)
    pull.bind("mem://door")
    peer = network.call("door")
    peer.greet()
    body = b"\x05READY\x0bSocket-Type\0\0\0\x04PUSH\x01X" + (size).to_bytes(4, "big") + bytes(size)
    peer.send(b"\x06" + len(body).to_bytes(8, "big") + body)
    assert pull.peers == taken
    assert peer.gone == (not taken)
    assert pull.core.overview.stats().handshake_failures == (not taken)


def test_all_handshakes_together_have_a_limit_in_bytes(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pull = make_socket(zmqx.PULL, handshake_total_bytes=1000)
    pull.bind("mem://door")

    def begin(size: int) -> VirtualPeer:
        peer = network.call("door")
        peer.send(GREETING + b"\x06" + (5000).to_bytes(8, "big") + bytes(size))
        return peer

    peers = [begin(300) for _ in range(2)]
    assert not any(peer.gone for peer in peers)
    greedy = begin(300)
    assert greedy.gone
    (failed,) = pull.find(Event.HANDSHAKE_FAILED_PROTOCOL)
    assert "HANDSHAKE_TOTAL_BYTES" in failed.reason
    peers[0].close()
    network.call("door").shake_hands("PUSH", None)
    network.call("door").shake_hands("PUSH", None)
    assert pull.peers == 2, "those who are in hold nothing any more"


# -- the hook


def hooked(make_socket: MakeSocket, hook: Any) -> VirtualSocket:
    pull = make_socket(zmqx.PULL)
    pull.core.accept_hook = hook
    pull.bind("mem://door")
    return pull


def test_the_hook_decides_by_the_address(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    asked: list[str] = []
    pull = hooked(make_socket, lambda address: asked.append(address) or len(asked) != 2)
    network.call("door").shake_hands("PUSH", None)
    assert network.call("door").gone
    network.call("door").shake_hands("PUSH", None)
    assert asked == [event.peer for event in pull.find(Event.ACCEPTED)[:1]] + asked[1:]
    assert len(asked) == 3
    assert (pull.peers, refused(pull)) == (2, 1)
    assert refusals(pull) == ["the accept hook does not want it"]
    assert pull.find(Event.ACCEPT_FAILED)[0].peer == asked[1]


def test_a_hook_that_fails_lets_nobody_in_and_is_told_once_in_a_while(
    make_socket: MakeSocket, network: VirtualNetwork, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(address: str) -> bool:
        raise LookupError("no such list")

    pull = hooked(make_socket, broken)
    assert all(network.call("door").gone for _ in range(5))
    assert (pull.peers, refused(pull)) == (0, 5)
    assert all("LookupError('no such list')" in reason for reason in refusals(pull))
    lines = [record.getMessage() for record in caplog.records if record.name == "zmqx"]
    assert len(lines) == 1
    assert "LookupError('no such list')" in lines[0]


def test_the_hook_is_asked_without_the_guard(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """It may use the very socket, and other threads may, meanwhile."""
    free: list[bool] = []

    def hook(address: str) -> bool:
        def attempt() -> None:
            taken = pull.core.guard.acquire(False)
            free.append(taken)
            if taken:
                with held(pull.core.guard):
                    pass
                pull.core.guard.unlock()

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        return pull.core.connections() < 1

    pull = hooked(make_socket, hook)
    network.call("door").shake_hands("PUSH", None)
    assert network.call("door").gone
    assert free == [True, True]


@pytest.mark.parametrize("how", ["unbind", "close"])
def test_a_hook_may_end_the_listener_it_is_asked_by(make_socket: MakeSocket, network: VirtualNetwork, how: str) -> None:
    def hook(address: str) -> bool:
        if how == "unbind":
            pull.core.unbind("mem://door")
        else:
            pull.core.close(0)
        return True

    pull = hooked(make_socket, hook)
    peer = network.call("door")
    assert peer.gone


def test_a_struck_hook_leaves_no_descriptor(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    def hook(address: str) -> bool:
        raise KeyboardInterrupt

    pull = hooked(make_socket, hook)
    with pytest.raises(KeyboardInterrupt):
        network.call("door").take()
    assert pull.peers == 0
    pull.core.accept_hook = None


def test_a_hook_that_wants_to_leave_the_program_refuses_the_peer(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    """In whatever thread it is asked: the one that does the I/O would end, and all I/O with it."""

    def leave(address: str) -> bool:
        raise SystemExit(1)

    pull = hooked(make_socket, leave)
    assert network.call("door").gone
    assert "SystemExit" in refusals(pull)[0]
