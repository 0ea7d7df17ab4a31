"""Waiting without sleeping, for a few tens of microseconds, where that has paid off.

In a dialogue (request, reply, request ...) the answer is often there sooner than a sleeping thread
is back on its processor: of a round trip between two idle cores, most is the system waking them up.
So a wait that belongs to a dialogue asks again and again for a moment before it sleeps, as long as
such waits have mostly been that short. One that is longer costs its moment and some of the luck
that earns the next; a process that has one processor never tries.
"""

from __future__ import annotations

import os
from time import monotonic

from .readiness import MOST_EVENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds without sleep, at most; and how short a wait with sleep has to be to promise success.
_MOMENT = 0.00006
_PROMISING = 0.0001

# Successes count one and failures two, up to so many: we go on while two of three succeed.
_MOST_LUCK = 8


class EagerWait:
    """The wait of one reactor's seat; whoever sits there calls it."""

    __slots__ = ("_luck", "_possible", "_wait")

    def __init__(self, wait: Callable[[float, int], list[tuple[int, int]]]) -> None:
        """``wait`` is that of the set of descriptors."""
        self._wait = wait
        self._luck = 0
        self._possible = _processors() > 1

    def __call__(self, timeout: float) -> list[tuple[int, int]]:
        """What is ready within ``timeout`` seconds; -1 waits for ever."""
        wait = self._wait
        if self._luck <= 0:
            start = monotonic()
            ready = wait(timeout, MOST_EVENTS)
            if self._possible and monotonic() - start < _PROMISING:
                self._luck += 1
            return ready
        until = monotonic() + _MOMENT
        while True:
            ready = wait(0.0, MOST_EVENTS)
            if ready:
                if self._luck < _MOST_LUCK:
                    self._luck += 1
                return ready
            if monotonic() > until:
                self._luck -= 2
                return wait(timeout, MOST_EVENTS)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
