"""Putting one message into many pipes: all of it or, where a pipe is full, none of it (RFC 29).

A publisher mostly sends one message after another to the same peers. While that lasts, and as long as
every one of them has room and is going to look at its outbox anyway, they form a *cohort*: what is
sent to it is noted once, and *spilled* into each outbox when anybody looks.

The copies are references. What one receiver does to its message must not reach the others: a face
hands out a list of its own.
"""

from __future__ import annotations

from ...message import Message
from ...pipes.pipe import Pipe

_NOBODY: list[Pipe] = []


def put_each(message: Message, pipes: dict[Pipe, None]) -> list[Pipe]:
    """Queue a message for each of these peers; those that had no room (not to be changed)."""
    full = _NOBODY
    for pipe in pipes:
        if not pipe.put(message):
            if full is _NOBODY:
                full = []
            full.append(pipe)
    return full


def _room(pipe: Pipe) -> int:
    """How many messages may wait to be spilled into a pipe. A peer in our own process reads our very outbox,
    and asks nobody before."""
    return pipe.easy - len(pipe.outbox) if pipe.outbox and pipe.pending and pipe.peer is None else 0


class FanOut:
    """The cohort of one socket."""

    __slots__ = ("_cohort", "_last", "_room", "_shared")

    def __init__(self) -> None:
        self._cohort: dict[Pipe, None] | None = None
        self._shared: list[Message] = []
        self._room = 0  # how many messages may be shared
        self._last: dict[Pipe, None] | None = None  # to whom the last message went

    def put(self, message: Message, pipes: dict[Pipe, None]) -> list[Pipe]:
        """Queue a message for each of these peers; those that had no room (not to be changed).

        ``pipes`` may be changed after a ``spill`` only.
        """
        shared = self._shared
        if pipes is self._cohort and len(shared) < self._room:
            shared.append(message)
            return _NOBODY
        self.spill()
        full = put_each(message, pipes)
        if pipes is self._last and len(pipes) > 1:
            self._form(pipes)
        self._last = pipes
        return full

    def ready(self, pipes: dict[Pipe, None]) -> bool:
        """Whether all of these have room; those that have not will tell when they do."""
        self.spill()
        return all(pipe.has_room() for pipe in pipes)

    def _form(self, pipes: dict[Pipe, None]) -> None:
        room = min([_room(pipe) for pipe in pipes])
        if room > 0:
            self._cohort = pipes
            self._room = room
            for pipe in pipes:
                pipe.spill = self.spill

    def spill(self) -> None:
        """Give every peer what it shares with the others; the cohort is no more."""
        pipes = self._cohort
        if pipes is not None:
            shared, self._shared = self._shared, []
            self._cohort = None
            for pipe in pipes:
                pipe.spill = None
                pipe.outbox.extend(shared)
