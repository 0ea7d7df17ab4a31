"""What a connection tells beside messages: values, nothing more."""

from __future__ import annotations

from ..message import Subscription
from .states import Dialect

__all__ = ["Peer", "Ping", "Ready", "Subscription"]


class Peer:
    """Who is at the other end, as far as it said so."""

    __slots__ = ("dialect", "properties", "routing_id", "socket_type")

    def __init__(self, dialect: Dialect, routing_id: bytes, properties: list[tuple[bytes, bytes]]) -> None:
        self.dialect = dialect
        self.routing_id = routing_id
        # The first of repeated properties counts; names compare without regard to case (RFC 37).
        self.properties: dict[str, bytes] = {}
        for name, value in properties:
            self.properties.setdefault(name.decode("latin-1").lower(), value)
        self.socket_type = self.properties.get("socket-type", b"")

    def said(self) -> dict[str, str]:
        """The properties as text, under the names that RFC 37 writes so."""
        return {name.title(): value.decode("latin-1") for name, value in self.properties.items()}


class Ready:
    """The handshake is over; traffic may flow."""

    __slots__ = ("peer",)

    def __init__(self, peer: Peer) -> None:
        self.peer = peer


class Ping:
    """The peer asks to be given up after ``ttl`` ms of silence (0: it asks for nothing)."""

    __slots__ = ("ttl",)

    def __init__(self, ttl: int) -> None:
        self.ttl = ttl
