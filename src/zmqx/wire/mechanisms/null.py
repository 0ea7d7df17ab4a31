"""NULL: no authentication, no confidentiality (RFC 37, section 3.5). READY both ways, nothing else.

Both sides send READY as soon as the greetings are complete; neither waits for the other. A side that
has a ZAP domain asks first (RFC 27): all that is known of the peer then is its address.
"""

from __future__ import annotations

from ..commands import parse_metadata, ready, refusal, split
from .base import Mechanism, unexpected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .base import Properties


class NullMechanism(Mechanism):
    """The NULL handshake of one connection."""

    name = b"NULL"

    def __init__(self, properties: Properties, asks: bool = False) -> None:
        """``asks``: whether somebody else decides who may come in."""
        self._properties = properties
        self._asks = asks

    def start(self) -> Sequence[bytes]:
        if self._asks:
            self.question = ()
            return ()
        return (ready(self._properties),)

    def admit(self) -> Sequence[bytes]:
        super().admit()
        return (ready(self._properties),)

    def receive(self, body: bytes) -> Sequence[bytes]:
        if self._refused:
            return ()  # it may have said READY before it knew
        name, data = split(body)
        if name == b"READY":
            self.peer_properties = parse_metadata(data)
            return ()
        if name == b"ERROR":
            raise refusal(data)
        raise unexpected(name, "READY")
