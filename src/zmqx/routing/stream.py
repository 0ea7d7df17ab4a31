"""STREAM: raw bytes of TCP connections, each behind the routing id of its peer (zmq_socket, ZMQ_STREAM)."""

from __future__ import annotations

from ..constants import SocketOption, SocketType
from .addressed import Addressed
from .parts.announcing import announce_arrival
from .parts.pairs import put_pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message, Part
    from ..pipes.pipe import Pipe


class Stream(Addressed):
    socket_type = SocketType.STREAM
    options = {SocketOption.ROUTING_ID: "given_id"}

    def attach(self, pipe: Pipe) -> None:
        chosen = bool(pipe.peer_id)
        self._peers.name(pipe, pipe.peer_id)
        if not chosen:
            self.given_id = pipe.peer_id

    def connected(self, pipe: Pipe, routing_id: bytes) -> None:
        announce_arrival(pipe, self.readable)

    def begin(self, first: Part) -> bool:
        return self._find(first).has_room()

    def try_send(self, message: Message) -> bool:
        return put_pairs(message, self._peers, self.lose, self._wait_or_fail, self._overflow, strict=True)

    def can_send(self) -> bool:
        return True
