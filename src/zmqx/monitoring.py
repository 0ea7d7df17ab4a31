"""Monitors as libzmq has them: what happens to a socket, as messages of another (zmq_socket_monitor).

``events()`` of a socket is simpler, and says more: typed events with reasons in words. This is for programs that
have a parser for libzmq's frames, and for passing events on to another thread or poller.
"""

from __future__ import annotations

import struct
from os import urandom

from .address import split
from .constants import Event, SocketType
from .errors import EADDRINUSE, EINVAL, EPROTONOSUPPORT, ZMQError, zmq_error
from .plain import MessageFace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeVar

    from .engine.context import ContextCore
    from .engine.core import SocketCore
    from .engine.monitor import EventQueue, SocketEvent
    from .engine.reporter import Reporter

    S = TypeVar("S", bound="Monitored")

_TYPES = (SocketType.PAIR, SocketType.PUB, SocketType.PUSH)


class Monitored(MessageFace):
    """A socket of any face, as far as it can be monitored. (The fields of plain calls come first in every face: C
    knows where they are.)"""

    __slots__ = ("_context_core", "_core", "_monitor_socket", "_reporter")

    if TYPE_CHECKING:
        context: Any

    def __init__(self, context_core: ContextCore, core: SocketCore) -> None:
        self._context_core = context_core
        self._core = core
        self._reporter: Reporter | None = None
        self._monitor_socket: Any = None

    def monitor(self, addr: str | bytes | None, events: int = Event.ALL) -> None:
        """Send events from now on through a PAIR socket of its own, bound to ``addr`` (``inproc://...``).

        Connect a PAIR there and read messages of two frames (``parse_monitor_message``). ``events`` is a sum of
        ``Event`` bits. A call replaces the monitor there was; None as ``addr`` stops it. Whoever does not read holds
        up nobody: a thousand events wait beside what the reader's RCVHWM takes, newer ones are dropped and counted
        (``monitor_missed``). Raises EINVAL, EPROTONOSUPPORT for another transport, EADDRINUSE, EMFILE, ETERM,
        ENOTSOCK. (zmq_socket_monitor)
        """
        self.monitor_versioned(addr, events, 1)

    def monitor_versioned(
        self, addr: str | bytes | None, events: int = Event.ALL_V2, version: int = 2, type: int = SocketType.PAIR
    ) -> None:
        """``monitor`` with a choice of frames (``parse_monitor_message`` knows both versions) and of the socket
        that sends them: PAIR, PUB or PUSH. Events above 0xFFFF need version 2. (zmq_socket_monitor_versioned)"""
        self._core.check_open()
        if addr is None:
            self._replace_reporter(None)
            return
        transport, name = split(addr)
        if transport != "inproc":
            raise zmq_error(EPROTONOSUPPORT, f"a monitor is bound to inproc://, not to {transport}://")
        if version not in (1, 2) or (version == 1 and int(events) >> 16):
            raise zmq_error(EINVAL, f"events {int(events):#x} in version {version} of the frames")
        if type not in _TYPES:
            raise zmq_error(EINVAL, f"a monitor is a PAIR, PUB or PUSH, not {type!r}")
        endpoint = f"inproc://{name}"
        from .engine import reporter

        through = self._context_core.open(type)
        through.settings.linger = 0
        try:
            self._bind(through, endpoint)
            made = reporter.Reporter(self._core, through, endpoint, int(events), version)
        except BaseException:
            through.close(0)
            raise
        self._replace_reporter(made)

    def _bind(self, through: SocketCore, endpoint: str) -> None:
        try:
            through.bind(endpoint)
        except ZMQError as error:
            before = self._reporter
            if error.errno != EADDRINUSE or before is None or before.endpoint != endpoint:
                raise
            self._replace_reporter(None)
            through.bind(endpoint)

    def _replace_reporter(self, reporter: Reporter | None) -> None:
        guard = self._core.guard
        with guard.deferred, guard:
            before, self._reporter = self._reporter, reporter
        if before is not None:
            before.stop()

    @property
    def monitor_missed(self) -> int:
        """How many events the present monitor has dropped because nobody read them."""
        return self._reporter.missed if self._reporter is not None else 0

    def monitor_pipes_stats(self) -> None:
        """Have an event (PIPES_STATS) tell of each pipe of this socket how many messages wait to be sent, and how
        many to be received.

        Raises EINVAL if nobody watches for that event, EAGAIN if there are no pipes, ETERM, ENOTSOCK.
        (zmq_socket_monitor_pipes_stats)
        """
        self._core.report_pipes()

    def get_monitor_socket(self: S, events: int | None = None, addr: str | None = None) -> S:
        """A PAIR socket connected to the monitor of this one, to be read with ``recv_monitor_message``.

        ``events`` is a sum of ``Event`` bits (None: all), ``addr`` an inproc endpoint (None: any). If there is one
        already, it is returned, whatever the arguments. Close it like any other socket.
        """
        known = self._monitor_socket
        if known is not None and not known.closed:
            return known  # type: ignore[no-any-return]  # of our own face
        if addr is None:
            addr = f"inproc://zmqx.monitor-{urandom(8).hex()}"
        made = self.context.socket(SocketType.PAIR)
        guard = self._core.guard
        with guard.deferred, guard:
            # Another thread may have been faster; two monitors would stop each other.
            first = self._monitor_socket is known
            if first:
                self._monitor_socket = made
        if not first:
            made.close(0)
            return self.get_monitor_socket(events, addr)
        try:
            self.monitor(addr, Event.ALL if events is None else events)
            made.connect(addr)
        except BaseException:
            self._monitor_socket = None
            made.close(0)
            raise
        return made  # type: ignore[no-any-return]  # of our own face

    def disable_monitor(self) -> None:
        """Stop the monitor, if there is one."""
        self._monitor_socket = None
        self.monitor(None, 0)


class EventTap:
    """The events of a socket, as they happen, for one reader."""

    def __init__(self, socket: Monitored, kinds: int, limit: int) -> None:
        self._socket = socket
        self._queue: EventQueue = socket._core.watch_events(int(kinds), limit)

    @property
    def missed(self) -> int:
        """How many events were dropped because nobody read them."""
        return self._queue.missed

    def _take(self) -> tuple[SocketEvent | None] | None:
        event = self._queue.take()
        if event is not None or self._queue.closed:
            return (event,)
        self._socket._core.check_open()
        return None

    def _give_back(self, event: SocketEvent) -> None:
        """Nobody got what was taken: the next one does."""
        guard = self._socket._core.guard
        with guard.deferred, guard:
            self._queue.give_back(event)

    def close(self) -> None:
        """Collect no more; what is queued can still be read. Wakes whoever waits."""
        self._socket._core.ignore_events(self._queue)


def parse_monitor_message(msg: Sequence[bytes]) -> dict[str, Any]:
    """What the frames of a monitor say: ``event`` (an Event), ``value`` and ``endpoint`` (bytes).

    Frames of version 2 give ``values``, ``local`` and ``remote`` besides; ``endpoint`` is then the remote end, or the
    local one if there is no other. RuntimeError if these are not frames of a monitor.
    """
    try:
        if len(msg) == 2:
            number, value = struct.unpack("=Hi", msg[0])
            return {"event": Event(number), "value": value, "endpoint": msg[1]}
        number, size = (struct.unpack("=Q", frame)[0] for frame in msg[:2])
        *values, local, remote = msg[2:]
        if len(values) != size or not values:
            raise ValueError
        numbers = tuple(struct.unpack("=Q", value)[0] for value in values)
        found = {"event": Event(number), "value": numbers[0], "endpoint": remote or local}
        return {**found, "values": numbers, "local": local, "remote": remote}
    except (struct.error, ValueError) as error:
        raise RuntimeError(f"these are not the frames of a monitor: {msg!r}") from error


def recv_monitor_message(socket: Any, flags: int = 0) -> Any:
    """Receive the next message of a monitor, parsed (``parse_monitor_message``).

    ``socket`` is what ``get_monitor_socket`` returned, or any that is connected to a monitor; if it is an
    asynchronous one, this is to be awaited. Errors as ``recv``.
    """
    received = socket.recv_multipart(flags)
    if hasattr(received, "__await__"):
        return _parse_later(received)
    return parse_monitor_message(received)


async def _parse_later(received: Any) -> dict[str, Any]:
    return parse_monitor_message(await received)
