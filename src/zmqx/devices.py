"""proxy: two sockets that pass on to each other what they receive (zmq_proxy)."""

from __future__ import annotations

from .engine.relay import Relay
from .polling import wait_for
from .sync import Socket


def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
    """Pass messages on between two sockets, both ways, until one of them is closed or its context ends.

    A message is taken from one side only when the other can send, so the marks of both keep their
    meaning. ``capture`` is sent a copy of every message. Runs in the calling thread and never returns:
    it ends with ContextTerminated, or with ENOTSOCK when another thread closes a socket; ENOTSUP if the
    capture cannot send. (zmq_proxy)
    """
    relay = Relay(frontend._core, backend._core, capture._core if capture is not None else None)
    reactor = frontend._context_core.reactor()
    while True:
        wait_for(relay.cores, reactor, relay.move, None)
