"""The pump: moves data between one stream, its connection and its pipe, and does nothing else.

This is the hot half of a session. It decides nothing: what it does not understand comes out as
ProtocolError (the peer's fault) or OSError (the stream's), and the session acts on it. All calls
come from the session, under its core's guard, and return at once.
"""

from __future__ import annotations

from ..constants import SocketOption
from ..errors import ProtocolError
from ..pipes.pipe import UNLIMITED
from ..wire.codec import Decoder
from .memory import KEEP_FROM, keep_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..message import Item, Part
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

# Bytes that are worth a system call of their own: how much gathers in a burst.
_WRITE = 65536
_MOST_GATHERED = 4096  # messages

# What ``receive`` returns instead of a number of bytes.
NOTHING = 0
AT_END = -1
FULL = -2


class Pump:
    """One peer's data, both ways."""

    __slots__ = (
        "_check",
        "_connection",
        "_copies",
        "_decoder",
        "_duct",
        "_encode_small",
        "_held",
        "_lockstep",
        "_read_size",
        "_readable",
        "_stream",
        "_write_size",
        "bytes_in",
        "bytes_out",
        "critical",
        "messages_in",
        "messages_out",
        "pipe",
        "unbegun",
        "undelivered",
        "unsent",
        "unsent_messages",
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
        for one that the socket type cannot accept; ``lockstep`` says that messages never gather.
        ``copies`` is for a type that sends the same to many peers."""
        self._stream = stream
        self._duct: Any = None  # reads and decodes in one, where it can
        self._connection = connection
        self._decoder = connection.decoder
        self._encode_small = connection.encode_small
        self._readable = readable
        self._check = check
        self._lockstep = lockstep
        self._copies = copies
        values = settings.values
        self._read_size: int = values.get(SocketOption.IN_BATCH_SIZE, _READ)
        # We write up to two batches at once.
        self._write_size: int = values.get(SocketOption.OUT_BATCH_SIZE, 2 * _WRITE) // 2
        self._held: list[Item] = []  # keeps lent buffers alive until their last byte is out
        self.pipe: Pipe | None = None
        #: Whether data is in our hands alone. An exception that nobody expected has lost it then.
        self.critical = False
        self.unsent: list[Part] = []  # encoded, and more than the stream would take
        self.unsent_messages = 0  # how many messages that was, or belongs to
        self.unbegun: list[Item] = []  # of a broken stream: messages that nothing was written of
        self.undelivered = 0  # messages that were read and will not be delivered
        # Counted once per system call: what was read, and what was encoded to be written.
        self.bytes_in = self.messages_in = 0
        self.bytes_out = self.messages_out = 0

    def attach(self, pipe: Pipe) -> None:
        """From now on there is traffic, for this pipe."""
        self._decoder = self._connection.decoder
        self._encode_small = self._connection.encode_small
        self._copies = None if self._connection.sealed else self._copies
        self.pipe = pipe
        duct = self._stream.duct
        if duct is not None and type(self._decoder) is Decoder:
            room = pipe.receive_limit - len(pipe.inbox)
            duct.follow(self._decoder, self._connection.has_commands, pipe.byte_limit or _AHEAD, room)
            self._duct = duct

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
        duct = self._duct
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
        duct = self._duct
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

    def write_one(self) -> bool:
        """Write the only message of the outbox, to a stream that nothing waits for; True once out."""
        pipe = self.pipe
        assert pipe is not None
        outbox = pipe.outbox
        encode_small = self._encode_small
        data = encode_small(outbox[0])
        if data is None:
            return self.write()
        self.critical = True
        item = outbox.popleft()
        self.messages_out += 1
        self.bytes_out += len(data)
        try:
            send = self._stream.send
            sent = send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._keep([data], [item])
            self.critical = False
            raise
        if sent != len(data):
            self._keep([memoryview(data)[sent:]], [item])
            pipe.pending = True
            self.critical = False
            return False
        self.critical = False
        pipe.pending = False
        return self.write() if outbox else True  # look again

    def write(self) -> bool:
        """Write what is unsent and what the outbox holds; True once everything is out."""
        self.critical = True
        try:
            done = self._write_all()
        except OSError:
            self.critical = False  # the stream is broken, and nobody's hands were struck
            raise
        self.critical = False
        return done

    def _write_all(self) -> bool:
        pipe = self.pipe
        if pipe is not None:
            pipe.pending = True
        if self.unsent:
            self.unsent = self._stream.write(self.unsent)
            if self.unsent:
                return False
            self._forget_unsent()
        if self._connection.output:
            output = self._connection.take_output()
            self.bytes_out += len(output)
            self.unsent = self._stream.write([output])
            if self.unsent:
                return False
        if pipe is None:
            return True
        if pipe.spill is not None:
            pipe.spill()
        copies = self._copies
        while True:
            while pipe.outbox:
                if copies is None:
                    items = pipe.drain(2 * pipe.batch)
                    buffers = self._connection.encode(items)
                else:
                    items = pipe.drain_all() if len(pipe.outbox) <= 2 * pipe.batch else pipe.drain(pipe.batch)
                    buffers = copies.encode(items, self._connection)
                total = sum(map(len, buffers))
                if not self._lockstep:
                    size = total // len(items) + 1
                    pipe.set_batch(max(1, min(self._write_size // size, _MOST_GATHERED)))
                self.messages_out += len(items)
                self.bytes_out += total
                try:
                    unsent = self._stream.write(buffers)
                except OSError:
                    self._keep(buffers, items)
                    raise
                if unsent:
                    self._keep(unsent, items)
                    return False
            pipe.pending = False
            if not pipe.outbox:  # nothing was appended by somebody who saw us pending
                return True
            pipe.pending = True

    def _keep(self, buffers: list[Part], items: list[Item]) -> None:
        """The stream did not take these, which are all or the end of these messages."""
        self.unsent = buffers
        self.unsent_messages = len(items)
        self._held = items

    def _forget_unsent(self) -> None:
        """It is out."""
        self.unsent = []
        self.unsent_messages = 0
        self._held = []

    def break_off(self) -> None:
        """The stream is no more. Of what it did not take, ``unbegun`` gets the messages that another can have;
        ``unsent_messages`` tells whether there was one that it took a part of."""
        if not self.unsent:
            return
        left = self.unsent_bytes
        self.bytes_out -= left
        for item in reversed(self._held):
            size = sum(map(len, self._connection.encode([item])))
            if size > left:
                break
            left -= size
            self.unbegun.insert(0, item)
            self.messages_out -= 1
        self.unsent_messages = 1 if left and self._held else 0
        self.unsent = []
        self._held = []

    @property
    def unsent_bytes(self) -> int:
        """The bytes that were encoded, and that the stream did not take yet."""
        moved: int = self._duct.moved if self._duct is not None else 0
        return sum(map(len, self.unsent)) - moved

    @property
    def messages_written(self) -> int:
        """Messages that the stream took."""
        return self.messages_out - self.unsent_messages

    @property
    def bytes_written(self) -> int:
        """Bytes that the stream took."""
        return self.bytes_out - self.unsent_bytes

    def leave_undelivered(self) -> int:
        """The stream has ended: how many messages were read from it, and not delivered."""
        try:
            left = len(self._connection.take(UNLIMITED))
            self.messages_in += left
            self.undelivered += left
        except ProtocolError:
            pass  # that is what ended it
        return self.undelivered

    def write_protocol(self) -> bool:
        """Write what the protocol itself has to say, after what is unsent; True once it is out."""
        if self.unsent:
            return False  # it leaves with the next write; a peer that does not read cannot pile up answers here
        self.critical = True
        data = self._connection.take_output()
        self.bytes_out += len(data)
        try:
            self.unsent = self._stream.write([data])
        finally:
            self.critical = False
        return not self.unsent
