"""A reactor whose clock moves only when a test says so.

Nothing happens by itself: ``settle`` does all that can be done at this moment, ``advance`` lets time pass
and does what comes due on the way, in order. Descriptors may be real, non-blocking ones, or virtual:
something in memory that says by itself what it is ready for (``adopt``).

A callback that raises, raises in the test. Something that stays ready although nobody makes anything of it
would spin a real reactor; here it ends the test.
"""

from __future__ import annotations

import heapq
import select
from collections import deque
from collections.abc import Callable
from typing import Any

from zmqx.engine.reactor import Gatherer, Reactor, Timer

# Virtual descriptors are numbered from here, far beyond what the system gives out.
_FIRST_VIRTUAL = 1 << 20

# Turns without time passing: more than any test has a reason for.
_MOST_TURNS = 20_000


class VirtualReactor(Reactor):
    """See the module. For one thread."""

    def __init__(self) -> None:
        # Whole microseconds, so that sums of delays compare exactly.
        self._micros = 1_000_000_000
        self._order = 0
        self._timers: list[tuple[int, int, Timer]] = []
        self._soon: deque[Callable[[], None]] = deque()
        self._gatherers: deque[Gatherer] = deque()
        self._offloaded: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._watched: dict[int, tuple[int, Callable[[int], None]]] = {}
        self._virtual: dict[int, Callable[[], int]] = {}
        self._next_virtual = _FIRST_VIRTUAL
        self._closed = False
        #: What watching one more raises, as often as it says: the system has no room for it.
        self.no_room: list[OSError] = []
        #: Let what was offloaded wait for the next ``settle`` after this is taken back.
        self.offload_hangs = False
        #: How many have something to do whatever happens to the program.
        self.outliving = 0

    # -- the contract

    def now(self) -> float:
        return self._micros / 1_000_000

    def watch(self, fd: int, mask: int, callback: Callable[[int], None], duct: object = None) -> None:
        if fd < 0 or (fd >= _FIRST_VIRTUAL and fd not in self._virtual):
            raise OSError(9, f"descriptor {fd} is not open")
        if self.no_room and fd not in self._watched:
            raise self.no_room.pop()
        self._watched[fd] = (mask, callback)

    def unwatch(self, fd: int) -> None:
        self._watched.pop(fd, None)

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        when = self._micros + round(delay * 1_000_000)
        timer = Timer(when / 1_000_000, callback)
        self._order += 1
        heapq.heappush(self._timers, (when, self._order, timer))
        return timer

    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        self._soon.append(callback)

    def offload(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self._offloaded.append((work, done))

    def gather(self, gatherer: Gatherer) -> None:
        self._gatherers.append(gatherer)

    def poll(self) -> None:
        self.settle()

    def outlive(self, on: bool) -> None:
        self.outliving += 1 if on else -1

    def close(self) -> None:
        self._closed = True
        self._watched.clear()

    # -- for virtual descriptors

    def adopt(self, ready: Callable[[], int], fd: int = -1) -> int:
        """A new descriptor, or an open one that leads elsewhere now; ``ready`` tells what it is ready for."""
        if fd < 0:
            fd = self._next_virtual = self._next_virtual + 1
        self._virtual[fd] = ready
        return fd

    def release(self, fd: int) -> None:
        """The descriptor closes. It must not be watched any more."""
        assert fd not in self._watched, f"descriptor {fd} closed while it was watched"
        del self._virtual[fd]

    # -- for tests

    @property
    def watched(self) -> dict[int, int]:
        """The mask of each descriptor that is watched."""
        return {fd: mask for fd, (mask, _) in self._watched.items()}

    @property
    def open_descriptors(self) -> int:
        """How many virtual descriptors are open."""
        return len(self._virtual)

    def pending(self) -> list[float]:
        """The ms until each call that is still to come."""
        return sorted((when - self._micros) / 1000 for when, _, timer in self._timers if timer.callback is not None)

    def settle(self) -> None:
        """Do everything that can be done without time passing."""
        for _ in range(_MOST_TURNS):
            if not self._turn():
                return
        raise AssertionError(f"ready for ever, and nobody takes it: {self.watched}")

    def advance(self, ms: float) -> None:
        """Let time pass, and do what comes due at its time."""
        until = self._micros + round(ms * 1000)
        self.settle()
        while self._timers and self._timers[0][0] <= until and not self._closed:
            self._micros = max(self._micros, self._timers[0][0])
            self.settle()
        self._micros = until

    def run_until(self, condition: Callable[[], object], ms: float = 60_000) -> float:
        """Let time pass until the condition holds, ``ms`` at the most; how many ms passed."""
        start = self._micros
        until = start + round(ms * 1000)
        self.settle()
        while not condition():
            assert self._timers, "nothing more will happen, and the condition does not hold"
            when = self._timers[0][0]
            assert when <= until, f"the condition does not hold after {ms} ms"
            self._micros = max(self._micros, when)
            self.settle()
        return (self._micros - start) / 1000

    def _turn(self) -> bool:
        """One round of everything; whether there was anything to do."""
        busy = False
        while self._gatherers:
            gatherer = self._gatherers.popleft()
            gatherer.listed = False
            if gatherer.gathering:
                gatherer.flush_gathered()
            busy = True
        due = [self._soon.popleft() for _ in range(len(self._soon))]
        for call in due:
            if not self._closed:
                call()
        # Those of this moment, not those they make; one may cancel the next.
        newest = self._order
        while self._timers and self._timers[0][0] <= self._micros and self._timers[0][1] <= newest:
            callback = heapq.heappop(self._timers)[2].callback
            if callback is not None and not self._closed:
                callback()
                busy = True
        if self._offloaded and not self.offload_hangs:
            work, done = self._offloaded.popleft()
            result: Any
            try:
                result = work()
            except Exception as error:  # noqa: BLE001  # handed to ``done``
                result = error
            done(result)
            busy = True
        for fd, mask in self._ready():
            found = self._watched.get(fd)
            if found is not None:
                found[1](mask)
                busy = True
        return busy or bool(due)

    def _ready(self) -> list[tuple[int, int]]:
        found = []
        poll = select.poll()
        for fd, (mask, _) in self._watched.items():
            if fd in self._virtual:
                # A hang-up shows whatever one asks for.
                ready = self._virtual[fd]() & (mask | select.POLLHUP)
                if ready:
                    found.append((fd, ready))
            else:
                poll.register(fd, mask)
        return found + poll.poll(0)
