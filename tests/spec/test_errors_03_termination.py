"""docs/spec/errors.md, section 3: what becomes of a context's sockets when it ends."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import Caller, until
from ..support.forks import forked
from ..support.raw_peer import RawListener
from .lib import Lib
from .states import states
from .test_errors_02_calls import alone, ending

LONG = bytes(1_000_000)


@states("R3.1")
def test_a_shutdown_waits_for_nobody(ours: Lib) -> None:
    push = ours.bare_socket(zmqx.PUSH, ours.context(), linger=-1)
    push.connect(ours.endpoint("ipc"))
    push.send(b"unsent")
    Caller(push.context.shutdown).result(5)
    with ours.fails(zmqx.ETERM):
        push.send(b"x")
    with ours.fails(zmqx.EAGAIN):  # it is still open
        push.context.term(timeout=0)


@states("R3.2")
@pytest.mark.parametrize("call", ["recv", "send", "poll", "recv_multipart", "poller"])
def test_who_waits_is_told(lib: Lib, call: str) -> None:
    socket = lib.bare_socket(zmqx.PUSH if call == "send" else zmqx.PULL, lib.context())
    poller = lib.zmq.Poller()
    poller.register(socket, zmqx.POLLIN)
    waits: dict[str, Any] = {
        "recv": socket.recv,
        "send": lambda: socket.send(b"x"),
        "poll": lambda: socket.poll(None),
        "recv_multipart": socket.recv_multipart,
        "poller": lambda: poller.poll(None),
    }
    waiting = Caller(waits[call])
    if lib.ours:
        waiting.waits_for(socket)
    term = Caller(socket.context.term)
    with lib.fails(zmqx.ETERM):
        waiting.result()
    socket.close()
    term.result()


@states("R3.4", "R3.7")
def test_the_end_waits_until_the_sockets_are_closed(lib: Lib) -> None:
    sockets = [alone(lib)]
    context = sockets[0].context
    sockets.append(lib.bare_socket(zmqx.PULL, context))
    term = Caller(context.term)

    def told(socket: Any) -> bool:
        try:
            lib.attend(socket)
        except lib.zmq.ContextTerminated:
            return True
        return False

    for socket in sockets:
        until(lambda socket=socket: told(socket))
        assert not term.done
        socket.close()
    term.result()
    assert context.closed


@states("R3.7")
def test_the_end_waits_until_all_is_sent(lib: Lib) -> None:
    context = lib.context()
    push = lib.bare_socket(zmqx.PUSH, context, linger=-1)
    with RawListener() as listener:
        push.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            for number in range(30):
                push.send_multipart([b"%d" % number, LONG])
            push.close()
            term = Caller(context.term)
            for number in range(30):
                assert not (term.done and number < 15)  # the system holds the rest
                assert peer.recv_message() == [b"%d" % number, LONG]
            term.result()


@states("R3.6")
def test_options_of_a_context_outlive_its_shutdown(lib: Lib) -> None:
    socket = alone(lib)
    with ending(lib, socket):
        socket.context.set(zmqx.MAX_SOCKETS, 77)
        assert socket.context.get(zmqx.MAX_SOCKETS) == 77
        with lib.fails(zmqx.EINVAL):
            socket.context.set(zmqx.MAX_SOCKETS, 0)


@states("R3.9")
def test_monitors_end_with_the_context(lib: Lib) -> None:
    socket = alone(lib)
    monitor = socket.get_monitor_socket(0xFFFF, "inproc://monitor")
    reading = Caller(monitor.recv)
    with ending(lib, socket):
        try:
            with lib.fails(zmqx.ETERM):
                reading.result()
        finally:
            monitor.close(0)


@states("R3.11")
def test_a_forked_child_can_only_end_the_context(ours: Lib) -> None:
    push, pull = ours.pair(zmqx.PUSH, zmqx.PULL)

    def use() -> list[int]:
        numbers = []
        for call in (lambda: push.send(b"x"), pull.recv, lambda: ours.ctx.socket(zmqx.PAIR)):
            try:
                call()
            except zmqx.ZMQError as error:
                numbers.append(error.errno)
        ours.ctx.term()
        return numbers

    assert forked(use) == [zmqx.ENOTSOCK, zmqx.ENOTSOCK, zmqx.ETERM]
    push.send(b"nobody noticed")
    assert pull.recv() == b"nobody noticed"
