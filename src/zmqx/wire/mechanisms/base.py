"""What a mechanism is to a connection.

A mechanism is handed command bodies and answers with command bodies; it never sees a byte of
framing. All calls come from the connection, one at a time, and return at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ...errors import ProtocolError
from ..commands import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...message import Part

Properties = list[tuple[bytes, bytes]]


class Channel(ABC):
    """Traffic of a mechanism that seals every frame. A sealed frame is a number of its own: what is sealed
    has to be sent, in this order, and once."""

    @abstractmethod
    def seal(self, flags: int, data: Part) -> bytes:
        """The body that carries these flags and this data."""

    @abstractmethod
    def open(self, body: bytes) -> bytes:
        """What a peer's body carries: a byte of flags, then the data. ProtocolError if it is forged, cut,
        repeated or out of order."""


class Mechanism(ABC):
    """The handshake of one connection. ``name`` is what the greeting announces."""

    name: bytes
    as_server = False

    #: The peer's properties once the handshake is over; None until then.
    peer_properties: Properties | None = None

    #: The peer's credentials while somebody else has to decide whether it may come in: the handshake then
    #: goes on with ``admit`` or ``refuse``, and nothing is to be received before. None otherwise.
    question: tuple[bytes, ...] | None = None

    #: What seals the traffic, once the handshake is over; None if it travels as it is.
    channel: Channel | None = None

    _refused = False

    @abstractmethod
    def start(self) -> Sequence[bytes]:
        """The commands to send first, once both greetings are complete. Called once."""

    @abstractmethod
    def receive(self, body: bytes) -> Sequence[bytes]:
        """Take one command of the peer; returns the commands to answer with.

        Sets ``peer_properties`` when that was the last one. Raises ProtocolError if the command
        does not belong here; the connection is then over.
        """

    def admit(self) -> Sequence[bytes]:
        """The peer in question may come in; returns the commands that tell it so."""
        self.question = None
        return ()

    def refuse(self, status: int) -> Sequence[bytes]:
        """The peer in question may not come in; returns the commands that tell it so, if it is to know."""
        self.question = None
        self._refused = True
        # RFC 27: 300 is a trouble of ours that may pass. libzmq says nothing then, and the peer tries again.
        return () if status == 300 else (command(b"ERROR", b"\x03%d" % status),)

    def _check_refused(self) -> None:
        """A peer that was refused has nothing more to say."""
        if self._refused:
            raise ProtocolError("the peer goes on after it was refused")


def unexpected(name: bytes, due: str) -> ProtocolError:
    """The fault of a command that comes at the wrong time."""
    said = name[:32].decode("latin-1") or "a malformed command"
    return ProtocolError(f"{said} where {due} is due", ProtocolError.UNEXPECTED_COMMAND)
