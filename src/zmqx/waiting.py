"""How the blocking face waits: the thread that calls drives the reactor until it has what it wants."""

from __future__ import annotations

from time import monotonic

from .constants import POLLIN
from .engine.batches import Outgoing, taker
from .engine.reactor import Waiter
from .errors import EAGAIN, ZMQError, zmq_error
from .face import ALL_EVENTS, SocketFace, as_bare, as_lists, as_messages
from .monitoring import EventTap
from .times import time_to_wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    from .engine.context import ContextCore
    from .engine.core import SocketCore
    from .engine.monitor import SocketEvent

    R = TypeVar("R")


class WaitingFace(SocketFace):
    """The waits of a blocking socket that are not for messages.

    Times are milliseconds; None and negative ones wait for ever.
    """

    __slots__ = ("_reactor",)

    def __init__(self, context_core: ContextCore, core: SocketCore) -> None:
        super().__init__(context_core, core)
        self._reactor = context_core.reactor()

    def _wait(self, attempt: Callable[[], R | None], ms: float) -> R:
        """Try under the guard until it works; Again after ``ms`` milliseconds (-1: never)."""
        core = self._core
        guard = core.guard
        reactor = self._reactor
        deadline = None if ms < 0 else monotonic() + ms / 1000
        while True:
            waiter = Waiter(reactor.rouse)
            found = False
            with guard.deferred, guard:
                result = attempt()
                if result is None and core.hot and core.read_hot():
                    found = True
                    result = attempt()
                if result is None and ms:
                    core.enlist(waiter)
            if result is not None:
                if found:
                    self._reactor.look_around()
                return result
            if not ms:
                break
            try:
                reactor.drive(waiter, deadline, core.passive)
            finally:
                if not waiter.ready:
                    with guard.deferred, guard:
                        core.dismiss(waiter)
            if not waiter.ready:
                break
        if not ms:
            reactor.poll()
        with guard.deferred, guard:
            result = attempt()
        if result is None:
            raise zmq_error(EAGAIN, f"nothing within {ms:g} ms" if ms else "")
        return result

    def recv_many(self, most: int = 1000, *, bare: bool = False, timeout: float | None = None) -> list[Any]:
        """Receive the messages that are there, at least one and at most ``most``, each a list of its frames.

        ``bare`` gives messages of one frame as bytes, as ``send_many`` takes them: less than half of the time.
        Waits for the first, for ``timeout`` ms as ``recv``. Cheaper than so many calls of ``recv_multipart``.
        Frames that ``recv`` has left of a message stay for ``recv``. Raises as ``recv``, ValueError for
        ``most`` < 1.
        """
        if most < 1:
            raise ValueError(f"most = {most!r}: at least one message")
        taken = self._wait(taker(self._core, most), self._recv_time(0, timeout))
        return as_bare(taken) if bare else as_lists(taken)

    def send_many(self, messages: Iterable[Any], *, copy: bool = True, timeout: float | None = None) -> int:
        """Send messages in order, each a buffer or a list of frames; how many were sent.

        Nothing is sent if one of them cannot be. Waits where ``send`` would, for ``timeout`` ms in all; when the
        time is up, or the socket refuses one, after the first were sent, the number tells how many. Raises as
        ``send`` if none was.
        """
        outgoing = Outgoing(self._core, as_messages(messages, copy, self._core.labelled))
        ms = self._send_time(0, timeout)
        deadline = None if ms < 0 else monotonic() + ms / 1000
        while not outgoing.done:
            left = -1.0 if deadline is None else max(0.0, (deadline - monotonic()) * 1000)
            try:
                self._wait(outgoing.put, left)
            except ZMQError:
                if outgoing.sent:
                    break
                raise
        return outgoing.sent

    def poll(self, timeout: float | None = None, flags: int = POLLIN) -> int:
        """Wait until the socket is ready; the POLLIN and POLLOUT bits of ``flags`` that are, or 0.

        ``timeout`` is in ms; None and negative wait for ever. Raises ETERM, ENOTSOCK. (zmq_poll)
        """
        try:
            return self._wait(self._ready(int(flags)), time_to_wait(timeout))
        except ZMQError as error:
            if error.errno == EAGAIN:
                return 0
            raise

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything that is queued was handed to the system.

        That is no receipt: a peer may still be lost with what is on its way. What is queued meanwhile, by other
        threads, is waited for as well; messages over inproc are with their receiver when they are queued.
        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up, with what is unsent
        and where in its text; ETERM, ENOTSOCK.
        """
        ms = time_to_wait(timeout)
        try:
            self._wait(self._flushed(), ms)
        except ZMQError as error:
            if error.errno == EAGAIN:
                raise self._not_flushed(ms) from None
            raise

    def wait_connected(self, n: int = 1, timeout: float | None = None) -> int:
        """Wait until ``n`` peers are there, handshake done (or the inproc name bound); how many are.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up, ETERM,
        ENOTSOCK.
        """
        ms = time_to_wait(timeout)
        if n <= 0:
            with self._core.guard.deferred, self._core.guard:
                return self._core.connections()
        return self._wait(self._enough(n), ms)

    def wait_for_subscribers(self, topic: str | bytes = b"", n: int = 1, timeout: float | None = None) -> int:
        """Wait until ``n`` peers subscribed to a prefix of ``topic``, so that each of them gets every message which
        begins with it; how many do (PUB, XPUB). On a
        RADIO: until they joined this group.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up, ENOTSUP if this is no
        publisher, ETERM, ENOTSOCK.
        """
        return self._wait(self._asked(topic, n), time_to_wait(timeout))

    def events(self, kinds: int = ALL_EVENTS, limit: int = 1000) -> EventStream:
        """What happens to this socket's endpoints and connections from now on.

        ``kinds`` is a sum of ``Event`` bits; at most ``limit`` events wait to be read, newer ones are
        dropped and counted (``missed``). inproc has no events but two: a socket type that does
        not match, and being sent away by the other socket.
        """
        return EventStream(self, kinds, limit)


class EventStream(EventTap):
    """The events of a socket, as they happen. Iterate over it, until the socket or its context is closed, or ``recv``
    one at a time."""

    _socket: WaitingFace

    def recv(self, timeout: float | None = None) -> SocketEvent | None:
        """The next event; None once the socket or the stream is closed and all is read.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up.
        """
        return self._socket._wait(self._take, time_to_wait(timeout))[0]

    def __iter__(self) -> Iterator[SocketEvent]:
        try:
            while (event := self.recv()) is not None:
                yield event
        except ZMQError as error:
            if not self._socket._is_the_end(error):
                raise

    def __enter__(self) -> EventStream:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
