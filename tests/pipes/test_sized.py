"""Limits in bytes: whole messages, at least one always, and room again from half of the limit on."""

from __future__ import annotations

import pytest

from zmqx.message import Item
from zmqx.pipes.pipe import Pipe
from zmqx.pipes.sized import SizedPipe, Totals, limit_bytes
from zmqx.pipes.sizes import queued_bytes

from ..support.chance import seeded


def pipe_with(send: int = 0, receive: int = 0, marks: tuple[int, int] = (0, 0)) -> Pipe:
    pipe = Pipe(*marks)
    limit_bytes(pipe, send, receive, Totals([pipe]))
    return pipe


def fill(pipe: Pipe, item: Item) -> int:
    """Put until there is no room; how many fitted."""
    count = 0
    while pipe.put(item):
        count += 1
        assert count < 10_000
    return count


@pytest.mark.parametrize(
    ("limit", "item", "fits"),
    [
        (100, b"x" * 10, 10),
        (100, b"x" * 30, 4),  # the message that exceeds the limit is taken
        (100, b"x" * 1000, 1),
        (1, b"x" * 1000, 1),
        (100, [b"x" * 10, b"", b"y" * 15], 4),
        (100, memoryview(b"x" * 50), 2),
    ],
)
def test_a_limit_in_bytes(limit: int, item: Item, fits: int) -> None:
    pipe = pipe_with(limit)
    assert fill(pipe, item) == fits
    assert not pipe.has_room()
    assert pipe.blocked
    assert pipe.easy == 0


def test_both_limits_hold() -> None:
    assert fill(pipe_with(100, marks=(3, 0)), b"x" * 10) == 3
    assert fill(pipe_with(100, marks=(30, 0)), b"x" * 10) == 10


def test_an_empty_message_has_no_bytes() -> None:
    """That is what the mark in messages is for."""
    assert fill(pipe_with(100, marks=(500, 0)), b"") == 500


def test_room_is_told_when_half_of_the_bytes_are_gone() -> None:
    pipe = pipe_with(100)
    fill(pipe, b"x" * 10)
    assert not pipe.has_room()
    for left in range(9, 5, -1):
        pipe.drain(1)
        assert not pipe.unblocks(), left
    pipe.drain(1)
    assert pipe.unblocks()
    assert fill(pipe, b"x" * 10) == 5


def test_full_of_messages_half_of_them_have_to_go() -> None:
    pipe = pipe_with(10_000, marks=(10, 0))
    assert fill(pipe, b"x") == 10
    assert not pipe.has_room()
    pipe.drain(4)
    assert not pipe.unblocks()
    pipe.drain(1)
    assert pipe.unblocks()


def test_the_first_ones_may_be_the_long_ones() -> None:
    pipe = pipe_with(100)
    assert pipe.put(b"x" * 80)
    assert fill(pipe, b"x" * 10) == 2
    assert not pipe.has_room()
    pipe.drain(1)
    assert pipe.unblocks()


def test_without_limits_it_is_a_plain_pipe() -> None:
    pipe = pipe_with()
    assert type(pipe) is Pipe
    assert pipe.easy > 0
    limit_bytes(pipe, 100, 0, Totals([pipe]))
    assert type(pipe) is SizedPipe
    assert fill(pipe, b"x" * 60) == 2
    limit_bytes(pipe, 0, 0, Totals([pipe]))
    assert type(pipe) is Pipe
    assert pipe.put(b"x")
    assert pipe.easy > 0


def test_a_limit_on_a_full_pipe_counts_what_is_there() -> None:
    pipe = Pipe(0, 0)
    for _ in range(10):
        pipe.put(b"x" * 10)
    limit_bytes(pipe, 50, 0, Totals([pipe]))
    assert not pipe.has_room()
    pipe.drain(8)
    assert pipe.unblocks()


def test_the_oldest_make_room_by_bytes() -> None:
    pipe = pipe_with(100)
    fill(pipe, b"x" * 10)
    assert pipe.put_over(b"y" * 55) == 1
    assert pipe.put_over(b"z") == 5
    assert [len(item) for item in pipe.outbox] == [10, 10, 10, 10, 55, 1]  # type: ignore[arg-type]
    assert pipe.put_over(b"w" * 1000) == 0
    assert pipe.put_over(b"v") == 7
    assert [len(item) for item in pipe.outbox] == [1]  # type: ignore[arg-type]


def test_reading_stops_at_the_limit_and_goes_on_at_half_of_it() -> None:
    pipe = pipe_with(receive=100)
    resumed: list[int] = []
    pipe.resume = lambda: resumed.append(len(pipe.inbox))
    assert pipe.receive_limit > 1000
    pipe.inbox.extend([b"x" * 10] * 12)
    assert pipe.receive_limit == 0
    pipe.stall()
    assert pipe.receive_low == 5
    assert pipe.attention == 6
    for _ in range(7):
        pipe.inbox.popleft()
    assert len(pipe.inbox) <= pipe.receive_low
    pipe.eased()
    assert resumed == [5]
    assert pipe.receive_limit > 1000


def test_between_two_of_our_own_the_limits_add_up() -> None:
    for far_limits, near_limits, expected in (((30, 0), (0, 0), 3), ((0, 0), (0, 40), 4), ((30, 0), (0, 40), 7)):
        far, near = Pipe(0, 0), Pipe(0, 0)
        limit_bytes(far, *far_limits, Totals([far]))
        far.tie(near)
        limit_bytes(near, *near_limits, Totals([near]))
        assert fill(far, b"x" * 10) == expected
        near.stall()
        assert near.receive_low == far.send_low <= expected // 2


def test_a_limit_for_all_together() -> None:
    pipes = [Pipe(0, 0) for _ in range(4)]
    totals = Totals(pipes)
    totals.outward.limit = 100
    for pipe in pipes:
        limit_bytes(pipe, 0, 0, totals)
    assert fill(pipes[0], b"x" * 10) == 10
    for pipe in pipes[1:]:
        assert fill(pipe, b"x" * 10) == 1, "one message always fits"
    assert sum(queued_bytes(pipe.outbox) for pipe in pipes) == 130
    pipes[0].drain(10)
    assert fill(pipes[1], b"x" * 10) == 7
    totals.forget(pipes[1])
    assert totals.outward.used == 20


def test_reading_stops_at_the_limit_for_all_together() -> None:
    pipes = [Pipe(0, 0) for _ in range(3)]
    totals = Totals(pipes)
    totals.inward.limit = 100
    for pipe in pipes:
        limit_bytes(pipe, 0, 0, totals)
    for pipe in pipes[:2]:
        assert pipe.receive_limit > 0
        pipe.inbox.extend([b"x" * 10] * 6)
    assert [pipe.receive_limit > 0 for pipe in pipes] == [True, False, True], "as far as is known; none if it has none"
    assert [pipe.receive_limit > 0 for pipe in pipes] == [False, False, True]
    pipes[1].stall()
    assert pipes[1].receive_low == 3
    pipes[0].inbox.clear()
    assert all(pipe.receive_limit for pipe in pipes)


def test_whatever_happens_the_limit_holds() -> None:
    """Random sizes, random taking: never more than the limit and one message; never stuck."""
    rng = seeded()
    for _ in range(50):
        limit = rng.choice([1, 50, 1000])
        pipe = pipe_with(limit)
        for _ in range(300):
            size = rng.choice([0, 1, 30, 2000])
            before = queued_bytes(pipe.outbox)
            assert pipe.put(b"x" * size) == (before < limit)
            if rng.random() < 0.5:
                pipe.drain(rng.randrange(4))
            if not pipe.outbox:
                assert pipe.has_room()
