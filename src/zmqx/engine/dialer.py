"""A dialer: one connected endpoint. It dials, and dials again when the connection is lost.

Names are looked up anew at every attempt, outside the reactor; every address of a name is tried (see ``race``)
before the attempt counts as failed. It never gives up, unless RECONNECT_IVL or RECONNECT_STOP says so; ``pauses``
has how long it waits. A peer that will not have us again and again is worth a line in the log.
"""

from __future__ import annotations

from ..constants import Event, ReconnectStop
from .monitor import SocketEvent
from .pauses import Failure, Pauses
from .race import Race
from .surroundings import End

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..options import Settings
    from ..pipes.pipe import Pipe
    from ..transports.base import Candidate, Stream, Transport
    from .reactor import Guard, Reactor, Timer
    from .session import Session


# Seconds. A connection that ends so soon after the handshake, by the will of either side and before it brought a
# message, was not wanted.
_AT_ONCE = 0.2


class Dialer:
    """Connects until it is closed or gives up. Methods are called under the core's guard."""

    def __init__(
        self,
        transport: Transport,
        address: Any,
        endpoint: str,
        settings: Settings,
        reactor: Reactor,
        guard: Guard,
        *,
        pipe: Pipe | None,
        connected: Callable[[Stream, Dialer], Session],
        gone: Callable[[Dialer], None],
        emit: Callable[[SocketEvent], None],
        log: Callable[[str], None],
    ) -> None:
        """``pipe`` outlives connections; None if each has its own (IMMEDIATE). ``connected`` makes a
        session of a stream; ``gone`` says that there will be no more; both under the guard. ``log`` takes a line
        for the log."""
        self._transport = transport
        self._address = address
        self.endpoint = endpoint
        self.settings = settings
        self._reactor = reactor
        self._guard = guard
        self.pipe = pipe
        self._connected = connected
        self._gone = gone
        self._emit = emit
        self._log = log
        self._race: Race | None = None
        self._timer: Timer | None = None
        self.linger: Timer | None = None  # after which the owner closes us, whatever is unsent
        self._pauses = Pauses()
        self._up_at = 0.0
        self._finishing = False
        self.disconnected = False  # by the application: RECONNECT_STOP may ask us not to dial for what is unsent
        self.closed = False
        self.been_up = False  # the handshake has succeeded once
        self.session: Session | None = None

    # -- dialing

    def start(self) -> None:
        """Make an attempt."""
        self._timer = None
        candidates = self._transport.candidates(self._address, self.settings)
        if candidates is not None:
            self._try(candidates)
            return
        transport, address, settings = self._transport, self._address, self.settings
        self._reactor.offload(lambda: transport.look_up(address, settings), self._looked_up)

    def _looked_up(self, found: Any) -> None:
        with self._guard.deferred, self._guard:
            if self.closed:
                return
            if isinstance(found, Exception):
                self._retry(str(found))
            else:
                self._try(found)

    def _try(self, candidates: list[Candidate]) -> None:
        """Dial these, and take the one that answers first."""
        self._race = Race(
            self._transport,
            self._address,
            self.settings,
            self._reactor,
            self._guard,
            won=self._won,
            lost=self._failed,
            say=self._say,
        )
        self._race.start(candidates)

    def _later(self, delay: float, action: Callable[[], None]) -> Timer:
        def run() -> None:
            with self._guard.deferred, self._guard:
                if not self.closed and timer is self._timer:
                    action()

        timer = self._reactor.call_later(delay, run)
        return timer

    def _won(self, stream: Stream) -> None:
        self._race = None
        here, there, fd = stream.local, stream.remote, stream.fileno()
        self._emit(SocketEvent(Event.CONNECTED, self.endpoint, fd, "", there, local=here, remote=self.endpoint))
        self.session = self._connected(stream, self)

    def _failed(self, error: OSError, refused: bool) -> None:
        self._race = None
        if refused and self.settings.reconnect_stop & ReconnectStop.CONN_REFUSED:
            self._give_up()
        else:
            self._retry(str(error))

    # -- dialing again

    def came_up(self) -> None:
        """The handshake succeeded: the next pause is the first again."""
        self._pauses.answered()
        self._up_at = self._reactor.now()
        self.been_up = True
        if self._finishing and self.session is not None:
            self.session.finish()

    def lost(self, session: Session) -> None:
        """The session ended, for whatever reason."""
        if self.closed or self.session is not session:
            return
        self.session = None
        stop = self.settings.reconnect_stop
        if (
            (self._finishing and self.unsent() == 0)
            or self._stops()
            or (not session.up and stop & ReconnectStop.HANDSHAKE_FAILED)
        ):
            self._give_up()
            return
        why = self._failure(session)
        if session.up and why is Failure.NETWORK:
            self._pauses.agreed()
        self._retry(session.reason, why)

    def _stops(self) -> bool:
        return self.disconnected and bool(self.settings.reconnect_stop & ReconnectStop.AFTER_DISCONNECT)

    def _failure(self, session: Session) -> Failure:
        if session.ended is End.PROTOCOL:
            return Failure.DISAGREED
        soon = session.up and self._reactor.now() - self._up_at < _AT_ONCE
        if soon and session.ended is not End.TIMEOUT and not session.flow.messages_in:
            return Failure.HUNG_UP
        return Failure.NETWORK

    def _give_up(self) -> None:
        self.close()
        self._gone(self)

    def _retry(self, reason: str, why: Failure = Failure.NETWORK) -> None:
        pauses = self._pauses
        pause = pauses.next(why, self.settings.reconnect_ivl, self.settings.reconnect_ivl_max)
        if why is Failure.HUNG_UP:
            reason += ", as soon as hands were shaken: it may have another peer of our name, or in our place"
        count = pauses.refusals
        # At the second time and then at ever fewer: whoever reads the log need not read it again and again.
        if why is not Failure.NETWORK and count > 1 and count & (count - 1) == 0:
            again = "no further attempt" if pause is None else f"the next attempt is in {pause:.1f} s"
            self._log(f"{self.endpoint} will not have us, {count} times in a row: {reason}; {again}")
        if pause is None:
            self._give_up()
            return
        self._say(Event.CONNECT_RETRIED, round(pause * 1000), reason)
        self._timer = self._later(pause, self.start)

    # -- ending

    def unsent(self) -> int:
        """How many messages have not left."""
        if self.session is not None and self.session.pipe is not None:
            return self.session.unsent()
        return len(self.pipe.outbox) if self.pipe is not None else 0

    def finish(self) -> None:
        """Go on until everything is sent, then give up; ``gone`` tells."""
        self._finishing = True
        session = self.session
        if session is not None and session.up:
            session.finish()
        elif self._stops() or self.unsent() == 0:
            self._give_up()

    def close(self) -> None:
        """Stop at once, without a word; what is unsent is lost."""
        self.closed = True
        self._stop_timer()
        if self.linger is not None:
            self.linger.cancel()
        if self._race is not None:
            self._race.close()
            self._race = None
        if self.session is not None:
            self.session.close()
            self.session = None

    def disown(self) -> None:
        """In a forked child: the parent goes on dialing."""
        self.closed = True
        if self._race is not None:
            self._race.disown()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _say(self, kind: Event, value: int = 0, reason: str = "") -> None:
        self._emit(SocketEvent(kind, self.endpoint, value, reason, remote=self.endpoint))
