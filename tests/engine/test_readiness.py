"""Both ways to wait for descriptors, bare: what wakes a wait, and what closing does."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from zmqx.engine.reactor import READ, WRITE
from zmqx.engine.readiness import EpollSet, SelectorSet, make_set

from ..support.reactors import DEADLINE, SETS, force_set

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=SETS)
def ready_set(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EpollSet | SelectorSet]:
    force_set(request.param, monkeypatch)
    made = make_set()
    assert isinstance(made, EpollSet) == (request.param == "epoll")
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    left, right = socket.socketpair()
    yield left, right
    left.close()
    right.close()


def _wait(ready_set: EpollSet | SelectorSet, seconds: float = 0.0) -> dict[int, int]:
    """What is ready, wake-ups aside."""
    own = getattr(ready_set, "_wake_fd", -1)
    return {fd: mask for fd, mask in ready_set.wait(seconds, 128) if fd != own}


def test_what_is_ready_is_found_as_long_as_it_is(ready_set: EpollSet | SelectorSet, pair: Pair) -> None:
    left, right = pair
    ready_set.add(left.fileno(), READ)
    assert _wait(ready_set) == {}
    right.send(b"x")
    assert _wait(ready_set) == {left.fileno(): READ}
    assert _wait(ready_set) == {left.fileno(): READ}
    left.recv(1)
    assert _wait(ready_set) == {}


def test_masks_are_exact(ready_set: EpollSet | SelectorSet, pair: Pair) -> None:
    left, right = pair
    right.send(b"x")
    for mask in (READ, WRITE, READ | WRITE):
        (ready_set.add if mask == READ else ready_set.change)(left.fileno(), mask)
        assert _wait(ready_set) == {left.fileno(): mask}
    ready_set.remove(left.fileno())
    assert _wait(ready_set) == {}


def test_a_wake_up_ends_a_wait_from_another_thread(ready_set: EpollSet | SelectorSet) -> None:
    ended = threading.Event()

    def wait() -> None:
        ready_set.wait(-1, 128)
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    ready_set.wake()
    assert ended.wait(10)
    waiting.join()


def test_a_wake_up_before_the_wait_is_not_lost(ready_set: EpollSet | SelectorSet) -> None:
    ready_set.wake()
    ready_set.wake()
    start = monotonic()
    ready_set.wait(DEADLINE, 128)
    assert monotonic() - start < DEADLINE / 2


def test_wake_ups_do_not_pile_up(ready_set: EpollSet | SelectorSet, pair: Pair) -> None:
    for _ in range(100_000):
        ready_set.wake()
    ready_set.wait(-1, 128)
    ready_set.add(pair[0].fileno(), READ)
    while ready_set.wait(0.0, 128):
        pass
    pair[1].send(b"x")
    assert _wait(ready_set, -1) == {pair[0].fileno(): READ}


def test_a_descriptor_added_while_another_thread_waits_is_seen(ready_set: EpollSet | SelectorSet, pair: Pair) -> None:
    left, right = pair
    found: list[int] = []

    def wait() -> None:
        while not found:
            found.extend(_wait(ready_set, -1))

    waiting = threading.Thread(target=wait)
    waiting.start()
    right.send(b"x")
    ready_set.add(left.fileno(), READ)
    waiting.join(10)
    assert found == [left.fileno()]


def test_a_descriptor_that_closed_while_watched_disturbs_nobody(ready_set: EpollSet | SelectorSet, pair: Pair) -> None:
    """A reactor is told before the descriptor closes. If not, the others go on all the same, and the number
    is free for its next owner."""
    left, right = pair
    lost, other = socket.socketpair()
    number = lost.fileno()
    ready_set.add(number, READ)
    ready_set.add(left.fileno(), READ)
    _wait(ready_set)
    lost.close()
    with contextlib.suppress(OSError):
        ready_set.remove(number)
    right.send(b"x")
    assert _wait(ready_set) == {left.fileno(): READ}
    os.dup2(left.fileno(), number)
    ready_set.add(number, READ)
    assert _wait(ready_set).get(number) == READ
    ready_set.remove(number)
    os.close(number)
    other.close()


def test_more_descriptors_than_one_wait_returns(ready_set: EpollSet | SelectorSet) -> None:
    pairs = [socket.socketpair() for _ in range(200)]
    for left, right in pairs:
        ready_set.add(left.fileno(), READ)
        right.send(b"x")
    waiting = {left.fileno(): left for left, _ in pairs}
    while waiting:
        found = _wait(ready_set, 10)
        assert found, "some are never found"
        for fd in found:
            waiting.pop(fd).recv(1)
    for left, right in pairs:
        ready_set.remove(left.fileno())
        left.close()
        right.close()
