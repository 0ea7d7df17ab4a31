"""Taking: one whole message per pipe and turn, round the pipes that have any (RFC 28, 30)."""

from __future__ import annotations

from collections import deque

from ...pipes.halves import LaneEnd, Sieve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...message import Item
    from ...pipes.ends import Covering
    from ...pipes.pipe import Pipe


class FairQueue(LaneEnd):
    """The ring of pipes with messages. A pipe leaves it with its last one."""

    __slots__ = ("open", "ring", "source")

    def __init__(self) -> None:
        super().__init__()
        #: ``only`` is the pipe in a ring of one, while the lane is open: whoever wants a message may pop it there.
        self.ring: deque[Pipe] = deque()
        self.open = False
        self.source: Pipe | None = None  # where the last message came from

    def set_open(self, on: bool) -> None:
        """Open or close the ways past this ring, for those who want everything."""
        self.open = on
        self.only = None
        if self.sieve is not None:
            self.sieve.close()
        self.sieve = Sieve(self.ring, None, False) if on else None

    def sift(self, tree: Covering, inverted: bool) -> None:
        """Lead those past this ring who want what begins with a topic of this tree, or, inverted, what does not. To be
        closed before the tree changes."""
        self.sieve = Sieve(self.ring, tree, inverted)

    def readable(self, pipe: Pipe) -> None:
        """A pipe that was asleep has messages."""
        if not pipe.active:
            self.ring.append(pipe)
            pipe.active = True
            self.only = None

    def discard(self, pipe: Pipe) -> None:
        """Forget a pipe, and whatever it still holds."""
        if pipe.active:
            pipe.active = False
            self.only = None
            while pipe in self.ring:  # Ctrl-C may have struck as it was entered or taken out
                self.ring.remove(pipe)

    def take(self) -> Item | None:
        """The next message in turn, or None; ``source`` is then its pipe."""
        ring = self.ring
        while ring:
            pipe = ring[0]
            inbox = pipe.inbox
            if inbox:
                try:
                    item = inbox.popleft()
                except IndexError:
                    continue  # somebody in the lane was faster
                self.source = pipe
                if pipe.stalled and len(inbox) <= pipe.receive_low:
                    pipe.eased()
                if not inbox:
                    self._lay_down(pipe)
                elif len(ring) > 1:
                    ring.rotate(-1)
                elif self.open:
                    self.only = pipe
                return item
            self._lay_down(pipe)
        return None

    def ready(self) -> bool:
        """Whether ``take`` would find a message."""
        ring = self.ring
        while ring:
            pipe = ring[0]
            if pipe.inbox:
                return True
            self._lay_down(pipe)
        return False

    def sources(self, pipes: list[Pipe]) -> list[Pipe]:
        """These pipes, and those that have ended and still hold messages."""
        return list(dict.fromkeys([*pipes, *self.ring]))

    def _lay_down(self, pipe: Pipe) -> None:
        """Let a pipe sleep, and take it out of the ring. In this order: Ctrl-C may strike in between, and one that
        sleeps in the ring, or is there twice, is heard; one that is awake outside is not. (It was the first. But who
        passes the ring turns it, without the guard.)"""
        self.only = None
        if pipe.stalled:
            pipe.eased()  # emptied past the lock, by several at once
        if pipe.sleep():
            pipe.active = False
            self.ring.remove(pipe)
        else:
            self.ring.rotate(-1)
