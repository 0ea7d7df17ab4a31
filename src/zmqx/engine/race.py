"""One attempt to connect to a name: its addresses race each other (RFC 8305, "happy eyeballs").

The addresses are tried in the order given, the next one when the last has failed or has not answered for a
moment; the first that connects wins, and the others are given up. A dead address costs a quarter of a second
instead of minutes, and where the first is good nobody notices.
"""

from __future__ import annotations

import errno
import os

from ..constants import Event
from .reactor import READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..options import Settings
    from ..transports.base import Candidate, Dial, Stream, Transport
    from .reactor import Guard, Reactor, Timer

# Seconds that an address has before the next is tried as well (RFC 8305, section 8).
_HEAD_START = 0.25


class _Runner:
    """One address under way."""

    __slots__ = ("dial", "timer")

    def __init__(self, dial: Dial) -> None:
        self.dial = dial
        self.timer: Timer | None = None  # after which it has failed


class Race:
    """See the module. Methods are called under the guard, and so are the callbacks."""

    def __init__(
        self,
        transport: Transport,
        address: Any,
        settings: Settings,
        reactor: Reactor,
        guard: Guard,
        *,
        won: Callable[[Stream], None],
        lost: Callable[[OSError, bool], None],
        say: Callable[[Event, int, str], None],
    ) -> None:
        """Either ``won`` or ``lost`` is called, once; ``lost`` with the last error, and whether all were
        refused. ``say`` tells what happens."""
        self._transport = transport
        self._address = address
        self._settings = settings
        self._reactor = reactor
        self._guard = guard
        self._won = won
        self._lost = lost
        self._say = say
        self._waiting: list[Candidate] = []
        self._running: list[_Runner] = []
        self._next: Timer | None = None
        self._all_refused = False
        self._error = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))

    def start(self, candidates: list[Candidate]) -> None:
        """Try these."""
        self._waiting = list(candidates)
        self._all_refused = bool(candidates)
        self._go_on()

    def close(self) -> None:
        """Give up, without a word. May be called twice."""
        self._waiting.clear()
        self._stop_next()
        for runner in self._running:
            self._drop(runner)
        self._running.clear()

    def disown(self) -> None:
        """In a forked child: the parent goes on."""
        for runner in self._running:
            runner.dial.close()
        self._running.clear()

    def _go_on(self) -> None:
        """Try the next address that can be tried."""
        self._stop_next()
        while self._waiting:
            try:
                dial = self._transport.dial(self._address, self._waiting.pop(0), self._settings)
            except OSError as error:
                self._note(error, -1)
                continue
            self._begin(_Runner(dial))
            return
        self._end()

    def _begin(self, runner: _Runner) -> None:
        dial = runner.dial
        self._running.append(runner)
        if dial.done:
            self._finish(runner)
            if runner not in self._running:
                return
        else:
            self._say(Event.CONNECT_DELAYED, errno.EINPROGRESS, "")
            self._limit(runner, self._settings.connect_timeout)
            if not self._watch(runner, WRITE):
                return
        if self._waiting:

            def next_one() -> None:
                with self._guard.deferred, self._guard:
                    if self._next is timer:
                        self._go_on()

            timer = self._next = self._reactor.call_later(_HEAD_START, next_one)

    def _watch(self, runner: _Runner, mask: int) -> bool:
        """Whether the system had room to watch one more; else this one has failed."""
        dial = runner.dial
        fd = dial.fileno()
        try:
            self._reactor.watch(fd, mask, lambda mask: self._on_io(runner))
        except OSError as error:
            self._leave(runner)
            dial.close()
            self._failed(error, fd)
            return False
        return True

    def _on_io(self, runner: _Runner) -> None:
        with self._guard.deferred, self._guard:
            if runner in self._running:
                self._finish(runner)

    def _finish(self, runner: _Runner) -> None:
        dial = runner.dial
        fd = dial.fileno()
        self._reactor.unwatch(fd)
        try:
            stream = dial.finish()
        except BlockingIOError:
            # A proxy has yet to answer; or that was about somebody else, who had the same number before us.
            if dial.wants_read and runner.timer is None:
                self._limit(runner, self._settings.handshake_ivl)
            self._watch(runner, READ if dial.wants_read else WRITE)
            return
        except OSError as error:
            self._leave(runner)
            self._failed(error, fd)
            return
        self._leave(runner)
        for slower in self._running:
            self._say(Event.CLOSED, slower.dial.fileno(), "another address answered first")
        self.close()
        self._won(stream)

    def _failed(self, error: OSError, fd: int) -> None:
        self._note(error, fd)
        if self._waiting:
            self._go_on()
        else:
            self._end()

    def _note(self, error: OSError, fd: int) -> None:
        self._say(Event.CLOSED, fd, str(error))
        self._error = error
        self._all_refused = self._all_refused and error.errno == errno.ECONNREFUSED

    def _end(self) -> None:
        """Nobody is left to be tried; and if nobody runs any more, it is lost."""
        if not self._running:
            self._lost(self._error, self._all_refused)

    def _limit(self, runner: _Runner, ms: int) -> None:
        """Let it fail after this time, if there is a limit."""

        def late() -> None:
            with self._guard.deferred, self._guard:
                if runner in self._running:
                    fd = runner.dial.fileno()
                    self._drop(runner)
                    self._running.remove(runner)
                    self._failed(OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)), fd)

        if ms:
            runner.timer = self._reactor.call_later(ms / 1000, late)

    def _leave(self, runner: _Runner) -> None:
        """It has ended by itself."""
        self._running.remove(runner)
        if runner.timer is not None:
            runner.timer.cancel()

    def _drop(self, runner: _Runner) -> None:
        if runner.timer is not None:
            runner.timer.cancel()
        self._reactor.unwatch(runner.dial.fileno())
        runner.dial.close()

    def _stop_next(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
