"""The socket without a colour: options, routing, ports and life, written once for every face.

A face calls ``try_send`` and ``try_recv`` under ``guard``, and waits, in its own way, when they say
"not now": ``enlist`` a waiter under the guard, release it, wait, try again. Whatever may change the
answer sets every waiter enlisted. Where ``out_lane`` or ``in_lane`` leads to a pipe, a face may append
to it or pop from it by itself (see ``routing.parts.lane``). Other methods take the guard themselves
and do not block, except ``bind``, which may look up a name.
"""

from __future__ import annotations

from bisect import insort
from operator import itemgetter
from time import monotonic

from ..accounts import Drop
from ..constants import NativeOption
from ..constants import SocketOption as O
from ..options import Settings
from ..routing.closed import Closed
from ..routing.parts.lane import Lane
from ..routing.parts.turn import Turn
from ..routing.registry import ROUTINGS
from .desk import OptionDesk
from .door import Door
from .eager import Luck
from .ledger import Ledger
from .monitor import EventBoard
from .overview import Overview
from .ports import Ports
from .reactor import surely
from .shortcut import find_shortcut
from .showing import Showing
from .size_limit import SizeLimit
from .state import set_surely

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..constants import SocketType
    from ..message import Message, Part
    from ..pipes.pipe import Pipe
    from ..routing.base import Routing
    from ..transports.inproc import Names
    from .reactor import Guard, Reactor, Timer
    from .session import Session


class SocketCore(Showing):
    """One socket."""

    __slots__ = (
        "_desk",
        "_done",
        "_door",
        "_finished",
        "_linger_timer",
        "_outlives",
        "_size_limit",
        "hot",
        "in_lane",
        "labelled",
        "lockstep",
        "luck",
        "out_lane",
        "serial",
        "settings",
    )

    def __init__(
        self,
        socket_type: SocketType,
        *,
        seed: int,
        names: Names,
        reactor: Callable[[], Reactor],
        done: Callable[[SocketCore], None],
        threads: Callable[[], int] = lambda: 1,
    ) -> None:
        """``seed``: 32 random bits. ``reactor`` makes one when the first is needed, or raises.
        ``done`` is called, without the guard, once a closed socket has finished. ``threads``: IO_THREADS."""
        super().__init__(socket_type)
        self.settings = Settings(socket_type)
        self._done = done
        self._finished = False
        self._linger_timer: Timer | None = None
        self._outlives = False  # it is closed, and still sends
        self._routing = ROUTINGS[socket_type](seed)
        self.turn = self._routing if isinstance(self._routing, Turn) else None
        self.lockstep = self._routing.lockstep
        self.labelled = self._routing.labelled
        self.luck = Luck(self.settings.spin / 1_000_000)
        if self.turn is not None:
            self.turn.spin = self.settings.spin
        self.out_lane = self._routing.out_lane
        self.in_lane = self._routing.in_lane
        self.try_send = self._routing.try_send
        self.try_recv = self._routing.try_recv
        self._board = EventBoard(self._changed)
        self._ledger = Ledger(socket_type.name, self.guard, monotonic)
        self._routing.on_loss = self._ledger.lost
        self.hot: set[Session] = set()  # sessions worth reading without asking the selector
        self.serial = 0  # of the one taken from there last
        self._ports = Ports(
            self._routing,
            self.guard,
            names,
            reactor,
            self._ledger,
            hot=self.hot,
            readable=self._readable,
            changed=self._changed,
            idle=self._idle,
            lone=self._alone_with,
            emit=self._emit,
        )
        self.overview = Overview(self.guard, self._ports, self._routing, self._ledger)
        self._make_reactor = reactor
        self._size_limit: SizeLimit | None = None
        self._desk = OptionDesk(
            self.settings,
            self._routing,
            self._ports.pipes.set_marks,
            self._ports.pipes.set_byte_marks,
            {O.EVENTS: self.events, O.FD: self._descriptor, O.LAST_ENDPOINT: lambda: self._door.last_endpoint},
        )
        self._door = Door(self.guard, self._ports, self._desk, self._routing, self.settings, self.check_open, threads)

    # -- messages: under the guard

    def give_back(self, message: Message, serial: int) -> None:
        """Undo a receive: the next one gets this message, or another with a lower serial, if it keeps out of the
        lanes while there are any (``returned``). Takes the guard."""
        with self.guard.deferred, self.guard:
            if self.closed:
                self._routing.lose(Drop.UNREAD)
                return
            insort(self._returned, (serial, message), key=itemgetter(0))
            if not self.terminated:
                self._receive_by(self._take_returned)
            self._changed()

    @property
    def returned(self) -> bool:
        """Whether there are messages that were given back."""
        return bool(self._returned)

    def _take_returned(self) -> Message | None:
        self.serial, message = self._returned.pop(0)
        if not self._returned:
            self._receive_by(self._routing.try_recv)
        return message

    def begin(self, first: Part) -> bool:
        """Whether a message that begins with this frame could be sent now; raises for misuse."""
        self.check_open()
        begun = self._routing.begin(first)
        if not begun and self._beacon is not None:
            self._beacon.refused()
        return begun

    def limit_frames(self, most: int) -> None:
        """Send no frame longer than this. To be called before there is a face."""
        self._size_limit = SizeLimit(most)
        self._take_no_shortcut()
        self.out_lane = Lane()
        self.try_send = self._size_limit.before(self._routing.try_send)

    def check_frames(self, parts: list[Part]) -> None:
        """EMSGSIZE if one of these is too long to be sent."""
        if self._size_limit is not None:
            self._size_limit.check(parts)

    @property
    def sends(self) -> bool:
        """Whether this type of socket ever sends."""
        return self._routing.sends

    def sender(self) -> Pipe | None:
        """Where the message last received came from."""
        return self._routing.sender()

    def read_hot(self) -> bool:
        """Read the streams that are likely to have something, without asking; whether any had."""
        found = False
        for session in tuple(self.hot):
            if session.read_now():
                found = True
        return found

    def read_eagerly(self) -> bool:
        """In a dialogue with a single peer, look for its answer for a moment; whether there was any."""
        luck = self.luck
        session = self._ports.only_session
        if luck.left <= 0 or session is None:
            return False
        if session.look_and_read(luck.moment):
            luck.won()
            return True
        luck.lost()
        return False

    def _alone_with(self, session: Session | None) -> None:
        """There is one session, which is up; or there is none, or more."""
        if self.turn is not None:
            find_shortcut(self.turn, self, session)

    def _readable(self, pipe: Pipe) -> None:
        """A pipe that was asleep has messages."""
        self._routing.readable(pipe)
        waiters = self.waiters
        if waiters:
            try:
                self.waiters = []
                for waiter in waiters:
                    if not waiter.ready:  # Waiter.set, written out
                        waiter.ready = True
                        rouse = waiter.rouse
                        rouse(waiter)
            except BaseException:
                set_surely(waiters)
                raise

    # -- endpoints

    def bind(self, endpoint: str | bytes) -> str:
        """Listen; the endpoint as it is really bound. May block to look up a name."""
        return self._door.bind(endpoint)

    def adopt(self, fd: int) -> str:
        """Listen at a descriptor that is bound already, and own it; the endpoint."""
        return self._door.adopt(fd)

    def connect(self, endpoint: str | bytes) -> str:
        """Begin to connect; the endpoint as given."""
        return self._door.connect(endpoint)

    def unbind(self, endpoint: str | bytes) -> None:
        """Stop listening; the address is free when this returns."""
        self._door.undo(endpoint, bound_first=True)

    def disconnect(self, endpoint: str | bytes) -> None:
        """Drop a connected endpoint; LINGER governs what is unsent."""
        self._door.undo(endpoint, bound_first=False)

    def connect_peer(self, endpoint: str | bytes) -> int:
        """Begin to connect; the routing id that the peer has here (PEER)."""
        return self._door.connect_peer(endpoint)

    def set_group(self, group: bytes, on: bool) -> None:
        """Join a group, or leave it (DISH)."""
        with self.guard.deferred, self.guard:
            self.check_open()
            self._routing.set_group(group, on)

    @property
    def passive(self) -> bool:
        """Whether there is no network endpoint yet: who waits, waits for other threads only."""
        return self._door.passive

    # -- options

    def set_option(self, number: int, value: Any) -> None:
        """Set an option by number. TypeError for a wrong type, EINVAL for everything else."""
        option = self._desk.find(number, "w")
        value = option.convert(value)
        with self.guard.deferred, self.guard:
            self.check_open()
            self._desk.set(option, value)
            if number == NativeOption.SPIN:
                self.luck.set_moment(value / 1_000_000)
            self._changed()  # what was waited for may be allowed now

    def get_option(self, number: int) -> Any:
        """Read an option by number; EINVAL if there is none to read."""
        option = self._desk.find(number, "r")
        with self.guard.deferred, self.guard:
            self.check_open()
            return self._desk.get(option)

    # -- ending

    def terminate(self) -> None:
        """The context ends: every call but ``close`` fails from now on, also those that wait."""
        with self.guard.deferred, self.guard:
            if not self.closed and not self.terminated:
                self.terminated = True
                self._refuse_use()
                if self._beacon is not None:
                    self._beacon.stay_lit()

    def close(self, linger: float | None = None) -> None:
        """Take nothing more and write what is unsent, for ``linger`` ms (-1: as long as it takes;
        None: the LINGER option). Returns at once; listeners are gone then. May be called twice."""
        with self.guard.deferred, self.guard:
            if self.closed:
                return
            surely(lambda: self._close(self.settings.linger if linger is None else linger))

    def _close(self, linger: float) -> None:
        self.closed = True
        self._refuse_use()
        self._drop_descriptor()
        self._board.close()
        returned, self._returned = self._returned, []
        self._routing.lose(Drop.UNREAD, len(returned))
        self._routing.give_up(list(self._ports.pipes))
        self._ports.finish()
        if linger == 0:
            self._ports.abort(Drop.CLOSED)
        if not (self._finished or self._outlives):
            self._make_reactor().outlive(True)
            self._outlives = True
            if linger > 0:
                run_out = lambda: self.abort(Drop.EXPIRED)  # noqa: E731
                self._linger_timer = self._make_reactor().call_later(linger / 1000, run_out)

    def abort(self, lost_because: Drop = Drop.CLOSED) -> None:
        """Linger no longer. What is unsent is lost."""
        with self.guard.deferred, self.guard:
            if self.closed and not self._finished:
                surely(lambda: self._ports.abort(lost_because))

    def flushed(self) -> bool:
        """Whether nothing waits any more to be handed to the system. If something does, waiters are set as it
        leaves. Under the guard."""
        self.check_open()
        if not self.overview.unsent():
            return True
        self._ports.pipes.ask_for_room()
        return False

    def unsent(self) -> dict[str, int]:
        """Messages that have not left, by endpoint. Takes the guard."""
        with self.guard.deferred, self.guard:
            return self.overview.unsent()

    def unsent_in_words(self) -> str:
        """The same, to be shown; empty if there is nothing. Takes the guard."""
        return ", ".join([f"{count} unsent to {endpoint}" for endpoint, count in self.unsent().items()])

    def locks(self) -> Iterator[Guard]:
        """All locks, in the order in which they may be taken; each is to be taken before the next is asked for."""
        door = self._door
        yield door.gate
        yield from list(door.making)
        yield self.guard

    def disown(self) -> None:
        super().disown()
        self._door.disown()
        self._finished = True
        if self._beacon is not None:
            self._beacon.close()  # our copy of it
        self._refuse_messages()
        self._returned.clear()
        self.hot.clear()
        if self._beacon is not None:
            self._beacon.close()
        self._board.disown()
        self._ports.disown()

    def _refuse_use(self) -> None:
        self._refuse_messages()
        self._changed()

    def _refuse_messages(self) -> None:
        self._take_no_shortcut()
        self.out_lane.set_open(False)
        self.in_lane.set_open(False)
        self._expose(Closed(self.check_open))

    def _expose(self, routing: Routing) -> None:
        """What the faces send through and receive from."""
        self.try_send = routing.try_send
        self.try_recv = routing.try_recv

    def _idle(self) -> None:
        if not self._finished:
            self.guard.defer(lambda: self._done(self))
            self._ledger.settle()
            if self._linger_timer is not None:
                self._linger_timer.cancel()
            if self._outlives:
                self._make_reactor().outlive(False)
            self._finished = True  # last: what Ctrl-C strikes is done again
