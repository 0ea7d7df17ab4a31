"""docs/spec/endpoints.md, section 1: binding to tcp."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import address_of
from . import kernel
from .lib import Lib
from .states import row, states

BOUND = [
    row("E1.1 E1.4", "*:*", 0, "0.0.0.0"),
    row("E1.4", "*:0", 0, "0.0.0.0", name="E1.4-0"),
    row("E1.2 E1.4", "[*]:*", 0, "0.0.0.0", name="E1.4-brackets"),
    row("E1.4", "*:*", 1, "[::]", name="E1.4-ipv6"),
    row("E1.5", "127.0.0.1:*", 0, "127.0.0.1"),
    row("E1.5", "127.0.0.1:0", 0, "127.0.0.1", name="E1.5-0"),
    row("E1.6", "lo:*", 0, "127.0.0.1"),
    row("E1.6", "lo:*", 1, "[::1]", name="E1.6-ipv6"),
    row("E1.7", "localhost:*", 0, "127.0.0.1"),
    row("E1.8", "127.0.0.1:*", 1, "[::ffff:127.0.0.1]"),
    row("E1.2 E1.9", "[::1]:*", 1, "[::1]"),
    row("E1.1 E1.9", "::1:*", 1, "[::1]", name="E1.1+E1.9-bare"),
    row("E1.3 E1.10", "[::1%lo]:*", 1, "[::1]"),
    row("E1.20", "eth0:1;127.0.0.1:*", 0, "127.0.0.1"),
    row("E1.20", "127.0.0.1:5;127.0.0.1:*", 0, "127.0.0.1", name="E1.20-address"),
]


@pytest.mark.parametrize(("address", "ipv6", "host"), BOUND)
def test_what_is_bound_is_shown_as_it_is(lib: Lib, address: str, ipv6: int, host: str) -> None:
    pull = lib.socket(zmqx.PULL, ipv6=ipv6)
    pull.bind(f"tcp://{address}")
    endpoint = lib.last_endpoint(pull)
    shown, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    assert shown == host
    push = lib.socket(zmqx.PUSH, ipv6=ipv6)
    push.connect(endpoint.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]"))
    push.send(b"x")
    assert pull.recv() == b"x"
    assert 0 < int(port) < 65536


REFUSED = [
    row("E1.11", "[::1]:*", 0, zmqx.ENODEV),
    row("E1.12", "127.0.0.1", 0, zmqx.EINVAL),
    row("E1.12", "*", 0, zmqx.EINVAL, name="E1.12-any"),
    *(row("E1.12", f"127.0.0.1:{port}", 0, zmqx.EINVAL, name=f"E1.12-{port}") for port in ("", "abc", "0x50", "65536")),
    row("E1.13", "no-such-interface:*", 0, zmqx.ENODEV),
    row("E1.13", ":*", 0, zmqx.ENODEV, name="E1.13-empty"),
    row("E1.13", "256.1.1.1:*", 0, zmqx.ENODEV, name="E1.13-256"),
    row("E1.14", "192.0.2.1:*", 0, zmqx.EADDRNOTAVAIL),
    row("E1.3 E1.16", "[fe80::1%]:*", 1, zmqx.EINVAL),
    row("E1.16", "[fe80::1%nosuch]:*", 1, zmqx.EINVAL, name="E1.16-nosuch"),
    row("E1.19", "127.0.0.1:00", 0, zmqx.EINVAL),
    row("E1.20", "eth0;127.0.0.1:5599", 0, zmqx.EINVAL),
]


@pytest.mark.parametrize(("address", "ipv6", "number"), REFUSED)
def test_what_cannot_be_bound(lib: Lib, address: str, ipv6: int, number: int) -> None:
    pull = lib.socket(zmqx.PULL, ipv6=ipv6)
    with lib.fails(number):
        pull.bind(f"tcp://{address}")
    lib.bind(pull)  # nothing is left of the attempt


@states("E1.15")
def test_a_port_in_use(lib: Lib) -> None:
    endpoint = lib.bind(lib.socket(zmqx.PULL))
    with lib.fails(zmqx.EADDRINUSE):
        lib.socket(zmqx.PULL).bind(endpoint)


def anybody_may(port: int) -> bool:
    with kernel.without_rights(), socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return False
    return True


@states("E1.17")
def test_a_privileged_port(lib: Lib) -> None:
    """Where the system has any: in some containers every port is for everybody."""
    pull, port = lib.socket(zmqx.PULL), 79
    free = anybody_may(port)
    with kernel.without_rights():
        if free:
            pull.bind(f"tcp://127.0.0.1:{port}")
            return
        with lib.fails(errno.EACCES):
            pull.bind(f"tcp://127.0.0.1:{port}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


SLOPPY = [
    row("E1.18", "{wrapped}", name="E1.18-wrapped"),
    row("E1.18", "-{negative}", name="E1.18-negative"),
    row("E1.18", "{port}x", name="E1.18-tail"),
    row("E1.18", "+{port}", name="E1.18-plus"),
    row("E1.18", " {port}", name="E1.18-blank"),
    row("E1.18", "{port}/res", name="E1.18-path"),
]


@pytest.mark.parametrize("form", SLOPPY)
def test_sloppy_ports_are_mistakes(lib: Lib, form: str) -> None:
    port = free_port()
    address = form.format(port=port, wrapped=65536 + port, negative=65536 - port)
    pull = lib.socket(zmqx.PULL)
    if lib.differs(ours=True, libzmq=False, see="0010"):
        with lib.fails(zmqx.EINVAL):
            pull.bind(f"tcp://127.0.0.1:{address}")
    else:
        pull.bind(f"tcp://127.0.0.1:{address}")
        assert address_of(lib.last_endpoint(pull))[1] == port


# -- giving it up


def bound(lib: Lib, given: str) -> tuple[Any, str, int]:
    pull = lib.socket(zmqx.PULL)
    pull.bind(given)
    endpoint = lib.last_endpoint(pull)
    return pull, endpoint, address_of(endpoint)[1]


@states("E1.31")
def test_the_resolved_endpoint_is_its_name(lib: Lib) -> None:
    pull, endpoint, _ = bound(lib, "tcp://127.0.0.1:*")
    pull.unbind(endpoint)
    with lib.fails(zmqx.ENOENT):
        pull.unbind(endpoint)


@states("E1.31")
def test_what_bind_was_given_is_its_name_too(lib: Lib) -> None:
    pull, endpoint, _ = bound(lib, "tcp://127.0.0.1:*")
    if lib.differs(ours=True, libzmq=False, see="0010"):
        pull.unbind("tcp://127.0.0.1:*")
        with lib.fails(zmqx.ENOENT):
            pull.unbind(endpoint)
    else:
        with pytest.raises(lib.zmq.ZMQError):
            pull.unbind("tcp://127.0.0.1:*")


@states("E1.32")
@pytest.mark.parametrize("host", ["localhost", "lo"])
def test_a_name_is_looked_up(lib: Lib, host: str) -> None:
    """The name of a host; of an interface, by us alone."""
    if host == "lo" and not lib.ours:
        host = "localhost"
    pull, endpoint, port = bound(lib, "tcp://127.0.0.1:*")
    pull.unbind(f"tcp://{host}:{port}")
    with lib.fails(zmqx.ENOENT):
        pull.unbind(endpoint)


@states("E1.33")
def test_the_wildcard_has_a_number(lib: Lib) -> None:
    """To us any interface is any interface, however it is written."""
    pull, endpoint, port = bound(lib, "tcp://*:*")
    if lib.differs(ours=True, libzmq=False, see="0010"):
        pull.unbind(f"tcp://*:{port}")
    else:
        with lib.fails(zmqx.ENOENT):
            pull.unbind(f"tcp://*:{port}")
        pull.unbind(f"tcp://0.0.0.0:{port}")
    with lib.fails(zmqx.ENOENT):
        pull.unbind(endpoint)


@pytest.mark.parametrize("verb", ["unbind", "disconnect"])
@pytest.mark.parametrize(
    ("endpoint", "number"),
    [
        row("E1.34", "tcp://127.0.0.1:5999", zmqx.ENOENT),
        row("E1.34", "ipc:///nowhere", zmqx.ENOENT, name="E1.34-ipc"),
        row("E1.34", "inproc://nobody", zmqx.ENOENT, name="E1.34-inproc"),
        row("E1.35", "nonsense", zmqx.EINVAL),
        row("E1.35", "tcp://", zmqx.EINVAL, name="E1.35-empty"),
        row("E1.36", "foo://127.0.0.1:5999", zmqx.EPROTONOSUPPORT),
    ],
)
def test_what_is_not_there_cannot_be_given_up(lib: Lib, verb: str, endpoint: str, number: int) -> None:
    with lib.fails(number):
        getattr(lib.socket(zmqx.PULL), verb)(endpoint)


@states("E1.37")
@pytest.mark.parametrize("verbs", [("bind", "disconnect"), ("connect", "unbind")])
def test_either_verb_undoes_either(lib: Lib, verbs: tuple[str, str]) -> None:
    pull = lib.socket(zmqx.PULL)
    do, undo = verbs
    getattr(pull, do)("tcp://127.0.0.1:*" if do == "bind" else "tcp://127.0.0.1:5999")
    endpoint = lib.last_endpoint(pull)
    getattr(pull, undo)(endpoint)
    with lib.fails(zmqx.ENOENT):
        getattr(pull, undo)(endpoint)
