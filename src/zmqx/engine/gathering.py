"""Small sends that gather for a moment, and who sees to it that they leave.

Whoever is about to wait flushes all of them. What nobody flushes is found by the ticks of the
background thread: a gatherer that has not been flushed for a whole tick was left behind. Ticks grow
longer while the senders flush themselves, because a thread that wakes wants the interpreter, and on a
busy machine the sender then waits for it to get a processor as well.

Called from any thread, with no guard held. "Look again" marks the places where two threads signal
each other without a common lock: each does its own part and then looks at the other's.
"""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .reactor import Gatherer

# Seconds.
_TICK = 0.001
_LONGEST_TICK = 0.008

# So many ticks that find nothing end the ticking.
_QUIET_TICKS = 20


class Gathering:
    """The gatherers of one reactor."""

    __slots__ = ("_quiet_ticks", "_report", "begun", "queue", "tick_length", "ticking")

    def __init__(self, report: Callable[[], None]) -> None:
        """``report`` is called in the handling of an exception that nobody expected."""
        self._report = report
        self.queue: deque[Gatherer] = deque()
        self.ticking = False
        self.begun = False  # the background thread knows
        self.tick_length = _TICK  # seconds
        self._quiet_ticks = 0

    def add(self, gatherer: Gatherer) -> bool:
        """Note one; whether the background thread has to be told that there is something to tick for
        (and ``begun`` set then)."""
        self.queue.append(gatherer)
        self.ticking = True
        return not self.begun

    def flush(self) -> None:
        """Send whatever has gathered: somebody is about to wait."""
        queue = self.queue
        while queue:
            try:
                gatherer = queue.popleft()
            except IndexError:
                return  # another thread was faster
            gatherer.listed = False
            if gatherer.gathering:
                self._flush_one(gatherer)

    def _flush_one(self, gatherer: Gatherer) -> None:
        try:
            gatherer.flush_gathered()
        except Exception:  # noqa: BLE001  # ours; it has ended that connection, and is nobody else's business
            self._report()

    def tick(self) -> None:
        """Send what was left behind; end the ticking when nothing has gathered for a while."""
        queue = self.queue
        busy = False
        for _ in range(len(queue)):
            try:
                gatherer = queue.popleft()
            except IndexError:
                break  # another thread is flushing
            if gatherer.gathering and gatherer.flushes == gatherer.flushes_seen:
                gatherer.listed = False
                self._flush_one(gatherer)
                self.tick_length = _TICK
                continue
            busy = busy or gatherer.flushes != gatherer.flushes_seen
            gatherer.flushes_seen = gatherer.flushes
            if not gatherer.gathering:
                gatherer.listed = False
                if not gatherer.gathering:  # look again
                    continue
                gatherer.listed = True
            queue.append(gatherer)
        if busy:
            self.tick_length = min(2 * self.tick_length, _LONGEST_TICK)
        if queue:
            self._quiet_ticks = 0
            return
        self._quiet_ticks += 1
        if self._quiet_ticks >= _QUIET_TICKS:
            self._quiet_ticks = 0
            self.tick_length = _TICK
            self.begun = self.ticking = False
            if queue:  # look again
                self.begun = self.ticking = True
