"""docs/spec/patterns.md, section 6: what else an XPUB can be told."""

from __future__ import annotations

import pytest

import zmqx

from ..support.raw_peer import RawPeer
from .lib import Lib
from .states import states
from .test_patterns_01_pipes import taken
from .test_patterns_06_xpub import NOT_T, T, cancel, published, reported, subscribe


@states("P6.24", "P6.25", "O1.71")
def test_a_manual_xpub_only_reports(lib: Lib) -> None:
    """Every subscription, repeated ones too; what counts is what the application sets, for whom it heard last."""
    with published(lib, 2, xpub_manual=1) as (publisher, (one, two)):
        one.send(subscribe(b"t") + subscribe(b"t"))
        assert [publisher.recv() for _ in range(2)] == [T, T]
        publisher.send(b"t1")
        two.send(subscribe(b"u"))
        assert publisher.recv() == b"\x01u"
        publisher.setsockopt(zmqx.SUBSCRIBE, b"other")
        publisher.send(b"other")
        assert two.recv_message() == [b"other"]
        assert one.is_left_alone()
        publisher.send(b"u1")
        publisher.setsockopt(zmqx.UNSUBSCRIBE, b"other")
        publisher.send(b"other")
        assert two.is_left_alone()


@states("P6.24")
def test_a_manual_xpub_reports_cancels(lib: Lib) -> None:
    with published(lib, xpub_manual=1) as (publisher, (peer,)):
        peer.send(subscribe(b"t"))
        assert publisher.recv() == T
        publisher.setsockopt(zmqx.SUBSCRIBE, b"t")
        peer.send(cancel(b"t") + cancel(b"t"))
        assert [publisher.recv() for _ in range(2)] == [NOT_T, NOT_T]
        publisher.send(b"t: it was not told to stop")
        assert peer.recv_message() == [b"t: it was not told to stop"]


@states("P6.26")
def test_a_manual_xpub_reports_what_was_asked_by_who_is_gone(lib: Lib) -> None:
    with published(lib, 2, xpub_manual=1) as (publisher, (one, two)):
        one.send(subscribe(b"asked"))
        assert publisher.recv() == b"\x01asked"
        for topic in (b"set", b"set too"):
            publisher.setsockopt(zmqx.SUBSCRIBE, topic)
        one.close()
        lib.await_loss(publisher, 1)
        assert reported(publisher, two) == [b"\x00asked"]


@states("P6.27")
@pytest.mark.parametrize("kind", [zmqx.XPUB, zmqx.PUB])
def test_only_a_manual_publisher_subscribes_its_peers(lib: Lib, kind: int) -> None:
    publisher = lib.socket(kind)
    for option in (zmqx.SUBSCRIBE, zmqx.UNSUBSCRIBE):
        with lib.fails(zmqx.EINVAL):
            publisher.setsockopt(option, b"t")


@states("P6.28", "O1.98")
def test_a_last_value_is_for_who_came_last(lib: Lib) -> None:
    with published(lib, 2, xpub_manual_last_value=1) as (publisher, (one, two)):
        for peer in (one, two):
            peer.send(subscribe(b"t"))
            assert publisher.recv() == T
            publisher.setsockopt(zmqx.SUBSCRIBE, b"t")
            publisher.send(b"t: the last value")
            assert peer.recv_message() == [b"t: the last value"]
        assert one.is_left_alone()
        publisher.send(b"t: news")
        assert one.recv_message() == two.recv_message() == [b"t: news"]


@states("P6.28", "O1.98")
def test_a_last_value_that_does_not_match_goes_to_nobody(lib: Lib) -> None:
    with published(lib, 2, xpub_manual_last_value=1) as (publisher, (one, two)):
        for peer, topic in ((one, b"a"), (two, b"b")):
            peer.send(subscribe(topic))
            publisher.recv()
            publisher.setsockopt(zmqx.SUBSCRIBE, topic)
        publisher.send(b"a: not for the last")
        publisher.send(b"a: for all")
        assert one.recv_message() == [b"a: for all"]
        assert two.is_left_alone()


@states("P6.29", "P6.30", "O1.69")
def test_a_publisher_that_drops_nothing_waits(lib: Lib) -> None:
    """While one that matches is full, nobody gets the message."""
    publisher = lib.socket(zmqx.XPUB, sndhwm=1, xpub_nodrop=1)
    narrow, wide = lib.socket(zmqx.SUB, rcvhwm=1, subscribe=b"t"), lib.socket(zmqx.SUB, rcvhwm=0, subscribe=b"")
    lib.join(publisher, narrow, wide, transport="inproc")
    assert [publisher.recv() for _ in range(2)] == [T, b"\x01"]
    assert taken(lib, publisher, most=5, message=[b"t", b"x"]) == 2
    assert publisher.poll(0, zmqx.POLLOUT)
    publisher.send(b"not for the full one", zmqx.DONTWAIT)
    assert [wide.recv_multipart() for _ in range(3)] == [[b"t", b"x"], [b"t", b"x"], [b"not for the full one"]]
    with lib.fails(zmqx.EAGAIN):
        wide.recv(zmqx.DONTWAIT)


@states("P6.31", "P6.33", "O1.72")
@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.XPUB])
def test_who_comes_is_welcomed(lib: Lib, kind: int) -> None:
    publisher = lib.socket(kind, xpub_welcome_msg=b"W")
    endpoint = lib.bind(publisher)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("SUB")
        lib.await_peers(publisher)
        assert peer.recv(3) == b"\x00\x01W"
    lib.await_loss(publisher)
    publisher.setsockopt(zmqx.XPUB_WELCOME_MSG, b"")
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("SUB")
        lib.await_peers(publisher)
        assert peer.is_left_alone()


@states("P6.32")
def test_a_welcome_is_read_by_who_subscribed_to_it(lib: Lib) -> None:
    publisher = lib.socket(zmqx.XPUB, xpub_welcome_msg=b"Welcome")
    right, wrong = lib.socket(zmqx.SUB, subscribe=b"W"), lib.socket(zmqx.SUB, subscribe=b"X")
    lib.join(publisher, right, wrong)
    assert right.recv() == b"Welcome"
    assert {publisher.recv() for _ in range(2)} == {b"\x01W", b"\x01X"}
    publisher.send(b"X1")
    assert wrong.recv() == b"X1"


@states("P6.34", "O1.74")
def test_inverted_matching_is_for_those_that_do_not_match(lib: Lib) -> None:
    with published(lib, 2, invert_matching=1) as (publisher, (subscribed, silent)):
        subscribed.send(subscribe(b"a"))
        assert publisher.recv() == b"\x01a"
        for word in (b"a1", b"b1"):
            publisher.send(word)
        assert subscribed.recv_message() == [b"b1"]
        assert [silent.recv_message() for _ in range(2)] == [[b"a1"], [b"b1"]]


@states("P6.34", "O1.74")
def test_inverted_matching_needs_both_sides(lib: Lib) -> None:
    publisher = lib.socket(zmqx.XPUB, invert_matching=1)
    both, only_one = lib.socket(zmqx.SUB, invert_matching=1), lib.socket(zmqx.SUB)
    for sub in (both, only_one):
        sub.setsockopt(zmqx.SUBSCRIBE, b"a")
    lib.join(publisher, both, only_one)
    assert publisher.recv() == b"\x01a"
    lib.await_topics(publisher, 1)
    only_one.setsockopt(zmqx.SUBSCRIBE, b"c")
    assert publisher.recv() == b"\x01c"
    for word in (b"a1", b"b1", b"c1"):
        publisher.send(word)
    assert [both.recv() for _ in range(2)] == [b"b1", b"c1"]
    assert lib.silent(only_one)


@states("P6.35", "O1.116")
def test_topics_are_counted(lib: Lib) -> None:
    with published(lib, 2) as (publisher, (one, two)):
        assert publisher.getsockopt(zmqx.TOPICS_COUNT) == 0
        one.send(subscribe(b"a") + subscribe(b"b"))
        two.send(subscribe(b"b") + subscribe(b""))
        lib.await_topics(publisher, 3)
        two.send(cancel(b"b"))
        two.send(cancel(b""))
        lib.await_topics(publisher, 2)
        one.close()
        lib.await_loss(publisher, 1)
        two.send(subscribe(b"c") + cancel(b"c"))
        reported(publisher, two)
        assert publisher.getsockopt(zmqx.TOPICS_COUNT) == lib.differs(ours=0, libzmq=2, see="0010")


@states("P6.35", "O1.116")
@pytest.mark.parametrize("kind", [zmqx.SUB, zmqx.XSUB])
def test_topics_are_counted_by_subscribers(lib: Lib, kind: int) -> None:
    socket = lib.socket(kind)
    for change, count in ((b"\x01a", 1), (b"\x01b", 2), (b"\x01a", 2), (b"\x00a", 2), (b"\x00a", 1)):
        if kind == zmqx.XSUB:
            socket.send(change)
        else:
            socket.setsockopt(zmqx.SUBSCRIBE if change[0] else zmqx.UNSUBSCRIBE, change[1:])
        assert socket.getsockopt(zmqx.TOPICS_COUNT) == count
    with lib.fails(zmqx.EINVAL):
        socket.setsockopt(zmqx.TOPICS_COUNT, 1)
    with lib.fails(zmqx.EINVAL):
        lib.socket(zmqx.PULL).getsockopt(zmqx.TOPICS_COUNT)
