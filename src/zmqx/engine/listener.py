"""A listener: one bound endpoint, and the peers that come to it."""

from __future__ import annotations

import errno

from ..constants import Event
from ..transports.base import Acceptor, Stream
from .monitor import SocketEvent
from .reactor import READ, Guard, Reactor, Timer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Peers taken per turn of the reactor: a storm of connections keeps nobody else waiting.
_PER_TURN = 64

# Seconds without accepting when the system has no descriptor or memory left. The peer waits in the
# backlog; without the pause we would spin.
_PAUSE = 0.1
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """Accepts until it is closed. Methods are called under the core's guard."""

    def __init__(
        self,
        acceptor: Acceptor,
        reactor: Reactor,
        guard: Guard,
        accepted: Callable[[Stream, Listener], object],
        emit: Callable[[SocketEvent], None],
    ) -> None:
        """``accepted`` takes over a peer's stream, under the guard."""
        self._acceptor = acceptor
        self._reactor = reactor
        self._guard = guard
        self._accepted = accepted
        self._emit = emit
        self._pause: Timer | None = None
        self._closed = False
        self.endpoint = acceptor.endpoint

    def start(self) -> None:
        fd = self._acceptor.fileno()
        self._say(Event.LISTENING, fd)
        self._reactor.watch(fd, READ, self._on_io)

    def _on_io(self, mask: int) -> None:
        with self._guard.deferred, self._guard:
            for _ in range(_PER_TURN):
                if self._closed:
                    return
                try:
                    stream = self._acceptor.accept()
                except OSError as error:
                    self._say(Event.ACCEPT_FAILED, error.errno or 0, str(error))
                    if error.errno in _EXHAUSTED:
                        self._reactor.unwatch(self._acceptor.fileno())
                        self._pause = self._reactor.call_later(_PAUSE, self._go_on)
                        return
                    continue
                if stream is None:
                    return
                self._say(Event.ACCEPTED, stream.fileno(), peer=stream.remote)
                self._accepted(stream, self)

    def _go_on(self) -> None:
        with self._guard.deferred, self._guard:
            if not self._closed:
                self._reactor.watch(self._acceptor.fileno(), READ, self._on_io)

    def close(self) -> None:
        """Stop listening; the address is free when this returns."""
        if self._closed:
            return
        self._closed = True
        if self._pause is not None:
            self._pause.cancel()
        fd = self._acceptor.fileno()
        self._reactor.unwatch(fd)
        self._acceptor.close()
        self._say(Event.CLOSED, fd)

    def _say(self, kind: Event, value: int, reason: str = "", peer: str = "") -> None:
        self._emit(SocketEvent(kind, self.endpoint, value, reason, peer, local=self.endpoint, remote=peer))

    def disown(self) -> None:
        """In a forked child: the parent goes on listening."""
        self._closed = True
        self._acceptor.disown()
