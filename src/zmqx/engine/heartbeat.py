"""Heartbeats of one connection (RFC 37, section 3.4): PINGs we send, and silences we bear.

Any byte from the peer proves that it lives, so that a long frame on a slow line is not taken for
silence (libzmq waits for whole frames).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..options import Settings
    from .reactor import Guard, Reactor, Timer


class Heartbeat:
    """The timers of one connection. Everything happens under the core's guard."""

    def __init__(
        self,
        settings: Settings,
        reactor: Reactor,
        guard: Guard,
        ping: Callable[[int], None],
        expired: Callable[[str], None],
    ) -> None:
        """``ping`` sends one with a TTL in ms; ``expired`` ends the connection, for a reason."""
        self._reactor = reactor
        self._guard = guard
        self._interval = settings.heartbeat_ivl
        limit = settings.heartbeat_timeout
        self._limit = self._interval if limit < 0 else limit
        self._ttl = settings.heartbeat_ttl
        self._ping = ping
        self._expired = expired
        self._stopped = False
        self._next: Timer | None = None
        self._silence: Timer | None = None  # runs from our PING to the next sign of life
        self._asked: Timer | None = None  # runs from the peer's PING, as long as it asked for

    @property
    def armed(self) -> bool:
        """Whether a sign of life would stop a timer."""
        return self._silence is not None or self._asked is not None

    def start(self) -> None:
        """Send PINGs from now on, if the options say so."""
        if self._interval:
            self._next = self._later(self._interval, self._beat)

    def _later(self, delay: int, action: Callable[[], None]) -> Timer:
        def run() -> None:
            with self._guard.deferred, self._guard:
                # The timer may have been cancelled while its thread waited for the guard.
                if not self._stopped and timer.callback is not None:
                    action()

        timer = self._reactor.call_later(delay / 1000, run)
        return timer

    def _beat(self) -> None:
        self._next = self._later(self._interval, self._beat)
        self._ping(self._ttl)
        if self._silence is None and self._limit:
            self._silence = self._give_up(self._limit, "no answer to our heartbeats")

    def _give_up(self, delay: int, reason: str) -> Timer:
        return self._later(delay, lambda: self._expired(f"{reason} for {delay} ms"))

    def heard(self) -> None:
        """The peer gave a sign of life."""
        for timer in (self._silence, self._asked):
            if timer is not None:
                timer.cancel()
        self._silence = self._asked = None

    def asked(self, ttl: int) -> None:
        """The peer's PING asks us to give it up after ``ttl`` ms of silence."""
        if self._asked is None:
            self._asked = self._give_up(ttl, "the peer asked for more signs of life and gave none")

    def stop(self) -> None:
        """No more timers."""
        self._stopped = True
        self.heard()
        if self._next is not None:
            self._next.cancel()
