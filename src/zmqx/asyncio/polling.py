"""Waiting for several sockets at once, on an event loop."""

from __future__ import annotations

import asyncio
import os

from ..constants import POLLIN, POLLOUT, POLLPRI
from ..engine.reactor import Waiter
from ..errors import ENOTSUP, zmq_error
from ..polling import Poller as _Poller
from ..polling import copies_begin, copies_end, mask_of
from ..times import time_to_wait
from .futures import done, forgive
from .socket import Socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from ..engine.core import SocketCore
    from ..engine.reactor import Reactor

    R = TypeVar("R")


async def wait_for(
    cores: Sequence[SocketCore],
    attempt: Callable[[], R | None],
    seconds: float | None,
    files: Sequence[Any] = (),
    aside: Reactor | None = None,
) -> R | None:
    """Call ``attempt`` until it returns something, or the time is up (None: never). Between calls, wait for a
    change at any of these cores or any of these (descriptor, flags), which ``aside`` watches if the loop cannot."""
    loop = asyncio.get_running_loop()
    deadline = None if seconds is None else loop.time() + seconds
    while True:
        changed = asyncio.Event()

        def rouse(waiter: Waiter, changed: asyncio.Event = changed) -> None:
            _call_soon(loop, changed.set)

        waiter = Waiter(rouse)
        watched = _Watched(loop, changed.set, aside)
        try:
            # Enlist first and look then: what changes in between sets the waiter.
            for core in cores:
                with core.guard.deferred, core.guard:
                    core.enlist(waiter)
            result = attempt()
            left = None if deadline is None else deadline - loop.time()
            if result is not None or (left is not None and left <= 0):
                return result
            watched.add(files)
            alarm = loop.call_later(left, changed.set) if left is not None else None
            try:
                await changed.wait()
            finally:
                if alarm is not None:
                    alarm.cancel()
        finally:
            watched.close()
            for core in cores:
                with core.guard.deferred, core.guard:
                    core.dismiss(waiter)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """Call this on the loop, from any thread. We are called by the engine, which must not suffer for a loop that was
    closed in the middle of a wait."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        pass  # the loop is over, and whoever waited with it


class _Watched:
    """Plain descriptors that the loop watches, under copies of our own: others may watch them too."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ready: Callable[[], None], aside: Reactor | None) -> None:
        self._loop = loop
        self._aside = aside
        self._on_the_side: list[int] = []
        self._ready = ready
        self._copies: list[int] = []

    def add(self, files: Sequence[Any]) -> None:
        copies_begin(self)
        for fd, flags in files:
            try:
                copy = os.dup(fd)
            except OSError as error:
                raise zmq_error(error.errno or 0, f"descriptor {fd} cannot be watched") from error
            self._copies.append(copy)
            if flags & POLLPRI:
                if self._aside is None:
                    raise zmq_error(ENOTSUP, "a loop watches for POLLPRI only where a socket is polled as well")
                self._watch_aside(self._aside, copy, flags)
                continue
            try:
                if flags & POLLIN:
                    self._loop.add_reader(copy, self._ready)
                if flags & POLLOUT:
                    self._loop.add_writer(copy, self._ready)
            except PermissionError:
                self._ready()  # a plain file: always ready
            except NotImplementedError:
                if self._aside is None:
                    raise  # no socket is polled, so there is no reactor to do it
                self._watch_aside(self._aside, copy, flags)
            except OSError as error:  # the system has no room to watch one more
                raise zmq_error(error.errno or 0, f"descriptor {fd} cannot be watched") from error

    def _watch_aside(self, aside: Reactor, copy: int, flags: int) -> None:
        """On a loop that watches nothing, the reactor of the context does."""

        def ready(mask: int) -> None:
            aside.unwatch(copy)
            _call_soon(self._loop, self._ready)

        self._on_the_side.append(copy)
        try:
            aside.watch(copy, mask_of(flags), ready)
        except PermissionError:
            self._ready()
        except OSError as error:
            raise zmq_error(error.errno or 0, "a descriptor cannot be watched") from error

    def disown(self) -> None:
        """In a forked child: close our copies. What they lead to concerns the parent."""
        copies, self._copies = self._copies, []
        for copy in copies:
            os.close(copy)

    def close(self) -> None:
        copies_end(self)
        for copy in self._copies:
            if self._aside is not None and copy in self._on_the_side:
                self._aside.unwatch(copy)
                os.close(copy)
                continue
            try:
                self._loop.remove_reader(copy)
                self._loop.remove_writer(copy)
            except NotImplementedError:
                pass  # it never watched it
            os.close(copy)


class Poller(_Poller):
    """A set of sockets and descriptors, and a wait for any of them."""

    def poll(self, timeout: float | None = None) -> Future[list[tuple[Any, int]]]:  # type: ignore[override]
        """Wait until anything is ready; the future gives what is, each with the bits of its flags that are.

        ``timeout`` is in ms; None and negative wait for ever. An empty list says that the time is up.
        ETERM or ENOTSOCK for a socket that cannot be used any more. (zmq_poll)
        """
        ms = time_to_wait(timeout)
        loop = asyncio.get_running_loop()
        for socket, _ in self.sockets:
            if isinstance(socket, Socket):
                socket.belong_to(loop)
        looking = self._look()
        if not ms:
            looking.turn()
        ready = looking.now()
        if ready is not None or not ms:
            return done(loop, ready or [])
        seconds = None if ms < 0 else ms / 1000
        polling = asyncio.ensure_future(self._poll(looking, seconds))
        polling.add_done_callback(_forgive)
        return polling

    async def _poll(self, looking: Any, seconds: float | None) -> list[tuple[Any, int]]:
        return await wait_for(looking.cores, looking.now, seconds, looking.files, looking.aside()) or []


def _forgive(polling: Future[Any]) -> None:
    if not polling.cancelled():
        forgive(polling, polling.exception())
