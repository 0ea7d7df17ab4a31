"""A plain send and recv of the asyncio face, past everything that need not be asked.

This is the Python half; ``_accel.loops`` has the other.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from threading import get_ident

from .._accel import half

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from typing import Any

    from ..plain import PlainMessages

    _Base = PlainMessages
else:
    _Base = object


class PlainCalls(_Base):
    """To be mixed into a face; its fields are those of ``zmqx.plain``."""

    __slots__ = ()

    if TYPE_CHECKING:

        def _enter(self, loop: AbstractEventLoop) -> None: ...
        def _first_for(self, message: Any, loop: AbstractEventLoop) -> bytes: ...
        def _send_slowly(
            self,
            loop: AbstractEventLoop | None,
            data: Any,
            flags: int,
            copy: bool,
            track: bool,
            routing_id: int | None,
            group: str | bytes | None,
            timeout: float | None,
        ) -> Future[Any]: ...
        def _recv_slowly(
            self, loop: AbstractEventLoop | None, flags: int, copy: bool, track: bool, timeout: float | None
        ) -> Future[Any]: ...

    def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        timeout: float | None = None,
    ) -> Future[Any]:
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        Arguments as ``zmqx.Socket.send``. The future gives None, or with ``copy=False, track=True`` a
        MessageTracker; Again when the time is up, ENOTSUP, EFSM or EHOSTUNREACH as the socket type has it,
        ETERM, ENOTSOCK. TypeError is raised at once. (zmq_send)
        """
        # Asking the loop whether it runs in this thread is cheaper than asking the thread for its loop: until Python
        # 3.12 the latter is a system call. (In a forked child the answer is wrong; but no lane is open there.)
        loop = None
        if not (self._tells and self._loop._thread_id == get_ident()):
            loop = get_running_loop()
            if loop is not self._loop:
                self._enter(loop)
        if type(data) is bytes and not flags and not track:
            credit = self._credit
            if credit > 0 and not self._senders and not self._tasks.odd:
                pipe = self._out.only
                if pipe is not None and len(pipe.outbox) < pipe.easy:
                    self._credit = credit - 1
                    pipe.outbox.append(data)
                    if not pipe.pending:
                        self._wake(pipe)
                    return self._sent  # type: ignore[no-any-return]  # made by _enter
        return self._send_slowly(loop, data, flags, copy, track, routing_id, group, timeout)

    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, timeout: float | None = None
    ) -> Future[Any]:
        """Receive the next frame: a message of one, or the next part of one of several.

        The future gives bytes, or with ``copy=False`` a Frame; Again when the time is up, ENOTSUP or EFSM as
        the socket type has it, ETERM, ENOTSOCK. Cancelling it, or the task that awaits it, loses nothing. (zmq_recv)
        """
        # Asking the loop whether it runs in this thread is cheaper than asking the thread for its loop: until Python
        # 3.12 the latter is a system call. (In a forked child the answer is wrong; but no lane is open there.)
        loop = None
        if not (self._tells and self._loop._thread_id == get_ident()):
            loop = get_running_loop()
            if loop is not self._loop:
                self._enter(loop)
        if not flags and copy:
            credit = self._credit
            if credit > 0 and not self._receivers and not self._tasks.odd:
                pipe = self._in.only
                item: Any = None
                if pipe is not None:
                    inbox = pipe.inbox
                    if len(inbox) > pipe.attention:
                        item = inbox.popleft()
                elif (sieve := self._in.sieve) is not None:
                    item = sieve.take()
                if item is not None:
                    self._credit = credit - 1
                    if type(item) is not bytes:
                        # Subscriptions are for publishers, and those have no lane.
                        item = self._first_for(item, self._loop)
                    future: Future[Any] = Future(loop=self._loop)
                    future.set_result(item)
                    return future
        return self._recv_slowly(loop, flags, copy, track, timeout)


def _know(future: type[Future[Any]], running_loop: Callable[[], AbstractEventLoop]) -> None:
    """The Python half imports what it needs."""


if TYPE_CHECKING:
    LoopCalls = PlainCalls
else:
    LoopCalls = half("loops", "LoopCalls", PlainCalls)
    half("loops", "learn", _know)(Future, get_running_loop)
