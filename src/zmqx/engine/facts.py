"""What others may know of a session. Under the core's guard."""

from __future__ import annotations

from .gate import describe
from .monitor import SocketEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..constants import Event
    from ..pipes.pipe import Pipe
    from ..transports.base import Stream
    from ..wire.events import Peer
    from .gate import Gate
    from .pump import Pump
    from .speaking import Speech
    from .surroundings import Surroundings
    from .writer import Writer


class Facts:
    """The readable half of a session; ``session`` has the half that acts."""

    __slots__ = ("_around", "_connection", "_gate", "_pump", "_short", "_stream", "_writer", "endpoint")

    _around: Surroundings
    _connection: Speech
    _gate: Gate | None
    _pump: Pump
    _short: Any  # the short way to the peer, once there was one
    _stream: Stream
    _writer: Writer
    endpoint: str

    @property
    def pipe(self) -> Pipe | None:
        return self._pump.pipe

    @property
    def remote(self) -> str:
        """The address of the peer, as the system has it."""
        return self._stream.remote

    @property
    def peer(self) -> Peer:
        """Who is there. Only once the session is up."""
        assert self._connection.peer is not None
        return self._connection.peer

    @property
    def mechanism(self) -> str:
        """The security mechanism of this connection."""
        return self._connection.mechanism

    @property
    def heard_at(self) -> float:
        """When something was read last."""
        return self.flow.heard_at

    @property
    def flow(self) -> Pump:
        """Its counters are for everybody to read."""
        if self._short is not None:
            self._short.settle()
        return self._pump

    def properties(self) -> dict[str, str]:
        """What the peer and its transport said of it, for the application to read."""
        verdict = self._gate.verdict if self._gate is not None else None
        return describe(self.peer, self._stream.said(), verdict)

    def ends(self) -> tuple[str, str]:
        """The names of both ends: an accepted connection has the address of its peer, a dialed one what we dialed."""
        stream = self._stream
        return stream.local, stream.remote if stream.local == self.endpoint else self.endpoint

    def event(self, kind: Event, value: int, reason: str) -> SocketEvent:
        """Something that happened here."""
        local, remote = self.ends()
        told = (kind, self.endpoint, value, reason, self._stream.remote)
        return SocketEvent(*told, local=local, remote=remote)

    def shorten(self, make: Callable[..., Any]) -> Any:
        """The short way to the peer, made of what it goes by; None where there is none."""
        way, reactor = self._pump.way(), self._around.reactor
        if way is None or reactor.lines is None:
            return None
        self._short = make(self._pump, self, self._writer.left_over, reactor, *way)
        return self._short

    def unsent(self) -> int:
        """How many messages have not left, or not wholly."""
        pipe = self._pump.pipe
        if pipe is not None and pipe.spill is not None:
            pipe.spill()
        return (len(pipe.outbox) if pipe is not None else 0) + self._pump.unfinished
