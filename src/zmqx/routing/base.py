"""What a socket type is to the core, and the two halves most types are made of.

All calls come under the core's lock and return at once. ``try_send`` and ``try_recv`` raise for
misuse (EFSM, ENOTSUP, EHOSTUNREACH) and change nothing then; False or None says "not now", and the
core tells its waiters when ``readable`` or ``writable`` may have changed that.
"""

from __future__ import annotations

from collections import deque

from ..accounts import Drop
from ..constants import NativeOption, Overflow, SocketOption
from ..errors import EAGAIN, EINVAL, ENOTSUP, zmq_error
from ..pipes.sizes import queued_bytes
from .parts.announcing import announce_loss, greet
from .parts.fair_queue import FairQueue
from .parts.lane import Lane
from .parts.load_balance import LoadBalance
from .parts.overflow import SHARING, overflow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..constants import SocketType
    from ..message import Item, Message, Part
    from ..pipes.pipe import Pipe
    from .parts.fan_out import FanLane


class Routing:
    """The rule of one socket type; the defaults are those of a type that does neither."""

    socket_type: SocketType

    #: Option numbers that ``set_option`` takes, and the attribute each one sets.
    options: dict[int, str] = {}

    #: Checks what a connection delivers before it counts as received; raises ProtocolError.
    check_message: Callable[[Item], None] | None = None

    sends = False

    #: The values of OVERFLOW that this type knows, and what the default is.
    overflows: frozenset[Overflow] = frozenset({Overflow.DEFAULT})
    default_overflow = Overflow.BLOCK

    #: libzmq's option that makes the default to wait, where it is something else.
    wait_option = 0

    #: Lock-step types have at most one message on its way: there is nothing to gather.
    lockstep = False

    #: The routing id last given to a peer, where the application can read it (STREAM).
    given_id = b""

    #: Types that send the same to many peers; they have no out lane.
    copies = False

    #: Types whose messages have a group or a routing id beside them (``Labelled``).
    labelled = False

    def __init__(self, seed: int = 0) -> None:
        """``seed``: 32 random bits, for ids that should differ from run to run."""
        self.seed = seed
        # Where plain messages need no rule, they may pass it by.
        self.out_lane: Lane | LoadBalance | FanLane = Lane()
        self.in_lane: Lane | FairQueue = Lane()
        self.drops: dict[Drop, int] = {}  # messages lost, by reason
        self.filtered = 0  # messages received that nobody asked for
        self._chosen = Overflow.DEFAULT
        self._waits = False
        self._set_policy()
        self.on_loss: Callable[[Drop, int, Pipe | None], None] = _unheard
        self._given_up = False

    def lose(self, reason: Drop, count: int = 1, pipe: Pipe | None = None) -> None:
        """Count messages that are not delivered; nothing is lost silently. ``pipe``: to or from whom."""
        if count:
            self.drops[reason] = self.drops.get(reason, 0) + count
            if pipe is not None:
                pipe.drops[reason] = pipe.drops.get(reason, 0) + count
            self.on_loss(reason, count, pipe)

    def unread(self, pipes: list[Pipe]) -> tuple[int, int]:
        """How many messages wait to be received, and their bytes; ``pipes`` are those that have not ended."""
        if self._given_up:
            return 0, 0
        queues = [pipe.inbox for pipe in self._sources(pipes)]
        held = self._held()
        count = sum(map(len, queues)) + len(held)
        return count, sum(map(queued_bytes, queues)) + queued_bytes(deque(held))

    def _set_policy(self) -> None:
        self.policy = self._chosen or (Overflow.BLOCK if self._waits else self.default_overflow)
        #: For types that send to many: if one of them has no room, nobody gets the message.
        self.all_or_nothing = self.policy in (Overflow.BLOCK, Overflow.FAIL)

    def _wait_or_fail(self) -> bool:
        """There is no room: False if the sender is to wait for some, Again if it is not."""
        if self.policy is Overflow.FAIL:
            raise zmq_error(EAGAIN, "the peer's queue is full, and OVERFLOW is FAIL")
        return False

    def _overflow(self, message: Message, pipe: Pipe) -> bool:
        """See to a message that this pipe had no room for; False if the sender has to wait."""
        if self.all_or_nothing:
            return self._wait_or_fail()
        overflow(self.policy, message, pipe, self.lose)
        return True

    def _sources(self, pipes: list[Pipe]) -> list[Pipe]:
        """The pipes that messages can still be received from."""
        return pipes

    def _held(self) -> list[Item]:
        """Messages that were taken from their pipes, and not received yet."""
        return []

    def give_up(self, pipes: list[Pipe]) -> None:
        """Nothing will be received any more."""
        self.lose(Drop.UNREAD, self.unread(pipes)[0])
        self._given_up = True

    # -- pipes

    def attach(self, pipe: Pipe) -> None:
        """A pipe appears. ``pipe.refuse(why)`` sends the peer away again."""

    def connected(self, pipe: Pipe, routing_id: bytes) -> None:
        """The pipe's connection is up (again), and its peer called itself ``routing_id``."""
        greet(pipe)

    def disconnected(self, pipe: Pipe) -> None:
        """A pipe we dialed lost its connection; it will have another."""

    def left(self, pipe: Pipe) -> None:
        """The peer of a pipe that does not outlive its connection is gone, not by our doing; ``detach`` follows."""

    def detach(self, pipe: Pipe) -> None:
        """The pipe is ended for good; what it received may still be read."""

    def readable(self, pipe: Pipe) -> None:
        """A pipe that was asleep has messages. A type that does not receive throws them away."""
        while True:
            while pipe.inbox:
                pipe.inbox.popleft()
                self.lose(Drop.UNWANTED, pipe=pipe)
            if pipe.stalled:
                pipe.eased()
            if pipe.sleep():
                return

    def writable(self, pipe: Pipe) -> None:
        """A pipe that was blocked has room."""

    # -- messages

    def try_send(self, message: Message) -> bool:
        """Queue a message; False if there is no room for it now."""
        raise zmq_error(ENOTSUP, f"a {self.socket_type.name} socket does not send")

    def try_recv(self) -> Message | None:
        """The next message, or None if there is none now."""
        raise zmq_error(ENOTSUP, f"a {self.socket_type.name} socket does not receive")

    def begin(self, first: Part) -> bool:
        """Whether a message that begins with this frame could be sent now; raises as ``try_send``."""
        if not self.sends:
            raise zmq_error(ENOTSUP, f"a {self.socket_type.name} socket does not send")
        return self.can_send()

    def can_send(self) -> bool:
        return False

    def can_recv(self) -> bool:
        return False

    def sender(self) -> Pipe | None:
        """Where the message last received came from."""
        return None

    # -- options

    def set_option(self, number: int, value: Any) -> None:
        """Take an option's new value, where it means something to this type."""
        if number == NativeOption.OVERFLOW:
            self._chosen = Overflow(value)
            self._set_policy()
        elif number == self.wait_option:
            self._waits = bool(value)
            self._set_policy()
        name = self.options.get(number)
        if name is not None:
            setattr(self, name, value)

    def subscribe(self, topic: bytes, on: bool) -> None:
        """SUBSCRIBE and UNSUBSCRIBE, set by the application."""
        option = SocketOption.SUBSCRIBE if on else SocketOption.UNSUBSCRIBE
        raise zmq_error(EINVAL, f"{option.name} is not for a {self.socket_type.name} socket")

    def set_group(self, group: bytes, on: bool) -> None:
        """Join a group, or leave it."""
        raise zmq_error(ENOTSUP, f"a {self.socket_type.name} socket joins no groups")

    def newest_peer(self) -> int:
        """The routing id of the peer whose pipe came last."""
        raise zmq_error(ENOTSUP, f"a {self.socket_type.name} socket does not call its peers by routing id")

    def subscribers(self, topic: bytes) -> int:
        """How many peers get every message that begins with ``topic``; ENOTSUP if this is no publisher."""
        raise zmq_error(ENOTSUP, f"a {self.socket_type.name} socket has no subscribers")

    def topics_count(self) -> int:
        """TOPICS_COUNT."""
        return 0

    def peer_state(self, routing_id: bytes) -> int:
        """POLLOUT if there is room for a message to this peer, else 0; EHOSTUNREACH if there is none of the id."""
        raise zmq_error(ENOTSUP, f"a {self.socket_type.name} socket does not know its peers by routing ids")

    def check_peer_id(self, routing_id: bytes) -> None:
        """Raise EINVAL if CONNECT_ROUTING_ID cannot name a new peer so."""


class Taking(Routing):
    """The half that receives from each peer in turn."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._in = FairQueue()
        # Unless a type puts something in between.
        if type(self).try_recv is Taking.try_recv:
            self.in_lane = self._in
            self._in.set_open(True)

    def disconnected(self, pipe: Pipe) -> None:
        announce_loss(pipe, self.readable)

    def left(self, pipe: Pipe) -> None:
        announce_loss(pipe, self.readable)

    def detach(self, pipe: Pipe) -> None:
        super().detach(pipe)
        if not pipe.inbox:
            self._in.discard(pipe)

    def readable(self, pipe: Pipe) -> None:
        self._in.readable(pipe)

    def try_recv(self) -> Message | None:
        return self._in.take()  # type: ignore[return-value]  # subscriptions are for publishers

    def can_recv(self) -> bool:
        return self._in.ready()

    def sender(self) -> Pipe | None:
        return self._in.source

    def _sources(self, pipes: list[Pipe]) -> list[Pipe]:
        return self._in.sources(pipes)


class Giving(Routing):
    """The half that sends to each peer in turn."""

    sends = True
    overflows = SHARING

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._out = LoadBalance()
        self._in_turn: dict[Pipe, None] = {}  # all pipes, also those without room
        # Unless a type puts something in between.
        if type(self).try_send is Giving.try_send:
            self.out_lane = self._out
            self._out.set_open(True)

    def attach(self, pipe: Pipe) -> None:
        super().attach(pipe)
        self._in_turn[pipe] = None
        self._out.writable(pipe)

    def detach(self, pipe: Pipe) -> None:
        super().detach(pipe)
        self._in_turn.pop(pipe, None)
        self._out.discard(pipe)

    def writable(self, pipe: Pipe) -> None:
        self._out.writable(pipe)

    def try_send(self, message: Message) -> bool:
        return self._out.put(message) is not None or self._no_room(message)

    def _no_room(self, message: Message) -> bool:
        """Nobody has room: wait, or what OVERFLOW says."""
        if self.all_or_nothing or not self._in_turn:
            return self._wait_or_fail()
        pipe = next(iter(self._in_turn))
        self._in_turn[pipe] = self._in_turn.pop(pipe)
        return self._overflow(message, pipe)

    def begin(self, first: Part) -> bool:
        return self.can_send() or self._wait_or_fail()

    def can_send(self) -> bool:
        return self._out.ready() or (not self.all_or_nothing and bool(self._in_turn))


def _unheard(reason: Drop, count: int, pipe: Pipe | None) -> None:
    """``on_loss``, where nobody wants to know."""
