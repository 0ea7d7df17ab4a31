"""The calls a reactor owes: in order of time, each once, until cancelled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zmqx.engine.timers import Timers

from ..support.virtual_reactor import VirtualReactor


def _note(log: list[str], name: str) -> Callable[[], None]:
    return lambda: log.append(name)


def _take(timers: Timers, now: float) -> list[Callable[[], None]]:
    """All the calls whose time has come."""
    taken = []
    while (call := timers.take_due(now)) is not None:
        taken.append(call)
    return taken


def _run(timers: Timers, now: float) -> None:
    for call in _take(timers, now):
        call()


def test_in_order_of_time_and_ties_in_order_of_making() -> None:
    timers, log = Timers(), []
    for when, name in ((3.0, "d"), (1.0, "a"), (2.0, "b"), (2.0, "c"), (3.0, "e")):
        timers.add(when, _note(log, name))
    _run(timers, 10.0)
    assert log == ["a", "b", "c", "d", "e"]


def test_due_is_what_is_now_or_before() -> None:
    timers, log = Timers(), []
    timers.add(1.0, _note(log, "a"))
    timers.add(1.5, _note(log, "b"))
    _run(timers, 0.999)
    assert log == []
    _run(timers, 1.0)
    assert log == ["a"]
    _run(timers, 1.0)
    assert log == ["a"], "called twice"


def test_cancelled_ones_are_not_called_nor_waited_for() -> None:
    timers, log = Timers(), []
    first, _ = timers.add(1.0, _note(log, "a"))
    timers.add(2.0, _note(log, "b"))
    first.cancel()
    first.cancel()
    assert timers.next() == 2.0
    _run(timers, 5.0)
    assert log == ["b"]
    assert timers.next() is None
    first.cancel()


def test_adding_tells_whether_it_is_the_next_of_all() -> None:
    timers = Timers()
    assert timers.add(2.0, _note([], ""))[1] is True
    assert timers.add(3.0, _note([], ""))[1] is False
    assert timers.add(1.0, _note([], ""))[1] is True
    assert timers.add(1.0, _note([], ""))[1] is False
    assert timers.next() == 1.0


def test_ties_need_no_comparable_callbacks() -> None:
    timers = Timers()
    for _ in range(10):
        timers.add(1.0, object())  # type: ignore[arg-type]  # anything that cannot be compared
    assert len(_take(timers, 1.0)) == 10


@pytest.mark.parametrize("count", [1, 7, 1000])
def test_many(count: int) -> None:
    timers, log = Timers(), []
    for number in range(count):
        timer, _ = timers.add(float(number * 7919 % count), _note(log, str(number * 7919 % count)))
        if number % 3 == 0:
            timer.cancel()
    _run(timers, float(count))
    assert log == sorted(log, key=int)
    assert len(log) == count - (count + 2) // 3


# -- the same promises, kept by the clock that the other tests rely on


def test_virtual_time_stands_still_until_it_is_told(reactor: VirtualReactor) -> None:
    log: list[str] = []
    reactor.call_later(0.1, _note(log, "a"))
    start = reactor.now()
    reactor.settle()
    assert (log, reactor.now()) == ([], start)
    reactor.advance(99.999)
    assert log == []
    reactor.advance(0.001)
    assert log == ["a"]
    assert reactor.now() == pytest.approx(start + 0.1)


def test_virtual_time_shows_each_call_its_own_moment(reactor: VirtualReactor) -> None:
    start = reactor.now()
    seen: list[float] = []
    for delay in (0.3, 0.1, 0.2):
        reactor.call_later(delay, lambda: seen.append(round(reactor.now() - start, 6)))
    reactor.advance(1000)
    assert seen == [0.1, 0.2, 0.3]


def test_a_virtual_timer_may_make_another_that_comes_due_on_the_way(reactor: VirtualReactor) -> None:
    log: list[str] = []
    reactor.call_later(0.1, lambda: reactor.call_later(0.1, _note(log, "second")) and None)
    reactor.advance(199)
    assert log == []
    reactor.advance(1)
    assert log == ["second"]


def test_virtual_time_finds_what_spins(reactor: VirtualReactor) -> None:
    reactor.watch(reactor.adopt(lambda: 1), 1, lambda mask: None)
    with pytest.raises(AssertionError, match="ready for ever"):
        reactor.settle()
