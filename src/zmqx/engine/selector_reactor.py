"""The reactor of a Context: whoever waits, drives.

There is one *seat*. The thread in it runs the selector; everybody else who waits follows, asleep on a
lock of its own, and is woken when its waiter is set or when the seat is free. So a thread that waits
for a message reads it itself, without a hop through another thread.

A background thread drives when nobody else does. It keeps out of the way of threads that come and
go: a driver that leaves leaves a *lease*, and the background thread takes the seat when nobody has
driven for that long. While sends gather it ticks as well (see ``gathering``).

Of two threads that signal each other without a common lock, each first does its own part and then
looks at the other's; one of them sees both. These places are marked "look again".

Ctrl-C may strike the main thread anywhere, and its handler may use sockets, even end the context, while that thread
sits in the seat: seat and lock know their owner, who may take them again, and whoever is struck releases them.
"""

from __future__ import annotations

from threading import Lock, RLock, Thread, get_ident
from time import monotonic

from ..forks import renew
from .dispatch import Dispatch, report
from .gathering import Gathering
from .reactor import Waiter
from .readiness import MOST_EVENTS
from .timers import FIRST_SLEEP, longer, sleep_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .reactor import Gatherer, Timer

# Seconds. A request-reply loop of 100 us never lets the lease lapse; a program that computes lets
# its peers wait no longer than that.
_LEASE = 0.004

# Between looks at the other sockets, for a thread that never has to wait: half a lease, so that the
# background thread stays away.
_LOOK_AROUND = 0.002

# So many leases without a change of driver end the napping.
_QUIET_LEASES = 8


class SelectorReactor(Dispatch):
    """See the module."""

    def __init__(self, name: str, begin: Callable[[], None] = lambda: None) -> None:
        """``name`` is for the background thread, which calls ``begin`` when it begins."""
        super().__init__(name, begin)
        self._gathering = Gathering(report)
        # Guards followers and the thread's birth; held for moments, never with a guard taken inside.
        self._lock = RLock()
        self._seat = RLock()
        self._driver: Waiter | None = None  # of whom sits there
        self._driving = 0  # in which thread
        self._polling = False
        self._woken = False
        self._followers: list[Waiter] = []
        self._drives = 0  # by anybody but the background thread
        self._thread: Thread | None = None
        self._relief = Waiter(lambda waiter: None)  # set to get the background thread out of the seat
        self._background_drives = False
        self._parked = False
        self._nap = Lock()
        self._nap.acquire()
        self._closed = False
        self._disposed = False
        self._looked = 0.0
        self.lines = self._set.lines

    # -- the contract

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        timer, first = self._timers.add(monotonic() + delay, callback)
        self._live()
        if first:
            self._attend()
        return timer

    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        self._soon.append(callback)
        self._live()
        self._attend()

    def call_if_alive(self, callback: Callable[[], None]) -> None:
        """Call once, soon, if there is a background thread to see to it. For finalizers, which must not make
        one: at the end of the interpreter no thread begins any more. Takes no lock."""
        if self._thread is not None:
            self._soon.append(callback)
            self._attend()

    def gather(self, gatherer: Gatherer) -> None:
        if self._gathering.add(gatherer):
            self._live()
            self._rouse()
            self._gathering.begun = True

    def close(self) -> None:
        with self._lock:  # a thread that is being made is to be joined as well
            self._closed = True
            thread = self._thread
        if thread is None:
            self._retire()
            return
        self._relief.ready = True
        self._rouse()
        if self._driving != get_ident():  # in a signal handler; the thread ends when we leave the seat
            thread.join()

    def _retire(self) -> None:
        """Dispose of our descriptors, once, when nobody drives."""
        with self._seat:
            if self._driver is None and not self._disposed:
                self._disposed = True
                self._dispose()

    def close_soon(self) -> None:
        """Stop, without waiting for it: the background thread is the last to leave. For callbacks."""
        self._closed = True
        self._relief.ready = True
        self._rouse()

    def disown(self) -> None:
        renew(self._lock)
        renew(self._seat)
        self._closed = self._disposed = True
        self._thread = None
        self._background_drives = self._parked = False
        if self._driving != get_ident():
            self._driver = None
            self._driving = 0
        self._followers.clear()
        self._gathering.queue.clear()
        super().disown()

    # -- waiting: for a Waiter made with ``rouse``

    def drive(self, waiter: Waiter, deadline: float | None, passive: bool = False) -> None:
        """Block until the waiter is set or the clock reads ``deadline`` (None: for ever).

        The caller holds no guard. Does I/O for all sockets of this reactor while it waits, unless it is
        ``passive``: who waits for another thread only need not wake up for anything else.
        """
        if self._gathering.queue:
            self._gathering.flush()
        if passive:
            self._sleep_until_set(waiter, deadline, follow=False)
            return
        while not waiter.ready:
            if self._sit(waiter, deadline):
                return
            self._sleep_until_set(waiter, deadline, follow=True)
            if deadline is not None and monotonic() >= deadline:
                return

    def look_around(self) -> None:
        """For a thread that finds messages without waiting: let the other sockets have their turn now
        and then, and send what has gathered."""
        if self._gathering.queue:
            self._gathering.flush()
        now = monotonic()
        if now - self._looked > _LOOK_AROUND:
            self._looked = now
            self.poll()

    def flush(self) -> None:
        """Send what has gathered: somebody is about to wait, and not by driving."""
        if self._gathering.queue:
            self._gathering.flush()

    def poll(self) -> None:
        """Do what I/O can be done now, without waiting, and keep the background thread away."""
        if self._gathering.queue:
            self._gathering.flush()
        if not self._sit(self._relief, 0.0) and self._background_drives and not self._standing_by:
            self._relief.ready = True
            self._set_wake()

    def _turns(self, waiter: Waiter, deadline: float | None) -> None:
        """Wait and dispatch until the waiter is set, or the time is up. In the seat."""
        timers = self._timers.heap
        nap = FIRST_SLEEP
        while True:
            self._woken = False
            self._polling = True
            # Look again: whoever sets the waiter, or adds a call or a timer, wakes us only if it sees us polling.
            if waiter.ready or self._soon:
                timeout = 0.0
            elif deadline is None and not timers:
                timeout = nap
            else:
                timeout = self._timers.until(deadline, monotonic, nap)
            ready = (waiter.wait or self._wait)(timeout, MOST_EVENTS)
            self._polling = False
            callbacks = self._callbacks
            for fd, mask in ready:
                callback = callbacks.get(fd)
                if callback is not None:
                    try:
                        callback(mask)
                    except Exception:  # noqa: BLE001  # ours; reported, and nobody else's turn is lost
                        report()
            if self._soon or timers:
                self._run_due()
            if waiter.ready or (deadline is not None and monotonic() >= deadline):
                return
            nap = FIRST_SLEEP if ready else longer(nap)

    # -- the seat

    def _sit(self, waiter: Waiter, deadline: float | None) -> bool:
        """Drive until the waiter is set or the time is up, if the seat is free; whether it was."""
        taken = False
        outer, thread = self._driver, get_ident()
        if outer is not None and self._driving != thread:
            return False
        try:
            acquire = self._seat.acquire
            if acquire(False):
                taken = True
                # A signal handler that waits interrupts a driver of this thread; anybody else finds nobody here.
                outer = self._driver
                self._driver = waiter
                self._driving = thread
                if not self._disposed:
                    self._turns(waiter, deadline)
        except OSError:
            if not self._disposed:
                raise  # else a signal handler forked while we waited, and we are in the child
        finally:
            if taken:
                self._polling = False
                self._driver = outer
                self._driving = thread if outer is not None else 0
                self._drives += 1
            # Struck before we noted that we have it, or had it: it tells by itself.
            try:
                release = self._seat.release
                release()
            except RuntimeError:
                pass
            if outer is not None:
                if taken:
                    self._set.wake()  # what it waited for may have come while we drove
            elif self._followers or self._parked or self._soon or self._closed:
                self._hand_over()
        return taken

    def _hand_over(self) -> None:
        """The seat is free: tell those who may want it."""
        if self._closed and self._thread is None:
            self._retire()
            return
        if self._followers:
            self._promote()
        if self._parked or self._soon:
            self._rouse()

    def _promote(self) -> None:
        """Wake a follower to take the seat."""
        with self._lock:
            if self._followers:
                self._unpark(self._followers.pop(0))

    def _sleep_until_set(self, waiter: Waiter, deadline: float | None, follow: bool) -> None:
        """Sleep until the waiter is set or the time is up; a follower also wakes for a free seat."""
        nap = Lock()
        nap.acquire()
        try:
            with self._lock:
                if waiter.ready:
                    return
                waiter.parked = nap
                if follow:
                    self._followers.append(waiter)
            if follow and self._background_drives:
                self._relief.ready = True
                self._set_wake()
            if not follow or self._driver is not None:  # look again
                sleep_on(nap, deadline)
        except BaseException:
            self._forget_follower(waiter)
            self._promote()  # if it was our turn, it is somebody else's now
            raise
        self._forget_follower(waiter)

    def _forget_follower(self, waiter: Waiter) -> None:
        with self._lock:
            waiter.parked = None
            if waiter in self._followers:
                self._followers.remove(waiter)

    def _unpark(self, waiter: Waiter) -> None:
        lock, waiter.parked = waiter.parked, None
        if lock is not None:
            lock.release()

    def rouse(self, waiter: Waiter) -> None:
        """A waiter was set: get its thread out of its sleep."""
        if waiter is self._driver:
            if self._polling:
                self._set_wake()
            return
        with self._lock:
            if waiter.parked is not None:
                self._unpark(waiter)
            elif waiter is self._driver and self._polling:  # look again
                self._set_wake()

    def _set_wake(self) -> None:
        if not self._woken:
            self._woken = True
            self._set.wake()

    def _attend(self) -> None:
        """There is something for a driver to see."""
        if self._polling:
            self._set_wake()
        elif self._parked:
            self._rouse()

    # -- the background thread

    def _live(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._closed:
                    return
                thread = Thread(target=self._background, name=self._name, daemon=True)
                if self._thread is None:  # the collector may run while a thread is made, and call us
                    self._thread = thread
                    try:
                        thread.start()
                    except RuntimeError:
                        self._thread = None  # the interpreter ends: whoever waits, drives, and nobody else does

    def _rouse(self) -> None:
        """Get the background thread out of its nap, or to the end of its wait."""
        if self._background_drives:
            self._relief.ready = True
            self._set_wake()
            return
        try:
            self._nap.release()
        except RuntimeError:
            pass  # it is awake, or about to be

    def _background(self) -> None:
        self._begin()
        gathering = self._gathering
        quiet_leases = 0
        seen = -1
        while not self._closed:
            if gathering.ticking:
                gathering.tick()
            changed = self._drives != seen
            seen = self._drives
            if not changed and self._driver is None and self._seat.acquire(False):
                self._drive_in_background()
                changed = True  # somebody wants the seat: leave it to them for a lease
            quiet_leases = 0 if changed else quiet_leases + 1
            if gathering.ticking:
                self._nap.acquire(True, gathering.tick_length)
            elif quiet_leases < _QUIET_LEASES:
                self._nap.acquire(True, _LEASE)
            else:
                # Somebody sits in the seat for long. Whoever leaves it rouses us.
                self._parked = True
                if self._driver is not None and not gathering.ticking:  # look again
                    self._nap.acquire(True, -1)
                self._parked = False
                quiet_leases = 0
        self._retire()

    def _drive_in_background(self) -> None:
        gathering = self._gathering
        relief = self._relief
        relief.ready = False
        self._driver = relief
        self._driving = get_ident()
        self._background_drives = True
        try:
            # Look again: a follower that came before we said that we drive did not ask us to leave.
            while not (relief.ready or self._followers or self._closed):
                if gathering.ticking:
                    gathering.tick()
                # One turn at a time: the next may have to tick.
                self._turns(relief, monotonic() + gathering.tick_length if gathering.ticking else None)
        finally:
            self._background_drives = False
            self._polling = False
            self._driver = None
            self._driving = 0
            self._seat.release()
        if self._followers:
            self._promote()
