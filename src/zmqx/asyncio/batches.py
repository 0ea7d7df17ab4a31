"""Many messages at once, on an event loop."""

from __future__ import annotations

import asyncio
from asyncio import Future, get_running_loop

from ..engine.batches import Outgoing, taker
from ..errors import ZMQError
from ..face import as_lists, as_messages
from .futures import Lines, Pending, done

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable
    from typing import Any

    from ..engine.core import SocketCore
    from ..message import Message


class Batches:
    """On top of an asyncio Socket."""

    __slots__ = ()

    if TYPE_CHECKING:
        _core: SocketCore
        _lines: Lines
        _receivers: deque[Pending]

        def join(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop: ...
        def _when(self, loop: Any, line: Any, pending: Pending, ms: float) -> Future[Any]: ...
        def _recv_time(self, flags: int, timeout: float | None) -> float: ...
        def _send_time(self, flags: int, timeout: float | None) -> float: ...
        def _returned(self, messages: list[Message]) -> None: ...

    def recv_many(self, most: int = 1000, *, timeout: float | None = None) -> Future[list[list[bytes]]]:
        """Receive the messages that are there, at least one and at most ``most``, each a list of its frames.

        Waits for the first, for ``timeout`` ms as ``recv``. Cancelling it, or the task that awaits it, loses
        nothing. Raises ValueError at once for ``most`` < 1.
        """
        if most < 1:
            raise ValueError(f"most = {most!r}: at least one message")
        loop = self.join(get_running_loop())
        pending = Pending(loop, taker(self._core, most), self._returned).then(as_lists)
        return self._when(loop, self._receivers, pending, self._recv_time(0, timeout))

    def send_many(
        self, messages: Iterable[Any], *, copy: bool = True, timeout: float | None = None
    ) -> Future[int]:
        """Send messages in order, each a buffer or a list of frames; the future gives how many were sent.

        Waits where ``send`` would, for ``timeout`` ms in all; when the time is up, or the socket refuses one, after
        the first were sent, the number tells how many. Cancelling leaves the rest unsent. TypeError is raised
        at once, and nothing is sent then.
        """
        loop = self.join(get_running_loop())
        outgoing = Outgoing(self._core, as_messages(messages, copy))
        if outgoing.done:
            return done(loop, 0)
        ms = self._send_time(0, timeout)
        first = self._put(loop, outgoing, ms)
        if first.done() and (outgoing.done or first.exception() is not None):
            return done(loop, outgoing.sent) if outgoing.done else first
        return asyncio.ensure_future(self._send_rest(loop, outgoing, first, ms))

    def _put(self, loop: asyncio.AbstractEventLoop, outgoing: Outgoing, ms: float) -> Future[int]:
        return self._when(loop, self._lines.senders, Pending(loop, outgoing.put), ms)

    async def _send_rest(
        self, loop: asyncio.AbstractEventLoop, outgoing: Outgoing, under_way: Future[int], ms: float
    ) -> int:
        deadline = None if ms < 0 else loop.time() + ms / 1000
        while True:
            try:
                await under_way
            except ZMQError:
                if outgoing.sent:
                    return outgoing.sent
                raise
            if outgoing.done:
                return outgoing.sent
            left = -1.0 if deadline is None else max(0.0, (deadline - loop.time()) * 1000)
            under_way = self._put(loop, outgoing, left)
