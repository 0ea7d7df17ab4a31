"""Sets of descriptors and a wait for any of them: epoll where there is one, ``selectors`` elsewhere.

One thread at a time calls ``wait``; the other methods may be called meanwhile from any thread.
"""

from __future__ import annotations

import os
import select
import selectors
from collections import deque
from threading import RLock

from .._accel import half
from ..forks import renew
from .reactor import READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Waits, and has descriptors looked after meanwhile; an epoll of its own only waits.
_Watch: Any = half("watches", "Watch", None) if hasattr(select, "epoll") else None

# Events per wait: a busy server gets through its list before it looks at timers again.
MOST_EVENTS = 128


class EpollSet:
    """Linux. The wake-up is an eventfd in edge-triggered mode: it need never be read."""

    # For finalizers, which free-threaded builds run as late as when modules have lost their names.
    _write = staticmethod(getattr(os, "eventfd_write", None))  # type: ignore[arg-type]  # there is, where we are used
    _close = staticmethod(os.close)

    def __init__(self) -> None:
        #: Between waking and closing: the number may be somebody else's afterwards.
        self.lock = RLock()
        self._wake_fd = -1  # should the next lines fail
        self._epoll = select.epoll()
        # wait(seconds, events): what is ready within that time; -1 waits for ever.
        self.wait = self._epoll.poll
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake_fd, select.EPOLLIN | select.EPOLLET)
        #: The compiled wait, where there is one.
        self.lines = _Watch(self._epoll.fileno(), self._wake_fd) if _Watch is not None else None
        if self.lines is not None:
            self.wait = self.lines.wait

    def add(self, fd: int, mask: int) -> None:
        self._epoll.register(fd, mask)

    def lend(self, fd: int, mask: int, duct: Any) -> None:
        """Have one that was added looked after by the standby, while nobody waits."""
        if self.lines is not None:
            self.lines.lend(fd, mask, duct)

    def change(self, fd: int, mask: int) -> None:
        self._epoll.modify(fd, mask)
        if self.lines is not None:
            self.lines.change(fd, mask)

    def remove(self, fd: int) -> None:
        if self.lines is not None:
            self.lines.remove(fd)
        self._epoll.unregister(fd)

    def fileno(self) -> int:
        """A descriptor that is readable while anything in the set is ready."""
        return self._epoll.fileno()

    def wake(self) -> None:
        """End the wait under way, or the next one."""
        with self.lock:
            if self._wake_fd >= 0:
                self._write(self._wake_fd, 1)

    def close(self) -> None:
        """Give the descriptors back. May be called twice."""
        with self.lock:
            if self._wake_fd >= 0:
                if self.lines is not None:
                    self.lines.close()
                self._epoll.close()
                # The number first: closing it again might close somebody else's, if Ctrl-C strikes in between.
                fd, self._wake_fd = self._wake_fd, -1
                self._close(fd)

    __del__ = close

    def disown(self) -> None:
        """In a forked child: close our copies. What is in the set concerns the parent."""
        renew(self.lock)
        self.close()


class SelectorSet:
    """Everywhere else. Changes are applied by the thread that waits, which is woken for them."""

    lines = None

    def __init__(self) -> None:
        import socket

        self.lock = RLock()
        self._selector = selectors.DefaultSelector()
        self._changes: deque[Callable[[], object]] = deque()
        self._hears, self._tells = socket.socketpair()
        self._hears.setblocking(False)
        self._tells.setblocking(False)
        self._selector.register(self._hears, selectors.EVENT_READ)

    def add(self, fd: int, mask: int) -> None:
        events = _events(mask)
        self._changes.append(lambda: self._selector.register(fd, events) if events else None)
        self.wake()

    def lend(self, fd: int, mask: int, duct: Any) -> None:
        """There is no standby here."""

    def change(self, fd: int, mask: int) -> None:
        self._changes.append(lambda: self._change(fd, _events(mask)))
        self.wake()

    def remove(self, fd: int) -> None:
        self._changes.append(lambda: self._change(fd, 0))
        self.wake()

    def _change(self, fd: int, events: int) -> None:
        known = fd in self._selector.get_map()
        if known and events:
            self._selector.modify(fd, events)
        elif known:
            self._selector.unregister(fd)
        elif events:
            self._selector.register(fd, events)

    def wait(self, timeout: float, most: int) -> list[tuple[int, int]]:
        """What is ready within ``timeout`` seconds; -1 waits for ever."""
        while self._changes:
            try:
                self._changes.popleft()()
            except (OSError, ValueError, KeyError):
                pass  # closed meanwhile: nothing to watch
        try:
            found = self._selector.select(None if timeout < 0 else timeout)
        except OSError:
            return []  # a descriptor closed under us; its removal is on its way
        ready = []
        for key, events in found:
            if key.fd == self._hears.fileno():
                try:
                    while self._hears.recv(4096):
                        pass
                except OSError:
                    pass  # drained
                continue
            mask = READ if events & selectors.EVENT_READ else 0
            ready.append((key.fd, mask | (WRITE if events & selectors.EVENT_WRITE else 0)))
        return ready

    def fileno(self) -> int:
        """A descriptor that is readable while anything in the set is ready; AttributeError if the system
        has none (poll, select)."""
        return int(self._selector.fileno())  # epoll, devpoll and kqueue have one

    def wake(self) -> None:
        """End the wait under way, or the next one."""
        try:
            self._tells.send(b"\0")
        except OSError:
            pass  # full: there is a wake-up waiting already

    def close(self) -> None:
        self._selector.close()
        self._hears.close()
        self._tells.close()

    def disown(self) -> None:
        """In a forked child: close our copies. What is in the set concerns the parent."""
        try:
            self.close()
        except OSError:
            pass  # a kqueue is not inherited


class NoSet:
    """What a forked child has in the place of a set that it inherited: nothing is ever ready."""

    lines = None

    def __init__(self) -> None:
        self.lock = RLock()

    def add(self, fd: int, mask: int) -> None:
        """Watch nothing."""

    change = add

    def lend(self, fd: int, mask: int, duct: Any) -> None:
        """Nor is anything looked after."""

    def remove(self, fd: int) -> None:
        """There is nothing to remove."""

    def wait(self, timeout: float, most: int) -> list[tuple[int, int]]:
        return []

    def fileno(self) -> int:
        return -1

    def wake(self) -> None:
        """Nobody waits."""

    close = disown = wake


def _events(mask: int) -> int:
    return (selectors.EVENT_READ if mask & READ else 0) | (selectors.EVENT_WRITE if mask & WRITE else 0)


def make_set() -> EpollSet | SelectorSet:
    """The best this system has."""
    return EpollSet() if hasattr(select, "epoll") and hasattr(os, "eventfd") else SelectorSet()
