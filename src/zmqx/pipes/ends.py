"""The ends of a pipe that the hot paths touch: its queues, its numbers, and the lane that leads to it.

This is the Python half, and says what each field is for in ``pipes.pipe``; ``halves`` chooses.
"""

from __future__ import annotations

from collections import deque
from itertools import chain, repeat, starmap
from operator import methodcaller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Protocol

    from ..message import Item, Message, Part

    class Covering(Protocol):
        """A tree of topics."""

        def longest(self, frame: Part) -> Any: ...

    _Deque = deque[Item]
else:
    _Deque = deque  # generic for type checkers only


# Looks at a whole queue that others change all the while, before one that is not of one moment.
_TRIES = 100


class Queue(_Deque):
    """Messages in order. Appending and taking from the left are atomic; ``maxlen`` 1 keeps the newest only."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Item]:
        """What is there now, whatever others do meanwhile."""
        # In one call, and so in one moment under the interpreter lock. Without it the call finds that others came.
        for _ in range(_TRIES):
            try:
                return iter(list(super().__iter__()))
            except RuntimeError:
                pass
        found: list[Item] = []
        try:
            found.extend(map(self.__getitem__, range(len(self))))
        except IndexError:
            pass  # they took: what is left was moved up, and this is about right
        return iter(found)

    def drain(self, most: int) -> list[Item]:
        """Take up to ``most`` from the left."""
        return drain(self, most)

    def pour(self, others: list[Queue]) -> None:
        """Move everything to the end of each of these, and let no signal strike in the middle of it."""
        pour(self, others)


def drain(queue: deque[Item], most: int) -> list[Item]:
    """Take up to ``most`` from the left."""
    # One by one: somebody may be appending meanwhile. In one call: no signal handler comes in between.
    taken: list[Item] = []
    try:
        taken.extend(starmap(queue.popleft, repeat((), min(most, len(queue)))))
    except IndexError:
        pass  # without the interpreter lock others may take meanwhile; what we have, we keep
    return taken


def pour(queue: deque[Item], others: Sequence[deque[Item]]) -> None:
    """Move everything to the end of each of these, and let no signal strike in the middle of it."""
    shared = list(queue)
    moving = map(methodcaller("extend", shared), others)
    taking = starmap(queue.popleft, repeat((), len(shared)))
    # The one call, which uses up both.
    deque(chain(moving, taking), 0)


class PipeEnds:
    """The hot fields of a pipe."""

    __slots__ = (
        "active",
        "asleep",
        "attention",
        "batch",
        "blocked",
        "easy",
        "ended",
        "inbox",
        "outbox",
        "pending",
        "receive_limit",
        "receive_low",
        "refuse",
        "resume",
        "send_limit",
        "send_low",
        "stalled",
        "wake",
        "writable",
    )

    if TYPE_CHECKING:
        inbox: Queue
        outbox: Queue
        easy: int
        attention: int
        batch: int
        send_limit: int
        send_low: int
        receive_limit: int
        receive_low: int
        pending: bool
        asleep: bool
        ended: bool
        stalled: bool
        blocked: bool
        active: bool
        writable: bool
        wake: Callable[[], None]
        resume: Callable[[], None]
        refuse: Callable[[str], None]


class Sieve:
    """A way past a ring of pipes, each in turn, for messages that are wanted: those that begin with a topic of a tree,
    or, ``inverted``, those that do not. What is not wanted stays where it is, for the rule to see to. Without a tree
    everything is, and a ring of one is for the lane."""

    __slots__ = ("_inverted", "_longest", "_open", "_ring")

    def __init__(self, ring: deque[Any], tree: Covering | None, inverted: bool) -> None:
        self._ring = ring
        self._longest: Any = None if tree is None else tree.longest
        self._inverted = inverted
        self._open = True

    def close(self) -> None:
        """Let nothing through any more: to be called before the tree changes."""
        self._open = False

    def take(self) -> Item | None:
        """The next message, if nobody need be asked and it is wanted; else None. To be called without the guard."""
        ring = self._ring
        longest = self._longest
        item: Any = None
        try:
            pipe: PipeEnds = ring[0]
            inbox = pipe.inbox
            if len(inbox) <= pipe.attention:
                return None
            several = len(ring) > 1
            if longest is not None:
                item = inbox[0]
                found = longest(item[0] if type(item) is list else item)
                # A tree that changes as it is asked answers what it likes, or not at all.
                if (found is None) is not self._inverted:
                    return None
            elif not several:
                return None
            if not self._open:
                return None
            if several:
                ring.rotate(-1)  # before the message is in our hands alone: Ctrl-C may strike here
            taken = inbox.popleft()
        except (IndexError, KeyError):
            return None
        if taken is not item and longest is not None and not self._wants(taken):
            inbox.appendleft(taken)  # others were faster, and left this one behind: for the rule, too
            return None
        return taken

    def take_many(self, most: int) -> list[Item]:
        """Up to so many of these."""
        taken: list[Item] = []
        while len(taken) < most and (item := self.take()) is not None:
            taken.append(item)
        return taken

    def _wants(self, item: Any) -> bool:
        while True:
            try:
                return (self._longest(item[0] if type(item) is list else item) is None) is self._inverted
            except KeyError:
                pass  # the topic it began with is gone: without it, then


class TurnEnds:
    """Whose turn it is in a dialogue of requests and replies, of one who asks or one who answers."""

    __slots__ = (
        "asks",
        "awaiting",
        "correlate",
        "envelope",
        "found",
        "limit",
        "partner",
        "relaxed",
        "shortcut",
        "spin",
        "straight",
    )

    if TYPE_CHECKING:
        asks: bool
        awaiting: bool  # it asks, and has no reply yet
        partner: PipeEnds | None  # who was asked, or who asks
        found: Message | None  # a reply or a request that was taken from its pipe, and not received yet
        envelope: list[Part]  # the way back to who asks
        correlate: int  # requests have numbers
        relaxed: int  # whoever asks may ask again before there is a reply
        limit: int  # ms that a receive waits; -1: without end
        spin: int  # us that it looks before it sleeps
        straight: bool  # nobody listens in on what is sent and received
        shortcut: Any  # the short way to the only peer, while there is one; the Python half has none


class LaneEnd:
    """``only`` is the one pipe that a lane leads to, or None; ``sieve`` a way for when that is none."""

    __slots__ = ("only", "sieve")

    def __init__(self) -> None:
        self.only: PipeEnds | None = None
        self.sieve: Sieve | None = None


class TaskEnds:
    """What tasks are in the middle of. ``odd``: a call has to look, and no lane is good."""

    __slots__ = ("odd",)

    if TYPE_CHECKING:
        odd: bool
