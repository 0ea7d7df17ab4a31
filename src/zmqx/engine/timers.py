"""The calls a reactor owes, in order of time. Safe to use from any thread."""

from __future__ import annotations

import heapq
from threading import RLock
from time import monotonic

from ..forks import renew
from .reactor import Timer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType as Lock
    from collections.abc import Callable


# Seconds that anybody sleeps at a time: the system takes no number of milliseconds beyond 31 bits.
LONGEST_SLEEP = 1e6

# Seconds of the first sleep of a wait; each is twice as long as the one before. A signal that comes between Python's
# last look for signals and the system call does not end the sleep, but is seen after it: so a wait is deaf to Ctrl-C
# for no longer than it has lasted, and nobody wakes every so often for that.
FIRST_SLEEP = 0.02

# Entries that are worth looking through for cancelled ones.
_PURGE = 64


class Timers:
    """A heap. Cancelled timers stay in it until they come up, or there are too many of them."""

    __slots__ = ("_count", "_lock", "_purge_at", "heap")

    def __init__(self) -> None:
        self._lock = RLock()  # a finalizer may close a socket while we are at it
        self._purge_at = _PURGE
        self._count = 0  # keeps timers of the same time in the order of their making
        self.heap: list[tuple[float, int, Timer]] = []  # for a look whether there is anything

    def add(self, when: float, callback: Callable[[], None]) -> tuple[Timer, bool]:
        """A timer, and whether it is the next of all."""
        timer = Timer(when, callback)
        with self._lock:
            self._count += 1
            if len(self.heap) >= self._purge_at:
                self._purge()
            heapq.heappush(self.heap, (when, self._count, timer))
            return timer, self.heap[0][2] is timer

    def _purge(self) -> None:
        """Throw out the cancelled ones. The list stays the same: others look at it."""
        self.heap[:] = [entry for entry in self.heap if entry[2].callback is not None]
        heapq.heapify(self.heap)
        self._purge_at = max(_PURGE, 2 * len(self.heap))

    def next(self) -> float | None:
        """When the next call is due; None if there is none."""
        heap = self.heap
        with self._lock:
            while heap and heap[0][2].callback is None:
                heapq.heappop(heap)
            return heap[0][0] if heap else None

    def until(self, deadline: float | None, now: Callable[[], float], most: float) -> float:
        """Seconds to the next call or the deadline; ``most`` if both are later, or there is neither."""
        when = self.next()
        if when is None or (deadline is not None and deadline < when):
            when = deadline
        return most if when is None else min(max(0.0, when - now()), most)

    def disown(self) -> None:
        """In a forked child: the calls are the parent's."""
        renew(self._lock)
        self.heap.clear()

    def take_due(self, now: float) -> Callable[[], None] | None:
        """The next call whose time has come, if there is one."""
        heap = self.heap
        with self._lock:
            while heap and heap[0][0] <= now:
                callback = heapq.heappop(heap)[2].callback
                if callback is not None:
                    return callback
        return None


def sleep_on(lock: Lock, deadline: float | None) -> None:
    """Sleep until the lock is released, or the clock reads ``deadline`` (None: for as long as it takes)."""
    nap = FIRST_SLEEP
    while not lock.acquire(True, nap if deadline is None else min(max(0.0, deadline - monotonic()), nap)):
        if deadline is not None and monotonic() >= deadline:
            return
        nap = longer(nap)


def longer(nap: float) -> float:
    """How long to sleep after a sleep of so long that nothing ended."""
    return min(2 * nap, LONGEST_SLEEP)
