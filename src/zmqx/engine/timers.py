"""The calls a reactor owes, in order of time. Safe to use from any thread."""

from __future__ import annotations

import heapq
from threading import Lock

from .reactor import Timer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Timers:
    """A heap. Cancelled timers stay in it until they come up."""

    __slots__ = ("_count", "_lock", "heap")

    def __init__(self) -> None:
        self._lock = Lock()
        self._count = 0  # keeps timers of the same time in the order of their making
        self.heap: list[tuple[float, int, Timer]] = []  # for a look whether there is anything

    def add(self, when: float, callback: Callable[[], None]) -> tuple[Timer, bool]:
        """A timer, and whether it is the next of all."""
        timer = Timer(when, callback)
        with self._lock:
            self._count += 1
            heapq.heappush(self.heap, (when, self._count, timer))
            return timer, self.heap[0][2] is timer

    def next(self) -> float | None:
        """When the next call is due; None if there is none."""
        heap = self.heap
        with self._lock:
            while heap and heap[0][2].callback is None:
                heapq.heappop(heap)
            return heap[0][0] if heap else None

    def take_due(self, now: float) -> list[Callable[[], None]]:
        """The calls whose time has come."""
        heap = self.heap
        due = []
        with self._lock:
            while heap and heap[0][0] <= now:
                callback = heapq.heappop(heap)[2].callback
                if callback is not None:
                    due.append(callback)
        return due
