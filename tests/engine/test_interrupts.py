"""Ctrl-C in a wait: KeyboardInterrupt comes out, and everything goes on as if the call had not been made.

Python raises it in the main thread, wherever that is. The tests have signals strike while it waits, and an
exception in their stead strike at every place where Python looks for signals.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

import pytest

import zmqx
from zmqx.engine.reactor import Waiter
from zmqx.engine.selector_reactor import SelectorReactor

WAIT = 10_000
MAIN = threading.main_thread()
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pthread_kill")


class Presser:
    """Presses Ctrl-C until it strikes, and it strikes once: one that comes just before the main thread goes to sleep
    does not wake it at once."""

    def __init__(self) -> None:
        self._armed = threading.Event()
        self._stop = False
        self._old = signal.signal(signal.SIGINT, self._pressed)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _pressed(self, number: int, frame: FrameType | None) -> None:
        if self._armed.is_set():
            self._armed = threading.Event()
            raise KeyboardInterrupt

    def _run(self) -> None:
        assert MAIN.ident is not None
        released = threading.Event()
        while not self._stop:
            armed = self._armed
            if armed.wait(0.005):
                signal.pthread_kill(MAIN.ident, signal.SIGINT)
                released.wait(0.002)

    def strike(self, call: Callable[[], object]) -> None:
        """Make a call, and have Ctrl-C end it."""

        def armed_call() -> None:
            self._armed.set()
            call()

        with pytest.raises(KeyboardInterrupt):
            armed_call()

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        signal.signal(signal.SIGINT, self._old)


@pytest.fixture
def presser() -> Iterator[Presser]:
    made = Presser()
    yield made
    made.close()


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("waits", ["recv", "recv-timeout", "poll", "events", "wait_connected"])
def test_a_socket_works_after_an_interrupted_wait(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], presser: Presser, transport: str, waits: str
) -> None:
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    push.connect(pull.bind(endpoint_of(transport)))
    push.wait_connected(timeout=WAIT)
    stream = pull.events()
    call: Any = {
        "recv": pull.recv,
        "recv-timeout": lambda: pull.recv(timeout=WAIT),
        "poll": lambda: pull.poll(WAIT),
        "events": lambda: [stream.recv(WAIT) for _ in range(100)],
        "wait_connected": lambda: pull.wait_connected(2, timeout=WAIT),
    }[waits]
    for number in range(10):
        presser.strike(call)
        push.send(b"%d" % number)
        assert pull.recv(timeout=WAIT) == b"%d" % number
    stream.close()


def dialogue(ctx: zmqx.Context) -> tuple[zmqx.Socket, zmqx.Socket]:
    """A REQ and a REP that sleep at once."""
    req, rep = ctx.socket(zmqx.REQ, spin=0), ctx.socket(zmqx.REP, spin=0)
    req.connect(rep.bind("tcp://127.0.0.1:*"))
    for socket in (req, rep):
        socket.wait_connected(timeout=WAIT)
    return req, rep


def test_a_dialogue_goes_on_after_an_interrupted_wait(ctx: zmqx.Context, presser: Presser) -> None:
    req, rep = dialogue(ctx)
    for number in range(10):
        presser.strike(rep.recv)
        req.send(b"%d" % number)
        assert rep.recv() == b"%d" % number
        presser.strike(req.recv)
        rep.send(b"r")
        assert req.recv() == b"r"


def test_a_handler_may_converse_while_the_main_thread_waits_to(ctx: zmqx.Context) -> None:
    req, rep = dialogue(ctx)
    asker, answerer = dialogue(ctx)
    told: list[bytes] = []

    def converse(number: int, frame: FrameType | None) -> None:
        asker.send(b"q")
        told.append(answerer.recv())
        answerer.send(b"r")
        told.append(asker.recv())

    def send() -> None:
        assert MAIN.ident is not None
        while not rep._core.waiters:
            pass
        signal.pthread_kill(MAIN.ident, signal.SIGUSR1)
        while len(told) % 2 or not told:
            pass
        req.send(b"main")

    old = signal.signal(signal.SIGUSR1, converse)
    try:
        for _ in range(5):
            told.clear()
            sending = threading.Thread(target=send)
            sending.start()
            assert rep.recv() == b"main"
            sending.join()
            assert told == [b"q", b"r"]
            rep.send(b"")
            assert req.recv() == b""
    finally:
        signal.signal(signal.SIGUSR1, old)


def test_a_follower_that_was_interrupted_does_not_take_the_seat_along(ctx: zmqx.Context, presser: Presser) -> None:
    """While another thread drives, the main thread sleeps; what wakes it must not be wasted on it later."""
    driver, main, third = (ctx.socket(zmqx.PULL) for _ in range(3))
    for socket in (driver, main, third):
        socket.bind("tcp://127.0.0.1:*")
    push = ctx.socket(zmqx.PUSH)
    push.connect(driver.last_endpoint)
    for number in range(20):
        got: list[bytes] = []
        threads = [threading.Thread(target=lambda got=got: got.append(driver.recv(timeout=WAIT)))]
        threads[0].start()
        presser.strike(main.recv)
        threads.append(threading.Thread(target=lambda: third.poll(WAIT)))
        threads[1].start()
        push.send(b"%d" % number)
        threads[0].join(WAIT / 1000)
        assert got == [b"%d" % number]
        with zmqx.Context() as other:
            waker = other.socket(zmqx.PUSH)
            waker.connect(third.last_endpoint)
            waker.send(b"x")
            threads[1].join(WAIT / 1000)
            assert not threads[1].is_alive()
        assert third.recv(timeout=WAIT) == b"x"


@pytest.mark.parametrize("kind", ["soon", "timer"])
def test_calls_that_are_due_outlive_an_interrupt_among_them(kind: str) -> None:
    """The handshake timer of one connection must not be lost because Ctrl-C struck in another's callback."""
    reactor = SelectorReactor("interrupted")
    log: list[str] = []

    def ask(call: Callable[[], object]) -> None:
        if kind == "soon":
            reactor.call_soon_threadsafe(call)  # type: ignore[arg-type]  # the result is nobody's
        else:
            reactor.call_later(0.0, call)  # type: ignore[arg-type]  # the result is nobody's

    def strike() -> None:
        raise KeyboardInterrupt

    def begin() -> None:
        if threading.current_thread() is MAIN:
            # All of these come due in one turn, and the turn is ours.
            for call in (lambda: log.append("before"), strike, lambda: log.append("after")):
                ask(call)
        else:
            reactor.call_soon_threadsafe(begin)

    reactor.call_soon_threadsafe(begin)
    try:
        with pytest.raises(KeyboardInterrupt):
            reactor.drive(Waiter(reactor.rouse), monotonic() + 10)
        for _ in range(100):
            reactor.drive(Waiter(reactor.rouse), monotonic() + 0.01)
            if len(log) == 2:
                break
    finally:
        reactor.close()
    assert log == ["before", "after"]


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("what", ["recv", "take", "arrive", "send", "sift", "topics"])
@pytest.mark.parametrize("watched", [[], ["FD"]], ids=["", "watched"])
def test_wherever_it_strikes_the_sockets_go_on(what: str, transport: str, watched: list[str]) -> None:
    """Place by place through a call. Afterwards messages flow, and other threads can wait, or watch the descriptor."""
    if what == "arrive" and transport == "inproc":
        pytest.skip("nothing arrives over inproc")
    if what == "topics" and transport == "tcp":
        pytest.skip("each connection that is struck has to be made anew, and what is published meanwhile goes nowhere")
    program = [sys.executable, "-m", "tests.support.strike_program", what, transport, *watched]
    ran = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0), ran.stderr


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("what", ["close", "flush", "term", "destroy"])
def test_wherever_it_strikes_the_end_can_be_had(what: str, transport: str) -> None:
    """Place by place. Afterwards sockets close and the context ends, within its time."""
    program = [sys.executable, "-m", "tests.support.strike_end_program", what, transport]
    ran = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert (ran.stdout, ran.returncode) == ("", 0), ran.stderr
