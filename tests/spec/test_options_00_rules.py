"""docs/spec/options.md, the general rules, and what stands below the table: aliases and inheritance."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from .lib import Lib
from .states import row, states
from .test_errors_02_calls import alone, ending

# One option of each type, and values of it.
TEXT = 55  # ZAP_DOMAIN


@states("O0.1")
@pytest.mark.parametrize("number", [2, 3, 10, 20, 125, 9999, -1])
def test_an_unknown_option(lib: Lib, number: int) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    with lib.fails(zmqx.EINVAL):
        socket.getsockopt(number)
    with lib.fails(zmqx.EINVAL):
        socket.setsockopt(number, 1)


@states("O0.2", "O0.8")
@pytest.mark.parametrize(
    ("number", "value"), [(zmqx.LINGER, b"1234"), (zmqx.LINGER, 1.5), (zmqx.ROUTING_ID, 1), (TEXT, 1)]
)
def test_a_value_of_another_type(lib: Lib, number: int, value: Any) -> None:
    """Python has types where C has sizes: a wrong one is a TypeError, or what C makes of its size."""
    socket = lib.bare_socket(zmqx.DEALER)
    before = socket.getsockopt(number)
    with pytest.raises((TypeError, lib.zmq.ZMQError)):
        socket.setsockopt(number, value)
    assert socket.getsockopt(number) == before


@states("O0.8")
@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**40])
def test_a_number_that_has_no_room(lib: Lib, value: int) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    with pytest.raises((OverflowError, lib.zmq.ZMQError)):
        socket.setsockopt(zmqx.LINGER, value)
    assert socket.getsockopt(zmqx.LINGER) == -1
    socket.setsockopt(zmqx.MAXMSGSIZE, value)  # 64 bits
    assert socket.getsockopt(zmqx.MAXMSGSIZE) == value


@states("O0.3")
@pytest.mark.parametrize(("number", "value"), [(zmqx.LINGER, -2), (zmqx.BACKLOG, -1), (zmqx.ROUTING_ID, b"x" * 256)])
def test_a_value_out_of_range(lib: Lib, number: int, value: Any) -> None:
    with lib.fails(zmqx.EINVAL):
        lib.bare_socket(zmqx.DEALER).setsockopt(number, value)


@states("O0.4")
@pytest.mark.parametrize("number", [zmqx.TYPE, zmqx.EVENTS, zmqx.RCVMORE, zmqx.MECHANISM])
def test_what_can_only_be_read(lib: Lib, number: int) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    socket.getsockopt(number)
    with lib.fails(zmqx.EINVAL):
        socket.setsockopt(number, 1)


@states("O0.5")
@pytest.mark.parametrize("number", [zmqx.SUBSCRIBE, zmqx.ROUTER_MANDATORY, zmqx.XPUB_WELCOME_MSG])
def test_what_can_only_be_set(lib: Lib, number: int) -> None:
    for kind in (zmqx.SUB, zmqx.ROUTER, zmqx.XPUB):
        with lib.fails(zmqx.EINVAL):
            lib.bare_socket(kind).getsockopt(number)


@states("O0.6")
def test_an_option_of_a_context_that_ends(lib: Lib) -> None:
    socket = alone(lib)
    with ending(lib, socket):
        for number in (zmqx.LINGER, zmqx.ROUTING_ID, zmqx.EVENTS, 9999):
            with lib.fails(zmqx.ETERM if number != 9999 or not lib.ours else zmqx.EINVAL):
                socket.getsockopt(number)
        with lib.fails(zmqx.ETERM):
            socket.setsockopt(zmqx.LINGER, 0)


@states("O0.7")
def test_an_option_of_a_closed_socket(lib: Lib) -> None:
    socket = alone(lib)
    socket.close()
    with lib.fails(zmqx.ENOTSOCK):
        socket.getsockopt(zmqx.LINGER)
    with lib.fails(zmqx.ENOTSOCK):
        socket.setsockopt(zmqx.LINGER, 0)


@states("O0.9")
@pytest.mark.parametrize("number", [zmqx.EVENTS, zmqx.RCVMORE, zmqx.THREAD_SAFE, zmqx.TYPE])
def test_numbers_are_read_as_numbers(lib: Lib, number: int) -> None:
    """Sizes of buffers are C's; what is read here is an int in any case."""
    assert type(lib.bare_socket(zmqx.DEALER).getsockopt(number)) is int


@pytest.mark.parametrize(
    ("number", "kind", "good", "bad"),
    [
        row("O0.10", zmqx.IMMEDIATE, zmqx.DEALER, [0, 1], [2, -1], name="bool"),
        row("O0.11", zmqx.ROUTER_MANDATORY, zmqx.ROUTER, [0, 1, 2, 1000], [-1], name="not-negative"),
        row("O0.12", zmqx.INVERT_MATCHING, zmqx.PUB, [0, 1, 2, -1, -1000], [], name="any"),
    ],
)
def test_three_kinds_of_switches(lib: Lib, number: int, kind: int, good: list[int], bad: list[int]) -> None:
    socket = lib.bare_socket(kind)
    for value in good:
        socket.setsockopt(number, value)
    for value in bad:
        with lib.fails(zmqx.EINVAL):
            socket.setsockopt(number, value)


@states("O0.11")
def test_any_positive_number_switches_on(lib: Lib) -> None:
    router = lib.socket(zmqx.ROUTER, router_mandatory=1000)
    with lib.fails(zmqx.EHOSTUNREACH):
        router.send_multipart([b"nobody", b"x"])
    router.setsockopt(zmqx.ROUTER_MANDATORY, 0)
    router.send_multipart([b"nobody", b"x"])


@states("O0.13", "O0.15")
def test_text_ends_with_a_nul_in_c(lib: Lib) -> None:
    """In Python it does not; what a routing id ends with is its own."""
    socket = lib.bare_socket(zmqx.DEALER)
    socket.setsockopt(TEXT, b"text")
    socket.bind("inproc://name")
    assert socket.getsockopt(zmqx.LAST_ENDPOINT) == b"inproc://name"
    assert socket.getsockopt(TEXT) == b"text"
    for name in (b"id", b"id\0", b"\0"):
        socket.setsockopt(zmqx.ROUTING_ID, name)
        assert socket.getsockopt(zmqx.ROUTING_ID) == name


@states("O0.14")
@pytest.mark.parametrize("length", [200, 254, 255, 300])
def test_text_of_any_length_can_be_read(lib: Lib, length: int) -> None:
    """pyzmq's buffer has 255 bytes, with the NUL; what is longer cannot be read with it."""
    socket = lib.bare_socket(zmqx.DEALER)
    socket.bind("inproc://" + "x" * (length - 9))
    if lib.ours or length < 255:
        assert len(socket.getsockopt(zmqx.LAST_ENDPOINT).rstrip(b"\0")) == length
    else:
        with lib.fails(zmqx.EINVAL):
            socket.getsockopt(zmqx.LAST_ENDPOINT)


# -- below the table


@states("O1.202")
def test_old_names(lib: Lib) -> None:
    assert lib.zmq.XREQ == zmqx.DEALER
    assert lib.zmq.XREP == zmqx.ROUTER
    assert lib.zmq.NOBLOCK == zmqx.DONTWAIT


@states("O1.203")
def test_both_marks_together(lib: Lib) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    socket.set_hwm(7) if hasattr(socket, "set_hwm") else setattr(socket, "hwm", 7)
    assert socket.getsockopt(zmqx.SNDHWM) == socket.getsockopt(zmqx.RCVHWM) == 7


INHERITED = {
    zmqx.REQ: [(zmqx.DEALER, zmqx.PROBE_ROUTER)],
    zmqx.REP: [(zmqx.ROUTER, zmqx.ROUTER_MANDATORY), (zmqx.ROUTER, zmqx.ROUTER_HANDOVER), (zmqx.ROUTER, 41)],
    zmqx.PUB: [(zmqx.XPUB, number) for number in (40, 69, 71, 78, 98, 108)],
}


@pytest.mark.parametrize(
    ("heir", "of", "number"),
    [
        row(ids, heir, of, number, name=f"{int(heir)}-{int(number)}")
        for ids, heir in (("O1.204", zmqx.REQ), ("O1.205", zmqx.REP), ("O1.206", zmqx.PUB))
        for of, number in INHERITED[heir]
    ],
)
def test_inherited_options(lib: Lib, heir: int, of: int, number: int) -> None:
    for kind in (heir, of):
        socket = lib.bare_socket(kind)
        socket.setsockopt(number, 1)
        with lib.fails(zmqx.EINVAL):
            socket.setsockopt(number, -1)
