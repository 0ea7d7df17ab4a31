"""Dialing, and dialing again: pauses, limits, and what makes a dialer give up."""

from __future__ import annotations

import errno
import itertools
import os

import pytest

import zmqx
from zmqx.constants import Event, ReconnectStop
from zmqx.engine.reactor import WRITE

from ..support.raw_peer import GREETING, frame, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork
from .conftest import MakeSocket


def _pauses(socket: VirtualSocket) -> list[int]:
    return [event.value for event in socket.find(Event.CONNECT_RETRIED)]


def _gaps(network: VirtualNetwork) -> list[float]:
    """The ms between one attempt and the next."""
    times = [when for _, when in network.dialed]
    return [later - earlier for earlier, later in itertools.pairwise(times)]


# -- pauses


def test_the_pause_doubles_up_to_its_limit(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=400)
    push.connect("mem://nobody")
    reactor.run_until(lambda: len(network.dialed) == 7)
    assert _gaps(network) == [50, 100, 200, 400, 400, 400]
    assert _pauses(push) == [50, 100, 200, 400, 400, 400, 400]


def test_a_limit_that_is_no_power_of_two_times_the_first_is_kept(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    make_socket(zmqx.PUSH, reconnect_ivl=30, reconnect_ivl_max=100).connect("mem://nobody")
    reactor.run_until(lambda: len(network.dialed) == 5)
    assert _gaps(network) == [30, 60, 100, 100]


def test_a_limit_below_the_first_pause_is_none(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    make_socket(zmqx.PUSH, reconnect_ivl=200, reconnect_ivl_max=50).connect("mem://nobody")
    reactor.run_until(lambda: len(network.dialed) == 4)
    assert _gaps(network) == [200, 200, 200]


def test_the_doubling_goes_on_for_days(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    most = 2**31 - 1
    push = make_socket(zmqx.PUSH, reconnect_ivl=1, reconnect_ivl_max=most)
    push.connect("mem://nobody")
    reactor.run_until(lambda: len(network.dialed) == 40, 100 * most)
    assert _pauses(push)[-1] == most


def test_without_a_limit_the_pause_is_jittered(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push = make_socket(zmqx.PUSH, reconnect_ivl=100)
    push.connect("mem://nobody")
    reactor.run_until(lambda: len(network.dialed) == 60)
    gaps = _gaps(network)
    assert all(100 <= gap < 200 for gap in gaps)
    assert len(set(gaps)) > 5, "a thousand clients would come back in step"
    assert _pauses(push)[:-1] == gaps


@pytest.mark.parametrize(("random", "pause"), [(b"\0\0\0\0", 100), (b"\0\0\0\x63", 199), (b"\0\0\0\x64", 100)])
def test_the_jitter_is_less_than_the_pause(
    make_socket: MakeSocket, network: VirtualNetwork, monkeypatch: pytest.MonkeyPatch, random: bytes, pause: int
) -> None:
    monkeypatch.setattr(os, "urandom", lambda count: random)
    push = make_socket(zmqx.PUSH, reconnect_ivl=100)
    push.connect("mem://nobody")
    assert _pauses(push) == [pause]


def test_no_second_attempt_without_an_interval(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push = make_socket(zmqx.PUSH, reconnect_ivl=-1)
    push.connect("mem://nobody")
    assert push.kinds() == ["CONNECT_DELAYED", "CLOSED"]
    reactor.advance(1_000_000)
    assert len(network.dialed) == 1
    assert not push.send(b"there is no endpoint to queue this for")
    assert push.error_of(push.core.disconnect, "mem://nobody") == zmqx.ENOENT


def test_no_second_connection_without_an_interval(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("once")
    push = make_socket(zmqx.PUSH, reconnect_ivl=-1)
    push.connect("mem://once")
    network.take_call(acceptor).shake_hands("PULL", None).close()
    reactor.advance(1_000_000)
    assert push.kinds() == ["CONNECT_DELAYED", "CONNECTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED"]
    acceptor.close()


def test_a_handshake_that_succeeds_starts_the_pauses_anew(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=10_000)
    push.connect("mem://comes")
    reactor.advance(50 + 100 + 200)
    acceptor = network.await_call("comes")
    reactor.advance(400)
    network.take_call(acceptor).shake_hands("PULL", None).close()
    assert _pauses(push) == [50, 100, 200, 400, 50]
    acceptor.close()


def test_failing_handshakes_back_off(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    """An attempt has succeeded when the handshake has: a peer that only accepts is not hammered."""
    acceptor = network.await_call("rude")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=400)
    push.connect("mem://rude")
    for pause in (50, 100, 200, 400):
        network.take_call(acceptor).close()
        reactor.advance(pause)
    network.take_call(acceptor).close()
    assert _pauses(push) == [50, 100, 200, 400, 400]
    acceptor.close()


@pytest.mark.parametrize(
    "said",
    [
        GREETING[:12] + b"CURVE".ljust(20, b"\0") + GREETING[32:],
        GREETING + ready("SUB", None),
        GREETING + frame(b"\x05ERROR\x03400", 4),
        GREETING + ready("PULL", None) + b"\x02" + b"\xff" * 8,
    ],
    ids=["mechanism", "type", "refused", "over-long-frame"],
)
def test_after_a_protocol_error_it_tries_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, said: bytes
) -> None:
    """Deliberately unlike libzmq, which drops the endpoint for ever."""
    acceptor = network.await_call("reformed")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://reformed")
    push.send(b"kept")
    network.take_call(acceptor).send(said)
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    assert push.peers == 1
    acceptor.close()


def test_queued_messages_outlive_failing_handshakes(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("later")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://later")
    for number in range(5):
        push.send(b"%d" % number)
    network.take_call(acceptor).send(GREETING + ready("SUB", None))
    reactor.advance(50)
    network.take_call(acceptor).close()
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    assert [body for _, body in peer.take_frames()][1:] == [b"0", b"1", b"2", b"3", b"4"]
    acceptor.close()


# -- limits


def test_connect_timeout_ends_an_attempt(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.silent.add("silence")
    push = make_socket(zmqx.PUSH, connect_timeout=300, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://silence")
    reactor.advance(299)
    assert push.kinds() == ["CONNECT_DELAYED"]
    reactor.advance(1)
    closed, retried = push.events()
    assert (closed.kind, retried.kind) == (Event.CLOSED, Event.CONNECT_RETRIED)
    assert os.strerror(errno.ETIMEDOUT) in closed.reason
    assert os.strerror(errno.ETIMEDOUT) in retried.reason
    reactor.advance(50 + 300)
    assert len(network.dialed) == 2
    assert reactor.open_descriptors == 0, "an attempt that was given up stays open"


def test_readiness_that_was_somebody_elses_does_not_end_an_attempt(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    """Descriptors have their numbers after others; what was ready for those may come in late."""
    network.silent.add("slow")
    acceptor = network.await_call("slow")
    push = make_socket(zmqx.PUSH, connect_timeout=300)
    push.connect("mem://slow")
    for _, callback in list(reactor._watched.values()):
        callback(WRITE)
    assert push.kinds() == ["CONNECT_DELAYED"]
    network.silent.clear()
    network.take_call(acceptor).shake_hands("PULL", None)
    assert push.peers == 1
    acceptor.close()


def test_connect_timeout_does_not_touch_a_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("quick")
    push = make_socket(zmqx.PUSH, connect_timeout=300)
    push.connect("mem://quick")
    peer = network.take_call(acceptor)
    reactor.advance(1000)
    assert not peer.gone
    acceptor.close()


def test_without_connect_timeout_the_system_decides(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.silent.add("silence")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://silence")
    reactor.advance(1_000_000)
    assert push.kinds() == ["CONNECT_DELAYED"]


def test_handshake_ivl_is_counted_from_the_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.silent.add("slow")
    acceptor = network.await_call("slow")
    push = make_socket(zmqx.PUSH, handshake_ivl=100, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://slow")
    reactor.advance(500)
    network.silent.clear()
    network.take_call(acceptor)
    push.events()
    reactor.advance(99)
    assert push.kinds() == []
    reactor.advance(1)
    assert push.kinds() == ["HANDSHAKE_FAILED_NO_DETAIL", "DISCONNECTED", "CONNECT_RETRIED"]
    acceptor.close()


# -- RECONNECT_STOP


def test_stop_when_refused(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    push = make_socket(zmqx.PUSH, reconnect_stop=ReconnectStop.CONN_REFUSED)
    push.connect("mem://nobody")
    reactor.advance(1_000_000)
    assert push.kinds() == ["CONNECT_DELAYED", "CLOSED"]


def test_stop_when_refused_is_about_nothing_else(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_stop=ReconnectStop.CONN_REFUSED, reconnect_ivl=50)
    push.connect("mem://here")
    network.take_call(acceptor).close()
    reactor.advance(100)
    network.take_call(acceptor).shake_hands("PULL", None).close()
    assert len(push.find(Event.CONNECT_RETRIED)) == 2
    acceptor.close()


@pytest.mark.parametrize("how", ["closed", "timer", "protocol"])
def test_stop_when_the_handshake_fails(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, how: str
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_stop=ReconnectStop.HANDSHAKE_FAILED, handshake_ivl=100)
    push.connect("mem://here")
    peer = network.take_call(acceptor)
    if how == "closed":
        peer.close()
    elif how == "protocol":
        peer.send(GREETING + ready("SUB", None))
    reactor.advance(1_000_000)
    assert push.kinds()[-1] == "DISCONNECTED"
    assert not acceptor.waiting
    acceptor.close()


def test_stop_when_the_handshake_fails_is_not_about_later_ends(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_stop=ReconnectStop.HANDSHAKE_FAILED)
    push.connect("mem://here")
    network.take_call(acceptor).shake_hands("PULL", None).close()
    assert push.kinds()[-1] == "CONNECT_RETRIED"
    acceptor.close()
