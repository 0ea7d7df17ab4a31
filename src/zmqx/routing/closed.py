"""Where the routing of a socket was that is closed, or whose context has ended: all it does is say so."""

from __future__ import annotations

from .base import Routing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..message import Message


class Closed(Routing):
    """Refuses every message."""

    def __init__(self, refuse: Callable[[], None]) -> None:
        """``refuse`` raises ENOTSOCK or ETERM."""
        super().__init__()
        self._refuse = refuse

    def try_send(self, message: Message) -> bool:
        self._refuse()
        return False

    def try_recv(self) -> Message | None:
        self._refuse()
        return None
