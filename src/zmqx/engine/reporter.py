"""A reporter sends the events of one socket through another (zmq_socket_monitor).

Its queue is bounded: what its reader does not take is dropped and counted, so it never holds up the engine.
Until somebody connects to it, it keeps what it has.
"""

from __future__ import annotations

from ..constants import Event
from ..errors import ZMQError
from .monitor import SocketEvent
from .reactor import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .core import SocketCore

# Events kept for a reader that is not there, or slow.
_LIMIT = 1000


class Reporter:
    """From one core to another. No guard is held by the caller."""

    def __init__(self, source: SocketCore, through: SocketCore, endpoint: str, kinds: int, version: int) -> None:
        """``through`` is bound to ``endpoint`` and closes with us; ``version`` is that of the frames."""
        self._through = through
        self.endpoint = endpoint
        self._version = version
        self._source = source
        self._waiting = False
        self._ended = False
        self._queue = source.watch_events(kinds, _LIMIT, self._later)

    @property
    def missed(self) -> int:
        """How many events were dropped because nobody read them."""
        return self._queue.missed

    def stop(self) -> None:
        """Say that this is the end, and free the name."""
        self._source.ignore_events(self._queue)
        self._pass_on()  # another thread may have been about to

    def _later(self) -> None:
        """An event has come, or the end. Under the guard of the source."""
        self._source.guard.defer(self._pass_on)

    def _pass_on(self) -> None:
        through = self._through
        queue = self._queue
        with through.guard.deferred, through.guard:
            while not self._ended:
                event = queue.peek()
                if event is None:
                    if queue.closed:
                        self._end()
                    break
                if not self._send(event):
                    if queue.closed:
                        self._end()
                    elif not self._waiting:
                        self._waiting = True
                        through.enlist(Waiter(self._look_again))
                    break
                queue.take()
        if self._ended:
            through.close(0)

    def _look_again(self, waiter: Waiter) -> None:
        """A reader has come, or made room. Under the guard of the other core."""
        self._waiting = False
        self._through.guard.defer(self._pass_on)

    def _end(self) -> None:
        self._ended = True
        if self._queue.kinds & Event.MONITOR_STOPPED:
            self._send(SocketEvent(Event.MONITOR_STOPPED))

    def _send(self, event: SocketEvent) -> bool:
        try:
            return self._through.try_send(event.frames(self._version))  # type: ignore[arg-type]  # bytes are parts
        except ZMQError:
            return True  # the context has ended, and its readers with it
