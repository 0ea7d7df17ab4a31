"""XSUB: from each peer in turn, everything; subscriptions are messages one sends (RFC 29)."""

from __future__ import annotations

from ..accounts import Drop
from ..constants import SocketOption as O
from ..constants import SocketType
from ..message import Subscription
from .base import Taking
from .parts.fan_out import put_each
from .parts.subscriptions import TopicCounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Item, Message, Part
    from ..pipes.pipe import Pipe


class Xsub(Taking):
    socket_type = SocketType.XSUB
    sends = True
    options = {
        O.ONLY_FIRST_SUBSCRIBE: "only_first",
        O.XSUB_VERBOSE_UNSUBSCRIBE: "verbose_unsubscribe",
    }

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.only_first = 0
        self.verbose_unsubscribe = 0
        self._topics = TopicCounts()
        self._pipes: dict[Pipe, None] = {}
        self._up: dict[Pipe, None] = {}  # those with a connection: they know our topics

    # -- pipes

    def attach(self, pipe: Pipe) -> None:
        self._pipes[pipe] = None

    def connected(self, pipe: Pipe, routing_id: bytes) -> None:
        # A new publisher, or an old one that forgot us: all topics, once each, before all else.
        for topic in reversed(list(self._topics.topics())):
            pipe.outbox.appendleft(Subscription(topic, True))
        self._up[pipe] = None
        if pipe.outbox:
            pipe.wake()

    def disconnected(self, pipe: Pipe) -> None:
        self._up.pop(pipe, None)
        # The next publisher is told all topics anew; what was on its way would undo that.
        pipe.outbox.extendleft([item for item in reversed(pipe.drain_all()) if not _is_change(item)])

    def detach(self, pipe: Pipe) -> None:
        super().detach(pipe)
        self._pipes.pop(pipe, None)
        self._up.pop(pipe, None)

    # -- topics

    def change(self, topic: bytes, on: bool) -> bool:
        """Note a subscription; whether the publishers have to hear of it."""
        if on:
            self._topics.add(topic)
            return True
        return self._topics.remove(topic) or bool(self.verbose_unsubscribe)

    def topics_count(self) -> int:
        return len(self._topics)

    # -- messages

    def try_send(self, message: Message) -> bool:
        if type(message) is list:
            self._send_parts(message)
            return True
        on = _is_subscription(message)  # type: ignore[arg-type]
        if on is None:
            self._send_up(message, self._pipes)
        elif self.change(bytes(message[1:]), on):  # type: ignore[arg-type]
            for pipe in self._up:
                pipe.put_always(message)
        return True

    def _send_parts(self, parts: list[Part]) -> None:
        kept: list[Part] = []
        subscriptions = True
        changed = False
        for index, part in enumerate(parts):
            on = _is_subscription(part) if subscriptions else None
            if index == 0 and self.only_first and on is None:
                subscriptions = False
            if on is None or self.change(bytes(part[1:]), on):
                kept.append(part)
                changed = changed or on is not None
        if kept:
            message = kept if len(kept) > 1 else kept[0]
            if changed:
                for pipe in self._up:
                    pipe.put_always(message)  # what it says of topics must not be lost
            else:
                self._send_up(message, self._pipes)

    def _send_up(self, message: Message, pipes: dict[Pipe, None]) -> None:
        for pipe in put_each(message, pipes):
            self.lose(Drop.FULL, pipe=pipe)

    def can_send(self) -> bool:
        return True


def _is_change(item: Item) -> bool:
    return type(item) is Subscription or (type(item) is bytes and _is_subscription(item) is not None)


def _is_subscription(part: Part) -> bool | None:
    """Whether a message takes (True) or gives up (False) a topic; None if it is the application's own."""
    return part[0] == 1 if len(part) and part[0] < 2 else None
