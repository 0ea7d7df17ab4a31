"""One thing that is to happen later, unless something else happens first. Under the core's guard."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .reactor import Guard, Reactor, Timer


class Countdown:
    """A timer that can be started again, for something else: the last start counts."""

    __slots__ = ("_guard", "_reactor", "_timer")

    def __init__(self, reactor: Reactor, guard: Guard) -> None:
        self._reactor = reactor
        self._guard = guard
        self._timer: Timer | None = None

    @property
    def running(self) -> bool:
        return self._timer is not None

    def start(self, delay: float, action: Callable[[], None]) -> None:
        """Do this in ``delay`` seconds, under the guard, and not what was to be done before."""
        self.stop()

        def run() -> None:
            with self._guard.deferred, self._guard:
                # It may have been stopped while its thread waited for the guard.
                if timer is self._timer:
                    self._timer = None
                    action()

        timer = self._timer = self._reactor.call_later(delay, run)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
