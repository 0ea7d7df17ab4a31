"""docs/spec/patterns.md, section 7: what a SUB lets through, and when it asks.

The publishers are of raw bytes, and send what nobody asked for. A SUB that has received something may go a shorter way
to what follows it: so each of these receives before anything changes, and has more than one message to come.
"""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.raw_peer import RawPeer
from .lib import Lib
from .states import states
from .test_patterns_02_req import message
from .test_patterns_07_xsub import subscribed, take

COUNT = 20


def run_of(topic: bytes, first: int = 0, last: int = COUNT) -> list[bytes]:
    return [topic + b"%d" % number for number in range(first, last)]


def sent(*bodies: bytes) -> bytes:
    return b"".join(map(message, bodies))


def take_in(socket: Any, count: int) -> list[bytes]:
    return [socket.recv() for _ in range(count)]


@states("P7.7", "P7.25")
def test_what_waits_when_its_topic_is_given_up_is_not_received(lib: Lib) -> None:
    with subscribed(lib) as (socket, peer):
        for topic in (b"a", b"b"):
            take(socket, topic)
        mixed = [body for pair in zip(run_of(b"a"), run_of(b"x"), run_of(b"b")) for body in pair]
        peer.send(sent(*mixed, b"b end"))
        assert take_in(socket, 6) == [b"a0", b"b0", b"a1", b"b1", b"a2", b"b2"]
        take(socket, b"a", on=False)
        assert take_in(socket, COUNT - 2) == [*run_of(b"b", 3), b"b end"]


@states("P7.26")
def test_what_came_before_its_topic_was_taken_is_received(lib: Lib) -> None:
    with subscribed(lib) as (socket, peer):
        take(socket, b"a")
        peer.send(sent(*run_of(b"a"), *run_of(b"b"), b"a end"))
        assert take_in(socket, COUNT) == run_of(b"a")
        take(socket, b"b")
        assert take_in(socket, COUNT + 1) == [*run_of(b"b"), b"a end"]


@states("P7.26")
def test_nothing_is_lost_by_giving_a_topic_up_and_taking_it_again(lib: Lib) -> None:
    with subscribed(lib) as (socket, peer):
        take(socket, b"a")
        peer.send(sent(*run_of(b"a")))
        for number in range(0, COUNT, 2):
            assert take_in(socket, 2) == run_of(b"a", number, number + 2)
            take(socket, b"a", on=False)
            take(socket, b"a")


@states("P7.27")
def test_inverting_is_looked_at_then(lib: Lib) -> None:
    with subscribed(lib) as (socket, peer):
        take(socket, b"a")
        peer.send(sent(*run_of(b"a"), *run_of(b"b"), *run_of(b"a", COUNT, 2 * COUNT), b"b end"))
        assert take_in(socket, 5) == run_of(b"a", 0, 5)
        socket.setsockopt(zmqx.INVERT_MATCHING, 1)
        assert take_in(socket, 5) == run_of(b"b", 0, 5)
        socket.setsockopt(zmqx.INVERT_MATCHING, 0)
        assert take_in(socket, 5) == run_of(b"a", COUNT, COUNT + 5)
        socket.setsockopt(zmqx.INVERT_MATCHING, 1)
        assert socket.recv() == b"b end"


@states("P7.28")
@pytest.mark.parametrize("looks", ["poll", "EVENTS"])
def test_what_was_found_is_received(lib: Lib, looks: str) -> None:
    with subscribed(lib) as (socket, peer):
        for topic in (b"a", b"b"):
            take(socket, topic)
        peer.send(sent(*run_of(b"a"), b"b end"))
        assert take_in(socket, 2) == [b"a0", b"a1"]
        until(lambda: (socket.poll(0) if looks == "poll" else socket.getsockopt(zmqx.EVENTS)) & zmqx.POLLIN)
        take(socket, b"a", on=False)
        assert take_in(socket, 2) == [b"a2", b"b end"]


@states("P7.7")
def test_the_first_frame_is_looked_at(lib: Lib) -> None:
    with subscribed(lib) as (socket, peer):
        take(socket, b"a")
        some = message(b"a", b"b", b"") + message(b"b", b"a") + message(b"", b"a")
        peer.send(some * COUNT + message(b"a end"))
        for _ in range(COUNT):
            assert [socket.recv(), socket.recv()] == [b"a", b"b"]
            assert socket.getsockopt(zmqx.RCVMORE) == 1
            assert socket.recv() == b""
            assert socket.getsockopt(zmqx.RCVMORE) == 0
        assert socket.recv() == b"a end"


@states("P7.7")
def test_all_publishers_are_heard_each_in_order(lib: Lib) -> None:
    with subscribed(lib) as (socket, one), RawPeer.connect(lib.last_endpoint(socket)) as two:
        two.shake_hands("PUB")
        lib.await_peers(socket, 2)
        for topic in (b"a", b"b1"):
            take(socket, topic)
        for number in range(COUNT):
            one.send(sent(b"a%d" % number, b"b0", b"a%d!" % number))
            two.send(sent(b"b0", b"b1 %d" % number) * 2)
        found = take_in(socket, 4 * COUNT)
    first, second = ([body for body in found if body[:1] == topic] for topic in (b"a", b"b"))
    assert first == [b"a%d" % number + end for number in range(COUNT) for end in (b"", b"!")]
    assert second == [b"b1 %d" % number for number in range(COUNT) for _ in range(2)]
