"""Whether to look for an answer for a moment before sleeping: a matter of luck.

In a dialogue with one peer (request, reply, request ...) the answer is often there sooner than a
sleeping thread is back on its processor: of a round trip between two idle cores, most is the system
waking them up. So a wait in a dialogue looks again and again for some tens of microseconds, as long as
waits there have mostly been that short. One that is longer costs its moment and some of the luck that
earns the next one; a process that has one processor never tries.
"""

from __future__ import annotations

import os

# Seconds: how short a sleep has to be to promise success.
_PROMISING = 0.0002

# A success counts one, a failure two, up to so much: we go on while two of three succeed.
_MOST = 8

# A short sleep promises success, and so does every so manieth sleep: what makes a sleep long may be the sleep.
# But where looking itself takes the processor that the peer needs, promises are broken. Each broken one in a row
# doubles the number of them that it takes to try again.
_TRY_AGAIN = 32
_MOST_PATIENT = 256


class Luck:
    """How the waits of one socket have gone."""

    __slots__ = ("_patience", "_possible", "_promises", "_sleeps", "left", "moment")

    def __init__(self, moment: float) -> None:
        """``moment``: seconds that are spent looking, at most."""
        self._possible = _processors() > 1
        self.moment = 0.0
        self._sleeps = 0
        self._promises = 0
        self._patience = 1
        #: Positive while looking is worth it. A little to begin with.
        self.left = 0
        self.set_moment(moment)

    def set_moment(self, seconds: float) -> None:
        """Spend so much from now on; nothing at all with 0."""
        self.moment = seconds
        self.left = 2 if self._possible and seconds else 0

    def won(self) -> None:
        """The answer came while we looked."""
        if self.left < _MOST:
            self.left += 1
        else:
            self._patience = 1

    def lost(self) -> None:
        """It did not."""
        self.left -= 2
        if self.left < 1 and self._patience < _MOST_PATIENT:
            self._patience *= 2

    def slept(self, seconds: float) -> None:
        """We slept for it, for so long."""
        self._sleeps += 1
        promising = seconds < _PROMISING or self._sleeps % _TRY_AGAIN == 0
        if promising and self._possible and self.moment and self.left < 1:
            self._promises += 1
            if self._promises >= self._patience:
                self._promises = 0
                self.left = 1


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
