"""The way past the ring for those who do not want everything, or have several peers: to what the rule would find."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.constants import SocketOption
from zmqx.routing.client import Client
from zmqx.routing.dealer import Dealer
from zmqx.routing.pull import Pull
from zmqx.routing.rep import Rep
from zmqx.routing.router import Router
from zmqx.routing.sub import Sub
from zmqx.routing.xsub import Xsub

from ..support.chance import chances
from .ends import Far, received


def along_the_lane(socket: Any) -> Any:
    """Receive as a face does: past the rule where that can be, else by it."""
    lane = socket.in_lane
    pipe = lane.only
    if pipe is not None:
        if len(pipe.inbox) > pipe.attention:
            return pipe.inbox.popleft()
    elif lane.sieve is not None and (item := lane.sieve.take()) is not None:
        return item
    return socket.try_recv()


def passes(socket: Any) -> list[Any]:
    """What the sieve lets through."""
    return socket.in_lane.sieve.take_many(1000) if socket.in_lane.sieve is not None else []


def sub(*topics: bytes) -> tuple[Sub, Far]:
    socket = Sub()
    peer = Far(socket)
    for topic in topics:
        socket.subscribe(topic, True)
    return socket, peer


topics = st.sampled_from([b"", b"a", b"b", b"ab", b"abc"])
heads = st.sampled_from([b"", b"a", b"b", b"c", b"ab", b"abcd", b"x"])
messages = st.one_of(heads, heads.map(memoryview), st.lists(heads, min_size=2, max_size=3))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(0, 2), st.lists(messages, min_size=1, max_size=8)),
        st.tuples(st.just("take"), topics),
        st.tuples(st.just("give up"), topics),
        st.tuples(st.just("invert"), st.integers(0, 1)),
        st.tuples(st.just("receive"), st.integers(1, 6)),
        st.tuples(st.just("look")),
    ),
    max_size=40,
)


@chances(500)
@given(steps=steps, kind=st.sampled_from([Sub, Sub, Sub, Pull, Xsub]))
def test_the_lane_leads_to_what_the_rule_would_have_found(steps: list[Any], kind: Any) -> None:
    sockets = [kind(), kind()]
    calls = [along_the_lane, kind.try_recv]
    peers = [[Far(socket) for _ in range(3)] for socket in sockets]
    for step in [*steps, ("receive", 1000)]:
        found: list[Any] = []
        for socket, call, ends in zip(sockets, calls, peers):
            if step[0] == "deliver":
                ends[step[1]].deliver(*step[2])
            elif step[0] in ("take", "give up"):
                if kind is Sub:
                    socket.subscribe(step[1], step[0] == "take")
            elif step[0] == "invert":
                socket.set_option(SocketOption.INVERT_MATCHING, step[1])
            elif step[0] == "look":
                found.append(socket.can_recv())
            else:
                found.append([call(socket) for _ in range(step[1])])
        assert found[:1] == found[1:], step
    assert sockets[0].filtered == sockets[1].filtered


def test_the_first_message_opens_the_sieve_and_a_change_of_topics_closes_it() -> None:
    socket, peer = sub(b"a")
    peer.deliver(*[b"a%d" % number for number in range(10)])
    assert passes(socket) == []
    assert socket.try_recv() == b"a0"
    assert socket.in_lane.only is None
    sieve = socket.in_lane.sieve
    assert sieve is not None
    assert sieve.take() == b"a1"
    change = socket.change

    def look_and_change(topic: bytes, on: bool) -> bool:
        assert sieve.take() is None  # who has seen it before finds it closed, before the tree changes
        return change(topic, on)

    socket.change = look_and_change  # type: ignore[method-assign]
    socket.subscribe(b"b", True)
    assert socket.in_lane.sieve is None
    assert socket.try_recv() == b"a2"
    socket.set_option(SocketOption.INVERT_MATCHING, 1)
    assert passes(socket) == []
    socket.set_option(SocketOption.INVERT_MATCHING, 0)
    assert socket.try_recv() == b"a3"
    # The last is for the rule, which lays the pipe down.
    assert passes(socket) == [b"a%d" % number for number in range(4, 9)]
    assert received(socket) == [b"a9"]


@pytest.mark.parametrize("inverted", [0, 1])
def test_what_is_not_wanted_stays_for_the_rule_to_count(inverted: int) -> None:
    socket, peer = sub(b"a")
    socket.set_option(SocketOption.INVERT_MATCHING, inverted)
    wanted, other = (b"x", b"a") if inverted else (b"a", b"x")
    peer.deliver(wanted, wanted, [wanted, other], other, other, [other, wanted], wanted, wanted, wanted)
    assert socket.try_recv() == wanted
    assert passes(socket) == [wanted, [wanted, other]]
    assert socket.filtered == 0
    assert socket.try_recv() == wanted
    assert socket.filtered == 3
    assert passes(socket) == [wanted]


def test_it_is_the_topics_of_now_that_are_asked() -> None:
    """Not those of when the messages came."""
    socket, peer = sub(b"a", b"b")
    peer.deliver(b"a1", b"a2", b"b1", b"b2", b"a3", b"a4", b"c1", b"c2", b"b3", b"b4")
    assert [along_the_lane(socket) for _ in range(2)] == [b"a1", b"a2"]
    socket.subscribe(b"b", False)
    assert along_the_lane(socket) == b"a3"
    socket.subscribe(b"c", True)
    assert [along_the_lane(socket) for _ in range(2)] == [b"a4", b"c1"]
    socket.subscribe(b"b", True)
    assert [along_the_lane(socket) for _ in range(4)] == [b"c2", b"b3", b"b4", None]


def test_the_sieve_takes_from_each_in_turn() -> None:
    socket, peer = sub(b"a")
    other = Far(socket)
    peer.deliver(b"a1", b"a2", b"a3", b"a4")
    assert socket.try_recv() == b"a1"
    assert along_the_lane(socket) == b"a2"
    other.deliver(b"ab1", b"x", b"ab2")
    assert passes(socket) == [b"a3", b"ab1"]  # the next ones are the last of one, and not wanted
    assert socket.try_recv() == b"a4"
    assert socket.try_recv() == b"ab2"
    assert socket.filtered == 1
    other.deliver(b"ab3", b"ab4", b"ab5")
    assert passes(socket) == [b"ab3", b"ab4"]


@pytest.mark.parametrize("kind", [Pull, Dealer, Xsub])
def test_who_wants_everything_passes_a_ring_of_several_too(kind: Any) -> None:
    socket = kind()
    peers = [Far(socket) for _ in range(3)]
    for number, peer in enumerate(peers):
        peer.deliver(*[b"%d%d" % (number, at) for at in range(4)])
    assert socket.in_lane.only is None
    assert passes(socket) == [b"%d%d" % (number, at) for at in range(3) for number in range(3)]
    assert received(socket) == [b"03", b"13", b"23"]
    peers[1].deliver(b"a", b"b", b"c")
    assert passes(socket) == []  # one alone is for the lane
    assert socket.try_recv() == b"a"
    assert socket.in_lane.only is peers[1].pipe
    socket.in_lane.set_open(False)
    assert socket.in_lane.sieve is None


@pytest.mark.parametrize("kind", [Router, Rep, Client])
def test_other_types_have_no_way_past_the_ring(kind: Any) -> None:
    socket = kind()
    for peer in [Far(socket), Far(socket)]:
        peer.deliver([b"", b"a"], [b"", b"b"], [b"", b"c"])
    assert (socket.in_lane.only, socket.in_lane.sieve) == (None, None)


def test_who_passes_the_ring_may_turn_it_while_the_rule_lays_a_pipe_down() -> None:
    socket = Pull()
    peers = [Far(socket) for _ in range(3)]
    ring = socket._in.ring
    for peer in peers:
        peer.deliver(b"1")
    queue = peers[0].pipe
    queue.resume = lambda: ring.rotate(-1)  # in another thread
    queue.stalled = True
    assert len(received(socket)) == 3
    for peer in peers:
        peer.deliver(b"2")
    assert received(socket) == [b"2"] * 3


def test_a_full_queue_is_eased_by_the_rule() -> None:
    socket, _ = sub(b"a")
    peer = Far(socket, receive_mark=10)
    resumed: list[int] = []
    peer.pipe.resume = lambda: resumed.append(len(peer.pipe.inbox))
    peer.deliver(*[b"a"] * 10)
    peer.pipe.stall()
    assert socket.try_recv() == b"a"
    assert len(passes(socket)) == 3
    assert resumed == []
    assert received(socket) == [b"a"] * 6
    assert resumed == [5]


def test_what_was_found_comes_first_and_whatever_becomes_of_its_topic() -> None:
    socket, peer = sub(b"a")
    peer.deliver(*[b"a%d" % number for number in range(5)])
    assert socket.try_recv() == b"a0"
    assert socket.can_recv()
    assert passes(socket) == []
    socket.subscribe(b"a", False)
    assert received(socket) == [b"a1"]
    assert socket.filtered == 3


def test_a_socket_that_was_closed_lets_nothing_through() -> None:
    socket, peer = sub(b"a")
    peer.deliver(b"a1", b"a2", b"a3")
    assert socket.try_recv() == b"a1"
    sieve = socket.in_lane.sieve
    socket.in_lane.set_open(False)
    assert socket.in_lane.sieve is None
    assert sieve.take() is None
