"""RADIO: to every peer that joined the message's group; a full one misses it (RFC 48)."""

from __future__ import annotations

from ..accounts import Drop
from ..constants import Overflow, SocketOption, SocketType
from ..errors import EMSGSIZE, zmq_error
from ..message import DATAGRAM_LIMIT, Labelled, Subscription
from .parts.fan_out import FanOut
from .parts.groups import Members
from .parts.overflow import CHOOSING
from .parts.singles import several
from .single import SingleSending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message
    from ..pipes.pipe import Pipe


class Radio(SingleSending):
    socket_type = SocketType.RADIO
    sends = True
    copies = True
    overflows = CHOOSING
    default_overflow = Overflow.DROP_NEWEST
    wait_option = SocketOption.XPUB_NODROP
    labelled = True

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._members = Members()
        self._unasked: dict[Pipe, None] = {}  # they get every message
        self._fan_out = FanOut()

    # -- pipes

    def attach(self, pipe: Pipe) -> None:
        if pipe.unasked:
            self._unasked[pipe] = None

    def detach(self, pipe: Pipe) -> None:
        self._fan_out.spill()
        self._unasked.pop(pipe, None)
        self._members.forget(pipe)

    def disconnected(self, pipe: Pipe) -> None:
        # The next peer at this endpoint joins anew.
        self._fan_out.spill()
        self._members.forget(pipe)

    def readable(self, pipe: Pipe) -> None:
        inbox = pipe.inbox
        while True:
            while inbox:
                item = inbox.popleft()
                if type(item) is not Subscription:
                    self.lose(Drop.UNWANTED, pipe=pipe)
                elif not pipe.ended:
                    self._fan_out.spill()
                    self._members.change(pipe, item.topic, item.on)
            if pipe.stalled:
                pipe.eased()
            if pipe.sleep():
                return

    def subscribers(self, topic: bytes) -> int:
        """How many peers joined this very group."""
        return len(self._members.of(topic))

    # -- messages

    def try_send(self, message: Message | Labelled) -> bool:
        if type(message) is list:
            raise several(self.socket_type)
        labelled = message if type(message) is Labelled else Labelled(message)  # type: ignore[arg-type]  # one frame
        pipes = self._members.of(labelled.group)
        if self._unasked:
            size = 1 + len(labelled.group) + len(labelled.part)
            if size > DATAGRAM_LIMIT:
                raise zmq_error(EMSGSIZE, f"{size} bytes do not fit into a datagram of {DATAGRAM_LIMIT}")
            pipes = {**pipes, **self._unasked}
        if self.all_or_nothing and not self._fan_out.ready(pipes):
            return self._wait_or_fail()
        content: Message = [labelled.group, labelled.part]
        for pipe in self._fan_out.put(content, pipes):
            self._overflow(content, pipe)
        return True

    def can_send(self) -> bool:
        return True
