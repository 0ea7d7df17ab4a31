"""The asyncio socket."""

from __future__ import annotations

import asyncio
from asyncio import Future, get_running_loop
from time import monotonic

from ..constants import POLLIN, SNDMORE, SocketOption
from ..conversions import Conversions
from ..engine.loop_reactor import Home
from ..errors import ZMQError
from ..face import SocketFace, as_lists, tracker_of
from ..message import Frame
from .batches import Batches
from .futures import PER_STEP, Lines, Pending, done, failed
from .looks import Looks
from .parts import Taking, TaskParts
from .plain import LoopCalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from typing import Any

    from ..contexts import ContextFace
    from ..engine.reactor import Reactor
    from ..message import Message, MessageTracker, Part


class Socket(LoopCalls, Batches, Looks, Conversions, SocketFace):
    """A socket whose waits are futures. Made by ``Context.socket``."""

    __slots__ = ("_context", "_home", "_lines")

    if TYPE_CHECKING:
        _tasks: TaskParts
        _sent: Future[Any] | None

    def __init__(self, context: ContextFace, socket_type: int) -> None:
        """A new socket of a context, with the context's defaults for its options."""
        home = Home(context.core.network_on, asyncio._get_running_loop)
        super().__init__(context.core, context.core.open(socket_type, home))
        self._context = context
        self._home = home
        self._lines = Lines(self._core)
        self._receivers = self._lines.receivers
        self._senders = self._lines.senders
        self._loop = None
        self._tells = False
        self._sent = None
        self._tasks = TaskParts(always=self._core.labelled)
        self._out = self._core.out_lane
        self._in = self._core.in_lane
        self._credit = PER_STEP
        context.apply_defaults(self)

    @property
    def context(self) -> ContextFace:
        return self._context

    def _enter(self, loop: asyncio.AbstractEventLoop) -> None:
        """The first call that waits, on a loop."""
        self._home.enter(loop)
        self._lines.settle_on(loop)
        self._loop = loop
        self._tells = hasattr(loop, "_thread_id")
        self._sent = done(loop, None)

    def belong_to(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
        """Belong to this loop, which runs in this thread. RuntimeError if the socket belongs to another."""
        if loop is not self._loop:
            self._enter(loop)
        return loop

    def _used_reactor(self) -> Reactor | None:
        return self._home.made

    # -- sending

    def _send_slowly(
        self,
        loop: asyncio.AbstractEventLoop | None,
        data: Any,
        flags: int,
        copy: bool,
        track: bool,
        routing_id: int | None,
        group: str | bytes | None,
        timeout: float | None,
    ) -> Future[Any]:
        if loop is None:
            loop = self.belong_to(get_running_loop())
        plain = type(data) is bytes and not flags and not track
        if plain and self._credit > 0 and not self._senders and not self._tasks.odd:
            sent = self._send_now(loop, data)
            if sent is not None:
                return sent
        tracked = track and not copy
        if tracked and not isinstance(data, Frame):
            data = Frame(data, track=True)
        tracker = tracker_of([data] if isinstance(data, Frame) else []) if tracked else None
        return self._send_parts(loop, [self._part(data, copy, group, routing_id)], int(flags), timeout, tracker)

    def send_multipart(
        self,
        msg_parts: Iterable[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[Any]:
        """Send a message of several frames, whole or not at all. Arguments and errors as ``send``."""
        loop = get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        tracker = None
        if track and not copy:
            frames = [part if isinstance(part, Frame) else Frame(part, track=True) for part in msg_parts]
            tracker = tracker_of(frames)
            msg_parts = frames
        parts = self._as_parts(msg_parts, copy)
        if not flags and tracker is None and self._credit > 0 and not self._senders and not self._tasks.odd:
            sent = self._send_now(loop, parts if len(parts) > 1 else parts[0])
            if sent is not None:
                return sent
        return self._send_parts(loop, parts, int(flags), timeout, tracker)

    def _send_now(self, loop: asyncio.AbstractEventLoop, message: Message) -> Future[Any] | None:
        """Send the first in line, if that needs no wait; None if it does."""
        core = self._core
        guard = core.guard
        try:
            with guard.deferred, guard:
                sent = core.try_send(message)
        except ZMQError as error:
            return failed(loop, error)
        if not sent:
            return None
        self._credit -= 1
        return self._sent

    def _send_parts(
        self,
        loop: asyncio.AbstractEventLoop,
        parts: list[Part],
        flags: int,
        timeout: float | None,
        tracker: MessageTracker | None,
    ) -> Future[Any]:
        core = self._core
        ms = self._send_time(flags, timeout)
        own = None
        if flags & SNDMORE or self._tasks.odd:
            task = asyncio.current_task() or loop
            own = self._tasks.make(task)
            if own.receiving and core.lockstep:
                self._check_turn()
                own.receiving = []
                core.hold_part(task, False)
        if flags & SNDMORE and own is not None:
            core.check_frames(parts)
            flags = self._more(flags, len(own.sending) + len(parts))
        if flags & SNDMORE and own is not None:
            if own.sending:
                own.sending += parts
                return done(loop, tracker)
            # Misuse and a full queue show at the first frame, not at the last.
            first = parts[0]
            begun = self._when(loop, self._lines.senders, Pending(loop, lambda: core.begin(first) or None), ms)
            own.sending = parts
            return self._unless(begun.then(lambda _: tracker), loop, [])
        begun_before = own.sending if own is not None else []
        parts = begun_before + parts
        message = parts if len(parts) > 1 else parts[0]
        pending = Pending(loop, lambda: core.try_send(message) or None).then(lambda _: tracker)
        sent = self._when(loop, self._lines.senders, pending, ms)
        if own is not None and begun_before:
            own.sending = []
            self._unless(sent, loop, begun_before)
        return sent

    def _unless(self, future: Pending, loop: asyncio.AbstractEventLoop, before: list[Part]) -> Future[Any]:
        """If that comes to nothing, the task is where it was before: so many frames of a message begun."""
        parts, task = self._tasks, asyncio.current_task() or loop

        def look(ended: Future[Any]) -> None:
            if ended.cancelled() or ended.exception() is not None:
                parts.make(task).sending = before

        if future.done():
            look(future)
        else:
            future.add_done_callback(look)
        return future

    def _when(self, loop: asyncio.AbstractEventLoop, line: Any, pending: Pending, ms: float) -> Pending:
        """Try at once, if it is this one's turn; or stand in line."""
        lines = self._lines
        if ms and self._credit <= 0 and line is not lines.lookers:
            self._credit = PER_STEP
            line.append(pending)
            if ms > 0:
                lines.limit(pending, ms)
            loop.call_soon(lines.serve)
            return pending
        self._credit -= 1
        try:
            if lines.enter(line, pending, ms):
                return pending
            if ms:
                self._credit = PER_STEP
                return pending
            if self._home.made is not None:
                self._home.made.poll()
                if lines.enter(line, pending, 0):
                    return pending
        except ZMQError as error:
            pending.fail(error)
            return pending
        pending.expire(0)
        return pending

    # -- receiving

    def _recv_slowly(
        self, loop: asyncio.AbstractEventLoop | None, flags: int, copy: bool, track: bool, timeout: float | None
    ) -> Future[Any]:
        if loop is None:
            loop = self.belong_to(get_running_loop())
        plain = not flags and copy and timeout is None
        if plain and self._credit > 0 and not self._receivers and not self._tasks.odd:
            return self._recv_plainly(loop, whole=False)
        return self._receive(loop, flags, timeout, whole=False, copy=copy)

    def _first_for(self, message: Message, loop: asyncio.AbstractEventLoop) -> bytes:
        """The first frame of a message; the others are for the next calls of this task."""
        if not isinstance(message, list):
            return bytes(message)
        task = asyncio.current_task() or loop
        rest = self._tasks.make(task).receiving = message[1:]
        if rest:
            self._core.hold_part(task, True)
        return bytes(message[0])

    def _recv_plainly(self, loop: asyncio.AbstractEventLoop, *, whole: bool) -> Future[Any]:
        """Receive the first in line, without flags or a limit of time of its own."""
        core = self._core
        guard = core.guard
        lines = self._lines
        pending = None
        try:
            with guard.deferred, guard:
                message = core.try_recv()
                if message is None and core.lockstep:
                    # In a dialogue, with nothing else to do at the moment: the answer may be almost there.
                    if core.luck.left > 0 and not getattr(loop, "_ready", True) and core.read_eagerly():
                        message = core.try_recv()
                    lines.since = monotonic()
                if message is None:
                    task = asyncio.current_task() or loop
                    taking = Taking(core, self._tasks, task, whole=whole, copy=True)
                    pending = Pending(loop, taking, taking.undo)
                    lines.receive_plainly(pending)
        except ZMQError as error:
            return failed(loop, error)
        if message is not None:
            self._credit -= 1
            if whole:
                return done(loop, as_lists([message])[0])
            return done(loop, message if type(message) is bytes else self._first_for(message, loop))
        assert pending is not None
        self._credit = PER_STEP
        ms = core.settings.rcvtimeo
        if ms >= 0:
            lines.limit(pending, ms)
        return pending

    def _receive(
        self, loop: asyncio.AbstractEventLoop, flags: int, timeout: float | None, *, whole: bool, copy: bool
    ) -> Future[Any]:
        core = self._core
        parts = self._tasks
        if parts.odd and not core.returned:
            parts.tidy()
        task = asyncio.current_task() or loop
        taking = Taking(core, parts, task, whole=whole, copy=copy)
        own = parts.find(task)
        if own is not None and own.receiving:
            return done(loop, taking())  # the rest of its message is its own already, whoever waits for another
        ms = self._recv_time(int(flags), timeout)
        return self._when(loop, self._receivers, Pending(loop, taking, taking.undo), ms)

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: float | None = None
    ) -> Future[Any]:
        """Receive a whole message as a list of its frames (or what ``recv`` has left of one).

        Arguments and errors as ``recv``.
        """
        loop = get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        odd = self._credit <= 0 or self._receivers or self._tasks.odd
        if not flags and copy and timeout is None and not odd:
            return self._recv_plainly(loop, whole=True)
        return self._receive(loop, flags, timeout, whole=True, copy=copy)

    def _then(self, received: Future[Any], convert: Callable[[Any], Any]) -> Future[Any]:
        if not received.done():
            assert isinstance(received, Pending)
            return received.then(convert)
        if received.exception() is not None:
            return received
        future: Future[Any] = Future(loop=received.get_loop())
        try:
            future.set_result(convert(received.result()))
        except Exception as error:  # noqa: BLE001  # for who awaits it
            future.set_exception(error)
        return future

    def __aiter__(self) -> AsyncIterator[list[bytes]]:
        """Receive messages, each a list of its frames, until the socket or its context is closed."""
        return self

    async def __anext__(self) -> list[bytes]:
        try:
            return await self.recv_multipart()  # type: ignore[no-any-return]  # a list of bytes
        except ZMQError as error:
            if self._is_the_end(error):
                raise StopAsyncIteration from None
            raise

    def getsockopt(self, option: int) -> Any:
        """Read an option by number: an int, or bytes. EINVAL if there is none to read. (zmq_getsockopt)"""
        if option == SocketOption.RCVMORE:
            with self._core.guard.deferred, self._core.guard:
                self._core.check_open()
            return int(self._unread())
        if option == SocketOption.EVENTS:
            if self._home.made is not None and not self.closed:
                self._home.made.poll()
            return super().getsockopt(option) | (POLLIN if self._unread() else 0)
        return super().getsockopt(option)

    get = getsockopt

    def _unread(self) -> bool:
        if not self._tasks.odd or asyncio._get_running_loop() is None:
            return False
        own = self._tasks.find(asyncio.current_task() or self._loop)
        return own is not None and bool(own.receiving)

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
