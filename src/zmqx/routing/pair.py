"""PAIR: one peer, both ways (RFC 31). A second peer is told to go, and may try again later."""

from __future__ import annotations

from ..constants import SocketType
from .base import Routing
from .parts.exclusive import Exclusive
from .parts.overflow import SHARING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message, Part
    from ..pipes.pipe import Pipe


class Pair(Routing):
    socket_type = SocketType.PAIR
    sends = True
    overflows = SHARING

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._peer = Exclusive()

    def attach(self, pipe: Pipe) -> None:
        if not self._peer.attach(pipe):
            pipe.refuse(f"this {self.socket_type.name} socket has a peer already")

    def detach(self, pipe: Pipe) -> None:
        self._peer.detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        self._peer.readable(pipe)

    def try_send(self, message: Message) -> bool:
        return self._peer.put(message) or self._no_room(message)

    def _no_room(self, message: Message) -> bool:
        """The peer has no room, or there is none: wait, or what OVERFLOW says."""
        pipe = self._peer.pipe
        return self._overflow(message, pipe) if pipe is not None else self._wait_or_fail()

    def begin(self, first: Part) -> bool:
        return self.can_send() or self._wait_or_fail()

    def try_recv(self) -> Message | None:
        return self._peer.take()  # type: ignore[return-value]  # subscriptions are for publishers

    def can_send(self) -> bool:
        return self._peer.can_put() or (not self.all_or_nothing and self._peer.pipe is not None)

    def can_recv(self) -> bool:
        return self._peer.can_take()

    def sender(self) -> Pipe | None:
        return self._peer.source()

    def _sources(self, pipes: list[Pipe]) -> list[Pipe]:
        return self._peer.sources(pipes)
