"""Proxies on an event loop: two sockets that pass on to each other what they receive (zmq_proxy)."""

from __future__ import annotations

import asyncio

from ..proxying import Proxying
from .polling import wait_for
from .socket import Socket


class Proxy(Proxying):
    __doc__ = Proxying.__doc__
    face = Socket

    def __init__(
        self, frontend: Socket, backend: Socket, capture: Socket | None = None, control: Socket | None = None
    ) -> None:
        """Sockets of this face, else TypeError. ENOTSUP if the capture cannot send."""
        super().__init__(frontend, backend, capture, control)
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Pass messages on until ``stop`` or TERMINATE, or until it is cancelled, which loses nothing.

        Raises ContextTerminated, or ENOTSOCK when a socket is closed.
        """
        loop = asyncio.get_running_loop()
        for socket in self._sockets:
            assert isinstance(socket, Socket)
            socket.belong_to(loop)
        relay = self._relay
        while await wait_for(relay.cores, relay.step, None):
            await asyncio.sleep(0)  # a flood must not keep the loop from other work
        relay.begin()

    def start(self) -> asyncio.Task[None]:
        """Pass messages on in a task of its own, which is returned. RuntimeError if one does already."""
        if self.running:
            raise RuntimeError("the proxy is running")
        self._relay.begin()
        self._task = asyncio.ensure_future(self.run())
        return self._task

    @property
    def running(self) -> bool:
        """Whether ``start`` was called, and the task has not ended."""
        return self._task is not None and not self._task.done()

    async def stop(self) -> None:
        """End ``run`` or the task, and wait for the latter. Messages that were not passed on are still in their
        sockets. ``start`` may follow."""
        self._relay.end()
        if self._task is not None:
            try:
                await asyncio.wait([self._task])
            finally:
                self._task.cancel()
            if not self._task.cancelled():
                self._task.exception()  # it may have ended by itself, and be asked for that or not

    async def __aenter__(self) -> Proxy:
        self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()


async def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
    """Pass messages on between two sockets, both ways, until it is cancelled or a socket is closed.

    Ends with CancelledError, ContextTerminated or ENOTSOCK; ENOTSUP if the capture cannot send. (zmq_proxy)
    """
    await Proxy(frontend, backend, capture).run()


async def proxy_steerable(
    frontend: Socket, backend: Socket, capture: Socket | None = None, control: Socket | None = None
) -> int:
    """``proxy`` with a socket that takes commands: PAUSE, RESUME, TERMINATE, STATISTICS (see ``Proxy``).

    Gives 0 after TERMINATE; ends otherwise as ``proxy``. (zmq_proxy_steerable)
    """
    await Proxy(frontend, backend, capture, control).run()
    return 0
