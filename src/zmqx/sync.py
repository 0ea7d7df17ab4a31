"""The blocking face: Context and Socket, in pyzmq's shape.

Times given as ``timeout=`` are milliseconds, like every time in ZeroMQ's API: None takes the
socket's RCVTIMEO or SNDTIMEO, -1 waits for ever, 0 does not wait. A wait ends with the message, with
Again when the time is up, with ENOTSOCK when another thread closes the socket, and with
ContextTerminated when the context ends. Infinity waits for ever; NaN raises ValueError, and what is no number
TypeError, where a call would have to wait.

Any thread may call any method. A message is sent and received whole by one call; the parts of one
that is sent or received frame by frame (SNDMORE, RCVMORE) belong to the thread that began it.
"""

from __future__ import annotations

from threading import local
from time import monotonic

from .constants import DONTWAIT, POLLIN, SNDMORE, SocketOption
from .contexts import ContextFace
from .conversions import Conversions
from .engine.reactor import Waiter
from .errors import Again, ZMQError
from .face import frames_of, tracker_of
from .message import Frame
from .routing.parts.lane import Lane
from .waiting import WaitingFace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .message import Message, MessageTracker, Part

_RCVTIMEO = int(SocketOption.RCVTIMEO)


class _Alive:
    """Is there as long as its thread."""

    __slots__ = ("__weakref__",)


class _Parts(local):
    """The unfinished multipart messages of one thread."""

    sending: list[Part]
    receiving: list[Part]

    def __init__(self) -> None:
        self.thread = _Alive()
        self.sending = []
        self.receiving = []
        self.properties: dict[str, str] = {}


class Socket(Conversions, WaitingFace):  # type: ignore[misc]  # its calls take more than Conversions needs
    """A socket whose calls block. Made by ``Context.socket``."""

    __slots__ = ("_context", "_parts")

    def __init__(self, context: ContextFace, socket_type: int) -> None:
        """A new socket of a context, with the context's defaults for its options."""
        super().__init__(context.core, context.core.open(socket_type))
        self._context = context
        # Made by the first frame sent or received on its own. Where messages have labels, no shorter way is open:
        # whoever goes it looks at the content alone.
        self._parts: _Parts | None = _Parts() if self._core.labelled else None
        self._out = self._core.out_lane
        self._in = self._core.in_lane
        self._turn = self._core.turn
        context.apply_defaults(self)

    def __class_getitem__(cls, item: object) -> type[Socket]:
        """``Socket[bytes]``, as annotations of pyzmq programs have it."""
        return cls

    @property
    def context(self) -> ContextFace:
        return self._context

    # -- sending

    def _send(
        self,
        data: Any,
        flags: int,
        copy: bool,
        track: bool,
        routing_id: int | None,
        group: str | bytes | None,
        timeout: float | None,
    ) -> MessageTracker | None:
        if type(data) is bytes and not flags and not track and self._parts is None:
            core = self._core
            guard = core.guard
            try:
                acquire = guard.acquire
                acquire()
                try_send = core.try_send
                sent = try_send(data)
            finally:
                # The end of ``with guard``, written out.
                try:
                    unlock = guard.unlock
                    unlock()
                except RuntimeError:
                    pass
                finally:
                    if guard.deferred:
                        try:
                            guard.deferred.settle()
                        except BaseException:
                            guard.deferred.settle()  # struck: others wait for these calls
                            raise
            if not sent:
                self._send_waiting(data, 0, timeout)
            return None
        if track and not copy:
            data = Frame(data, track=True) if not isinstance(data, Frame) else data
        self._send_parts([self._part(data, copy, group, routing_id)], flags, timeout)
        return tracker_of([data] if isinstance(data, Frame) else []) if track and not copy else None

    def send_multipart(
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
            self._send_parts(self._as_parts(frames, False), flags, timeout)
            return tracker_of(frames)
        self._send_parts(self._as_parts(msg_parts, copy), flags, timeout)
        return None

    def _send_parts(self, parts: list[Part], flags: int, timeout: float | None) -> None:
        flags = int(flags)
        own = self._parts
        pending = own.sending if own is not None else []
        if own is not None and own.receiving and self._core.lockstep:
            self._check_turn()
            own.receiving = []
            self._core.hold_part(own.thread, False)
        if flags & SNDMORE:
            self._core.check_frames(parts)
            flags = self._more(flags, len(pending) + len(parts))
        if flags & SNDMORE:
            if not pending:
                # Misuse and a full queue show at the first frame, not at the last.
                first = parts[0]
                self._wait(lambda: self._core.begin(first) or None, self._send_time(flags, timeout))
            self._own_parts().sending += parts
            return
        if pending:
            parts = pending + parts
        self._send_waiting(parts if len(parts) > 1 else parts[0], flags, timeout)
        if pending:
            self._own_parts().sending = []

    def _unread(self) -> bool:
        return self._parts is not None and bool(self._parts.receiving)

    def _send_waiting(self, message: Message, flags: int, timeout: float | None) -> None:
        core = self._core
        self._wait(lambda: core.try_send(message) or None, self._send_time(flags, timeout))

    def _own_parts(self) -> _Parts:
        parts = self._parts
        if parts is None:
            with self._core.guard.deferred, self._core.guard:
                if self._parts is None:
                    # From now on every call asks first whether its thread is in the middle of a message.
                    self._out = self._in = Lane()
                    self._turn = None
                    self._parts = _Parts()
                parts = self._parts
        return parts

    # -- receiving

    def _recv(self, flags: int, copy: bool, track: bool, timeout: float | None) -> Any:
        if copy and (not flags or flags == DONTWAIT) and timeout is None and self._parts is None:
            message = self._recv_now() if flags else self._recv_plainly()
            if message is not None:
                return message if type(message) is bytes else self._first_of(message, copy)
        own = self._parts
        if own is not None and own.receiving:
            part = own.receiving.pop(0)
            more = bool(own.receiving)
            if not more:
                self._core.hold_part(own.thread, False)
            return bytes(part) if copy else Frame(part, more=more, properties=own.properties)
        return self._first_of(self._recv_waiting(int(flags), timeout), copy)

    def _recv_now(self) -> Message:
        """Receive what is there, or Again."""
        core = self._core
        guard = core.guard
        for last in (False, True):
            with guard.deferred, guard:
                message = core.try_recv()
                if message is None and core.hot and core.read_hot():
                    message = core.try_recv()
            if message is not None:
                self._reactor.look_around()
                return message
            if not last:
                self._reactor.poll()
        raise Again()

    def _converse(self, shortcut: Any) -> bytes | None:
        """Receive the next message of a dialogue by its short way, without a limit of time; None if it is longer."""
        core = self._core
        luck = core.luck
        if luck.left > 0 or core.settings.values.get(_RCVTIMEO, -1) >= 0:
            return None
        reactor = self._reactor
        waiter = Waiter(reactor.rouse, shortcut.wait)
        if not shortcut.listen(waiter):
            return None
        start = monotonic() if luck.moment else 0.0
        try:
            reactor.drive(waiter, None)
        finally:
            if not waiter.ready:
                with core.guard.deferred, core.guard:
                    core.dismiss(waiter)
        if start:
            luck.slept(monotonic() - start)
        return shortcut.take()  # type: ignore[no-any-return]  # bytes, or None

    def _recv_plainly(self) -> Message | None:
        """Receive without a limit of time; None if RCVTIMEO sets one."""
        core = self._core
        guard = core.guard
        reactor = self._reactor
        if core.settings.values.get(_RCVTIMEO, -1) >= 0:
            return None
        found = False
        while True:
            waiter = None
            try:
                acquire = guard.acquire
                acquire()
                try_recv = core.try_recv
                message = try_recv()
                if message is None:
                    found = core.read_eagerly() if core.lockstep else bool(core.hot) and core.read_hot()
                    if found:
                        message = try_recv()
                    else:
                        waiter = Waiter(reactor.rouse)
                        core.waiters.append(waiter)
            finally:
                # The end of ``with guard``, written out.
                try:
                    unlock = guard.unlock
                    unlock()
                except RuntimeError:
                    pass
                finally:
                    if guard.deferred:
                        try:
                            guard.deferred.settle()
                        except BaseException:
                            guard.deferred.settle()  # struck: others wait for these calls
                            raise
            if found:
                self._reactor.look_around()
            if message is not None:
                return message
            if waiter is None:
                continue
            start = monotonic() if core.lockstep else 0.0
            try:
                reactor.drive(waiter, None, core.passive)
            finally:
                if not waiter.ready:
                    with guard.deferred, guard:
                        core.dismiss(waiter)
            if core.lockstep:
                core.luck.slept(monotonic() - start)

    def _first_of(self, message: Message, copy: bool) -> Any:
        """The first frame of a message; the others are for the next calls of this thread."""
        if type(message) is not list:
            if copy:
                return bytes(message)  # type: ignore[arg-type]  # bytes or memoryview
            return Frame(message, properties=self._sender_properties())
        own = self._own_parts()
        own.receiving = message[1:]
        if own.receiving:
            self._core.hold_part(own.thread, True)
        own.properties = {} if copy else self._sender_properties()
        return bytes(message[0]) if copy else Frame(message[0], more=len(message) > 1, properties=own.properties)

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: float | None = None
    ) -> list[Any]:
        """Receive a whole message as a list of its frames (or what ``recv`` has left of one).

        Arguments and errors as ``recv``.
        """
        own = self._parts
        if own is not None and own.receiving:
            parts, own.receiving = own.receiving, []
            self._core.hold_part(own.thread, False)
        else:
            message = self._recv_waiting(int(flags), timeout)
            parts = message if type(message) is list else [message]  # type: ignore[list-item]
        if copy:
            return [part if type(part) is bytes else bytes(part) for part in parts]
        return frames_of(parts, self._sender_properties())

    def _recv_waiting(self, flags: int, timeout: float | None) -> Message:
        core = self._core

        def attempt() -> Message | None:
            return core.try_recv()

        ms = self._recv_time(flags, timeout)
        return self._wait(attempt, ms)  # type: ignore[return-value]  # mypy joins the union's members

    def __iter__(self) -> Iterator[list[bytes]]:
        """Receive messages, each a list of its frames, until the socket or its context is closed."""
        while True:
            try:
                yield self.recv_multipart()
            except ZMQError as error:
                if self._is_the_end(error):
                    return
                raise

    def getsockopt(self, option: int) -> Any:
        """Read an option by number: an int, or bytes. EINVAL if there is none to read. (zmq_getsockopt)"""
        if option == SocketOption.RCVMORE:
            with self._core.guard.deferred, self._core.guard:
                self._core.check_open()
            return int(self._unread())
        if option == SocketOption.EVENTS:
            with self._core.guard.deferred, self._core.guard:
                self._core.check_open()
            self._reactor.poll()
            return super().getsockopt(option) | (POLLIN if self._unread() else 0)
        return super().getsockopt(option)

    get = getsockopt

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Context(ContextFace):
    """What a program's sockets share; inproc names belong to it. Safe to use from any thread."""

    def __class_getitem__(cls, item: object) -> type[Context]:
        """``Context[Socket]``, as annotations of pyzmq programs have it."""
        return cls

    def socket(self, socket_type: int, socket_class: Callable[..., Any] | None = None, **options: Any) -> Any:
        """A new socket; keyword arguments are options (``linger=0``).

        Raises EINVAL for an unknown type, EMFILE beyond MAX_SOCKETS, ETERM.
        """
        return self._make(socket_class or Socket, socket_type, options)
