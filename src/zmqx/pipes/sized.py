"""Pipes whose queues are limited in bytes as well as in messages.

Nobody counts the bytes of a message that is taken: the other end may be past our lock. Who puts adds what
it puts to ``known``, which is therefore never too low, and counts what is really there when that says that the
queue is full. Where it is, the mark for "enough room again" is put where half of the bytes are gone.

At least one message always fits: a limit is reached by the message that exceeds it, never by an empty queue.
What has no byte limit is a ``Pipe``, and pays nothing for those that have.
"""

from __future__ import annotations

from .halves import PipeEnds
from .pipe import Pipe
from .sizes import queued_bytes, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..message import Item
    from .halves import Queue

# The field under the property.
_receive_limit: Any = PipeEnds.__dict__["receive_limit"]


class Total:
    """Bytes queued for all peers of a socket, one way, and their limit (0: none).

    The sum of what the pipes last knew of themselves. It is too high when others have been drained since, so
    all are counted anew once as many pipes were refused as there are.
    """

    __slots__ = ("_inward", "_pipes", "_refused", "limit", "used")

    def __init__(self, pipes: Iterable[Pipe], inward: bool) -> None:
        self._pipes = pipes
        self._inward = inward
        self._refused = 0
        self.limit = 0
        self.used = 0

    def fits(self) -> bool:
        """Whether there is room for a message."""
        if not self.limit or self.used < self.limit:
            return True
        self._refused -= 1
        if self._refused < 0:
            pipes = list(self._pipes)
            self._refused = len(pipes)
            self.used = 0
            for pipe in pipes:
                if self._inward:
                    pipe.known_in = queued_bytes(pipe.inbox)
                    self.used += pipe.known_in
                else:
                    pipe.known = queued_bytes(pipe.outbox)
                    self.used += pipe.known
            if self.used < self.limit:
                self._refused = 0
                return True
        return False


class Totals:
    """Both ways."""

    __slots__ = ("inward", "outward")

    def __init__(self, pipes: Iterable[Pipe]) -> None:
        """``pipes`` are those of the socket, whenever they are looked through."""
        self.inward = Total(pipes, True)
        self.outward = Total(pipes, False)

    def forget(self, pipe: Pipe) -> None:
        """This one has ended."""
        self.inward.used -= pipe.known_in
        self.outward.used -= pipe.known
        pipe.known_in = pipe.known = 0


def limit_bytes(pipe: Pipe, send: int, receive: int, totals: Totals) -> None:
    """Limit the bytes that wait for a peer, and from it; 0 for no limit. Of a live pipe, too."""
    pipe.byte_marks = (send, receive)
    pipe.totals = totals
    _fit(pipe)
    if pipe.peer is not None:
        _fit(pipe.peer)


def _fit(pipe: Pipe) -> None:
    totals, peer = pipe.totals, pipe.peer
    limits = [*pipe.byte_marks, *(peer.byte_marks if peer is not None else ())]
    if totals is not None:
        limits += [totals.inward.limit, totals.outward.limit]
    sized = any(limits)
    if sized or type(pipe) is not Pipe:
        # It is in the hands of many: what they hold stays the same object.
        pipe.__class__ = SizedPipe if sized else Pipe
        pipe._set_limits()


class SizedPipe(Pipe):
    """See the module."""

    __slots__ = ()

    def _set_limits(self) -> None:
        super()._set_limits()
        self.most = self.send_limit
        # No way past ``put``.
        self.send_limit = self.easy = 0
        peer = self.peer
        # Between two of our own the queue is one, and whoever puts minds the limits of both.
        self.byte_limit = self.byte_marks[0] + (peer.byte_marks[1] if peer is not None else 0)
        self._count()

    # -- outward

    def _note(self, size: int) -> None:
        if self.totals is not None:
            self.totals.outward.used += size - self.known
        self.known = size

    def _count(self) -> None:
        """Find out how many bytes there really are, and when half of the limit will be free."""
        sizes = [size_of(item) for item in list(self.outbox)]
        self._note(sum(sizes))
        self.counted = len(sizes)
        self.send_low = min(self.most // 2, _half(sizes, self.known, self.byte_limit))

    def _fits(self) -> bool:
        count = len(self.outbox)
        if not count or self.outbox.maxlen is not None:  # what conflates, replaces
            self._note(0)
            return True
        if count >= self.most:
            self.send_low = self.most // 2
            return False
        limit = self.byte_limit
        if limit and self.known >= limit:
            if count == self.counted:
                return False  # nobody has taken any since
            self._count()
            if self.known >= limit:
                return False
        totals = self.totals
        if totals is None or totals.outward.fits():
            return True
        self._count()
        if totals.outward.fits():
            return True
        self.send_low = min(self.send_low, count // 2)
        return False

    def put(self, item: Item) -> bool:
        if self.ended or not self._fits():
            return self._put_when_full(item)
        outbox = self.outbox
        count = len(outbox)
        outbox.append(item)
        self.counted = -1
        self._note(self.known + size_of(item))
        if count == 0 or count >= self.batch or not self.pending:
            self.wake()
        return True

    def put_over(self, item: Item) -> int:
        outbox = self.outbox
        self.put_always(item)
        self._count()
        size = size_of(item)
        dropped = 0
        while len(outbox) > 1 and self._is_over(size):
            try:
                oldest = outbox.popleft()
            except IndexError:
                break  # the other end, past our lock, was faster
            self._note(self.known - size_of(oldest))
            self.counted = -1
            dropped += 1
        self.wake()  # what is left may have been lent
        return dropped

    def _is_over(self, newest: int) -> bool:
        """Whether there was no room for a message of this size, the last one."""
        if len(self.outbox) > self.most or (self.byte_limit and self.known - newest >= self.byte_limit):
            return True
        total = self.totals.outward if self.totals is not None else None
        return total is not None and bool(total.limit) and total.used - newest >= total.limit and not total.fits()

    def has_room(self) -> bool:
        if self.ended:
            return False
        while not self._fits():
            self.blocked = True
            self.wake()
            if self._fits():
                self.blocked = False
                break
            if self.blocked:
                return False
        return True

    # -- inward

    @property
    def receive_limit(self) -> int:
        """How many messages may wait: as many as there are, if they have all the bytes."""
        most: int = _receive_limit.__get__(self)
        may_read = self._may_read()
        return most if may_read or not self.inbox else 0

    @receive_limit.setter
    def receive_limit(self, most: int) -> None:
        _receive_limit.__set__(self, most)

    def _may_read(self) -> bool:
        limit = self.byte_marks[1]
        total = self.totals.inward if self.totals is not None else None
        size = queued_bytes(self.inbox)
        if total is not None:
            total.used += size - self.known_in
        self.known_in = size
        if self.inbox.maxlen is not None:
            return True  # what conflates, replaces
        return not (limit and size >= limit) and (total is None or total.fits())

    def stall(self) -> None:
        self.receive_low = self._low_mark(self.inbox)
        super().stall()

    def _low_mark(self, inbox: Queue) -> int:
        most: int = _receive_limit.__get__(self)
        if self.peer is not None:
            return min(most // 2, self.peer.send_low)
        sizes = [size_of(item) for item in list(inbox)]
        low = min(most // 2, _half(sizes, sum(sizes), self.byte_marks[1]))
        total = self.totals.inward if self.totals is not None else None
        if total is not None and total.limit and total.used >= total.limit:
            low = min(low, len(sizes) // 2)
        return low


def _half(sizes: list[int], size: int, limit: int) -> int:
    """How many of these messages are left when no more than half of the limit is (0: any number)."""
    left = len(sizes)
    if not limit:
        return left
    for first in sizes:
        if size <= limit // 2:
            break
        size -= first
        left -= 1
    return left
