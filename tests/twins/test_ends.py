"""The two halves of the ends of a pipe: queue, fields, lane, and the plain calls of the blocking face."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx import plain
from zmqx.constants import DONTWAIT
from zmqx.pipes import ends
from zmqx.plain import PlainMessages

from .conftest import compiled, queue_type

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers()),
        st.tuples(st.just("appendleft"), st.integers()),
        st.tuples(st.just("extend"), st.lists(st.integers(), max_size=40)),
        st.tuples(st.just("extend"), st.lists(st.integers(), max_size=5).map(tuple)),
        st.tuples(st.just("extendleft"), st.lists(st.integers(), max_size=20)),
        st.tuples(st.just("popleft"), st.none()),
        st.tuples(st.just("drain"), st.integers(0, 60)),
        st.tuples(st.just("clear"), st.none()),
    ),
    max_size=60,
)


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    try:
        return call(*args)
    except IndexError:
        return IndexError


@given(operations=OPERATIONS, maxlen=st.sampled_from([None, 1]))
def test_a_queue_does_the_same_in_both_halves(operations: list[tuple[str, Any]], maxlen: int | None) -> None:
    halves = [ends.Queue(maxlen=maxlen), compiled("queues").Queue(maxlen=maxlen)]
    for name, argument in operations:
        args = () if argument is None else (argument,)
        results = [outcome(getattr(queue, name), *args) for queue in halves]
        assert results[0] == results[1]
        assert list(halves[0]) == list(halves[1])
        assert [len(queue) for queue in halves] == [len(halves[0])] * 2
        assert bool(halves[0]) is bool(halves[1])
        for place in (0, -1, 5):
            assert outcome(halves[0].__getitem__, place) == outcome(halves[1].__getitem__, place)
    assert halves[1].maxlen == halves[0].maxlen == maxlen


def test_a_long_queue_comes_out_in_order_and_gives_its_memory_back() -> None:
    queue = compiled("queues").Queue()
    small = queue.__sizeof__()
    for lap in range(3):
        queue.extend(list(range(100_000)))
        assert queue.drain(40_000) == list(range(40_000))
        queue.extend(list(range(100_000, 120_000)))
        assert [queue.popleft() for _ in range(len(queue))] == list(range(40_000, 120_000)), lap
    assert queue.__sizeof__() == small
    with pytest.raises(IndexError):
        queue.popleft()


class Thing:
    """Something that can be seen to go."""

    queue: Any = None


def test_a_queue_holds_what_is_in_it_and_nothing_else() -> None:
    queue = compiled("queues").Queue()
    things = [Thing() for _ in range(50)]
    seen = [weakref.ref(thing) for thing in things]
    queue.extend(things)
    things.clear()
    assert all(ref() is not None for ref in seen)
    for _ in range(25):
        queue.popleft()
    assert [ref() is None for ref in seen] == [True] * 25 + [False] * 25
    queue.clear()
    assert all(ref() is None for ref in seen)


def test_a_ring_of_references_through_a_queue_is_collected() -> None:
    queue = compiled("queues").Queue()
    thing = Thing()
    thing.queue = queue
    queue.append(thing)
    seen = weakref.ref(thing)
    del queue, thing
    gc.collect()
    assert seen() is None


def test_only_one_or_any_number_can_be_kept() -> None:
    with pytest.raises(ValueError, match="one message"):
        compiled("queues").Queue(maxlen=2)


# -- plain calls


class Slow:
    """What the rest of a face does, noted."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def _wake(self, pipe: Any) -> None:
        self.calls.append(("wake", pipe))

    def _send(self, *args: Any) -> str:
        self.calls.append(("send", *args))
        return "sent slowly"

    def _recv(self, *args: Any) -> str:
        self.calls.append(("recv", *args))
        return "received slowly"

    def _first_of(self, item: Any, copy: bool) -> tuple[str, Any, bool]:
        return ("first of", item, copy)


@pytest.fixture
def face(half: str) -> Any:
    module = ends if half == "python" else compiled("ends")
    base: Any = PlainMessages if half == "python" else module.MessageFace
    made = type("Face", (Slow, base), {})()
    pipe = module.PipeEnds()
    pipe.outbox = queue_type(half)()
    pipe.inbox = queue_type(half)()
    pipe.easy = 2
    pipe.attention = 1
    pipe.pending = False
    made._out = module.LaneEnd()
    made._in = module.LaneEnd()
    made._out.only = made._in.only = pipe
    made.pipe = pipe
    return made


def test_a_plain_send_is_an_append_while_that_is_easy(face: Any) -> None:
    assert face.send(b"one") is None
    face.pipe.pending = True
    assert face.send(b"two") is None
    assert list(face.pipe.outbox) == [b"one", b"two"]
    assert face.calls == [("wake", face.pipe)]
    assert face.send(b"three") == "sent slowly"
    assert list(face.pipe.outbox) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((bytearray(b"x"),), {}),
        ((b"x", 1), {}),
        ((b"x", 2), {}),
        ((b"x",), {"track": True}),
        (("text",), {}),
    ],
)
def test_everything_else_is_sent_slowly(face: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    assert face.send(*args, **kwargs) == "sent slowly"
    assert not face.pipe.outbox
    full = {"flags": 0, "copy": True, "track": False, "routing_id": None, "group": None, "timeout": None} | kwargs
    full |= dict(zip(["data", *full], args))
    order = ("data", "flags", "copy", "track", "routing_id", "group", "timeout")
    assert face.calls == [("send", *[full[name] for name in order])]


def test_a_closed_lane_is_not_taken(face: Any) -> None:
    face._out.only = face._in.only = None
    assert face.send(b"x") == "sent slowly"
    assert face.recv() == "received slowly"


def test_a_plain_recv_is_a_pop_while_nobody_need_be_told(face: Any) -> None:
    face.pipe.inbox.extend([b"one", [b"two", b"three"], b"last"])
    assert face.recv() == b"one"
    assert face.recv() == ("first of", [b"two", b"three"], True)
    assert face.recv() == "received slowly"
    assert face.calls == [("recv", 0, True, False, None)]
    assert list(face.pipe.inbox) == [b"last"]


@pytest.mark.parametrize("flags", [1, DONTWAIT])
def test_who_does_not_want_to_wait_takes_the_lane_as_well(face: Any, flags: int) -> None:
    face.pipe.inbox.extend([b"one", b"two"])
    assert face.recv(flags) == b"one"
    assert face.recv(flags) == "received slowly"
    assert face.calls == [("recv", flags, True, False, None)]


@pytest.mark.parametrize("kwargs", [{"copy": False}, {"flags": 2}, {"flags": 3}])
def test_everything_else_is_received_slowly(face: Any, kwargs: dict[str, Any]) -> None:
    face.pipe.inbox.extend([b"one", b"two", b"three"])
    assert face.recv(**kwargs) == "received slowly"
    assert len(face.pipe.inbox) == 3


@pytest.mark.parametrize("count", [0, 1, 16, 17, 100])
def test_what_is_poured_ends_up_in_each(half: str, count: int) -> None:
    new: Any = queue_type(half)
    queue, others = new(range(count)), [new("a"), new(), new("b" * 20)]
    queue.pour(others)
    assert [list(other) for other in others] == [["a", *range(count)], [*range(count)], ["b"] * 20 + [*range(count)]]
    assert not queue
    queue.append("x")
    queue.pour([])
    assert list(queue) == []


@pytest.mark.parametrize("messages", [[], [b""], [b"a", b"b"], [b"a", bytearray(b"b")], [[b"a"]], [None, b"a"], ["a"]])
def test_both_halves_know_plain_messages(messages: list[Any]) -> None:
    assert compiled("ends").are_plain(messages) == plain.are_plain(messages) == all(type(m) is bytes for m in messages)
