"""Fan-out at random: whatever is subscribed, sent, written and lost in between, it is as if each were alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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
                assert socket.try_send(message)
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
