"""Which half of the ends of a pipe runs: compiled where it was built, else Python."""

from __future__ import annotations

import sys
from collections import deque

from .._accel import accelerated, half
from . import ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..message import Item
    from .ends import LaneEnd as LaneEnd
    from .ends import PipeEnds as PipeEnds
    from .ends import Queue as Queue
    from .ends import Sieve as Sieve
    from .ends import TaskEnds as TaskEnds
    from .ends import TurnEnds as TurnEnds

    new_queue = Queue
else:
    Queue = half("queues", "Queue", ends.Queue)
    PipeEnds = half("ends", "PipeEnds", ends.PipeEnds)
    Sieve = half("ends", "Sieve", ends.Sieve)
    LaneEnd = half("ends", "LaneEnd", ends.LaneEnd)
    TaskEnds = half("ends", "TaskEnds", ends.TaskEnds)
    TurnEnds = half("ends", "TurnEnds", ends.TurnEnds)
    # CPython calls the methods of a deque itself twice as fast as those of a subclass; without the interpreter lock it
    # takes one that bears being looked through while others change it.
    new_queue = half("queues", "Queue", deque if getattr(sys, "_is_gil_enabled", lambda: True)() else ends.Queue)


def drain(queue: Queue, most: int) -> list[Item]:
    """Take up to ``most`` from the left."""
    return ends.drain(queue, most) if type(queue) is deque else queue.drain(most)


def pour(queue: Queue, others: Sequence[Queue]) -> None:
    """Move everything to the end of each of these, and let no signal strike in the middle of it."""
    if accelerated:
        queue.pour(list(others))
    else:
        ends.pour(queue, others)


def share(queue: Queue, others: Sequence[Queue]) -> None:
    """What will be in ``queue`` is going to be poured into these: whoever sends theirs without the interpreter may send
    that behind it."""
    if accelerated:
        queue.share(list(others))  # type: ignore[attr-defined]  # in Python nobody does
