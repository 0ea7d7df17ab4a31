"""What several queues share and the standby sends: each of their peers gets it once, and in order."""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .looked import Looked, until
from .test_lent import messages, new_queue, on_the_wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no standby")


def test_what_several_share_is_sent_to_each_and_poured_once(look: Callable[..., Looked]) -> None:
    lines = [look() for _ in range(3)]
    queues = [new_queue(b"own%d" % number) for number in range(3)]
    shared = new_queue()
    for line, queue in zip(lines, queues, strict=True):
        line.duct.lend(queue, True)
    shared.share(queues)
    for number in range(50):
        shared.append(b"%02d" % number)
    wanted = on_the_wire([b"%02d" % number for number in range(50)])
    for number, line in enumerate(lines[:2]):
        assert line.says(6 + len(wanted)) == b"\0\x04own%d" % number + wanted
    queues[2].take_back()
    assert len(shared) == 50
    shared.pour(queues)
    assert list(shared) == []
    assert [queue.tell_sent() for queue in queues[:2]] == [(50, 200)] * 2
    assert [queue.take_back() for queue in queues[:2]] == [(1, 6)] * 2
    assert list(queues[0]) == list(queues[1]) == []
    # The third was taken back at some moment: what had not been sent by then waits, in order.
    left = list(queues[2])
    lines[2].duct.write([on_the_wire(left)])
    assert lines[2].says(6 + len(wanted)) == b"\0\x04own2" + wanted


def test_once_poured_nothing_is_shared(look: Callable[..., Looked]) -> None:
    line, other = look(), look()
    queue, shared = new_queue(b"a"), new_queue()
    line.duct.lend(queue, True)
    shared.share([queue])
    shared.append(b"b")
    assert line.says(6) == b"\0\x01a\0\x01b"
    shared.pour([queue])
    shared.append(b"late")
    other.duct.lend(new_queue(b"x"), True)
    assert other.says(3) == b"\0\x01x"
    assert line.silent
    assert list(shared) == [b"late"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(messages, st.sampled_from(["pour", "share", "take back", "look"])), max_size=60))
def test_everybody_gets_what_is_shared_once_and_in_order(look: Callable[..., Looked], steps: list[Any]) -> None:
    lines = [look(), look()]
    queues = [new_queue(), new_queue()]
    shared = new_queue()
    got = [bytearray(), bytearray()]
    wanted: list[Any] = []
    sharing = False
    told = [0, 0]

    def read() -> None:
        for line, data in zip(lines, got, strict=True):
            try:
                data.extend(line.far.recv(1_000_000))
            except BlockingIOError:
                pass

    def pour() -> None:
        shared.pour(queues)

    def settle() -> None:
        for number, (line, queue) in enumerate(zip(lines, queues, strict=True)):
            told[number] += queue.take_back()[0]
            taken = queue.drain(len(queue))
            torn, begun = queue.take_torn() or (None, 0)
            taken = taken if torn is None else [torn, *taken]
            told[number] += len(taken)
            rest = line.duct.finish([on_the_wire(taken)[begun:]])
            while rest := line.duct.write(rest):
                read()
            line.duct.lend(queue, True)

    for line, queue in zip(lines, queues, strict=True):
        line.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        line.far.setblocking(False)
        line.duct.lend(queue, True)
    for step in steps:
        read()
        if step == "share":
            if not sharing:
                shared.share(queues)
            sharing = True
        elif step == "pour":
            pour()
            sharing = False
        elif step == "take back":
            pour()
            sharing = False
            settle()
        elif step == "look":
            select.select([line.far for line in lines], [], [], 0.01)
        else:
            wanted.append(step)
            if sharing:
                shared.append(step)
            else:
                for queue in queues:
                    queue.append(step)
    pour()
    settle()
    whole = on_the_wire(wanted)

    def everything() -> bool:
        read()
        return all(len(data) >= len(whole) for data in got)

    until(everything, "end")
    assert got == [whole, whole]
    assert told == [len(wanted)] * 2
    for line in lines:
        line.watch.close()
