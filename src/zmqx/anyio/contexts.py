"""The anyio context."""

from __future__ import annotations

from ..contexts import ContextFace
from .socket import Socket
from .tasks import Signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Context(ContextFace):
    """What a program's sockets share. ``async with`` closes all of them at the end and waits until they have
    sent, or lingered, out; ``term`` and ``destroy`` block, as in the blocking face."""

    def socket(self, socket_type: int, socket_class: Callable[..., Any] | None = None, **options: Any) -> Any:
        """A new socket; keyword arguments are options (``linger=0``).

        Raises EINVAL for an unknown type, EMFILE beyond MAX_SOCKETS, ETERM.
        """
        return self._make(socket_class or Socket, socket_type, options)

    async def __aenter__(self) -> Context:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.core.shutdown()
        self.core.close_sockets(None)
        while True:
            signal = Signal()
            try:
                if not self.core.await_end(signal):
                    break
                await signal.event.wait()
            except BaseException:
                self.core.let_go()
                raise
            finally:
                self.core.forget(signal)
        self.core.term(0)
