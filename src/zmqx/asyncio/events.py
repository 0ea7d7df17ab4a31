"""The events of an asyncio socket."""

from __future__ import annotations

from ..errors import ZMQError
from ..monitoring import EventTap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator
    from typing import Any

    from ..engine.monitor import SocketEvent


class EventStream(EventTap):
    """The events of a socket, as they happen. ``async for`` over it, until the socket or its context is closed, or
    ``recv`` one at a time."""

    _socket: Any  # a Socket, which makes us

    def recv(self, timeout: float | None = None) -> Future[SocketEvent | None]:
        """The next event; None once the socket or the stream is closed and all is read.

        ``timeout`` is in ms; None and negative wait for ever. Again when the time is up.
        """
        taken: list[SocketEvent | None] = []

        def attempt() -> tuple[SocketEvent | None] | None:
            found = self._take()
            if found is not None:
                taken[:] = found
            return found

        def give_back() -> None:
            if taken and taken[0] is not None:
                self._give_back(taken[0])

        looked = self._socket._look(attempt, timeout, give_back=give_back)
        event: Future[SocketEvent | None] = self._socket._then(looked, lambda found: found[0])
        return event

    def __aiter__(self) -> AsyncIterator[SocketEvent]:
        return self

    async def __anext__(self) -> SocketEvent:
        try:
            event = await self.recv()
        except ZMQError as error:
            if not self._socket._is_the_end(error):
                raise
            event = None
        if event is None:
            raise StopAsyncIteration
        return event

    async def __aenter__(self) -> EventStream:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()
