"""What every reactor promises, also the one that the other tests rely on."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from zmqx.engine.reactor import READ, WRITE, Gatherer, Timer

from ..support.reactors import SETS, Turner, force_set

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=["virtual", *SETS])
def turner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Turner]:
    if request.param != "virtual":
        force_set(request.param, monkeypatch)
    made = Turner(request.param)
    yield made
    for thread in threading.enumerate():
        if thread.name.endswith("-offload"):
            thread.join(10)  # it has told what it found, and is about to end
    made.contract.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a real duct."""
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    yield left, right
    left.close()
    right.close()


# -- descriptors


def test_readiness_is_told_as_long_as_it_lasts(turner: Turner, pair: Pair) -> None:
    left, right = pair
    seen: list[int] = []

    def on_io(mask: int) -> None:
        seen.append(mask)
        if len(seen) == 3:
            left.recv(10)
            turner.enough()

    turner.contract.watch(left.fileno(), READ, on_io)
    right.send(b"x")
    turner.turn()
    turner.work_off()
    assert len(seen) == 3
    assert all(mask & READ and not mask & WRITE for mask in seen)
    turner.contract.unwatch(left.fileno())


def test_nothing_is_told_that_was_not_asked_for(turner: Turner, pair: Pair) -> None:
    left, _ = pair
    seen: list[int] = []
    turner.contract.watch(left.fileno(), READ, seen.append)
    turner.work_off()
    assert seen == []
    turner.contract.unwatch(left.fileno())


def test_watching_again_changes_mask_and_callback(turner: Turner, pair: Pair) -> None:
    left, right = pair
    right.send(b"x")
    old: list[int] = []
    new: list[int] = []

    def note(mask: int) -> None:
        new.append(mask)
        turner.contract.unwatch(left.fileno())
        turner.enough()

    def ask() -> None:
        # From within, so that nobody waits with the old mask meanwhile.
        turner.contract.watch(left.fileno(), READ, old.append)
        turner.contract.watch(left.fileno(), WRITE, note)

    turner.contract.call_soon_threadsafe(ask)
    turner.turn()
    assert old == []
    assert [mask & (READ | WRITE) for mask in new] == [WRITE]


def test_both_directions_at_once(turner: Turner, pair: Pair) -> None:
    left, right = pair
    right.send(b"x")

    def note(mask: int) -> None:
        if mask & READ and mask & WRITE:
            turner.contract.unwatch(left.fileno())
            turner.enough()

    turner.contract.watch(left.fileno(), READ | WRITE, note)
    turner.turn()


def test_unwatched_is_unheard(turner: Turner, pair: Pair) -> None:
    left, right = pair
    seen: list[int] = []
    turner.contract.watch(left.fileno(), READ, seen.append)
    turner.contract.unwatch(left.fileno())
    right.send(b"x")
    turner.work_off()
    assert seen == []


def test_unwatching_twice_or_without_reason_is_harmless(turner: Turner, pair: Pair) -> None:
    left, _ = pair
    turner.contract.unwatch(left.fileno())
    turner.contract.watch(left.fileno(), READ, lambda mask: None)
    turner.contract.unwatch(left.fileno())
    turner.contract.unwatch(left.fileno())
    turner.work_off()


def test_a_callback_may_unwatch_another_that_is_ready_too(turner: Turner) -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    called: list[int] = []

    def note(index: int) -> None:
        called.append(index)
        for left, _ in pairs:
            turner.contract.unwatch(left.fileno())
        turner.enough()

    for _, right in pairs:
        right.send(b"x")

    def watch() -> None:
        """In the middle of a turn, so that the next one sees both."""
        for index, (left, _) in enumerate(pairs):
            turner.contract.watch(left.fileno(), READ, lambda mask, index=index: note(index))

    turner.contract.call_soon_threadsafe(watch)
    turner.turn()
    turner.work_off()
    assert len(called) == 1
    for sock in (sock for pair in pairs for sock in pair):
        sock.close()


def test_a_number_that_is_used_again_has_a_new_callback(turner: Turner, pair: Pair) -> None:
    """Closing and opening descriptors gives the same numbers to others."""
    first, other = socket.socketpair()
    number = first.fileno()
    old: list[int] = []
    turner.contract.watch(number, READ, old.append)
    turner.contract.unwatch(number)
    first.close()
    os.dup2(pair[0].fileno(), number)

    def note(mask: int) -> None:
        turner.contract.unwatch(number)
        turner.enough()

    turner.contract.watch(number, READ, note)
    pair[1].send(b"x")
    turner.turn()
    assert old == []
    os.close(number)
    other.close()


def test_a_hang_up_shows_as_something_to_read(turner: Turner, pair: Pair) -> None:
    left, right = pair

    def note(mask: int) -> None:
        assert left.recv(10) == b""
        turner.contract.unwatch(left.fileno())
        turner.enough()

    turner.contract.watch(left.fileno(), READ, note)
    right.close()
    turner.turn()


# -- calls


def test_calls_to_be_made_soon_keep_their_order(turner: Turner) -> None:
    log: list[int] = []
    for number in range(100):
        turner.contract.call_soon_threadsafe(lambda number=number: log.append(number))
    turner.contract.call_soon_threadsafe(turner.enough)
    turner.turn()
    assert log == list(range(100))


def test_calls_from_other_threads_keep_each_threads_order(turner: Turner) -> None:
    log: list[tuple[int, int]] = []
    barrier = threading.Barrier(4)

    def ask(name: int) -> None:
        barrier.wait(10)
        for number in range(200):
            turner.contract.call_soon_threadsafe(lambda number=number: log.append((name, number)))

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turner.contract.call_soon_threadsafe(turner.enough)
    turner.turn()
    for name in range(4):
        assert [number for who, number in log if who == name] == list(range(200))


def test_a_call_may_ask_for_another(turner: Turner) -> None:
    turner.contract.call_soon_threadsafe(lambda: turner.contract.call_soon_threadsafe(turner.enough))
    turner.turn()


def test_delays_are_kept_in_order_and_ties_too(turner: Turner) -> None:
    log: list[str] = []

    def ask() -> None:
        # From within, so that no time passes between the ties.
        for delay, name in ((0.004, "c"), (0.0, "a"), (0.002, "b")):
            turner.contract.call_later(delay, lambda name=name: log.append(name))
        turner.contract.call_later(0.005, turner.enough)

    turner.contract.call_soon_threadsafe(ask)
    turner.turn()
    assert log == ["a", "b", "c"]


def test_no_call_comes_before_its_time(turner: Turner) -> None:
    start = turner.contract.now()
    timer = turner.contract.call_later(0.01, turner.enough)
    turner.turn()
    assert turner.contract.now() >= start + 0.01
    assert timer.when >= start + 0.01


def test_a_delay_of_nothing_waits_for_nothing(turner: Turner) -> None:
    turner.contract.call_later(0.0, turner.enough)
    turner.turn()


@pytest.mark.parametrize("delay", [0.0, 0.001])
def test_a_cancelled_call_is_not_made(turner: Turner, delay: float) -> None:
    log: list[str] = []

    def ask() -> None:
        timer = turner.contract.call_later(delay, lambda: log.append("cancelled"))
        timer.cancel()
        timer.cancel()
        turner.contract.call_later(delay, turner.enough)

    turner.contract.call_soon_threadsafe(ask)
    turner.turn()
    turner.work_off()
    assert log == []


def test_a_timer_may_cancel_one_that_is_due_with_it_and_make_another(turner: Turner) -> None:
    log: list[str] = []

    def ask() -> None:
        turner.contract.call_later(0.0, first)
        victims.extend(turner.contract.call_later(0.0, lambda: log.append("victim")) for _ in range(3))

    def first() -> None:
        for victim in victims:
            victim.cancel()
        turner.contract.call_later(0.0, turner.enough)

    victims: list[Timer] = []
    turner.contract.call_soon_threadsafe(ask)
    turner.turn()
    turner.work_off()
    assert log == []


def test_an_earlier_timer_made_later_comes_first(turner: Turner) -> None:
    turner.contract.call_later(3600.0, lambda: None)
    turner.contract.call_later(0.001, turner.enough)
    turner.turn()


# -- work on the side, and gathering


def test_work_on_the_side_gives_its_result(turner: Turner) -> None:
    got: list[object] = []

    def done(result: object) -> None:
        got.append(result)
        turner.enough()

    turner.contract.offload(lambda: 6 * 7, done)
    turner.turn()
    assert got == [42]


def test_work_on_the_side_gives_its_failure(turner: Turner) -> None:
    got: list[object] = []
    error = OSError("no such name")

    def work() -> None:
        raise error

    def done(result: object) -> None:
        got.append(result)
        turner.enough()

    turner.contract.offload(work, done)
    turner.turn()
    assert got == [error]


class _Heap(Gatherer):
    """Something gathers in it."""

    def __init__(self, flushed: list[str], turner: Turner) -> None:
        self.gathering = True
        self.listed = True
        self.flushes = self.flushes_seen = 0
        self._flushed = flushed
        self._turner = turner

    def flush_gathered(self) -> None:
        self.gathering = False
        self.flushes += 1
        self._flushed.append("flushed")
        self._turner.enough()


def test_what_has_gathered_leaves_when_somebody_waits(turner: Turner) -> None:
    flushed: list[str] = []
    heap = _Heap(flushed, turner)
    turner.contract.gather(heap)
    turner.turn()
    assert flushed == ["flushed"]
    assert not heap.listed


def test_no_callback_begins_after_close(turner: Turner, pair: Pair) -> None:
    seen: list[object] = []
    turner.contract.watch(pair[0].fileno(), READ, seen.append)
    turner.work_off()
    turner.contract.close()
    turner.contract.call_soon_threadsafe(lambda: seen.append("soon"))
    pair[1].send(b"x")
    assert seen == []
