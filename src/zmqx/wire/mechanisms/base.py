"""What a mechanism is to a connection.

A mechanism is handed command bodies and answers with command bodies; it never sees a byte of
framing. All calls come from the connection, one at a time, and return at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

Properties = list[tuple[bytes, bytes]]


class Mechanism(ABC):
    """The handshake of one connection. ``name`` is what the greeting announces."""

    name: bytes
    as_server = False

    #: The peer's properties once the handshake is over; None until then.
    peer_properties: Properties | None = None

    @abstractmethod
    def start(self) -> Sequence[bytes]:
        """The commands to send first, once both greetings are complete. Called once."""

    @abstractmethod
    def receive(self, body: bytes) -> Sequence[bytes]:
        """Take one command of the peer; returns the commands to answer with.

        Sets ``peer_properties`` when that was the last one. Raises ProtocolError if the command
        does not belong here; the connection is then over.
        """
