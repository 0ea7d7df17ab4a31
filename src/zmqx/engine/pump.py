"""The pump: moves data between one stream, its connection and its pipe, and does nothing else.

This is the hot half of a session. It decides nothing: what it does not understand comes out as
ProtocolError (the peer's fault) or OSError (the stream's), and the session acts on it. All calls
come from the session, under its core's guard, and return at once.
"""

from __future__ import annotations

from ..constants import SocketOption
from ..errors import ProtocolError
from ..pipes.halves import Queue
from ..pipes.pipe import UNLIMITED
from ..wire.codec import Decoder
from .memory import KEEP_FROM, keep_memory
from .outflow import Outflow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..message import Item
    from ..options import Settings
    from ..pipes.pipe import Pipe
    from ..transports.base import Stream
    from .copies import Copies
    from .speaking import Speech

# Bytes per read: enough for thousands of small messages, and little enough to be taken from the heap
# (glibc maps larger blocks anew each time, and page faults cost more than the copying). A long frame
# gets what it still needs, up to the other limit; the system fills what it has.
_READ = 65536
_READ_MOST = 1 << 20

# Bytes that are taken in at most for one peer while the interpreter is busy.
_AHEAD = 1 << 23

# What ``receive`` returns instead of a number of bytes.
NOTHING = 0
AT_END = -1
FULL = -2


class Pump(Outflow):
    """One peer's data, both ways."""

    __slots__ = (
        "_check",
        "_decoder",
        "_read_size",
        "_readable",
        "_reader",
        "bytes_in",
        "heard_at",
        "messages_in",
        "undelivered",
    )

    def __init__(
        self,
        stream: Stream,
        connection: Speech,
        readable: Callable[[Pipe], None],
        check: Callable[[Item], None] | None,
        lockstep: bool,
        copies: Copies | None,
        settings: Settings,
    ) -> None:
        """``readable`` is told of messages in a pipe that was asleep; ``check`` raises ProtocolError
        for one that the socket type cannot accept. The others as in ``Outflow``."""
        super().__init__(stream, connection, lockstep, copies, settings)
        self._decoder = connection.decoder
        self._reader: Any = None  # reads and decodes in one, where it can
        self._readable = readable
        self._check = check
        self._read_size: int = settings.values.get(SocketOption.IN_BATCH_SIZE, _READ)
        self.undelivered = 0  # messages that were read and will not be delivered
        # Counted once per system call: what was read.
        self.bytes_in = self.messages_in = 0
        self.heard_at = 0.0  # when something was read last

    def attach(self, pipe: Pipe) -> None:
        """From now on there is traffic, for this pipe."""
        self._decoder = self._connection.decoder
        self._encode_small = self._connection.encode_small
        self._copies = None if self._connection.sealed else self._copies
        self.pipe = pipe
        self._duct = duct = self._stream.duct
        if duct is None:
            return
        if type(self._decoder) is Decoder:
            room = pipe.receive_limit - len(pipe.inbox)
            duct.follow(self._decoder, self._connection.has_commands, pipe.byte_limit or _AHEAD, room)
            self._reader = duct
            if not self._lockstep and type(pipe.outbox) is Queue:
                self._pusher = duct
        else:
            duct.carry()

    def way(self) -> tuple[Any, Any, int] | None:
        """What reads, what decodes, and how many bytes at a time, where a short way goes by them."""
        return None if self._reader is None else (self._reader, self._decoder, self._read_size)

    def read(self) -> bytes | None:
        """Read once, for a connection that is not in traffic yet; None if there is nothing."""
        try:
            data = self._stream.recv(self._read_size)
        except BlockingIOError:
            return None
        self.bytes_in += len(data)
        self._note_answers()
        return data

    def _note_answers(self) -> None:
        """PINGs among what was read were answered by whoever read them for us."""
        duct = self._reader
        if duct is not None and duct.answered:
            self._connection.answered += duct.answered  # type: ignore[union-attr]  # a raw one is not followed
            self.bytes_out += duct.answer_bytes

    def receive(self) -> int:
        """Read once and move whole messages into the inbox; how many bytes, or why none."""
        pipe = self.pipe
        assert pipe is not None
        room = pipe.receive_limit - len(pipe.inbox)
        if room <= 0 or pipe.stalled:
            # Stalled: there may be more, read and not decoded, which has to come first.
            pipe.stall()
            return FULL
        decoder = self._decoder
        size = decoder.next_read or self._read_size
        if size > _READ_MOST:
            size = _READ_MOST
        self.critical = True
        duct = self._reader
        if duct is not None:
            items = duct.receive(size, room)
            if items is None:
                self.critical = False
                return NOTHING
            count: int = duct.got
            if duct.answered:
                self._note_answers()
        else:
            try:
                recv = self._stream.recv
                data = recv(size)
            except BlockingIOError:
                self.critical = False
                return NOTHING
            count = len(data)
            if count:
                items = decoder.push(data, room)
        if not count:
            return AT_END
        self.bytes_in += count
        if decoder.trap is not None or decoder.error is not None:
            items = self._connection.sort(items, room)
            if items:
                self._deliver(items, room)
        elif len(items) == 1 and room > 1:
            # _deliver, written out for a lone message.
            if self._check is not None:
                self._check(items[0])
            pipe.inbox.append(items[0])
            self.messages_in += 1
            if pipe.asleep:
                pipe.asleep = False
                readable = self._readable
                readable(pipe)
        elif items:
            self._deliver(items, room)
        elif count == size < decoder.next_read:
            return self.receive()  # that was the header of a long frame alone: its body is next
        self.critical = False
        if count >= KEEP_FROM:
            keep_memory(count)
        return count

    def resume(self) -> None:
        """Move what was read before, as far as there is room for it now."""
        pipe = self.pipe
        assert pipe is not None
        room = pipe.receive_limit - len(pipe.inbox)
        if room > 0:
            items = self._connection.take(room)
            if items:
                self._deliver(items, room)

    def _deliver(self, items: list[Item], room: int) -> None:
        pipe = self.pipe
        assert pipe is not None
        if len(items) >= room:
            # There may be more, read and not decoded. Whoever makes room asks for it.
            pipe.stall()
        wrong: ProtocolError | None = None
        self.messages_in += len(items)
        if self._check is None:
            pipe.inbox.extend(items)
        else:
            at = 0
            try:
                for item in items:
                    self._check(item)
                    pipe.inbox.append(item)
                    at += 1
            except ProtocolError as error:
                wrong = error  # what came before it counts
                self.messages_in -= 1
                self.undelivered += len(items) - at - 1
        if pipe.asleep and pipe.inbox:
            pipe.asleep = False
            self._readable(pipe)
        if wrong is not None or self._decoder.error is not None:
            raise wrong or self._decoder.error  # type: ignore[misc]  # one of them is there

    def leave_undelivered(self) -> int:
        """The stream has ended: how many messages were read from it, and not delivered."""
        try:
            left = len(self._connection.take(UNLIMITED))
            self.messages_in += left
            self.undelivered += left
        except ProtocolError:
            pass  # that is what ended it
        return self.undelivered
