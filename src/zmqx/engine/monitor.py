"""What happens to endpoints and connections, told to whoever asks.

An event is a value. A stream of events is a bounded queue between the engine and one reader: a
reader that does not read loses the newest events (and can see how many), and never holds up the
engine. The kinds and their meaning are libzmq's (zmq_socket_monitor); ``reason`` says in words what
libzmq gives as a number, or not at all.
"""

from __future__ import annotations

from collections import deque

from ..constants import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class SocketEvent:
    """One thing that happened. ``value`` is what zmq_socket_monitor gives for this kind."""

    __slots__ = ("endpoint", "kind", "peer", "reason", "value")

    def __init__(self, kind: Event, endpoint: str, value: int = 0, reason: str = "", peer: str = "") -> None:
        self.kind = kind
        self.endpoint = endpoint
        self.value = value
        self.reason = reason
        self.peer = peer

    def __repr__(self) -> str:
        told = [self.kind.name, self.endpoint]
        if self.peer and self.peer != self.endpoint:
            told.append(f"peer {self.peer}")
        if self.value:
            told.append(str(self.value))
        if self.reason:
            told.append(self.reason)
        return f"<{': '.join(told)}>"


class EventQueue:
    """Events on their way to one reader, at most ``limit`` of them."""

    def __init__(self, kinds: int, limit: int, changed: Callable[[], None]) -> None:
        """``kinds`` is a sum of Event bits; ``changed`` is called, under the core's guard, for each."""
        self._kinds = kinds
        self._limit = limit
        self._changed = changed
        self._events: deque[SocketEvent] = deque()
        self.missed = 0
        self.closed = False

    def add(self, event: SocketEvent) -> None:
        if self.closed or not event.kind & self._kinds:
            return
        if len(self._events) >= self._limit:
            self.missed += 1
            return
        self._events.append(event)
        self._changed()

    def take(self) -> SocketEvent | None:
        return self._events.popleft() if self._events else None

    def give_back(self, event: SocketEvent) -> None:
        """Undo a ``take``."""
        self._events.appendleft(event)

    def close(self) -> None:
        """There will be no more; what is queued can still be taken."""
        self.closed = True
        self._changed()


class EventBoard:
    """All the readers of one core's events. Called under the core's guard."""

    __slots__ = ("_changed", "_queues")

    def __init__(self, changed: Callable[[], None]) -> None:
        """``changed`` is called for each event that somebody has to read."""
        self._changed = changed
        self._queues: list[EventQueue] = []

    def open(self, kinds: int, limit: int) -> EventQueue:
        """A queue of what happens from now on."""
        queue = EventQueue(kinds, limit, self._changed)
        self._queues.append(queue)
        return queue

    def emit(self, event: SocketEvent) -> None:
        """Tell every reader."""
        for queue in self._queues:
            queue.add(event)

    def drop(self, queue: EventQueue) -> None:
        """Close one queue."""
        if queue in self._queues:
            self._queues.remove(queue)
        queue.close()

    def close(self) -> None:
        """Close all of them."""
        for queue in self._queues:
            queue.close()
