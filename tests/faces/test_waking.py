"""Closing a socket, or ending its context, wakes whoever waits for it; nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import Caller, until

pytestmark = pytest.mark.parametrize("transport", ["tcp", "inproc"])


def _poller(socket: zmqx.Socket) -> list[tuple[Any, int]]:
    poller = zmqx.Poller()
    poller.register(socket, zmqx.POLLIN)
    return poller.poll()


# Calls that wait for ever on a PAIR that has no peer.
WAITS: dict[str, Callable[[zmqx.Socket], Any]] = {
    "recv": lambda socket: socket.recv(),
    "recv-timed": lambda socket: socket.recv(timeout=60_000),
    "recv-multipart": lambda socket: socket.recv_multipart(),
    "recv-frame": lambda socket: socket.recv(copy=False),
    "recv-string": lambda socket: socket.recv_string(),
    "send": lambda socket: socket.send(b"x"),
    "send-more": lambda socket: socket.send(b"x", zmqx.SNDMORE),
    "send-multipart": lambda socket: socket.send_multipart([b"x", b"y"]),
    "poll": lambda socket: socket.poll(),
    "poll-timed": lambda socket: socket.poll(60_000),
    "poll-out": lambda socket: socket.poll(None, zmqx.POLLOUT),
    "wait-connected": lambda socket: socket.wait_connected(),
    "Poller": _poller,
    "select": lambda socket: zmqx.select([socket], [], []),
    "proxy": lambda socket: zmqx.proxy(socket, socket),
}


def alone(joiner: Joiner) -> zmqx.Socket:
    """A bound PAIR that nobody connects to."""
    socket = joiner.socket(zmqx.PAIR)
    joiner.bind(socket)
    return socket


@pytest.mark.parametrize("call", WAITS.values(), ids=WAITS)
def test_close_wakes_with_enotsock(joiner: Joiner, call: Callable[[zmqx.Socket], Any]) -> None:
    socket = alone(joiner)
    waiting = Caller(call, socket).waits_for(socket)
    socket.close()
    with pytest.raises(zmqx.ZMQError) as caught:
        waiting.result()
    assert caught.value.errno == zmqx.ENOTSOCK


@pytest.mark.parametrize("call", WAITS.values(), ids=WAITS)
def test_shutdown_wakes_with_eterm(joiner: Joiner, call: Callable[[zmqx.Socket], Any]) -> None:
    socket = alone(joiner)
    waiting = Caller(call, socket).waits_for(socket)
    joiner.ctx.shutdown()
    with pytest.raises(zmqx.ContextTerminated) as caught:
        waiting.result()
    assert caught.value.errno == zmqx.ETERM


def test_term_wakes_with_eterm_and_waits_for_the_close(joiner: Joiner) -> None:
    socket = alone(joiner)
    waiting = Caller(socket.recv).waits_for(socket)
    ending = Caller(joiner.ctx.term)
    with pytest.raises(zmqx.ContextTerminated):
        waiting.result()
    assert not ending.done
    socket.close()
    ending.result()


def test_destroy_wakes_and_ends(joiner: Joiner) -> None:
    sockets = [alone(joiner) for _ in range(3)]
    waiting = [Caller(socket.recv).waits_for(socket) for socket in sockets]
    joiner.ctx.destroy(linger=0, timeout=10_000)
    for caller in waiting:
        with pytest.raises(zmqx.ZMQError) as caught:
            caller.result()
        assert caught.value.errno in (zmqx.ENOTSOCK, zmqx.ETERM)


@pytest.mark.parametrize("end", [lambda socket: socket.close(), lambda socket: socket.context.shutdown()])
def test_iteration_ends_without_an_error(joiner: Joiner, end: Callable[[zmqx.Socket], None]) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    got: list[list[bytes]] = []
    waiting = Caller(lambda: got.extend(pull))
    push.send(b"one")
    push.send_multipart([b"two", b"parts"])
    until(lambda: len(got) == 2)
    waiting.waits_for(pull)
    end(pull)
    waiting.result()
    assert got == [[b"one"], [b"two", b"parts"]]


def test_iteration_raises_what_is_no_end(joiner: Joiner) -> None:
    push = joiner.socket(zmqx.PUSH)
    with pytest.raises(zmqx.ZMQError) as caught:
        list(push)
    assert caught.value.errno == zmqx.ENOTSUP
    pull = joiner.socket(zmqx.PULL, rcvtimeo=5)
    with pytest.raises(zmqx.Again):
        list(pull)


def test_a_stream_of_events_ends_with_the_socket(joiner: Joiner) -> None:
    socket = alone(joiner)
    with socket.events() as events:
        waiting = Caller(list, events).waits_for(socket)
        socket.close()
        assert waiting.result() == []


def test_a_stream_of_events_ends_with_its_own_close(joiner: Joiner) -> None:
    socket = alone(joiner)
    events = socket.events()
    waiting = Caller(events.recv).waits_for(socket)
    events.close()
    assert waiting.result() is None


def test_every_thread_that_waits_is_woken(joiner: Joiner) -> None:
    socket = alone(joiner)
    waiting = [Caller(call, socket) for call in list(WAITS.values())[:13]]
    waiting[0].waits_for(socket, count=len(waiting))
    socket.close()
    for caller in waiting:
        with pytest.raises(zmqx.ZMQError) as caught:
            caller.result()
        assert caught.value.errno == zmqx.ENOTSOCK


def test_closing_one_socket_leaves_the_waits_of_others_alone(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    other = alone(joiner)
    waiting = Caller(pull.recv).waits_for(pull)
    abandoned = Caller(other.recv).waits_for(other)
    other.close()
    with pytest.raises(zmqx.ZMQError):
        abandoned.result()
    waiting.waits_for(pull)
    push.send(b"x")
    assert waiting.result() == b"x"


def test_close_wakes_a_sender_held_up_by_a_full_queue(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=1, linger=0), joiner.socket(zmqx.PULL, rcvhwm=1)
    joiner.join(push, pull)

    def send_for_ever() -> None:
        while True:
            push.send(b"x" * 1_000_000)

    waiting = Caller(send_for_ever).waits_for(push)
    push.close()
    with pytest.raises(zmqx.ZMQError) as caught:
        waiting.result()
    assert caught.value.errno == zmqx.ENOTSOCK


def test_a_poll_of_several_sockets_ends_with_any_of_them(joiner: Joiner) -> None:
    sockets = [alone(joiner) for _ in range(3)]
    poller = zmqx.Poller()
    for socket in sockets:
        poller.register(socket, zmqx.POLLIN)
    waiting = Caller(poller.poll).waits_for(*sockets)
    sockets[1].close()
    with pytest.raises(zmqx.ZMQError) as caught:
        waiting.result()
    assert caught.value.errno == zmqx.ENOTSOCK
    assert [socket._core.waiters for socket in sockets] == [[], [], []]


def test_term_ends_by_itself_when_the_woken_close(joiner: Joiner) -> None:
    def serve(socket: zmqx.Socket) -> str:
        with socket:
            try:
                socket.recv()
            except zmqx.ContextTerminated:
                return "ended"
        return "received"

    sockets = [alone(joiner) for _ in range(5)]
    servants = [Caller(serve, socket).waits_for(socket) for socket in sockets]
    joiner.ctx.term(timeout=10_000)
    assert [servant.result() for servant in servants] == ["ended"] * 5
