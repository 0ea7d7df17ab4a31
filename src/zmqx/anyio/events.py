"""The events of an anyio socket."""

from __future__ import annotations

from ..errors import ZMQError
from ..monitoring import EventTap
from ..times import time_to_wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from ..engine.monitor import SocketEvent


class EventStream(EventTap):
    """The events of a socket, as they happen. ``async for`` over it, until the socket or its context is closed, or
    ``recv`` one at a time."""

    _socket: Any  # a Socket, which makes us

    async def recv(self, timeout: float | None = None) -> SocketEvent | None:
        """The next event; None once the socket or the stream is closed and all is read.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up.
        """
        taken: tuple[SocketEvent | None] = await self._socket._wait(self._take, time_to_wait(timeout))
        return taken[0]

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
