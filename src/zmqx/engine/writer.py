"""When one session writes: at once, after a moment, or when the stream takes more.

A lone message leaves in the thread that sends it, at once. Small messages of a burst gather, and leave
together: when enough of them have come, when anybody is about to wait, or after a moment. What the
stream does not take waits until it does.

All methods are called under the core's guard, except ``flush_gathered``, which takes it.
"""

from __future__ import annotations

from .reactor import Gatherer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .pump import Pump
    from .surroundings import Surroundings

# Seconds. A socket that wrote this recently is busy: small messages gather for the next write instead
# of taking one each. (A socket, not a stream: to a publisher every message is one of a burst.)
_BUSY = 0.0001


class Writer(Gatherer):
    """The writing half of one session."""

    __slots__ = ("_around", "_changed", "_pump", "_struck", "flushes", "flushes_seen", "gathering", "listed", "mute")

    def __init__(
        self,
        pump: Pump,
        around: Surroundings,
        changed: Callable[[], None],
        struck: Callable[[BaseException], None],
    ) -> None:
        """``changed`` says that the stream now has, or no longer has, something waiting for it, or that
        it is broken; ``struck`` is told of an exception that nobody expected."""
        self._pump = pump
        self._around = around
        self._changed = changed
        self._struck = struck
        #: Not writing any more: the stream is broken. What it still holds can be read, and the end comes
        #: with the read that finds nothing.
        self.mute = False
        self.gathering = False
        self.listed = False
        self.flushes = 0
        self.flushes_seen = 0

    def wake(self) -> None:
        """The outbox has something to send (``pipe.wake``)."""
        pump = self._pump
        if self.mute or pump.critical:
            return  # critical: a signal handler sends, in the middle of our write, which looks again
        pipe = pump.pipe
        assert pipe is not None
        if pump.unsent or pump.full:
            if pump.torn:
                self.flush()
            elif pipe.blocked:
                pump.look_again()
            return
        count = len(pipe.outbox)
        around = self._around
        if not (around.lockstep or pipe.blocked) and count < pipe.batch:
            now = around.now
            if now() - around.wrote_at < _BUSY:
                self.gathering = True
                if not self.listed:
                    self.listed = True
                    try:
                        around.reactor.gather(self)
                    except BaseException:
                        self.listed = False
                        raise
                pump.lend(True)
                pipe.pending = True  # last: Ctrl-C before it leaves the next message to wake us
                return
        if count != 1 or pipe.blocked:
            self.flush()
            return
        # flush, written out for a lone message.
        self.gathering = False
        self.flushes += 1
        try:
            if not pump.write_one():
                self._changed()
            if not around.lockstep:
                around.wrote_at = around.now()
        except OSError:
            self._fall_mute()
        except BaseException as error:
            self._struck(error)
            raise

    def left_over(self) -> None:
        """A message was written past us, but for its end, which waits in the pump."""
        self._changed()
        self.flush()

    def flush_gathered(self) -> None:
        """The reactor's callback for what has gathered."""
        with self._around.guard.deferred, self._around.guard:
            if self.gathering:
                self.flush()

    def flush(self) -> bool:
        """Write all there is, or as much as the stream takes; True once everything is out."""
        self.gathering = False
        self.flushes += 1
        if self.mute or self._pump.critical:
            return False
        around = self._around
        pump = self._pump
        waiting = pump.waits
        try:
            done = pump.write()
        except OSError:
            self._fall_mute()
            return False
        except BaseException as error:
            self._struck(error)
            raise
        if not around.lockstep:
            around.wrote_at = around.now()
        if waiting is done:  # began to wait, or waits no more
            self._changed()
        pipe = pump.pipe
        if pipe is not None and pipe.blocked and pipe.unblocks():
            around.writable(pipe)
        return done

    def write_protocol(self) -> None:
        """Write what the protocol itself has to say."""
        if self._pump.critical:
            return
        waiting = self._pump.waits
        try:
            done = self.mute or self._pump.write_protocol()
        except OSError:
            self._fall_mute()
            return
        if waiting is done:
            self._changed()

    def stop(self) -> None:
        """The session has ended."""
        self.mute = True
        self.gathering = False

    def _fall_mute(self) -> None:
        self.mute = True
        self._pump.break_off()
        self._changed()
