"""The two halves of the types whose messages have one frame each (RFCs 41, 49, 51 and 52)."""

from __future__ import annotations

from .base import Giving, Routing, Taking
from .parts.lane import Lane
from .parts.singles import SingleQueue, several

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message, Part


class SingleSending(Routing):
    """Refuses to begin a message of several frames."""

    def begin(self, first: Part) -> bool:
        raise several(self.socket_type)


class SingleGiving(SingleSending, Giving):
    """The half that sends to each peer in turn."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        # What passes this way has one frame.
        self.out_lane = self._out
        self._out.set_open(True)

    def try_send(self, message: Message) -> bool:
        if type(message) is list:
            raise several(self.socket_type)
        return super().try_send(message)


class SingleTaking(Taking):
    """The half that receives from each peer in turn. Messages of several frames are discarded whole."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._in = SingleQueue(self.lose)
        self.in_lane = Lane()  # past the queue nobody would discard them
