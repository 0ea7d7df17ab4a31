"""Pauses between attempts, and what makes them grow."""

from __future__ import annotations

import logging
import os

import pytest

import zmqx
from zmqx.constants import Event, ReconnectStop
from zmqx.engine.pauses import Failure, Pauses

from ..support.raw_peer import GREETING, frame, greeting, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_stream import VirtualNetwork
from .conftest import MakeSocket


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", bytes)


def _ms(pauses: Pauses, why: Failure, count: int, first: int = 100, most: int = 0) -> list[float]:
    return [round(1000 * (pauses.next(why, first, most) or 0)) for _ in range(count)]


def test_a_network_that_fails_is_tried_at_a_steady_pace() -> None:
    assert _ms(Pauses(), Failure.NETWORK, 4) == [100] * 4


def test_a_peer_that_does_not_agree_is_left_alone_ever_longer() -> None:
    assert _ms(Pauses(), Failure.DISAGREED, 11) == [100 << n for n in range(9)] + [30_000] * 2
    assert _ms(Pauses(), Failure.DISAGREED, 4, most=250) == [100, 200, 250, 250]


def test_a_peer_that_hangs_up_is_left_alone_for_two_seconds() -> None:
    assert _ms(Pauses(), Failure.HUNG_UP, 7) == [100, 200, 400, 800, 1600, 2000, 2000]


def test_refusals_and_failures_are_counted_apart() -> None:
    pauses = Pauses()
    assert _ms(pauses, Failure.DISAGREED, 2) == [100, 200]
    assert _ms(pauses, Failure.NETWORK, 1) == [100]
    pauses.answered()
    assert _ms(pauses, Failure.DISAGREED, 1) == [400]
    pauses.agreed()
    assert _ms(pauses, Failure.DISAGREED, 1) == [100]


@pytest.mark.parametrize("why", [Failure.NETWORK, Failure.HUNG_UP])
def test_at_once_and_then_ever_later(why: Failure) -> None:
    limit = 1000 if why is Failure.NETWORK else 2000
    assert _ms(Pauses(), why, 10, first=0)[:8] == [0, 10, 20, 40, 80, 160, 320, 640]
    assert _ms(Pauses(), why, 12, first=0)[-1] == limit
    assert _ms(Pauses(), why, 12, first=0, most=50)[-1] == 50


def test_never() -> None:
    assert Pauses().next(Failure.NETWORK, -1, 0) is None
    assert Pauses().next(Failure.DISAGREED, -1, 1000) is None


def test_the_jitter_stays_when_the_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: b"\0\0\0\x32")
    assert _ms(Pauses(), Failure.DISAGREED, 3) == [150, 250, 450]


# -- dialers


@pytest.mark.parametrize(
    "said",
    [
        greeting(mechanism=b"CURVE"),
        GREETING + ready("SUB", None),
        GREETING + frame(b"\x05ERROR\x03400", 4),
        GREETING + ready("PULL", None) + b"\x02" + b"\xff" * 8,
    ],
    ids=["mechanism", "type", "refused", "garbage later"],
)
def test_a_peer_that_will_never_agree(
    make_socket: MakeSocket,
    network: VirtualNetwork,
    reactor: VirtualReactor,
    caplog: pytest.LogCaptureFixture,
    said: bytes,
) -> None:
    acceptor = network.await_call("never")
    push = make_socket(zmqx.PUSH)
    with caplog.at_level(logging.WARNING, "zmqx"):
        push.connect("mem://never")
        for _ in range(17):
            network.take_call(acceptor).send(said)
            reactor.run_until(lambda: bool(acceptor.waiting), 40_000)
    pauses = [event.value for event in push.find(Event.CONNECT_RETRIED)]
    assert pauses[:10] == [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 4
    assert all("PUSH" in line and "mem://never" in line for line in told)
    assert "2 times in a row" in told[0]
    assert "the next attempt is in 0.2 s" in told[0]
    # It changed its mind.
    peer = network.take_call(acceptor)
    peer.shake_hands("PULL", None)
    assert push.peers == 1
    reactor.advance(1000)
    peer.close()
    assert push.find(Event.CONNECT_RETRIED)[-1].value == 100
    acceptor.close()


def test_a_peer_that_hangs_up_at_once(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("full")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://full")
    for _ in range(7):
        network.take_call(acceptor).shake_hands("PULL", None).close()
        reactor.run_until(lambda: bool(acceptor.waiting), 5_000)
    retried = push.find(Event.CONNECT_RETRIED)
    assert [event.value for event in retried] == [100, 200, 400, 800, 1600, 2000, 2000]
    assert all("another peer of our name" in event.reason for event in retried)
    network.take_call(acceptor).close()
    acceptor.close()


def test_a_peer_that_says_something_before_it_leaves_is_welcome(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("brief")
    pull = make_socket(zmqx.PULL)
    pull.connect("mem://brief")
    for _ in range(4):
        peer = network.take_call(acceptor).shake_hands("PUSH", None)
        peer.send(frame(b"x"))
        peer.close()
        reactor.run_until(lambda: bool(acceptor.waiting), 5_000)
    assert [event.value for event in pull.find(Event.CONNECT_RETRIED)] == [100] * 4
    network.take_call(acceptor).close()
    acceptor.close()


def test_an_interval_of_zero_comes_back_at_once_and_does_not_spin(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push = make_socket(zmqx.PUSH, reconnect_ivl=0)
    push.connect("mem://nobody")
    reactor.advance(10_000)
    times = [when - network.dialed[0][1] for _, when in network.dialed]
    assert times[:4] == [0, 0, 10, 30]
    assert len(times) < 20
    acceptor = network.await_call("nobody")
    reactor.advance(1000)
    network.take_call(acceptor).shake_hands("PULL", None)
    assert push.peers == 1
    acceptor.close()


@pytest.mark.parametrize("stop", [0, ReconnectStop.AFTER_DISCONNECT])
def test_stop_after_disconnect(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, stop: int
) -> None:
    push = make_socket(zmqx.PUSH, reconnect_stop=stop)
    push.connect("mem://nobody")
    push.send(b"x")
    push.core.disconnect("mem://nobody")
    before = len(network.dialed)
    reactor.advance(1000)
    assert (len(network.dialed) > before) == (not stop)


@pytest.mark.parametrize("stop", [0, ReconnectStop.AFTER_DISCONNECT])
def test_stop_after_disconnect_when_the_connection_breaks(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, stop: int
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_stop=stop)
    push.connect("mem://here")
    peer = network.take_call(acceptor).shake_hands("PULL", None)
    peer.stream.room = 0
    for _ in range(3):
        push.send(b"x" * 1000)
    push.core.disconnect("mem://here")
    peer.close()
    reactor.advance(1000)
    assert bool(acceptor.waiting) == (not stop)
    acceptor.close()
