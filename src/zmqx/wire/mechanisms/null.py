"""NULL: no authentication, no confidentiality (RFC 37, section 3.5). READY both ways, nothing else.

Both sides send READY as soon as the greetings are complete; neither waits for the other.
"""

from __future__ import annotations

from ...errors import ProtocolError
from ..commands import parse_metadata, ready, refusal, split
from .base import Mechanism, Properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class NullMechanism(Mechanism):
    """The NULL handshake of one connection."""

    name = b"NULL"

    def __init__(self, properties: Properties) -> None:
        self._properties = properties

    def start(self) -> Sequence[bytes]:
        return (ready(self._properties),)

    def receive(self, body: bytes) -> Sequence[bytes]:
        name, data = split(body)
        if name == b"READY":
            self.peer_properties = parse_metadata(data)
            return ()
        if name == b"ERROR":
            raise refusal(data)
        raise ProtocolError(
            f"{name.decode('latin-1') or 'a malformed command'} where READY is due", ProtocolError.UNEXPECTED_COMMAND
        )
