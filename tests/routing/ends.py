"""The other ends of pipes: what a session does with one, without a session."""

from __future__ import annotations

from zmqx.message import Item
from zmqx.pipes.notices import Notices
from zmqx.pipes.pipe import Pipe
from zmqx.routing.base import Routing


class Far:
    """One peer of a routing."""

    def __init__(
        self,
        routing: Routing,
        routing_id: bytes = b"",
        *,
        send_mark: int = 0,
        receive_mark: int = 0,
        local: bool = False,
        peer_id: bytes = b"",
        connected: bool = True,
        gathers: bool = False,
        notices: Notices | None = None,
    ) -> None:
        """``gathers``: woken, it promises to look at the outbox later, and does so when asked (``out``)."""
        self.routing = routing
        self.refusals: list[str] = []
        self.pipe = Pipe(send_mark, receive_mark, local=local)
        self.pipe.peer_id = peer_id
        self.pipe.notices = notices
        self.pipe.refuse = self.refusals.append
        if gathers:
            self.pipe.wake = self._promise
        routing.attach(self.pipe)
        if connected:
            routing.connected(self.pipe, routing_id)

    def _promise(self) -> None:
        self.pipe.pending = True

    def deliver(self, *items: Item) -> None:
        """Messages arrive."""
        self.pipe.inbox.extend(items)
        if self.pipe.asleep:
            self.pipe.asleep = False
            self.routing.readable(self.pipe)

    def out(self, most: int = 10_000) -> list[Item]:
        """Take what is on its way to this peer."""
        pipe = self.pipe
        if pipe.spill is not None:
            pipe.spill()
        pipe.pending = False
        items = pipe.drain(most)
        if pipe.blocked and pipe.unblocks():
            self.routing.writable(pipe)
        return items

    def leave(self) -> None:
        """The peer is gone for good."""
        self.routing.left(self.pipe)
        self.pipe.end()
        self.routing.detach(self.pipe)

    def break_off(self) -> None:
        """The connection is lost; we dialed, and will again."""
        self.routing.disconnected(self.pipe)

    def come_back(self, routing_id: bytes = b"") -> None:
        self.routing.connected(self.pipe, routing_id)


def received(routing: Routing) -> list[object]:
    """Everything there is to receive."""
    found: list[object] = []
    while (message := routing.try_recv()) is not None:
        found.append(message)
        assert len(found) < 100_000
    return found
