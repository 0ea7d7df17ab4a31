"""docs/spec/options.md, section 1: what becomes of an endpoint that fails."""

from __future__ import annotations

import pytest

import zmqx

from ..support.raw_peer import RawListener, frame, greeting
from .lib import Lib
from .states import row, states
from .watching import watch


def nobody() -> str:
    """An endpoint where nobody listens."""
    with RawListener() as listener:
        return listener.endpoint


@states("O1.18")
@pytest.mark.parametrize("interval", [-1, 0, 10])
def test_when_it_dials_again(lib: Lib, interval: int) -> None:
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=interval)
    assert push.getsockopt(zmqx.RECONNECT_IVL) == interval
    push.connect(nobody())
    assert told.kinds(2) == ["CONNECT_DELAYED", "CLOSED"]
    again = lib.differs(ours=interval >= 0, libzmq=interval > 0, see="0010")
    if again:
        assert told.kinds(2) == ["CONNECT_RETRIED", "CONNECT_DELAYED"]
    else:
        assert not told.some(100)


@states("O1.18")
def test_no_interval_is_negative_but_never(lib: Lib) -> None:
    push = lib.bare_socket(zmqx.PUSH)
    assert push.getsockopt(zmqx.RECONNECT_IVL) == 100
    with lib.fails(zmqx.EINVAL):
        push.setsockopt(zmqx.RECONNECT_IVL, -2)


@pytest.mark.parametrize("value", [row("O1.109", value, name=str(value)) for value in (-1, 0, 1, 2, 4, 7, 1 << 20)])
def test_bits_of_all_kinds_are_taken(lib: Lib, value: int) -> None:
    push = lib.bare_socket(zmqx.PUSH)
    assert push.getsockopt(zmqx.RECONNECT_STOP) == 0
    push.setsockopt(zmqx.RECONNECT_STOP, value)
    assert push.getsockopt(zmqx.RECONNECT_STOP) == value


@states("O1.207", "O1.109")
def test_a_refused_connect_ends_the_endpoint(lib: Lib) -> None:
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=10, reconnect_stop=zmqx.RECONNECT_STOP_CONN_REFUSED)
    push.connect(nobody())
    assert told.kinds(2) == ["CONNECT_DELAYED", "CLOSED"]
    assert told.rest() == []


@states("O1.208", "O1.109")
@pytest.mark.parametrize("how", ["closed", "timer", "mechanism", "refused"])
def test_a_failed_handshake_ends_the_endpoint(lib: Lib, how: str) -> None:
    options = {"reconnect_ivl": 10, "reconnect_stop": zmqx.RECONNECT_STOP_HANDSHAKE_FAILED, "handshake_ivl": 500}
    push, told = watch(lib, zmqx.PUSH, **options)
    with RawListener() as server:
        push.connect(server.endpoint)
        with server.accept() as peer:
            if how == "closed":
                peer.close()
            elif how == "mechanism":
                peer.send(greeting(mechanism=b"CURVE"))
            elif how == "refused":
                peer.greet(greeting())
                peer.send(frame(b"\x05ERROR\x03400", 4))
            told.until("DISCONNECTED")
            assert told.rest() == []


@states("O1.209", "O1.109")
@pytest.mark.parametrize("stop", [0, 4])
def test_after_disconnect_nobody_dials_again(lib: Lib, stop: int) -> None:
    """libzmq goes on for as long as LINGER allows."""
    push, told = watch(lib, zmqx.PUSH, linger=1000, reconnect_ivl=10, reconnect_stop=stop)
    endpoint = lib.endpoint("ipc")
    push.connect(endpoint)
    push.send(b"x")
    told.until("CONNECT_RETRIED")
    push.disconnect(endpoint)
    lib.attend(push)
    later = 0
    while later < 10 and told.some(100):
        told.next()
        later += 1
    goes_on = lib.differs(ours=stop == 0, libzmq=True, see="0010")
    assert (later == 10) == goes_on
