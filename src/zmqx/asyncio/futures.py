"""How the asyncio face waits: real futures, in line, that lose nothing when they are cancelled.

What can be done at once is done at once: the future is done when it is returned, and awaiting it does not
suspend. What has to wait stands in line, first come first served; it takes its message at the moment its
future is done, not before. A task that is cancelled in the very moment between (the future is done, the task
has not run yet) gives the message back, to be the next one received.
"""

from __future__ import annotations

import asyncio
from collections import deque
from threading import get_ident
from time import monotonic

from ..engine.reactor import Waiter
from ..errors import EAGAIN, ENOTSOCK, ETERM, ZMQError, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from ..engine.core import SocketCore

# Calls in a row that need not wait before one of them waits for the next step of the loop all the same: a flood
# must not keep the loop from other work.
PER_STEP = 1000


class Pending(asyncio.Future):  # type: ignore[type-arg]  # generic for type checkers only, in 3.10 not at all
    """A future that stands in line. It may be cancelled, by anybody, at any time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        attempt: Callable[[], Any],
        give_back: Callable[[], None] | None = None,
    ) -> None:
        """``attempt`` is called, under the guard of the core, until it returns something but None, or
        raises; ``give_back`` undoes that if nobody gets it."""
        super().__init__(loop=loop)
        self.attempt = attempt
        self._give_back = give_back
        self._awaiting = 0  # by how many tasks
        self._convert: tuple[Callable[[Any], Any], ...] = ()
        self.timer: asyncio.TimerHandle | None = None
        #: Gives, or raises, what there is when the time is up; None: Again.
        self.late: Callable[[], Any] | None = None

    def then(self, convert: Callable[[Any], Any]) -> Pending:
        """Pass the result through this on its way to who awaits it."""
        self._convert += (convert,)
        return self

    def fulfil(self, got: Any) -> None:
        """Here it is."""
        if self.timer is not None:
            self._stop_timer()
        if not self._convert:
            self.set_result(got)
            return
        try:
            for convert in self._convert:
                got = convert(got)
        except Exception as error:  # noqa: BLE001  # for who awaits it
            self.set_exception(error)
        else:
            self.set_result(got)

    def fail(self, error: BaseException) -> None:
        """It will not be."""
        if self.timer is not None:
            self._stop_timer()
        self.set_exception(error)
        forgive(self, error)

    def cancel(self, msg: Any = None) -> bool:
        """Wait no more."""
        self._stop_timer()
        return super().cancel(msg)

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def expire(self, ms: float) -> None:
        """The time is up."""
        self.timer = None
        if self.done():
            return
        if self.late is None:
            self.set_exception(zmq_error(EAGAIN, f"nothing within {ms:g} ms"))
            return
        try:
            self.set_result(self.late())
        except ZMQError as error:
            self.set_exception(error)

    def __await__(self) -> Generator[Any, None, Any]:
        if not self.done():
            self._awaiting += 1
            try:
                yield from super().__await__()
            except asyncio.CancelledError:
                # The task was cancelled, after the message had come and before it could see it. Another task
                # that awaits the same future has it still.
                self._awaiting -= 1
                give_back = self._give_back
                if give_back is not None and not self._awaiting and self.done() and not self.cancelled():
                    self._give_back = None
                    if self.exception() is None:
                        give_back()
                raise
            self._give_back = None
        return self.result()


class Lines:
    """Who waits for one socket: to receive and to send, in line; and who only looks."""

    def __init__(self, core: SocketCore) -> None:
        self._core = core
        self._waiter = Waiter(self._rouse)
        self._enlisted = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self.receivers: deque[Pending] = deque()
        self.senders: deque[Pending] = deque()
        self.lookers: deque[Pending] = deque()
        self.since = 0.0  # when the wait of a dialogue began

    def settle_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Waits are for this loop, in whose thread we are."""
        self._loop = loop
        self._thread = get_ident()
        for line in (self.receivers, self.senders, self.lookers):
            line.clear()  # of a loop that is over

    def enter(self, line: deque[Pending], pending: Pending, ms: float) -> bool:
        """Let a future try if it is its turn, and stand in line if that settles nothing, for ``ms``
        milliseconds (-1: for ever, 0: not at all). Whether it is settled."""
        served: list[tuple[Pending, Any, BaseException | None]] = []
        with self._core.guard.deferred, self._core.guard:
            while line and line[-1].done():
                line.pop()  # timed out or cancelled, and nobody served this line since
            if line and line is not self.lookers:
                if not ms:
                    self._core.check_open()
                    return False
            else:
                _attempt(pending, served)
            if not served and ms:
                line.append(pending)
                self._enlist()
        _settle(served)
        if served:
            return True
        if ms > 0:
            self.limit(pending, ms)
        return False

    def limit(self, pending: Pending, ms: float) -> None:
        """Let a future expire."""
        assert self._loop is not None
        pending.timer = self._loop.call_later(ms / 1000, pending.expire, ms)

    def receive_plainly(self, pending: Pending) -> None:
        """Stand in line for a message, alone and for ever. Under the guard, where there was none just now."""
        self.receivers.append(pending)
        self._enlist()

    def serve(self) -> None:
        """Something changed: let those in line try. In the thread of the loop, without the guard."""
        if get_ident() != self._thread:
            self._serve_soon()  # somebody else settled what the guard had deferred
            return
        if len(self.receivers) == 1 and not (self.senders or self.lookers) and not self.receivers[0].done():
            self._serve_one()
            return
        served: list[tuple[Pending, Any, BaseException | None]] = []
        with self._core.guard.deferred, self._core.guard:
            for line in (self.receivers, self.senders):
                while line:
                    if not line[0].done() and not _attempt(line[0], served):
                        break
                    line.popleft()
            lookers, self.lookers = self.lookers, deque()
            self.lookers.extend(one for one in lookers if not one.done() and not _attempt(one, served))
            if self.receivers or self.senders or self.lookers:
                self._enlist()
        _settle(served)

    def _serve_one(self) -> None:
        """``serve``, for the usual case: one task waits for a message."""
        pending = self.receivers[0]
        try:
            with self._core.guard.deferred, self._core.guard:
                try:
                    result = pending.attempt()
                except BaseException:
                    self.receivers.popleft()
                    raise
                if result is None:
                    self._enlist()
                else:
                    self.receivers.popleft()
        except Exception as error:  # noqa: BLE001  # for who awaits it
            pending.fail(error)
            return
        if result is not None:
            if self.since:
                self._core.luck.slept(monotonic() - self.since)
                self.since = 0.0
            pending.fulfil(result)

    def _enlist(self) -> None:
        """Have the core tell us of the next change. Under its guard, in the thread of the loop."""
        self._thread = get_ident()  # the loop may have run in another before
        if not self._enlisted:
            self._enlisted = True
            self._waiter.ready = False
            self._core.enlist(self._waiter)

    def _rouse(self, waiter: Waiter) -> None:
        """The core changed. Called under its guard."""
        self._enlisted = False
        if get_ident() == self._thread:
            self._core.guard.defer(self.serve)
        else:
            self._serve_soon()

    def _serve_soon(self) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._serve_on_loop)
        except RuntimeError:
            pass  # the loop is over, and whoever waited with it

    def _serve_on_loop(self) -> None:
        self._thread = get_ident()
        self.serve()


def _attempt(pending: Pending, served: list[tuple[Pending, Any, BaseException | None]]) -> bool:
    """Try once; whether that settled it."""
    try:
        result = pending.attempt()
    except Exception as error:  # noqa: BLE001  # for who awaits it
        served.append((pending, None, error))
        return True
    if result is None:
        return False
    served.append((pending, result, None))
    return True


def _settle(served: list[tuple[Pending, Any, BaseException | None]]) -> None:
    """Tell those who were served, with the guard free."""
    for pending, result, error in served:
        if error is None:
            pending.fulfil(result)
        else:
            pending.fail(error)


def forgive(future: asyncio.Future[Any], error: BaseException | None) -> None:
    """Nobody need ask for what became of a wait that the end of its socket ended."""
    if isinstance(error, ZMQError) and error.errno in (ENOTSOCK, ETERM):
        future.exception()


def failed(loop: asyncio.AbstractEventLoop, error: BaseException) -> asyncio.Future[Any]:
    """A future that need not be waited for, and brings bad news."""
    future: asyncio.Future[Any] = asyncio.Future(loop=loop)
    future.set_exception(error)
    forgive(future, error)
    return future


def done(loop: asyncio.AbstractEventLoop, result: Any) -> asyncio.Future[Any]:
    """A future that need not be waited for."""
    future: asyncio.Future[Any] = asyncio.Future(loop=loop)
    future.set_result(result)
    return future
