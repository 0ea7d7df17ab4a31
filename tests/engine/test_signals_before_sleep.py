"""A signal that comes after Python's last look for signals and before the system call that sleeps: the sleep does not
end for it. It is seen all the same, soon, and not only when the wait ends for another reason."""

from __future__ import annotations

import os
import random
import select
import signal
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from types import FrameType
from typing import Any

import pytest

import zmqx
from zmqx.engine import selector_reactor

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers")

# Seconds. What ends a wait that has missed its signal.
LATE = 2.0


class Struck(KeyboardInterrupt):
    """What the handler of the signal raises, as Ctrl-C does."""


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    def strike(number: int, frame: FrameType | None) -> None:
        raise Struck

    old = signal.signal(signal.SIGALRM, strike)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)


class Once:
    """Puts a signal right before a call that sleeps, the first time that it does."""

    def __init__(self) -> None:
        self.done = False

    def before(self, sleep: Callable[..., Any], *args: Any) -> Any:
        if self.done:
            return sleep(*args)
        self.done = True
        calls = [
            partial(signal.setitimer, signal.ITIMER_REAL, 1e-5),
            partial(sum, range(200_000)),  # it comes during this
            partial(sleep, *args),
        ]
        # One call of C after the other, and no look for signals in between.
        return list(map(partial.__call__, calls))[-1]


def _wait_for_io(ctx: zmqx.Context, once: Once, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    pull = ctx.socket(zmqx.PULL)
    pull.bind("tcp://127.0.0.1:*")
    reactor = ctx.core.reactor()
    wait = reactor._wait

    def late(timeout: float, most: int) -> Any:
        return once.before(wait, timeout, most) if timeout else wait(timeout, most)

    monkeypatch.setattr(reactor, "_wait", late)
    return lambda: pull.recv(timeout=LATE * 1000)


def _wait_for_a_thread(ctx: zmqx.Context, once: Once, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    pull = ctx.socket(zmqx.PULL)
    pull.bind("inproc://x")

    class Lock:
        def __init__(self) -> None:
            self._lock = made()
            self.release = self._lock.release

        def acquire(self, *args: Any) -> Any:
            return once.before(self._lock.acquire, *args) if args else self._lock.acquire()

    made = selector_reactor.Lock
    ctx.core.reactor()
    monkeypatch.setattr(selector_reactor, "Lock", Lock)
    return lambda: pull.recv(timeout=LATE * 1000)


def _wait_for_files(ctx: zmqx.Context, once: Once, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    read, write = os.pipe()
    poller = zmqx.Poller()
    poller.register(read, zmqx.POLLIN)
    made = select.poll

    class Late:
        def __init__(self) -> None:
            self._poll = made()
            self.register = self._poll.register

        def poll(self, timeout: float) -> Any:
            return once.before(self._poll.poll, timeout)

    monkeypatch.setattr(select, "poll", Late)

    def call() -> None:
        try:
            poller.poll(LATE * 1000)
        finally:
            os.close(read)
            os.close(write)

    return call


@pytest.mark.parametrize("waits", [_wait_for_io, _wait_for_a_thread, _wait_for_files])
def test_a_signal_right_before_the_sleep_is_seen(
    ctx: zmqx.Context, monkeypatch: pytest.MonkeyPatch, waits: Callable[..., Callable[[], object]]
) -> None:
    once = Once()
    call = waits(ctx, once, monkeypatch)
    start = monotonic()
    with pytest.raises(Struck):
        call()
    assert once.done
    assert monotonic() - start < LATE / 2, "the end of the wait brought it"


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("kinds", [(zmqx.PULL, zmqx.PUSH), (zmqx.REP, zmqx.REQ)], ids=["PULL", "REP"])
def test_no_signal_is_missed_on_the_way_into_a_sleep(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], kinds: tuple[int, int], transport: str
) -> None:
    """At random moments around the system call. One in a hundred was, as is in any other sleep of Python's."""
    socket, peer = map(ctx.socket, kinds)
    peer.connect(socket.bind(endpoint_of(transport)))
    socket.wait_connected(timeout=10_000)

    def call(after: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, after, LATE)  # the second ends a wait that missed the first
        socket.recv()

    for number in range(1000):
        start = monotonic()
        with pytest.raises(Struck):
            call(random.uniform(2e-6, 60e-6))
        assert monotonic() - start < LATE / 2, f"number {number} was not seen"
