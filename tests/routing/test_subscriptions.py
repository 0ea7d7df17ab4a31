"""Topics by prefix: the tree and its two stores, against the naive way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.pipes.pipe import Pipe
from zmqx.routing.parts import prefixes
from zmqx.routing.parts.subscriptions import Subscribers, TopicCounts
from zmqx.routing.parts.trees import PrefixTree

from ..support.chance import chances

# Few letters: prefixes of each other are the rule.
topics = st.one_of(st.binary(max_size=4), st.text("ab", max_size=6).map(str.encode), st.just(b"ab" * 100))
frames = st.one_of(topics, st.builds(lambda head, tail: head + tail, topics, st.binary(max_size=3)))


@chances(300)
@given(st.lists(st.tuples(st.booleans(), topics), max_size=60), st.lists(frames, max_size=20))
def test_the_tree_is_a_dictionary_that_knows_prefixes(changes: list[tuple[bool, bytes]], tried: list[bytes]) -> None:
    tree = PrefixTree()
    naive: dict[bytes, int] = {}
    for number, (on, topic) in enumerate(changes):
        if on:
            tree.set(topic, number)
            naive[topic] = number
        elif topic in naive:
            tree.remove(topic)
            del naive[topic]
        assert len(tree) == len(naive)
        assert dict(tree.topics()) == naive
    assert [topic for topic, _ in tree.topics()] == sorted(naive)
    for frame in [*tried, *naive]:
        found = [naive[topic] for topic in sorted(naive, key=len) if frame.startswith(topic)]
        assert tree.matches(frame) == found
        assert tree.matches(memoryview(frame)) == found
        assert tree.longest(frame) == tree.longest(memoryview(frame)) == (found[-1] if found else None)
        assert tree.covers(frame) is tree.covers(memoryview(frame)) is bool(found)
        assert tree.get(frame) == naive.get(frame)


def nodes(tree: prefixes.PrefixTree) -> int:
    """How many nodes hang below the root."""
    count, stack = 0, [tree._root]
    while stack:
        children = stack.pop().children.values()
        count += len(children)
        stack += children
    return count


@chances(100)
@given(st.lists(topics, max_size=40), st.randoms(use_true_random=False))
def test_the_tree_grows_with_its_topics_and_shrinks_with_them(asked: list[bytes], chance: object) -> None:
    tree = prefixes.PrefixTree()
    left = set(asked)
    for topic in asked:
        tree.set(topic, 1)
    order = sorted(left)
    chance.shuffle(order)  # type: ignore[attr-defined]
    for topic in order:
        assert nodes(tree) <= 2 * len(left)
        tree.remove(topic)
        left.discard(topic)
    assert nodes(tree) == len(tree) == 0


@chances(200)
@given(
    st.lists(st.tuples(st.sampled_from(["add", "remove", "forget"]), st.integers(0, 3), topics), max_size=60),
    st.lists(frames, max_size=10),
)
def test_a_publisher_keeps_sets_of_peers(changes: list[tuple[str, int, bytes]], tried: list[bytes]) -> None:
    pipes = [Pipe(0, 0) for _ in range(4)]
    store = Subscribers()
    naive: dict[bytes, set[Pipe]] = {}
    for what, number, topic in changes:
        pipe = pipes[number]
        if what == "add":
            assert store.add(topic, pipe) is (topic not in naive)
            naive.setdefault(topic, set()).add(pipe)
        elif what == "remove":
            had = pipe in naive.get(topic, ())
            if had:
                naive[topic].discard(pipe)
            assert store.remove(topic, pipe) is (None if not had else not naive[topic])
        else:
            gone = {name: len(holders) == 1 for name, holders in naive.items() if pipe in holders}
            assert dict(store.forget(pipe)) == gone
            for holders in naive.values():
                holders.discard(pipe)
        naive = {name: holders for name, holders in naive.items() if holders}
        assert len(store) == len(naive)
        # After each change, so that what was noted before it is seen to be wrong, and twice, for what is noted.
        for frame in [*tried, *tried]:
            expected = set().union(*[holders for name, holders in naive.items() if frame.startswith(name)])
            assert set(store.matching(frame)) == expected


def test_the_peers_of_the_same_topics_are_the_same_dictionary() -> None:
    """A cohort is formed of peers that are the same as those of the message before."""
    everything, weather, berlin = [Pipe(0, 0) for _ in range(3)]
    store = Subscribers()
    store.add(b"", everything)
    store.add(b"weather.", weather)
    store.add(b"weather.berlin", berlin)
    found = store.matching(b"weather.berlin: rain")
    assert list(found) == [everything, weather, berlin]
    assert list(store.matching(b"weather.rome: sun")) == [everything, weather]
    assert store.matching(b"weather.berlin: sun") is found
    store.remove(b"weather.", weather)
    assert list(store.matching(b"weather.berlin: sun")) == [everything, berlin]


def test_what_is_noted_of_topics_within_topics_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmqx.routing.parts.subscriptions._NOTED", 10)
    pipes = [Pipe(0, 0) for _ in range(3)]
    store = Subscribers()
    for pipe in pipes:
        store.add(b"", pipe)
    names = [b"%d" % number for number in range(10)]
    for name in names:
        store.add(name, pipes[0])
    for name in names:
        assert list(store.matching(name)) == pipes
        assert sum(len(topic.everybody or ()) for topic in store._noted) <= 10


class Struck(BaseException):
    """What Ctrl-C would raise."""


class StruckTree(prefixes.PrefixTree):
    """A tree at which a signal handler strikes."""

    strike: Callable[[], object] | None = None

    def set(self, topic: bytes, value: object) -> None:
        super().set(topic, value)
        if self.strike is not None:
            self.strike()

    def remove(self, topic: bytes) -> None:
        if self.strike is not None:
            self.strike()
        super().remove(topic)

    def matches(self, frame: Any) -> list[Any]:
        found = super().matches(frame)
        if self.strike is not None:
            self.strike()
        return found


@pytest.mark.parametrize("on", [True, False])
def test_a_signal_handler_may_send_in_the_middle_of_a_change(on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it makes the store note is forgotten with the change."""
    monkeypatch.setattr("zmqx.routing.parts.subscriptions.PrefixTree", StruckTree)
    pipes = [Pipe(0, 0) for _ in range(2)]
    store = Subscribers()
    store.add(b"", pipes[0])
    if not on:
        store.add(b"a", pipes[1])

    def strike() -> None:
        store._tree.strike = None
        store.matching(b"a")
        raise Struck

    store._tree.strike = strike
    with pytest.raises(Struck):
        (store.add if on else store.remove)(b"a", pipes[1])
    # It may be half done; but what is noted is what is in the tree, and a peer that leaves leaves nothing.
    expected: dict[Pipe, None] = {}
    for topic in store._tree.matches(b"a"):
        expected.update(topic.asking)
    assert store.matching(b"a") == expected
    store.forget(pipes[1])
    assert list(store.matching(b"a")) == [pipes[0]]
    assert len(store) == 1


def test_a_signal_handler_may_change_topics_in_the_middle_of_a_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmqx.routing.parts.subscriptions.PrefixTree", StruckTree)
    first, second = Pipe(0, 0), Pipe(0, 0)
    store = Subscribers()
    store.add(b"a", first)
    store.add(b"ab", first)

    def strike() -> None:
        store._tree.strike = None
        store.add(b"", second)

    store._tree.strike = strike
    store.matching(b"abc")
    assert list(store.matching(b"abc")) == [second, first]


@chances(200)
@given(st.lists(st.tuples(st.booleans(), topics), max_size=60), st.lists(frames, max_size=10))
def test_a_subscriber_counts(changes: list[tuple[bool, bytes]], tried: list[bytes]) -> None:
    store = TopicCounts()
    naive: dict[bytes, int] = {}
    for on, topic in changes:
        if on:
            store.add(topic)
            naive[topic] = naive.get(topic, 0) + 1
        else:
            count = naive.pop(topic, 0)
            assert store.remove(topic) is (count == 1)
            if count > 1:
                naive[topic] = count - 1
        assert len(store) == len(naive)
        assert store.has(topic) is (topic in naive)
    assert sorted(naive) == list(store.topics())
    for frame in tried:
        assert store.matches(frame) is any(frame.startswith(topic) for topic in naive)


@pytest.mark.parametrize("length", [1, 1000, 100_000])
def test_long_topics_are_no_deeper_than_short_ones(length: int) -> None:
    tree = prefixes.PrefixTree()
    tree.set(b"x" * length, 1)
    tree.set(b"x" * length + b"y", 2)
    assert nodes(tree) == 2
    assert tree.matches(b"x" * length + b"yz") == [1, 2]
    assert tree.matches(b"x" * (length - 1)) == []
