"""The writing half of a pump: out of the outbox, into the stream.

What the stream did not take waits until it does, and is what the next write begins with. The messages in the outbox
behind that, and those that gather there for a moment, are *lent*: where something stands by that does not need the
interpreter, it may send them, and what it sent is gone from the outbox once they are taken back.
"""

from __future__ import annotations

from ..constants import SocketOption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..message import Item, Part
    from ..options import Settings
    from ..pipes.pipe import Pipe
    from ..transports.base import Stream
    from .copies import Copies
    from .speaking import Speech

# Bytes that are worth a system call of their own: how much gathers in a burst.
_WRITE = 65536
_MOST_GATHERED = 4096  # messages

# What a push comes to (``Duct.push``): nothing is left, or the system takes no more; else somebody else has to encode
# what comes next.
_EMPTY = 0
_FULL = 1


class Outflow:
    """What leaves for one peer."""

    __slots__ = (
        "_connection",
        "_copies",
        "_duct",
        "_encode_small",
        "_lockstep",
        "_pusher",
        "_stream",
        "_write_size",
        "broken",
        "bytes_out",
        "critical",
        "full",
        "held",
        "lent",
        "messages_out",
        "pipe",
        "unbegun",
        "unsent",
        "unsent_messages",
    )

    def __init__(
        self, stream: Stream, connection: Speech, lockstep: bool, copies: Copies | None, settings: Settings
    ) -> None:
        """``lockstep`` says that messages never gather. ``copies`` is for a type that sends the same to many peers."""
        self._stream = stream
        self._duct: Any = None  # knows what leaves; where there is one, and traffic
        self._pusher: Any = None  # that, where it sends from the outbox itself
        self._connection = connection
        self._encode_small = connection.encode_small
        self._lockstep = lockstep
        self._copies = copies
        # We write up to two batches at once.
        self._write_size: int = settings.values.get(SocketOption.OUT_BATCH_SIZE, 2 * _WRITE) // 2
        self.held: list[Item] = []  # keeps buffers of the application's alive until their last byte is out
        self.pipe: Pipe | None = None
        #: Whether data is in our hands alone. An exception that nobody expected has lost it then.
        self.critical = False
        self.broken = False  # the stream is no more
        self.unsent: list[Part] = []  # encoded, and more than the stream would take
        self.unsent_messages = 0  # how many messages that was, or belongs to
        self.unbegun: list[Item] = []  # of a broken stream: messages that nothing was written of
        #: Whoever needs no interpreter may send what is in the outbox.
        self.lent = False
        #: The stream takes no more of it. (Then nothing is unsent: it is all in there.)
        self.full = False
        # Counted once per system call: what was encoded to be written.
        self.bytes_out = self.messages_out = 0

    def write_one(self) -> bool:
        """Write the only message of the outbox, to a stream that nothing waits for; True once out."""
        pipe = self.pipe
        assert pipe is not None
        outbox = pipe.outbox
        encode_small = self._encode_small
        data = encode_small(outbox[0]) if not self.lent else None
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
            self.lend(False)
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
        if not (done or self.full):
            self.lend(False)
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
        pusher = self._pusher
        if self.lent and self._connection.output:
            self.take_back()  # so that nobody begins a message
        if pusher is not None and pusher.within and not self._finish_begun():
            return False
        if self._connection.output:
            output = self._connection.take_output()
            self.bytes_out += len(output)
            self.unsent = [output]  # until it is out
            self.unsent = self._stream.write(self.unsent)
            if self.unsent:
                return False
        if pipe is None:
            return True
        if pipe.spill is not None:
            pipe.spill()
        while True:
            while pipe.outbox:
                if pusher is not None:
                    found = self._push(pusher)
                    if found == _EMPTY:
                        continue  # look again
                    if found == _FULL:
                        return False
                if not self._write_some():
                    return False
            pipe.pending = False
            if not pipe.outbox:  # nothing was appended by somebody who saw us pending
                return True
            pipe.pending = True

    def _write_some(self) -> bool:
        """Encode some of what the outbox holds, and write it; whether it is out."""
        pipe, copies = self.pipe, self._copies
        assert pipe is not None
        if copies is None:
            items = pipe.drain(2 * pipe.batch)
            buffers = self._connection.encode(items)
        else:
            items = pipe.drain_all() if len(pipe.outbox) <= 2 * pipe.batch else pipe.drain(pipe.batch)
            buffers = copies.encode(items, self._connection)
        total = sum(map(len, buffers))
        self._note(len(items), total)
        try:
            unsent = self._stream.write(buffers)
        except OSError:
            self._keep(buffers, items)
            raise
        if unsent:
            self._keep(unsent, items)
        return not unsent

    def _push(self, pusher: Any) -> int:
        """Send what the outbox holds from where it is."""
        pipe = self.pipe
        assert pipe is not None
        self.full = self.lent = True
        found: int = pusher.push(pipe.outbox, 2 * self._write_size)
        self.full = self.lent = found == _FULL
        self._note(*pipe.outbox.tell_sent())  # type: ignore[attr-defined]  # what can be pushed has it
        return found

    def _finish_begun(self) -> bool:
        """A part of a message is out, and comes first; whether all of it is."""
        pipe = self.pipe
        assert pipe is not None
        if pipe.spill is not None:
            pipe.spill()
        torn = pipe.outbox.take_torn()  # type: ignore[attr-defined]  # as above
        if torn is None:
            return self._push(self._pusher) != _FULL
        self.full = False
        item, begun = torn
        buffers = self._connection.encode([item])
        self._note(1, sum(map(len, buffers)))
        self._keep(cut(buffers, begun), [item])
        self.unsent = self._pusher.finish(self.unsent)
        if self.unsent:
            return False
        self._forget_unsent()
        return True

    def _note(self, messages: int, size: int) -> None:
        """So many messages leave, and bytes of them."""
        self.messages_out += messages
        self.bytes_out += size
        if messages and not self._lockstep:
            assert self.pipe is not None
            self.pipe.set_batch(max(1, min(self._write_size // (size // messages + 1), _MOST_GATHERED)))

    def lend(self, gathers: bool) -> None:
        """Let the outbox be sent by whoever needs no interpreter, should nobody else do: what ``gathers`` soon, what
        waits for the system after what the system did not take."""
        if self._pusher is not None and self.pipe is not None:
            self.lent = True  # Ctrl-C in between: what was not lent can be taken back, too
            self.lent = self._pusher.lend(self.pipe.outbox, gathers)

    def look_again(self) -> None:
        """There is no room in the outbox: what was sent of it, past us, makes some."""
        if self.lent and self.pipe is not None:
            lent = self.pipe.outbox.look_again()  # type: ignore[attr-defined]  # as below
            self._note_what_left()
            if not lent:
                self.lend(False)

    def take_back(self) -> None:
        """What was sent so has left the outbox."""
        pipe = self.pipe
        assert pipe is not None
        if pipe.spill is not None:
            pipe.spill()
        self._note(*pipe.outbox.take_back())  # type: ignore[attr-defined]  # what is lent has it
        self.lent = self.full = False

    def _note_what_left(self) -> None:
        """Somebody else may have taken the outbox back."""
        if self.lent and self.pipe is not None:
            self._note(*self.pipe.outbox.tell_sent())  # type: ignore[attr-defined]  # as above

    def _keep(self, buffers: list[Part], items: list[Item]) -> None:
        """The stream did not take these, which are all or the end of these messages."""
        self.unsent = buffers
        self.unsent_messages = len(items)
        self.held = items

    def _forget_unsent(self) -> None:
        """It is out."""
        self.unsent = []
        self.unsent_messages = 0
        self.held = []

    def break_off(self) -> None:
        """The stream is no more. Of what it did not take, ``unbegun`` gets the messages that another can have;
        ``unsent_messages`` tells whether there was one that it took a part of."""
        self.broken = True
        if self._pusher is not None:
            self.take_back()
        if self.unsent:
            left = self.unsent_bytes
            self.bytes_out -= left
            for item in reversed(self.held):
                size = sum(map(len, self._connection.encode([item])))
                if size > left:
                    break
                left -= size
                self.unbegun.insert(0, item)
                self.messages_out -= 1
            self.unsent_messages = 1 if left and self.unsent_messages else 0
            self.unsent = []
            self.held = []
        if self.torn:
            assert self.pipe is not None
            _, begun = self.pipe.outbox.take_torn()  # type: ignore[attr-defined]  # as above
            self.bytes_out += begun
            self.messages_out += 1
            self.unsent_messages += 1

    @property
    def torn(self) -> bool:
        """Whether somebody took the outbox back when a part of its first message was out."""
        return self._pusher is not None and self.pipe is not None and self.pipe.outbox.torn  # type: ignore[attr-defined]  # as above

    @property
    def unfinished(self) -> int:
        """Messages that have left the outbox, and are not out."""
        return self.unsent_messages + self.torn

    @property
    def unsent_bytes(self) -> int:
        """The bytes that were encoded, and that the stream did not take yet."""
        moved: int = self._duct.moved if self._duct is not None else 0
        return sum(map(len, self.unsent)) - moved

    @property
    def messages_written(self) -> int:
        """Messages that the stream took."""
        self._note_what_left()
        return self.messages_out - self.unsent_messages

    @property
    def bytes_written(self) -> int:
        """Bytes that the stream took."""
        self._note_what_left()
        return self.bytes_out - self.unsent_bytes

    @property
    def waits(self) -> bool:
        """Whether something waits for the stream to take it."""
        return bool(self.unsent) or self.full

    def write_protocol(self) -> bool:
        """Write what the protocol itself has to say, after what is unsent; True once it is out."""
        if self.unsent or self.full:
            return False  # it leaves with the next write; a peer that does not read cannot pile up answers here
        if self.lent:
            return self.write()  # a message may be out in part
        self.critical = True
        data = self._connection.take_output()
        self.bytes_out += len(data)
        self.unsent = [data]
        try:
            self.unsent = self._stream.write(self.unsent)
        finally:
            self.critical = False
        if self.unsent:
            self.lend(False)
        return not self.unsent


def cut(buffers: list[Part], begun: int) -> list[Part]:
    """What comes after the first so many bytes of these."""
    at = 0
    while begun >= len(buffers[at]):
        begun -= len(buffers[at])
        at += 1
    return [memoryview(buffers[at])[begun:], *buffers[at + 1 :]] if begun else buffers[at:]
