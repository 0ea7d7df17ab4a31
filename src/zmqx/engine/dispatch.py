"""What reactors of one's own descriptors share: watching, dispatching, timers, and work on the side."""

from __future__ import annotations

import sys
import threading
from collections import deque
from time import monotonic

from .reactor import Reactor
from .readiness import MOST_EVENTS, NoSet, make_set
from .side_threads import SideThreads
from .timers import Timers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .readiness import EpollSet, SelectorSet


class Dispatch(Reactor):
    """A set of descriptors, what to call for each, and calls to come. Who turns it is not its business."""

    def __init__(self, name: str, begin: Callable[[], None] = lambda: None) -> None:
        """``name`` is for threads, which call ``begin`` when they begin."""
        self._name = name
        self._begin = begin
        self._set: EpollSet | SelectorSet | NoSet = make_set()
        self._wait = self._set.wait
        self._callbacks: dict[int, Callable[[int], None]] = {}
        self._masks: dict[int, int] = {}
        self._timers = Timers()
        self._standing_by: list[None] = []  # one for each that waits without driving; they come from any thread
        self._soon: deque[Callable[[], None]] = deque()
        self._side = SideThreads(f"{name}-offload", begin)

    now = staticmethod(monotonic)

    @property
    def closing(self) -> Any:
        """The lock that is held while our descriptors are given back. Nothing else is taken inside."""
        return self._set.lock

    def watch(self, fd: int, mask: int, callback: Callable[[int], None], duct: Any = None) -> None:
        known = self._masks.get(fd)
        self._callbacks[fd] = callback
        self._masks[fd] = mask
        if known is None:
            try:
                self._set.add(fd, mask)
            except OSError:
                del self._callbacks[fd], self._masks[fd]
                raise
            if duct is not None:
                self._set.lend(fd, mask, duct)
            self._live()
        elif known != mask:
            self._set.change(fd, mask)

    def unwatch(self, fd: int) -> None:
        if self._masks.pop(fd, None) is not None:
            self._callbacks.pop(fd, None)
            self._set.remove(fd)

    def offload(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self._side.add(work, lambda result: self.call_soon_threadsafe(lambda: done(result)))

    def stand_by(self, on: bool) -> None:
        if not on:
            self._standing_by.pop()
        else:
            self._standing_by.append(None)
            self.call_soon_threadsafe(_nothing)  # somebody has to be there to do the I/O

    def _live(self) -> None:
        """There is something to do now."""

    def _turn(self, timeout: float) -> None:
        """Wait once, for so many seconds (-1: for ever), and dispatch what is there."""
        callbacks = self._callbacks
        for fd, mask in self._wait(timeout, MOST_EVENTS):
            callback = callbacks.get(fd)
            if callback is not None:
                try:
                    callback(mask)
                except Exception:  # noqa: BLE001  # ours; reported, and nobody else's turn is lost
                    report()
        if self._soon or self._timers.heap:
            self._run_due()

    def _run_due(self) -> None:
        """Make the calls whose time has come."""
        # One at a time: what Ctrl-C strikes must not take the others with it. And no more than there are now:
        # a call may add another.
        for _ in range(len(self._soon)):
            try:
                call = self._soon.popleft()
            except IndexError:
                break  # another thread was faster
            self._make(call)
        now = monotonic()
        while (due := self._timers.take_due(now)) is not None:
            self._make(due)

    def _make(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # noqa: BLE001  # ours; reported, and nobody else's turn is lost
            report()

    def _dispose(self) -> None:
        """Give the descriptors of our own back."""
        self._set.close()
        self._callbacks.clear()
        self._masks.clear()

    def disown(self) -> None:
        """In a forked child: do nothing any more, and touch nothing that the parent uses."""
        inherited, self._set = self._set, NoSet()
        self._wait = self._set.wait
        inherited.disown()
        self._callbacks.clear()
        self._masks.clear()
        self._soon.clear()
        self._timers.disown()
        self._side.disown()


def _nothing() -> None:
    return None


def report() -> None:
    """A fault of ours must not reach the application through whichever thread drives."""
    threading.excepthook(threading.ExceptHookArgs([*sys.exc_info(), threading.current_thread()]))
