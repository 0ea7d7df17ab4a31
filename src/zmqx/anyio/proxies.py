"""Proxies on whatever loop there is: two sockets that pass on to each other what they receive (zmq_proxy)."""

from __future__ import annotations

import anyio.lowlevel

from ..proxying import Proxying
from .socket import Socket
from .tasks import enlisted


class Proxy(Proxying):
    __doc__ = Proxying.__doc__
    face = Socket

    async def run(self) -> None:
        """Pass messages on until ``stop`` or TERMINATE, or until it is cancelled, which loses nothing.

        Raises ContextTerminated, or ENOTSOCK when a socket is closed.
        """
        relay = self._relay
        reactor = self._sockets[0]._context_core.reactor()
        while True:
            await anyio.lowlevel.checkpoint()  # a flood must not keep the loop from other work
            with enlisted(relay.cores) as signal:
                done = relay.step()
                if done is False:
                    relay.begin()
                    return
                if done is None:
                    reactor.flush()
                    await signal.event.wait()

    def stop(self) -> None:
        """Let ``run`` end, from any thread. Messages that were not passed on are still in their sockets."""
        self._relay.end()


async def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
    """Pass messages on between two sockets, both ways, until it is cancelled or a socket is closed.

    Raises ContextTerminated or ENOTSOCK; ENOTSUP if the capture cannot send. (zmq_proxy)
    """
    await Proxy(frontend, backend, capture).run()


async def proxy_steerable(
    frontend: Socket, backend: Socket, capture: Socket | None = None, control: Socket | None = None
) -> int:
    """``proxy`` with a socket that takes commands: PAUSE, RESUME, TERMINATE, STATISTICS (see ``Proxy``).

    Returns 0 after TERMINATE; ends otherwise as ``proxy``. (zmq_proxy_steerable)
    """
    await Proxy(frontend, backend, capture, control).run()
    return 0
