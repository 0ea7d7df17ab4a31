"""What the sockets of one context share: the reactor, the inproc names, and their end.

Faces hold a ContextCore each; several faces may hold the same one. Calls may come from any thread.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from threading import RLock
from time import monotonic

from ..constants import SocketType
from ..errors import EAGAIN, EINVAL, EMFILE, EMTHREAD, ETERM, INHERITED, zmq_error
from ..forks import renew
from ..transports.inproc import Names
from . import process
from .context_desk import ContextDesk, log
from .core import SocketCore
from .reactor import Waiter
from .selector_reactor import SelectorReactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .loop_reactor import Home, LoopReactor
    from .reactor import Reactor

# Seconds after which a ``term`` that waits for open sockets says which.
_SAY_WHY = 3.0


class ContextCore(ContextDesk):
    """One context."""

    def __init__(self) -> None:
        super().__init__()
        # Guards what follows; no guard is ever taken inside, but by a finalizer that closes a socket.
        self._lock = RLock()
        self._names = Names()
        self._reactor: SelectorReactor | None = None
        self._loop_reactors: list[LoopReactor] = []
        self._cores: dict[SocketCore, str] = {}  # open or lingering, and where they were made
        self._seed = int.from_bytes(os.urandom(4), "big")
        self._homes: dict[SocketCore, Home] = {}  # of those whose I/O is done on an event loop
        self._waiters: list[Waiter] = []
        self._abandoned: deque[SocketCore] = deque()
        self._left = False  # nobody holds it any more: it ends with its last socket
        self.terminated = False
        self._inherited = False  # of a process that forked us: of no use here
        process.note(self)

    @property
    def over(self) -> bool:
        return self.terminated and not self._cores

    # -- sockets

    def open(self, socket_type: int, home: Home | None = None) -> SocketCore:
        """A new socket. EINVAL for a type there is none of, EMFILE beyond MAX_SOCKETS, ETERM.

        ``home`` is where its I/O is done, if that is not to be our own reactor."""
        try:
            kind = SocketType(socket_type)
        except ValueError as error:
            raise zmq_error(EINVAL, f"{socket_type!r} is not a socket type") from error
        self.reap()
        place = _caller()
        with self._lock:
            if self.terminated:
                raise zmq_error(ETERM, f"it was {INHERITED}" if self._inherited else "")
            if len(self._cores) >= self.max_sockets:
                raise zmq_error(EMFILE, f"MAX_SOCKETS is {self.max_sockets}")
            self._seed = (self._seed + 0x9E3779B9) & 0xFFFFFFFF
            make = home.reactor if home is not None else self.network
            core = SocketCore(
                kind,
                seed=self._seed,
                names=self._names,
                reactor=make,
                done=self._done,
                threads=lambda: self.io_threads,
            )
            self._cores[core] = place
            if home is not None:
                self._homes[core] = home
        if self.ipv6:
            core.settings.ipv6 = 1
        if not self.blocky:
            core.settings.linger = 0
        if "MAX_MSGSZ" in self._values:
            core.settings.maxmsgsize = self.max_msgsz
            core.limit_frames(self.max_msgsz)
        return core

    def _done(self, core: SocketCore) -> None:
        """A closed socket has finished."""
        with self._lock:
            self._cores.pop(core, None)
            home = self._homes.pop(core, None)
            waiters = [] if self._cores else list(self._waiters)
            end = self._left and not self._cores
        for waiter in waiters:
            waiter.set()
        made = home.made if home is not None else None
        with self._lock:
            # Nobody shares a reactor that never had a loop, nor ever will one whose loop is over.
            over = [r for r in self._loop_reactors if r is made and (r.loop is None or self._is_useless(r))]
            for reactor in over:
                self._loop_reactors.remove(reactor)
        for reactor in over:
            reactor.close()
        if end:
            self._stop_later()

    def _is_useless(self, reactor: LoopReactor) -> bool:
        """Whether its loop is over and no socket left that had its I/O done there. Under the lock."""
        return reactor.useless and not any(home.made is reactor for home in list(self._homes.values()))

    def network(self) -> SelectorReactor:
        """The reactor, made when the first network endpoint is; EMTHREAD if IO_THREADS is 0."""
        self._check_network()
        return self.reactor()

    def _check_network(self) -> None:
        if not self.io_threads:
            raise zmq_error(EMTHREAD, "IO_THREADS is 0: this context serves inproc only")

    def network_on(self, loop: Any) -> Reactor:
        """The reactor for network endpoints on an event loop, in whose thread we are; None: on one that
        is not known yet. EMTHREAD if IO_THREADS is 0."""
        self._check_network()
        with self._lock:
            for reactor in list(self._loop_reactors):
                if loop is not None and reactor.loop is loop:
                    return reactor
                if self._is_useless(reactor):
                    self._loop_reactors.remove(reactor)
                    reactor.close()
        from .loop_reactor import LoopReactor

        rules = self._thread_rules()
        try:
            reactor = LoopReactor(rules.name(f"zmqx-{id(self):x}"), self.reactor, rules.obey)
        except AttributeError:
            return self.reactor()  # no set of descriptors on this system is a descriptor itself
        except OSError as error:
            raise zmq_error(error.errno or 0, "sockets on a loop need descriptors of their own") from error
        if loop is not None:
            reactor.settle_on(loop)
        else:
            reactor.wait_for_loop()
        with self._lock:
            self._loop_reactors.append(reactor)
        return reactor

    def reactor(self) -> SelectorReactor:
        """The reactor; whoever waits, drives it."""
        reactor = self._reactor
        if reactor is None:
            with self._lock:
                if self._reactor is None:
                    rules = self._thread_rules()
                    try:
                        self._reactor = SelectorReactor(rules.name(f"zmqx-{id(self):x}"), rules.obey)
                    except OSError as error:
                        raise zmq_error(error.errno or 0, "the context has nothing to wait with") from error
                    if self._inherited:
                        self._reactor.disown()
                reactor = self._reactor
        return reactor

    # -- ending

    def shutdown(self) -> None:
        """Make every call on every socket fail with ETERM, but ``close``. Does not block."""
        with self._lock:
            self.terminated = True
            cores = list(self._cores)
        for core in cores:
            core.terminate()

    def close_sockets(self, linger: float | None) -> None:
        """Close all sockets, as ``SocketCore.close`` does. With ``linger`` 0 those that were closed before
        linger no longer either."""
        with self._lock:
            cores = list(self._cores)
        for core in cores:
            core.close(linger)
            if linger == 0:
                core.abort()

    def term(self, timeout: float | None) -> None:
        """``shutdown``, then wait until every socket is closed and has finished.

        ``timeout`` is in seconds (None: for ever). Raises Again when the time is up, naming the
        sockets still open, where they were made, and what they have not sent; the context stays shut
        down, and ``term`` may be called again.
        """
        self.shutdown()
        start = monotonic()
        deadline = None if timeout is None else start + timeout
        said = False
        while True:
            if not self._cores:
                break
            reactor = self.reactor()
            waiter = Waiter(reactor.rouse)
            until = deadline
            if not said and (until is None or until > start + _SAY_WHY):
                until = start + _SAY_WHY
            try:
                if not self.await_end(waiter):
                    break
                reactor.drive(waiter, until)
            finally:
                self.forget(waiter)
            if waiter.ready:
                continue
            if deadline is not None and monotonic() >= deadline:
                raise zmq_error(EAGAIN, f"the context still has {self._whats_left()}")
            said = True
            log(f"term() waits for {self._whats_left()}")
        self._close_loop_reactors()
        if self._reactor is not None:
            self._reactor.close()

    def await_end(self, waiter: Waiter) -> bool:
        """Set this waiter when the last socket has finished; False if there is none."""
        self.reap()
        with self._lock:
            self._waiters.append(waiter)
            return bool(self._cores)

    def forget(self, waiter: Waiter) -> None:
        """Undo ``await_end``."""
        with self._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _close_loop_reactors(self) -> None:
        with self._lock:
            reactors, self._loop_reactors = self._loop_reactors, []
        for reactor in reactors:
            reactor.close()

    def _whats_left(self) -> str:
        with self._lock:
            cores = dict(self._cores)
        told = []
        for core, place in cores.items():
            unsent = core.unsent_in_words()
            state = "closed, " if core.closed else "open, "
            told.append(f"a {core.socket_type.name} ({state}{unsent + ', ' if unsent else ''}made at {place})")
        return "; ".join(told) or "nothing left"

    # -- garbage

    def abandon(self, core: SocketCore) -> None:
        """Close a socket that nobody holds any more. For finalizers: takes no lock, never blocks."""
        self._abandoned.append(core)
        self._call_soon(self.reap)

    def _call_soon(self, call: Callable[[], None]) -> None:
        """Call this where no guard is held, if there is such a place; it must bear being called twice."""
        if self._reactor is not None:
            self._reactor.call_if_alive(call)
        for reactor in self._loop_reactors:
            if not reactor.homeless:
                reactor.call_soon_threadsafe(call)
                return

    def reap(self) -> None:
        """Close what was abandoned."""
        while self._abandoned:
            try:
                core = self._abandoned.popleft()
            except IndexError:
                return
            core.close()

    def leave(self) -> None:
        """Nobody holds this context any more. For finalizers: takes no lock, never blocks."""
        if not self.terminated:
            self._call_soon(self._leave)

    def _leave(self) -> None:
        self._left = True
        self.shutdown()
        self.reap()
        self.close_sockets(None)
        if not self._cores:
            self._stop_later()

    def let_go(self) -> None:
        """Nobody waits for the end any more: it comes when the last socket, all being closed, has finished."""
        self._left = True
        if not self._cores:
            self._stop_later()

    def _stop_later(self) -> None:
        self._close_loop_reactors()
        if self._reactor is not None:
            self._reactor.close_soon()

    def locks(self) -> Iterator[Any]:
        """Our own, and those of all sockets that have not finished, in the order in which they may be taken; each is to
        be taken before the next is asked for."""
        for core in list(self._cores):
            yield from core.locks()
        yield self._lock

    def last_locks(self) -> list[Any]:
        """To be taken after all others: whoever has a guard waits for these, if he has to wake somebody."""
        return [reactor.closing for reactor in self._reactors()]

    def _reactors(self) -> list[LoopReactor | SelectorReactor]:
        return [*self._loop_reactors, *([self._reactor] if self._reactor is not None else [])]

    def disown(self) -> None:
        """In a forked child: refuse all use, and touch nothing that the parent uses."""
        renew(self._lock)
        self.terminated = self._inherited = True
        for core in list(self._cores):
            core.disown()
        for home in self._homes.values():
            home.disown()
        for reactor in self._reactors():
            reactor.disown()
        for waiter in self._waiters:
            waiter.disown()
        self._names.disown()
        self._cores.clear()
        self._homes.clear()
        self._loop_reactors.clear()
        self._abandoned.clear()

    def flush_at_exit(self, deadline: float) -> None:
        """Wait, until ``deadline`` at the most, for what is unsent; then say what is lost."""
        if not self._cores or (self._reactor is None and not self._loop_reactors):
            return
        reactor = self.reactor()
        for other in self._loop_reactors:
            other.outlive(True)
        while True:
            with self._lock:
                cores = [core for core in self._cores if core.settings.linger]
            left = [(core, endpoint, count) for core in cores for endpoint, count in core.unsent().items()]
            if not left:
                return
            if monotonic() >= deadline:
                break
            reactor.drive(Waiter(reactor.rouse), min(deadline, monotonic() + 0.01))
        for core, endpoint, count in left:
            log(f"{count} message(s) of a {core.socket_type.name} to {endpoint} not sent when the interpreter ended")


def _caller() -> str:
    """File and line of the first caller outside this package."""
    frame = sys._getframe(1)
    package = __name__.partition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
