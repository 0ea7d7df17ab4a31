"""Many messages under one hold of the guard."""

from __future__ import annotations

from operator import index

from .._accel import accelerated
from ..errors import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..message import Message
    from .core import SocketCore

# Messages per hold: others want the socket too.
_AT_ONCE = 1000


def taker(core: SocketCore, most: int) -> Callable[[], list[Message] | None]:
    """Takes up to ``most`` messages that are there; None if there is none. To be called under the guard. TypeError if
    that is no number."""
    most = index(most)

    def take() -> list[Message] | None:
        taken: list[Message] = []
        lane = core.in_lane
        try:
            while True:
                # One that is asked for opens the lane again: it lets more come, if the queue was full.
                if lane.sieve is not None and (accelerated or lane.only is None):
                    taken += _take_along_the_lane(core, most - len(taken))
                if len(taken) >= most or (message := core.try_recv()) is None:
                    break
                taken.append(message)
        except ZMQError:
            if not taken:
                raise  # else the next call says so: types in a dialogue have one message at a time
        return taken or None

    return take


def _take_along_the_lane(core: SocketCore, most: int) -> list[Message]:
    """What nobody need be asked for, in one go. (In Python ``drain`` is not one: others may take meanwhile.)"""
    lane = core.in_lane
    sieve, pipe = lane.sieve, lane.only
    if sieve is None or core.returned:
        return []
    if pipe is None:
        return sieve.take_many(most)  # type: ignore[return-value]  # subscriptions are for publishers
    inbox = pipe.inbox
    return inbox.drain(max(0, min(most, len(inbox) - pipe.attention)))  # type: ignore[return-value]


class Outgoing:
    """Messages on their way into a socket, in order."""

    __slots__ = ("_core", "_messages", "sent")

    def __init__(self, core: SocketCore, messages: Sequence[Message]) -> None:
        self._core = core
        self._messages = messages
        self.sent = 0

    def put(self) -> int | None:
        """Queue as many as there is room for, but not too many at once; how many, or None for none. To be
        called under the guard."""
        messages = self._messages
        start = at = self.sent
        stop = min(len(messages), at + _AT_ONCE)
        core = self._core
        while at < stop:
            pipe = core.out_lane.only
            if pipe is not None:
                # What the routing would have done with each of them.
                room = min(stop - at, pipe.easy - len(pipe.outbox))
                if room > 0:
                    pipe.outbox.extend(messages[at : at + room])
                    self.sent = at = at + room
                    if not pipe.pending:
                        pipe.wake()
                    continue
            # One that is asked for opens the lane again: it has what has gathered written.
            if not core.try_send(messages[at]):
                break
            self.sent = at = at + 1
        return at - start or None

    @property
    def done(self) -> bool:
        return self.sent == len(self._messages)
