"""What happens to a socket of either library, read from its monitor with pyzmq's own parser."""

from __future__ import annotations

from typing import Any, NamedTuple

from zmq.utils.monitor import parse_monitor_message

from zmqx.constants import Event

from .lib import DEADLINE, Lib


class Told(NamedTuple):
    """One event."""

    kind: str
    value: int
    endpoint: str


class Watcher:
    """The monitor of one socket."""

    def __init__(self, socket: Any, events: int | None = None) -> None:
        self.monitor = socket.get_monitor_socket(events)
        self.monitor.linger = 0
        self.monitor.rcvtimeo = DEADLINE

    def next(self) -> Told:
        """The next event, within ten seconds."""
        told = parse_monitor_message(self.monitor.recv_multipart())
        return Told(Event(int(told["event"])).name, int(told["value"]), told["endpoint"].decode())

    def waiting(self) -> bool:
        """Whether there is an event to be read."""
        return bool(self.monitor.poll(0))

    def some(self, ms: int) -> bool:
        """Whether another event comes within this time."""
        return bool(self.monitor.poll(ms))

    def take(self, count: int) -> list[Told]:
        return [self.next() for _ in range(count)]

    def kinds(self, count: int) -> list[str]:
        """The kinds of the next events."""
        return [told.kind for told in self.take(count)]

    def until(self, kind: str) -> list[Told]:
        """The next events, up to and with one of this kind."""
        found = [self.next()]
        while found[-1].kind != kind:
            found.append(self.next())
        return found

    def kinds_until(self, kind: str) -> list[str]:
        return [told.kind for told in self.until(kind)]

    def rest(self, ms: int = 100) -> list[str]:
        """The kinds of what else comes, until nothing has for a moment."""
        found = []
        while self.monitor.poll(ms):
            found.append(self.next().kind)
        return found

    def close(self) -> None:
        self.monitor.close(0)


def watch(lib: Lib, kind: int, events: int | None = None, **options: Any) -> tuple[Any, Watcher]:
    """A new socket and its monitor, which ends with the context."""
    socket = lib.bare_socket(kind, **{"linger": 0, **options})
    watcher = Watcher(socket, events)
    lib.keep(watcher.monitor)
    return socket, watcher
