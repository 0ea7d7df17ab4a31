"""Traffic in which every frame is sealed (CURVE, RFC 26): the interface of ``frames``, on top of it.

The frames of the wire are messages of one frame each; MORE and COMMAND are inside, in a byte of flags. A
limit on size is checked before anything is opened.
"""

from __future__ import annotations

from collections import deque

from ..errors import ProtocolError
from ..message import Subscription
from .frames import MORE, frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..message import Item, Part
    from .codec import Decoder
    from .mechanisms.base import Channel

# Of the byte of flags that is sealed in; MORE is 1 there as well.
_COMMAND = 2

# What a lone message may have to leave without the preparations of ``encode``.
_SMALL = 4096

# Frames of the wire that are taken out of the bytes at a time.
_AT_ONCE = 64


class SealingEncoder:
    """Messages into sealed frames. What it returns has to be sent, in order, and once."""

    def __init__(self, channel: Channel) -> None:
        self._seal = channel.seal

    def command(self, body: bytes) -> bytes:
        """The frame of a command."""
        return frame(self._seal(_COMMAND, body))

    def message(self, body: bytes) -> bytes:
        """The frame of a message of one frame."""
        return frame(self._seal(0, body))

    def encode_small(self, item: Item) -> bytes | None:
        """The frame of one small message of one frame; None for any other."""
        if type(item) is bytes and len(item) < _SMALL:
            return frame(self._seal(0, item))
        return None

    def encode(self, items: Sequence[Item], encode_subscription: Callable[[Subscription], bytes]) -> list[Part]:
        """The frames of some messages, as buffers to be written in order."""
        out: list[Part] = []
        seal = self._seal
        for item in items:
            if isinstance(item, Subscription):
                out.append(encode_subscription(item))
            elif isinstance(item, list):
                out += [frame(seal(MORE, part)) for part in item[:-1]]
                out.append(frame(seal(0, item[-1])))
            else:
                out.append(frame(seal(0, item)))
        return [b"".join(out)]


class SealedDecoder:
    """Sealed frames into messages; the interface of ``frames.Decoder``."""

    __slots__ = ("_frames", "_open", "_parts", "_waiting", "error", "trap")

    def __init__(self, channel: Channel, frames: Decoder) -> None:
        """``frames`` is what has taken the peer's bytes so far."""
        self._open = channel.open
        self._frames = frames
        # Taken out of the bytes, and not opened yet; an error stands where it has to be raised.
        self._waiting: deque[bytes | ProtocolError] = deque()
        self._parts: list[Part] | None = None
        self.trap: bytes | None = None
        self.error: ProtocolError | None = None

    @property
    def next_read(self) -> int:
        return self._frames.next_read

    @property
    def unfinished(self) -> bool:
        """Whether some, but not all, frames of a message are here."""
        return self._parts is not None

    def set_limit(self, max_size: int) -> None:
        """From now on refuse sealed frames of more than ``max_size`` bytes (negative: none)."""
        self._frames.set_limit(max_size)

    def feed(self, data: bytes) -> None:
        self._frames.feed(data)

    def push(self, data: bytes, most: int) -> list[Item]:
        """``feed`` and ``decode`` in one."""
        self._frames.feed(data)
        return self.decode(most)

    def decode(self, most: int) -> list[Item]:
        """Up to ``most`` whole messages, in order. A command stops it, an error ends it, as in ``Decoder``."""
        out: list[Item] = []
        waiting = self._waiting
        while len(out) < most and self.trap is None and self.error is None:
            if not waiting:
                self._take_frames()
                if not waiting:
                    break
            sealed = waiting.popleft()
            try:
                if isinstance(sealed, ProtocolError):
                    raise sealed
                plain = self._open(sealed)
            except ProtocolError as error:
                self.error = error
                break
            flags, data = plain[0], plain[1:]
            if flags & _COMMAND:
                self.trap = data
            elif flags & MORE:
                if self._parts is None:
                    self._parts = []
                self._parts.append(data)
            elif self._parts is None:
                out.append(data)
            else:
                self._parts.append(data)
                out.append(self._parts)
                self._parts = None
        return out

    def _take_frames(self) -> None:
        """Take some frames out of the bytes, and what is wrong with the next one if that has to be said."""
        frames = self._frames
        waiting = self._waiting
        for body in frames.decode(_AT_ONCE):
            waiting.append(body if type(body) is bytes else _more_outside())
        if frames.trap is not None:
            # RFC 26 has sealed frames in command frames; libzmq sends messages, and so do we.
            waiting.append(frames.trap)
            frames.trap = None
        if frames.unfinished:
            waiting.append(_more_outside())
        elif frames.error is not None:
            waiting.append(frames.error)


def _more_outside() -> ProtocolError:
    return ProtocolError("MORE outside of what is sealed", ProtocolError.MALFORMED_MESSAGE)
