"""A peer that speaks no ZMTP: its bytes are the messages (zmq_socket, ZMQ_STREAM).

``RawConnection`` and ``RawDecoder`` have the faces of ``connection.Connection`` and ``frames.Decoder``, so that
a session and its pump serve raw bytes as they serve any peer. There is no greeting and no handshake: traffic
flows from the first byte, and nothing is ever sent that the application did not send.
"""

from __future__ import annotations

from .events import Peer, Ready
from .states import Dialect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..errors import ProtocolError
    from ..message import Item, Part
    from .events import Notice

# Chunks that together have fewer bytes leave in one piece: copying them costs less than a buffer each.
_TOGETHER = 65536


class RawDecoder:
    """Bytes into messages of at most ``chunk`` bytes: as many as there are, at once."""

    __slots__ = ("_chunk", "_data", "_pos")

    next_read = 0
    trap: bytes | None = None
    error: ProtocolError | None = None

    def __init__(self, chunk: int) -> None:
        self._chunk = chunk
        self._data = b""
        self._pos = 0

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer."""
        rest = self._data
        self._data = rest[self._pos :] + data if len(rest) > self._pos else data
        self._pos = 0

    def push(self, data: bytes, most: int) -> list[Item]:
        """``feed`` and ``decode`` in one."""
        if len(data) <= self._chunk and not self._data:
            return [data]
        self.feed(data)
        return self.decode(most)

    def decode(self, most: int) -> list[Item]:
        """Up to ``most`` messages, in order."""
        data, pos, chunk = self._data, self._pos, self._chunk
        end = min(len(data), pos + max(most, 0) * chunk)
        out: list[Item] = [data[at : at + chunk] for at in range(pos, end, chunk)]
        if end < len(data):
            self._pos = end
        else:
            self._data = b""
            self._pos = 0
        return out


class RawConnection:
    """One peer, from its first byte to its last."""

    shakes_hands = False
    has_commands = False
    dialect = Dialect.RAW
    mechanism = ""
    sealed = False

    def __init__(self, chunk: int) -> None:
        """``chunk``: bytes of the longest message delivered."""
        self.peer: Peer | None = Peer(Dialect.RAW, b"", [])
        self.output: list[bytes] = []
        self.events: list[Notice] = [Ready(self.peer)]
        self.decoder = RawDecoder(chunk)
        self.encode_small = _encode_small

    def take_output(self) -> bytes:
        """The protocol has nothing to say."""
        return b""

    def take_events(self) -> list[Notice]:
        """What there is to know: in the beginning, that traffic may flow."""
        events, self.events = self.events, []
        return events

    def ping(self, ttl_ms: int) -> None:
        """The peer would not know what that is."""

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer."""
        self.decoder.feed(data)

    def take(self, most: int) -> list[Item]:
        """Up to ``most`` messages, in order."""
        return self.decoder.decode(most)

    def sort(self, items: list[Item], most: int) -> list[Item]:
        """There is nothing between the messages."""
        return items

    def encode(self, items: Sequence[Item]) -> list[Part]:
        """The bytes of messages, as buffers to be written in order."""
        parts: list[Part] = []
        for item in items:
            # An empty message opens a connection where PROBE_ROUTER is set; here it is nothing.
            parts += item if type(item) is list else [item]  # type: ignore[list-item]  # subscriptions do not come here
        if sum(map(len, parts)) < _TOGETHER:
            return [b"".join(parts)]
        return parts


def _encode_small(item: Item) -> bytes | None:
    return item if type(item) is bytes else None
