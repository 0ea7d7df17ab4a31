"""A queue that keeps the newest message only, and counts what it replaced."""

from __future__ import annotations

import pytest

from zmqx.pipes.newest import Newest


@pytest.mark.parametrize("add", ["append", "appendleft"])
def test_what_a_newer_one_replaces_is_counted(add: str) -> None:
    queue = Newest()
    getattr(queue, add)(b"one")
    getattr(queue, add)(b"two")
    assert list(queue) == [b"two"]
    assert queue.replaced == 1
    assert queue.popleft() == b"two"
    assert queue.replaced == 1


@pytest.mark.parametrize("add", ["extend", "extendleft"])
def test_of_many_the_last_stays(add: str) -> None:
    queue = Newest()
    getattr(queue, add)([b"one", b"two", b"three"])
    assert list(queue) == [b"three"]
    assert queue.replaced == 2


def test_what_is_taken_or_thrown_away_was_not_replaced() -> None:
    queue = Newest()
    queue.append(b"one")
    queue.clear()
    queue.append(b"two")
    assert queue.drain(5) == [b"two"]
    assert queue.replaced == 0
