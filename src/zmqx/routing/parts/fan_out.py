"""Putting one message into many pipes: all of it or, where a pipe is full, none of it (RFC 29).

A publisher mostly sends one message after another to the same peers. While that lasts, and as long as
every one of them has room and is going to look at its outbox anyway, they form a *cohort*: what is
sent to it is noted once, and *spilled* into each outbox when anybody looks.

A cohort looks like a pipe to a face: while everything goes to its peers, whatever is in it, a lane leads to it, and
plain messages pass the routing by. Who appended too late, to a cohort that is no more, sees that nothing is
*pending* there, wakes it, and so has the message sent again.

The copies are references. What one receiver does to its message must not reach the others: a face
hands out a list of its own.
"""

from __future__ import annotations

from ...pipes.halves import LaneEnd, PipeEnds, new_queue, pour, share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...message import Message
    from ...pipes.pipe import Pipe

_NOBODY: list[Pipe] = []


def put_each(message: Message, pipes: dict[Pipe, None]) -> list[Pipe]:
    """Queue a message for each of these peers; those that had no room (not to be changed)."""
    full = _NOBODY
    for pipe in pipes:
        if not pipe.put(message):
            if full is _NOBODY:
                full = []
            full.append(pipe)
    return full


def _room(pipe: Pipe) -> int:
    """How many messages may wait to be spilled into a pipe. A peer in our own process reads our very outbox,
    and asks nobody before."""
    return pipe.easy - len(pipe.outbox) if pipe.outbox and pipe.pending and pipe.peer is None else 0


class FanLane(LaneEnd):
    """The lane to the cohort, while there is one that gets everything."""

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.only = None
        self.open = True

    def set_open(self, on: bool) -> None:
        """Open or close the lane."""
        self.open = on
        self.only = None


class Cohort(PipeEnds):
    """Peers that are sent the same. To a face, a pipe with room."""

    __slots__ = ("fan_out", "pipes")

    def __init__(self, pipes: dict[Pipe, None], room: int, fan_out: FanOut) -> None:
        """``room`` is in messages."""
        self.pipes = pipes
        self.outbox = new_queue()
        self.easy = room
        self.pending = True
        self.fan_out = fan_out

    # A method, not a field: a closure would be a ring of references for each cohort.
    def wake(self) -> None:
        """Somebody appended too late."""
        self.fan_out.send_late(self)


class FanOut:
    """The cohort of one socket."""

    __slots__ = ("_cohort", "_last", "_send_again", "_whatever", "lane")

    def __init__(
        self,
        send_again: Callable[[Message], object] | None = None,
        whatever: Callable[[], bool] | None = None,
    ) -> None:
        """``send_again`` sends what missed its cohort, and takes no for no answer;
        ``whatever`` says whether every message would go to the same peers now (what changes that, spills).
        Without them no lane opens."""
        self._cohort: Cohort | None = None
        self._last: dict[Pipe, None] | None = None  # to whom the last message went
        self._send_again = send_again or _nowhere
        self._whatever = whatever
        self.lane = FanLane()

    def put(self, message: Message, pipes: dict[Pipe, None]) -> list[Pipe]:
        """Queue a message for each of these peers; those that had no room (not to be changed).

        ``pipes`` may be changed after a ``spill`` only.
        """
        cohort = self._cohort
        if cohort is not None and pipes is cohort.pipes and len(cohort.outbox) < cohort.easy:
            cohort.outbox.append(message)
            return _NOBODY
        self.spill()
        full = put_each(message, pipes)
        if pipes is self._last and len(pipes) > 1:
            self._form(pipes)
        self._last = pipes
        return full

    def ready(self, pipes: dict[Pipe, None]) -> bool:
        """Whether all of these have room; those that have not will tell when they do."""
        self.spill()
        return all(pipe.has_room() for pipe in pipes)

    def _form(self, pipes: dict[Pipe, None]) -> None:
        room = min([_room(pipe) for pipe in pipes])
        if room > 0:
            # Ctrl-C may strike in between: a peer that would not spill is worse than one that spills in vain.
            for pipe in pipes:
                pipe.spill = self.spill
            self._cohort = cohort = Cohort(pipes, room, self)
            share(cohort.outbox, [pipe.outbox for pipe in pipes])
            if self.lane.open and self._whatever is not None and self._whatever():
                self.lane.only = cohort

    def spill(self) -> None:
        """Give every peer what it shares with the others; the cohort is no more."""
        cohort = self._cohort
        if cohort is not None:
            self.lane.only = None
            cohort.pending = False  # before the last look: who appends after it sees that
            pour(cohort.outbox, [pipe.outbox for pipe in cohort.pipes])
            self._cohort = None
            for pipe in cohort.pipes:
                pipe.spill = None

    def send_late(self, cohort: Cohort) -> None:
        """Send what was appended when the cohort was no more."""
        if cohort is self._cohort:
            self.spill()  # struck by Ctrl-C before it was done
        outbox = cohort.outbox
        while outbox:
            self._send_again(outbox.popleft())  # type: ignore[arg-type]  # subscriptions are for publishers


def _nowhere(message: Message) -> None:
    return None
