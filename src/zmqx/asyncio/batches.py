"""Many messages at once, on an event loop."""

from __future__ import annotations

import asyncio
from asyncio import get_running_loop

from ..engine.batches import Outgoing, taker
from ..errors import EAGAIN, ZMQError, zmq_error
from ..face import as_bare, as_lists, as_messages
from .futures import Pending, done

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections import deque
    from collections.abc import Iterable
    from typing import Any

    from ..engine.core import SocketCore
    from ..message import Message
    from .futures import Lines
    from .parts import TaskParts


class Batches:
    """On top of an asyncio Socket."""

    __slots__ = ()

    if TYPE_CHECKING:
        _core: SocketCore
        _lines: Lines
        _tasks: TaskParts
        _receivers: deque[Pending]

        def belong_to(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop: ...
        def _when(self, loop: Any, line: Any, pending: Pending, ms: float) -> Future[Any]: ...
        def _recv_time(self, flags: int, timeout: float | None) -> float: ...
        def _send_time(self, flags: int, timeout: float | None) -> float: ...

    def recv_many(self, most: int = 1000, *, bare: bool = False, timeout: float | None = None) -> Future[list[Any]]:
        """Receive the messages that are there, at least one and at most ``most``, each a list of its frames.

        ``bare`` gives messages of one frame as bytes, as ``send_many`` takes them: less than half of the time.
        Waits for the first, for ``timeout`` ms as ``recv``. Cancelling it, or the task that awaits it, loses
        nothing. Raises ValueError at once for ``most`` < 1.
        """
        if most < 1:
            raise ValueError(f"most = {most!r}: at least one message")
        loop = self.belong_to(get_running_loop())
        core = self._core
        taken: list[Message] = []
        parts = self._tasks
        if parts.odd and not core.returned:
            parts.tidy()

        serials: list[int] = []

        def attempt() -> list[Message] | None:
            while core.returned and len(taken) < most:
                taken.append(core.try_recv())  # type: ignore[arg-type]  # there is one
                serials.append(core.serial)
            try:
                if len(taken) < most:
                    taken.extend(taker(core, most - len(taken))() or ())
            except ZMQError:
                if not taken:
                    raise
            serials.extend(next(parts.serials) for _ in range(len(taken) - len(serials)))
            return taken or None

        def give_back() -> None:
            parts.odd = True
            for message, serial in zip(taken, serials):
                core.give_back(message, serial)

        pending = Pending(loop, attempt, give_back).then(as_bare if bare else as_lists)
        return self._when(loop, self._receivers, pending, self._recv_time(0, timeout))

    def send_many(
        self, messages: Iterable[Any], *, copy: bool = True, timeout: float | None = None
    ) -> Future[int]:
        """Send messages in order, each a buffer or a list of frames; the future gives how many were sent.

        Waits where ``send`` would, for ``timeout`` ms in all; when the time is up, or the socket refuses one, after
        the first were sent, the number tells how many. Cancelling leaves the rest unsent. TypeError is raised
        at once, and nothing is sent then.
        """
        loop = self.belong_to(get_running_loop())
        outgoing = Outgoing(self._core, as_messages(messages, copy, self._core.labelled))
        if outgoing.done:
            return done(loop, 0)
        lines = self._lines

        def attempt() -> int | None:
            try:
                moved = outgoing.put()
            except ZMQError:
                if outgoing.sent:
                    return outgoing.sent
                raise
            if outgoing.done:
                return outgoing.sent
            if moved:
                loop.call_soon(lines.serve)  # there may be room for more, when others have had their turn
            return None

        def late() -> int:
            if not outgoing.sent:
                raise zmq_error(EAGAIN, "nothing could be sent in time")
            return outgoing.sent

        pending = Pending(loop, attempt)
        pending.late = late
        return self._when(loop, lines.senders, pending, self._send_time(0, timeout))
