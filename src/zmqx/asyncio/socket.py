"""The asyncio socket."""

from __future__ import annotations

import asyncio
from asyncio import Future, get_running_loop
from time import monotonic
from weakref import WeakKeyDictionary

from ..constants import POLLIN, SNDMORE, SocketOption
from ..contexts import ContextFace
from ..conversions import Conversions
from ..engine.loop_reactor import Home
from ..errors import EAGAIN, ENOTSOCK, ETERM, ZMQError, zmq_error
from ..face import SocketFace, as_parts, frames_of, tracker_of
from ..message import Frame, Message, Part, as_part
from ..routing.parts.fair_queue import FairQueue
from ..routing.parts.lane import Lane
from ..routing.parts.load_balance import LoadBalance
from .batches import Batches
from .futures import PER_STEP, Lines, Pending, done, failed
from .looks import Looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from typing import Any

    from ..engine.reactor import Reactor
    from ..message import MessageTracker


class _Parts:
    """The unfinished multipart messages of one task."""

    __slots__ = ("properties", "receiving", "sending")

    def __init__(self) -> None:
        self.sending: list[Part] = []
        self.receiving: list[Part] = []
        self.properties: dict[str, str] = {}


class Socket(Batches, Looks, Conversions, SocketFace):
    """A socket whose waits are futures. Made by ``Context.socket``."""

    __slots__ = ("_context", "_credit", "_home", "_in", "_lines", "_loop", "_out", "_parts", "_receivers", "_sent")

    def __init__(self, context: ContextFace, socket_type: int) -> None:
        """A new socket of a context, with the context's defaults for its options."""
        home = Home(context.core.network_on, asyncio._get_running_loop)
        super().__init__(context.core, context.core.open(socket_type, home.reactor))
        self._context = context
        self._home = home
        self._lines = Lines(self._core)
        self._receivers = self._lines.receivers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sent: Future[None] | None = None  # a send that is done, whichever
        self._parts: WeakKeyDictionary[Any, _Parts] | None = None  # made by the first frame on its own
        self._out: Lane | LoadBalance = self._core.out_lane
        self._in: Lane | FairQueue = self._core.in_lane
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
        self._sent = done(loop, None)

    def join(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
        """Belong to this loop, which runs in this thread. RuntimeError if the socket belongs to another."""
        if loop is not self._loop:
            self._enter(loop)
        return loop

    def _used_reactor(self) -> Reactor | None:
        return self._home.made

    # -- sending

    def send(
        self, data: Any, flags: int = 0, copy: bool = True, track: bool = False, timeout: float | None = None
    ) -> Future[Any]:
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        Arguments as ``zmqx.Socket.send``. The future gives None, or with ``copy=False, track=True`` a
        MessageTracker; Again when the time is up, ENOTSUP, EFSM or EHOSTUNREACH as the socket type has it,
        ETERM, ENOTSOCK. TypeError is raised at once. (zmq_send)
        """
        loop = get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        if type(data) is bytes and not flags and not track:
            pipe = self._out.only
            if pipe is not None and len(pipe.outbox) < pipe.easy and self._credit and not self._lines.senders:
                self._credit -= 1
                pipe.outbox.append(data)
                if not pipe.pending:
                    self._wake(pipe)
                return self._sent  # type: ignore[return-value]  # made by _enter
            if self._parts is None and self._credit > 0 and not self._lines.senders:
                core = self._core
                guard = core.guard
                try:
                    with guard.deferred, guard:
                        sent = core.try_send(data)
                except ZMQError as error:
                    return failed(loop, error)
                if sent:
                    self._credit -= 1
                    return self._sent  # type: ignore[return-value]  # made by _enter
        tracked = track and not copy
        if tracked and not isinstance(data, Frame):
            data = Frame(data, track=True)
        tracker = tracker_of([data] if isinstance(data, Frame) else []) if tracked else None
        return self._send_parts(loop, [as_part(data, copy)], int(flags), timeout, tracker)

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
        return self._send_parts(loop, as_parts(msg_parts, copy), int(flags), timeout, tracker)

    def _send_parts(
        self,
        loop: asyncio.AbstractEventLoop,
        parts: list[Part],
        flags: int,
        timeout: float | None,
        tracker: MessageTracker | None,
    ) -> Future[Any]:
        core = self._core
        if flags & SNDMORE or self._parts is not None:
            own = self._own_parts(asyncio.current_task() or loop)
            pending = own.sending
            if own.receiving and self._core.lockstep:
                self._check_turn()
                own.receiving = []
            if flags & SNDMORE:
                pending += parts
                if len(pending) > len(parts):
                    return done(loop, tracker)
                # Misuse and a full queue show at the first frame, not at the last.
                first = parts[0]
                begun = self._send_when(loop, lambda: core.begin(first) or None, flags, timeout, tracker)
                if begun.done() and begun.exception() is not None:
                    pending.clear()
                return begun
            parts = pending + parts
            own.sending = []
        message = parts if len(parts) > 1 else parts[0]
        return self._send_when(loop, lambda: core.try_send(message) or None, flags, timeout, tracker)

    def _send_when(
        self,
        loop: asyncio.AbstractEventLoop,
        attempt: Callable[[], Any],
        flags: int,
        timeout: float | None,
        tracker: MessageTracker | None,
    ) -> Future[Any]:
        ms = self._send_time(flags, timeout)
        return self._when(loop, self._lines.senders, Pending(loop, attempt).then(lambda _: tracker), ms)

    def _when(self, loop: asyncio.AbstractEventLoop, line: Any, pending: Pending, ms: float) -> Future[Any]:
        """Try at once, if it is this one's turn; or stand in line."""
        lines = self._lines
        if line or (self._credit <= 0 and ms):
            self._credit = PER_STEP
            loop.call_soon(lines.serve)
            return lines.wait(line, pending, ms)
        self._credit -= 1
        if lines.try_now(pending):
            return pending
        reactor = self._home.made
        if not ms and reactor is not None:
            reactor.poll()
            if lines.try_now(pending):
                return pending
        if not ms:
            pending.fail(zmq_error(EAGAIN))
            return pending
        self._credit = PER_STEP
        return lines.wait(line, pending, ms)

    def _own_parts(self, task: Any) -> _Parts:
        if self._parts is None:
            # From now on every call asks first whether its task is in the middle of a message.
            self._out = self._in = Lane()
            self._parts = WeakKeyDictionary()
        parts = self._parts.get(task)
        if parts is None:
            parts = self._parts[task] = _Parts()
        return parts

    # -- receiving

    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, timeout: float | None = None
    ) -> Future[Any]:
        """Receive the next frame: a message of one, or the next part of one of several.

        The future gives bytes, or with ``copy=False`` a Frame; Again when the time is up, ENOTSUP or EFSM as
        the socket type has it, ETERM, ENOTSOCK. Cancelling it, or the task that awaits it, loses nothing. (zmq_recv)
        """
        loop = get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        if not flags and copy:
            pipe = self._in.only
            if pipe is not None and len(pipe.inbox) > pipe.attention and self._credit and not self._receivers:
                item = pipe.inbox.popleft()
                self._credit -= 1
                if type(item) is not bytes:
                    # Subscriptions are for publishers, and those have no lane.
                    item = self._first_of(item, copy, asyncio.current_task() or loop)  # type: ignore[arg-type]
                future: Future[Any] = Future(loop=loop)
                future.set_result(item)
                return future
            if timeout is None and self._parts is None and not self._receivers and self._credit > 0:
                return self._recv_plainly(loop)
        task = asyncio.current_task() or loop
        if self._parts is not None and self._own_parts(task).receiving:
            own = self._own_parts(task)
            part = own.receiving.pop(0)
            more = bool(own.receiving)
            return done(loop, bytes(part) if copy else Frame(part, more=more, properties=own.properties))
        return self._receive(loop, task, flags, timeout, lambda message: self._first_of(message, copy, task))

    def _recv_plainly(self, loop: asyncio.AbstractEventLoop) -> Future[Any]:
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
                    pending = Pending(loop, lambda: core.try_recv(), lambda message: self._returned([message]))
                    self._receivers.append(pending)
                    lines.enlist()
        except ZMQError as error:
            return failed(loop, error)
        if pending is None:
            self._credit -= 1
            if type(message) is not bytes:
                message = self._first_of(message, True, asyncio.current_task() or loop)  # type: ignore[arg-type]
            return done(loop, message)
        self._credit = PER_STEP
        if not core.returned:
            self._in = core.in_lane
        ms = core.settings.rcvtimeo
        if ms >= 0:
            lines.limit(pending, ms)
        task = asyncio.current_task() or loop
        return pending.then(lambda message: message if type(message) is bytes else self._first_of(message, True, task))

    def _receive(
        self,
        loop: asyncio.AbstractEventLoop,
        task: Any,
        flags: int,
        timeout: float | None,
        convert: Callable[[Message], Any],
    ) -> Future[Any]:
        core = self._core
        if self._parts is None and not core.returned:
            self._in = core.in_lane

        def give_back(message: Message) -> None:
            if self._parts is not None:
                self._own_parts(task).receiving = []
            self._returned([message])

        pending = Pending(loop, lambda: core.try_recv(), give_back).then(convert)
        return self._when(loop, self._receivers, pending, self._recv_time(int(flags), timeout))

    def _returned(self, messages: list[Message]) -> None:
        """Somebody was cancelled before he could see these. Past the lane they would be overlooked."""
        self._in = Lane()
        for message in reversed(messages):
            self._core.give_back(message)

    def _first_of(self, message: Message, copy: bool, task: Any) -> Any:
        """The first frame of a message; the others are for the next calls of the task that received it."""
        if type(message) is not list:
            if copy:
                return message if type(message) is bytes else bytes(message)  # type: ignore[arg-type]
            return Frame(message, properties=self._sender_properties())
        own = self._own_parts(task)
        own.receiving = message[1:]
        own.properties = {} if copy else self._sender_properties()
        return bytes(message[0]) if copy else Frame(message[0], more=len(message) > 1, properties=own.properties)

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: float | None = None
    ) -> Future[Any]:
        """Receive a whole message as a list of its frames (or what ``recv`` has left of one).

        Arguments and errors as ``recv``.
        """
        loop = get_running_loop()
        if loop is not self._loop:
            self._enter(loop)
        task = asyncio.current_task() or loop

        def convert(message: Message) -> list[Any]:
            parts: list[Part] = message if isinstance(message, list) else [message]
            if copy:
                return [part if type(part) is bytes else bytes(part) for part in parts]
            return frames_of(parts, self._sender_properties())

        if self._parts is not None and self._own_parts(task).receiving:
            own = self._own_parts(task)
            parts, own.receiving = own.receiving, []
            return done(loop, convert(parts))
        return self._receive(loop, task, flags, timeout, convert)

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
            if error.errno in (ENOTSOCK, ETERM):
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
        if self._parts is None:
            return False
        task = asyncio.current_task() if asyncio._get_running_loop() is not None else None
        return bool(self._own_parts(task or self._loop).receiving)

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
