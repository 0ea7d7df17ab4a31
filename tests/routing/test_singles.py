"""CLIENT, SCATTER, GATHER and CHANNEL: messages of one frame (RFCs 41, 49 and 52)."""

from __future__ import annotations

import pytest

from zmqx import EINVAL, ENOTSUP, ZMQError
from zmqx.accounts import Drop
from zmqx.routing.base import Routing
from zmqx.routing.channel import Channel
from zmqx.routing.client import Client
from zmqx.routing.gather import Gather
from zmqx.routing.peer import Peer
from zmqx.routing.radio import Radio
from zmqx.routing.scatter import Scatter
from zmqx.routing.server import Server

from .ends import Far, received


def test_out_in_turn() -> None:
    for make in (Client, Scatter):
        routing = make()
        one, two = Far(routing), Far(routing)
        assert [routing.try_send(b"%d" % number) for number in range(4)] == [True] * 4
        assert (one.out(), two.out()) == ([b"0", b"2"], [b"1", b"3"])


def test_in_in_turn() -> None:
    for make in (Client, Gather):
        routing = make()
        one, two = Far(routing), Far(routing)
        one.deliver(b"a", b"c")
        two.deliver(b"b", b"d")
        assert received(routing) == [b"a", b"b", b"c", b"d"]


@pytest.mark.parametrize("make", [Client, Scatter, Channel, Server, Peer, Radio])
def test_several_frames_are_refused(make: type[Routing]) -> None:
    routing = make()
    peer = Far(routing)
    for attempt in (lambda: routing.try_send([b"a", b"b"]), lambda: routing.begin(b"a")):
        with pytest.raises(ZMQError) as caught:
            attempt()
        assert caught.value.errno == EINVAL
    assert peer.out() == []


@pytest.mark.parametrize("make", [Client, Gather, Channel])
def test_several_frames_are_discarded_whole_and_counted(make: type[Routing]) -> None:
    routing = make()
    peer = Far(routing)
    peer.deliver([b"a", b"b"], b"one", [b"c", b"d", b"e"], [b"f", b"g"])
    assert routing.can_recv()
    assert routing.drops == {Drop.MALFORMED: 1}
    assert received(routing) == [b"one"]
    assert not routing.can_recv()
    assert routing.drops == {Drop.MALFORMED: 3}


def test_nobody_passes_the_queue_that_discards() -> None:
    """A lane would lead past it."""
    for make in (Client, Gather, Channel):
        routing = make()
        peer = Far(routing)
        peer.deliver(b"a", b"b", b"c")
        assert routing.try_recv() == b"a"
        assert routing.in_lane.only is None


def test_the_lane_out_is_open() -> None:
    for make in (Client, Scatter):
        routing = make()
        peer = Far(routing)
        assert routing.out_lane.only is peer.pipe


def test_what_a_type_does_not_do() -> None:
    for attempt in (Scatter().try_recv, lambda: Gather().try_send(b"x"), lambda: Gather().begin(b"x")):
        with pytest.raises(ZMQError) as caught:
            attempt()
        assert caught.value.errno == ENOTSUP


def test_what_is_sent_to_a_scatter_is_thrown_away() -> None:
    routing = Scatter()
    Far(routing).deliver(b"x")
    assert routing.drops == {Drop.UNWANTED: 1}


def test_a_channel_has_one_peer() -> None:
    channel = Channel()
    first, second = Far(channel), Far(channel)
    assert second.refusals == ["this CHANNEL socket has a peer already"]
    assert channel.try_send(b"a")
    assert first.out() == [b"a"]
    first.deliver(b"b")
    first.leave()
    assert not channel.can_send()
    assert received(channel) == [b"b"]  # what a peer sent before it left
    third = Far(channel)
    assert channel.try_send(b"c")
    assert third.out() == [b"c"]
