"""Whether a socket may be used, and who waits for anything about it to change."""

from __future__ import annotations

from ..errors import ENOTSOCK, ETERM, INHERITED, zmq_error
from .reactor import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..constants import SocketType
    from .reactor import Waiter


def set_surely(waiters: list[Waiter]) -> None:
    """Ctrl-C struck while these were set: nobody else would do it. They bear it twice."""
    for waiter in waiters:
        waiter.ready = True
        waiter.rouse(waiter)


class State:
    """What a core is built upon. Methods are called under the guard unless they say otherwise."""

    __slots__ = ("__weakref__", "closed", "guard", "inherited", "socket_type", "terminated", "waiters")

    def __init__(self, socket_type: SocketType) -> None:
        self.socket_type = socket_type
        self.guard = Guard()
        self.closed = False
        self.terminated = False  # the context has ended
        self.inherited = False  # of a process that forked us: of no use here
        self.waiters: list[Waiter] = []

    def check_open(self) -> None:
        """Raise ENOTSOCK or ETERM if the socket is not to be used any more."""
        if self.closed:
            state = f"was {INHERITED}" if self.inherited else "is closed"
            raise zmq_error(ENOTSOCK, f"this {self.socket_type.name} socket {state}")
        if self.terminated:
            raise zmq_error(ETERM)

    def enlist(self, waiter: Waiter) -> None:
        """Set this waiter at the next change."""
        self.waiters.append(waiter)

    def dismiss(self, waiter: Waiter) -> None:
        """Forget a waiter that need not be set any more."""
        if waiter in self.waiters:
            self.waiters.remove(waiter)

    def nudge(self) -> None:
        """Set every waiter enlisted. Takes the guard."""
        with self.guard.deferred, self.guard:
            self._changed()

    def _changed(self) -> None:
        waiters = self.waiters
        if waiters:
            try:
                self.waiters = []
                for waiter in waiters:
                    waiter.set()
            except BaseException:
                set_surely(waiters)
                raise

    def disown(self) -> None:
        """In a forked child: refuse all use, and touch nothing that the parent uses. Takes no guard: a thread may
        hold it that this process does not have."""
        self.guard.disown()
        self.inherited = not self.closed
        self.closed = True
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter.disown()
