"""Waits of an asyncio socket that take nothing."""

from __future__ import annotations

import asyncio
from asyncio import get_running_loop

from ..constants import POLLIN
from ..face import ALL_EVENTS
from ..times import time_to_wait
from .events import EventStream
from .futures import Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable
    from typing import Any

    from ..engine.loop_reactor import Home
    from ..errors import ZMQError
    from .futures import Lines


class Looks:
    """On top of an asyncio Socket."""

    __slots__ = ()

    if TYPE_CHECKING:
        _home: Home
        _lines: Lines

        def belong_to(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop: ...
        def _flushed(self) -> Callable[[], bool | None]: ...
        def _not_flushed(self, ms: float) -> ZMQError: ...
        def _then(self, received: Future[Any], convert: Callable[[Any], Any]) -> Future[Any]: ...
        def _ready(self, flags: int) -> Callable[[], int | None]: ...
        def _enough(self, n: int) -> Callable[[], int | None]: ...
        def _asked(self, topic: str | bytes, n: int) -> Callable[[], int | None]: ...

    def poll(self, timeout: float | None = None, flags: int = POLLIN) -> Future[int]:
        """Wait until the socket is ready; the future gives the POLLIN and POLLOUT bits of ``flags`` that
        are, or 0 when the time is up.

        ``timeout`` is in ms; None and negative wait for ever. ETERM, ENOTSOCK. (zmq_poll)
        """
        return self._look(self._ready(int(flags)), timeout, lambda: 0)

    def flush(self, timeout: float | None = None) -> Future[None]:
        """Wait until everything that is queued was handed to the system.

        That is no receipt: a peer may still be lost with what is on its way. What is queued meanwhile, by other
        tasks, is waited for as well; messages over inproc are with their receiver when they are queued.
        ``timeout`` is in ms; None and negative wait for ever. Again when the time is up, with what is unsent and where
        in its text; ETERM, ENOTSOCK.
        """

        def late() -> None:
            assert timeout is not None
            raise self._not_flushed(timeout)

        return self._then(self._look(self._flushed(), timeout, late), lambda _: None)

    def wait_connected(self, n: int = 1, timeout: float | None = None) -> Future[int]:
        """Wait until ``n`` peers are there, handshake done (or the inproc name bound); gives how many are.

        ``timeout`` is in ms; None and negative wait for ever. Again when the time is up, ETERM, ENOTSOCK.
        """
        return self._look(self._enough(n), timeout)

    def wait_for_subscribers(self, topic: str | bytes = b"", n: int = 1, timeout: float | None = None) -> Future[int]:
        """Wait until ``n`` peers subscribed to a prefix of ``topic``, so that each of them gets every message which
        begins with it; gives how many do (PUB, XPUB). On a
        RADIO: until they joined this group.

        ``timeout`` is in ms; None and negative wait for ever. Again when the time is up, ENOTSUP if this is no
        publisher, ETERM, ENOTSOCK.
        """
        return self._look(self._asked(topic, n), timeout)

    def _look(
        self,
        attempt: Callable[[], Any],
        timeout: float | None,
        late: Callable[[], Any] | None = None,
        give_back: Callable[[], None] | None = None,
    ) -> Future[Any]:
        ms = time_to_wait(timeout)
        loop = self.belong_to(get_running_loop())
        pending = Pending(loop, attempt, give_back)
        pending.late = late
        if not ms and self._home.made is not None:
            self._home.made.poll()
        if not self._lines.enter(self._lines.lookers, pending, ms) and not ms:
            pending.expire(0)
        return pending

    def events(self, kinds: int = ALL_EVENTS, limit: int = 1000) -> EventStream:
        """What happens to this socket's endpoints and connections from now on: ``async for`` over it.

        ``kinds`` is a sum of ``Event`` bits; at most ``limit`` events wait to be read, newer ones are
        dropped and counted (``missed``). inproc has no events but two: a socket type that does
        not match, and being sent away by the other socket.
        """
        return EventStream(self, kinds, limit)  # type: ignore[arg-type]  # a Socket, which is one of its bases
