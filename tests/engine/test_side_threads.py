"""Work that blocks: in threads that come and go, many at once but not without bound."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from zmqx.engine import side_threads
from zmqx.engine.side_threads import MOST_THREADS, SideThreads

from ..support.callers import PATIENCE, until


@pytest.fixture
def side() -> Iterator[SideThreads]:
    made = SideThreads("side")
    yield made
    until(lambda: not any(thread.name == "side" for thread in threading.enumerate()))


def test_what_comes_of_it_is_told(side: SideThreads) -> None:
    told: list[object] = []
    side.add(lambda: 42, told.append)
    until(lambda: told == [42])


def test_what_it_raises_is_told(side: SideThreads) -> None:
    told: list[object] = []
    error = OSError("no such name")

    def fail() -> None:
        raise error

    side.add(fail, told.append)
    until(lambda: told == [error])


def test_one_that_hangs_keeps_nobody_waiting(side: SideThreads) -> None:
    release, told = threading.Event(), []
    try:
        for _ in range(MOST_THREADS - 1):
            side.add(lambda: release.wait(PATIENCE), told.append)
        side.add(lambda: "other", told.append)
        until(lambda: told == ["other"])
    finally:
        release.set()


def test_there_are_never_more_threads_than_the_bound(side: SideThreads) -> None:
    release, told = threading.Event(), []
    running: list[int] = []
    try:
        for number in range(MOST_THREADS * 3):
            side.add(lambda number=number: (running.append(number), release.wait(PATIENCE)), told.append)
        until(lambda: len(running) == MOST_THREADS)
        assert sum(thread.name == "side" for thread in threading.enumerate()) == MOST_THREADS
    finally:
        release.set()
    until(lambda: len(told) == MOST_THREADS * 3)


def test_no_thread_to_be_had_is_an_error_like_any_other(side: SideThreads, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(side_threads.Thread, "start", fail)
    told: list[object] = []
    side.add(lambda: 42, told.append)
    assert isinstance(told[0], RuntimeError)
    monkeypatch.undo()
    side.add(lambda: 42, told.append)
    until(lambda: told[1:] == [42])
