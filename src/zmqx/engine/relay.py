"""Passing messages from one socket on to another: the middle of every proxy."""

from __future__ import annotations

from struct import pack

from ..constants import POLLIN, POLLOUT
from ..errors import ENOTSUP, ZMQError, zmq_error
from ..message import Labelled
from .reactor import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message, Part
    from .core import SocketCore

# Messages moved one way before the other way has its turn.
_PER_TURN = 1000


class Flow:
    """What has passed one way."""

    __slots__ = ("bytes", "frames", "messages")

    def __init__(self) -> None:
        self.messages = 0
        self.frames = 0
        self.bytes = 0

    def count(self, message: Message) -> None:
        """One more."""
        self.messages += 1
        if isinstance(message, list):
            self.frames += len(message)
            self.bytes += sum(map(len, message))
        else:
            self.frames += 1
            self.bytes += len(message)

    def __repr__(self) -> str:
        return f"<{self.messages} messages, {self.frames} frames, {self.bytes} bytes>"


class Relay:
    """Two sockets and, perhaps, a third that gets a copy of every message, and a fourth that gives commands.

    A message is taken only when whoever is to get it has room, and given back if somebody else was faster: nothing
    is held, so nothing is lost, whenever the relaying ends. No guard is held by the caller.
    """

    def __init__(
        self,
        frontend: SocketCore,
        backend: SocketCore,
        capture: SocketCore | None = None,
        control: SocketCore | None = None,
    ) -> None:
        """Raises ENOTSUP if the capture cannot send."""
        if capture is not None and not capture.sends:
            raise zmq_error(ENOTSUP, f"a {capture.socket_type.name} socket cannot capture: it does not send")
        self._capture = capture
        self._control = control
        self._copy: Message | None = None  # owed to the capture
        self._answer: Message | None = None  # owed to the control
        self._serial = 0
        # Who did not take a message though there seemed to be room (it depends on the message), and whether anything
        # has changed there since.
        self._refused: dict[SocketCore, Waiter] = {}
        self.forward = Flow()  # from the frontend to the backend
        self.backward = Flow()
        self.paused = False
        self.ended = False
        self._ways = [(frontend, backend, self.forward)]
        self.cores = [frontend]  # whose changes matter
        if frontend is not backend:
            self._ways.append((backend, frontend, self.backward))
            self.cores.append(backend)
        self.cores += [core for core in (capture, control) if core is not None]

    # -- from any thread

    def pause(self) -> None:
        """Pass on nothing until ``resume``. What comes meanwhile waits in the sockets, up to their marks."""
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self.cores[0].nudge()

    def end(self) -> None:
        """Let ``step`` say that this is the end."""
        self.ended = True
        self.cores[0].nudge()

    def begin(self) -> None:
        """Undo ``end``."""
        self.ended = False

    def statistics(self) -> list[bytes]:
        """What the control is answered (zmq_proxy_steerable): frames and bytes that the frontend received, and
        sent, and the backend likewise; each 64 bits in the byte order of this machine."""
        forth, back = self.forward, self.backward
        there, here = (forth.frames, forth.bytes), (back.frames, back.bytes)
        return [pack("=Q", number) for number in (*there, *here, *here, *there)]

    # -- from whoever drives it

    def step(self) -> bool | None:
        """Do what can be done now, but not too much: True if there was anything, False if this is the end. Raises
        ENOTSOCK or ETERM when a socket is not to be used any more, even while nothing passes."""
        for core in self.cores:
            core.check_open()
        self._obey()
        if self.ended:
            return False
        return bool(self._move()) or None

    def _move(self) -> int:
        """Pass on; how many messages."""
        moved = 0
        for source, target, flow in self._ways:
            for _ in range(_PER_TURN):
                if self.paused:
                    break
                if self._refuses(target) or not (
                    self._has(source, POLLIN) and self._has(target, POLLOUT) and self._copied()
                ):
                    break
                with source.guard.deferred, source.guard:
                    returned = source.returned
                    message = source.try_recv()
                    serial = source.serial
                if message is None:
                    break  # another thread was faster
                if not returned:
                    self._serial = serial = self._serial + 1
                if not self._passed(message, target, source, serial):
                    break
                flow.count(message)
                moved += 1
        return moved

    def _passed(self, message: Message, target: SocketCore, source: SocketCore, serial: int) -> bool:
        """Whether the target took it; if not, the source has it back."""
        sent = False
        try:
            with target.guard.deferred, target.guard:
                sent = target.try_send(_as_taken_by(target, message))
                if not sent:
                    waiter = self._refused[target] = Waiter(_nobody_sleeps)
                    target.enlist(waiter)
        finally:
            if not sent:
                source.give_back(message, serial)
        if sent and self._capture is not None:
            self._copy = message
            self._copied()
        return sent

    def _refuses(self, target: SocketCore) -> bool:
        """Whether it did not take the last message, and would not now. Giving that back is a change of the source:
        without this, it would have us try again and again."""
        waiter = self._refused.get(target)
        if waiter is None:
            return False
        if waiter.ready:
            del self._refused[target]
        return not waiter.ready

    def _copied(self) -> bool:
        """Whether the capture has got everything, and has room for more."""
        capture = self._capture
        if capture is None:
            return True
        with capture.guard.deferred, capture.guard:
            if self._copy is not None and capture.try_send(_as_taken_by(capture, self._copy)):
                self._copy = None
            return self._copy is None and bool(capture.events() & POLLOUT)

    def _has(self, core: SocketCore, flag: int) -> bool:
        with core.guard.deferred, core.guard:
            if core.events() & flag:
                return True
            return flag == POLLIN and bool(core.hot) and core.read_hot() and bool(core.events() & flag)

    # -- the control

    def _obey(self) -> None:
        """Carry out the commands there are. The next one has to wait until the last is answered."""
        control = self._control
        while control is not None and not self.ended and self._answered(control):
            if not self._has(control, POLLIN):
                return
            with control.guard.deferred, control.guard:
                message = control.try_recv()
            if message is not None:
                self._carry_out(message)
                self._answered(control)

    def _carry_out(self, message: Message) -> None:
        """One command: the last frame. What stands before it says whom to answer (ROUTER)."""
        *envelope, command = message if isinstance(message, list) else [message]
        answer: list[Part] = [b""]
        if command == b"PAUSE":
            self.paused = True
        elif command == b"RESUME":
            self.paused = False
        elif command == b"TERMINATE":
            self.ended = True
        elif command == b"STATISTICS":
            answer = [*self.statistics()]
        answer = [*envelope, *answer]
        self._answer = answer if len(answer) > 1 else answer[0]

    def _answered(self, control: SocketCore) -> bool:
        """Whether nothing is owed to the control. One that only listens (SUB, PULL) is owed nothing."""
        if self._answer is not None:
            with control.guard.deferred, control.guard:
                try:
                    if control.sends and not control.try_send(self._answer):
                        return False
                except ZMQError:
                    if control.closed or control.terminated:
                        raise
            self._answer = None
        return True


def _nobody_sleeps(waiter: Waiter) -> None:
    """It is asked whether it was set."""


def _as_taken_by(core: SocketCore, message: Message) -> Message:
    """What came with a group or a routing id goes on without, to a socket whose type has none."""
    return message.part if isinstance(message, Labelled) and not core.labelled else message
