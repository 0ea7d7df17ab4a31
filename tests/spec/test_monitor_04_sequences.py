"""docs/spec/monitor.md, section 4: typical sequences."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.raw_peer import RawListener, RawPeer, greeting, ready
from .lib import Lib
from .states import states
from .watching import Told, watch

UP = "HANDSHAKE_SUCCEEDED"


def free_port() -> str:
    """An endpoint where nobody listens."""
    with RawListener() as listener:
        return listener.endpoint


def bind_again(lib: Lib, kind: int, endpoint: str) -> None:
    """Bind a new socket where another was just closed: libzmq frees the port a moment later."""

    def bound() -> bool:
        try:
            made.bind(endpoint)
        except lib.zmq.ZMQError:
            return False
        return True

    made = lib.bare_socket(kind, linger=0)
    until(bound)


def met(lib: Lib, transport: str = "tcp") -> tuple[Any, Any, Any, Any, str]:
    """A PULL and a PUSH that are connected, with their watchers, which have seen that."""
    pull, near = watch(lib, zmqx.PULL)
    push, far = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    endpoint = lib.bind(pull, transport)
    push.connect(endpoint)
    near.until(UP)
    far.until(UP)
    return pull, near, push, far, endpoint


@states("M4.1", "M3.4")
def test_bind(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL)
    endpoint = lib.bind(pull)
    event = told.next()
    assert (event.kind, event.endpoint) == ("LISTENING", endpoint)
    assert event.value > 2
    assert told.rest() == []


@states("M4.2", "M3.1", "M3.2", "M3.13", "M4.22")
def test_a_client_connects(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    push, told = watch(lib, zmqx.PUSH)
    endpoint = lib.bind(pull)
    push.connect(endpoint)
    delayed, connected, up = told.take(3)
    assert delayed == Told("CONNECT_DELAYED", 115, endpoint)
    assert (connected.kind, connected.endpoint) == ("CONNECTED", endpoint)
    assert connected.value > 2
    assert up == Told(UP, 0, endpoint)


@states("M4.3", "M3.6", "M3.13")
def test_a_server_is_connected_to(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL, zmqx.EVENT_ALL & ~zmqx.EVENT_LISTENING)
    push = lib.bare_socket(zmqx.PUSH, linger=0)
    endpoint = lib.bind(pull)
    push.connect(endpoint)
    accepted, up = told.take(2)
    assert (accepted.kind, accepted.endpoint) == ("ACCEPTED", endpoint)
    assert accepted.value > 2
    assert up == Told(UP, 0, endpoint)


@states("M4.4", "M4.22")
def test_a_client_over_ipc(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    push, told = watch(lib, zmqx.PUSH)
    push.connect(lib.bind(pull, "ipc"))
    assert told.kinds(2) == ["CONNECTED", UP]


@states("M4.5", "M3.10")
def test_the_client_goes_away(lib: Lib) -> None:
    _, near, push, _, endpoint = met(lib)
    push.close(0)
    gone = near.next()
    assert (gone.kind, gone.endpoint) == ("DISCONNECTED", endpoint)
    assert near.rest() == []


@states("M4.6", "M3.3", "M3.10")
def test_the_server_goes_away_and_comes_back(lib: Lib) -> None:
    pull, _, _, far, endpoint = met(lib)
    pull.close(0)
    gone, retried = far.take(2)
    assert (gone.kind, gone.endpoint) == ("DISCONNECTED", endpoint)
    assert (retried.kind, retried.endpoint) == ("CONNECT_RETRIED", endpoint)
    assert 10 <= retried.value <= 20
    bind_again(lib, zmqx.PULL, endpoint)
    assert far.kinds_until(UP)[-3:] == ["CONNECT_DELAYED", "CONNECTED", UP]


@states("M4.7", "M3.8")
def test_nobody_listens(lib: Lib) -> None:
    endpoint = free_port()
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    push.connect(endpoint)
    events = told.take(6)
    assert [event.kind for event in events] == ["CONNECT_DELAYED", "CLOSED", "CONNECT_RETRIED"] * 2
    assert {event.endpoint for event in events} == {endpoint}
    assert events[1].value > 2


@states("M4.8")
def test_nobody_listens_and_there_is_no_second_try(lib: Lib) -> None:
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=-1)
    push.connect(free_port())
    assert told.kinds(2) == ["CONNECT_DELAYED", "CLOSED"]
    assert told.rest() == []


@states("M4.9")
def test_a_name_that_is_none(lib: Lib) -> None:
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    push.connect("tcp://no-such-host.invalid:5555")
    assert told.kinds(2) == ["CONNECT_RETRIED"] * 2


@states("M4.10", "M3.14")
def test_another_mechanism_at_the_server(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL)
    with RawPeer.connect(lib.bind(pull)) as peer:
        peer.send(greeting(mechanism=b"PLAIN"))
        told.until("ACCEPTED")
        failed, gone = told.take(2)
    assert (failed.kind, failed.value) == ("HANDSHAKE_FAILED_PROTOCOL", zmqx.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
    assert gone.kind == "DISCONNECTED"


@states("M4.10", "M3.14")
def test_another_mechanism_at_the_client(lib: Lib) -> None:
    """libzmq never dials again."""
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    with RawListener() as server:
        push.connect(server.endpoint)
        with server.accept() as peer:
            peer.send(greeting(mechanism=b"CURVE"))
            told.until("CONNECTED")
            assert told.next().value == zmqx.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
            assert told.next().kind == "DISCONNECTED"
            assert told.rest()[:1] == lib.differs(ours=["CONNECT_RETRIED"], libzmq=[], see="0010")


@states("M4.11")
def test_the_wrong_type(lib: Lib) -> None:
    """zmqx has an event more, with the reason in words."""
    pull, told = watch(lib, zmqx.PULL)
    with RawPeer.connect(lib.bind(pull)) as peer:
        told.until("ACCEPTED")
        peer.greet()
        peer.send(ready("SUB"))
        failed = lib.differs(ours=["HANDSHAKE_FAILED_PROTOCOL"], libzmq=[], see="0010")
        assert told.kinds_until("DISCONNECTED") == [*failed, "DISCONNECTED"]


@states("M4.12", "M3.12")
def test_the_peer_closes_in_the_handshake(lib: Lib) -> None:
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    with RawListener() as server:
        push.connect(server.endpoint)
        server.accept().close()
        told.until("CONNECTED")
        failed, gone, again = told.take(3)
    assert failed.kind == "HANDSHAKE_FAILED_NO_DETAIL"
    assert failed.value in (32, 104)
    assert [gone.kind, again.kind] == ["DISCONNECTED", "CONNECT_RETRIED"]


@states("M4.13", "M3.12")
def test_the_handshake_takes_too_long(lib: Lib) -> None:
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=10, handshake_ivl=20)
    with RawListener() as server:
        push.connect(server.endpoint)
        told.until("CONNECTED")
        _check_too_long(lib, told.next())
        assert told.kinds(2) == ["DISCONNECTED", "CONNECT_RETRIED"]
    pull, told = watch(lib, zmqx.PULL, handshake_ivl=20)
    with RawPeer.connect(lib.bind(pull)):
        told.until("ACCEPTED")
        _check_too_long(lib, told.next())
        assert told.kinds(1) == ["DISCONNECTED"]
        assert told.rest() == []


def _check_too_long(lib: Lib, failed: Told) -> None:
    assert failed.kind == "HANDSHAKE_FAILED_NO_DETAIL"
    if lib.ours:  # libzmq tells whatever errno was left over; mostly it is this one
        assert failed.value == 11


@states("M4.15", "M3.5")
@pytest.mark.parametrize("case", ["not ours", "in use"])
def test_a_bind_that_the_system_refuses(lib: Lib, case: str) -> None:
    pull, told = watch(lib, zmqx.PULL)
    with RawListener() as taken:
        endpoint = {"not ours": "tcp://1.2.3.4:5555", "in use": taken.endpoint}[case]
        number = {"not ours": zmqx.EADDRNOTAVAIL, "in use": zmqx.EADDRINUSE}[case]
        with lib.fails(number):
            pull.bind(endpoint)
    closed, failed = told.take(2)
    assert (closed.kind, closed.endpoint) == ("CLOSED", "")
    assert failed == Told("BIND_FAILED", number, endpoint.removeprefix("tcp://"))


@states("M4.16", "M3.5")
def test_a_bind_to_nonsense(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL)
    with pytest.raises(lib.zmq.ZMQError):
        pull.bind("tcp://127.0.0.1:abc")
    assert told.next() == Told("BIND_FAILED", 22, "127.0.0.1:abc")


@states("M4.17", "M3.8", "M3.10")
def test_unbinding_a_live_endpoint(lib: Lib) -> None:
    pull, near, push, far, endpoint = met(lib)
    pull.unbind(endpoint)
    closed = near.next()
    assert (closed.kind, closed.endpoint) == ("CLOSED", endpoint)
    until(lambda: lib.attend(pull, push) or far.waiting())
    assert far.next().kind == "DISCONNECTED"
    assert near.rest() == []


@states("M4.18", "M3.10")
def test_disconnecting_a_live_connection(lib: Lib) -> None:
    pull, near, push, far, endpoint = met(lib)
    push.disconnect(endpoint)
    until(lambda: lib.attend(pull, push) or near.waiting())
    assert near.next().kind == "DISCONNECTED"
    assert far.rest() == []


@states("M4.19", "M3.11", "M3.10")
def test_closing_the_socket(lib: Lib) -> None:
    pull, near, _, far, _ = met(lib)
    pull.close(0)
    assert far.next().kind == "DISCONNECTED"
    assert near.until("MONITOR_STOPPED")[-1] == Told("MONITOR_STOPPED", 0, "")
    assert near.rest() == []


@states("M4.22")
def test_one_handshake_is_told_once(ours: Lib) -> None:
    """libzmq tells of the HTTP upgrade and of the mechanism by the same event (0010)."""
    pull, near = watch(ours, zmqx.PULL)
    push, far = watch(ours, zmqx.PUSH)
    pull.bind("ws://127.0.0.1:*")
    push.connect(ours.last_endpoint(pull))
    push.send(b"x")
    assert pull.poll(10_000)
    push.close()
    assert near.kinds_until("DISCONNECTED") == ["LISTENING", "ACCEPTED", UP, "DISCONNECTED"]
    assert far.kinds_until("MONITOR_STOPPED") == ["CONNECT_DELAYED", "CONNECTED", UP, "MONITOR_STOPPED"]
