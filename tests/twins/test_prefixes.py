"""The two halves of the tree of topics: the same answers to the same questions, and the same refusals."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.routing.parts import prefixes

from ..support.chance import chances
from .conftest import compiled


def both() -> tuple[Any, Any]:
    return prefixes.PrefixTree(), compiled("prefixes").PrefixTree()


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    try:
        return call(*args)
    except (TypeError, KeyError, ValueError, AttributeError, BufferError) as error:
        return type(error)


def questions(frame: bytes, trees: tuple[Any, Any]) -> None:
    """Whatever one can ask of a frame."""
    for lent in (frame, memoryview(frame), memoryview(frame + b"?")[: len(frame)], memoryview(frame[::-1])[::-1]):
        for name in ("longest", "covers", "matches"):
            asked = [outcome(getattr(tree, name), lent) for tree in trees]
            assert asked[0] == asked[1]
            assert type(asked[0]) is type(asked[1])
    assert trees[0].get(frame) == trees[1].get(frame)


# Few letters and few lengths, or many; prefixes of each other; every byte there is; longer than any short cut.
SHORT = st.one_of(st.binary(max_size=3), st.text("ab", max_size=8).map(str.encode), st.binary(min_size=2, max_size=2))
LONG = st.builds(lambda count, end: b"a" * count + end, st.integers(100, 400), SHORT)
TOPICS = st.one_of(SHORT, LONG)
FRAMES = st.builds(lambda topic, rest: topic + rest, TOPICS, st.binary(max_size=5))
CHANGES = st.lists(st.tuples(st.sampled_from(["set", "set", "remove"]), TOPICS, st.integers(1, 9)), max_size=80)


@chances(400)
@given(changes=CHANGES, frames=st.lists(FRAMES, max_size=10))
def test_the_halves_agree(changes: list[tuple[str, bytes, int]], frames: list[bytes]) -> None:
    trees = both()
    for what, topic, value in changes:
        args = (topic,) if what == "remove" else (topic, value)
        results = [outcome(getattr(tree, what), *args) for tree in trees]
        assert results[0] == results[1]
        assert len(trees[0]) == len(trees[1])
        questions(topic + b"z", trees)
    assert list(trees[0].topics()) == list(trees[1].topics())
    for frame in [*frames, *[topic for _, topic, _ in changes], b""]:
        questions(frame, trees)


@pytest.mark.parametrize("length", [2, 5, 300])
def test_thousands_of_topics(length: int) -> None:
    trees = both()
    names = [(b"%d." % number * length)[:length] + b"%d" % number for number in range(4000)]
    for number, name in enumerate(names):
        for tree in trees:
            tree.set(name, number)
    for name in names[::7]:
        questions(name + b"!", trees)
        questions(name[:-1], trees)
    for name in names[1::2]:
        for tree in trees:
            tree.remove(name)
    for name in names[::11]:
        questions(name, trees)
    assert list(trees[0].topics()) == list(trees[1].topics())


def test_a_node_with_a_child_for_every_byte() -> None:
    trees = both()
    letters = [bytes([number * 7 % 256]) for number in range(256)]
    for number, letter in enumerate(letters):
        for tree in trees:
            tree.set(b"x" + letter + b"y", number)
    for gone in range(256):
        questions(b"x" + letters[gone] + b"yz", trees)
        questions(b"x" + letters[gone - 1] + b"yz", trees)
        for tree in trees:
            tree.remove(b"x" + letters[gone] + b"y")
        assert list(trees[0].topics()) == list(trees[1].topics())


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("get", (None,)),
        ("get", ([],)),
        ("set", (None, 1)),
        ("set", (b"a", None)),
        ("set", ("a", 1)),
        ("remove", (None,)),
        ("remove", ([],)),
        ("remove", (b"not there",)),
        ("remove", (b"",)),
        ("remove", (b"topi",)),
        ("remove", (b"topics",)),
        ("longest", (None,)),
        ("longest", (1,)),
        ("covers", ("topic",)),
        ("matches", (None,)),
    ],
)
def test_what_one_refuses_the_other_does(name: str, args: tuple[Any, ...]) -> None:
    trees = both()
    for tree in trees:
        tree.set(b"topic", 1)
        tree.set(b"topple", 2)
    results = [outcome(getattr(tree, name), *args) for tree in trees]
    assert isinstance(results[0], type)
    assert results[0] is results[1]
    assert list(trees[0].topics()) == list(trees[1].topics()) == [(b"topic", 1), (b"topple", 2)]


def test_the_depth_of_a_tree_is_no_depth_of_calls() -> None:
    """One topic within another, as deep as a peer wants it, and no way for it to end the process."""
    tree = compiled("prefixes").PrefixTree()
    for depth in range(20_000):
        tree.set(b"a" * depth, depth)
    assert tree.longest(b"a" * 30_000) == 19_999
    assert tree.matches(b"a" * 20_000) == list(range(20_000))
    assert sum(len(topic) == value for topic, value in tree.topics()) == 20_000
    del tree


@chances(100)
@given(st.lists(TOPICS, max_size=60, unique=True), st.randoms(use_true_random=False))
def test_it_gives_back_what_it_took(topics: list[bytes], chance: Any) -> None:
    tree = compiled("prefixes").PrefixTree()
    for topic in topics:
        tree.set(topic, topic)
    full = tree.__sizeof__()
    chance.shuffle(topics)
    for topic in topics:
        assert tree.__sizeof__() <= full
        tree.remove(topic)
    # What is left is the room for a few children of the root.
    assert tree.__sizeof__() <= compiled("prefixes").PrefixTree().__sizeof__() + 64 * 9


class Value:
    """Something that can be seen to go."""

    tree: Any = None


def test_the_collector_sees_what_it_holds() -> None:
    tree = compiled("prefixes").PrefixTree()
    value = Value()
    value.tree = tree
    tree.set(b"round", value)
    seen = weakref.ref(value)
    del value, tree
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize("again", ["set", "remove"])
def test_a_value_that_goes_may_change_the_tree(again: str) -> None:
    tree = compiled("prefixes").PrefixTree()

    class Last:
        def __del__(self) -> None:
            for number in range(100):
                tree.set(b"%d" % number, number)
            for number in range(0, 100, 2):
                tree.remove(b"%d" % number)

    tree.set(b"1", Last())
    if again == "set":
        tree.set(b"1", 5)
    else:
        tree.remove(b"1")
    assert sorted(tree.topics()) == sorted((b"%d" % number, number) for number in range(1, 100, 2))
