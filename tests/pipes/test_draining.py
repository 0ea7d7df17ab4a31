"""A signal handler that sends in the middle of a drain: its message is in the queue, or among what was drained."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from zmqx.pipes import ends
from zmqx.pipes import pipe as pipes
from zmqx.pipes.pipe import Pipe

PLACES = (ends.__name__, pipes.__name__)


def interrupted(place: int, call: Callable[[], Any], handle: Callable[[], None]) -> tuple[Any, bool]:
    """Make a call, and have a handler run at its so manieth place; what came out, and whether there were so many."""
    left = place
    ran = False

    def look(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal left, ran
        if frame.f_globals.get("__name__") not in PLACES:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == 0:
                handle()
                ran = True
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        return call(), ran
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("drain", [Pipe.drain_all, lambda pipe: pipe.drain(3)], ids=["all", "some"])
def test_a_handler_that_sends_in_the_middle_of_it_loses_nothing(drain: Callable[[Pipe], list[Any]]) -> None:
    place = 1
    ran = True
    while ran:
        pipe = Pipe(0, 0)
        pipe.outbox.extend([b"1", b"2", b"3"])
        taken, ran = interrupted(place, lambda pipe=pipe: drain(pipe), lambda pipe=pipe: pipe.outbox.append(b"4"))
        assert taken + list(pipe.outbox) == [b"1", b"2", b"3", *([b"4"] if ran else [])], place
        place += 1
    assert place > 3
