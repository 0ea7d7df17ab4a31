"""DEALER: to each peer in turn, from each in turn, envelopes untouched (RFC 28)."""

from __future__ import annotations

from ..constants import SocketOption, SocketType
from .base import Giving, Taking
from .parts.announcing import greet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..pipes.pipe import Pipe


class Dealer(Giving, Taking):
    socket_type = SocketType.DEALER
    options = {SocketOption.PROBE_ROUTER: "probe"}

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.probe = 0

    def connected(self, pipe: Pipe, routing_id: bytes) -> None:
        greet(pipe, self.probe)
