"""The reactor of the sockets that live on one event loop.

Its descriptors are in a set of their own, and that set is a descriptor itself. The loop watches this one,
and turns us when anything in it is ready; so any thread may watch and unwatch without touching the loop, and
who drives can change without the sessions noticing:

* Before a loop is known (a socket connected before ``asyncio.run``), the reactor of the context turns us.
* While a closed socket still has something to send, it watches us as well: the loop may end, or be blocked in
  ``term()``, before that is done.

Sends of one step of the loop leave at its end, in one write.
"""

from __future__ import annotations

from threading import Lock, RLock, get_ident
from time import monotonic

from ..forks import renew
from .dispatch import Dispatch, report
from .gathering import Gathering
from .reactor import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .reactor import Gatherer, Reactor, Timer

# Seconds between turns that nobody asks for.
_PAUSE = 0.1


class LoopReactor(Dispatch):
    """See the module. ``loop`` has the methods of an asyncio loop that watches descriptors."""

    def __init__(self, name: str, aside: Callable[[], Reactor], begin: Callable[[], None] = lambda: None) -> None:
        """``aside`` is the reactor to turn us when no loop does. Threads call ``begin`` when they begin."""
        super().__init__(name, begin)
        self._fd = self._set.fileno()
        self._aside = aside
        self._seat = Lock()
        self._gathering = Gathering(report)
        self._flushing = False  # at the end of this step
        self._armed: Any = None  # the loop's timer for our next one, and when that is
        self._armed_for = 0.0
        self._armed_aside: Timer | None = None  # the same, of the reactor of the context
        self._lock = RLock()  # guards what follows; no guard is ever taken inside
        self._lingering = 0
        self._turned_aside = False  # the reactor of the context watches us
        self._closed = False
        self._over = False  # closed, and no loop watches us any more
        self._disposed = False
        self.loop: Any = None
        self._watched = False  # by the loop
        self._waiting = False  # for a loop
        self._thread = 0  # of the loop, if it turns us

    # -- the loop

    @property
    def homeless(self) -> bool:
        """Whether no loop turns us, or one that is over."""
        return self.loop is None or self.loop.is_closed()

    def wait_for_loop(self) -> None:
        """Be turned by the reactor of the context until there is a loop."""
        self._waiting = True
        self.outlive(True)

    def settle_on(self, loop: Any) -> None:
        """Be turned by this loop, in whose thread we are. One that cannot watch descriptors leaves it to
        the reactor of the context."""
        if self._waiting:
            self._waiting = False
            self.outlive(False)
        self.loop = loop
        self._armed = None
        self._flushing = False  # a loop may have ended before its last step did
        try:
            loop.add_reader(self._fd, self._turn_on_loop)
        except (NotImplementedError, OSError):  # OSError: the system has no room to watch one more
            self._watched = False
            self.outlive(True)
        else:
            self._watched = True
            self._thread = get_ident()
            loop.call_soon(self._end_step)
        self._arm()

    @property
    def useless(self) -> bool:
        """Whether it served a loop that is over, and nobody uses it any more."""
        return self.loop is not None and self.loop.is_closed() and not (self._masks or self._lingering)

    def turn(self, mask: int = READ) -> None:
        """Do what can be done now, without waiting."""
        if not self._seat.acquire(False):
            return  # another thread is at it
        try:
            if self._closed:
                return
            self._turn(0)
            self._gathering.flush()
        finally:
            self._seat.release()
        if self._over:  # look again: who wanted to dispose of us found the seat taken
            self._retire()
        elif self._timers.heap:
            first = self._timers.heap[:1]  # other threads look through it as well
            if self._armed is None or not first or first[0][0] < self._armed_for:
                self._arm()

    def _turn_on_loop(self) -> None:
        self._thread = get_ident()  # a loop may be stopped, and go on in another thread
        self.turn()

    def _arm(self) -> None:
        """See to it that we are turned when the next timer is due."""
        when = self._timers.next()
        if when is None:
            return
        if get_ident() != self._thread or self.homeless:
            if self._lingering:
                self._arm_aside(when)
            elif not self.homeless:
                self._set.wake()
            return
        if self._lingering:
            self._arm_aside(when)
        if self._armed is not None:
            if self._armed_for <= when:
                return
            self._armed.cancel()
        self._armed = self.loop.call_later(max(0.0, when - monotonic()), self._due)
        self._armed_for = when

    def _arm_aside(self, when: float) -> None:
        armed = self._armed_aside
        if armed is not None and armed.callback is not None:
            if armed.when <= when:
                return
            armed.cancel()

        def due() -> None:
            self._armed_aside = None
            self.turn()

        self._armed_aside = self._aside().call_later(max(0.0, when - monotonic()), due)

    def _due(self) -> None:
        self._armed = None
        self.turn()

    # -- the contract

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        timer, first = self._timers.add(monotonic() + delay, callback)
        if first:
            self._arm()
        return timer

    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        self._soon.append(callback)
        self._set.wake()

    def gather(self, gatherer: Gatherer) -> None:
        self._gathering.queue.append(gatherer)
        if self._flushing:
            return
        if get_ident() == self._thread and not self.loop.is_closed():
            self._flushing = True
            self.loop.call_soon(self._end_step)
        else:
            self._set.wake()

    def _end_step(self) -> None:
        self._flushing = False
        self._gathering.flush()

    def poll(self) -> None:
        self.turn()

    def outlive(self, on: bool) -> None:
        with self._lock:
            if self._closed:
                return
            self._lingering += 1 if on else -1
            # Still under the lock: another thread may be undoing this. (And a signal handler, in the middle of it.)
            begins = self._lingering > 0 and not self._turned_aside
            if begins:
                self._turned_aside = True
                self._turn_aside()
            elif self._lingering <= 0 and self._turned_aside:
                self._turned_aside = False
                self._aside().unwatch(self._fd)
        if begins:
            self._arm()

    def _turn_aside(self) -> None:
        """Be turned by the reactor of the context; every now and then as long as the system has no room to watch
        one more."""
        try:
            self._aside().watch(self._fd, READ, self.turn)
        except OSError:
            self._aside().call_later(_PAUSE, self._turn_meanwhile)

    def _turn_meanwhile(self) -> None:
        self.turn()
        with self._lock:
            if self._turned_aside and not self._closed:
                self._turn_aside()

    def stand_by(self, on: bool) -> None:
        self.outlive(on)

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            lingering, self._lingering = self._lingering, 0
        if lingering:
            self._aside().unwatch(self._fd)
        if self.homeless or not self._watched:
            self._over = True
            self._retire()
        elif get_ident() == self._thread:
            self._leave_loop()
        else:
            self.loop.call_soon_threadsafe(self._leave_loop)

    def _leave_loop(self) -> None:
        self.loop.remove_reader(self._fd)
        if self._armed is not None:
            self._armed.cancel()
        self._over = True
        self._retire()

    def disown(self) -> None:
        renew(self._lock)
        renew(self._seat)
        self._closed = self._over = self._disposed = True
        # The loop's own descriptors are the parent's as well.
        self.loop = None
        self._watched = self._waiting = False
        self._lingering = self._thread = 0
        self._gathering.queue.clear()
        super().disown()

    def _retire(self) -> None:
        if self._seat.acquire(False):
            try:
                if not self._disposed:
                    self._disposed = True
                    self._dispose()
            finally:
                self._seat.release()


class Home:
    """Where the I/O of one asynchronous socket is done: settled at its first network endpoint or when it is
    first awaited, whichever comes first."""

    __slots__ = ("_find", "_reactor", "_running", "loop")

    def __init__(self, find: Callable[[Any], Reactor], running: Callable[[], Any]) -> None:
        """``find`` gives the reactor for a loop, or for None; ``running`` the loop that runs in this thread,
        or None."""
        self._find = find
        self._running = running
        self._reactor: Reactor | None = None
        self.loop: Any = None

    def reactor(self) -> Reactor:
        """For the core: the reactor of its network endpoints."""
        if self._reactor is None:
            self._reactor = self._find(self._running())
        return self._reactor

    @property
    def made(self) -> Reactor | None:
        """The reactor, if there is one."""
        return self._reactor

    def disown(self) -> None:
        """In a forked child: whatever loop awaits the socket hears that it is of no use any more."""
        self._reactor = None
        self.loop = None

    def enter(self, loop: Any) -> None:
        """The socket is awaited on this loop, in whose thread we are. RuntimeError if it belongs to another
        that is still alive."""
        if self.loop is not None and not self.loop.is_closed():
            raise RuntimeError("this socket belongs to another event loop, which awaited it first")
        reactor = self._reactor
        if isinstance(reactor, LoopReactor) and reactor.loop is not loop:
            if not reactor.homeless:
                raise RuntimeError("this socket was bound or connected on another event loop")
            reactor.settle_on(loop)
        self.loop = loop
