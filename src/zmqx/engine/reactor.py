"""What the engine needs of a loop, and the few things every loop shares.

The engine calls a reactor from whichever thread it happens to run in. A reactor calls back with no
lock held, one callback of a descriptor at a time; a callback takes the guard of its own core.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from functools import partial
from threading import RLock, get_ident

from ..forks import renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import RLock as _RLock
    from collections.abc import Callable
    from typing import Any
else:
    # The type behind the function: its acquire, release, enter and exit are single instructions to the interpreter.
    _RLock = type(RLock())

# Readiness, in the numbers of poll(2) and epoll(7). Whatever else a callback sees (error, hang-up)
# will show itself when one reads.
READ = 1
WRITE = 4


class Timer:
    """A call that is to come."""

    __slots__ = ("callback", "when")

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Make the call not happen. Harmless when it has happened."""
        self.callback = None


class Deferred(deque):  # type: ignore[type-arg]  # generic for type checkers only
    """Calls put off until a guard is free. As a context manager, around the guard's, it makes them at the end."""

    __slots__ = ("_held", "_settlers")

    def __init__(self, held: Callable[[], bool]) -> None:
        """``held`` tells whether this thread has the guard."""
        super().__init__()
        self._held = held
        self._settlers: set[int] = set()

    def settle(self) -> None:
        """Make the calls, in order, unless this thread still has the guard: then whoever frees it does."""
        # A call that defers others, or releases the guard itself, leaves them to the loop it was called from.
        thread = get_ident()
        if thread in self._settlers or self._held():
            return
        try:
            self._settlers.add(thread)
            while self:
                try:
                    call = self[0]
                except IndexError:
                    return  # another thread was faster
                try:
                    call()
                except Exception:
                    self._strike_out(call)
                    raise
                # Only now: what Ctrl-C strikes is made again by whoever settles next.
                self._strike_out(call)
        finally:
            self._settlers.discard(thread)

    def _strike_out(self, call: Callable[[], None]) -> None:
        try:
            self.remove(call)
        except ValueError:
            pass  # another thread made it too

    def disown(self) -> None:
        """In a forked child: what was put off is the parent's business."""
        self.clear()
        self._settlers &= {get_ident()}

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: object) -> None:
        if self:
            self.settle()


def surely(call: Callable[[], None]) -> None:
    """Make a call that nobody would make again, and that must not be left half done: if Ctrl-C strikes, it is made
    once more. It has to bear that."""
    try:
        call()
    except BaseException:
        call()
        raise


class Guard(_RLock):  # type: ignore[misc]  # final to type checkers only
    """The lock of one core, and what has to happen as soon as it is free: ``with guard.deferred, guard:``.

    No thread ever holds two guards: what concerns another core is put off (``defer``) until ours is
    released, in order. Deferred calls must not raise, and must bear being made twice.

    Ctrl-C may strike between any two instructions of the main thread; but the entry and the exit of this
    lock are single ones. A hot path that does without ``with`` acquires inside ``try`` and releases in
    ``finally``; if it was struck before it had the lock, ``unlock`` raises RuntimeError instead of freeing
    what another thread holds, because the lock knows its owner.
    """

    __slots__ = ("deferred",)

    unlock = _RLock.release

    if TYPE_CHECKING:

        def _is_owned(self) -> bool:
            """What threading.Condition asks of a lock, too."""

    def __init__(self) -> None:
        self.deferred = Deferred(self._is_owned)

    def defer(self, call: Callable[[], None]) -> None:
        """Call this once the guard is released. The guard must be held."""
        # Two threads may be making the same call, and each strikes it out. The next one, deferred meanwhile, is
        # often the same function: it must not pass for what they have made.
        self.deferred.append(partial(call))

    def disown(self) -> None:
        """In a forked child: be free, whoever held us."""
        renew(self)
        self.deferred.disown()


class Waiter:
    """One bit that somebody waits for: ``set`` it from any thread."""

    __slots__ = ("parked", "ready", "rouse", "wait")

    def __init__(self, rouse: Callable[[Waiter], None], wait: Callable[[float, int], Any] | None = None) -> None:
        """``rouse`` gets the thread that waits out of its sleep; ``wait`` is how it waits for descriptors, if it has a
        shorter way to what it waits for."""
        self.rouse = rouse
        self.wait = wait
        self.ready = False
        self.parked: Any = None  # the lock its thread sleeps on, while it does

    def set(self) -> None:
        if not self.ready:
            self.ready = True
            self.rouse(self)

    def disown(self) -> None:
        """In a forked child: be set, for the thread that forked. Loops are not roused: their descriptors are the
        parent's as well."""
        self.ready = True
        lock, self.parked = self.parked, None
        if lock is not None:
            lock.release()


class Gatherer(ABC):
    """Something that lets small sends gather for a moment and must be flushed soon."""

    #: Whether anything has gathered since the last flush.
    gathering: bool
    #: Whether the reactor has it on its list. The reactor clears it.
    listed: bool
    #: Counts flushes, to tell a busy gatherer, which flushes itself, from one left behind.
    flushes: int
    #: The reactor's own note of ``flushes`` at its last look.
    flushes_seen: int

    @abstractmethod
    def flush_gathered(self) -> None:
        """Send what has gathered. Called with no guard held."""


class Reactor(ABC):
    """Readiness, timers and wake-up. Times are seconds of the reactor's own clock."""

    #: The compiled wait for descriptors, where that is how we wait.
    lines: Any = None

    @abstractmethod
    def now(self) -> float:
        """The time."""

    @abstractmethod
    def watch(self, fd: int, mask: int, callback: Callable[[int], None], duct: Any = None) -> None:
        """Call back with what is ready, as long as it is (level-triggered). Again: change the mask. A ``duct`` may be
        looked after meanwhile, if nobody gets to it."""

    @abstractmethod
    def unwatch(self, fd: int) -> None:
        """Stop watching. To be called before the descriptor closes; harmless if it is not watched."""

    @abstractmethod
    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call once, ``delay`` seconds from now."""

    @abstractmethod
    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        """Call once, soon. The only method for threads that hold a foreign lock, or none."""

    @abstractmethod
    def offload(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Run something that blocks in another thread, then call ``done`` with what it returned or raised
        (an Exception)."""

    @abstractmethod
    def gather(self, gatherer: Gatherer) -> None:
        """Flush this one soon: when anybody is about to wait, or a fraction of a millisecond later."""

    def poll(self) -> None:  # noqa: B027  # nothing to do where somebody turns it all the time
        """Do what I/O can be done now, without waiting. No guard is held."""

    def outlive(self, on: bool) -> None:  # noqa: B027  # nothing to do for most
        """From now on, or no longer, there is I/O to be done whatever happens to the program's own loop
        (a closed socket that still sends). Calls nest."""

    def stand_by(self, on: bool) -> None:
        """From now on, or no longer, somebody waits for I/O without driving. Calls nest."""
        self.outlive(on)

    @abstractmethod
    def close(self) -> None:
        """Stop. No callback begins after this returns."""
