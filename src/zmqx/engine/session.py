"""A session marries one stream, one connection and one pipe, from the first byte to the last.

It lives through three states: *shaking* hands, *up*, and *finishing* (everything is to be written, nothing more to be
read). It ends once, whoever noticed first, and tells its core why, when the guard is free and the core can listen.

All methods are called under the core's guard, except ``on_io``, which takes it.
"""

from __future__ import annotations

import errno

from ..constants import Event
from ..errors import AuthenticationError, ProtocolError
from ..pipes.pipe import nothing, nothing_said
from ..wire.events import Asked, Ping, Ready
from .countdown import Countdown
from .facts import Facts
from .gate import Gate
from .heartbeat import Heartbeat
from .pump import AT_END, FULL, NOTHING, Pump
from .reactor import READ, WRITE, surely
from .surroundings import End
from .writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..options import Settings
    from ..pipes.pipe import Pipe
    from ..transports.base import Stream
    from ..wire.events import Notice
    from ..wire.zap import Verdict
    from .speaking import Speech
    from .surroundings import Surroundings

# A read of so many bytes says that more is probably there: the next receive looks without asking the selector.
_HOT = 16384

# Seconds for the peer to close after our last byte. At once, the system might throw it away if the peer still sends.
_FAREWELL = 0.25


class Session(Facts):
    """One connection at work."""

    __slots__ = (
        "_countdown",
        "_deaf",
        "_finishing",
        "ended",
        "heartbeat",
        "held",
        "origin",
        "reason",
        "settings",
        "up",
    )

    def __init__(
        self,
        stream: Stream,
        connection: Speech,
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
        self._pump = Pump(stream, connection, around.readable, around.check, around.lockstep, around.copies, settings)
        self._writer = Writer(self._pump, around, self._watch, self._struck)
        self._short = None
        self._gate: Gate | None = None  # once somebody has to be asked about the peer
        self._countdown = Countdown(around.reactor, around.guard)  # of the handshake, later of the farewell
        self.heartbeat: Heartbeat | None = None
        self._deaf = False  # not reading: the inbox is full
        self._finishing = False
        self.up = False
        self.held: Callable[[int], None] | None = None  # told of bytes that come before the handshake is done
        self.ended: End | None = None
        self.reason = ""

    # -- beginning

    def start(self) -> None:
        """Greet the peer."""
        if not self._connection.shakes_hands:
            self._around.guard.defer(self._begin)  # not before whoever made us knows us
            return
        if limit := self.settings.handshake_ivl:
            self._countdown.start(limit / 1000, lambda: self._end(End.TIMEOUT, "the handshake took too long"))
        self._watch()
        self._writer.write_protocol()

    def _begin(self) -> None:
        """There is nothing to agree on: come up."""
        with self._around.guard.deferred, self._around.guard:
            if self.ended is None:
                self._watch()
            if self.ended is None:
                self._obey(self._connection.take_events())

    def attach(self, pipe: Pipe) -> None:
        """Serve this pipe; called from ``up``."""
        self._pump.attach(pipe)
        pipe.wake, pipe.resume, pipe.refuse = self._writer.wake, self._resume, self.refuse
        if self._around.lockstep:
            pipe.set_batch(1)

    def _come_up(self) -> None:
        self._countdown.stop()
        self.up = True
        self._stream.shaken()
        if self._connection.shakes_hands:
            self._emit(Event.HANDSHAKE_SUCCEEDED)
        self._around.up(self)
        if self.ended is not None:
            return
        if self.settings.heartbeat_ivl and self._connection.has_commands:
            self.heartbeat = self._make_heartbeat()
            self.heartbeat.start()
        self._flush()

    def _make_heartbeat(self) -> Heartbeat:
        around, expired = self._around, lambda reason: self._end(End.TIMEOUT, reason)
        made = Heartbeat(self.settings, around.reactor, around.guard, self._ping, expired)
        if self._stream.ping is not None:
            self._stream.heard = made.heard
        return made

    def _ping(self, ttl: int) -> None:
        if self._stream.ping is not None:
            self._stream.ping()
            return
        self._connection.ping(ttl)
        self._writer.write_protocol()

    # -- reading

    def on_io(self, mask: int) -> None:
        """The reactor's callback."""
        guard = self._around.guard
        try:
            acquire = guard.acquire
            acquire()
            # An error or a hang-up may show in either direction: both look.
            if mask != READ and self._pump.waits and self.ended is None:
                self._flush()
            if mask != WRITE and self.ended is None:
                self.read_now()
        finally:
            # The end of ``with guard``, written out.
            try:
                unlock = guard.unlock
                unlock()
            except RuntimeError:
                pass
            finally:
                if guard.deferred:
                    try:
                        guard.deferred.settle()
                    except BaseException:
                        guard.deferred.settle()  # struck: others wait for these calls
                        raise

    def read_now(self) -> bool:
        """Read what is there, once; whether there was anything."""
        try:
            if self._pump.critical:
                return False  # a signal handler, in the middle of our own read
            if not self.up or self._finishing:
                return self._read_aside()
            count = self._pump.receive()
            if count <= 0:
                return self._read_nothing(count)
            self._pump.heard_at = self._around.now()
            if self.heartbeat is not None and self.heartbeat.armed:
                self.heartbeat.heard()
            connection = self._connection
            if connection.events or connection.output:
                self._answer()
            if count >= _HOT:
                self._around.hot.add(self)
            return True
        except ProtocolError as error:
            self._break(error)
        except OSError as error:
            self._lose(error)
        except BaseException as error:
            self._struck(error)
            raise
        return False

    def look_and_read(self, seconds: float) -> bool:
        """Look for something to read for at most so long, and read it; whether there was anything."""
        spin = self._stream.spin
        if spin is not None:
            return self.read_now() or (self.ended is None and spin(seconds) and self.read_now())
        now = self._around.now
        until = now() + seconds
        while self.ended is None:
            if self.read_now():
                return True
            if now() > until:
                break
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
        self._pump.heard_at = self._around.now()
        if self.heartbeat is not None:
            self.heartbeat.heard()
        connection = self._connection
        if self._gate is not None and self._gate.shut:
            return True
        if self.held is not None and not self.up:
            self.held(len(data))
        connection.receive(data)
        if self._finishing:
            while items := connection.take(4096):
                self._pump.messages_in += len(items)
                self._pump.undelivered += len(items)
        self._go_on()
        return True

    def _go_on(self) -> None:
        """The connection may have got a step further."""
        # Our READY has to be out before anything that the peer's READY sets free.
        if self._connection.output:
            self._writer.write_protocol()
        self._obey(self._connection.take_events())
        if self.up and not self._finishing and self.ended is None:
            self._pump.resume()
            self._answer()

    def _answer(self) -> None:
        """See to what the connection has to say, to us and to the peer."""
        connection = self._connection
        if connection.events:
            self._obey(connection.take_events())
        if connection.output and self.ended is None:
            self._writer.write_protocol()

    def _obey(self, events: list[Notice]) -> None:
        for event in events:
            if type(event) is Ready:
                self._come_up()
                if self.ended is not None:
                    return
            elif type(event) is Ping:
                if self.heartbeat is None:
                    self.heartbeat = self._make_heartbeat()
                self.heartbeat.asked(event.ttl)
            elif type(event) is Asked:
                around, connection, settings = self._around, self._connection, self.settings
                self._gate = Gate(around, connection, settings, self._go_on, self._turn_away, self._break, self._end)
                self._gate.ask(event.credentials, self._stream.peer_address())

    def _resume(self) -> None:
        """The inbox has room again (``pipe.resume``)."""
        if self.ended is not None:
            return
        try:
            self._pump.resume()
        except ProtocolError as error:
            self._break(error)
            return
        self._answer()
        if self._deaf and self.ended is None and not self._pump.pipe.stalled:  # type: ignore[union-attr]  # it is the pipe that calls
            self._deaf = False
            self._watch()

    def _struck(self, error: BaseException) -> None:
        # Ctrl-C, or a fault of ours. In the middle of I/O nobody knows what was read or written, and the
        # connection is worth less than the promise that no message is ever lost within or garbled.
        if self._pump.critical or not isinstance(error, KeyboardInterrupt):
            self._end(End.LOST, f"interrupted by {type(error).__name__}")

    def _watch(self) -> None:
        """Tell the reactor what we want to hear of."""
        mask = (0 if self._deaf else READ) | (WRITE if self._pump.waits else 0)
        if not mask:
            # A mask of nothing would still hear of a hang-up, again and again.
            self._around.reactor.unwatch(self._stream.fileno())
            return
        try:
            self._around.reactor.watch(self._stream.fileno(), mask, self.on_io, self._stream.duct)
        except OSError as error:  # the system has no room to watch one more
            self._lose(error)

    # -- ending

    def refuse(self, reason: str) -> None:
        """Send the peer away, at once (``pipe.refuse``)."""
        self._end(End.REFUSED, reason)

    def close(self) -> None:
        """End at once; what is unsent is lost."""
        self._end(End.CLOSED, "")

    def disown(self) -> None:
        """In a forked child: the parent goes on talking."""
        self.ended = End.CLOSED
        self._writer.stop()
        self._stream.close()

    def finish(self) -> None:
        """Write everything, then end. What the peer still sends is not delivered."""
        if not self.up or self._writer.mute:
            self.close()
            return
        self._finishing = True
        self._deaf = False
        self._watch()
        self._flush()

    def _flush(self) -> None:
        if self._writer.flush() and self._finishing:
            self._say_farewell()

    def _say_farewell(self) -> None:
        self._stream.end_writing()
        if not self._countdown.running:
            self._countdown.start(_FAREWELL, self.close)

    def _break(self, error: ProtocolError) -> None:
        if isinstance(error, AuthenticationError):
            self._emit(Event.HANDSHAKE_FAILED_AUTH, error.status, str(error))
        elif not self.up or (self._connection.sealed and error.code != ProtocolError.ZMTP_UNSPECIFIED):
            # In traffic, what does not open or is out of order is told like this too (libzmq).
            self._emit(Event.HANDSHAKE_FAILED_PROTOCOL, error.code, str(error))
        self._end(End.PROTOCOL, str(error))

    def _turn_away(self, verdict: Verdict) -> None:
        """The application does not want this peer. If that was told, the peer has a moment to hear it."""
        reason = f"the ZAP handler answered {verdict}"
        self._emit(Event.HANDSHAKE_FAILED_AUTH, verdict.status, reason)
        if self._gate is not None and self._gate.shut:
            self._writer.write_protocol()
            self._stream.end_writing()
            self._countdown.start(_FAREWELL, lambda: self._end(End.REFUSED, reason))

    def _lose(self, error: OSError) -> None:
        self._end(End.LOST, error.strerror or str(error), error.errno or 0)

    def _end(self, end: End, reason: str, number: int = 0) -> None:
        if self.ended is None:
            surely(lambda: self._wind_up(End.CLOSED if self._finishing else end, reason, number))

    def _wind_up(self, end: End, reason: str, number: int) -> None:
        self.ended = end
        self.reason = reason
        self._writer.stop()
        around = self._around
        self._countdown.stop()
        if self.heartbeat is not None:
            self.heartbeat.stop()
        around.hot.discard(self)
        refused = False
        if self._gate is not None:
            self._gate.close()
            refused = self._gate.refused
        if self._connection.shakes_hands and not (self.up or refused) and end in (End.LOST, End.TIMEOUT):
            self._emit(Event.HANDSHAKE_FAILED_NO_DETAIL, errno.EAGAIN if end is End.TIMEOUT else number, reason)
        around.reactor.unwatch(fd := self._stream.fileno())
        self._stream.close()
        if end is not End.CLOSED:
            self._emit(Event.DISCONNECTED, fd, reason)
        pipe = self._pump.pipe
        if pipe is not None:
            pipe.wake = pipe.resume = nothing
            pipe.refuse = nothing_said
        self._pump.break_off()
        around.guard.defer(lambda: around.ended(self))

    def _emit(self, kind: Event, value: int = 0, reason: str = "") -> None:
        self._around.emit(self.event(kind, value, reason))
