"""The ledger of one socket: what it lost, whom it met, what it moved over connections that are over.

A drop is counted at once, and told to the log at most every ``QUIET`` seconds for each reason, with the number
since it was told last, whether more are dropped or not. Methods are called under the core's guard; the log is written
without it.
"""

from __future__ import annotations

from errno import ECONNREFUSED

from ..accounts import Drop
from ..constants import Event
from .dispatch import report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..pipes.pipe import Pipe
    from .monitor import SocketEvent
    from .pump import Pump
    from .reactor import Guard, Reactor

# Seconds between two lines about the same reason.
QUIET = 10.0

# What the application chose to lose is no cause for alarm (levels of ``logging``).
_DEBUG, _INFO, _WARNING = 10, 20, 30
_LEVELS = {Drop.REPLACED: _DEBUG, Drop.UNREAD: _INFO, Drop.UNASKED: _INFO, Drop.CLOSED: _INFO}

_HANDSHAKE_FAILED = (
    Event.HANDSHAKE_FAILED_NO_DETAIL | Event.HANDSHAKE_FAILED_PROTOCOL | Event.HANDSHAKE_FAILED_AUTH
)


class _Untold:
    """Drops of one reason that the log does not know of."""

    __slots__ = ("count", "due", "pipe", "tell_at")

    def __init__(self, now: float) -> None:
        self.count = 0
        self.pipe: Pipe | None = None  # to or from whom the last one was
        self.tell_at = now
        self.due = False  # somebody will tell of it then


class Ledger:
    """See the module."""

    __slots__ = (
        "_guard",
        "_later",
        "_name",
        "_say_at",
        "_untold",
        "bytes_in",
        "bytes_out",
        "connections_ever",
        "handshake_failures",
        "messages_in",
        "messages_out",
        "now",
        "reconnects",
        "refused",
    )

    def __init__(self, name: str, guard: Guard, now: Callable[[], float]) -> None:
        """``name`` is what the log calls the socket."""
        self._name = name
        self._guard = guard
        self.now = now
        self._later: Callable[[float, Callable[[], None]], object] | None = None  # there is no I/O yet, and no thread
        self._untold: dict[Drop, _Untold] = {}
        self._say_at: dict[str, float] = {}
        self.messages_in = self.messages_out = self.bytes_in = self.bytes_out = 0
        self.connections_ever = 0
        self.reconnects = 0
        self.handshake_failures = 0
        self.refused = 0

    def live_by(self, reactor: Reactor) -> None:
        """There is a clock now that makes calls."""
        self.now = reactor.now
        self._later = reactor.call_later

    def note(self, event: SocketEvent) -> None:
        """Something happened to an endpoint or a connection."""
        if event.kind & _HANDSHAKE_FAILED:
            self.handshake_failures += 1
        elif event.kind == Event.ACCEPT_FAILED and event.value == ECONNREFUSED:
            self.refused += 1

    def close_account(self, pump: Pump) -> None:
        """A connection is over."""
        self.messages_in += pump.messages_in
        self.messages_out += pump.messages_written
        self.bytes_in += pump.bytes_in
        self.bytes_out += pump.bytes_written

    def lost(self, reason: Drop, count: int, pipe: Pipe | None) -> None:
        """Messages were dropped: tell the log, if it is time."""
        untold = self._untold.get(reason)
        if untold is None:
            untold = self._untold[reason] = _Untold(self.now())
        untold.count += count
        if pipe is not None:
            untold.pipe = pipe
        now = self.now()
        if now >= untold.tell_at:
            untold.tell_at = now + QUIET
            self._tell(reason, untold)
        elif not untold.due and self._later is not None:
            untold.due = True
            self._later(untold.tell_at - now, lambda: self._tell_late(untold, reason))

    def _tell_late(self, untold: _Untold, reason: Drop) -> None:
        """The time has come, and perhaps nothing was dropped since. Takes the guard."""
        with self._guard.deferred, self._guard:
            untold.due = False
            if untold.count:
                untold.tell_at = self.now() + QUIET
                self._tell(reason, untold)

    def settle(self) -> None:
        """The socket has finished: tell what is untold."""
        for reason, untold in self._untold.items():
            if untold.count:
                self._tell(reason, untold)

    def _tell(self, reason: Drop, untold: _Untold) -> None:
        count, untold.count = untold.count, 0
        pipe, untold.pipe = untold.pipe, None
        peer = pipe.properties.get("Peer-Address", "") if pipe is not None else ""
        where = f" (of the last one: {peer})" if peer else ""
        text = f"a {self._name} socket dropped {count} message{'s' if count > 1 else ''}: {reason.value}{where}"
        self.say(text, _LEVELS.get(reason, _WARNING))

    @staticmethod
    def make_ready() -> None:
        """Load what writes the log: when it has to tell that no file can be opened, it is too late for that."""
        # And no more than that: a thread that forks has the lock of ``getLogger``, and waits for our guard.
        import logging  # noqa: F401

    def say_of_socket(self, text: str) -> None:
        """Write a line about this socket."""
        self.say(f"a {self._name} socket: {text}")

    def say_seldom(self, key: str, text: str) -> None:
        """The same, but only once in a while for each key. Takes the guard."""
        with self._guard.deferred, self._guard:
            now = self.now()
            if now >= self._say_at.get(key, now):
                self._say_at[key] = now + QUIET
                self.say_of_socket(text)

    def say(self, text: str, level: int = _WARNING) -> None:
        """Write a line in the log, once the guard is free: what listens to the log may use sockets."""
        told = False

        def write() -> None:
            nonlocal told
            if told:  # deferred calls may be made twice
                return
            told = True
            try:
                import logging

                logging.getLogger("zmqx").log(level, "%s", text)
            except Exception:  # noqa: BLE001  # of a listener to the log; not the fault of whoever calls us
                report()

        self._guard.defer(write)
