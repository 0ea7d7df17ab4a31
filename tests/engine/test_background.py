"""Sockets whose program does something else, or ends what others wait for: real threads, real time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawPeer, frame
from ..support.reactors import force_set

WAIT = 10_000


@pytest.fixture(params=["epoll", "selectors"], autouse=True)
def _kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    force_set(request.param, monkeypatch)


class Call:
    """A call in a thread of its own, and what came of it."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self.result: Any = None
        self.error: zmqx.ZMQError | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._call()
        except zmqx.ZMQError as error:
            self.error = error

    def join(self) -> Call:
        self._thread.join(WAIT / 1000)
        assert not self._thread.is_alive(), "it waits for ever"
        return self


# -- while the program does something else


def test_a_peer_is_accepted_while_the_program_is_idle(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    end = pull.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(end) as peer:  # blocks without driving our reactor
        peer.shake_hands("PUSH", None)
        peer.send(frame(b"\x04PING\0\0here", 4))
        assert peer.recv_frame() == (4, b"\x04PONGhere")


def test_a_peer_is_accepted_while_the_program_computes(ctx: zmqx.Context) -> None:
    with zmqx.Context() as other:
        pull, push = ctx.socket(zmqx.PULL), other.socket(zmqx.PUSH, linger=0)
        end = pull.bind("tcp://127.0.0.1:*")
        connected = threading.Event()

        def connect() -> None:
            push.connect(end)
            push.wait_connected(timeout=WAIT)
            connected.set()

        connecting = threading.Thread(target=connect)
        connecting.start()
        rounds = 0
        while not connected.is_set() and rounds < 10**8:
            rounds += 1  # the program computes
        connecting.join()
        assert connected.is_set()


def test_what_gathers_leaves_while_the_program_is_idle(ctx: zmqx.Context) -> None:
    push = ctx.socket(zmqx.PUSH)
    end = push.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(end) as peer:
        peer.shake_hands("PULL", None)
        push.wait_connected(timeout=WAIT)
        for number in range(100):
            push.send(b"%d" % number)
        assert [peer.recv_message() for _ in range(100)] == [[b"%d" % number] for number in range(100)]


def test_a_closed_socket_sends_on_while_the_program_is_idle(ctx: zmqx.Context) -> None:
    push = ctx.socket(zmqx.PUSH, linger=-1)
    end = push.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(end) as peer:
        peer.shake_hands("PULL", None)
        push.wait_connected(timeout=WAIT)
        body = b"z" * 3_000_000
        for _ in range(3):
            push.send(body)
        push.close()
        for _ in range(3):
            assert peer.recv_message() == [body]
        assert peer.ended()


def test_a_context_with_a_busy_reader_still_serves_the_others(ctx: zmqx.Context) -> None:
    """A thread that finds messages without ever waiting lets other sockets have their turn."""
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    inproc = "inproc://busy"
    pull.bind(inproc)
    push.connect(inproc)
    other = ctx.socket(zmqx.PULL)
    end = other.bind("tcp://127.0.0.1:*")
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            push.send(b"x")
            pull.recv()

    spinning = threading.Thread(target=spin)
    spinning.start()
    try:
        with RawPeer.connect(end) as peer:
            peer.shake_hands("PUSH", None)
            peer.send(frame(b"through"))
            assert other.recv(timeout=WAIT) == b"through"
    finally:
        stop.set()
        spinning.join()


# -- ending what others wait for


@pytest.mark.parametrize("transport", ["tcp", "inproc", "none"])
@pytest.mark.parametrize("count", [1, 4])
def test_close_wakes_every_thread_that_waits(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str, count: int
) -> None:
    pull = ctx.socket(zmqx.PULL)
    if transport != "none":
        pull.bind(endpoint_of(transport))
    calls = [Call(pull.recv) for _ in range(count)]
    pull.close()
    for call in calls:
        error = call.join().error
        assert error is not None
        assert error.errno == zmqx.ENOTSOCK


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_shutdown_wakes_every_thread_that_waits(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str
) -> None:
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    pull.bind(endpoint_of(transport))
    calls = [
        Call(pull.recv),
        Call(lambda: push.send(b"to nobody")),
        Call(pull.poll),
        Call(lambda: pull.wait_connected(5)),
    ]
    ctx.shutdown()
    for call in calls:
        error = call.join().error
        assert error is not None
        assert error.errno == zmqx.ETERM
    pull.close()
    push.close()


def test_shutdown_wakes_a_reader_of_events(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    stream = pull.events()
    reading = Call(lambda: stream.recv(timeout=2000))
    ctx.shutdown()
    error = reading.join().error
    assert error is not None
    assert error.errno == zmqx.ETERM
    pull.close()


def test_term_waits_for_the_last_socket(ctx: zmqx.Context) -> None:
    other = zmqx.Context()
    sockets = [other.socket(zmqx.PULL) for _ in range(3)]
    for socket in sockets:
        socket.bind("tcp://127.0.0.1:*")
    term = Call(lambda: other.term(WAIT))
    receiving = Call(sockets[0].recv).join()
    assert receiving.error is not None
    for socket in sockets:
        socket.close()
    assert term.join().error is None


def test_term_may_be_called_again() -> None:
    """Also where the context never had to do any work in the background."""
    context = zmqx.Context()
    context.socket(zmqx.PAIR).close()
    context.term(WAIT)
    context.term(WAIT)
    assert context.closed


def test_events_of_a_socket_whose_context_has_ended() -> None:
    context = zmqx.Context()
    pull = context.socket(zmqx.PULL)
    pull.bind("tcp://127.0.0.1:*")
    pull.close()
    context.term(WAIT)
    with pytest.raises(zmqx.ZMQError) as caught:
        pull.getsockopt(zmqx.EVENTS)
    assert caught.value.errno == zmqx.ENOTSOCK


def test_one_closes_while_another_sends(ctx: zmqx.Context) -> None:
    """Whatever the moment: an error in words, no crash, no hang."""
    for _ in range(20):
        push, pull = ctx.socket(zmqx.PUSH, linger=0), ctx.socket(zmqx.PULL)
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        began = threading.Event()

        def send(push: zmqx.Socket = push, began: threading.Event = began) -> None:
            while True:
                push.send(b"x" * 100)
                began.set()

        call = Call(send)
        assert began.wait(10)
        push.close()
        error = call.join().error
        assert error is not None
        assert error.errno == zmqx.ENOTSOCK
        pull.close()
