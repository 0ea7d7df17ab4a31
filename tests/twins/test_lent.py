"""Messages that were lent to the standby: what it sends is what would have been sent, and is gone when taken back."""

from __future__ import annotations

import gc
import os
import select
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zmqx.message import Subscription
from zmqx.pipes.newest import Newest
from zmqx.wire import frames

from .conftest import compiled
from .looked import PING, PONG, Looked, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no standby")


def on_the_wire(messages: list[Any]) -> bytes:
    return b"".join(map(bytes, frames.encode(messages, lambda change: change.topic))) if messages else b""


def new_queue(*messages: Any) -> Any:
    return compiled("queues").Queue(messages)


def test_what_is_lent_is_sent_and_gone_once_it_is_taken_back(look: Callable[..., Looked]) -> None:
    line = look()
    messages = [b"a", b"", [b"b", b"", b"c"], b"d" * 300, [b"e" * 255, b"f" * 256]]
    queue = new_queue(*messages)
    assert line.duct.lend(queue, True)
    sent = on_the_wire(messages)
    assert line.says(len(sent)) == sent
    assert list(queue) == messages
    assert queue.take_back() == (5, len(sent))
    assert list(queue) == []
    assert queue.take_back() == (0, 0)
    assert line.silent


def test_what_comes_later_is_sent_too(look: Callable[..., Looked]) -> None:
    line = look()
    queue = new_queue(b"a")
    line.duct.lend(queue, True)
    assert line.says(3) == b"\0\x01a"
    for number in range(100):  # more than the queue had slots for
        queue.append(b"%02d" % number)
        assert line.says(4) == b"\0\x02%02d" % number
    assert len(queue) == 101
    assert queue.take_back() == (101, 403)
    queue.append(b"b")
    line.duct.lend(queue, True)
    assert line.says(3) == b"\0\x01b"
    assert queue.take_back() == (1, 3)


@pytest.mark.parametrize("odd", [memoryview(b"b"), [b"b", memoryview(b"c")], Subscription(b"b", True), bytearray(b"b")])
def test_what_may_change_or_is_no_message_waits(look: Callable[..., Looked], odd: Any) -> None:
    line = look()
    queue = new_queue(b"a", odd, b"c")
    line.duct.lend(queue, True)
    other = look()
    for each in (line, other):
        if each is other:
            other.duct.lend(new_queue(b"a"), True)
        assert each.says(3) == b"\0\x01a"
    assert line.silent
    assert queue.take_back() == (1, 3)
    assert list(queue) == [odd, b"c"]


@pytest.mark.parametrize(
    "touch",
    [
        lambda queue: queue.popleft(),
        lambda queue: queue.drain(1)[0],
        lambda queue: queue[0],
        lambda queue: (queue.appendleft(b"b"), queue.popleft())[1],
        lambda queue: (queue.extendleft([b"b"]), queue.popleft())[1],
    ],
    ids=["popleft", "drain", "[0]", "appendleft", "extendleft"],
)
def test_who_takes_something_takes_it_back(look: Callable[..., Looked], touch: Callable[[Any], Any]) -> None:
    line = look()
    queue = new_queue(b"a")
    line.duct.lend(queue, True)
    assert line.says(3) == b"\0\x01a"
    queue.append(odd := memoryview(b"b"))
    assert bytes(touch(queue)) == bytes(odd)
    queue.append(b"c")
    other = look()
    other.duct.lend(new_queue(b"d"), True)
    assert other.says(3) == b"\0\x01d"
    assert line.silent
    assert queue.take_back() == (1, 3)


def test_clearing_takes_it_back(look: Callable[..., Looked]) -> None:
    line = look()
    queue = new_queue(b"a")
    line.duct.lend(queue, True)
    assert line.says(3) == b"\0\x01a"
    queue.clear()
    assert queue.take_back() == (1, 3)
    assert len(queue) == 0


def test_a_queue_that_replaces_and_a_line_without_traffic_are_not_lent(look: Callable[..., Looked]) -> None:
    line = look()
    assert not line.duct.lend(Newest(), True)
    assert not line.duct.lend(None, True)
    assert line.duct.lend(queue := new_queue(), True)
    line.duct.close()
    assert not line.duct.lend(queue, True)
    near, far = socket.socketpair()
    with near, far:
        assert not compiled("calls").Duct(near.fileno()).lend(queue, True)


def test_a_line_that_was_closed_sends_nothing(look: Callable[..., Looked]) -> None:
    line, other = look(), look()
    queue = new_queue(b"a")
    line.duct.lend(queue, True)
    assert line.says(3) == b"\0\x01a"
    line.duct.close()
    queue.append(b"b")
    other.duct.lend(new_queue(b"c"), True)
    assert other.says(3) == b"\0\x01c"
    assert line.silent
    assert queue.take_back() == (1, 3)
    assert list(queue) == [b"b"]


EMPTY, FULL, ODD = 0, 1, 2


def test_a_push_sends_what_is_there_until_the_system_takes_no_more(look: Callable[..., Looked]) -> None:
    line = look()
    messages = [b"a", [b"b", b"c" * 5000, b"d" * 300], b"e" * 70_000]
    queue = new_queue(*messages)
    assert line.duct.push(queue, 1000) == EMPTY
    sent = on_the_wire(messages)
    assert line.says(len(sent)) == sent
    assert len(queue) == 0
    assert queue.tell_sent() == (3, len(sent))
    queue.extend([b"f" * 3_000_000, b"g"])
    assert line.duct.push(queue, 1000) == FULL
    assert len(queue) == 2
    assert line.duct.within
    sent = on_the_wire(list(queue))
    got = b""
    while line.duct.push(queue, 1000) == FULL:
        got += line.far.recv(1_000_000)
    got += line.says(len(sent) - len(got))
    assert got == sent
    assert queue.tell_sent() == (2, len(sent))
    assert line.duct.push(queue, 1000) == EMPTY


@pytest.mark.parametrize("odd", [memoryview(b"b"), [b"b"] * 70_000, [b"b" * 5000] * 600])
def test_a_push_leaves_what_others_have_to_encode(look: Callable[..., Looked], odd: Any) -> None:
    line = look()
    queue = new_queue(b"a", odd, b"c")
    assert line.duct.push(queue, 1000) == ODD
    assert queue.tell_sent() == (1, 3)
    assert list(queue) == [odd, b"c"]
    assert line.says(3) == b"\0\x01a"
    assert line.silent


def test_a_push_that_fails_loses_nothing_but_what_it_began(look: Callable[..., Looked]) -> None:
    line = look()
    queue = new_queue(b"a" * 3_000_000, b"b")
    assert line.duct.push(queue, 1000) == FULL
    line.far.close()
    with pytest.raises(BrokenPipeError):
        line.duct.push(queue, 1000)
    assert queue.tell_sent() == (0, 0)
    assert list(queue) == [b"b"]
    item, begun = queue.take_torn()
    assert 0 < begun < len(item)


def test_what_does_not_gather_is_sent_after_what_the_system_did_not_take(look: Callable[..., Looked]) -> None:
    line = look()
    body = os.urandom(1_000_000)
    assert line.duct.write([body])
    queue = new_queue(b"a", b"b" * 100_000, b"c")
    line.duct.lend(queue, False)
    line.epoll.modify(line.near, select.EPOLLIN | select.EPOLLOUT)
    line.watch.change(line.near.fileno(), 5)
    sent = body + on_the_wire(list(queue))
    assert line.says(len(sent)) == sent
    until(lambda: not line.duct.within, "end")
    assert queue.take_back() == (3, len(sent) - len(body))
    assert queue.take_torn() is None


def test_what_was_sent_in_part_is_told_when_it_is_taken_back(look: Callable[..., Looked]) -> None:
    line = look()
    queue = new_queue(b"a" * 3_000_000, b"b")
    line.duct.lend(queue, True)
    until(lambda: line.duct.within, "start")
    assert queue.take_back() == (0, 0)
    item, begun = queue.take_torn()
    assert queue.take_torn() is None
    assert list(queue) == [b"b"]
    assert line.says(begun) == on_the_wire([item])[:begun]
    line.far.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.far.recv(1)
    line.duct.finish([on_the_wire([item])[begun:]])
    assert not line.duct.within


def test_no_ping_is_answered_within_a_message(look: Callable[..., Looked]) -> None:
    line = look()
    line.duct.lend(queue := new_queue(b"a" * 3_000_000), True)
    until(lambda: line.duct.within, "start")
    line.come(PING)
    assert line.says(3_000_009) == on_the_wire(list(queue))
    until(lambda: not line.duct.within, "end")
    line.receive()
    assert line.duct.answered == 0
    line.decoder.trap = None
    line.receive()
    line.come(PING)
    assert line.says(7) == PONG


def test_what_is_garbage_together_is_left_alone_first() -> None:
    """The collector takes a watch, its lines and their queues apart in an order of its own."""
    for _ in range(50):
        near, far = socket.socketpair()
        with near, far, select.epoll() as epoll:
            near.setblocking(False)
            epoll.register(near, select.EPOLLIN)
            duct = compiled("calls").Duct(near.fileno())
            duct.follow(compiled("frames").Decoder(-1), True, 1000, 1000)
            watch = compiled("watches").Watch(epoll.fileno(), -1)
            watch.lend(near.fileno(), 1, duct)
            queue = new_queue(*[b"a"] * 1000)
            queue.append([queue, duct, watch])
            duct.lend(queue, True)
            assert far.recv(3) == b"\0\x01a"
            del queue, duct, watch
            assert gc.collect() >= 4


messages = st.one_of(
    st.binary(max_size=300),
    st.lists(st.binary(max_size=300), min_size=2, max_size=4),
    st.integers(0, 60_000).map(lambda size: b"x" * size),
)
steps = st.lists(
    st.one_of(
        messages.map(lambda message: ("put", message)),
        st.integers(1, 100_000).map(lambda count: ("read", count)),
        st.sampled_from([("take back", 0), ("take", 0), ("look", 0), ("push", 0)]),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_happens_in_between_everything_is_sent_once_and_in_order(
    look: Callable[..., Looked], steps: list[tuple[str, Any]]
) -> None:
    line = look()
    line.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    line.far.setblocking(False)
    queue = new_queue()
    line.duct.lend(queue, True)
    given_, got = [], bytearray()
    told = [0, 0]

    def write(buffers: list[Any]) -> None:
        while buffers := line.duct.write(buffers):
            read(100_000)

    def read(count: int) -> None:
        try:
            got.extend(line.far.recv(count))
        except BlockingIOError:
            pass

    def settle(taken: list[Any]) -> None:
        sent, size = queue.take_back()
        told[0] += sent
        told[1] += size
        torn, begun = queue.take_torn() or (None, 0)
        taken = taken if torn is None else [torn, *taken]
        write(line.duct.finish([on_the_wire(taken)[begun:]]))
        told[0] += len(taken)
        told[1] += len(on_the_wire(taken))
        line.duct.lend(queue, True)

    for step, value in steps:
        if step == "put":
            given_.append(value)
            queue.append(value)
        elif step == "read":
            read(value)
        elif step == "take back":
            settle([])
        elif step == "take":
            settle(queue.drain(1))
        elif step == "push":
            line.duct.push(queue, 100_000)
        else:
            select.select([line.far], [], [], 0.01)
    settle(queue.drain(len(queue)))
    wanted = on_the_wire(given_)

    def everything() -> bool:
        read(100_000)
        return len(got) >= len(wanted)

    until(everything, "end")
    assert got == wanted
    assert told == [len(given_), len(wanted)]
    line.watch.close()
