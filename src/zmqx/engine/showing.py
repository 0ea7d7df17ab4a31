"""The half of a socket's core that shows whether there is anything to do: EVENTS, polls, and the descriptor."""

from __future__ import annotations

from weakref import ref

from ..constants import POLLIN, POLLOUT
from ..errors import ZMQError, zmq_error
from .beacon import Beacon
from .observed import Observed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..constants import SocketType
    from ..message import Message
    from ..routing.parts.turn import Turn
    from .reactor import Reactor


class Showing(Observed):
    """See the module. Methods are called under the guard, unless they say otherwise."""

    __slots__ = ("_beacon", "_halfway", "_make_reactor", "_returned", "_standing_by", "try_recv", "try_send", "turn")

    try_send: Callable[[Message], bool]
    try_recv: Callable[[], Message | None]
    _make_reactor: Callable[[], Reactor]

    def __init__(self, socket_type: SocketType) -> None:
        super().__init__(socket_type)
        self._returned: list[tuple[int, Message]] = []  # received by somebody who then did not get it
        self._beacon: Beacon | None = None  # FD, once somebody has asked for it
        self._standing_by = False
        self.turn: Turn | None = None  # of a type that speaks in turn
        self._halfway: set[ref[Any]] = set()  # who has received a part of a message, and not the last

    def events(self) -> int:
        """POLLIN and POLLOUT, as they stand."""
        return self.ready(POLLIN | POLLOUT)

    def ready(self, wanted: int) -> int:
        """Those of the bits wanted that stand."""
        self.check_open()
        found = self._stands(wanted)
        if self._beacon is not None:
            self._beacon.asked(found, wanted)
        return found

    def _stands(self, wanted: int) -> int:
        found = POLLIN if wanted & POLLIN and (self._returned or self._routing.can_recv()) else 0
        return found | POLLOUT if wanted & POLLOUT and self._routing.can_send() else found

    def _descriptor(self) -> int:
        """FD: made when somebody first asks for it. From then on sends and receives pass by the beacon (the lanes
        stay open: nobody takes a last message there), and the background thread drives whenever nobody else does:
        whoever waits for a descriptor does not."""
        beacon = self._beacon
        if beacon is None:
            try:
                beacon = Beacon(self._stands, self._unfinished, self.enlist)
            except OSError as error:
                raise zmq_error(error.errno or 0, "there is no descriptor for FD") from error
            self._take_no_shortcut()
            self.try_recv = beacon.receiving(self.try_recv)
            self.try_send = beacon.sending(self.try_send)
            self._beacon = beacon
            try:
                self._make_reactor().stand_by(True)
                self._standing_by = True
            except ZMQError:
                pass  # IO_THREADS is 0: there is no I/O
        return beacon.fd

    def hold_part(self, who: object, on: bool) -> None:
        """A task, or what is gone with its thread, has received a part of a message and not the last, or has done
        with it. Whoever is no more, or done, has none. Takes the guard."""
        halfway = self._halfway
        if on:
            halfway.add(ref(who, halfway.discard))
        else:
            halfway.discard(ref(who))
        if self._beacon is not None:
            with self.guard.deferred, self.guard:
                self._beacon.look()

    def _unfinished(self) -> bool:
        # A list, made in one go: others come and go meanwhile. (A tuple is so under an interpreter lock only.)
        return bool(self._halfway) and any(_goes_on(known()) for known in list(self._halfway))

    def _take_no_shortcut(self) -> None:
        """``try_send`` or ``try_recv`` is not what the routing does any more."""
        if self.turn is not None:
            self.turn.take_no_shortcut()

    def _receive_by(self, take: Callable[[], Message | None]) -> None:
        self._take_no_shortcut()
        self.try_recv = take if self._beacon is None else self._beacon.receiving(take)

    def _drop_descriptor(self) -> None:
        if self._beacon is not None:
            self._beacon.close()
            if self._standing_by:
                self._standing_by = False
                self._make_reactor().stand_by(False)


def _goes_on(who: Any) -> bool:
    """Whether somebody may come for the rest of a message."""
    if who is None:
        return False
    over = getattr(who, "done", None) or getattr(who, "is_closed", None)  # of a task of asyncio, of a loop
    return over is None or not over()
