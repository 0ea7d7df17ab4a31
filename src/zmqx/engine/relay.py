"""Passing messages from one socket on to another: the middle of every proxy."""

from __future__ import annotations

from ..constants import POLLIN, POLLOUT
from ..errors import ENOTSUP, zmq_error
from .core import SocketCore

# Messages moved one way before the other way has its turn.
_PER_TURN = 1000


class Relay:
    """Two sockets and, perhaps, a third that gets a copy of every message.

    A message is taken only when whoever is to get it has room: nothing is held, so nothing is lost, whenever
    the relaying ends. No guard is held by the caller.
    """

    def __init__(self, frontend: SocketCore, backend: SocketCore, capture: SocketCore | None) -> None:
        """Raises ENOTSUP if the capture cannot send."""
        if capture is not None and not capture.sends:
            raise zmq_error(ENOTSUP, f"a {capture.socket_type.name} socket cannot capture: it does not send")
        self._capture = capture
        self._ways = [(frontend, backend)]
        self.cores = [frontend]  # whose changes matter
        if frontend is not backend:
            self._ways.append((backend, frontend))
            self.cores.append(backend)
        if capture is not None:
            self.cores.append(capture)

    def move(self) -> int | None:
        """Pass on what can be passed on now, but not too much; how many messages, or None for none."""
        moved = 0
        for source, target in self._ways:
            for _ in range(_PER_TURN):
                if not (self._has(source, POLLIN) and self._has(target, POLLOUT)):
                    break
                if self._capture is not None and not self._has(self._capture, POLLOUT):
                    break
                with source.guard.deferred, source.guard:
                    message = source.try_recv()
                if message is None:
                    break  # another thread was faster
                for core in (self._capture, target):
                    if core is not None:
                        with core.guard.deferred, core.guard:
                            core.try_send(message)
                moved += 1
        return moved or None

    def _has(self, core: SocketCore, flag: int) -> bool:
        with core.guard.deferred, core.guard:
            if core.events() & flag:
                return True
            return flag == POLLIN and bool(core.hot) and core.read_hot() and bool(core.events() & flag)
