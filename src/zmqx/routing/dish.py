"""DISH: from each peer in turn, the messages of the groups it joined (RFC 48).

A RADIO sends what was asked for, and we look again: datagrams come unasked, and so does what was on its way
when a group was left.
"""

from __future__ import annotations

from ..constants import SocketType
from ..errors import EINVAL, ProtocolError, zmq_error
from ..message import GROUP_LIMIT, Labelled, Subscription
from .base import Taking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..message import Item
    from ..pipes.pipe import Pipe


def _check(item: Item) -> None:
    """Raise ProtocolError for anything but a group and a body."""
    if type(item) is not list or len(item) != 2 or len(item[0]) > GROUP_LIMIT:
        raise ProtocolError("a message to a DISH is a group and one frame", ProtocolError.MALFORMED_MESSAGE)


class Dish(Taking):
    socket_type = SocketType.DISH
    labelled = True
    check_message = staticmethod(_check)

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._groups: dict[bytes, None] = {}
        self._up: dict[Pipe, None] = {}  # those with a connection: they know our groups
        self._found: Labelled | None = None  # by can_recv, not yet received

    # -- pipes

    def connected(self, pipe: Pipe, routing_id: bytes) -> None:
        if pipe.unasked:
            return
        self._up[pipe] = None
        if self._groups:
            pipe.outbox.extend([Subscription(group, True) for group in self._groups])
            pipe.wake()

    def disconnected(self, pipe: Pipe) -> None:
        self._up.pop(pipe, None)
        pipe.outbox.clear()  # the next RADIO is told all groups anew

    def detach(self, pipe: Pipe) -> None:
        super().detach(pipe)
        self._up.pop(pipe, None)

    # -- groups

    def set_group(self, group: bytes, on: bool) -> None:
        if (group in self._groups) == on:
            raise zmq_error(EINVAL, f"this DISH {'is in' if on else 'is not in'} the group {group!r}")
        if on:
            self._groups[group] = None
        else:
            del self._groups[group]
        for pipe in self._up:
            pipe.put_always(Subscription(group, on))

    # -- messages

    def try_recv(self) -> Any:
        found = self._found
        if found is not None:
            self._found = None
            return found
        while (item := self._in.take()) is not None:
            group, body = item  # type: ignore[misc]  # as checked
            if group in self._groups:
                return Labelled(body, group=bytes(group))  # type: ignore[arg-type]  # likewise
            self.filtered += 1
        return None

    def _held(self) -> list[Item]:
        return [] if self._found is None else [self._found.part]

    def can_send(self) -> bool:
        return True  # groups can be joined at any time, says libzmq

    def can_recv(self) -> bool:
        if self._found is None:
            self._found = self.try_recv()
        return self._found is not None
