"""The lock of a core: what is put off happens once it is free, in order, whoever frees it."""

from __future__ import annotations

import threading

import pytest

import zmqx
from zmqx.engine.reactor import Guard, Waiter

from ..support.virtual_socket import held


def test_deferred_calls_wait_for_the_release_and_keep_their_order() -> None:
    guard, log = Guard(), []
    with held(guard):
        for name in "abc":
            guard.defer(lambda name=name: log.append(name))
        assert log == []
    assert log == ["a", "b", "c"]


def test_a_deferred_call_runs_without_the_guard() -> None:
    guard = Guard()
    free: list[bool] = []

    def try_elsewhere() -> None:
        def attempt() -> None:
            if guard.acquire(False):
                free.append(True)
                guard.unlock()

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()

    with held(guard):
        guard.defer(try_elsewhere)
    assert free == [True]


def test_a_deferred_call_may_take_the_guard_and_defer_again() -> None:
    guard, log = Guard(), []

    def first() -> None:
        with held(guard):
            log.append("first")
            guard.defer(lambda: log.append("third"))
            log.append("second")

    with held(guard):
        guard.defer(first)
    assert log == ["first", "second", "third"]


@pytest.mark.parametrize("count", [10, 5000])
def test_deferred_calls_that_take_the_guard_do_not_nest(count: int) -> None:
    """What ends a thousand sessions defers a thousand calls, and each takes the guard."""
    guard, log = Guard(), []

    def call(number: int) -> None:
        with held(guard):
            log.append(number)

    with held(guard):
        for number in range(count):
            guard.defer(lambda number=number: call(number))
    assert log == list(range(count))


def test_releasing_what_one_does_not_hold_frees_nobody_else() -> None:
    """Ctrl-C may strike before the lock was taken; the ``finally`` then releases nothing."""
    guard = Guard()
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with held(guard):
            taken.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(10)
    with pytest.raises(RuntimeError):
        guard.unlock()
    assert not guard.acquire(False)
    done.set()
    holder.join()
    assert guard.acquire(False)
    guard.unlock()


def test_a_waiter_rouses_its_thread_once() -> None:
    roused: list[Waiter] = []
    waiter = Waiter(roused.append)
    assert not waiter.ready
    waiter.set()
    waiter.set()
    assert waiter.ready
    assert roused == [waiter]


def test_what_is_deferred_again_while_two_threads_make_it_is_made_once_more() -> None:
    """Each of the two strikes out what it has made: the same function, deferred meanwhile, has not been."""
    guard = Guard()
    made: list[int] = []

    def call() -> None:
        made.append(1)
        if len(made) == 1:
            other = threading.Thread(target=settle_and_defer_again)
            other.start()
            other.join()

    def settle_and_defer_again() -> None:
        guard.deferred.settle()
        with guard:
            guard.defer(call)

    with guard:
        guard.defer(call)
    guard.deferred.settle()
    assert len(made) == 3


def test_a_guard_taken_twice_makes_deferred_calls_once_it_is_free() -> None:
    """They take other guards: two threads that each hold one and want the other's wait for ever."""
    guard = Guard()
    free: list[bool] = []
    with held(guard):
        guard.defer(lambda: free.append(not guard._is_owned()))
        with held(guard):
            pass
        guard.deferred.settle()
        assert free == []
    assert free == [True]


def test_asking_a_socket_under_its_guard_makes_no_deferred_call_under_it() -> None:
    """As ``flush`` does, between two messages of others over inproc."""
    with zmqx.Context() as ctx, ctx.socket(zmqx.PUSH) as push:
        guard = push._core.guard
        free: list[bool] = []
        with held(guard):
            guard.defer(lambda: free.append(not guard._is_owned()))
            assert push._core.flushed()
            assert push._core.unsent() == {}
            push.stats()
            assert free == []
        assert free == [True]
