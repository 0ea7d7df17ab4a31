"""Whoever waits, drives: one thread in the seat, the others follow, and the seat is never left empty."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

from zmqx.engine.reactor import READ, Waiter
from zmqx.engine.selector_reactor import SelectorReactor

from ..support.reactors import DEADLINE, force_set

NAME = "seat-test"


@pytest.fixture(params=["epoll", "selectors"])
def reactor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SelectorReactor]:
    force_set(request.param, monkeypatch)
    made = SelectorReactor(NAME)
    yield made
    made.close()


class Waiting:
    """A thread that waits for a waiter of its own."""

    def __init__(self, reactor: SelectorReactor, *, passive: bool = False) -> None:
        self.waiter = Waiter(reactor.rouse)
        self.thread = threading.Thread(target=self._run, args=(reactor, passive))
        self.thread.start()

    def _run(self, reactor: SelectorReactor, passive: bool) -> None:
        reactor.drive(self.waiter, None, passive)

    def let_go(self) -> None:
        self.waiter.set()
        self.thread.join(DEADLINE)
        assert not self.thread.is_alive(), "not woken"


def _who_drives(reactor: SelectorReactor) -> threading.Thread:
    """The thread that makes the reactor's calls now."""
    told: list[threading.Thread] = []
    known = threading.Event()

    def tell() -> None:
        told.append(threading.current_thread())
        known.set()

    reactor.call_soon_threadsafe(tell)
    assert known.wait(DEADLINE), "nobody drives"
    return told[0]


def _until(condition: Callable[[], object]) -> None:
    """Ask again until it is so."""
    until = monotonic() + DEADLINE
    while not condition():
        assert monotonic() < until, "it does not come to that"


# -- one who waits


def test_a_waiter_that_is_set_costs_no_wait(reactor: SelectorReactor, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def wait(timeout: float, most: int) -> list[Any]:
        waits.append(timeout)
        return []

    monkeypatch.setattr(reactor, "_wait", wait)
    waiter = Waiter(reactor.rouse)
    waiter.set()
    reactor.drive(waiter, None)
    assert waits == []
    # Set on the way into the wait, it costs a look.
    late = Waiter(reactor.rouse)
    reactor.call_soon_threadsafe(late.set)
    reactor.drive(late, None)
    assert waits == [0.0]


@pytest.mark.parametrize("passive", [False, True])
def test_a_wait_ends_with_its_time(reactor: SelectorReactor, passive: bool) -> None:
    waiter = Waiter(reactor.rouse)
    deadline = monotonic() + 0.01
    reactor.drive(waiter, deadline, passive)
    assert not waiter.ready
    assert monotonic() >= deadline


@pytest.mark.parametrize("passive", [False, True])
def test_another_thread_wakes_who_waits(reactor: SelectorReactor, passive: bool) -> None:
    for _ in range(50):
        Waiting(reactor, passive=passive).let_go()


def test_who_waits_does_the_reactors_work(reactor: SelectorReactor) -> None:
    waiting = Waiting(reactor)
    _until(lambda: _who_drives(reactor) is waiting.thread)
    waiting.let_go()


def test_a_callback_sets_the_drivers_own_waiter(reactor: SelectorReactor) -> None:
    left, right = socket.socketpair()
    waiter = Waiter(reactor.rouse)
    reactor.watch(left.fileno(), READ, lambda mask: waiter.set())
    right.send(b"x")
    reactor.drive(waiter, monotonic() + DEADLINE)
    assert waiter.ready
    reactor.unwatch(left.fileno())
    left.close()
    right.close()


# -- several who wait


def test_the_seat_is_handed_to_a_follower(reactor: SelectorReactor) -> None:
    first = Waiting(reactor)
    _until(lambda: _who_drives(reactor) is first.thread)
    second = Waiting(reactor)
    first.let_go()
    _until(lambda: _who_drives(reactor) is second.thread)
    second.let_go()


def test_a_follower_is_woken_while_the_driver_stays(reactor: SelectorReactor) -> None:
    driver = Waiting(reactor)
    _until(lambda: _who_drives(reactor) is driver.thread)
    for _ in range(20):
        Waiting(reactor).let_go()
    assert _who_drives(reactor) is driver.thread
    driver.let_go()


def test_the_driver_wakes_followers_from_its_callbacks(reactor: SelectorReactor) -> None:
    driver = Waiting(reactor)
    followers = [Waiting(reactor) for _ in range(5)]
    for follower in followers:
        reactor.call_soon_threadsafe(follower.waiter.set)
    for follower in followers:
        follower.thread.join(DEADLINE)
        assert not follower.thread.is_alive()
    driver.let_go()


@pytest.mark.parametrize("backwards", [False, True])
def test_every_one_of_many_is_woken_whatever_the_order(reactor: SelectorReactor, backwards: bool) -> None:
    waiting = [Waiting(reactor, passive=number % 3 == 2) for number in range(12)]
    for one in reversed(waiting) if backwards else waiting:
        one.let_go()


def test_a_crowd_that_comes_and_goes(reactor: SelectorReactor) -> None:
    """Each of many threads waits again and again, and is woken by the next one round."""
    count, rounds = 6, 100
    slots: list[Waiter] = [Waiter(reactor.rouse) for _ in range(count)]
    late: list[int] = []

    def run(own: int) -> None:
        for _ in range(rounds):
            waiter = slots[own]
            if own == 0:
                slots[1].set()
            reactor.drive(waiter, monotonic() + DEADLINE)
            if not waiter.ready:
                late.append(own)
                return
            slots[own] = Waiter(reactor.rouse)
            if own:
                slots[(own + 1) % count].set()

    threads = [threading.Thread(target=run, args=(own,)) for own in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3 * DEADLINE)
    assert late == []


# -- nobody waits


def test_the_background_thread_takes_a_seat_that_was_left(reactor: SelectorReactor) -> None:
    waiting = Waiting(reactor)
    _until(lambda: _who_drives(reactor) is waiting.thread)
    waiting.let_go()
    assert _who_drives(reactor).name == NAME


def test_the_background_thread_makes_way_for_who_waits(reactor: SelectorReactor) -> None:
    assert _who_drives(reactor).name == NAME
    for _ in range(5):
        waiting = Waiting(reactor)
        _until(lambda waiting=waiting: _who_drives(reactor) is waiting.thread)
        waiting.let_go()
        _until(lambda: _who_drives(reactor).name == NAME)


def test_timers_and_descriptors_are_served_while_nobody_waits(reactor: SelectorReactor) -> None:
    left, right = socket.socketpair()
    heard, rang = threading.Event(), threading.Event()

    def hear(mask: int) -> None:
        reactor.unwatch(left.fileno())
        heard.set()

    reactor.watch(left.fileno(), READ, hear)
    reactor.call_later(0.001, rang.set)
    right.send(b"x")
    assert heard.wait(DEADLINE)
    assert rang.wait(DEADLINE)
    left.close()
    right.close()


def test_a_timer_is_noticed_by_a_thread_that_waits_already(reactor: SelectorReactor) -> None:
    waiting = Waiting(reactor)
    _until(lambda: _who_drives(reactor) is waiting.thread)
    rang = threading.Event()
    reactor.call_later(3600, lambda: None)
    reactor.call_later(0.001, rang.set)
    assert rang.wait(DEADLINE)
    waiting.let_go()


def test_passive_waiters_leave_the_work_to_the_background(reactor: SelectorReactor) -> None:
    waiting = Waiting(reactor, passive=True)
    assert _who_drives(reactor).name == NAME
    waiting.let_go()


def test_poll_does_what_can_be_done_now(reactor: SelectorReactor) -> None:
    log: list[str] = []
    done = threading.Event()
    reactor.call_soon_threadsafe(lambda: log.append("soon"))
    reactor.call_soon_threadsafe(done.set)
    reactor.poll()
    assert done.wait(DEADLINE)
    assert log == ["soon"]


# -- faults


def test_exceptions_in_callbacks_are_reported_and_stop_nothing(
    reactor: SelectorReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_type))
    left, right = socket.socketpair()

    def fail(mask: int = 0) -> None:
        if mask:
            reactor.unwatch(left.fileno())
        raise ArithmeticError("ours")

    driver = _who_drives(reactor)
    done = threading.Event()
    reactor.call_soon_threadsafe(fail)
    reactor.call_later(0.0, fail)
    reactor.watch(left.fileno(), READ, fail)
    right.send(b"x")
    _until(lambda: len(reported) == 3)
    reactor.call_soon_threadsafe(done.set)
    assert done.wait(DEADLINE)
    assert _who_drives(reactor) is driver
    assert set(reported) == {ArithmeticError}
    left.close()
    right.close()


def test_one_failing_call_does_not_take_the_others_along(
    reactor: SelectorReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    log: list[str] = []

    def ask() -> None:
        # From within, so that all come due in one turn.
        reactor.call_soon_threadsafe(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
        reactor.call_soon_threadsafe(lambda: log.append("soon"))
        reactor.call_later(0.0, lambda: 1 // 0)  # type: ignore[arg-type, return-value]
        reactor.call_later(0.0, lambda: log.append("later"))

    reactor.call_soon_threadsafe(ask)
    _until(lambda: len(log) == 2)


# -- closing


def test_close_ends_the_background_thread() -> None:
    reactor = SelectorReactor("closing")
    thread = _who_drives(reactor)
    reactor.close()
    assert not thread.is_alive()


def test_close_without_a_thread_and_twice() -> None:
    """The second must not give back descriptors that are somebody else's by now."""
    reactor = SelectorReactor("closing")
    reactor.close()
    with contextlib.ExitStack() as later:
        files = [later.enter_context(open(os.devnull, "rb", buffering=0)) for _ in range(5)]
        later.callback(_keep_open, files)
        reactor.close()
        for file in files:
            os.fstat(file.fileno())


def _keep_open(files: list[Any]) -> None:
    """Give numbers that were closed behind our back a file again, so that closing them works."""
    for file in files:
        try:
            os.fstat(file.fileno())
        except OSError:
            spare = os.open(os.devnull, os.O_RDONLY)
            if spare != file.fileno():
                os.dup2(spare, file.fileno())
                os.close(spare)


def test_close_while_the_background_thread_is_being_born(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up that ends just then asks for a call, and the first call of all makes the thread."""
    born, go = threading.Event(), threading.Event()
    start = threading.Thread.start

    def start_slowly(self: threading.Thread) -> None:
        if self.name == "closing":
            born.set()
            go.wait(DEADLINE)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", start_slowly)
    reactor = SelectorReactor("closing")
    errors: list[BaseException] = []

    def close() -> None:
        try:
            reactor.close()
        except RuntimeError as error:
            errors.append(error)
        finally:
            go.set()

    asking = threading.Thread(target=reactor.call_soon_threadsafe, args=(lambda: None,))
    asking.start()
    assert born.wait(DEADLINE)
    closing = threading.Thread(target=close)
    closing.start()
    closing.join(0.05)  # whoever waits for the birth here is right to
    go.set()
    closing.join(DEADLINE)
    asking.join(DEADLINE)
    reactor.close()
    assert errors == []


def test_close_soon_from_a_callback() -> None:
    reactor = SelectorReactor("closing")
    thread = _who_drives(reactor)
    reactor.call_soon_threadsafe(reactor.close_soon)
    thread.join(DEADLINE)
    assert not thread.is_alive()


def test_close_waits_for_a_thread_that_is_just_leaving() -> None:
    reactor = SelectorReactor("closing")
    waiting = Waiting(reactor)
    _until(lambda: _who_drives(reactor) is waiting.thread)
    waiting.waiter.set()
    reactor.close()
    waiting.thread.join(DEADLINE)
    assert not waiting.thread.is_alive()


@pytest.mark.parametrize("ask", ["call_soon_threadsafe", "call_later", "unwatch", "poll"])
def test_what_is_asked_of_a_closed_reactor_is_harmless(ask: str) -> None:
    reactor = SelectorReactor("closing")
    _who_drives(reactor)
    reactor.close()
    {
        "call_soon_threadsafe": lambda: reactor.call_soon_threadsafe(lambda: None),
        "call_later": lambda: reactor.call_later(0.0, lambda: None),
        "unwatch": lambda: reactor.unwatch(0),
        "poll": reactor.poll,
    }[ask]()
