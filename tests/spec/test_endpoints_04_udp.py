"""docs/spec/endpoints.md, section 4: udp. A stable build of libzmq has none for these types: it judges the others."""

from __future__ import annotations

import socket as system

import pytest

import zmqx
from zmqx.errors import EADDRINUSE, ENOCOMPATPROTO, ENODEV

from .lib import Lib
from .states import row, states

UNICAST = "udp://127.0.0.1:5999"


@pytest.mark.parametrize(
    ("kind", "call", "works"),
    [
        row("E4.1", zmqx.RADIO, "connect", True, name="RADIO connects"),
        row("E4.1", zmqx.RADIO, "bind", False, name="RADIO binds"),
        row("E4.2", zmqx.DISH, "bind", True, name="DISH binds"),
        row("E4.2", zmqx.DISH, "connect", False, name="DISH connects"),
        row("E4.3", zmqx.DGRAM, "bind", True, name="DGRAM binds"),
        row("E4.3", zmqx.DGRAM, "connect", False, name="DGRAM connects"),
    ],
)
def test_who_does_what(kind: int, call: str, works: bool, ours: Lib) -> None:
    socket = ours.socket(kind)
    endpoint = "udp://127.0.0.1:*" if call == "bind" else UNICAST
    if works:
        assert getattr(socket, call)(endpoint).startswith("udp://127.0.0.1:")
    else:
        with ours.fails(ENOCOMPATPROTO):
            getattr(socket, call)(endpoint)


@states("E4.4")
@pytest.mark.parametrize("call", ["bind", "connect"])
@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.ROUTER, zmqx.PAIR, zmqx.PUSH, zmqx.SUB], ids=lambda kind: kind.name)
def test_nobody_else(kind: int, call: str, lib: Lib) -> None:
    with lib.fails(ENOCOMPATPROTO):
        getattr(lib.socket(kind), call)(UNICAST)


@states("E4.5")
@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("udp://127.0.0.1:*", "udp://127.0.0.1:"),
        ("udp://*:*", "udp://0.0.0.0:"),
        ("udp://lo;239.7.7.7:*", "udp://lo;239.7.7.7:"),
        ("udp://127.0.0.1;239.7.7.7:*", "udp://127.0.0.1;239.7.7.7:"),
    ],
)
def test_what_can_be_bound(endpoint: str, shown: str, ours: Lib) -> None:
    bound = ours.socket(zmqx.DISH).bind(endpoint)
    assert bound == shown + str(int(bound.removeprefix(shown)))


@states("E4.5")
def test_a_wildcard_is_for_those_who_bind(ours: Lib) -> None:
    with ours.fails(zmqx.EINVAL):
        ours.socket(zmqx.RADIO).connect("udp://*:5999")


@states("E4.5", "E4.6")
@pytest.mark.parametrize("interface", ["lo", "127.0.0.1"])
def test_a_group_gets_what_is_sent_to_it(interface: str, ours: Lib) -> None:
    dishes = [ours.socket(zmqx.DISH) for _ in range(2)]
    endpoint = f"udp://{interface};239.7.7.8:*"
    for dish in dishes:
        dish.join("g")
        endpoint = dish.bind(endpoint)
    radio = ours.socket(zmqx.RADIO)
    radio.connect(endpoint)
    radio.send(b"all", group="g")
    assert [dish.recv() for dish in dishes] == [b"all", b"all"]


@states("E4.6", "E4.7")
@pytest.mark.parametrize(
    "endpoint",
    [
        "udp://lo;127.0.0.1:5999",
        "udp://127.0.0.1;127.0.0.1:5999",
        "udp://239.7.7.9;239.7.7.7:5999",
        "udp://127.0.0.1",
        "udp://lo;239.7.7.7",
        "udp://127.0.0.1:",
        "udp://127.0.0.1:x",
    ],
)
def test_what_is_no_endpoint(endpoint: str, ours: Lib) -> None:
    for kind, call in ((zmqx.DISH, "bind"), (zmqx.DGRAM, "bind"), (zmqx.RADIO, "connect")):
        with ours.fails(zmqx.EINVAL):
            getattr(ours.socket(kind), call)(endpoint)


@states("E4.7")
@pytest.mark.parametrize("endpoint", ["udp://nosuch;239.7.7.7:5999", "udp://127.0.0.1;[ff02::1]:5999"])
def test_interfaces_that_are_none(endpoint: str, ours: Lib) -> None:
    for kind, call, undo in ((zmqx.DISH, "bind", "unbind"), (zmqx.RADIO, "connect", "disconnect")):
        socket = ours.socket(kind, ipv6=1)
        with ours.fails(ENODEV):
            getattr(socket, call)(endpoint)
        with ours.fails(zmqx.ENOENT):  # it changed nothing
            getattr(socket, undo)(endpoint)
        assert not socket._core._ports.pipes


@states("E4.8")
def test_the_last_endpoint_has_its_scheme(ours: Lib) -> None:
    """That of libzmq has not (decision 0010)."""
    dish, radio = ours.socket(zmqx.DISH), ours.socket(zmqx.RADIO)
    endpoint = dish.bind("udp://127.0.0.1:*")
    radio.connect(endpoint)
    assert ours.last_endpoint(dish) == ours.last_endpoint(radio) == endpoint
    radio.disconnect(endpoint)
    dish.unbind(endpoint)
    with ours.fails(zmqx.ENOENT):
        dish.unbind(endpoint)


@states("E4.8")
def test_a_port_that_is_bound_is_taken(ours: Lib) -> None:
    """But those of groups. libzmq lets the second of two share any port (decision 0010)."""
    dish = ours.socket(zmqx.DISH)
    endpoint = dish.bind("udp://127.0.0.1:*")
    with ours.fails(EADDRINUSE):
        ours.socket(zmqx.DGRAM).bind(endpoint)
    dish.unbind(endpoint)
    dgram = ours.socket(zmqx.DGRAM)
    dgram.bind(endpoint)
    dgram.unbind(endpoint)
    dgram.bind(endpoint)
    with ours.fails(zmqx.EINVAL):  # it has one at a time
        dgram.bind("udp://127.0.0.1:*")


@states("E4.9", "O1.25", "O1.96")
def test_hops_and_loop_are_the_kernels(ours: Lib) -> None:
    for hops, loop in ((1, 1), (7, 0)):
        radio = ours.socket(zmqx.RADIO, multicast_hops=hops, multicast_loop=loop)
        radio.connect("udp://lo;239.7.7.7:5999")
        (port,) = radio._core._ports.dialers
        with system.socket(fileno=system.dup(port._socket.fileno())) as kernel:
            assert kernel.getsockopt(system.IPPROTO_IP, system.IP_MULTICAST_TTL) == hops
            assert kernel.getsockopt(system.IPPROTO_IP, system.IP_MULTICAST_LOOP) == loop


@pytest.mark.parametrize(
    ("number", "default", "refused", "taken"),
    [row("O1.25", zmqx.MULTICAST_HOPS, 1, [0, -1], [2, 255]), row("O1.96", zmqx.MULTICAST_LOOP, 1, [], [0, 1])],
)
def test_values_of_the_options(number: int, default: int, refused: list[int], taken: list[int], lib: Lib) -> None:
    socket = lib.bare_socket(zmqx.RADIO, linger=0)
    assert socket.getsockopt(number) == default
    for value in refused:
        with lib.fails(zmqx.EINVAL):
            socket.setsockopt(number, value)
    for value in taken:
        socket.setsockopt(number, value)
        assert socket.getsockopt(number) == value
