"""What a connection tells beside messages: values, nothing more."""

from __future__ import annotations

from ..message import Subscription
from .commands import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .states import Dialect

__all__ = ["Asked", "Notice", "Peer", "Ping", "Ready", "Subscription"]


# However a peer spells what the RFC defines, an application finds it under one name.
_CANONICAL = {name.lower(): name for name in ("Socket-Type", "Identity", "Resource")}


class Peer:
    """Who is at the other end, as far as it said so."""

    __slots__ = ("_said", "dialect", "properties", "routing_id", "socket_type")

    def __init__(self, dialect: Dialect, routing_id: bytes, properties: list[tuple[bytes, bytes]]) -> None:
        self.dialect = dialect
        self.routing_id = routing_id
        # The first of repeated properties counts; names compare without regard to case (RFC 37).
        self.properties: dict[str, bytes] = {}
        self._said: dict[str, bytes] = {}
        for name, value in properties:
            text = name.decode("latin-1")
            self.properties.setdefault(text.lower(), value)
            self._said.setdefault(_CANONICAL.get(text.lower(), text), value)
        self.socket_type = self.properties.get("socket-type", b"")

    def said(self) -> dict[str, str]:
        """The properties as text, under the names that the peer or RFC 37 gave them."""
        return {name: text_of(value) for name, value in self._said.items()}


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


class Asked:
    """Somebody has to decide whether the peer may come in: ``Connection.admit`` or ``refuse``."""

    __slots__ = ("credentials",)

    def __init__(self, credentials: tuple[bytes, ...]) -> None:
        self.credentials = credentials


Notice = Ready | Ping | Asked
