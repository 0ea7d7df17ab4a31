"""A socket's core on a virtual reactor: what a face would do with it, without ever waiting."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from zmqx.constants import Event, SocketType
from zmqx.engine.core import SocketCore
from zmqx.engine.monitor import SocketEvent
from zmqx.errors import ZMQError
from zmqx.message import Message
from zmqx.transports.inproc import Names

from .virtual_reactor import VirtualReactor


@contextlib.contextmanager
def held(guard: Any) -> Iterator[None]:
    """Hold a guard; what was put off meanwhile happens afterwards."""
    guard.acquire()
    try:
        yield
    finally:
        guard.unlock()
        # Either the guard or its queue makes the calls.
        (guard if hasattr(guard, "settle") else guard.deferred).settle()


class VirtualSocket:
    """One core, its events collected from the beginning."""

    def __init__(self, reactor: VirtualReactor, names: Names, socket_type: int, **options: Any) -> None:
        self.reactor = reactor
        self.finished = False
        self.core = SocketCore(
            SocketType(socket_type), seed=1, names=names, reactor=lambda: reactor, done=self._note_done
        )
        for name, value in options.items():
            setattr(self.core.settings, name, value)
            self.core.set_option(getattr(type(self.core.settings), name).number, value)
        self._queue = self.core.watch_events(0xFFFF, 100_000)
        self.seen: list[SocketEvent] = []

    def _note_done(self, core: SocketCore) -> None:
        self.finished = True

    def bind(self, endpoint: str) -> None:
        self.core.bind(endpoint)
        self.reactor.settle()

    def connect(self, endpoint: str) -> None:
        self.core.connect(endpoint)
        self.reactor.settle()

    def send(self, message: Message) -> bool:
        """Queue a message; whether there was room. What gathers leaves with the next ``settle``."""
        with held(self.core.guard):
            return self.core.try_send(message)

    def recv(self) -> Message | None:
        """The next message, if there is one."""
        self.reactor.settle()
        with held(self.core.guard):
            return self.core.try_recv()

    def recv_all(self) -> list[Message]:
        """All messages that are there."""
        found = []
        while (message := self.recv()) is not None:
            found.append(message)
        return found

    def close(self, linger: int | None = None) -> None:
        self.core.close(linger)
        self.reactor.settle()

    @property
    def peers(self) -> int:
        """How many peers are there, handshake done."""
        with held(self.core.guard):
            return self.core.connections()

    @property
    def unsent(self) -> int:
        return sum(self.core.unsent().values())

    def events(self) -> list[SocketEvent]:
        """What happened since the last call."""
        self.reactor.settle()
        found = []
        with held(self.core.guard):
            while (event := self._queue.take()) is not None:
                found.append(event)
        self.seen += found
        return found

    def kinds(self) -> list[str]:
        """The kinds of what happened since the last call."""
        return [event.kind.name or "" for event in self.events()]

    def find(self, kind: Event) -> list[SocketEvent]:
        """Everything of one kind that ever happened here."""
        self.events()
        return [event for event in self.seen if event.kind == kind]

    def error_of(self, attempt: Any, *args: Any) -> int | None:
        """The errno a call raises."""
        try:
            attempt(*args)
        except ZMQError as error:
            return error.errno
        return None
