"""docs/spec/endpoints.md, before its sections: transport://address, and the transports there are."""

from __future__ import annotations

import errno
from typing import Any

import pytest

import zmqx

from .lib import Lib
from .states import row, states

VERBS = ["bind", "connect"]


@pytest.mark.parametrize("verb", VERBS)
@states("E0.1")
@pytest.mark.parametrize(
    "endpoint", ["nonsense", "://address", "tcp://", "ipc://", "inproc://", "tcp:/127.0.0.1:5", ""]
)
def test_what_is_no_endpoint(lib: Lib, verb: str, endpoint: str) -> None:
    with lib.fails(zmqx.EINVAL):
        getattr(lib.bare_socket(zmqx.PULL), verb)(endpoint)


@pytest.mark.parametrize("verb", VERBS)
@states("E0.2")
@pytest.mark.parametrize("transport", ["TCP", " tcp", "foo", "pgm", "epgm", "norm", "vmci", "Inproc", "tcp6"])
def test_what_is_no_transport(lib: Lib, verb: str, transport: str) -> None:
    with lib.fails(zmqx.EPROTONOSUPPORT):
        getattr(lib.bare_socket(zmqx.PULL), verb)(f"{transport}://127.0.0.1:5555")


@pytest.mark.parametrize("verb", VERBS)
@states("E0.3")
@pytest.mark.parametrize("kind", [zmqx.PAIR, zmqx.PUB, zmqx.SUB, zmqx.DEALER, zmqx.ROUTER, zmqx.PUSH, zmqx.PULL])
def test_a_transport_for_other_sockets(lib: Lib, verb: str, kind: int) -> None:
    with lib.fails(zmqx.ENOCOMPATPROTO):
        getattr(lib.bare_socket(kind), verb)("udp://127.0.0.1:5555")


@states("E0.4")
def test_tipc_is_a_matter_of_the_kernel(lib: Lib) -> None:
    """A kernel with TIPC would take it."""
    number = lib.differs(ours=zmqx.EPROTONOSUPPORT, libzmq=errno.EAFNOSUPPORT, see="0010")
    try:
        lib.bare_socket(zmqx.PULL).bind("tipc://{5560,0}")
    except lib.zmq.ZMQError as error:
        found = error.errno
    else:
        found = errno.EAFNOSUPPORT
    assert found == number


@states("E0.5")
@pytest.mark.parametrize("first", VERBS)
def test_any_number_of_endpoints_mixed(lib: Lib, first: str) -> None:
    """Of three transports, bound and connected, all at one socket."""
    hub = lib.socket(zmqx.PULL, rcvhwm=0)
    ends: list[Any] = []

    def bind_some() -> None:
        for transport in ("tcp", "ipc", "inproc", "tcp"):
            end = lib.socket(zmqx.PUSH)
            end.connect(lib.bind(hub, transport))
            ends.append(end)

    def connect_some() -> None:
        for transport in ("inproc", "ipc", "tcp", "ipc"):
            end = lib.socket(zmqx.PUSH)
            hub.connect(lib.bind(end, transport))
            ends.append(end)

    for step in (bind_some, connect_some) if first == "bind" else (connect_some, bind_some):
        step()
    for number, end in enumerate(ends):
        end.send(b"%d" % number)
    assert sorted(hub.recv() for _ in ends) == [b"%d" % number for number in range(len(ends))]


BYTES = [row("E0.1", b"tcp://127.0.0.1:*", name="bytes"), row("E0.1", "tcp://127.0.0.1:*", name="str")]


@pytest.mark.parametrize("endpoint", BYTES)
def test_an_endpoint_may_be_given_as_bytes(lib: Lib, endpoint: Any) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    pull.bind(endpoint)
    assert lib.last_endpoint(pull).startswith("tcp://127.0.0.1:")
