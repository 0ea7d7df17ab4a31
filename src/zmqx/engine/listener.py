"""A listener: one bound endpoint, and the peers that come to it."""

from __future__ import annotations

import errno

from ..constants import Event
from .monitor import SocketEvent
from .reactor import READ, surely

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..transports.base import Acceptor, Stream
    from .admission import Admission
    from .reactor import Guard, Reactor, Timer
    from .session import Session

# Peers taken per turn of the reactor: a storm of connections keeps nobody else waiting.
_PER_TURN = 64

# Seconds without accepting when the system has no descriptor or memory left, or cannot accept for a reason of its
# own. The peer waits in the backlog; without the pause we would spin.
_PAUSE = 0.1

# About the one peer that waited: it was gone again, or the network has news of it (accept(2)). Whatever else may be
# wrong is wrong with the next one as well.
_OF_ONE_PEER = frozenset(
    {
        errno.ECONNABORTED,
        errno.ECONNRESET,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.EPERM,
        errno.EPROTO,
        errno.ETIMEDOUT,
    }
)


class Listener:
    """Accepts until it is closed. Methods are called under the core's guard."""

    def __init__(
        self,
        acceptor: Acceptor,
        reactor: Reactor,
        guard: Guard,
        accepted: Callable[[Stream, Listener], Session],
        emit: Callable[[SocketEvent], None],
        log: Callable[[str], None],
        admission: Admission,
    ) -> None:
        """``accepted`` takes over a peer's stream, under the guard; ``log`` is called there, too."""
        self._acceptor = acceptor
        self._reactor = reactor
        self._guard = guard
        self._accepted = accepted
        self._emit = emit
        self._log = log
        self._admission = admission
        self._exhausted = False  # and the log knows
        self._pause: Timer | None = None
        self._closed = False
        self._asking_for: Stream | None = None  # whether to let this one in
        self.endpoint = acceptor.endpoint

    def start(self) -> None:
        """Begin to listen. Raises OSError if the system has no room to watch one more descriptor."""
        fd = self._acceptor.fileno()
        self._reactor.watch(fd, READ, self._on_io)
        self._say(Event.LISTENING, fd)

    def _on_io(self, mask: int) -> None:
        for _ in range(_PER_TURN):
            with self._guard.deferred, self._guard:
                stream = self._asking_for = self._accept()
            if stream is None:
                return
            try:
                refusal = self._admission.ask(stream.remote)
            except BaseException:
                stream.close()
                raise
            with self._guard.deferred, self._guard:
                self._asking_for = None
                self._let_in(stream, refusal)

    def _accept(self) -> Stream | None:
        """The next peer; None if there is none, or none is to be had now."""
        for _ in range(_PER_TURN):
            if self._closed:
                break
            if self._admission.busy:
                self._watch()
                return None
            try:
                stream = self._acceptor.accept()
            except OSError as error:
                if error.errno in _OF_ONE_PEER:
                    self._say(Event.ACCEPT_FAILED, error.errno or 0, str(error))
                    continue
                self._exhaust(error)
                self._watch()
                return None
            if stream is None and self._exhausted:  # nobody waits any more
                self._exhausted = False
                self._log(f"{self.endpoint} accepts again")
            return stream
        return None

    def _let_in(self, stream: Stream, refusal: str) -> None:
        refusal = refusal or self._admission.find_place()
        if self._closed or refusal:
            if refusal:
                self._refuse(stream.remote, refusal)
            stream.close()
            return
        self._say(Event.ACCEPTED, stream.fileno(), peer=stream.remote)
        self._admission.enter(self._accepted(stream, self), stream)

    def _refuse(self, peer: str, reason: str) -> None:
        self._say(Event.ACCEPT_FAILED, errno.ECONNREFUSED, reason, peer)

    def welcome(self, session: Session) -> bool:
        """The handshake is done; whether the peer stays."""
        refusal = self._admission.welcome(session)
        if refusal:
            self._refuse(session.remote, refusal)
            session.refuse(refusal)
        self._watch()
        return not refusal

    def lost(self, session: Session) -> None:
        """A connection is over."""
        self._admission.leave(session)
        self._watch()

    def _watch(self) -> None:
        """Wait for peers, or let them wait."""
        if self._closed:
            return
        if self._pause is not None or self._admission.busy:
            self._reactor.unwatch(self._acceptor.fileno())
            return
        try:
            self._reactor.watch(self._acceptor.fileno(), READ, self._on_io)
        except OSError as error:  # the system has no room to watch one more
            self._exhaust(error)

    def _exhaust(self, error: OSError) -> None:
        """The system has not what accepting takes: try again in a moment."""
        if not self._exhausted:  # once, not with every attempt
            self._exhausted = True
            self._say(Event.ACCEPT_FAILED, error.errno or 0, str(error))
            self._log(f"{self.endpoint} cannot accept for the time being: {error}")
        self._pause = self._reactor.call_later(_PAUSE, self._go_on)

    def _go_on(self) -> None:
        with self._guard.deferred, self._guard:
            self._pause = None
            self._watch()

    def close(self) -> None:
        """Stop listening; the address is free when this returns."""
        if not self._closed:
            surely(self._close)

    def _close(self) -> None:
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
        if self._asking_for is not None:
            self._asking_for.close()
