"""The descriptor of a socket (ZMQ_FD): readable as long as a message waits, so no loop that watches it misses one.

It is lit

* as long as POLLIN stands, or somebody is in the middle of a message;
* once each time POLLOUT comes to stand after somebody was told that it does not, until the next question (EVENTS, a
  poll), the next receive that finds nothing, or the next send that finds no room;
* for good when the context has ended: every call says so.

All methods are called under the core's guard.
"""

from __future__ import annotations

import os

from ..constants import POLLIN, POLLOUT
from .reactor import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..message import Message


class _Event:
    """A descriptor that is readable or not. Linux."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def light(self) -> None:
        os.eventfd_write(self.fd, 1)

    def dim(self) -> None:
        try:
            os.eventfd_read(self.fd)
        except BlockingIOError:
            pass  # it is

    def close(self) -> None:
        os.close(self.fd)


class _Pair:
    """The same, everywhere else."""

    def __init__(self) -> None:
        import socket

        self._hears, self._tells = socket.socketpair()
        self._hears.setblocking(False)
        self.fd = self._hears.fileno()

    def light(self) -> None:
        self._tells.send(b"\0")

    def dim(self) -> None:
        try:
            while self._hears.recv(16):
                pass
        except BlockingIOError:
            pass  # it is

    def close(self) -> None:
        self._hears.close()
        self._tells.close()


class Beacon:
    """See the module."""

    def __init__(
        self, stands: Callable[[int], int], unfinished: Callable[[], bool], enlist: Callable[[Waiter], None]
    ) -> None:
        """``stands`` gives those of some bits of ``PollEvent`` that stand; ``unfinished`` tells whether somebody has
        received a part of a message and not the last; ``enlist`` takes a waiter for the next change of what stands."""
        self._stands = stands
        self._unfinished = unfinished
        self._enlist = enlist
        self._light = _Event() if hasattr(os, "eventfd") else _Pair()
        self._lit: bool | None = False  # None: who was about to change that was struck by Ctrl-C
        self._waiter = Waiter(self._changed)
        self._risen = False  # POLLOUT stands, and nobody has asked since
        self._missed = not stands(POLLOUT)  # somebody was told that POLLOUT does not stand
        self._over = False
        self._closed = False
        self._enlist(self._waiter)
        self.look()

    def _wait(self) -> None:
        """Hear of the next change."""
        waiter = Waiter(self._changed)
        self._enlist(waiter)
        self._waiter = waiter

    @property
    def fd(self) -> int:
        return self._light.fd

    def _changed(self, waiter: Waiter) -> None:
        if self._closed:
            return
        if waiter is self._waiter:  # else Ctrl-C has struck, and this is told again
            self._wait()
        if self._missed and not self._over and self._stands(POLLOUT):
            self._missed = False
            self._risen = True
        self.look()

    def look(self) -> None:
        """See what stands, and show that."""
        lit = self._over or self._risen or bool(self._stands(POLLIN)) or self._unfinished()
        if lit is not self._lit and not self._closed:
            self._lit = None
            (self._light.light if lit else self._light.dim)()
            self._lit = lit

    # -- what the core tells

    def asked(self, found: int, wanted: int) -> None:
        """Somebody asked for some bits, and was told of those that stand."""
        if wanted & POLLOUT:
            self._missed = not found & POLLOUT
        self._risen = False
        self.look()

    def refused(self) -> None:
        """Somebody could not send."""
        self._missed = True
        self._risen = False
        self.look()

    def receiving(self, take: Callable[[], Message | None]) -> Callable[[], Message | None]:
        """A ``try_recv`` that has us look afterwards."""

        def try_recv() -> Message | None:
            message = take()
            if message is None:
                self._risen = False
            if self._lit is not False:
                self.look()
            return message

        return try_recv

    def sending(self, put: Callable[[Message], bool]) -> Callable[[Message], bool]:
        """A ``try_send`` that has us look afterwards."""

        def try_send(message: Message) -> bool:
            sent = put(message)
            if sent:
                self.look()  # a REP may have been waiting for that
            else:
                self.refused()
            return sent

        return try_send

    def stay_lit(self) -> None:
        """The context has ended."""
        self._over = True
        self.look()

    def close(self) -> None:
        """Give the descriptor back. May be called twice."""
        if not self._closed:
            self._closed = True
            self._light.close()
