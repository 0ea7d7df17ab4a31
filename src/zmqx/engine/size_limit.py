"""MAX_MSGSZ: the longest frame that a socket sends. A socket without that limit never asks."""

from __future__ import annotations

from ..errors import EMSGSIZE, zmq_error
from ..message import Labelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..message import Message, Part


class SizeLimit:
    """See the module."""

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        self._most = most

    def check(self, parts: Iterable[Part | Labelled]) -> None:
        """EMSGSIZE if one of these is too long."""
        for part in parts:
            size = len(part.part if isinstance(part, Labelled) else part)
            if size > self._most:
                raise zmq_error(EMSGSIZE, f"a frame of {size} bytes; MAX_MSGSZ of this context is {self._most}")

    def before(self, try_send: Callable[[Message], bool]) -> Callable[[Message], bool]:
        """The same, but for messages that are too long."""

        def checked(message: Message) -> bool:
            self.check(message if isinstance(message, list) else [message])
            return try_send(message)

        return checked
