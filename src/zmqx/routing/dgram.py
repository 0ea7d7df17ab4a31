"""DGRAM: datagrams of one bound endpoint, each with the address it came from or goes to in front (zmq_udp)."""

from __future__ import annotations

from ..constants import Overflow, SocketType
from ..errors import EINVAL, EMSGSIZE, zmq_error
from ..message import DATAGRAM_LIMIT
from .pair import Pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message
    from ..pipes.pipe import Pipe


class Dgram(Pair):
    socket_type = SocketType.DGRAM
    overflows = frozenset({Overflow.DEFAULT})

    def attach(self, pipe: Pipe) -> None:
        if not self._peer.attach(pipe):
            pipe.refuse("this DGRAM socket is bound already")

    def try_send(self, message: Message) -> bool:
        if type(message) is not list or len(message) != 2:
            raise zmq_error(EINVAL, "a DGRAM socket sends an address and one frame")
        if len(message[1]) > DATAGRAM_LIMIT:
            raise zmq_error(EMSGSIZE, f"{len(message[1])} bytes do not fit into a datagram of {DATAGRAM_LIMIT}")
        return self._peer.put(message)
