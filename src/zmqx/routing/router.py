"""ROUTER: by routing id out, from each peer in turn in, the sender's id in front (RFC 28)."""

from __future__ import annotations

from ..accounts import Drop
from ..constants import POLLOUT, Overflow, SocketOption, SocketType
from .addressed import Addressed
from .parts.announcing import announce_arrival, greet
from .parts.overflow import CHOOSING
from .parts.pairs import nobody, put_pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message, Part
    from ..pipes.pipe import Pipe


class Router(Addressed):
    socket_type = SocketType.ROUTER
    overflows = CHOOSING
    default_overflow = Overflow.DROP_NEWEST
    wait_option = SocketOption.ROUTER_MANDATORY
    options = {
        SocketOption.ROUTER_MANDATORY: "mandatory",
        SocketOption.ROUTER_HANDOVER: "handover",
        SocketOption.PROBE_ROUTER: "probe",
        SocketOption.ROUTER_RAW: "raw",
    }

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.mandatory = 0
        self.handover = 0
        self.probe = 0
        self.raw = 0

    # -- pipes

    def attach(self, pipe: Pipe) -> None:
        if pipe.peer_id:
            # Named by CONNECT_ROUTING_ID: it can be addressed before it is there.
            pipe.named = True
            self._peers.name(pipe, pipe.peer_id)

    def connected(self, pipe: Pipe, routing_id: bytes) -> None:
        if not self._identify(pipe, routing_id):
            return
        greet(pipe, self.probe)
        announce_arrival(pipe, self.readable)

    def _identify(self, pipe: Pipe, routing_id: bytes) -> bool:
        if pipe.named:
            routing_id = pipe.peer_id
        if self._peers.find(pipe.peer_id) is pipe and (not routing_id or routing_id == pipe.peer_id):
            return True  # named by us, or back under the same name, which nobody took meanwhile
        owner = self._peers.find(routing_id)
        if owner is not None:
            if not self.handover:
                pipe.refuse(f"another peer has the routing id {routing_id!r}")
                return False
            self._peers.forget(owner)
            self._in.discard(owner)
            # If we dialed it, it may come back.
            while not owner.sleep():
                self.lose(Drop.UNREAD, len(owner.inbox), owner)
                owner.inbox.clear()
            owner.refuse(f"another peer took over the routing id {routing_id!r}")
        self._peers.forget(pipe)
        self._peers.name(pipe, routing_id)
        return True

    # -- messages

    def begin(self, first: Part) -> bool:
        pipe = self._find(first) if self.mandatory else self._peers.find(bytes(first))
        return pipe is None or not self.all_or_nothing or pipe.has_room() or self._wait_or_fail()

    def try_send(self, message: Message) -> bool:
        if self.raw:
            wait = self._wait_or_fail if self.all_or_nothing else None
            return put_pairs(message, self._peers, self.lose, wait, self._overflow, strict=bool(self.mandatory))
        if type(message) is not list or len(message) < 2:
            # An id alone addresses nothing; libzmq swallows it as well.
            self.lose(Drop.MALFORMED)
            return True
        pipe = self._peers.find(bytes(message[0]))
        body: Message = message[1] if len(message) == 2 else message[1:]
        if pipe is not None:
            return pipe.put(body) or self._overflow(body, pipe)
        if self.mandatory:
            raise nobody(message[0])
        self.lose(Drop.UNROUTABLE)
        return True

    def can_send(self) -> bool:
        return not (self.mandatory and self.all_or_nothing) or any(pipe.has_room() for pipe in self._peers.values())

    def peer_state(self, routing_id: bytes) -> int:
        return POLLOUT if self._find(routing_id).has_room() else 0
