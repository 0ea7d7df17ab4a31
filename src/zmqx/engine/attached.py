"""The pipes of one core: made here, given to the routing, and taken from it when they end.

Ports and sessions come and go; what the routing knows of them is a pipe. All methods are called under
the core's guard.
"""

from __future__ import annotations

from ..accounts import Drop
from ..constants import SocketType
from ..errors import EINVAL, zmq_error
from ..pipes.notices import notices_of
from ..pipes.pipe import Pipe
from ..pipes.sized import Totals, limit_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..message import Item
    from ..options import Settings
    from ..routing.base import Routing
    from .ledger import Ledger

# Only on these does CONFLATE mean anything, and only on their messages: subscriptions are all kept.
_CONFLATE_IN = frozenset({SocketType.DEALER, SocketType.PULL, SocketType.SUB})
_CONFLATE_OUT = frozenset({SocketType.DEALER, SocketType.PUSH, SocketType.PUB})


class AttachedPipes:
    """The pipes of one core."""

    __slots__ = ("_byte_marks", "_changed", "_ledger", "_pipes", "_routing", "_totals", "lost_because", "ready")

    def __init__(self, routing: Routing, ledger: Ledger, changed: Callable[[], None]) -> None:
        """``changed`` says that a waiter should look again."""
        self._ledger = ledger
        self.lost_because = Drop.PEER_GONE  # what does not leave any more is lost because of this
        self._routing = routing
        self._changed = changed
        self._pipes: dict[Pipe, None] = {}
        self.ready: dict[Pipe, None] = {}  # those with a peer at the other end
        self._byte_marks = (0, 0)
        self._totals = Totals(self._pipes)

    def __len__(self) -> int:
        return len(self._pipes)

    def __iter__(self) -> Iterator[Pipe]:
        return iter(self._pipes)

    def make(self, settings: Settings, peer_id: bytes = b"", *, accepted: bool = False, inproc: bool = False) -> Pipe:
        """A pipe with the marks of these settings. ``accepted``: its peer came to us."""
        pipe = Pipe(
            settings.sndhwm,
            settings.rcvhwm,
            conflate_in=bool(settings.conflate) and settings.socket_type in _CONFLATE_IN,
            conflate_out=bool(settings.conflate) and settings.socket_type in _CONFLATE_OUT,
            local=True,
        )
        pipe.notices = notices_of(settings, accepted=accepted, inproc=inproc)
        pipe.peer_id = peer_id
        return pipe

    def add_own(self, pipe: Pipe) -> None:
        """Give the routing a pipe we connect; EINVAL if it does not want it."""
        refusals: list[str] = []
        pipe.refuse = refusals.append
        limit_bytes(pipe, *self._byte_marks, self._totals)
        self._routing.attach(pipe)
        if refusals:
            raise zmq_error(EINVAL, refusals[0])
        pipe.refuse = _nobody_there
        self._pipes[pipe] = None
        self._changed()

    def add(self, pipe: Pipe) -> None:
        """Give the routing a pipe of a peer that came. The routing may refuse it (``pipe.refuse``)."""
        self._pipes[pipe] = None
        limit_bytes(pipe, *self._byte_marks, self._totals)
        self._routing.attach(pipe)

    def met(self, pipe: Pipe, routing_id: bytes) -> None:
        """The other end of a pipe has a name now, and can be talked to."""
        pipe.peer_name = routing_id
        pipe.since = self._ledger.now()
        self._routing.connected(pipe, routing_id)
        if not pipe.ended:
            self._ledger.connections_ever += 1
            self.ready[pipe] = None
            self._changed()

    def writable(self, pipe: Pipe) -> None:
        """A pipe that was blocked takes messages again."""
        self._routing.writable(pipe)
        self._changed()

    def ask_for_room(self) -> None:
        """Have those with a stream tell (``writable``) when messages have left."""
        for pipe in self._pipes:
            if pipe.peer is None:
                pipe.blocked = True

    def lost(self, pipe: Pipe, unbegun: list[Item]) -> None:
        """The other end is gone, and may come back. ``unbegun``: messages that had left the pipe, and did not go."""
        self._look_again(pipe)
        if pipe.emptied:
            pipe.emptied = False
            self._routing.lose(Drop.PEER_GONE, len(unbegun), pipe)
        elif pipe.outbox.maxlen is None or not pipe.outbox:
            pipe.outbox.extendleft(reversed(unbegun))
        else:
            self._routing.lose(Drop.REPLACED, len(unbegun), pipe)
        self.ready.pop(pipe, None)
        if not pipe.ended:
            self._routing.disconnected(pipe)
            self._changed()

    def _look_again(self, pipe: Pipe) -> None:
        """Ctrl-C may have struck, and ended the connection, just before the routing heard of what it brought."""
        if not pipe.asleep:
            self._routing.readable(pipe)

    def gone(self, pipe: Pipe, unbegun: Sequence[Item] = ()) -> None:
        """The other end is gone for good; unless that was our doing, the routing hears of it. ``unbegun`` as above."""
        self._look_again(pipe)
        self._routing.lose(self.why_lost(pipe), len(unbegun), pipe)
        if pipe in self._pipes:
            self._routing.left(pipe)
        self.end(pipe)

    def why_lost(self, pipe: Pipe | None) -> Drop:
        """Why what does not leave by this pipe any more is lost."""
        return (pipe.lost_because if pipe is not None else None) or self.lost_because

    def end(self, pipe: Pipe, unsent_is_lost: bool = True, because: Drop | None = None) -> None:
        """The pipe takes nothing more; what it has received can still be read."""
        pipe.lost_because = because or pipe.lost_because
        if pipe.spill is not None:
            pipe.spill()
        pipe.end()
        if unsent_is_lost and pipe.peer is None and pipe.outbox:
            self._routing.lose(self.why_lost(pipe), len(pipe.drain_all()), pipe)
        if pipe.since < 0 and pipe.inbox:
            # One of our own that we did not take for a peer, and what it had sent before it knew.
            self._routing.lose(Drop.UNREAD, len(pipe.inbox), pipe)
            pipe.inbox.clear()
        self.ready.pop(pipe, None)
        if pipe in self._pipes:
            del self._pipes[pipe]
            self._routing.lose(Drop.REPLACED, pipe.replaced())
            self._totals.forget(pipe)
            self._routing.detach(pipe)
        self._changed()  # also where it was detached before: somebody may wait for what was still to be sent

    def leave_inproc(self) -> None:
        """Take leave of every socket of our own context."""
        for pipe in list(self._pipes):
            if pipe.peer is not None:
                pipe.refuse("")

    def set_marks(self, send_mark: int, receive_mark: int) -> None:
        """New high-water marks, for the pipes there are."""
        for pipe in self._pipes:
            if pipe.spill is not None:
                pipe.spill()
            pipe.set_marks(send_mark, receive_mark)
        self._look_for_room()

    def set_byte_marks(self, settings: Settings) -> None:
        """New limits in bytes, for the pipes there are and those to come."""
        self._byte_marks = (settings.sndhwm_bytes, settings.rcvhwm_bytes)
        self._totals.outward.limit = settings.snd_total_bytes
        self._totals.inward.limit = settings.rcv_total_bytes
        for pipe in self._pipes:
            if pipe.spill is not None:
                pipe.spill()
            limit_bytes(pipe, *self._byte_marks, self._totals)
        self._look_for_room()

    def _look_for_room(self) -> None:
        for pipe in self._pipes:
            if pipe.blocked and pipe.has_room():
                pipe.blocked = False
                self._routing.writable(pipe)
        self._changed()


def _nobody_there(reason: str) -> None:
    """``refuse`` of a pipe that we connect, while it has no connection."""
