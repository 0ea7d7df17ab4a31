"""What is lent while something else happens: a write that is not taken, a stream that breaks, Ctrl-C."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from zmqx.constants import SocketType
from zmqx.engine.outflow import Outflow
from zmqx.options import Settings
from zmqx.pipes.pipe import Pipe

from .looked import Looked, until
from .test_lent import new_queue, on_the_wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no standby")


def test_what_is_not_taken_by_the_system_takes_the_queue_with_it(look: Callable[..., Looked]) -> None:
    """Who wrote it may have to wait for the interpreter before he could lend anything."""
    line = look()
    queue = new_queue()
    line.duct.lend(queue, False)
    queue.take_back()
    queue.append(b"a")
    body = os.urandom(1_000_000)
    assert line.duct.write([body])
    line.epoll.modify(line.near, select.EPOLLIN | select.EPOLLOUT)
    line.watch.change(line.near.fileno(), 5)
    assert line.says(1_000_003) == body + b"\0\x01a"
    assert queue.take_back() == (1, 3)


@pytest.mark.parametrize("write", ["write", "write_one"])
def test_what_was_lent_right_before_it_was_struck_is_known_to_be(
    look: Callable[..., Looked], monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    line = look()
    options = Settings(SocketType.PUSH, {})
    stream = SimpleNamespace(duct=line.duct, send=line.duct.send, write=line.duct.write)
    connection = SimpleNamespace(
        encode=lambda items: [on_the_wire(items)], encode_small=lambda item: on_the_wire([item]), output=[]
    )
    flow = Outflow(stream, connection, False, None, options)  # type: ignore[arg-type]  # as far as it looks
    flow.pipe = pipe = Pipe(0, 0)

    class Struck:
        within = False
        moved = 0
        push = line.duct.push

        def lend(self, *what: object) -> None:
            line.duct.lend(*what)
            raise KeyboardInterrupt

    flow._duct = flow._pusher = Struck()
    pipe.outbox.append(b"a")
    with pytest.raises(KeyboardInterrupt):
        flow.lend(True)
    assert line.says(3) == b"\0\x01a"
    assert getattr(flow, write)()
    assert flow.messages_written == 1
    assert line.silent


def test_who_waits_for_the_system_is_waited_for(look: Callable[..., Looked]) -> None:
    """What gathered was taken back, and what was written is more than the line knows: nothing can be done meanwhile."""
    line = look()
    line.duct.lend(queue := new_queue(b"a"), True)
    assert line.says(3) == b"\0\x01a"
    queue.take_back()
    assert line.duct.write([bytes(10_000)] * 1000)
    assert not line.duct.lend(queue, False)
    line.epoll.modify(line.near, select.EPOLLIN | select.EPOLLOUT)
    line.watch.change(line.near.fileno(), 5)

    def looks() -> int:
        return sum(_voluntary_switches(task) for task in os.listdir("/proc/self/task"))

    def asleep() -> bool:
        before = looks()
        select.select([], [], [], 0.2)
        return looks() - before < 50

    until(asleep, "sleep")


def _voluntary_switches(task: str) -> int:
    with open(f"/proc/self/task/{task}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("voluntary"))


def test_what_did_not_leave_of_a_message_is_not_counted(look: Callable[..., Looked]) -> None:
    """A stream that turns out to be broken as the rest is written."""
    line = look()
    stream = SimpleNamespace(duct=line.duct, send=line.duct.send, write=line.duct.write)
    connection = SimpleNamespace(encode=lambda items: [on_the_wire(items)], encode_small=None, output=[])
    flow = Outflow(stream, connection, False, None, Settings(SocketType.PUSH, {}))  # type: ignore[arg-type]
    flow._duct = flow._pusher = line.duct
    flow.pipe = pipe = Pipe(0, 0)
    pipe.outbox.extend([b"a" * 3_000_000, b"b"])
    flow.lend(True)
    until(lambda: line.duct.within, "start")
    got = len(line.far.recv(1000))
    line.watch.close()  # nobody goes on with it
    line.far.close()
    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        flow.write()
    flow.break_off()
    assert got <= flow.bytes_written < 3_000_000
    assert (flow.messages_written, flow.unsent_messages, list(pipe.outbox)) == (0, 1, [b"b"])
