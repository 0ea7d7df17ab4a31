"""What becomes of a message for a peer whose queue is full: the OVERFLOW option."""

from __future__ import annotations

from ...accounts import Drop
from ...constants import Overflow
from ...pipes.pipe import nothing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...message import Message
    from ...pipes.pipe import Pipe

#: For types that share out what they send: sending one of several peers away would not make room.
SHARING = frozenset(Overflow) - {Overflow.DISCONNECT}
#: For types that send to a peer of one's choice, or to each.
CHOOSING = frozenset(Overflow)


def overflow(policy: Overflow, message: Message, pipe: Pipe, lose: Callable[[Drop, int, Pipe], None]) -> None:
    """See to a message that a pipe had no room for, and that nobody waits with."""
    if policy is Overflow.DROP_OLDEST and not pipe.ended:
        lose(Drop.REPLACED, pipe.put_over(message), pipe)
        return
    lose(Drop.FULL, 1, pipe)
    if policy is Overflow.DISCONNECT and pipe.wake is not nothing:  # otherwise there is nobody
        pipe.refuse("it takes messages too slowly")
        if pipe.peer is None:
            # A pipe that we dialed outlives its connections, and would be as full for the next.
            lose(Drop.PEER_GONE, len(pipe.drain_all()), pipe)
            pipe.emptied = True
