"""A session marries one stream, one connection and one pipe, from the first byte to the last.

It lives through three states: *shaking* hands, *up*, and *finishing* (everything is to be written,
nothing more to be read). It ends once, whoever noticed first, and tells its core why; the core
hears of it when its guard is free, never in the middle of what it is doing.

All methods are called under the core's guard, except ``on_io`` and ``flush_gathered``, which take it.
"""

from __future__ import annotations

import errno
from enum import Enum
from time import monotonic

from ..constants import Event
from ..errors import AuthenticationError, ProtocolError
from ..message import Item
from ..options import Settings
from ..pipes.pipe import Pipe, nothing, nothing_said
from ..transports.base import Stream
from ..wire.connection import Connection
from ..wire.events import Peer, Ping, Ready
from .heartbeat import Heartbeat
from .monitor import SocketEvent
from .pump import AT_END, FULL, NOTHING, Copies, Pump
from .reactor import READ, WRITE, Gatherer, Guard, Reactor, Timer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds. A socket that wrote this recently is busy: small messages gather for the next write instead
# of taking one each. (A socket, not a stream: to a publisher every message is one of a burst.)
_BUSY = 0.0001

# A read of so many bytes says that more is probably there: the next receive looks without asking
# the selector first.
_HOT = 16384

# Seconds we wait, after our last byte, for the peer to close: closing at once could make the system
# throw that byte away if the peer was still sending.
_FAREWELL = 0.25


class End(Enum):
    """Why a session ended."""

    LOST = "the connection was lost"
    TIMEOUT = "a timer ran out"
    PROTOCOL = "the peer broke the protocol"
    REFUSED = "the peer was sent away"
    CLOSED = "closed by us"


class Surroundings:
    """What all sessions of one core share: values, lower objects and plain callables."""

    __slots__ = (
        "check",
        "copies",
        "emit",
        "ended",
        "guard",
        "hot",
        "lockstep",
        "reactor",
        "readable",
        "up",
        "writable",
        "wrote_at",
    )

    def __init__(
        self,
        *,
        reactor: Reactor,
        guard: Guard,
        hot: set[Session],
        lockstep: bool,
        copies: bool,
        check: Callable[[Item], None] | None,
        up: Callable[[Session], None],
        readable: Callable[[Pipe], None],
        writable: Callable[[Pipe], None],
        ended: Callable[[Session], None],
        emit: Callable[[SocketEvent], None],
    ) -> None:
        """``hot`` collects the sessions worth reading without asking the selector; ``check``,
        ``lockstep`` and ``copies`` come from the socket type. ``up``, ``readable``, ``writable`` and
        ``emit`` are called under the guard, ``ended`` without it."""
        self.reactor = reactor
        self.guard = guard
        self.lockstep = lockstep
        self.check = check
        self.up = up
        self.readable = readable
        self.writable = writable
        self.ended = ended
        self.emit = emit
        self.hot = hot
        self.copies = Copies() if copies else None
        self.wrote_at = 0.0


class Session(Gatherer):
    """One connection at work."""

    __slots__ = (
        "_around",
        "_connection",
        "_deaf",
        "_finishing",
        "_heartbeat",
        "_mute",
        "_pump",
        "_stream",
        "_timer",
        "endpoint",
        "ended",
        "flushes",
        "flushes_seen",
        "gathering",
        "listed",
        "origin",
        "reason",
        "settings",
        "up",
    )

    def __init__(
        self,
        stream: Stream,
        connection: Connection,
        around: Surroundings,
        settings: Settings,
        endpoint: str,
        origin: object,
    ) -> None:
        """``endpoint`` is ours, bound or connected; ``origin`` is for the core to tell by."""
        self._stream = stream
        self._connection = connection
        self._around = around
        self.settings = settings
        self.endpoint = endpoint
        self.origin = origin
        self._pump = Pump(stream, connection, around.readable, around.check, around.lockstep, around.copies)
        self._timer: Timer | None = None  # of the handshake, later of the farewell
        self._heartbeat: Heartbeat | None = None
        self._deaf = False  # not reading: the inbox is full
        self._mute = False  # not writing: the stream is broken, but what it still holds can be read
        self._finishing = False
        self.up = False
        self.ended: End | None = None
        self.reason = ""
        self.gathering = False
        self.listed = False
        self.flushes = 0
        self.flushes_seen = 0

    # -- beginning

    def start(self) -> None:
        """Greet the peer."""
        limit = self.settings.handshake_ivl
        if limit:
            self._timer = self._later(limit / 1000, lambda: self._end(End.TIMEOUT, "the handshake took too long"))
        self._around.reactor.watch(self._stream.fileno(), READ, self.on_io)
        self._write_protocol()

    @property
    def pipe(self) -> Pipe | None:
        return self._pump.pipe

    @property
    def peer(self) -> Peer:
        """Who is there. Only once the session is up."""
        assert self._connection.peer is not None
        return self._connection.peer

    @property
    def remote(self) -> str:
        """The peer's endpoint."""
        return self._stream.remote

    def _later(self, delay: float, action: Callable[[], None]) -> Timer:
        def run() -> None:
            with self._around.guard:
                if self.ended is None and timer is self._timer:
                    action()

        timer = self._around.reactor.call_later(delay, run)
        return timer

    def attach(self, pipe: Pipe) -> None:
        """Serve this pipe; called from ``up``."""
        self._pump.attach(pipe)
        pipe.wake = self._wake
        pipe.resume = self._resume
        pipe.refuse = self.refuse
        if self._around.lockstep:
            pipe.set_batch(1)

    def _come_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.up = True
        self._emit(Event.HANDSHAKE_SUCCEEDED)
        self._around.up(self)
        if self.ended is not None:
            return
        if self.settings.heartbeat_ivl and self._connection.has_commands:
            self._heartbeat = self._make_heartbeat()
            self._heartbeat.start()
        self._flush()

    def _make_heartbeat(self) -> Heartbeat:
        return Heartbeat(
            self.settings,
            self._around.reactor,
            self._around.guard,
            self._ping,
            lambda reason: self._end(End.TIMEOUT, reason),
        )

    def _ping(self, ttl: int) -> None:
        self._connection.ping(ttl)
        self._write_protocol()

    # -- reading

    def on_io(self, mask: int) -> None:
        """The reactor's callback."""
        guard = self._around.guard
        try:
            acquire = guard.acquire
            acquire()
            # An error or a hang-up may show in either direction: both look.
            if mask != READ and self._pump.unsent and self.ended is None:
                self._flush()
            if mask != WRITE and self.ended is None:
                self.read_now()
        finally:
            # Guard.release, written out.
            try:
                unlock = guard.unlock
                unlock()
            except RuntimeError:
                pass
            if guard.deferred:
                guard.settle()

    def read_now(self) -> bool:
        """Read what is there, once; whether there was anything."""
        try:
            if not self.up or self._finishing:
                return self._read_aside()
            count = self._pump.receive()
            if count <= 0:
                return self._read_nothing(count)
            if self._heartbeat is not None and self._heartbeat.armed:
                self._heartbeat.heard()
            connection = self._connection
            if connection.events:
                self._obey(connection.take_events())
            if connection.output:
                self._write_protocol()
            if count >= _HOT:
                self._around.hot.add(self)
            return True
        except ProtocolError as error:
            self._break(error)
        except OSError as error:
            self._end(End.LOST, error.strerror or str(error), error.errno or 0)
        except BaseException as error:
            self._struck(error)
            raise
        return False

    def _read_nothing(self, why: int) -> bool:
        self._around.hot.discard(self)
        if why == AT_END:
            self._end(End.LOST, "the peer closed the connection", errno.EPIPE)
        elif why == FULL:
            self._deaf = True
            self._watch()
        return False

    def _read_aside(self) -> bool:
        """Read while there is no traffic to deliver: in the handshake, and when we are leaving."""
        data = self._pump.read()
        if not data:
            return self._read_nothing(NOTHING if data is None else AT_END)
        connection = self._connection
        connection.receive(data)
        if self._finishing:
            while connection.take(4096):
                pass
        # Our READY has to be out before anything that the peer's READY sets free.
        if connection.output:
            self._write_protocol()
        self._obey(connection.take_events())
        if self.up and not self._finishing and self.ended is None:
            self._pump.resume()
            if connection.output:
                self._write_protocol()
        return True

    def _obey(self, events: list[Ready | Ping]) -> None:
        for event in events:
            if type(event) is Ready:
                self._come_up()
                if self.ended is not None:
                    return
            elif type(event) is Ping:
                if self._heartbeat is None:
                    self._heartbeat = self._make_heartbeat()
                self._heartbeat.asked(event.ttl)

    def _resume(self) -> None:
        """The inbox has room again (``pipe.resume``)."""
        if self.ended is not None:
            return
        try:
            self._pump.resume()
        except ProtocolError as error:
            self._break(error)
            return
        if self._connection.output:
            self._write_protocol()
        if self._deaf and not self._pump.pipe.stalled:  # type: ignore[union-attr]  # it is the pipe that calls
            self._deaf = False
            self._watch()

    # -- writing

    def _wake(self) -> None:
        """The outbox has something to send (``pipe.wake``)."""
        pump = self._pump
        if pump.unsent or self._mute:
            return
        pipe = pump.pipe
        assert pipe is not None
        count = len(pipe.outbox)
        around = self._around
        if not around.lockstep:
            if count < pipe.batch and monotonic() - around.wrote_at < _BUSY and not pipe.blocked:
                pipe.pending = True
                self.gathering = True
                if not self.listed:
                    self.listed = True
                    around.reactor.gather(self)
                return
        if count != 1:
            self._flush()
            return
        self.gathering = False
        self.flushes += 1
        try:
            if not pump.write_one():
                self._watch()
            if not around.lockstep:
                around.wrote_at = monotonic()
        except OSError:
            self._fall_mute()
        except BaseException as error:
            self._struck(error)
            raise

    def flush_gathered(self) -> None:
        """The reactor's callback for what has gathered."""
        with self._around.guard:
            if self.gathering and self.ended is None:
                self._flush()

    def _flush(self) -> None:
        """Write all there is, or as much as the stream takes."""
        self.gathering = False
        self.flushes += 1
        if self._mute:
            return
        waiting = bool(self._pump.unsent)
        try:
            done = self._pump.write()
        except OSError:
            self._fall_mute()
            return
        except BaseException as error:
            self._struck(error)
            raise
        if not self._around.lockstep:
            self._around.wrote_at = monotonic()
        if waiting is done:  # began to wait, or waits no more
            self._watch()
        pipe = self._pump.pipe
        if pipe is not None and pipe.blocked and pipe.unblocks():
            self._around.writable(pipe)
        if done and self._finishing:
            self._say_farewell()

    def _write_protocol(self) -> None:
        waiting = bool(self._pump.unsent)
        try:
            done = self._mute or self._pump.write_protocol()
        except OSError:
            self._fall_mute()
            return
        if waiting is done:
            self._watch()

    def _struck(self, error: BaseException) -> None:
        # Ctrl-C, or a fault of ours. In the middle of I/O nobody knows what was read or written, and the
        # connection is worth less than the promise that no message is ever lost within or garbled.
        if self._pump.critical or not isinstance(error, KeyboardInterrupt):
            self._end(End.LOST, f"interrupted by {type(error).__name__}")

    def _fall_mute(self) -> None:
        # The peer is gone, but what it sent before may still be unread. The end comes with the read
        # that finds nothing more.
        self._mute = True
        self._pump.unsent = []
        self._watch()

    def _watch(self) -> None:
        """Tell the reactor what we want to hear of."""
        mask = (0 if self._deaf else READ) | (WRITE if self._pump.unsent else 0)
        reactor = self._around.reactor
        if mask:
            reactor.watch(self._stream.fileno(), mask, self.on_io)
        else:
            # A mask of nothing would still hear of a hang-up, again and again.
            reactor.unwatch(self._stream.fileno())

    # -- ending

    def refuse(self, reason: str) -> None:
        """Send the peer away, at once (``pipe.refuse``)."""
        self._end(End.REFUSED, reason)

    def close(self) -> None:
        """End at once; what is unsent is lost."""
        self._end(End.CLOSED, "")

    def finish(self) -> None:
        """Write everything, then end. What the peer still sends is not delivered."""
        if not self.up:
            self.close()
            return
        self._finishing = True
        self._deaf = False
        if self._mute:
            self.close()
            return
        self._watch()
        self._flush()

    def _say_farewell(self) -> None:
        self._stream.end_writing()
        if self._timer is None:
            self._timer = self._later(_FAREWELL, self.close)

    def unsent(self) -> int:
        """How many messages have not left, or not wholly."""
        pipe = self._pump.pipe
        if pipe is not None and pipe.spill is not None:
            pipe.spill()
        return (len(pipe.outbox) if pipe is not None else 0) + bool(self._pump.unsent)

    def _break(self, error: ProtocolError) -> None:
        if self.up:
            self._end(End.PROTOCOL, str(error), error.code)
            return
        if isinstance(error, AuthenticationError):
            self._emit(Event.HANDSHAKE_FAILED_AUTH, error.status, str(error))
        else:
            self._emit(Event.HANDSHAKE_FAILED_PROTOCOL, error.code, str(error))
        self._end(End.PROTOCOL, str(error))

    def _end(self, end: End, reason: str, number: int = 0) -> None:
        if self.ended is not None:
            return
        if self._finishing:
            end = End.CLOSED
        self.ended = end
        self.reason = reason
        self.gathering = False
        around = self._around
        if self._timer is not None:
            self._timer.cancel()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        around.hot.discard(self)
        if not self.up and end in (End.LOST, End.TIMEOUT):
            self._emit(Event.HANDSHAKE_FAILED_NO_DETAIL, errno.EAGAIN if end is End.TIMEOUT else number, reason)
        fd = self._stream.fileno()
        around.reactor.unwatch(fd)
        self._stream.close()
        if end is not End.CLOSED:
            self._emit(Event.DISCONNECTED, fd, reason)
        pipe = self._pump.pipe
        if pipe is not None:
            pipe.wake = pipe.resume = nothing
            pipe.refuse = nothing_said
        around.guard.defer(lambda: around.ended(self))

    def _emit(self, kind: Event, value: int = 0, reason: str = "") -> None:
        self._around.emit(SocketEvent(kind, self.endpoint, value, reason, self._stream.remote))
