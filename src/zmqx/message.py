"""Messages, as they travel between the rooms, and the objects that show them to a caller.

Inside, a message of one frame is that frame's bytes, and a message of several is a list of them:
the common case has no wrapper to make or to look into. ``memoryview`` stands where ``bytes`` does
when the caller lent a buffer (``copy=False``). A subscription change is a value of its own.
"""

from __future__ import annotations

import sys
import weakref
from threading import TIMEOUT_MAX, Event
from time import monotonic

from .constants import MessageOption
from .errors import EINVAL, NotDone, zmq_error
from .times import time_to_wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

Part = bytes | memoryview
Message = bytes | memoryview | list[Part]

# Bytes of the longest group of RADIO and DISH (RFC 48).
GROUP_LIMIT = 255

# Bytes of a datagram, as libzmq peers take it: they cut off the rest of a longer one.
DATAGRAM_LIMIT = 8192


class Subscription:
    """A topic taken (``on``) or given up by a subscriber (ZMTP SUBSCRIBE and CANCEL), or a group (JOIN and LEAVE)."""

    __slots__ = ("on", "topic")

    def __init__(self, topic: bytes, on: bool) -> None:
        self.topic = topic
        self.on = on

    def as_message(self) -> bytes:
        """The older form, one message of a byte and the topic (ZMTP 3.0 and before; XPUB's recv)."""
        return (b"\x01" if self.on else b"\x00") + self.topic

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Subscription):
            return NotImplemented
        return self.topic == other.topic and self.on == other.on

    def __hash__(self) -> int:
        return hash((self.topic, self.on))

    def __repr__(self) -> str:
        return f"Subscription({self.topic!r}, on={self.on})"


class Labelled:
    """A message of one frame with what it is sent or received by: a group, or its peer's routing id (0: none).

    Only types that route by these give or take one; what travels in their pipes is the content.
    """

    __slots__ = ("group", "part", "routing_id")

    def __init__(self, part: Part, group: bytes = b"", routing_id: int = 0) -> None:
        self.part = part
        self.group = group
        self.routing_id = routing_id

    def __bytes__(self) -> bytes:
        return bytes(self.part)

    def __len__(self) -> int:
        return len(self.part)

    def __repr__(self) -> str:
        return f"Labelled({bytes(self.part)!r}, group={self.group!r}, routing_id={self.routing_id})"


# What a pipe carries.
Item = bytes | memoryview | list[Part] | Subscription


_bytes = bytes  # the type, where the attribute of a Frame has its name


# Seconds. In a free-threaded build, what another thread lets go of last is only gone when the thread that made it looks
# again; a thread that sleeps does not.
_LOOK = 0.01 if "free-threading" in sys.version else None


class MessageTracker:
    """Tells when the buffers of a message sent with ``copy=False, track=True`` are free again."""

    def __init__(self, *views: memoryview) -> None:
        self._left = [None] * len(views)  # taken from by whichever threads let go of the views, at once perhaps
        self._free = Event()
        if not views:
            self._free.set()
        # The queue and the stream hold the very view they were given until its last byte is with
        # the kernel, so the end of the view is the end of our need for the buffer.
        self._refs = [weakref.ref(view, self._released) for view in views]

    def _released(self, ref: object) -> None:
        self._left.pop()
        if not self._left:
            self._free.set()

    @property
    def done(self) -> bool:
        """Whether the buffers may be changed now."""
        return self._free.is_set()

    def wait(self, timeout: float | None = -1) -> None:
        """Wait until the buffers are free.

        ``timeout`` is in seconds, as in pyzmq; negative or None waits for ever. Raises ``NotDone``
        when the time is up.
        """
        wait = time_to_wait(timeout)
        left = None if wait < 0 else min(wait, TIMEOUT_MAX)
        deadline = 0.0 if left is None else monotonic() + left
        while not self._free.wait(left if _LOOK is None or (left is not None and left < _LOOK) else _LOOK):
            if left is not None:
                left = max(0.0, deadline - monotonic())
                if not left:
                    raise NotDone("the message has not been sent yet")


class Frame:
    """One frame of a message: what ``recv(copy=False)`` returns and ``send`` takes as well."""

    __slots__ = ("_data", "_group", "_routing_id", "more", "properties", "tracker")

    def __init__(
        self,
        data: Any = b"",
        track: bool = False,
        *,
        more: bool = False,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(data, str):
            raise TypeError("a Frame takes bytes; encode the text first")
        self._group = b""
        self._routing_id = 0
        if type(data) is Labelled:
            self._group, self._routing_id, data = data.group, data.routing_id, data.part
        self._data: Part = data if type(data) is _bytes and not track else memoryview(data).cast("B")
        self.more = more
        self.properties: Mapping[str, str] = properties or {}
        self.tracker = MessageTracker(self._data) if isinstance(self._data, memoryview) and track else None

    @property
    def bytes(self) -> _bytes:
        """The content as bytes."""
        return self._data if type(self._data) is _bytes else _bytes(self._data)

    @property
    def buffer(self) -> memoryview:
        """The content as a read-only view, without a copy where possible."""
        return memoryview(self._data).toreadonly()

    @property
    def part(self) -> Part:
        """The content as the sockets carry it."""
        return self._data

    @property
    def group(self) -> str:
        """The group it was sent to, or is to be sent to (DISH, RADIO); "" is one as well.

        Set it to text of at most 255 bytes without a NUL, or EINVAL. (RFC 48)
        """
        return self._group.decode(errors="surrogateescape")

    @group.setter
    def group(self, group: str | _bytes) -> None:
        self._group = as_group(group)

    @property
    def routing_id(self) -> int:
        """The peer it came from, or is to be sent to (SERVER, PEER); 0 for none.

        Set it to 1..2**32-1, or EINVAL. (RFC 41)
        """
        return self._routing_id

    @routing_id.setter
    def routing_id(self, routing_id: int) -> None:
        self._routing_id = as_routing_id(routing_id)

    def get(self, option: int | str) -> int | str:
        """MORE; SRCFD, the descriptor it was received by (-1: none); SHARED, 1 if its buffer is lent; "group",
        "routing_id", or a property of the peer that sent it ("Socket-Type", "Identity", "Peer-Address").

        Raises EINVAL for a property that is not there. (zmq_msg_get, zmq_msg_gets)
        """
        if option == MessageOption.MORE:
            return int(self.more)
        if option == MessageOption.SRCFD:
            return int(self.properties.get("__fd", -1))
        if option == MessageOption.SHARED:
            return int(isinstance(self.part, memoryview))
        if option in ("group", "routing_id"):
            return getattr(self, option)  # type: ignore[no-any-return]  # a str or an int
        if isinstance(option, str) and option in self.properties:
            return self.properties[option]
        raise zmq_error(EINVAL, f"this frame has no property {option!r}")

    def set(self, option: str, value: Any) -> None:
        """Set "group" or "routing_id", as the attributes. Raises EINVAL for anything else."""
        if option not in ("group", "routing_id"):
            raise zmq_error(EINVAL, f"a frame's {option!r} cannot be set")
        setattr(self, option, value)

    def __getitem__(self, option: str) -> int | str:
        if not isinstance(option, str):
            raise TypeError("a Frame is not a sequence: take its bytes or its buffer")
        return self.get(option)

    def __buffer__(self, flags: int) -> memoryview:
        # Python 3.12 and later ask for it; before, only ``buffer`` gives a view.
        return self.buffer

    def __len__(self) -> int:
        return len(self._data)

    def __bytes__(self) -> _bytes:
        return self.bytes

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Frame):
            return self.bytes == other.bytes
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.bytes)

    def __repr__(self) -> str:
        return f"<zmqx.Frame({self.bytes[:48]!r}{'...' if len(self) > 48 else ''})>"


def as_part(data: Any, copy: bool = True) -> Part:
    """The caller's data as a frame: bytes as they are, buffers copied unless lent (``copy=False``)."""
    if type(data) is bytes:
        return data
    if isinstance(data, Frame):
        return data.part if not copy else data.bytes
    if isinstance(data, str):
        raise TypeError("a message is bytes; use send_string for text")
    view = memoryview(data)
    if copy:
        return view.tobytes()
    if not view.c_contiguous:
        raise BufferError("a buffer sent with copy=False has to be contiguous")
    return view.cast("B")


def as_labelled(data: Any, copy: bool = True, group: str | bytes | None = None, routing_id: int | None = None) -> Any:
    """``as_part``, with the label given or else the Frame's own: Labelled, if there is any."""
    part = as_part(data, copy)
    label = Labelled(part)
    if isinstance(data, Frame):
        label.group, label.routing_id = data.group.encode(errors="surrogateescape"), data.routing_id
    if group is not None:
        label.group = as_group(group)
    if routing_id is not None:
        label.routing_id = as_routing_id(routing_id)
    return label if label.group or label.routing_id else part


def as_group(group: str | bytes) -> bytes:
    """A group as it travels; TypeError or EINVAL if it is none."""
    if not isinstance(group, (str, bytes)):
        raise TypeError(f"a group is a str, not {type(group).__name__}")
    name = group.encode(errors="surrogateescape") if isinstance(group, str) else group
    if len(name) > GROUP_LIMIT or b"\0" in name:
        raise zmq_error(EINVAL, f"the group {group!r} has more than {GROUP_LIMIT} bytes, or a NUL")
    return name


def as_routing_id(routing_id: int) -> int:
    """A routing id as SERVER has it; TypeError or EINVAL if it is none."""
    if not isinstance(routing_id, int):
        raise TypeError(f"a routing id is an int, not {type(routing_id).__name__}")
    if not 0 < routing_id < 2**32:
        raise zmq_error(EINVAL, f"the routing id {routing_id} is not in 1..2**32-1")
    return int(routing_id)
