"""The half that knows its peers by their routing ids: the sender's id in front of every message received."""

from __future__ import annotations

from ..errors import EINVAL, zmq_error
from .base import Taking
from .parts.announcing import announce_loss
from .parts.pairs import nobody
from .parts.peers import Peers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message, Part
    from ..pipes.pipe import Pipe


class Addressed(Taking):
    """What ROUTER and STREAM have in common."""

    sends = True

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._peers = Peers(seed)

    def check_peer_id(self, routing_id: bytes) -> None:
        if self._peers.find(routing_id) is not None:
            raise zmq_error(EINVAL, f"CONNECT_ROUTING_ID {routing_id!r} names a peer already")

    def disconnected(self, pipe: Pipe) -> None:
        # Not of one whose name we did not grant, or that another has now.
        if self._peers.find(pipe.peer_id) is pipe:
            announce_loss(pipe, self.readable)

    def left(self, pipe: Pipe) -> None:
        self.disconnected(pipe)

    def detach(self, pipe: Pipe) -> None:
        super().detach(pipe)
        self._peers.forget(pipe)

    def _find(self, routing_id: Part) -> Pipe:
        """The peer of this id; EHOSTUNREACH if there is none."""
        pipe = self._peers.find(bytes(routing_id))
        if pipe is None:
            raise nobody(routing_id)
        return pipe

    def try_recv(self) -> Message | None:
        item = self._in.take()
        if item is None:
            return None
        pipe = self._in.source
        if type(item) is list:
            return [pipe.peer_id, *item]  # type: ignore[union-attr]  # a message has a source
        return [pipe.peer_id, item]  # type: ignore[union-attr,list-item]
