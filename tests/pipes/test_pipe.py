"""A pipe: marks in whole messages, batches, the signals for data and room, and its end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.message import Item
from zmqx.pipes.pipe import UNLIMITED, Pipe

from ..support.chance import chances


class Ends:
    """A pipe and what its ends were told."""

    def __init__(self, send_mark: int = 0, receive_mark: int = 0, **rest: bool) -> None:
        self.pipe = Pipe(send_mark, receive_mark, **rest)
        self.wakes = 0
        self.resumes = 0
        self.pipe.wake = self._wake
        self.pipe.resume = self._resume

    def _wake(self) -> None:
        self.wakes += 1

    def _resume(self) -> None:
        self.resumes += 1


@pytest.mark.parametrize("mark", [1, 2, 3, 7, 1000])
def test_the_mark_counts_whole_messages(mark: int) -> None:
    pipe = Pipe(mark, 0)
    message: list[Item] = [b"one", [b"three", b"frames", b"x" * 1000]]
    for number in range(mark):
        assert pipe.has_room()
        assert pipe.put(message[number % 2])
    assert not pipe.put(b"one more")
    assert not pipe.has_room()
    assert len(pipe.drain(mark + 1)) == mark


def test_a_mark_of_zero_is_none() -> None:
    pipe = Pipe(0, 0)
    assert all(pipe.put(b"m") for _ in range(5000))
    assert pipe.has_room()
    assert pipe.receive_limit == pipe.send_limit == UNLIMITED


@pytest.mark.parametrize("mark", range(1, 12))
def test_a_full_pipe_wants_refilling_after_half_of_it_at_the_latest(mark: int) -> None:
    pipe = Pipe(mark, mark)
    while pipe.put(b"m"):
        pass
    assert pipe.blocked
    consumed = 0
    while not pipe.unblocks():
        consumed += len(pipe.drain(1))
    assert 1 <= consumed <= (mark + 1) // 2
    assert not pipe.blocked
    assert pipe.put(b"m")
    assert not pipe.unblocks()  # nobody waits any more
    assert mark - pipe.receive_low <= (mark + 1) // 2


def test_nobody_who_never_met_a_full_queue_waits_for_room() -> None:
    pipe = Pipe(2, 0)
    assert pipe.put(b"m")
    pipe.drain(1)
    assert not pipe.blocked
    assert not pipe.unblocks()


def test_the_other_end_may_make_room_while_it_is_asked() -> None:
    ends = Ends(2)
    pipe = ends.pipe
    pipe.put(b"1")
    pipe.put(b"2")
    written: list[Item] = []
    pipe.wake = lambda: written.extend(pipe.drain(1))  # it writes at once
    assert pipe.has_room()
    assert not pipe.blocked
    assert written == [b"1"]


def test_order_is_kept() -> None:
    pipe = Pipe(0, 0)
    for number in range(100):
        pipe.put(b"%d" % number)
    assert pipe.drain(30) + pipe.drain_all() == [b"%d" % number for number in range(100)]
    assert pipe.drain(5) == pipe.drain_all() == []


def test_the_first_message_wakes_and_a_promise_to_look_spares_the_others() -> None:
    ends = Ends()
    pipe = ends.pipe
    pipe.put(b"1")
    assert ends.wakes == 1
    pipe.put(b"2")
    assert ends.wakes == 2  # nobody promised anything
    pipe.pending = True
    pipe.put(b"3")
    assert ends.wakes == 2


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_a_batch_wakes_whatever_was_promised(batch: int) -> None:
    ends = Ends()
    pipe = ends.pipe
    pipe.set_batch(batch)
    pipe.pending = True
    for _ in range(batch):
        pipe.put(b"m")
    woken = ends.wakes
    pipe.put(b"m")
    assert ends.wakes == woken + 1


@pytest.mark.parametrize(("mark", "batch", "easy"), [(0, 5, 5), (3, 5, 3), (10, 5, 5)])
def test_appending_without_a_question_stays_below_mark_and_batch(mark: int, batch: int, easy: int) -> None:
    pipe = Pipe(mark, 0)
    pipe.set_batch(batch)
    assert pipe.easy == easy
    pipe.end()
    assert pipe.easy == 0
    pipe.set_batch(batch)
    assert pipe.easy == 0


def test_what_must_not_be_lost_passes_the_mark() -> None:
    ends = Ends(1)
    pipe = ends.pipe
    pipe.put(b"m")
    pipe.put_always(b"subscription")
    pipe.put_first(b"hello", b"probe")
    assert list(pipe.outbox) == [b"hello", b"probe", b"m", b"subscription"]
    assert ends.wakes == 3
    pipe.end()
    pipe.put_always(b"late")
    assert b"late" not in pipe.outbox


def test_an_ended_pipe_takes_nothing_and_keeps_what_came_in() -> None:
    pipe = Pipe(0, 0)
    pipe.inbox.extend([b"a", b"b"])
    pipe.put(b"unsent")
    pipe.end()
    assert not pipe.put(b"m")
    assert not pipe.has_room()
    assert not pipe.blocked
    assert list(pipe.inbox) == [b"a", b"b"]
    assert pipe.drain(10) == [b"unsent"]


def test_whoever_falls_asleep_looks_once_more() -> None:
    pipe = Pipe(0, 0)
    assert pipe.sleep()
    assert pipe.asleep
    pipe.inbox.append(b"m")
    assert not pipe.sleep()
    assert not pipe.asleep


def test_a_stalled_sender_is_resumed_at_half_the_mark() -> None:
    ends = Ends(0, 10)
    pipe = ends.pipe
    assert pipe.attention == 1
    pipe.stall()
    assert pipe.stalled
    # While more are left than this, taking one needs no thought.
    assert pipe.attention == pipe.receive_low + 1 == 6
    pipe.eased()
    assert not pipe.stalled
    assert pipe.attention == 1
    assert ends.resumes == 1


@pytest.mark.parametrize(("old", "new", "fits"), [(2, 3, 1), (2, 0, 100), (5, 2, 0), (0, 1, 0), (3, 5, 2)])
def test_new_marks_hold_at_once(old: int, new: int, fits: int) -> None:
    pipe = Pipe(old, 0)
    for _ in range(min(old, 3) or 3):
        pipe.put(b"m")
    queued = len(pipe.outbox)
    pipe.set_marks(new, 0)
    assert sum(pipe.put(b"m") for _ in range(100)) == max(0, min(fits, 100) if not new else new - queued)


def test_marks_below_what_is_queued_lose_nothing() -> None:
    pipe = Pipe(0, 0)
    for number in range(5):
        pipe.put(b"%d" % number)
    pipe.set_marks(2, 2)
    assert not pipe.put(b"no")
    assert pipe.drain(10) == [b"0", b"1", b"2", b"3", b"4"]
    assert pipe.unblocks()


# -- conflating


@pytest.mark.parametrize(("into", "out"), [(True, True), (True, False), (False, True)])
def test_conflating_keeps_the_newest_that_way_whatever_the_mark(into: bool, out: bool) -> None:
    pipe = Pipe(2, 2, conflate_in=into, conflate_out=out)
    sent = [pipe.put(b"%d" % number) for number in range(5)]
    pipe.inbox.extend([b"0", b"1"])
    assert sent == ([True] * 5 if out else [True, True, False, False, False])
    assert pipe.has_room() is out
    assert pipe.drain(10) == ([b"4"] if out else [b"0", b"1"])
    assert list(pipe.inbox) == ([b"1"] if into else [b"0", b"1"])
    assert (pipe.send_limit == UNLIMITED, pipe.receive_limit == UNLIMITED) == (out, into)


# -- two sockets of one context


@pytest.mark.parametrize(
    ("here", "there", "total"),
    [((3, 9), (9, 4), 7), ((1, 0), (0, 1), 2), ((0, 5), (5, 4), None), ((3, 5), (5, 0), None)],
)
def test_marks_of_tied_pipes_add_up(here: tuple[int, int], there: tuple[int, int], total: int | None) -> None:
    """SNDHWM here and RCVHWM there; none of either is none at all."""
    near, far = Pipe(*here), Pipe(*there)
    near.tie(far)
    sent = sum(near.put(b"m") for _ in range(100))
    assert sent == (100 if total is None else total)
    assert len(far.inbox) == sent


def test_tied_pipes_are_one() -> None:
    near, far = Pipe(0, 0), Pipe(0, 0)
    near.put(b"early")
    near.tie(far)
    far.put(b"back")
    near.put(b"late")
    assert list(far.inbox) == [b"early", b"late"]
    assert list(near.inbox) == [b"back"]


def test_a_new_mark_of_one_end_is_felt_at_the_other() -> None:
    near, far = Pipe(2, 2), Pipe(2, 2)
    near.tie(far)
    far.set_marks(2, 5)
    assert near.send_limit == far.receive_limit == 7
    assert far.send_limit == near.receive_limit == 4


def test_falling_asleep_is_seen_by_the_tied_sender() -> None:
    near, far = Pipe(0, 0), Pipe(0, 0)
    near.tie(far)
    far.rise()
    assert near.pending
    assert far.sleep()
    assert not near.pending


@chances(150)
@given(st.integers(0, 6), st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=60))
def test_never_more_than_the_mark_and_nothing_lost(mark: int, steps: list[int | None]) -> None:
    """None puts the next number, a count takes so many: a naive queue says the same."""
    pipe = Pipe(mark, 0)
    queue: list[Item] = []
    waits = False
    for number, step in enumerate(steps):
        if step is None:
            item = b"%d" % number
            fits = not mark or len(queue) < mark
            assert pipe.put(item) is fits
            waits = waits if fits else True
            queue += [item] * fits
        else:
            assert pipe.drain(step) == queue[:step]
            del queue[:step]
            freed = pipe.unblocks()
            assert not freed or (waits and len(queue) < mark)
            if waits and mark - len(queue) >= (mark + 1) // 2:
                assert freed
            waits = waits and not freed
        assert list(pipe.outbox) == queue
