"""The asyncio context."""

from __future__ import annotations

import asyncio

from ..contexts import ContextFace
from ..engine.reactor import Waiter
from .socket import Socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Context(ContextFace):
    """What a program's sockets share. ``Context(shadow=blocking_context)`` makes asyncio sockets in a context
    that serves blocking ones as well; inproc connects both.

    ``async with`` closes all sockets at the end and waits, without blocking the loop, until they have sent,
    or lingered, out. ``term`` and ``destroy`` block, as in the blocking face.
    """

    def socket(self, socket_type: int, socket_class: Callable[..., Any] | None = None, **options: Any) -> Any:
        """A new socket; keyword arguments are options (``linger=0``).

        Raises EINVAL for an unknown type, EMFILE beyond MAX_SOCKETS, ETERM.
        """
        return self._make(socket_class or Socket, socket_type, options)

    async def __aenter__(self) -> Context:
        return self

    async def __aexit__(self, *exc: object) -> None:
        loop = asyncio.get_running_loop()
        self.core.shutdown()
        self.core.close_sockets(None)
        while True:
            finished = asyncio.Event()

            def rouse(waiter: Waiter, finished: asyncio.Event = finished) -> None:
                loop.call_soon_threadsafe(finished.set)

            waiter = Waiter(rouse)
            try:
                if not self.core.await_end(waiter):
                    break
                await finished.wait()
            except BaseException:
                self.core.let_go()
                raise
            finally:
                self.core.forget(waiter)
        self.core.term(0)
