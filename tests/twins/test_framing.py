"""The two halves of the framing: the same messages, counts and errors for the same bytes, in whatever pieces."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zmqx.message import Subscription
from zmqx.wire import commands, frames

from .conftest import compiled

SIZES = st.one_of(
    st.integers(0, 40), st.sampled_from([254, 255, 256, 257, 1023, 1024, 1025, 4095, 4096, 32767, 32768, 40000])
)
BODIES = SIZES.map(lambda size: bytes(range(256)) * (size // 256) + bytes(range(size % 256)))
MESSAGES = st.one_of(BODIES, st.lists(BODIES, min_size=2, max_size=4))
ITEMS = st.one_of(
    MESSAGES,
    BODIES.map(memoryview),
    st.builds(Subscription, st.binary(max_size=10), st.booleans()),
    st.lists(BODIES.map(memoryview), min_size=2, max_size=3),
)


def frame_of(flags: int, size: int, body: bytes) -> bytes:
    """A frame whose header may lie about its size."""
    return bytes((flags,)) + size.to_bytes(8 if flags & frames.LONG else 1, "big") + body


WIRE = st.one_of(
    BODIES.map(frames.frame),
    BODIES.map(lambda body: frames.frame(body, frames.MORE)),
    st.binary(max_size=30).map(lambda body: frames.frame(body, frames.COMMAND)),
    st.builds(frame_of, st.integers(0, 255).filter(lambda f: not f & 2), st.integers(0, 255), st.binary(max_size=300)),
    st.builds(frame_of, st.sampled_from([2, 3, 6, 7, 255]), st.integers(0, 2**64 - 1), st.binary(max_size=50)),
    st.binary(max_size=40),
)


def state_of(decoder: Any) -> tuple[Any, ...]:
    """All that a pump or a connection may look at."""
    error = None if decoder.error is None else (type(decoder.error), str(decoder.error), decoder.error.code)
    return decoder.missing, decoder.next_read, decoder.unfinished, decoder.trap, error


def plain(items: list[Any]) -> list[Any]:
    return [list(map(bytes, item)) if isinstance(item, list) else bytes(item) for item in items]


@given(
    wire=st.lists(WIRE, max_size=12).map(b"".join),
    cuts=st.lists(st.integers(0, 100_000), max_size=12),
    rooms=st.lists(st.integers(-1, 5), min_size=1, max_size=6),
    limit=st.one_of(st.just(-1), st.sampled_from([0, 1, 255, 256, 1024, 40_000])),
    by_push=st.booleans(),
)
def test_any_bytes_in_any_pieces_come_out_the_same(
    wire: bytes, cuts: list[int], rooms: list[int], limit: int, by_push: bool
) -> None:
    halves = [frames.Decoder(limit), compiled("frames").Decoder(limit)]
    places = sorted({min(cut, len(wire)) for cut in cuts} | {0, len(wire)})
    for turn, (start, stop) in enumerate(pairwise(places)):
        outcomes = []
        for decoder in halves:
            room = rooms[turn % len(rooms)]
            if by_push:
                items = decoder.push(wire[start:stop], max(room, 1))  # a pump without room does not read
            else:
                decoder.feed(wire[start:stop])
                items = decoder.decode(room)
            outcomes.append((plain(items), state_of(decoder)))
        assert outcomes[0] == outcomes[1]
        # What is left, until there is nothing: traps are dealt with, as a connection does.
        for _ in range(200):
            outcomes = []
            for decoder in halves:
                decoder.trap = None
                outcomes.append((plain(decoder.decode(2)), state_of(decoder)))
            assert outcomes[0] == outcomes[1]
            if not outcomes[0][0] and outcomes[0][1][3] is None:
                break


@given(items=st.lists(ITEMS, min_size=1, max_size=20))
def test_messages_become_the_same_bytes(items: list[Any]) -> None:
    ours = frames.encode(items, commands.subscription)
    theirs = compiled("frames").encode(items, commands.subscription)
    assert b"".join(ours) == b"".join(theirs)


@given(items=st.lists(ITEMS, min_size=1, max_size=20))
def test_long_bodies_are_handed_on_as_they_are(items: list[Any]) -> None:
    long = {
        id(part)
        for item in items
        if not isinstance(item, Subscription)
        for part in (item if isinstance(item, list) else [item])
        if len(part) >= 4096
    }
    for module in (frames, compiled("frames")):
        assert long <= {id(buffer) for buffer in module.encode(items, commands.subscription)}


@given(item=ITEMS)
def test_a_lone_small_message_becomes_the_same_bytes(item: Any) -> None:
    assert frames.encode_small(item) == compiled("frames").encode_small(item)


def test_a_limit_that_changes_holds_from_then_on() -> None:
    for decoder in (frames.Decoder(10), compiled("frames").Decoder(10)):
        assert decoder.push(frames.frame(bytes(10)), 9) == [bytes(10)]
        decoder.set_limit(5)
        assert decoder.push(frames.frame(bytes(6)), 9) == []
        assert "6 bytes exceeds the limit of 5" in str(decoder.error)
