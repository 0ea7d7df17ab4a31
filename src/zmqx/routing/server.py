"""SERVER: by routing id out, from each peer in turn in, the sender's id beside the message (RFC 41)."""

from __future__ import annotations

from ..constants import SocketType
from ..errors import EHOSTUNREACH, zmq_error
from ..message import Labelled
from .parts.numbers import Numbers, number_of
from .parts.overflow import CHOOSING
from .parts.singles import several
from .single import SingleSending, SingleTaking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..message import Message
    from ..pipes.pipe import Pipe


class Server(SingleSending, SingleTaking):
    socket_type = SocketType.SERVER
    sends = True
    overflows = CHOOSING
    labelled = True

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._peers = Numbers(seed)

    def attach(self, pipe: Pipe) -> None:
        super().attach(pipe)
        self._peers.name(pipe)

    def detach(self, pipe: Pipe) -> None:
        super().detach(pipe)
        self._peers.forget(pipe)

    def try_send(self, message: Message | Labelled) -> bool:
        if type(message) is list:
            raise several(self.socket_type)
        if type(message) is not Labelled or not message.routing_id:
            raise zmq_error(EHOSTUNREACH, f"a message of a {self.socket_type.name} socket needs a routing id")
        pipe = self._peers.find(message.routing_id)
        if pipe is None:
            raise zmq_error(EHOSTUNREACH, f"no peer has the routing id {message.routing_id}")
        return pipe.put(message.part) or self._overflow(message.part, pipe)

    def try_recv(self) -> Any:
        item = self._in.take()
        if item is None:
            return None
        return Labelled(item, routing_id=number_of(self._in.source))  # type: ignore[arg-type]  # one frame, of a peer

    def can_send(self) -> bool:
        return True
