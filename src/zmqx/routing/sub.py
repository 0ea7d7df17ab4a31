"""SUB: from each peer in turn, what was asked for (RFC 29).

Publishers filter, and so do we: an old peer, a welcome message or a peer that means no good could
send what nobody here subscribed to.
"""

from __future__ import annotations

from ..constants import SocketOption as O
from ..constants import SocketType
from ..errors import ENOTSUP, zmq_error
from ..message import Subscription
from .xsub import Xsub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..message import Item, Message


class Sub(Xsub):
    socket_type = SocketType.SUB
    sends = False
    options = {O.INVERT_MATCHING: "invert"}

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.invert = 0
        self._found: Message | None = None  # by can_recv, not yet received
        self._sieve_due = True  # once there are messages
        self.in_lane = self._in

    def subscribe(self, topic: bytes, on: bool) -> None:
        self._in.set_open(False)
        if self.change(topic, on):
            for pipe in self._up:
                pipe.put_always(Subscription(topic, on))
        self._set_lane()

    def set_option(self, number: int, value: Any) -> None:
        super().set_option(number, value)
        self._set_lane()

    def _set_lane(self) -> None:
        """Who wants everything needs no filter; who has found something wants that first."""
        everything = self._topics.has(b"") and not self.invert
        self._in.set_open(everything and self._found is None)
        self._sieve_due = not everything

    def try_send(self, message: Message) -> bool:
        raise zmq_error(ENOTSUP, "a SUB socket does not send")

    def try_recv(self) -> Message | None:
        found = self._found
        if found is not None:
            self._found = None
            self._set_lane()
            return found
        while (item := self._in.take()) is not None:
            first = item[0] if type(item) is list else item
            if self._topics.matches(first) != bool(self.invert):  # type: ignore[arg-type]
                if self._sieve_due:
                    self._sieve_due = False
                    self._in.sift(self._topics.tree, bool(self.invert))
                return item  # type: ignore[return-value]
            self.filtered += 1
        return None

    def can_send(self) -> bool:
        return False

    def can_recv(self) -> bool:
        if self._found is None:
            self._found = self.try_recv()
            self._set_lane()  # what is found comes first
        return self._found is not None

    def _held(self) -> list[Item]:
        return [] if self._found is None else [self._found]
