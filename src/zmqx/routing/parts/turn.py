"""Whose turn it is in a dialogue: one who asks and waits for the reply, or one who answers (RFC 28)."""

from __future__ import annotations

from ...constants import NativeOption, SocketOption
from ...pipes.halves import TurnEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque

    from ...message import Item, Part
    from ...pipes.pipe import Pipe
    from .fair_queue import FairQueue
    from .load_balance import LoadBalance


#: Options of the socket that say how it waits for its turn.
WAITS: dict[int, str] = {SocketOption.RCVTIMEO: "limit", NativeOption.SPIN: "spin"}


class Turn(TurnEnds):
    """What the short way of a dialogue (``engine.shortcut``) has to know of such a type; to be mixed in."""

    if TYPE_CHECKING:
        partner: Pipe | None
        _in: FairQueue
        _out: LoadBalance

    def begin_dialogue(self, asks: bool) -> None:
        """Nobody has asked."""
        self.asks = asks
        self.awaiting = False
        self.partner = None
        self.found = None
        self.envelope: list[Part] = []
        self.correlate = 0
        self.relaxed = 0
        self.limit = -1
        self.spin = 0
        self.straight = True
        self.shortcut = None

    def take_no_shortcut(self) -> None:
        """From now on every message has to pass somebody who looks at it, or none may."""
        self.straight = False
        self.shortcut = None

    def ways(self) -> tuple[FairQueue, deque[Pipe], deque[Pipe] | None]:
        """Where messages come in, the ring in there, and the ring of those with room (of who asks)."""
        return self._in, self._in.ring, self._out.ring if self.asks else None

    def _held(self) -> list[Item]:
        """Messages that were taken from their pipes, and not received yet."""
        return [] if self.found is None else [self.found]
