"""ZMTP 1.0 framing (RFC 13): what libzmq 2.x and its contemporaries speak.

``length(1) flags(1) body``, the length counting the flags; 0xFF and eight bytes for long frames.
Nothing here is hot.
"""

from __future__ import annotations

from ..errors import ProtocolError
from ..message import Subscription
from .frames import MORE, UNLIMITED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..message import Item, Part


def frame(body: Part, flags: int = 0) -> bytes:
    """One whole ZMTP 1.0 frame."""
    size = len(body) + 1
    length = bytes((size,)) if size < 255 else b"\xff" + size.to_bytes(8, "big")
    return length + bytes((flags,)) + body


def encode_small(item: Item) -> bytes | None:
    """Nothing is hot here: ``encode`` does it all."""
    return None


def encode(items: Sequence[Item], encode_subscription: Callable[[Subscription], bytes]) -> list[Part]:
    """The frames of some messages, as buffers to be written in order."""
    out = []
    for item in items:
        if isinstance(item, Subscription):
            out.append(encode_subscription(item))
            continue
        parts: list[Part] = item if isinstance(item, list) else [item]
        out += [frame(part, MORE) for part in parts[:-1]]
        out.append(frame(parts[-1]))
    return [b"".join(out)]


class LegacyDecoder:
    """ZMTP 1.0 bytes into messages; the interface of ``frames.Decoder``."""

    __slots__ = ("_data", "_limit", "_parts", "error", "trap")

    next_read = 0

    def __init__(self, max_size: int = -1) -> None:
        self._limit = UNLIMITED if max_size < 0 else max_size
        self._data = bytearray()
        self._parts: list[Part] = []
        self.trap: bytes | None = None  # ZMTP 1.0 has no commands: always None
        self.error: ProtocolError | None = None

    @property
    def unfinished(self) -> bool:
        """Whether some, but not all, frames of a message are here."""
        return bool(self._parts)

    def set_limit(self, max_size: int) -> None:
        """From now on refuse frames of more than ``max_size`` bytes (negative: none)."""
        self._limit = UNLIMITED if max_size < 0 else max_size

    def feed(self, data: bytes) -> None:
        self._data += data

    def push(self, data: bytes, most: int) -> list[Item]:
        """``feed`` and ``decode`` in one."""
        self.feed(data)
        return self.decode(most)

    def decode(self, most: int) -> list[Item]:
        """Up to ``most`` whole messages, in order. A bad length ends it and stands in ``error``."""
        out: list[Item] = []
        data = self._data
        pos = 0
        while len(out) < most and pos < len(data) and self.error is None:
            start = pos + 1
            length = data[pos]
            if length == 0xFF:
                start = pos + 9
                if start > len(data):
                    break
                length = int.from_bytes(data[pos + 1 : start], "big")
            if length == 0:
                self.error = ProtocolError("a ZMTP 1.0 frame of length 0")
                break
            if length - 1 > self._limit:
                self.error = ProtocolError(f"a frame of {length - 1} bytes exceeds the limit of {self._limit}")
                break
            stop = start + length
            if stop > len(data):
                break
            self._parts.append(bytes(data[start + 1 : stop]))
            if not data[start] & MORE:
                out.append(self._parts[0] if len(self._parts) == 1 else self._parts)
                self._parts = []
            pos = stop
        del data[:pos]
        return out
