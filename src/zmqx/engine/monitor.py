"""What happens to endpoints and connections, told to whoever asks.

An event is a value. A stream of events is a bounded queue between the engine and one reader: a
reader that does not read loses the newest events (and can see how many), and never holds up the
engine. The kinds and their meaning are libzmq's (zmq_socket_monitor); ``reason`` says in words what
libzmq gives as a number, or not at all.
"""

from __future__ import annotations

from collections import deque
from struct import pack
from time import time
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..constants import Event


class SocketEvent:
    """One thing that happened. Two events are equal if they tell the same; when it was does not count.

    ``endpoint`` is what zmq_socket_monitor names: where we are bound, or what we connected to, as it was given.
    ``local`` and ``remote`` are both ends, as far as the event has them: of a bound endpoint ``remote`` is the
    peer's address, of a connected one ``local`` is our own. ``peer`` is the peer's address as the system has it, on
    either side. ``value`` is the number that zmq_socket_monitor gives for this kind (a descriptor, an errno, ms until
    the next attempt, a ProtocolFault, a status of ZAP), ``values`` all of them: PIPES_STATS has two. ``reason`` says
    in words why. ``time`` is the seconds of ``time.time()`` when it happened.
    """

    __slots__ = ("endpoint", "kind", "local", "peer", "reason", "remote", "time", "values")

    def __init__(
        self,
        kind: Event,
        endpoint: str = "",
        value: int = 0,
        reason: str = "",
        peer: str = "",
        *,
        local: str = "",
        remote: str = "",
        values: tuple[int, ...] = (),
    ) -> None:
        self.kind = kind
        self.endpoint = endpoint
        self.values = values or (value,)
        self.reason = reason
        self.peer = peer
        self.local = local
        self.remote = remote
        self.time = 0.0  # set when somebody is told

    @property
    def value(self) -> int:
        return self.values[0]

    def frames(self, version: int) -> list[bytes]:
        """What zmq_socket_monitor sends for it, in the byte order of this machine."""
        name = self.endpoint.encode(errors="surrogateescape")
        if version == 1:
            return [pack("=HI", self.kind, self.values[0] & 0xFFFFFFFF), name]
        numbers = (self.kind, len(self.values), *self.values)
        ends = [end.encode(errors="surrogateescape") for end in (self.local, self.remote)]
        return [pack("=Q", number & 0xFFFFFFFFFFFFFFFF) for number in numbers] + ends

    def _told(self) -> tuple[object, ...]:
        return (self.kind, self.endpoint, self.values, self.reason, self.peer, self.local, self.remote)

    def __eq__(self, other: object) -> bool:
        return self._told() == other._told() if isinstance(other, SocketEvent) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._told())

    def __repr__(self) -> str:
        told = [self.kind.name, self.endpoint]
        if self.peer and self.peer != self.endpoint:
            told.append(f"peer {self.peer}")
        if any(self.values):
            told.append(" ".join(map(str, self.values)))
        if self.reason:
            told.append(self.reason)
        return f"<{': '.join(told)}>"


class EventQueue:
    """Events on their way to one reader, at most ``limit`` of them."""

    def __init__(self, kinds: int, limit: int, changed: Callable[[], None]) -> None:
        """``kinds`` is a sum of Event bits; ``changed`` is called, under the core's guard, for each."""
        self.kinds = kinds
        self._limit = limit
        self._changed = changed
        self._events: deque[SocketEvent] = deque()
        self.missed = 0
        self.closed = False

    def add(self, event: SocketEvent) -> None:
        if self.closed or not event.kind & self.kinds:
            return
        if len(self._events) >= self._limit:
            self.missed += 1
            return
        self._events.append(event)
        self._changed()

    def peek(self) -> SocketEvent | None:
        """What ``take`` would take."""
        return self._events[0] if self._events else None

    def take(self) -> SocketEvent | None:
        return self._events.popleft() if self._events else None

    def give_back(self, event: SocketEvent) -> None:
        """Undo a ``take``: the next one gets it. Under the core's guard, too."""
        self._events.appendleft(event)
        self._changed()

    def disown(self) -> None:
        """In a forked child: the events are the parent's."""
        self._events.clear()

    def close(self) -> None:
        """There will be no more; what is queued can still be taken."""
        self.closed = True
        self._changed()


class EventBoard:
    """All the readers of one core's events. Called under the core's guard. Whoever holds a queue reads it; one that
    nobody holds any more is forgotten, unless it has a reader that is called."""

    __slots__ = ("_changed", "_queues")

    def __init__(self, changed: Callable[[], None]) -> None:
        """``changed`` is called for each event that somebody has to read."""
        self._changed = changed
        self._queues: list[Callable[[], EventQueue | None]] = []

    def open(self, kinds: int, limit: int, changed: Callable[[], None] | None = None) -> EventQueue:
        """A queue of what happens from now on. ``changed`` is called for each, instead of ours, and the queue held."""
        queue = EventQueue(kinds, limit, changed or self._changed)
        self._queues = [known for known in self._queues if known() is not None]
        self._queues.append(ref(queue) if changed is None else lambda: queue)
        return queue

    def _live(self) -> list[EventQueue]:
        return [queue for known in self._queues if (queue := known()) is not None]

    def emit(self, event: SocketEvent) -> None:
        """Tell every reader."""
        if self._queues:
            event.time = time()
            for queue in self._live():
                queue.add(event)

    def wants(self, kind: Event) -> bool:
        """Whether any reader asked for events of this kind."""
        return any(queue.kinds & kind for queue in self._live())

    def drop(self, queue: EventQueue) -> None:
        """Close one queue."""
        self._queues = [known for known in self._queues if known() not in (None, queue)]
        queue.close()

    def disown(self) -> None:
        """In a forked child: what happens here happens to nobody."""
        for queue in self._live():
            queue.disown()
        self._queues.clear()

    def close(self) -> None:
        """Close all of them."""
        queues, self._queues = self._live(), []
        for queue in queues:
            queue.close()
