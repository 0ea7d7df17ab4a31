"""How long a dialer waits before it dials again.

A network that fails is tried again after RECONNECT_IVL, with some jitter, or after twice the last pause up to
RECONNECT_IVL_MAX if that is set. A peer that answers and does not agree (another mechanism, another type, bad
credentials, broken frames) will mostly not agree the next time either: its pauses always grow, up to
RECONNECT_IVL_MAX or half a minute; and those to one that hangs up as soon as hands are shaken (it has another peer of
our name), up to two seconds. With RECONNECT_IVL 0 the first new try comes at once, and the others after pauses that
grow from ten milliseconds to a second, so that nobody spins.
"""

from __future__ import annotations

import os
from enum import Enum

# All in ms.
_DISAGREED = 30_000
_HUNG_UP = 2_000
_SHORTEST, _LONGEST = 10, 1_000  # of RECONNECT_IVL 0


class Failure(Enum):
    """Why an attempt, or a connection, was worth nothing."""

    NETWORK = "the network"
    DISAGREED = "the peer breaks the protocol, or refuses us"
    HUNG_UP = "the peer hangs up at once"


class Pauses:
    """See the module."""

    __slots__ = ("_failures", "refusals")

    def __init__(self) -> None:
        self._failures = 0
        #: How often in a row the peer was there and would not have us.
        self.refusals = 0

    def answered(self) -> None:
        """The network works."""
        self._failures = 0

    def agreed(self) -> None:
        """The peer does, too."""
        self._failures = self.refusals = 0

    def next(self, why: Failure, first: int, most: int) -> float | None:
        """Seconds to the next attempt, by the options RECONNECT_IVL and RECONNECT_IVL_MAX; None if there is none."""
        if first < 0:
            return None
        if why is Failure.NETWORK:
            turn, self._failures = self._failures, self._failures + 1
            limit = most
        else:
            turn, self.refusals = self.refusals, self.refusals + 1
            limit = most or (_DISAGREED if why is Failure.DISAGREED else _HUNG_UP)
        if first == 0:
            if turn == 0:
                return 0.0
            return min(_SHORTEST << min(turn - 1, 31), limit or _LONGEST) / 1000
        if limit <= 0:
            return (first + _jitter(first)) / 1000
        pause = min(first << min(turn, 31), max(limit, first))
        return (pause if most else pause + _jitter(first)) / 1000


def _jitter(span: int) -> int:
    """So that a thousand clients of a restarted server do not come back in step."""
    return int.from_bytes(os.urandom(4), "big") % span
