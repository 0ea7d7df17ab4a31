"""PEER: a SERVER that talks to others of its kind, and calls those it connects to by their id at once (RFC 51)."""

from __future__ import annotations

from ..constants import SocketType
from .parts.numbers import number_of
from .server import Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..pipes.pipe import Pipe


class Peer(Server):
    socket_type = SocketType.PEER

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._newest = 0

    def attach(self, pipe: Pipe) -> None:
        super().attach(pipe)
        self._newest = number_of(pipe)

    def newest_peer(self) -> int:
        return self._newest
