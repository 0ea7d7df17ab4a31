"""ZMTP 2.0 to 3.1 framing (RFC 37, section 3): many messages per call, in both directions.

This is the hot half of the wire. Two observations carry it. Small messages usually come in runs of
one size, so a run is checked and taken apart a block at a time. And a message of many kilobytes
should be copied as rarely as can be: out, its body goes to the stream as it is; in, its pieces are
kept as they came and joined once. Nothing is allocated on the word of a length that a peer
announced: memory grows with what has really arrived.
"""

from __future__ import annotations

from itertools import chain
from struct import Struct

from ..errors import ProtocolError
from ..message import Subscription

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..message import Item, Part

MORE, LONG, COMMAND = 1, 2, 4

UNLIMITED = 2**63 - 1  # RFC 37: no frame is longer

# The headers of frames of up to 255 bytes: last (or only), and with more to come.
SHORT = [bytes((0, size)) for size in range(256)]
_SHORT_MORE = [bytes((MORE, size)) for size in range(256)]

# A body from here on is handed to the stream as it is. Copying a smaller one into the block that
# leaves with its neighbours is cheaper than one more buffer in the system call.
_BY_REFERENCE = 4096

# A frame that is incomplete and at least this long is gathered in pieces.
_IN_PIECES = 1024

# After a frame of this length it pays to read the next header alone: its body then comes in one
# piece, which nobody has to copy.
_WORTH_ITS_OWN_READ = 32768
_LONG_HEADER = 9

_LENGTH = Struct(">Q")

# Frames of equal size are taken out of a run in blocks of so many.
_BLOCK = 32
_FLAGS_OF_BLOCK = bytes(_BLOCK)
_SIZES_OF_BLOCK = [bytes((size,)) * _BLOCK for size in range(256)]


def header(size: int, flags: int = 0) -> bytes:
    """The header of a frame; its size in one byte where that is enough, else in eight."""
    if size < 256:
        return bytes((flags, size))
    return bytes((flags | LONG,)) + size.to_bytes(8, "big")


def frame(body: Part, flags: int = 0) -> bytes:
    """One whole frame."""
    return header(len(body), flags) + body


def encode_small(item: Item) -> bytes | None:
    """The frames of one small message, alone or behind an empty delimiter; None for any other.

    What ``encode`` gives, without its preparations: a lone message should leave at once.
    """
    if type(item) is bytes:
        return SHORT[len(item)] + item if len(item) < 256 else None
    if type(item) is list and len(item) == 2 and not item[0]:
        body = item[1]
        if type(body) is bytes and len(body) < 256:
            return b"\x01\x00" + SHORT[len(body)] + body
    return None


def encode(items: Sequence[Item], encode_subscription: Callable[[Subscription], bytes]) -> list[Part]:
    """The frames of some messages, as buffers to be written in order.

    ``encode_subscription`` makes the frame of a subscription change: its form is the peer's.
    """
    first = items[0]
    if type(first) is bytes and len(first) < _BY_REFERENCE and set(map(type, items)) == {bytes}:
        # Only single frames: the loops below run in C.
        plain: Sequence[bytes] = items  # type: ignore[assignment]  # as just seen
        sizes = list(map(len, plain))
        longest = max(sizes)
        if longest == min(sizes):
            mark = header(longest)
            return [mark + mark.join(plain)]
        if longest < 256:
            return [b"".join(chain.from_iterable(zip(map(SHORT.__getitem__, sizes), plain)))]
    out: list[Part] = []
    small: list[Part] = []
    for item in items:
        if type(item) is list:
            last = len(item) - 1
            parts: Sequence[Part] = item
        elif type(item) is Subscription:
            small.append(encode_subscription(item))
            continue
        else:
            last = 0
            parts = (item,)  # type: ignore[assignment]  # bytes or memoryview
        for index, part in enumerate(parts):
            size = len(part)
            if size < 256:
                small.append(SHORT[size] if index == last else _SHORT_MORE[size])
                small.append(part)
                continue
            small.append((b"\x02" if index == last else b"\x03") + size.to_bytes(8, "big"))
            if size < _BY_REFERENCE and type(part) is bytes:
                small.append(part)
            else:
                out.append(b"".join(small))
                out.append(part)
                small.clear()
    if small:
        out.append(b"".join(small))
    return out


class Decoder:
    """Bytes into messages. ``feed`` gives bytes, ``decode`` takes messages out.

    A command frame stops ``decode``: it stands in ``trap`` until the connection has dealt with it
    (and set it to None), so that commands and messages keep their order.
    """

    __slots__ = ("_data", "_flags", "_limit", "_parts", "_pieces", "_pos", "error", "missing", "next_read", "trap")

    def __init__(self, max_size: int = -1) -> None:
        self._limit = min(max_size, UNLIMITED) if max_size >= 0 else UNLIMITED
        self._data = b""
        self._pos = 0
        self._parts: list[Part] | None = None  # the earlier frames of an unfinished message
        self._pieces: list[bytes] | None = None  # of one long frame
        self.missing = 0  # bytes that frame still needs
        self.next_read = 0  # bytes worth reading next: exactly so many; 0 for as many as there are
        self._flags = 0
        self.trap: bytes | None = None
        self.error: ProtocolError | None = None  # what ended the decoding, after the last good message

    @property
    def unfinished(self) -> bool:
        """Whether some, but not all, frames of a message are here."""
        return self._parts is not None

    def set_limit(self, max_size: int) -> None:
        """From now on refuse frames of more than ``max_size`` bytes (negative: none)."""
        self._limit = min(max_size, UNLIMITED) if max_size >= 0 else UNLIMITED

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer. Costs nothing until ``decode``."""
        pieces = self._pieces
        if pieces is not None and self.missing:
            missing = self.missing
            if len(data) <= missing:
                pieces.append(data)
                self.missing = self.next_read = missing - len(data)
                if not self.next_read and sum(map(len, pieces)) >= _WORTH_ITS_OWN_READ:
                    self.next_read = _LONG_HEADER
                return
            pieces.append(data[:missing])
            self._data = data
            self._pos = missing
            self.missing = self.next_read = 0
            return
        rest = self._data
        self._data = rest[self._pos :] + data if len(rest) > self._pos else data
        self._pos = 0
        self.next_read = 0

    def push(self, data: bytes, most: int) -> list[Item]:
        """``feed`` and ``decode`` in one. A read that brought just one small message is the common
        case of a dialogue, and answered at once."""
        size = len(data)
        if 2 <= size < 260 and not self._data and self._pieces is None and self._parts is None:
            flags = data[0]
            if flags == 0 and size == data[1] + 2 <= self._limit:
                return [data[2:]]
            if flags == 1 and size > 3 and data[1] == data[2] == 0 and size == data[3] + 4 <= self._limit:
                return [[b"", data[4:]]]
        self.feed(data)
        return self.decode(most)

    def decode(self, most: int) -> list[Item]:
        """Up to ``most`` whole messages, in order. An over-long frame ends it and stands in ``error``."""
        out: list[Item] = []
        if self.trap is not None or self.error is not None or most <= 0:
            return out
        if self._pieces is not None:
            if self.missing:
                return out
            pieces = self._pieces
            body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            self._pieces = None
            if self._flags & COMMAND:
                self.trap = body
                return out
            if self._flags & MORE:
                if self._parts is None:
                    self._parts = []
                self._parts.append(body)
            elif self._parts is None:
                out.append(body)
            else:
                self._parts.append(body)
                out.append(self._parts)
                self._parts = None

        data = self._data
        pos = self._pos
        end = len(data)
        parts = self._parts
        limit = self._limit
        length_at = _LENGTH.unpack_from
        append = out.append
        room = most - len(out)
        retry = 0  # frames to go before the next look for a run
        while room > 0:
            start = pos + 2
            if start > end:
                break
            flags = data[pos]
            if flags & LONG:
                start = pos + 9
                if start > end:
                    break
                size = length_at(data, pos + 1)[0]
            else:
                size = data[pos + 1]
            if size > limit:
                self.error = ProtocolError(f"a frame of {size} bytes exceeds the limit of {limit}")
                break
            stop = start + size
            if stop > end:
                if size >= _IN_PIECES:
                    self._pieces = [data[start:]] if start < end else []
                    self.missing = stop - end
                    self._flags = flags
                    if size >= _WORTH_ITS_OWN_READ:
                        self.next_read = self.missing
                    pos = end
                break
            body = data[start:stop]
            pos = stop
            if flags & (COMMAND | MORE) or parts is not None:
                if flags & COMMAND:
                    self.trap = body
                    break
                if parts is None:
                    parts = [body]
                    continue
                parts.append(body)
                if not flags & MORE:
                    append(parts)
                    parts = None
                    room -= 1
                continue
            append(body)
            room -= 1
            if flags == 0 and room >= _BLOCK:
                if retry:
                    retry -= 1
                    continue
                taken = self._run(data, pos, end, size, room, out)
                pos += taken * (size + 2)
                room -= taken
                if not taken:
                    retry = _BLOCK
        self._parts = parts
        if pos >= end:
            self._data = b""
            self._pos = 0
        else:
            self._data = data
            self._pos = pos
        return out

    def _run(self, data: bytes, pos: int, end: int, size: int, room: int, out: list[Item]) -> int:
        """Take blocks of frames that look just like the last one; returns how many frames."""
        stride = size + 2
        step = stride * _BLOCK
        if pos + step > end:
            return 0
        sizes = _SIZES_OF_BLOCK[size]
        unpack = _block_of(size).unpack_from
        taken = 0
        while pos + step <= end and taken + _BLOCK <= room:
            stop = pos + step
            if data[pos:stop:stride] != _FLAGS_OF_BLOCK or data[pos + 1 : stop : stride] != sizes:
                break
            out.extend(unpack(data, pos))
            taken += _BLOCK
            pos = stop
        return taken


_blocks: dict[int, Struct] = {}


def _block_of(size: int) -> Struct:
    block = _blocks.get(size)
    if block is None:
        block = _blocks[size] = Struct(f"2x{size}s" * _BLOCK)
    return block
