"""Waiting for several sockets at once: Poller and select, for zmqx sockets, descriptors, and files."""

from __future__ import annotations

import os
import select as _select
from contextlib import contextmanager
from functools import partial
from threading import Lock
from time import monotonic

from .constants import POLLERR, POLLIN, POLLOUT, POLLPRI
from .engine.reactor import READ, WRITE, Waiter
from .engine.timers import FIRST_SLEEP, longer
from .errors import EINVAL, zmq_error
from .face import SocketFace
from .forks import in_child, renew
from .times import time_to_wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeVar

    from .engine.core import SocketCore
    from .engine.reactor import Reactor
    from .engine.selector_reactor import SelectorReactor

    R = TypeVar("R")


def wait_for(
    cores: Sequence[SocketCore],
    reactor: SelectorReactor,
    attempt: Callable[[], R | None],
    deadline: float | None,
) -> R | None:
    """Call ``attempt`` (without a guard) until it returns something, or the clock reads ``deadline``
    (None: for ever). Between calls, wait for a change at any of these cores.

    The reactor is driven; the cores of another are served by its own background thread.
    """
    found = attempt()
    if found is not None:
        reactor.look_around()
        return found
    while True:
        waiter = Waiter(reactor.rouse)
        try:
            # Enlist first and look then: what changes in between sets the waiter.
            for core in cores:
                with core.guard.deferred, core.guard:
                    core.enlist(waiter)
            result = attempt()
            if result is not None:
                reactor.look_around()
                return result
            if deadline is not None and monotonic() >= deadline:
                return None
            reactor.drive(waiter, deadline)
        finally:
            for core in cores:
                with core.guard.deferred, core.guard:
                    core.dismiss(waiter)


class Poller:
    """A set of sockets and descriptors, and a wait for any of them. Not to be changed during a wait."""

    def __init__(self) -> None:
        self._flags: dict[Any, int] = {}
        self._prepared: Looking | None = None

    @property
    def sockets(self) -> list[tuple[Any, int]]:
        """What is registered, with its flags."""
        return list(self._flags.items())

    def register(self, socket: Any, flags: int = POLLIN | POLLOUT) -> None:
        """Watch a socket, a descriptor or an object with ``fileno()``; again: change its flags.

        ``flags`` is a sum of POLLIN, POLLOUT and, for descriptors, POLLPRI (urgent data) and POLLERR, which is told
        in any case, with a hang-up too; 0 takes it out. Raises TypeError for anything else.
        """
        self._prepared = None
        if not flags:
            self._flags.pop(socket, None)
            return
        if not isinstance(socket, (SocketFace, int)) and not callable(getattr(socket, "fileno", None)):
            raise TypeError(f"cannot poll {socket!r}: neither a socket, nor a descriptor, nor has it fileno()")
        self._flags[socket] = int(flags)

    def modify(self, socket: Any, flags: int = POLLIN | POLLOUT) -> None:
        """Change the flags of what is registered."""
        self.register(socket, flags)

    def unregister(self, socket: Any) -> None:
        """Watch it no more. Raises KeyError if it is not registered."""
        del self._flags[socket]
        self._prepared = None

    def __contains__(self, socket: Any) -> bool:
        return socket in self._flags

    def __len__(self) -> int:
        return len(self._flags)

    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        """Wait until anything is ready; what is, each with the bits of its flags that are. A file shows as its
        descriptor.

        ``timeout`` is in ms; None and negative wait for ever. An empty list says that the time is up.
        Raises ETERM or ENOTSOCK for a socket that cannot be used any more. (zmq_poll)
        """
        ms = time_to_wait(timeout)
        deadline = None if ms < 0 else monotonic() + ms / 1000
        looking = self._look()
        if not looking.cores:
            return looking.plain.wait(deadline)
        if not ms:
            looking.turn()
            return looking.now() or []
        if looking.files and (ready := looking.now()) is not None:
            return ready  # a closed descriptor, perhaps: what is opened for the wait might have its number
        with looking.by_thread() as reactor:
            return wait_for(looking.cores, reactor, looking.now, deadline) or []

    def _look(self) -> Looking:
        """Prepare a wait, or take the preparations of the last one."""
        if self._prepared is None:
            prepared = Looking(self._flags)
            if prepared.files:
                return prepared  # a file may be another by the next time
            self._prepared = prepared
        return self._prepared


class Looking:
    """What one wait of a Poller looks at."""

    def __init__(self, flags: dict[Any, int]) -> None:
        self._faces = {socket: wanted for socket, wanted in flags.items() if isinstance(socket, SocketFace)}
        self.plain = _PlainPoll({socket: wanted for socket, wanted in flags.items() if socket not in self._faces})
        self.cores = [socket._core for socket in self._faces]
        descriptors = {file: fd for fd, file in self.plain.named.items()}
        self._places = {descriptors.get(socket, socket): place for place, socket in enumerate(flags)}

    @property
    def files(self) -> list[tuple[int, int]]:
        """The plain descriptors, with their flags."""
        return self.plain.files

    def now(self) -> list[tuple[Any, int]] | None:
        """What is ready; None for nothing."""
        ready = self.plain.now()
        for socket, wanted in self._faces.items():
            core = socket._core
            with core.guard.deferred, core.guard:
                events = core.ready(wanted)
                if not events and core.hot and core.read_hot():
                    events = core.ready(wanted)
            if socket._unread():
                events |= POLLIN & wanted
            if events:
                ready.append((socket, events))
        if len(ready) > 1 and self.plain.named:
            ready.sort(key=lambda one: self._places[one[0]])
        return ready or None

    def aside(self) -> SelectorReactor | None:
        """The reactor of a context of these sockets, if there are any."""
        return next((socket._context_core.reactor() for socket in self._faces), None)

    def turn(self) -> None:
        """Do what I/O can be done now."""
        for reactor in self._reactors():
            reactor.poll()

    def _reactors(self) -> set[Reactor]:
        return {reactor for socket in self._faces if (reactor := socket._used_reactor()) is not None}

    @contextmanager
    def by_thread(self) -> Iterator[SelectorReactor]:
        """Prepare to wait in a thread; gives the reactor to drive. Sockets of an event loop, which may be the one
        that is blocked by this, have their I/O done meanwhile."""
        reactor = next(iter(self._faces))._context_core.reactor()
        reactors = self._reactors()
        for other in reactors:
            other.outlive(True)
        try:
            with self.plain.watched(reactor, self.cores[0]):
                yield reactor
        finally:
            for other in reactors:
                other.outlive(False)


# In the numbers of poll(2) and epoll(7), as READ and WRITE are.
_PRI = 2


def mask_of(flags: int) -> int:
    """What the system is asked for."""
    return (READ if flags & POLLIN else 0) | (WRITE if flags & POLLOUT else 0) | (_PRI if flags & POLLPRI else 0)


class _PlainPoll:
    """The descriptors of a Poller, asked with poll(2) and, while sockets are waited for, watched by
    the reactor under descriptors of our own: another Poller may watch the same files."""

    def __init__(self, files: dict[Any, int]) -> None:
        self._files = files
        self.named: dict[int, Any] = {}
        self._copies: dict[int, int] = {}  # with their flags
        self._fired: set[int] = set()  # copies that nobody watches since they were ready
        self._lock = Lock()
        self._poll = _select.poll() if files else None
        if self._poll is not None:
            for file, flags in files.items():
                fd = file if isinstance(file, int) else file.fileno()
                if fd < 0:
                    raise zmq_error(EINVAL, f"{file!r} is closed")
                self.named[fd] = file
                self._poll.register(fd, mask_of(flags))

    def now(self) -> list[tuple[Any, int]]:
        """What is ready."""
        ready = self._ask(0)
        if self._fired and not ready:
            self._watch_again()
        return ready

    def wait(self, deadline: float | None) -> list[tuple[Any, int]]:
        """What is ready by then; an empty Poller just waits."""
        if self._poll is None and deadline is None:
            raise zmq_error(EINVAL, "an empty Poller would wait for ever")
        nap = FIRST_SLEEP
        while True:
            left = nap if deadline is None else min(max(0.0, deadline - monotonic()), nap)
            if self._poll is None:
                _select.select([], [], [], left)
            ready = self._ask(left * 1000)
            if ready or left == 0:
                return ready
            nap = longer(nap)

    def _ask(self, timeout: float | None) -> list[tuple[Any, int]]:
        if self._poll is None:
            return []
        ready = []
        for fd, mask in self._poll.poll(timeout):
            file = self.named[fd]
            wanted = self._files[file]
            # A hang-up can be read; and, like an error, it concerns whoever asked for anything.
            events = (POLLIN if mask & (READ | _select.POLLHUP) else 0) | (POLLOUT if mask & WRITE else 0)
            events |= (POLLPRI if mask & _PRI else 0) | (POLLERR if mask & ~(READ | WRITE | _PRI) else 0)
            if events & (wanted | POLLERR):
                ready.append((fd, events & (wanted | POLLERR)))
        return ready

    @property
    def files(self) -> list[tuple[int, int]]:
        """The descriptors, with their flags."""
        return [(fd, self._files[file]) for fd, file in self.named.items()]

    def watched(self, reactor: SelectorReactor, core: SocketCore) -> _PlainPoll:
        """A ``with`` block in which a ready descriptor sets the waiters of this core."""
        self._reactor = reactor
        self._core = core
        return self

    def __enter__(self) -> None:
        try:
            if self.named:
                copies_begin(self)
            for fd, flags in self.files:
                self._watch_copy(fd, flags)
        except BaseException:
            self.__exit__()
            raise

    def _watch_copy(self, fd: int, flags: int) -> None:
        try:
            copy = os.dup(fd)
        except OSError as error:
            raise zmq_error(error.errno or 0, f"descriptor {fd} cannot be watched") from error
        self._copies[copy] = flags
        self._watch(copy)

    def _watch(self, copy: int) -> None:
        try:
            self._reactor.watch(copy, mask_of(self._copies[copy]), partial(self._woken, copy))
        except PermissionError:
            pass  # a plain file: always ready, which poll(2) says at once
        except OSError as error:  # the system has no room to watch one more
            raise zmq_error(error.errno or 0, "a descriptor cannot be watched") from error

    def _woken(self, copy: int, mask: int) -> None:
        # Once is enough to wake whoever waits; poll(2) says then what is ready.
        with self._lock:
            if copy in self._copies:  # the number may be somebody else's by now
                self._reactor.unwatch(copy)
                self._fired.add(copy)
        self._core.nudge()

    def _watch_again(self) -> None:
        """It was ready, and is no more: somebody else was faster. The wait goes on."""
        with self._lock:
            for copy in self._fired:
                self._watch(copy)
            self._fired.clear()

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            for copy in self._copies:
                self._reactor.unwatch(copy)
                os.close(copy)
            self._copies.clear()
            self._fired.clear()
        copies_end(self)

    def disown(self) -> None:
        """In a forked child: close our copies. What they lead to concerns the parent."""
        renew(self._lock)
        copies, self._copies = self._copies, {}
        self._fired.clear()
        for copy in copies:
            os.close(copy)


_watching: list[Any] = []


def copies_begin(watch: Any) -> None:
    """From now on this has copies of descriptors, which it gives up in a forked child (``disown``)."""
    in_child(_disown_all)
    _watching.append(watch)


def copies_end(watch: Any) -> None:
    """It has none any more."""
    if watch in _watching:
        _watching.remove(watch)


def _disown_all() -> None:
    for poll in _watching:
        poll.disown()
    _watching.clear()


def zmq_poll(sockets: Sequence[tuple[Any, int]], timeout: float | None = -1) -> list[tuple[Any, int]]:
    """``Poller.poll`` for a list of sockets or descriptors and their flags, each of them once. (zmq_poll)"""
    poller = Poller()
    for socket, flags in sockets:
        poller.register(socket, flags)
    return poller.poll(timeout)


def select(
    rlist: Sequence[Any], wlist: Sequence[Any], xlist: Sequence[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """``select.select`` for sockets and descriptors: the readable, the writable, the erroneous.

    ``timeout`` is in seconds, as in ``select``; None waits for ever. Files show as their descriptors.
    """
    seconds = time_to_wait(timeout)
    poller = Poller()
    flags: dict[Any, int] = {}
    for sockets, flag in ((rlist, POLLIN), (wlist, POLLOUT), (xlist, POLLERR)):
        for socket in sockets:
            flags[socket] = flags.get(socket, 0) | flag
    for socket, wanted in flags.items():
        poller.register(socket, wanted)
    ready = poller.poll(seconds if seconds < 0 else seconds * 1000)
    events = dict(ready)

    def found(sockets: Sequence[Any], flag: int) -> list[Any]:
        named = [one if isinstance(one, (SocketFace, int)) else one.fileno() for one in sockets]
        return [one for one in named if events.get(one, 0) & flag]

    return found(rlist, POLLIN), found(wlist, POLLOUT), found(xlist, POLLERR)
