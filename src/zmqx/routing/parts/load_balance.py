"""Putting: round the pipes that have room, one whole message per pipe and turn (RFC 28, 30)."""

from __future__ import annotations

from collections import deque

from ...pipes.halves import LaneEnd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...message import Item
    from ...pipes.pipe import Pipe


class LoadBalance(LaneEnd):
    """The ring of pipes with room. A full pipe leaves it until it drains; newcomers join at the end."""

    __slots__ = ("open", "ring")

    def __init__(self) -> None:
        self.ring: deque[Pipe] = deque()
        #: The pipe in a ring of one, while the lane is open: whoever has a message may append it there.
        self.only = None
        self.open = False

    def set_open(self, on: bool) -> None:
        """Open or close the lane past this ring."""
        self.open = on
        self._count()

    def writable(self, pipe: Pipe) -> None:
        """A pipe is new, or has room again."""
        if not pipe.writable and not pipe.ended:
            self.ring.append(pipe)
            pipe.writable = True
            self._count()

    def discard(self, pipe: Pipe) -> None:
        """Forget a pipe."""
        if pipe.writable:
            pipe.writable = False
            while pipe in self.ring:  # Ctrl-C may have struck as it was entered or taken out
                self.ring.remove(pipe)
            self._count()

    def _count(self) -> None:
        self.only = self.ring[0] if self.open and len(self.ring) == 1 else None

    def put(self, item: Item) -> Pipe | None:
        """Queue a message for the next peer in turn; the pipe it went to, or None if none has room."""
        ring = self.ring
        while ring:
            pipe = ring[0]
            # Pipe.put, written out for the case that there is room.
            outbox = pipe.outbox
            count = len(outbox)
            if count < pipe.send_limit and not pipe.ended:
                outbox.append(item)
                if count == 0 or count >= pipe.batch or not pipe.pending:
                    wake = pipe.wake
                    wake()
            elif not pipe.put(item):
                self._drop_first()
                continue
            if len(ring) > 1:
                ring.rotate(-1)
            return pipe
        return None

    def ready(self) -> bool:
        """Whether ``put`` would find room."""
        ring = self.ring
        while ring:
            if ring[0].has_room():
                return True
            self._drop_first()
        return False

    def _drop_first(self) -> None:
        self.ring.popleft().writable = False
        self._count()
