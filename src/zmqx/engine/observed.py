"""The half of a socket's core that only tells: events, counts, who is there. It changes nothing."""

from __future__ import annotations

from ..constants import Event
from ..errors import EAGAIN, EINVAL, zmq_error
from .state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..routing.base import Routing
    from .admission import Hook
    from .ledger import Ledger
    from .monitor import EventBoard, EventQueue, SocketEvent
    from .overview import Overview
    from .ports import Ports


class Observed(State):
    """See the module. Methods take the guard, unless they say that it has to be held."""

    __slots__ = ("_board", "_ledger", "_ports", "_routing", "overview")

    overview: Overview
    _board: EventBoard
    _ledger: Ledger
    _ports: Ports
    _routing: Routing

    # -- waits that take nothing: under the guard

    def connections(self) -> int:
        """How many peers are there, handshake done."""
        self.check_open()
        return len(self._ports.pipes.ready)

    def subscribers(self, topic: bytes) -> int:
        """How many peers get every message that begins with ``topic``; ENOTSUP if this is no publisher."""
        self.check_open()
        return self._routing.subscribers(topic)

    # -- admission

    @property
    def accept_hook(self) -> Hook | None:
        """Decides about addresses that come to endpoints bound from now on."""
        return self._ports.accept_hook

    @accept_hook.setter
    def accept_hook(self, hook: Hook | None) -> None:
        self._ports.accept_hook = hook

    # -- events

    def _emit(self, event: SocketEvent) -> None:
        self._ledger.note(event)
        self._board.emit(event)

    def watch_events(self, kinds: int, limit: int, changed: Callable[[], None] | None = None) -> EventQueue:
        """A queue of what happens from now on, to be read under the guard. For each event ``changed`` is called,
        under the guard; without it, waiters are set."""
        with self.guard.deferred, self.guard:
            self.check_open()
            return self._board.open(kinds, limit, changed)

    def report_pipes(self) -> None:
        """Have an event tell of each pipe. EINVAL if nobody watches for PIPES_STATS, EAGAIN if there is no pipe."""
        with self.guard.deferred, self.guard:
            self.check_open()
            if not self._board.wants(Event.PIPES_STATS):
                raise zmq_error(EINVAL, "nobody watches for PIPES_STATS")
            events = self.overview.report_pipes()
            if not events:
                raise zmq_error(EAGAIN, "the socket has no pipes")
            for event in events:
                self._emit(event)

    def ignore_events(self, queue: EventQueue) -> None:
        """Close a queue of events."""
        with self.guard.deferred, self.guard:
            self._board.drop(queue)
