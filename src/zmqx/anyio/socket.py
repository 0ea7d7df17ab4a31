"""The anyio socket."""

from __future__ import annotations

from time import monotonic
from weakref import WeakKeyDictionary

import anyio
import anyio.lowlevel

from ..constants import POLLIN, SNDMORE, SocketOption
from ..conversions import Conversions
from ..engine.batches import Outgoing, taker
from ..errors import EAGAIN, ZMQError, zmq_error
from ..face import ALL_EVENTS, SocketFace, as_bare, as_lists, as_messages, frames_of, tracker_of
from ..message import Frame
from ..times import time_to_wait
from .events import EventStream
from .tasks import Line, Signal, current_task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from typing import Any, TypeVar

    from ..contexts import ContextFace
    from ..message import Message, MessageTracker, Part

    R = TypeVar("R")

# Calls in a row that need not wait before one of them lets the other tasks run all the same.
_PER_STEP = 100


class Socket(Conversions, SocketFace):
    """A socket whose waits are coroutines. Made by ``Context.socket``."""

    __slots__ = ("_context", "_credit", "_parts", "_reactor", "_receiving", "_sending")

    def __init__(self, context: ContextFace, socket_type: int) -> None:
        """A new socket of a context, with the context's defaults for its options."""
        super().__init__(context.core, context.core.open(socket_type))
        self._context = context
        self._reactor = context.core.reactor()
        self._receiving = Line()
        self._sending = Line()
        self._credit = _PER_STEP
        self._parts: WeakKeyDictionary[Any, dict[str, list[Part]]] = WeakKeyDictionary()  # unfinished messages of tasks
        context.apply_defaults(self)

    @property
    def context(self) -> ContextFace:
        return self._context

    async def _wait(self, attempt: Callable[[], R | None], ms: float, turn: Line | None = None) -> R:
        """Try under the guard until it works; Again after ``ms`` milliseconds (-1: never)."""
        self._credit -= 1
        if self._credit > 0:
            await anyio.lowlevel.checkpoint_if_cancelled()
        else:
            # Before anything is taken: whoever is cancelled here has nothing to lose. And the background thread
            # hardly gets the interpreter from a task that never sleeps.
            self._credit = _PER_STEP
            self._reactor.poll()
            await anyio.lowlevel.checkpoint()
        if turn is None or not turn.taken:
            with self._core.guard.deferred, self._core.guard:
                result = attempt()
            if result is not None:
                return result
        if not ms:
            with self._core.guard.deferred, self._core.guard:
                self._core.check_open()
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
            signal = Signal()
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

    def _own(self) -> dict[str, list[Part]]:
        """The unfinished messages of this task, by direction."""
        task = current_task()
        own = self._parts.get(task)
        if own is None:
            own = self._parts[task] = {}
        return own

    def _rest(self) -> list[Part]:
        """What this task has yet to receive of a message."""
        return self._own().get("in", []) if self._parts else []

    def _keep(self, rest: list[Part]) -> None:
        """This is for the next calls of this task."""
        own = self._own()
        if rest:
            own["in"] = rest
        else:
            own.pop("in", None)
        self._core.hold_part(current_task(), bool(rest))

    # -- sending

    async def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        timeout: float | None = None,
    ) -> MessageTracker | None:
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        Arguments and errors as ``zmqx.Socket.send``. (zmq_send)
        """
        tracked = track and not copy
        if tracked and not isinstance(data, Frame):
            data = Frame(data, track=True)
        await self._send_parts([self._part(data, copy, group, routing_id)], int(flags), timeout)
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
            await self._send_parts(self._as_parts(frames, False), int(flags), timeout)
            return tracker_of(frames)
        await self._send_parts(self._as_parts(msg_parts, copy), int(flags), timeout)
        return None

    async def _send_parts(self, parts: list[Part], flags: int, timeout: float | None) -> None:
        core = self._core
        own = self._own() if self._parts or flags & SNDMORE else {}
        pending = own.get("out", [])
        if self._core.lockstep and "in" in own:
            self._check_turn()
            self._keep([])
        ms = self._send_time(flags, timeout)
        if flags & SNDMORE:
            core.check_frames(parts)
            flags = self._more(flags, len(pending) + len(parts))
        if flags & SNDMORE:
            if not pending:
                # Misuse and a full queue show at the first frame, not at the last.
                await self._wait(lambda: core.begin(parts[0]) or None, ms, self._sending)
            own["out"] = pending + parts
            return
        parts = pending + parts
        message = parts if len(parts) > 1 else parts[0]
        await self._wait(lambda: core.try_send(message) or None, ms, self._sending)
        own.pop("out", None)

    # -- receiving

    async def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, timeout: float | None = None
    ) -> Any:
        """Receive the next frame: a message of one, or the next part of one of several.

        Returns bytes, or with ``copy=False`` a Frame. Arguments and errors as ``zmqx.Socket.recv``. (zmq_recv)
        """
        rest = self._rest()
        parts = rest or await self._receive(int(flags), timeout)
        if rest or len(parts) > 1:
            self._keep(parts[1:])
        if copy:
            return bytes(parts[0])
        return Frame(parts[0], more=len(parts) > 1, properties=self._sender_properties())

    async def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: float | None = None
    ) -> list[Any]:
        """Receive a whole message as a list of its frames (or what ``recv`` has left of one).

        Arguments and errors as ``recv``.
        """
        rest = self._rest()
        parts = rest or await self._receive(int(flags), timeout)
        if rest:
            self._keep([])
        return [bytes(part) for part in parts] if copy else frames_of(parts, self._sender_properties())

    async def _receive(self, flags: int, timeout: float | None) -> list[Part]:
        core = self._core

        def attempt() -> Message | None:
            return core.try_recv()

        message = await self._wait(attempt, self._recv_time(flags, timeout), self._receiving)
        return message if isinstance(message, list) else [message]  # type: ignore[list-item]  # bytes or a view

    async def recv_many(self, most: int = 1000, *, bare: bool = False, timeout: float | None = None) -> list[Any]:
        """Receive the messages that are there, at least one and at most ``most``, each a list of its frames.

        ``bare`` gives messages of one frame as bytes, as ``send_many`` takes them: less than half of the time.
        Waits for the first, for ``timeout`` ms as ``recv``. Raises as ``recv``, ValueError for ``most`` < 1.
        """
        if most < 1:
            raise ValueError(f"most = {most!r}: at least one message")
        taken = await self._wait(taker(self._core, most), self._recv_time(0, timeout), self._receiving)
        return as_bare(taken) if bare else as_lists(taken)

    async def send_many(self, messages: Iterable[Any], *, copy: bool = True, timeout: float | None = None) -> int:
        """Send messages in order, each a buffer or a list of frames; how many were sent.

        Waits where ``send`` would, for ``timeout`` ms in all; when the time is up after the first were sent, the
        number tells how many. Raises as ``send`` if none was. Cancelling leaves the rest unsent.
        """
        outgoing = Outgoing(self._core, as_messages(messages, copy, self._core.labelled))
        ms = self._send_time(0, timeout)
        deadline = None if ms < 0 else monotonic() + ms / 1000
        while not outgoing.done:
            left = -1.0 if deadline is None else max(0.0, (deadline - monotonic()) * 1000)
            try:
                await self._wait(outgoing.put, left, self._sending)
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
            if self._is_the_end(error):
                raise StopAsyncIteration from None
            raise

    # -- looking

    async def poll(self, timeout: float | None = None, flags: int = POLLIN) -> int:
        """Wait until the socket is ready; the POLLIN and POLLOUT bits of ``flags`` that are, or 0.

        ``timeout`` is in ms; None and negative wait for ever. Raises ETERM, ENOTSOCK. (zmq_poll)
        """
        try:
            return await self._wait(self._ready(int(flags)), time_to_wait(timeout))
        except ZMQError as error:
            if error.errno == EAGAIN:
                return 0
            raise

    async def flush(self, timeout: float | None = None) -> None:
        """Wait until everything that is queued was handed to the system.

        That is no receipt: a peer may still be lost with what is on its way. What is queued meanwhile, by other
        tasks, is waited for as well; messages over inproc are with their receiver when they are queued.
        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up, with what is unsent
        and where in its text; ETERM, ENOTSOCK.
        """
        ms = time_to_wait(timeout)
        try:
            await self._wait(self._flushed(), ms)
        except ZMQError as error:
            if error.errno == EAGAIN:
                raise self._not_flushed(ms) from None
            raise

    async def wait_connected(self, n: int = 1, timeout: float | None = None) -> int:
        """Wait until ``n`` peers are there, handshake done (or the inproc name bound); how many are.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up, ETERM, ENOTSOCK.
        """
        return await self._wait(self._enough(n), time_to_wait(timeout))

    async def wait_for_subscribers(self, topic: str | bytes = b"", n: int = 1, timeout: float | None = None) -> int:
        """Wait until ``n`` peers subscribed to a prefix of ``topic``, so that each of them gets every message which
        begins with it; how many do (PUB, XPUB). On a
        RADIO: until they joined this group.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up, ENOTSUP if this is no
        publisher, ETERM, ENOTSOCK.
        """
        return await self._wait(self._asked(topic, n), time_to_wait(timeout))

    def events(self, kinds: int = ALL_EVENTS, limit: int = 1000) -> EventStream:
        """What happens to this socket's endpoints and connections from now on: ``async for`` over it.

        ``kinds`` is a sum of ``Event`` bits; at most ``limit`` events wait to be read, newer ones are
        dropped and counted (``missed``). inproc has no events but two: a socket type that does
        not match, and being sent away by the other socket.
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
        return bool(self._parts) and current_task() is not None and "in" in self._own()

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()
