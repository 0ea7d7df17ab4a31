"""docs/spec/options.md, section 1: USE_FD, a listening descriptor that the application supplies."""

from __future__ import annotations

import os
import socket

import pytest

import zmqx

from . import kernel
from .lib import Lib
from .states import states


def listening(transport: str, lib: Lib) -> socket.socket:
    """What an application would have prepared, or been given by whoever started it."""
    if transport == "tcp":
        return socket.create_server(("127.0.0.1", 0))
    if transport == "tcp6":
        return socket.create_server(("::1", 0), family=socket.AF_INET6)
    made = socket.socket(socket.AF_UNIX)
    made.bind(lib.endpoint("ipc").removeprefix("ipc://"))
    made.listen()
    return made


@states("O1.89")
@pytest.mark.parametrize("transport", ["tcp", "tcp6", "ipc"])
@pytest.mark.parametrize("address", ["fitting", "*"])
def test_the_next_bind_is_at_this_descriptor(lib: Lib, transport: str, address: str) -> None:
    """Whatever address is given: the socket has one."""
    made = listening(transport, lib)
    scheme = transport.rstrip("6")
    pull, push = lib.socket(zmqx.PULL, use_fd=made.fileno()), lib.socket(zmqx.PUSH, ipv6=int(transport == "tcp6"))
    pull.bind(lib.endpoint(transport) if address == "fitting" else f"{scheme}://*:*")
    host = {"tcp": "127.0.0.1", "tcp6": "[::1]"}.get(transport)
    where = made.getsockname()
    made.detach()  # it is the library's now
    endpoint = lib.last_endpoint(pull)
    assert endpoint == (f"tcp://{host}:{where[1]}" if host else f"ipc://{where}")
    push.connect(endpoint)
    push.send(b"x")
    assert pull.recv() == b"x"


@states("O1.89")
def test_closing_the_socket_closes_the_descriptor(lib: Lib) -> None:
    made = listening("tcp", lib)
    address = made.getsockname()
    pull = lib.socket(zmqx.PULL, use_fd=made.detach())
    pull.bind("tcp://127.0.0.1:*")
    pull.unbind(lib.last_endpoint(pull))
    kernel.bind_once_free(lib, lib.socket(zmqx.PULL), f"tcp://127.0.0.1:{address[1]}")


@states("O1.89")
def test_one_bind_takes_it(lib: Lib) -> None:
    """libzmq would let a second endpoint have the same descriptor."""
    pull = lib.socket(zmqx.PULL)
    number = listening("tcp", lib).detach()
    pull.setsockopt(zmqx.USE_FD, number)
    assert pull.getsockopt(zmqx.USE_FD) == number
    pull.bind("tcp://127.0.0.1:*")
    first = lib.last_endpoint(pull)
    assert pull.getsockopt(zmqx.USE_FD) == lib.differs(ours=-1, libzmq=number, see="0010")
    pull.setsockopt(zmqx.USE_FD, -1)
    pull.bind("tcp://127.0.0.1:*")
    assert lib.last_endpoint(pull) != first


@states("O1.89")
def test_inproc_has_no_use_for_it(lib: Lib) -> None:
    with socket.create_server(("127.0.0.1", 0)) as made:
        pull = lib.socket(zmqx.PULL, use_fd=made.fileno())
        lib.bind(pull, "inproc")
        assert pull.getsockopt(zmqx.USE_FD) == made.fileno()


@states("O1.89")
@pytest.mark.parametrize("what", ["connected", "datagram", "pipe", "closed", "unbound", "other-family"])
def test_what_cannot_be_listened_at_is_refused_and_left_alone(ours: Lib, what: str) -> None:
    """libzmq takes all of these, and dies of some."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as unbound:
        reading, writing = os.pipe()
        made = {
            "connected": socket.create_connection(server.getsockname()),
            "datagram": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            "other-family": listening("ipc", ours),
        }
        number = {name: sock.fileno() for name, sock in made.items()}
        number |= {"pipe": reading, "closed": writing, "unbound": unbound.fileno()}
        os.close(writing)
        try:
            pull = ours.socket(zmqx.PULL, use_fd=number[what])
            with ours.fails(zmqx.EINVAL):
                pull.bind("tcp://127.0.0.1:*")
            assert pull.getsockopt(zmqx.USE_FD) == number[what]
            if what != "closed":
                os.fstat(number[what])
            pull.setsockopt(zmqx.USE_FD, -1)
            ours.bind(pull)
        finally:
            os.close(reading)
            for sock in made.values():
                sock.close()
