"""Putting one message into many pipes: all of it or, where a pipe is full, none of it (RFC 29)."""

from __future__ import annotations

from ...message import Message
from ...pipes.pipe import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def fan_out(message: Message, pipes: Iterable[Pipe]) -> int:
    """Queue a message for each of these peers; the number of those that had no room.

    The copies are references. What one receiver does to its message must not reach the others: a
    face hands out a list of its own.
    """
    full = 0
    for pipe in pipes:
        outbox = pipe.outbox
        if 0 < len(outbox) < pipe.easy:
            outbox.append(message)
        elif not pipe.put(message):
            full += 1
    return full
