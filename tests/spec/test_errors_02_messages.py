"""docs/spec/errors.md, section 2: what sending, receiving and polling raise."""

from __future__ import annotations

import os
import signal
from time import monotonic
from typing import Any

import pytest

import zmqx

from .lib import Lib
from .states import row, states
from .test_errors_02_calls import CALLS, alone, ending


@pytest.mark.parametrize(
    ("kind", "call", "errno"),
    [
        row("R2.9", zmqx.PULL, "send", zmqx.ENOTSUP, name="PULL-sends"),
        row("R2.9", zmqx.SUB, "send", zmqx.ENOTSUP, name="SUB-sends"),
        row("R2.9", zmqx.PUSH, "send", zmqx.EAGAIN, name="PUSH-to-nobody"),
        row("R2.9", zmqx.REP, "send", zmqx.EFSM, name="REP-unasked"),
        row("R2.10", zmqx.PUB, "recv", zmqx.ENOTSUP, name="PUB-receives"),
        row("R2.10", zmqx.PUSH, "recv", zmqx.ENOTSUP, name="PUSH-receives"),
        row("R2.10", zmqx.PULL, "recv", zmqx.EAGAIN, name="PULL-from-nobody"),
        row("R2.10", zmqx.REQ, "recv", zmqx.EFSM, name="REQ-unasked"),
    ],
)
@pytest.mark.parametrize("several", [False, True], ids=["one-frame", "several"])
def test_messages_at_the_wrong_time(lib: Lib, kind: int, call: str, errno: int, several: bool) -> None:
    socket = lib.socket(kind)
    arguments: tuple[Any, ...] = () if call == "recv" else ([b"x", b"y"],) if several else (b"x",)
    with lib.fails(errno):
        getattr(socket, f"{call}_multipart" if several else call)(*arguments, zmqx.DONTWAIT)


@states("R2.9")
def test_a_router_that_has_to_deliver(lib: Lib) -> None:
    with lib.fails(zmqx.EHOSTUNREACH):
        lib.socket(zmqx.ROUTER, router_mandatory=1).send_multipart([b"nobody", b"x"])


@states("R2.9", "R2.10", "R2.16")
@pytest.mark.parametrize("call", ["recv", "send", "poll"])
def test_a_signal_does_not_end_other_waits(lib: Lib, call: str) -> None:
    """C has EINTR for it; in Python the handler runs, and the wait goes on unless it raises."""
    socket = lib.socket(zmqx.PUSH if call == "send" else zmqx.PULL, rcvtimeo=200, sndtimeo=200)
    struck = []
    before = signal.signal(signal.SIGALRM, lambda *args: struck.append(args))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        if call == "poll":
            assert socket.poll(200) == 0
        else:
            with lib.fails(zmqx.EAGAIN):
                getattr(socket, call)(*CALLS[call])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(struck) == 1


@states("R2.26")
@pytest.mark.parametrize("room", [3, 0, 10])
def test_a_buffer_that_is_too_small(lib: Lib, room: int) -> None:
    pull, push = lib.pair(zmqx.PULL, zmqx.PUSH)
    push.send_multipart([b"hello", b"world"])
    buffer = bytearray(b"." * room)
    assert pull.recv_into(buffer) == 5
    assert buffer == b"hello....."[:5].ljust(room, b".")[:room]
    assert pull.recv() == b"world"


@states("R2.27")
def test_an_empty_message_is_one(lib: Lib) -> None:
    pull, push = lib.pair(zmqx.PULL, zmqx.PUSH)
    push.send(b"")
    push.send(b"after")
    assert pull.recv_multipart() == [b""]
    assert pull.recv() == b"after"


# -- polling


@states("R2.16")
def test_nothing_to_poll_is_a_sleep(ours: Lib) -> None:
    """As in libzmq; pyzmq returns at once."""
    start = monotonic()
    assert ours.zmq.Poller().poll(60) == []
    assert monotonic() - start >= 0.055


@states("R2.17")
def test_what_a_poller_has_not(lib: Lib) -> None:
    """In Python it is a mapping, and says so."""
    poller, socket = lib.zmq.Poller(), lib.socket(zmqx.PULL)
    with pytest.raises(KeyError):
        poller.unregister(socket)
    poller.register(socket, zmqx.POLLIN)
    poller.register(socket, zmqx.POLLOUT)
    assert poller.sockets == [(socket, zmqx.POLLOUT)]


@states("R2.17")
def test_what_cannot_be_polled(lib: Lib) -> None:
    poller = lib.zmq.Poller()

    def poll_nothing() -> None:
        poller.register(object(), zmqx.POLLIN)
        poller.poll(0)

    with pytest.raises(TypeError):
        poll_nothing()


@states("R2.17")
def test_a_descriptor_that_is_closed(lib: Lib) -> None:
    """Either it is refused, or it shows as an error at once."""
    poller = lib.zmq.Poller()
    inside, outside = os.pipe()
    for number in (inside, outside):
        os.close(number)
    poller.register(inside, zmqx.POLLIN)
    try:
        assert poller.poll(1000) == [(inside, zmqx.POLLERR)]
    except lib.zmq.ZMQError as error:
        assert error.errno == 9  # noqa: PT017  # EBADF


@states("R2.16", "R2.17", "R2.18")
def test_a_poller_with_a_socket_of_a_context_that_ends(lib: Lib) -> None:
    poller, socket = lib.zmq.Poller(), alone(lib)
    poller.register(socket, zmqx.POLLIN)
    with ending(lib, socket), lib.fails(zmqx.ETERM):
        poller.poll(1000)


@states("R2.18")
def test_a_poller_whose_time_is_up(lib: Lib) -> None:
    poller, socket = lib.zmq.Poller(), lib.socket(zmqx.PULL)
    poller.register(socket, zmqx.POLLIN)
    for timeout in (0, 30):
        assert poller.poll(timeout) == []
