"""REP: a request from each peer in turn, the reply to just that peer (RFC 28).

Everything up to the first empty frame is the way back: kept, and put before the reply.
"""

from __future__ import annotations

from ..accounts import Drop
from ..constants import SocketType
from ..errors import EFSM, zmq_error
from .base import Taking
from .parts.turn import WAITS, Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Item, Message, Part
    from ..pipes.pipe import Pipe


class Rep(Turn, Taking):
    socket_type = SocketType.REP
    sends = True
    lockstep = True
    options = {**WAITS}

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.begin_dialogue(asks=False)

    def left(self, pipe: Pipe) -> None:
        """Not announced, whatever ROUTER_RAW says: that would be no request."""

    def _must_receive(self) -> Exception:
        return zmq_error(EFSM, "a REP socket has to receive a request before it sends")

    def begin(self, first: Part) -> bool:
        if not self.can_send():
            raise self._must_receive()
        return True

    def try_send(self, message: Message) -> bool:
        asker = self.partner
        if asker is None or self.found is not None:
            raise self._must_receive()
        reply: list[Part] = [*self.envelope, *message] if isinstance(message, list) else [*self.envelope, message]
        self.partner = None
        if not asker.put(reply):
            self.lose(Drop.PEER_GONE if asker.ended else Drop.FULL, pipe=asker)
        return True

    def try_recv(self) -> Message | None:
        request = self.found
        if request is not None:
            self.found = None
            return request
        if self.partner is not None:
            raise zmq_error(EFSM, "a REP socket has to reply before it receives again")
        return self._find()

    def _find(self) -> Message | None:
        """Look for a request; its asker is chosen then, and waits for the reply."""
        while True:
            item = self._in.take()
            if item is None:
                return None
            request = self._open(item)
            if request is not None:
                self.partner = self._in.source
                return request
            self.lose(Drop.MALFORMED, pipe=self._in.source)

    def _open(self, item: Item) -> Message | None:
        """Keep the envelope, return the body; None if there is no envelope, or nothing behind it."""
        if type(item) is not list:
            return None
        for index, part in enumerate(item[:-1]):
            if not part:
                self.envelope = item[: index + 1]
                body = item[index + 1 :]
                return body[0] if len(body) == 1 else body
        return None

    def can_send(self) -> bool:
        return self.partner is not None and self.found is None

    def can_recv(self) -> bool:
        if self.partner is None:
            self.found = self._find()
        return self.found is not None
