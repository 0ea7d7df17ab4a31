"""Threads for what blocks: looking up names. They come with the work and go with it.

Many may hang at once (a resolver that does not answer) without keeping others back, but not without bound: a
thousand sockets that connect by name must not take a thousand threads.
"""

from __future__ import annotations

from collections import deque
from threading import RLock, Thread

from ..forks import renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MOST_THREADS = 64


class SideThreads:
    """See the module. Safe to use from any thread."""

    def __init__(self, name: str, begin: Callable[[], None] = lambda: None) -> None:
        """``begin`` is called by every thread when it begins."""
        self._name = name
        self._begin = begin
        self._lock = RLock()  # the collector may run while a thread is made, and call us
        self._work: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._threads = 0

    def add(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do this, and call ``done``, in the thread that did it, with what it returned or raised (an Exception)."""
        with self._lock:
            self._work.append((work, done))
            if self._threads >= MOST_THREADS:
                return  # one of them will take it
            self._threads += 1
        try:
            Thread(target=self._run, name=self._name, daemon=True).start()
        except RuntimeError as error:  # the system has no room for it, or the interpreter ends
            with self._lock:
                self._threads -= 1
                left = bool(self._threads)
                if not left:
                    self._work.remove((work, done))
            if not left:
                done(error)

    def disown(self) -> None:
        """In a forked child: no thread is here, and the work is the parent's."""
        renew(self._lock)
        self._work.clear()
        self._threads = 0

    def _run(self) -> None:
        self._begin()
        while True:
            with self._lock:
                if not self._work:
                    self._threads -= 1
                    return
                work, done = self._work.popleft()
            try:
                result = work()
            except Exception as error:  # noqa: BLE001  # handed to ``done``
                result = error
            done(result)
