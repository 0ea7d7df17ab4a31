"""REQ: a request to each peer in turn, and the reply of just that peer (RFC 28).

On the wire a request is ``[id,] "", frames``: the empty delimiter, before it the request's number if
REQ_CORRELATE is set. A peer that answers without the delimiter breaks the protocol and loses its
connection; a reply to an earlier request, or from somebody else, is dropped and counted.
"""

from __future__ import annotations

import sys

from ..accounts import Drop
from ..constants import Overflow, SocketOption, SocketType
from ..errors import EFSM, ProtocolError, zmq_error
from .dealer import Dealer
from .parts.turn import WAITS, Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Item, Message, Part
    from ..pipes.pipe import Pipe


def _check_reply(item: Item) -> None:
    """What a connection may deliver to a REQ: ``[4 bytes,] "", body ...``."""
    if type(item) is list:
        at = 1 if len(item[0]) == 4 else 0
        if len(item) > at + 1 and len(item[at]) == 0:
            return
    raise ProtocolError("a reply without the empty frame that ends its envelope")


class Req(Turn, Dealer):
    socket_type = SocketType.REQ
    lockstep = True
    overflows = frozenset({Overflow.DEFAULT})
    options = {
        **Dealer.options,
        **WAITS,
        SocketOption.REQ_CORRELATE: "correlate",
        SocketOption.REQ_RELAXED: "relaxed",
    }
    check_message = staticmethod(_check_reply)

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.begin_dialogue(asks=True)  # without a partner while awaiting: the peer is gone, anyone may answer
        self._request = seed

    def detach(self, pipe: Pipe) -> None:
        super().detach(pipe)
        if self.partner is pipe and not pipe.inbox:
            self.partner = None

    def _must_receive(self) -> Exception:
        return zmq_error(EFSM, "a REQ socket has to receive the reply before it sends again")

    def begin(self, first: Part) -> bool:
        if self.awaiting and not self.relaxed:
            raise self._must_receive()
        return self._out.ready()

    def try_send(self, message: Message) -> bool:
        if self.awaiting and not self.relaxed:
            raise self._must_receive()
        if not self._out.ready():
            return False  # and nothing is changed
        if self.found is not None:
            self.found = None
            self.lose(Drop.UNASKED)
        while self._in.take() is not None:
            self.lose(Drop.UNASKED, pipe=self._in.source)
        parts: list[Part] = [b"", *message] if isinstance(message, list) else [b"", message]
        if self.correlate:
            # libzmq numbers in the host's byte order; to the peer it is four opaque bytes.
            parts.insert(0, ((self._request + 1) & 0xFFFFFFFF).to_bytes(4, sys.byteorder))
        pipe = self._out.put(parts)
        if pipe is None:
            return False
        if self.correlate:
            self._request = (self._request + 1) & 0xFFFFFFFF
        self.partner = pipe
        self.awaiting = True
        return True

    def try_recv(self) -> Message | None:
        if not self.awaiting:
            raise zmq_error(EFSM, "a REQ socket has to send a request before it receives")
        reply = self.found if self.found is not None else self._find()
        if reply is not None:
            self.found = None
            self.awaiting = False
            self.partner = None
        return reply

    def _find(self) -> Message | None:
        """Look for the reply."""
        while True:
            item = self._in.take()
            if item is None:
                return None
            asked = self.partner
            if asked is not None and self._in.source is not asked:
                self.lose(Drop.UNASKED, pipe=self._in.source)
                continue
            reply = self._open(item)
            if reply is not None:
                return reply
            self.lose(Drop.UNASKED, pipe=self._in.source)

    def _open(self, item: Item) -> Message | None:
        """The body of a reply that answers the request; None if it does not."""
        if type(item) is not list:
            return None
        body = item
        if self.correlate:
            if bytes(item[0]) != self._request.to_bytes(4, sys.byteorder):
                return None
            body = item[1:]
        if len(body) < 2 or len(body[0]):
            return None
        return body[1] if len(body) == 2 else body[1:]

    def can_send(self) -> bool:
        return (not self.awaiting or bool(self.relaxed)) and self._out.ready()

    def can_recv(self) -> bool:
        if self.awaiting and self.found is None:
            self.found = self._find()
        return self.awaiting and self.found is not None
