"""XPUB: to every peer that asked for a prefix of the message; subscriptions can be read (RFC 29)."""

from __future__ import annotations

from collections import deque

from ..accounts import Drop
from ..constants import Overflow, SocketType
from ..constants import SocketOption as O
from ..errors import EINVAL, zmq_error
from ..message import Subscription
from .base import Routing
from .parts.fan_out import FanOut
from .parts.overflow import CHOOSING
from .parts.subscriptions import Subscribers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..message import Item, Message, Part
    from ..pipes.pipe import Pipe

# Reports of subscriptions that nobody reads are kept up to so many, beyond those that tell of a
# topic that is still there. A peer that asks and cancels for ever is sent away before it eats us up.
_UNREAD_REPORTS = 100_000


class Xpub(Routing):
    socket_type = SocketType.XPUB
    sends = True
    copies = True
    overflows = CHOOSING
    default_overflow = Overflow.DROP_NEWEST
    wait_option = O.XPUB_NODROP
    options = {
        O.XPUB_WELCOME_MSG: "welcome",
        O.ONLY_FIRST_SUBSCRIBE: "only_first",
        O.INVERT_MATCHING: "invert",
    }

    #: Whether subscriptions and other upstream messages are for the application to read.
    reports = True

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.welcome = b""
        self.only_first = 0
        self.invert = 0
        self._verbose_on = False  # report repeated subscriptions
        self._verbose_off = False  # report repeated cancellations
        self._manual = False
        self._last_value = False
        self._pipes: dict[Pipe, None] = {}
        self._topics = Subscribers()
        self._requested: dict[Pipe, dict[bytes, None]] = {}  # MANUAL: asked for, whatever was granted
        self._reports: deque[tuple[Message, Pipe, bool]] = deque()  # and whether they tell of a change
        self._source: Pipe | None = None  # of the report received last
        self._reporter: Pipe | None = None  # whose change was received last
        self._fan_out = FanOut(self._send_late, self._goes_to_all)
        self.out_lane = self._fan_out.lane
        self._only_for: Pipe | None = None  # MANUAL_LAST_VALUE: the next message is for this peer alone

    # -- options

    def set_option(self, number: int, value: Any) -> None:
        self._fan_out.spill()  # another choice of peers, perhaps
        # Each of these four says the whole truth about its group: the last one set counts.
        if number == O.XPUB_VERBOSE:
            self._verbose_on, self._verbose_off = bool(value), False
        elif number == O.XPUB_VERBOSER:
            self._verbose_on = self._verbose_off = bool(value)
        elif number == O.XPUB_MANUAL:
            self._manual = bool(value)
        elif number == O.XPUB_MANUAL_LAST_VALUE:
            self._manual = self._last_value = bool(value)
        else:
            super().set_option(number, value)

    def subscribe(self, topic: bytes, on: bool) -> None:
        """XPUB_MANUAL: subscribe, or not, the peer whose request was received last."""
        if not self._manual:
            raise zmq_error(EINVAL, f"{self.socket_type.name} takes SUBSCRIBE with XPUB_MANUAL only")
        pipe = self._reporter
        if pipe is None or pipe not in self._pipes:
            return
        self._fan_out.spill()
        if on:
            self._topics.add(topic, pipe)
        else:
            self._topics.remove(topic, pipe)

    def subscribers(self, topic: bytes) -> int:
        return len(self._asking_for(topic))

    def _asking_for(self, first: Part) -> dict[Pipe, None]:
        """The peers that get messages which begin so."""
        pipes = self._topics.matching(first)
        return {pipe: None for pipe in self._pipes if pipe not in pipes} if self.invert else pipes

    def topics_count(self) -> int:
        return len(self._topics)

    # -- pipes

    def attach(self, pipe: Pipe) -> None:
        self._pipes[pipe] = None

    def connected(self, pipe: Pipe, routing_id: bytes) -> None:
        if self.welcome:
            self._fan_out.spill()
            pipe.put_first(self.welcome)

    def detach(self, pipe: Pipe) -> None:
        self._fan_out.spill()
        self._pipes.pop(pipe, None)
        gone = self._topics.forget(pipe)
        if self._manual:
            gone = [(topic, True) for topic in self._requested.pop(pipe, ())]
        for topic, last in gone:
            if last or self._verbose_off:
                self._report(Subscription(topic, False).as_message(), pipe, change=True)
        if self._reporter is pipe:
            self._reporter = None
        if self._source is pipe:
            self._source = None
        if self._only_for is pipe:
            self._only_for = None

    def readable(self, pipe: Pipe) -> None:
        inbox = pipe.inbox
        if pipe not in self._pipes:
            # Of a peer that left: its subscriptions went with it.
            self.lose(Drop.UNREAD, sum([_is_message(item) for item in inbox]), pipe)
            inbox.clear()
        while True:
            while inbox:
                self._upstream(inbox.popleft(), pipe)
            if pipe.stalled:
                pipe.eased()
            if pipe.sleep():
                return

    # -- what comes from subscribers

    def _upstream(self, item: Item, pipe: Pipe) -> None:
        if type(item) is list:
            self._upstream_parts(item, pipe)
            return
        change = item if type(item) is Subscription else _as_subscription(item)  # type: ignore[arg-type]
        if change is None:
            self._report(item, pipe)  # type: ignore[arg-type]
        elif self._change(change, pipe):
            self._report(change.as_message(), pipe, change=True)

    def _upstream_parts(self, parts: list[Part], pipe: Pipe) -> None:
        """A message of several frames: each of them may be a subscription, or only the first."""
        if self.only_first and _as_subscription(parts[0]) is None:
            self._report(parts, pipe)
            return
        kept: list[Part] = []
        changed = False
        for part in parts:
            change = _as_subscription(part)
            if change is None or self._change(change, pipe):
                kept.append(part)
                changed = changed or change is not None
        if kept:
            self._report(kept if len(kept) > 1 else kept[0], pipe, change=changed)

    def _change(self, change: Subscription, pipe: Pipe) -> bool:
        """Apply a subscription change; whether it is to be reported."""
        topic = change.topic
        if self._manual:
            asked = self._requested.setdefault(pipe, {})
            if change.on:
                asked[topic] = None
            else:
                asked.pop(topic, None)
            return True
        self._fan_out.spill()
        if change.on:
            return self._topics.add(topic, pipe) or self._verbose_on
        last = self._topics.remove(topic, pipe)
        # Of a topic that this peer never had there is nothing to report: a proxy that passed that on
        # would take the topic away from those who have it.
        return last is not None and (last or self._verbose_off)

    def _report(self, message: Message, pipe: Pipe, *, change: bool = False) -> None:
        if not self.reports:
            if not change:
                self.lose(Drop.UNWANTED, pipe=pipe)
            return
        if len(self._reports) > _UNREAD_REPORTS + len(self._topics):
            self.lose(Drop.UNREAD, pipe=pipe)
            pipe.refuse("it sends upstream messages faster than anybody reads them")
            return
        self._reports.append((message, pipe, change))

    # -- messages

    def _goes_to_all(self) -> bool:
        """Whether every message goes to the same peers, whatever is in it."""
        return self._topics.only_everything and not self.invert and self._only_for is None

    def try_send(self, message: Message) -> bool:
        first = message[0] if type(message) is list else message
        pipes = self._topics.matching(first)  # type: ignore[arg-type]
        if self.invert:
            pipes = self._asking_for(first)  # type: ignore[arg-type]
        only = self._only_for
        if only is not None:
            pipes = {only: None} if only in pipes else {}
        if self.all_or_nothing and not self._fan_out.ready(pipes):
            return self._wait_or_fail()
        self._only_for = None
        full = self._fan_out.put(message, pipes)
        if full:
            for pipe in full:
                self._overflow(message, pipe)
        return True

    def _send_late(self, message: Message) -> None:
        """Send what a face has taken already: nobody can be told to wait with it."""
        if not self.all_or_nothing:
            self.try_send(message)
            return
        self._fan_out.spill()
        first = message[0] if type(message) is list else message
        for pipe in list(self._asking_for(first)):  # type: ignore[arg-type]
            pipe.put_always(message)

    def try_recv(self) -> Message | None:
        if not self._reports:
            return None
        message, pipe, change = self._reports.popleft()
        self._source = pipe
        if change:
            self._reporter = pipe
            if self._last_value:
                self._fan_out.spill()
                self._only_for = pipe if pipe in self._pipes else None
        return message

    def can_send(self) -> bool:
        return True

    def can_recv(self) -> bool:
        return bool(self._reports)

    def sender(self) -> Pipe | None:
        return self._source

    def _sources(self, pipes: list[Pipe]) -> list[Pipe]:
        return []  # what arrives is looked at at once

    def _held(self) -> list[Item]:
        return [message for message, _, change in self._reports if not change]


def _is_message(item: Item) -> bool:
    return type(item) is list or (type(item) is not Subscription and _as_subscription(item) is None)  # type: ignore[arg-type]


def _as_subscription(part: Part) -> Subscription | None:
    """The change in a message of the older form; None if it is the application's own."""
    if len(part) and part[0] < 2:
        return Subscription(bytes(part[1:]), part[0] == 1)
    return None
