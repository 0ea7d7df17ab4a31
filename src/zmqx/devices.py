"""proxy: two sockets that pass on to each other what they receive (zmq_proxy)."""

from __future__ import annotations

from .constants import DONTWAIT, POLLIN, POLLOUT
from .polling import wait_for
from .sync import Socket

# Messages moved one way before the other way has its turn.
_PER_TURN = 1000


def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
    """Pass messages on between two sockets, both ways, until one of them is closed or its context ends.

    A message is taken from one side only when the other can send, so the marks of both keep their
    meaning. ``capture`` is sent a copy of every message. Runs in the calling thread and never returns:
    it ends with ContextTerminated, or with ENOTSOCK when another thread closes a socket. (zmq_proxy)
    """
    cores = [frontend._core] if frontend is backend else [frontend._core, backend._core]
    reactor = frontend._context_core.reactor()
    ways = [(frontend, backend)] if frontend is backend else [(frontend, backend), (backend, frontend)]

    def ready() -> list[tuple[Socket, Socket]] | None:
        return [way for way in ways if _events(way[0]) & POLLIN and _events(way[1]) & POLLOUT] or None

    while True:
        found = wait_for(cores, reactor, ready, None)
        for source, target in found or ():
            _move(source, target, capture)


def _events(socket: Socket) -> int:
    core = socket._core
    with core.guard:
        events = core.events()
        if not events & POLLIN and core.hot and core.read_hot():
            events = core.events()
        return events


def _move(source: Socket, target: Socket, capture: Socket | None) -> None:
    for _ in range(_PER_TURN):
        message = source.recv_multipart(DONTWAIT)
        if capture is not None:
            capture.send_multipart(message)
        target.send_multipart(message)
        if not (_events(source) & POLLIN and _events(target) & POLLOUT):
            return
