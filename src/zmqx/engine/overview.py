"""A socket, seen at one moment: the values of ``stats`` and ``peers`` put together. Both take the guard."""

from __future__ import annotations

import time

from ..accounts import Drop, Peer, SocketStats
from ..constants import Event
from ..pipes.sizes import queued_bytes
from .listener import Listener
from .monitor import SocketEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..pipes.pipe import Pipe
    from ..routing.base import Routing
    from .ledger import Ledger
    from .ports import Ports
    from .reactor import Guard
    from .session import Session


class Overview:
    """See the module."""

    __slots__ = ("_guard", "_ledger", "_ports", "_routing")

    def __init__(self, guard: Guard, ports: Ports, routing: Routing, ledger: Ledger) -> None:
        self._guard = guard
        self._ports = ports
        self._routing = routing
        self._ledger = ledger

    def peer_state(self, routing_id: bytes) -> int:
        """POLLOUT if there is room for a message to this peer, else 0; EHOSTUNREACH if there is none of the id."""
        with self._guard.deferred, self._guard:
            return self._routing.peer_state(routing_id)

    def stats(self) -> SocketStats:
        """Everything counted since the socket was made. Also of one that is closed."""
        with self._guard.deferred, self._guard:
            ledger = self._ledger
            # One that has ended counts here until its account is closed.
            pumps = [session.flow for session in self._ports.sessions if session.up]
            pipes = list(self._ports.pipes)
            drops = dict(self._routing.drops)
            replaced = sum([pipe.replaced() for pipe in pipes])
            if replaced:
                drops[Drop.REPLACED] = drops.get(Drop.REPLACED, 0) + replaced
            unread, unread_bytes = self._routing.unread(pipes)
            sending = self._sending(pipes)
            for pipe in sending:
                if pipe.spill is not None:
                    pipe.spill()
            outboxes = [pipe.outbox for pipe in sending]
            return SocketStats(
                messages_in=ledger.messages_in + sum([pump.messages_in for pump in pumps]),
                messages_out=ledger.messages_out + sum([pump.messages_written for pump in pumps]),
                bytes_in=ledger.bytes_in + sum([pump.bytes_in for pump in pumps]),
                bytes_out=ledger.bytes_out + sum([pump.bytes_written for pump in pumps]),
                queued_in=unread,
                queued_out=sum(map(len, outboxes)) + sum([pump.unfinished + len(pump.unbegun) for pump in pumps]),
                queued_bytes_in=unread_bytes,
                queued_bytes_out=sum(map(queued_bytes, outboxes)) + sum([pump.unsent_bytes for pump in pumps]),
                dropped=drops,
                filtered=self._routing.filtered,
                connections=len(self._ports.pipes.ready),
                connections_ever=ledger.connections_ever,
                reconnects=ledger.reconnects,
                handshake_failures=ledger.handshake_failures,
                refused=ledger.refused,
            )

    def peers(self) -> list[Peer]:
        """Everybody who is there, handshake done."""
        with self._guard.deferred, self._guard:
            served = {session.pipe: session for session in self._served()}
            return [self._peer(pipe, served.get(pipe)) for pipe in self._ports.pipes.ready]

    def _sending(self, pipes: list[Pipe]) -> list[Pipe]:
        """These pipes and those of endpoints that were given up and linger. Over inproc what is on its way waits at the
        receiver already."""
        ports = self._ports
        lingering = [port.pipe for port in (*ports.dialers, *ports.sessions)]
        return [pipe for pipe in dict.fromkeys([*pipes, *lingering]) if pipe is not None and pipe.peer is None]

    def _served(self) -> list[Session]:
        return [session for session in self._ports.sessions if session.up and session.ended is None]

    def report_pipes(self) -> list[SocketEvent]:
        """How much waits in each pipe (PIPES_STATS). To be called under the guard."""
        ports = self._ports
        ends = {port.pipe: ("", port.endpoint) for port in ports.connected}
        ends.update({session.pipe: session.ends() for session in ports.sessions})
        unsent = {session.pipe: session.unsent() for session in ports.sessions}
        events = []
        for pipe in ports.pipes:
            local, remote = ends.get(pipe, ("", ""))
            queued = (unsent.get(pipe, len(pipe.outbox)), len(pipe.inbox))
            events.append(SocketEvent(Event.PIPES_STATS, remote, values=queued, local=local, remote=remote))
        return events

    def unsent(self) -> dict[str, int]:
        """Messages that have not left, by endpoint. Under the guard, which is not taken anew: leaving it a second
        time would make deferred calls, and those take the guards of others."""
        counts: dict[str, int] = {}
        for dialer in self._ports.dialers:
            counts[dialer.endpoint] = counts.get(dialer.endpoint, 0) + dialer.unsent()
        for session in self._ports.sessions:
            if isinstance(session.origin, Listener):
                counts[session.endpoint] = counts.get(session.endpoint, 0) + session.unsent()
        return {endpoint: count for endpoint, count in counts.items() if count}

    def _peer(self, pipe: Pipe, session: Session | None) -> Peer:
        if pipe.spill is not None:
            pipe.spill()
        known: dict[str, Any] = {
            "routing_id": pipe.peer_id or pipe.peer_name,
            "socket_type": pipe.properties.get("Socket-Type", ""),
            "user_id": pipe.properties.get("User-Id", ""),
            "queued_in": len(pipe.inbox),
            "queued_out": len(pipe.outbox),
            "queued_bytes_in": queued_bytes(pipe.inbox),
            "queued_bytes_out": queued_bytes(pipe.outbox),
            "dropped": pipe.dropped(),
            "connected_since": self._as_time(pipe.since),
            "_end": self._ender(pipe, session),
        }
        if session is None:
            return Peer(
                **known
                | {
                    "address": pipe.endpoint,
                    "endpoint": pipe.endpoint,
                    "socket_type": pipe.peer_type,
                    "mechanism": "",
                    "version": "udp" if pipe.unasked else "inproc",
                    "messages_in": 0,
                    "messages_out": 0,
                    "bytes_in": 0,
                    "bytes_out": 0,
                    "last_seen": None,
                }
            )
        pump = session.flow
        known["queued_out"] += pump.unfinished
        known["queued_bytes_out"] += pump.unsent_bytes
        return Peer(
            **known,
            address=session.remote,
            endpoint=session.endpoint,
            mechanism=session.mechanism,
            version=session.peer.dialect.value,
            messages_in=pump.messages_in,
            messages_out=pump.messages_written,
            bytes_in=pump.bytes_in,
            bytes_out=pump.bytes_written,
            last_seen=self._as_time(session.heard_at),
        )

    def _as_time(self, at: float) -> float:
        return time.time() - (self._ledger.now() - at)

    def _ender(self, pipe: Pipe, session: Session | None) -> Callable[[], None]:
        def end() -> None:
            with self._guard.deferred, self._guard:
                # The pipe of a dialer outlives its connections.
                if not pipe.ended and (session is None or session.ended is None):
                    pipe.refuse("disconnected by the application")

        return end
