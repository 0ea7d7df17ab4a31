"""The anyio face: Context and Socket for trio, and for whatever else anyio runs on (``pip install zmqx[anyio]``).

Names are pyzmq's; what waits in the blocking face is a coroutine method here. The I/O is done by the background
thread of the context. Cancelling a wait never loses a message and never sends part of one: a call that was
cancelled has done nothing.

Times given as ``timeout=`` are milliseconds: None takes the socket's RCVTIMEO or SNDTIMEO, -1 waits for ever. A
wait ends with the message, with Again when the time is up, with ENOTSOCK when the socket is closed, and with
ContextTerminated when the context ends. Any number of tasks may wait, first come first served. The parts of a
message that is sent or received frame by frame (SNDMORE, RCVMORE) belong to the task that began it.
"""

from __future__ import annotations

import sys

import anyio
import anyio.lowlevel

from .constants import POLLIN, SNDMORE, SocketOption
from .contexts import ContextFace
from .conversions import Conversions
from .engine.batches import Outgoing, taker
from .engine.reactor import Waiter
from .errors import EAGAIN, ENOTSOCK, ETERM, ZMQError, zmq_error
from .face import ALL_EVENTS, EventTap, SocketFace, as_lists, as_messages, as_parts, frames_of, tracker_of
from .message import Frame, Message, MessageTracker, Part, as_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from typing import Any, TypeVar

    from .engine.monitor import SocketEvent

    R = TypeVar("R")

# Calls in a row that need not wait before one of them lets the other tasks run all the same.
_PER_STEP = 100


def _soon_caller() -> Callable[[Callable[[], object]], object]:
    """Calls something in the loop that runs in this thread, from any thread."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return trio.lowlevel.current_trio_token().run_sync_soon  # type: ignore[no-any-return]
    import asyncio

    return asyncio.get_running_loop().call_soon_threadsafe


class _Signal(Waiter):
    """A waiter that wakes a task."""

    __slots__ = ("event",)

    def __init__(self) -> None:
        event = self.event = anyio.Event()
        call_soon = _soon_caller()

        def rouse(waiter: Waiter) -> None:
            try:
                call_soon(event.set)
            except RuntimeError:
                pass  # the loop is over, and its tasks with it (trio.RunFinishedError is one)

        super().__init__(rouse)


class Socket(Conversions, SocketFace):
    """A socket whose waits are coroutines. Made by ``Context.socket``."""

    __slots__ = ("_context", "_credit", "_parts", "_reactor", "_receiving", "_sending")

    def __init__(self, context: ContextFace, socket_type: int) -> None:
        """A new socket of a context, with the context's defaults for its options."""
        super().__init__(context.core, context.core.open(socket_type))
        self._context = context
        self._reactor = context.core.reactor()
        self._receiving = anyio.Lock()  # fair: first come, first served
        self._sending = anyio.Lock()
        self._credit = _PER_STEP
        self._parts: dict[tuple[int, str], list[Part]] = {}  # unfinished messages, by task and direction
        context.apply_defaults(self)

    @property
    def context(self) -> ContextFace:
        return self._context

    async def _wait(self, attempt: Callable[[], R | None], ms: float, turn: anyio.Lock | None = None) -> R:
        """Try under the guard until it works; Again after ``ms`` milliseconds (-1: never)."""
        await anyio.lowlevel.checkpoint_if_cancelled()
        if turn is None or not turn.locked():
            with self._core.guard.deferred, self._core.guard:
                result = attempt()
            if result is not None:
                self._credit -= 1
                if self._credit <= 0:
                    self._credit = _PER_STEP
                    await anyio.lowlevel.cancel_shielded_checkpoint()
                return result
        if not ms:
            raise zmq_error(EAGAIN)
        self._credit = _PER_STEP
        with anyio.move_on_after(None if ms < 0 else ms / 1000):
            if turn is None:
                return await self._until(attempt)
            async with turn:
                return await self._until(attempt)
        raise zmq_error(EAGAIN, f"nothing within {ms:g} ms")

    async def _until(self, attempt: Callable[[], R | None]) -> R:
        core = self._core
        while True:
            signal = _Signal()
            with core.guard.deferred, core.guard:
                result = attempt()
                if result is None:
                    core.enlist(signal)
            if result is not None:
                return result
            self._reactor.flush()
            try:
                await signal.event.wait()
            finally:
                with core.guard.deferred, core.guard:
                    core.dismiss(signal)

    def _own(self, direction: str) -> tuple[int, str]:
        return (anyio.get_current_task().id, direction)

    # -- sending

    async def send(
        self, data: Any, flags: int = 0, copy: bool = True, track: bool = False, timeout: float | None = None
    ) -> MessageTracker | None:
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        Arguments and errors as ``zmqx.Socket.send``. (zmq_send)
        """
        tracked = track and not copy
        if tracked and not isinstance(data, Frame):
            data = Frame(data, track=True)
        await self._send_parts([as_part(data, copy)], int(flags), timeout)
        return tracker_of([data] if isinstance(data, Frame) else []) if tracked else None

    async def send_multipart(
        self,
        msg_parts: Iterable[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> MessageTracker | None:
        """Send a message of several frames, whole or not at all. Arguments and errors as ``send``."""
        if track and not copy:
            frames = [part if isinstance(part, Frame) else Frame(part, track=True) for part in msg_parts]
            await self._send_parts(as_parts(frames, False), int(flags), timeout)
            return tracker_of(frames)
        await self._send_parts(as_parts(msg_parts, copy), int(flags), timeout)
        return None

    async def _send_parts(self, parts: list[Part], flags: int, timeout: float | None) -> None:
        core = self._core
        own = self._own("out")
        pending = self._parts.get(own, [])
        if self._core.lockstep and self._unread():
            self._check_turn()
            self._parts.pop(self._own("in"))
        ms = self._send_time(flags, timeout)
        if flags & SNDMORE:
            if not pending:
                # Misuse and a full queue show at the first frame, not at the last.
                await self._wait(lambda: core.begin(parts[0]) or None, ms, self._sending)
            self._parts[own] = pending + parts
            return
        parts = pending + parts
        message = parts if len(parts) > 1 else parts[0]
        await self._wait(lambda: core.try_send(message) or None, ms, self._sending)
        self._parts.pop(own, None)

    # -- receiving

    async def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, timeout: float | None = None
    ) -> Any:
        """Receive the next frame: a message of one, or the next part of one of several.

        Returns bytes, or with ``copy=False`` a Frame. Arguments and errors as ``zmqx.Socket.recv``. (zmq_recv)
        """
        own = self._own("in")
        parts = self._parts.pop(own, None)
        if parts is None:
            parts = await self._receive(int(flags), timeout)
        if len(parts) > 1:
            self._parts[own] = parts[1:]
        if copy:
            return bytes(parts[0])
        return Frame(parts[0], more=len(parts) > 1, properties=self._sender_properties())

    async def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: float | None = None
    ) -> list[Any]:
        """Receive a whole message as a list of its frames (or what ``recv`` has left of one).

        Arguments and errors as ``recv``.
        """
        parts = self._parts.pop(self._own("in"), None)
        if parts is None:
            parts = await self._receive(int(flags), timeout)
        return [bytes(part) for part in parts] if copy else frames_of(parts, self._sender_properties())

    async def _receive(self, flags: int, timeout: float | None) -> list[Part]:
        core = self._core

        def attempt() -> Message | None:
            return core.try_recv()

        message = await self._wait(attempt, self._recv_time(flags, timeout), self._receiving)
        return message if isinstance(message, list) else [message]  # type: ignore[list-item]  # bytes or a view

    async def recv_many(self, most: int = 1000, *, timeout: float | None = None) -> list[list[bytes]]:
        """Receive the messages that are there, at least one and at most ``most``, each a list of its frames.

        Waits for the first, for ``timeout`` ms as ``recv``. Raises as ``recv``, ValueError for ``most`` < 1.
        """
        if most < 1:
            raise ValueError(f"most = {most!r}: at least one message")
        return as_lists(await self._wait(taker(self._core, most), self._recv_time(0, timeout), self._receiving))

    async def send_many(self, messages: Iterable[Any], *, copy: bool = True, timeout: float | None = None) -> int:
        """Send messages in order, each a buffer or a list of frames; how many were sent.

        Waits where ``send`` would, for ``timeout`` ms each time; when the time is up after the first were sent, the
        number tells how many. Raises as ``send`` if none was.
        """
        outgoing = Outgoing(self._core, as_messages(messages, copy))
        while not outgoing.done:
            try:
                await self._wait(outgoing.put, self._send_time(0, timeout), self._sending)
            except ZMQError:
                if outgoing.sent:
                    break
                raise
        return outgoing.sent

    async def _then(self, received: Any, convert: Callable[[Any], Any]) -> Any:
        return convert(await received)

    def __aiter__(self) -> AsyncIterator[list[bytes]]:
        """Receive messages, each a list of its frames, until the socket or its context is closed."""
        return self

    async def __anext__(self) -> list[bytes]:
        try:
            return await self.recv_multipart()
        except ZMQError as error:
            if error.errno in (ENOTSOCK, ETERM):
                raise StopAsyncIteration from None
            raise

    # -- looking

    async def poll(self, timeout: float | None = None, flags: int = POLLIN) -> int:
        """Wait until the socket is ready; the POLLIN and POLLOUT bits of ``flags`` that are, or 0.

        ``timeout`` is in ms; None and negative wait for ever. Raises ETERM, ENOTSOCK. (zmq_poll)
        """
        try:
            return await self._wait(self._ready(int(flags)), -1 if timeout is None else timeout)
        except ZMQError as error:
            if error.errno == EAGAIN:
                return 0
            raise

    async def wait_connected(self, n: int = 1, timeout: float | None = None) -> int:
        """Wait until ``n`` peers are there, handshake done (or the inproc name bound); how many are.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up, ETERM, ENOTSOCK.
        """
        return await self._wait(self._enough(n), -1 if timeout is None else timeout)

    def events(self, kinds: int = ALL_EVENTS, limit: int = 1000) -> EventStream:
        """What happens to this socket's endpoints and connections from now on: ``async for`` over it.

        ``kinds`` is a sum of ``Event`` bits; at most ``limit`` events wait to be read, newer ones are
        dropped and counted (``missed``). inproc has no events.
        """
        return EventStream(self, kinds, limit)

    def getsockopt(self, option: int) -> Any:
        """Read an option by number: an int, or bytes. EINVAL if there is none to read. (zmq_getsockopt)"""
        if option == SocketOption.RCVMORE:
            with self._core.guard.deferred, self._core.guard:
                self._core.check_open()
            return int(self._unread())
        if option == SocketOption.EVENTS:
            return super().getsockopt(option) | (POLLIN if self._unread() else 0)
        return super().getsockopt(option)

    get = getsockopt

    def _unread(self) -> bool:
        return bool(self._parts) and self._own("in") in self._parts

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()


class EventStream(EventTap):
    """The events of a socket, as they happen. ``async for`` over it, or ``recv`` one at a time."""

    _socket: Socket

    async def recv(self, timeout: float | None = None) -> SocketEvent | None:
        """The next event; None once the socket or the stream is closed and all is read.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up.
        """
        return (await self._socket._wait(self._take, -1 if timeout is None else timeout))[0]

    async def __aiter__(self) -> AsyncIterator[SocketEvent]:
        while (event := await self.recv()) is not None:
            yield event

    async def __aenter__(self) -> EventStream:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()


class Context(ContextFace):
    """What a program's sockets share. ``async with`` closes all of them at the end and waits until they have
    sent, or lingered, out; ``term`` and ``destroy`` block, as in the blocking face."""

    def socket(self, socket_type: int, socket_class: Callable[..., Any] | None = None, **options: Any) -> Any:
        """A new socket; keyword arguments are options (``linger=0``).

        Raises EINVAL for an unknown type, EMFILE beyond MAX_SOCKETS, ETERM.
        """
        return self._make(socket_class or Socket, socket_type, options)

    async def __aenter__(self) -> Context:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.core.shutdown()
        self.core.close_sockets(None)
        while True:
            signal = _Signal()
            try:
                if not self.core.await_end(signal):
                    break
                await signal.event.wait()
            finally:
                self.core.forget(signal)
        self.core.term(0)
