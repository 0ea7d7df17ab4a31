"""Fan-out at random: whatever is subscribed, sent, written and lost in between, it is as if each were alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.constants import SocketOption
from zmqx.message import Item, Subscription
from zmqx.routing.xpub import Xpub

from ..support.chance import chances
from .ends import Far

topics = st.sampled_from([b"", b"a", b"ab", b"b"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from([b"a", b"ab", b"b", b"c"]), st.integers(1, 6)),
        st.tuples(st.just("ask"), topics, st.integers(0, 3)),
        st.tuples(st.just("cancel"), topics, st.integers(0, 3)),
        st.tuples(st.just("write"), st.just(b""), st.integers(0, 3)),
        st.tuples(st.just("leave"), st.just(b""), st.integers(0, 3)),
    ),
    max_size=60,
)


def send(socket: Xpub, message: bytes) -> None:
    """As a face does: past the routing, where a lane is open."""
    pipe = socket.out_lane.only
    if pipe is not None and len(pipe.outbox) < pipe.easy:
        pipe.outbox.append(message)
        assert pipe.pending
    else:
        assert socket.try_send(message)


class Model:
    """One peer, the naive way."""

    def __init__(self, mark: int) -> None:
        self.mark = mark
        self.topics: set[bytes] = set()
        self.queue: list[Item] = []
        self.lost = 0

    def send(self, message: bytes) -> None:
        if any(message.startswith(topic) for topic in self.topics):
            if self.mark and len(self.queue) >= self.mark:
                self.lost += 1
            else:
                self.queue.append(message)


@chances(300)
@given(steps, st.lists(st.sampled_from([0, 0, 2, 5]), min_size=4, max_size=4), st.booleans())
def test_fan_out_is_many_queues(plan: list[tuple[str, bytes, int]], marks: list[int], gathers: bool) -> None:
    socket = Xpub()
    pairs = [(Far(socket, send_mark=mark, gathers=gathers), Model(mark)) for mark in marks]
    number = 0
    lost = 0
    for step, topic, value in plan:
        if step == "send":
            for _ in range(value):
                message = b"%s %d" % (topic, number)
                number += 1
                send(socket, message)
                for _, model in pairs:
                    model.send(message)
            continue
        peer, model = pairs[value]
        if step == "write":
            assert peer.out() == model.queue
            model.queue.clear()
        elif step == "leave":
            peer.leave()
            assert peer.out() == model.queue
            lost += model.lost
            pairs[value] = (Far(socket, send_mark=marks[value], gathers=gathers), Model(marks[value]))
        else:
            peer.deliver(Subscription(topic, step == "ask"))
            (model.topics.add if step == "ask" else model.topics.discard)(topic)
            while socket.try_recv() is not None:
                pass
    for peer, model in pairs:
        assert peer.out() == model.queue
        lost += model.lost
    assert sum(socket.drops.values()) == lost


def publisher(*topics: bytes) -> tuple[Xpub, list[Far]]:
    """A publisher with a peer for each topic, which it has written to before."""
    socket = Xpub()
    peers = [Far(socket, gathers=True) for _ in topics]
    for peer, topic in zip(peers, topics):
        peer.deliver(Subscription(topic, True))
    for number in range(3):
        assert socket.try_send(b"%d" % number)
    return socket, peers


def test_a_lane_opens_while_everything_goes_to_everybody() -> None:
    socket, peers = publisher(b"", b"")
    cohort = socket.out_lane.only
    assert cohort is not None
    cohort.outbox.append(b"past")
    assert [peer.out() for peer in peers] == [[b"0", b"1", b"2", b"past"]] * 2
    assert socket.out_lane.only is None


@pytest.mark.parametrize("topics", [[b"", b"0"], [b"0", b"0"], [b""]])
def test_no_lane_opens_where_the_content_matters_or_nobody_shares(topics: list[bytes]) -> None:
    socket, _ = publisher(*topics)
    assert socket.out_lane.only is None


@pytest.mark.parametrize(
    "event",
    [
        lambda socket, peers: peers[0].deliver(Subscription(b"x", True)),
        lambda socket, peers: peers[0].deliver(Subscription(b"", False)),
        lambda socket, peers: socket.set_option(SocketOption.INVERT_MATCHING, 1),
        lambda socket, peers: socket.detach(peers[0].pipe),
        lambda socket, peers: socket.out_lane.set_open(False),
    ],
    ids=["another topic", "a cancellation", "another option", "a peer that leaves", "the end"],
)
def test_a_lane_closes_when_that_changes(event: Callable[[Xpub, list[Far]], None]) -> None:
    socket, peers = publisher(b"", b"")
    event(socket, peers)
    assert socket.out_lane.only is None
    for _ in range(3):
        socket.try_send(b"more")
    assert socket.out_lane.only is None


def test_who_comes_too_late_for_a_cohort_wakes_it_and_is_sent_again() -> None:
    socket, peers = publisher(b"", b"")
    cohort = socket.out_lane.only
    assert cohort is not None
    peers[0].out()  # spills
    cohort.outbox.append(b"late")
    assert not cohort.pending
    cohort.wake()
    assert peers[0].out() == [b"late"]
    assert peers[1].out() == [b"0", b"1", b"2", b"late"]
    assert not cohort.outbox
