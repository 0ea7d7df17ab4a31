"""Proxies of the blocking face: two sockets that pass on to each other what they receive (zmq_proxy)."""

from __future__ import annotations

from threading import TIMEOUT_MAX, Thread

from .errors import ZMQError
from .polling import wait_for
from .proxying import Proxying
from .sync import Socket
from .times import time_to_wait


class Proxy(Proxying):
    __doc__ = Proxying.__doc__
    face = Socket

    def __init__(
        self, frontend: Socket, backend: Socket, capture: Socket | None = None, control: Socket | None = None
    ) -> None:
        """Sockets of the blocking face, else TypeError. ENOTSUP if the capture cannot send."""
        super().__init__(frontend, backend, capture, control)
        self._thread: Thread | None = None
        #: Why the thread ended, if it was not asked to: what ``run`` would have raised.
        self.error: BaseException | None = None

    def run(self) -> None:
        """Pass messages on in the calling thread, until ``stop`` or TERMINATE.

        Raises ContextTerminated, or ENOTSOCK when another thread closes a socket.
        """
        relay = self._relay
        reactor = self._sockets[0]._context_core.reactor()
        while wait_for(relay.cores, reactor, relay.step, None):
            pass
        relay.begin()

    def start(self) -> None:
        """Pass messages on in a thread of its own. RuntimeError if one does already."""
        if self.running:
            raise RuntimeError("the proxy is running")
        self._relay.begin()
        self.error = None
        self._thread = Thread(target=self._live, name="zmqx-proxy", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        try:
            self.run()
        except ZMQError as error:
            self.error = error

    @property
    def running(self) -> bool:
        """Whether ``start`` was called, and the thread has not ended."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self, timeout: float | None = None) -> bool:
        """End ``run`` or the thread, from any thread, and wait for the latter for ``timeout`` ms (None: for ever);
        whether it has ended. Messages that were not passed on are still in their sockets. ``start`` may follow."""
        ms = time_to_wait(timeout)
        self._relay.end()
        return self.join(ms)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread ends by itself, for ``timeout`` ms (None: for ever); whether it has."""
        ms = time_to_wait(timeout)
        if self._thread is not None:
            self._thread.join(None if ms < 0 else min(ms / 1000, TIMEOUT_MAX))
        return not self.running

    def __enter__(self) -> Proxy:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
    """Pass messages on between two sockets, both ways, until one of them is closed or its context ends.

    Runs in the calling thread and never returns: it ends with ContextTerminated, or with ENOTSOCK when another
    thread closes a socket; ENOTSUP if the capture cannot send. ``Proxy`` can be stopped. (zmq_proxy)
    """
    Proxy(frontend, backend, capture).run()


def proxy_steerable(
    frontend: Socket, backend: Socket, capture: Socket | None = None, control: Socket | None = None
) -> int:
    """``proxy`` with a socket that takes commands: PAUSE, RESUME, TERMINATE, STATISTICS (see ``Proxy``).

    Returns 0 after TERMINATE; ends otherwise as ``proxy``. (zmq_proxy_steerable)
    """
    Proxy(frontend, backend, capture, control).run()
    return 0


def device(device_type: int, frontend: Socket, backend: Socket) -> None:
    """``proxy``, as it was called once. QUEUE, FORWARDER and STREAMER differ in name only. (zmq_device)"""
    proxy(frontend, backend)

