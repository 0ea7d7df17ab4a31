"""What the types without multipart messages have in common (RFCs 41, 49, 51 and 52)."""

from __future__ import annotations

from ...accounts import Drop
from ...errors import EINVAL, zmq_error
from .fair_queue import FairQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...constants import SocketType
    from ...message import Item


def several(socket_type: SocketType) -> Exception:
    """The error of whoever begins, or sends, a message of several frames."""
    return zmq_error(EINVAL, f"a {socket_type.name} socket sends messages of one frame only")


class SingleQueue(FairQueue):
    """Takes in turn, as its base does, but messages of one frame only; others are discarded whole."""

    __slots__ = ("_lose",)

    def __init__(self, lose: Callable[[Drop], None]) -> None:
        """``lose`` is told of each that is discarded."""
        super().__init__()
        self._lose = lose

    def take(self) -> Item | None:
        while (item := super().take()) is not None:
            if type(item) is not list:
                return item
            self._lose(Drop.MALFORMED)
        return None

    def ready(self) -> bool:
        while super().ready():
            if type(self.ring[0].inbox[0]) is not list:
                return True
            super().take()
            self._lose(Drop.MALFORMED)
        return False
