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

    __slots__ = ("_properties", "dialect", "routing_id", "socket_type")

    def __init__(self, dialect: Dialect, routing_id: bytes, properties: list[tuple[bytes, bytes]]) -> None:
        self.dialect = dialect
        self.routing_id = routing_id
        self._properties = properties  # as they came: a dict of them would be as large as the rest of an idle peer
        self.socket_type = self.properties.get("socket-type", b"")

    @property
    def properties(self) -> dict[str, bytes]:
        """What the peer said, by names in lower case: they compare without regard to it, and the first of repeated
        ones counts (RFC 37)."""
        return {name.decode("latin-1").lower(): value for name, value in reversed(self._properties)}

    def said(self) -> dict[str, str]:
        """The properties as text, under the names that the peer or RFC 37 gave them."""
        said: dict[str, str] = {}
        for name, value in self._properties:
            text = name.decode("latin-1")
            said.setdefault(_CANONICAL.get(text.lower(), text), text_of(value))
        return said


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
