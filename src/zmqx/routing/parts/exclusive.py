"""The one peer of a PAIR (RFCs 31 and 52): a second one is sent away."""

from __future__ import annotations

from .fair_queue import FairQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...message import Item
    from ...pipes.pipe import Pipe


class Exclusive:
    """One pipe both ways. What a peer sent before it left is still delivered."""

    __slots__ = ("_queue", "pipe")

    def __init__(self, queue: FairQueue | None = None) -> None:
        """``queue`` is where to take from, if that asks for more than taking."""
        self.pipe: Pipe | None = None
        # A queue over the one pipe, and over what its predecessors left unread.
        self._queue = queue or FairQueue()

    def attach(self, pipe: Pipe) -> bool:
        """Take this pipe for the peer; False if there is one already."""
        if self.pipe is not None:
            return False
        self.pipe = pipe
        return True

    def detach(self, pipe: Pipe) -> None:
        if self.pipe is pipe:
            self.pipe = None

    def readable(self, pipe: Pipe) -> None:
        self._queue.readable(pipe)

    def put(self, item: Item) -> bool:
        return self.pipe is not None and self.pipe.put(item)

    def can_put(self) -> bool:
        return self.pipe is not None and self.pipe.has_room()

    def take(self) -> Item | None:
        return self._queue.take()

    def can_take(self) -> bool:
        return self._queue.ready()

    def sources(self, pipes: list[Pipe]) -> list[Pipe]:
        """These pipes, and those that have ended and still hold messages."""
        return self._queue.sources(pipes)

    def source(self) -> Pipe | None:
        """Where the last message came from."""
        return self._queue.source
