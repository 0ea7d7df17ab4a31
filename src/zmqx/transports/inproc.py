"""inproc:// names (zmq_inproc): who is bound to a name, and who waits for it to be bound.

Connecting two sockets of one process needs no stream; the engine ties their pipes together. This
is only the book of names, safe to use from any thread.
"""

from __future__ import annotations

from threading import RLock

from ..errors import EADDRINUSE, zmq_error
from ..forks import renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Names:
    """The names of one context. Owners and waiters are whatever the engine says they are."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._owners: dict[str, Any] = {}
        self._waiting: dict[str, list[Any]] = {}

    def bind(self, name: str, owner: Any) -> list[Any]:
        """Take a name; returns those who were waiting for it. Raises EADDRINUSE if it is taken."""
        with self._lock:
            if name in self._owners:
                raise zmq_error(EADDRINUSE, f"cannot bind to inproc://{name}")
            self._owners[name] = owner
            return self._waiting.pop(name, [])

    def unbind(self, name: str) -> None:
        """Give a name back."""
        with self._lock:
            self._owners.pop(name, None)

    def owner(self, name: str) -> Any:
        """The owner of a name, if there is one now."""
        with self._lock:
            return self._owners.get(name)

    def find(self, name: str, waiter: Any) -> Any:
        """The owner of a name; None if there is none yet, and ``waiter`` then waits for it."""
        with self._lock:
            owner = self._owners.get(name)
            if owner is None:
                self._waiting.setdefault(name, []).append(waiter)
            return owner

    def forget(self, name: str, waiter: Any) -> None:
        """Wait no more."""
        with self._lock:
            waiting = self._waiting.get(name, [])
            if waiter in waiting:
                waiting.remove(waiter)
                if not waiting:
                    del self._waiting[name]

    def disown(self) -> None:
        """In a forked child: nobody is here any more."""
        renew(self._lock)
        self._owners.clear()
        self._waiting.clear()
