"""CHANNEL: one peer, both ways, messages of one frame (RFC 52)."""

from __future__ import annotations

from ..constants import SocketType
from .pair import Pair
from .parts.exclusive import Exclusive
from .parts.singles import SingleQueue, several
from .single import SingleSending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message


class Channel(SingleSending, Pair):
    socket_type = SocketType.CHANNEL

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._peer = Exclusive(SingleQueue(self.lose))

    def try_send(self, message: Message) -> bool:
        if type(message) is list:
            raise several(self.socket_type)
        return super().try_send(message)
