"""A dialer: one connected endpoint. It dials, and dials again when the connection is lost.

Names are looked up anew at every attempt, outside the reactor; every address of a name is tried (see ``race``)
before the attempt counts as failed. The pause between attempts is RECONNECT_IVL, doubled up to
RECONNECT_IVL_MAX if that is set, with some jitter if not, so that a thousand clients of a restarted
server do not come back in step. An attempt has succeeded when the handshake has.
"""

from __future__ import annotations

import os

from ..constants import Event, ReconnectStop
from ..options import Settings
from ..transports.base import Candidate, Stream, Transport
from .monitor import SocketEvent
from .race import Race
from .reactor import Guard, Reactor, Timer
from .session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..pipes.pipe import Pipe


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
    ) -> None:
        """``pipe`` outlives connections; None if each has its own (IMMEDIATE). ``connected`` makes a
        session of a stream; ``gone`` says that there will be no more; both under the guard."""
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
        self._race: Race | None = None
        self._timer: Timer | None = None
        self.linger: Timer | None = None  # after which the owner closes us, whatever is unsent
        self._failures = 0
        self._finishing = False
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
        self._failures = 0
        self.been_up = True
        if self._finishing and self.session is not None:
            self.session.finish()

    def lost(self, session: Session) -> None:
        """The session ended, for whatever reason."""
        if self.closed or self.session is not session:
            return
        self.session = None
        sent_out = self._finishing and self.unsent() == 0
        if sent_out or (not session.up and self.settings.reconnect_stop & ReconnectStop.HANDSHAKE_FAILED):
            self._give_up()
        else:
            self._retry(session.reason)

    def _give_up(self) -> None:
        self.close()
        self._gone(self)

    def _retry(self, reason: str = "") -> None:
        pause = self._pause()
        if pause is None:
            self._give_up()
            return
        self._say(Event.CONNECT_RETRIED, round(pause * 1000), reason)
        self._timer = self._later(pause, self.start)

    def _pause(self) -> float | None:
        """Seconds until the next attempt; None if there is none."""
        first = self.settings.reconnect_ivl
        if first <= 0:
            return None
        most = self.settings.reconnect_ivl_max
        if most <= 0:
            return (first + int.from_bytes(os.urandom(4), "big") % first) / 1000
        self._failures += 1
        return float(min(first << min(self._failures - 1, 31), max(most, first))) / 1000

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
        elif self.unsent() == 0:
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
