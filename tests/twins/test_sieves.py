"""The two halves of a sieve, and of the plain calls that take what it lets through."""

from __future__ import annotations

import asyncio
from collections import deque
from threading import Lock
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.asyncio.plain import PlainCalls
from zmqx.pipes import ends
from zmqx.plain import PlainMessages
from zmqx.routing.parts import prefixes

from .conftest import compiled, queue_type
from .test_threads import COUNT, THREADS, fresh, together


def made(half: str, *topics: bytes, inverted: bool = False) -> Any:
    """A sieve, its tree, and the pipe it leads to."""
    module: Any = ends if half == "python" else compiled("ends")
    tree = prefixes.PrefixTree() if half == "python" else compiled("prefixes").PrefixTree()
    for topic in topics:
        tree.set(topic, 1)
    pipe = module.PipeEnds()
    pipe.inbox, pipe.attention = queue_type(half)(), 1
    ring = deque([pipe])
    sieve = module.Sieve(ring, tree, inverted)
    parts = {"tree": tree, "pipe": pipe, "inbox": pipe.inbox, "ring": ring, "sieve": sieve, "take": sieve.take}
    return SimpleNamespace(module=module, **parts)


@pytest.fixture
def sifted(half: str) -> Any:
    return made(half, b"a", b"bc")


TOPICS = st.lists(st.sampled_from([b"", b"a", b"b", b"ab", b"abc", b"b" * 300]), max_size=3)
FRAMES = st.sampled_from([b"", b"a", b"b", b"c", b"abc", b"abd", b"b" * 301])
ITEMS = st.lists(st.one_of(FRAMES, st.lists(FRAMES, min_size=2, max_size=3)), max_size=12)


@given(topics=TOPICS, items=ITEMS, inverted=st.booleans(), attention=st.integers(0, 3))
def test_both_let_through_the_same(topics: list[bytes], items: list[Any], inverted: bool, attention: int) -> None:
    halves = [made(half, *topics, inverted=inverted) for half in ("python", "compiled")]
    found = []
    for one in halves:
        one.pipe.attention = attention
        one.inbox.extend(items)
        found.append([one.take(), *one.sieve.take_many(3), *one.sieve.take_many(100), list(one.inbox)])
    assert found[0] == found[1]


def test_what_begins_with_a_topic_comes_through(sifted: Any) -> None:
    sifted.inbox.extend([b"a", [b"bcd", b"x"], b"abc", b"b", b"a"])
    assert [sifted.take() for _ in range(3)] == [b"a", [b"bcd", b"x"], b"abc"]
    assert sifted.take() is None
    assert list(sifted.inbox) == [b"b", b"a"]
    sifted.tree.set(b"b", 1)
    assert sifted.sieve.take_many(10) == [b"b"]
    assert list(sifted.inbox) == [b"a"]  # nobody may empty it but the rule


@pytest.mark.parametrize("inverted", [False, True])
def test_inverted_it_lets_through_the_rest(half: str, inverted: bool) -> None:
    one = made(half, b"a", inverted=inverted)
    one.inbox.extend([b"a", b"b", b"a"])
    assert one.take() == (None if inverted else b"a")
    one.tree.remove(b"a")
    assert one.take() == (one.inbox[0] if inverted else None) or inverted


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.sieve.close(),
        lambda one: one.ring.clear(),
        lambda one: setattr(one.pipe, "attention", 3),
        lambda one: one.inbox.drain(2),
        lambda one: one.tree.remove(b"a"),
    ],
    ids=["closed", "none in the ring", "attention", "the last one", "nothing wanted"],
)
def test_everything_else_is_for_the_rule(sifted: Any, change: Any) -> None:
    sifted.inbox.extend([b"a1", b"a2", b"a3"])
    change(sifted)
    left = list(sifted.inbox)
    assert sifted.take() is None
    assert sifted.sieve.take_many(10) == []
    assert list(sifted.inbox) == left


def test_several_have_their_turns(half: str) -> None:
    one = made(half, b"a")
    other, third = one.module.PipeEnds(), one.module.PipeEnds()
    for pipe in (other, third):
        pipe.inbox, pipe.attention = type(one.inbox)(), 0
        one.ring.append(pipe)
    one.inbox.extend([b"a1", b"a2", b"a3"])
    other.inbox.extend([b"a4", b"a5", b"x"])
    third.inbox.extend([[b"a6", b""]] * 5)
    assert one.sieve.take_many(2) == [b"a1", b"a4"]
    assert one.sieve.take_many(9) == [[b"a6", b""], b"a2", b"a5", [b"a6", b""]]
    everything = one.module.Sieve(one.ring, None, False)
    assert everything.take() is None
    one.pipe.attention = 0
    assert everything.take_many(4) == [b"a3", b"x", [b"a6", b""]]
    one.ring.rotate(-2)
    assert everything.take() == [b"a6", b""]
    del one.ring[0], one.ring[0]
    assert everything.take() is None  # for the lane


@pytest.mark.parametrize("item", [[], None, [None], 5])
def test_what_is_no_message_does_not_end_the_process(half: str, item: Any) -> None:
    one = made(half, b"a")
    one.pipe.attention = -1
    assert one.take() is None
    one.inbox.append(item)
    try:
        assert one.take() is None
    except TypeError:
        pass
    assert len(one.inbox) == 1


def test_what_was_never_made_whole_raises() -> None:
    module = compiled("ends")
    assert module.Sieve.__new__(module.Sieve).take() is None
    tree = compiled("prefixes").PrefixTree()
    for ring in ([5], [None], [module.PipeEnds()]):
        with pytest.raises((TypeError, AttributeError)):
            module.Sieve(ring, tree, False).take()
    for args in ((None, tree, False), ([], prefixes.PrefixTree(), False)):
        with pytest.raises(TypeError):
            module.Sieve(*args)
    with pytest.raises(TypeError):
        module.LaneEnd().sieve = 5


# -- what others do in the middle of a look, in the Python half; in the compiled one it has no middle


class Eventful(prefixes.PrefixTree):
    """Something happens as it is asked, once."""

    happens: Any = None

    def longest(self, frame: Any) -> Any:
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return super().longest(frame)


@pytest.fixture
def eventful() -> Any:
    one = made("python")
    one.tree = Eventful()
    one.tree.set(b"a", 1)
    one.sieve = one.module.Sieve(one.ring, one.tree, False)
    one.take = one.sieve.take
    return one


def test_others_may_take_what_was_looked_at(eventful: Any) -> None:
    inbox = eventful.inbox
    inbox.extend([b"a1", b"a2", b"a3", b"x", b"a4"])
    eventful.tree.happens = inbox.popleft
    assert eventful.take() == b"a2"
    eventful.tree.happens = inbox.popleft
    assert eventful.take() is None
    assert list(inbox) == [b"x", b"a4"]
    inbox.popleft()
    inbox.append(b"a5")
    eventful.tree.happens = inbox.clear
    assert eventful.take() is None
    inbox.extend([b"a6", b"a7", b"a8"])

    def take_and_change() -> None:
        inbox.popleft()
        eventful.tree.happens = {}.popitem

    eventful.tree.happens = take_and_change
    assert eventful.take() == b"a7"


def test_topics_may_change_as_they_are_asked(eventful: Any) -> None:
    inbox = eventful.inbox
    inbox.extend([b"a1", b"a2"])
    eventful.tree.happens = {}.popitem  # KeyError, as from a topic that is gone in between
    assert eventful.take() is None

    def change() -> None:
        eventful.sieve.close()
        eventful.tree.set(b"ab", 1)

    eventful.tree.happens = change
    assert eventful.take() is None
    assert list(inbox) == [b"a1", b"a2"]


# -- plain calls


def test_a_plain_recv_takes_what_comes_through(half: str) -> None:
    one = made(half, b"a")
    base: Any = PlainMessages if half == "python" else one.module.MessageFace
    slow = {"_recv": lambda self, *args: "slowly", "_first_of": lambda self, item, copy: ("first of", item)}
    face: Any = type("Face", (base,), slow)()
    face._in = one.module.LaneEnd()
    one.inbox.extend([b"a1", [b"a2", b"x"], b"a3", b"x", b"a4"])
    assert face.recv() == "slowly"
    face._in.sieve = one.sieve
    assert face.recv(copy=False) == face.recv(2) == "slowly"
    assert face.recv() == b"a1"
    assert face.recv(1) == ("first of", [b"a2", b"x"])
    assert face.recv(timeout=5) == b"a3"
    assert face.recv() == "slowly"
    face._in.sieve = None
    one.inbox.popleft()
    one.inbox.append(b"a5")
    assert face.recv() == "slowly"
    assert face._in.sieve is None


def test_a_plain_recv_on_a_loop_takes_what_comes_through(half: str) -> None:
    one = made(half, b"a")
    base: Any = PlainMessages if half == "python" else one.module.MessageFace
    calls: Any = PlainCalls if half == "python" else compiled("loops").LoopCalls
    compiled("loops").learn(asyncio.Future, asyncio.get_running_loop)
    slow = {
        "_enter": lambda self, loop: setattr(self, "_loop", loop),
        "_recv_slowly": lambda self, *args: "slowly",
        "_first_for": lambda self, item, loop: ("first for", item),
    }
    face: Any = type("Face", (calls, base), slow)()
    face._in, face._tasks = one.module.LaneEnd(), one.module.TaskEnds()
    face._in.sieve = one.sieve
    face._loop, face._tells, face._credit, face._receivers = None, False, 3, deque()
    face._tasks.odd = False
    one.inbox.extend([b"a1", [b"a2", b"x"], b"x", b"a3"])

    async def main() -> None:
        assert await face.recv() == b"a1"
        face._tasks.odd = True
        assert face.recv() == "slowly"
        face._tasks.odd = False
        assert await face.recv() == ("first for", [b"a2", b"x"])
        assert face.recv() == "slowly"
        assert face._credit == 1
        one.inbox.popleft()
        one.inbox.append(b"a4")
        face._credit = 0
        assert face.recv() == "slowly"
        face._credit = 1
        assert await face.recv() == b"a3"

    asyncio.run(main())
    assert face._credit == 0


# -- threads


@pytest.mark.parametrize("count", [1, 50])
def test_what_several_take_comes_once_and_nothing_unwanted(half: str, count: int) -> None:
    """While topics beside theirs come and go. What is not wanted is for the rule, which is asked under a guard."""
    one = made(half, b"0", b"1", b"2")
    one.pipe.attention = 0
    lane = one.module.LaneEnd()
    lane.sieve = None
    guard = Lock()
    received: list[list[bytes]] = [[] for _ in range(THREADS)]
    dropped: list[bytes] = []
    total = THREADS * COUNT // 2

    def message(number: int) -> bytes:
        return (b"x" if number % 7 == 0 else b"%d " % (number % 3)) + fresh(number)

    def feed() -> None:
        for number in range(0, total, count):
            one.inbox.extend([message(at) for at in range(number, number + count)])

    def is_done() -> bool:
        return sum(map(len, received)) + len(dropped) == total

    def changes() -> None:
        for turn in range(COUNT):
            topic = (b"0 1", b"1 23", b"2 345", b"x")[turn % 3] * (1 + turn % 2)
            with guard:
                if lane.sieve is not None:
                    lane.sieve.close()
                    lane.sieve = None
                one.tree.set(topic, 1)
                one.tree.remove(topic)
                lane.sieve = one.module.Sieve(one.ring, one.tree, False)

    def receives(into: list[bytes]) -> Any:
        def run() -> None:
            until = monotonic() + 40
            while True:
                sieve = lane.sieve
                item = None if sieve is None else sieve.take()
                if item is None:
                    if is_done():
                        return
                    assert monotonic() < until
                    with guard:
                        item = one.inbox.drain(1)
                    if not item:
                        continue
                    (item,) = item
                    if item[:1] == b"x":
                        dropped.append(item)
                        continue
                into.append(item)

        return run

    together(feed, changes, *[receives(into) for into in received])
    found = sorted(item for into in received for item in into)
    assert [item for item in found if item[:1] == b"x"] == []
    assert sorted([*found, *dropped]) == sorted(map(message, range(total)))
