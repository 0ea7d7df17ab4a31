"""A pipe: the two queues between a socket's routing and one peer.

``inbox`` flows to the application, ``outbox`` to the peer. The routing's end is the upper half of
the class (``put``; it takes from the inbox itself), the other end, which a session holds or the pipe of
another socket, the lower half (``drain``; it appends to the inbox itself). Both are called under the
lock of the core that owns the pipe. Between two cores (inproc) the outbox of one pipe *is* the inbox
of the other: appending to and taking from the ends of a deque are the only operations done without the
other's lock.

Signals are one bit. ``asleep`` is the promise of the consumer to look no more until it is told:
who appends and finds it set, clears it and tells. The consumer sets it and then looks once more,
so one of the two always sees the other. ``blocked`` and ``stalled`` are the same bit for room.

Two numbers spare the hot paths the questions, and the lock: while ``0 < len(outbox) < easy``, putting
is nothing but appending; while ``len(inbox) > attention``, taking is nothing but popping, from whatever
thread. Who appends so looks at ``pending`` afterwards: it says that the other end will look at the
outbox once more anyway, and is taken back before that last look.

A high-water mark counts whole messages; a queue refills in batches, from half the mark on
(libzmq: (mark + 1) / 2).
"""

from __future__ import annotations

import sys

from ..accounts import Drop
from .halves import PipeEnds, drain, new_queue
from .newest import Newest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..message import Item
    from .notices import Notices
    from .sized import Totals

UNLIMITED = sys.maxsize

# Messages to gather before anything is known of their size.
_FIRST_BATCH = 64


def nothing() -> None:
    return None


class Pipe(PipeEnds):
    """One peer, seen from a socket's routing. Attributes without a comment mirror ``__init__``."""

    __slots__ = (
        "_marks",
        "byte_limit",
        "byte_marks",
        "counted",
        "drops",
        "emptied",
        "endpoint",
        "known",
        "known_in",
        "leave",
        "local",
        "lost_because",
        "most",
        "named",
        "notices",
        "peer",
        "peer_id",
        "peer_name",
        "peer_type",
        "properties",
        "since",
        "spill",
        "totals",
        "unasked",
    )

    def __init__(
        self,
        send_mark: int,
        receive_mark: int,
        *,
        conflate_in: bool = False,
        conflate_out: bool = False,
        local: bool = False,
    ) -> None:
        """Marks are in messages, 0 without limit. ``conflate_in`` and ``conflate_out`` keep only the newest
        message that way. ``local`` says that we connected (a pipe that outlives its connections)."""
        self.inbox = Newest() if conflate_in else new_queue()
        self.outbox = Newest() if conflate_out else new_queue()
        self.local = local
        self.peer: Pipe | None = None  # the other end, where that is a pipe too
        self.batch = _FIRST_BATCH  # tell the other end no later than at so many messages
        self.easy = 0
        self.attention = 1
        self.ended = False  # nothing goes out any more; the inbox is still good
        self.stalled = False  # the other end met a full inbox and waits for room
        # See ``sized``: of a pipe with byte limits.
        self.byte_marks = (0, 0)
        self.totals: Totals | None = None
        self.byte_limit = self.most = self.known = self.known_in = 0
        self.counted = -1
        self.set_marks(send_mark, receive_mark)
        self.peer_id = b""  # how the routing calls this peer
        self.named = False  # by our own choice, whatever it calls itself
        self.notices: Notices | None = None  # what is to be said of its connections
        self.properties: dict[str, str] = {}  # what the peer and its transport said of themselves
        self.unasked = False  # nobody can ask for messages at the other end, nor be asked (datagrams)
        self.peer_name = b""  # how the peer calls itself
        self.peer_type = ""  # over inproc, where nobody says anything: what it is,
        self.endpoint = ""  # and where we met
        self.since = -1.0  # when; never, so far
        self.lost_because: Drop | None = None  # what does not leave any more; None: as with every pipe of the socket
        self.drops: dict[Drop, int] = {}  # messages to and from this peer that were lost
        self.emptied = False  # what its last connection did not send is not for the next
        self.active = False  # in the routing's ring of pipes to take from
        self.writable = False  # in the routing's ring of pipes to put into
        self.asleep = True
        self.blocked = False  # the routing met a full outbox and waits for room
        self.pending = False  # the other end is going to look at the outbox
        self.spill: Callable[[], None] | None = None  # to be called before anybody looks at the outbox
        # What the two ends tell each other; set by whoever holds the other end.
        self.wake = nothing  # the outbox wants looking at
        self.resume = nothing  # the inbox has room again
        self.refuse = nothing_said  # the routing sends the peer away, and says why
        self.leave: Callable[[], None] = nothing  # the routing takes leave of the peer: what is queued still goes

    def set_marks(self, send_mark: int, receive_mark: int) -> None:
        """Change the high-water marks (messages, 0 without limit) of a live pipe."""
        self._marks = (send_mark, receive_mark)
        self._set_limits()
        if self.peer is not None:
            self.peer._set_limits()

    def tie(self, peer: Pipe) -> None:
        """Make two pipes of two cores one (inproc): the outbox of each is the inbox of the other, and
        the marks of both ends add up."""
        peer.inbox = self.outbox
        peer.outbox = self.inbox
        self.peer, peer.peer = peer, self
        self._set_limits()
        peer._set_limits()

    def _set_limits(self) -> None:
        send, receive = self._marks
        if self.peer is not None:
            their_send, their_receive = self.peer._marks
            send = send + their_receive if send and their_receive else 0
            receive = receive + their_send if receive and their_send else 0
        # Conflating: a queue of one is never full.
        if self.inbox.maxlen is not None:
            receive = 0
        if self.outbox.maxlen is not None:
            send = 0
        self.send_limit = send or UNLIMITED
        self.send_low = self.send_limit // 2
        self.receive_limit = receive or UNLIMITED
        self.receive_low = self.receive_limit // 2
        self.set_batch(self.batch)

    def set_batch(self, count: int) -> None:
        """Let no more than so many messages gather before the other end is told."""
        self.batch = count
        # A queue of one is never easy: what is appended pushes out what was just looked at.
        self.easy = 0 if self.ended or self.outbox.maxlen is not None else min(count, self.send_limit)

    def end(self) -> None:
        """Take no more messages for the peer."""
        self.ended = True
        self.easy = 0

    def replaced(self) -> int:
        """How many messages a newer one took the place of (CONFLATE)."""
        # What two sockets of ours share is counted where it is sent.
        queues = (self.outbox, self.inbox) if self.peer is None else (self.outbox,)
        return sum([queue.replaced for queue in queues if type(queue) is Newest])

    def dropped(self) -> dict[Drop, int]:
        """Messages to and from this peer that were lost, by reason."""
        drops = dict(self.drops)
        if replaced := self.replaced():
            drops[Drop.REPLACED] = drops.get(Drop.REPLACED, 0) + replaced
        return drops

    # -- the routing's end

    def put(self, item: Item) -> bool:
        """Queue a message for the peer; False, and ``blocked``, if there is no room or no peer."""
        outbox = self.outbox
        count = len(outbox)
        if count >= self.send_limit or self.ended:
            return self._put_when_full(item)
        outbox.append(item)
        if count == 0 or count >= self.batch or not self.pending:
            wake = self.wake
            wake()
        return True

    def _put_when_full(self, item: Item) -> bool:
        return self.has_room() and self.put(item)

    def put_over(self, item: Item) -> int:
        """Queue a message even if there is no room: the oldest ones make it. How many did."""
        outbox = self.outbox
        self.put_always(item)
        dropped = 0
        # Afterwards, so that whoever takes meanwhile never finds it empty.
        while len(outbox) > self.send_limit:
            try:
                outbox.popleft()
            except IndexError:
                break  # the other end, past our lock, was faster
            dropped += 1
        self.wake()  # what is left may have been lent
        return dropped

    def put_always(self, item: Item) -> None:
        """Queue what must not be lost, whatever the mark says (subscriptions)."""
        if not self.ended:
            self.outbox.append(item)
            self.wake()

    def put_first(self, *items: Item) -> None:
        """Queue before everything else (what opens a connection)."""
        self.outbox.extendleft(reversed(items))
        self.wake()

    def has_room(self) -> bool:
        """Whether ``put`` would succeed; if not, the routing will be told when it would."""
        if self.ended:
            return False
        if len(self.outbox) < self.send_limit:
            return True
        while True:
            self.blocked = True
            self.wake()
            if len(self.outbox) < self.send_limit:
                self.blocked = False
                return True
            if self.blocked:
                return False
            # There was room, and it was announced; but others, past the lock, were faster.

    def sleep(self) -> bool:
        """The inbox seems empty: promise to look no more until told; False if it is not empty now."""
        self.asleep = True
        if self.peer is not None:
            self.peer.pending = False
        if not self.inbox:
            return True
        # Appended between our look and our promise.
        self.rise()
        return False

    def rise(self) -> None:
        """Somebody looks at the inbox again."""
        self.asleep = False
        if self.peer is not None:
            self.peer.pending = True

    def eased(self) -> None:
        """The inbox is down to the low mark: let the other end go on, if it waits."""
        self.stalled = False
        self.attention = 1
        self.resume()

    # -- the other end

    def stall(self) -> None:
        """The inbox is full: ask for ``resume`` when it is down to the low mark."""
        self.stalled = True
        self.attention = self.receive_low + 1

    def drain(self, most: int) -> list[Item]:
        """Take up to ``most`` messages on their way to the peer."""
        return drain(self.outbox, most)

    def drain_all(self) -> list[Item]:
        """Take all messages on their way to the peer."""
        return drain(self.outbox, len(self.outbox))

    def unblocks(self) -> bool:
        """Whether the routing waits for room and there is enough of it now; clears the mark."""
        if self.blocked and len(self.outbox) <= self.send_low:
            self.blocked = False
            return True
        return False


def nothing_said(reason: str) -> None:
    return None
