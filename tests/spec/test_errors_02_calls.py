"""docs/spec/errors.md, section 2: which call raises what."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import zmqx

from ..support.callers import Caller, until
from . import apart
from .lib import Lib
from .states import states
from .watching import watch

# What can be called on a socket, with arguments that nothing is wrong with.
CALLS: dict[str, tuple[Any, ...]] = {
    "bind": ("inproc://somewhere",),
    "connect": ("inproc://somewhere",),
    "unbind": ("inproc://somewhere",),
    "disconnect": ("inproc://somewhere",),
    "send": (b"x",),
    "send_multipart": ([b"x", b"y"],),
    "recv": (),
    "recv_multipart": (),
    "getsockopt": (zmqx.LINGER,),
    "setsockopt": (zmqx.LINGER, 0),
    "poll": (0,),
    "monitor": ("inproc://monitor", 1),
}


@contextmanager
def ending(lib: Lib, socket: Any) -> Iterator[None]:
    """The context of a socket has begun to end; it ends with the block, which closes the socket."""
    term = Caller(socket.context.term)

    def begun() -> bool:
        try:
            lib.attend(socket)
        except lib.zmq.ZMQError as error:
            return error.errno == zmqx.ETERM
        return False

    try:
        until(begun)
        yield
    finally:
        socket.close(0)
        term.result()


def alone(lib: Lib) -> Any:
    """A socket with a context of its own."""
    return lib.bare_socket(zmqx.PAIR, lib.context())


@states("R2.5")
@pytest.mark.parametrize("call", CALLS)
def test_a_closed_socket(lib: Lib, call: str) -> None:
    socket = alone(lib)
    socket.close()
    # pyzmq has a number of its own for poll, before libzmq is asked.
    with lib.fails(zmqx.ENOTSUP if call == "poll" and not lib.ours else zmqx.ENOTSOCK):
        getattr(socket, call)(*CALLS[call])


@states("R2.6", "R2.7", "R2.8", "R2.9", "R2.10", "R2.11", "R2.16", "R3.3")
@pytest.mark.parametrize("call", [name for name in CALLS if name != "monitor"])
def test_a_context_that_ends(lib: Lib, call: str) -> None:
    socket = alone(lib)
    with ending(lib, socket), lib.fails(zmqx.ETERM):
        getattr(socket, call)(*CALLS[call])


@states("R2.4")
def test_closing_twice_is_once(lib: Lib) -> None:
    """Libraries with objects let it be; what is closed is still closed."""
    socket = alone(lib)
    socket.close()
    socket.close()
    assert socket.closed
    with lib.fails(zmqx.ENOTSOCK):
        socket.recv(zmqx.DONTWAIT)


# -- contexts


@states("R2.1")
@pytest.mark.parametrize(
    "attempt",
    [
        lambda ctx: ctx.set(9999, 1),
        lambda ctx: ctx.get(9999),
        lambda ctx: ctx.set(zmqx.IO_THREADS, -1),
        lambda ctx: ctx.set(zmqx.MAX_SOCKETS, 0),
    ],
    ids=["unknown-set", "unknown-get", "threads", "sockets"],
)
def test_options_of_a_context(lib: Lib, attempt: Callable[[Any], Any]) -> None:
    with lib.fails(zmqx.EINVAL):
        attempt(lib.ctx)
    lib.bare_socket(zmqx.PAIR)


class Struck(Exception):
    """What a signal does to a wait."""


def struck_while_ending(lib: Any) -> str:
    """What a signal does to term."""
    context = lib.context()
    socket = lib.bare_socket(zmqx.PAIR, context)

    def strike(*args: object) -> None:
        raise Struck

    before = signal.signal(signal.SIGALRM, strike)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        context.term()
    except Struck:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    try:
        lib.attend(socket)
    except lib.zmq.ContextTerminated:
        socket.close()
        context.term()
        return "ended"
    return "not ended"


@states("R2.2", "R3.8")
def test_a_signal_ends_the_wait_for_the_end(ours: Lib) -> None:
    """And it can be waited for again."""
    assert struck_while_ending(ours) == "ended"
    assert ours.ctx.closed


@states("R2.2", "R3.8")
def test_a_signal_ends_the_wait_of_libzmq() -> None:
    """pyzmq cannot wait again, and loses the context: it has a process of its own."""
    assert apart.run(struck_while_ending, ours=False).value == "ended"


@states("R2.3")
@pytest.mark.parametrize("kind", [99, 1000])
def test_a_type_that_does_not_exist(lib: Lib, kind: int) -> None:
    with lib.fails(zmqx.EINVAL):
        lib.ctx.socket(kind)


@states("R2.3")
def test_too_many_sockets(lib: Lib) -> None:
    context = lib.context(max_sockets=2)
    kept = [lib.bare_socket(zmqx.PAIR, context) for _ in range(2)]
    with lib.fails(zmqx.EMFILE):
        context.socket(zmqx.PAIR)
    kept[0].close()

    def made() -> bool:
        try:
            lib.bare_socket(zmqx.PAIR, context)
        except lib.zmq.ZMQError as error:
            if error.errno == zmqx.EMFILE:
                return False  # libzmq has closed it before long
            raise
        return True

    until(made)


@states("R2.3", "R3.5")
def test_a_socket_of_a_context_that_ends(lib: Lib) -> None:
    socket = alone(lib)
    with ending(lib, socket), lib.fails(zmqx.ETERM):
        socket.context.socket(zmqx.PAIR)


# -- endpoints

NO_FOLDER, LONG = "ipc:///no/such/folder/at/all", "ipc:///" + "x" * 120


@states("R2.6")
@pytest.mark.parametrize(
    ("endpoint", "errno"),
    [
        ("nothing", zmqx.EINVAL),
        ("tcp://127.0.0.1", zmqx.EINVAL),
        ("foo://bar", zmqx.EPROTONOSUPPORT),
        ("udp://127.0.0.1:5555", zmqx.ENOCOMPATPROTO),
        ("tcp://1.2.3.4:5555", zmqx.EADDRNOTAVAIL),
        ("tcp://no-such-interface:5555", zmqx.ENODEV),
        (LONG, zmqx.ENAMETOOLONG),
        (NO_FOLDER, zmqx.ENOENT),
    ],
)
def test_binding_badly(lib: Lib, endpoint: str, errno: int) -> None:
    socket = lib.socket(zmqx.PAIR)
    with lib.fails(errno):
        socket.bind(endpoint)
    assert lib.last_endpoint(socket) == ""


@states("R2.6")
@pytest.mark.parametrize("transport", ["tcp", "abstract", "inproc"])
def test_binding_where_somebody_is(lib: Lib, transport: str) -> None:
    endpoint = lib.bind(lib.socket(zmqx.PAIR), transport)
    with lib.fails(zmqx.EADDRINUSE):
        lib.socket(zmqx.PAIR).bind(endpoint)


@states("R2.6", "R2.7")
@pytest.mark.parametrize("call", ["bind", "connect"])
def test_a_network_without_a_thread(lib: Lib, call: str) -> None:
    socket = lib.bare_socket(zmqx.PAIR, lib.context(io_threads=0))
    with lib.fails(zmqx.EMTHREAD):
        getattr(socket, call)("tcp://127.0.0.1:5555")
    getattr(socket, call)("inproc://works")


@states("R2.7")
@pytest.mark.parametrize(
    ("endpoint", "errno"),
    [
        ("nothing", zmqx.EINVAL),
        ("tcp://127.0.0.1", zmqx.EINVAL),
        ("foo://bar", zmqx.EPROTONOSUPPORT),
        ("udp://127.0.0.1:5555", zmqx.ENOCOMPATPROTO),
        (LONG, zmqx.ENAMETOOLONG),
    ],
)
def test_connecting_badly(lib: Lib, endpoint: str, errno: int) -> None:
    socket = lib.socket(zmqx.PAIR)
    with lib.fails(errno):
        socket.connect(endpoint)
    assert lib.last_endpoint(socket) == ""


@states("R2.7")
@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:1", "tcp://no-such-host.invalid:5555", NO_FOLDER])
def test_nobody_there_is_no_error_of_connect(lib: Lib, endpoint: str) -> None:
    socket, told = watch(lib, zmqx.PAIR, reconnect_ivl=60_000)
    socket.connect(endpoint)
    assert lib.last_endpoint(socket) == endpoint
    socket.send(b"for later", zmqx.DONTWAIT)
    told.until("CONNECT_RETRIED")  # it was tried, and failed


@states("R2.8")
@pytest.mark.parametrize("call", ["unbind", "disconnect"])
@pytest.mark.parametrize(
    ("endpoint", "errno"),
    [
        ("nothing", zmqx.EINVAL),
        ("foo://bar", zmqx.EPROTONOSUPPORT),
        ("tcp://127.0.0.1:5555", zmqx.ENOENT),
        ("ipc:///tmp/nobody", zmqx.ENOENT),
        ("inproc://nobody", zmqx.ENOENT),
    ],
)
def test_leaving_badly(lib: Lib, call: str, endpoint: str, errno: int) -> None:
    socket = lib.socket(zmqx.PAIR)
    with lib.fails(errno):
        getattr(socket, call)(endpoint)


# -- options and properties


@states("R2.11")
@pytest.mark.parametrize(
    "attempt",
    [
        lambda socket: socket.setsockopt(9999, 1),
        lambda socket: socket.getsockopt(9999),
        lambda socket: socket.setsockopt(zmqx.LINGER, -2),
        lambda socket: socket.setsockopt(zmqx.TYPE, 1),
        lambda socket: socket.getsockopt(zmqx.CONNECT_ROUTING_ID),
    ],
    ids=["unknown-set", "unknown-get", "range", "read-only", "write-only"],
)
def test_options_of_a_socket(lib: Lib, attempt: Callable[[Any], Any]) -> None:
    with lib.fails(zmqx.EINVAL):
        attempt(lib.socket(zmqx.ROUTER))


@states("R2.20")
@pytest.mark.parametrize("name", ["nothing", 99])
def test_a_property_that_a_frame_has_not(lib: Lib, name: int | str) -> None:
    with lib.fails(zmqx.EINVAL):
        lib.zmq.Frame(b"x").get(name)
