"""docs/spec/patterns.md, section 7: SUB and XSUB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawListener, RawPeer
from .lib import Lib
from .states import states
from .test_patterns_02_req import message

COMMAND = 4


@contextmanager
def subscribed(lib: Lib, kind: int = zmqx.SUB, claimed: str = "PUB", **options: Any) -> Iterator[tuple[Any, RawPeer]]:
    """A bound subscriber and a publisher of raw bytes."""
    socket = lib.socket(kind, **options)
    with RawPeer.connect(lib.bind(socket)) as peer:
        peer.shake_hands(claimed)
        lib.await_peers(socket)
        yield socket, peer


def take(socket: Any, topic: bytes, on: bool = True) -> None:
    """Subscribe to a topic, or give it up, in the way of the type."""
    if socket.getsockopt(zmqx.TYPE) == zmqx.XSUB:
        socket.send((b"\x01" if on else b"\x00") + topic)
    else:
        socket.setsockopt(zmqx.SUBSCRIBE if on else zmqx.UNSUBSCRIBE, topic)


def heard(peer: RawPeer) -> tuple[bool, bytes]:
    """The next change of a subscription, in whichever form."""
    flags, body = peer.recv_frame()
    if flags & COMMAND:
        name, topic = body[1 : 1 + body[0]], body[1 + body[0] :]
        return name == b"SUBSCRIBE", topic
    return body[0] == 1, body[1:]


BOTH = pytest.mark.parametrize("kind", [zmqx.SUB, zmqx.XSUB], ids=["SUB", "XSUB"])


@states("P7.1", "P7.2", "P7.3", "P7.4", "O1.6", "O1.7")
@BOTH
def test_topics_are_counted_and_the_last_cancel_is_told(lib: Lib, kind: int) -> None:
    with subscribed(lib, kind) as (socket, peer):
        for topic in (b"a", b"a", b"a", b"b"):
            take(socket, topic)
        assert [heard(peer) for _ in range(4)] == [(True, b"a")] * 3 + [(True, b"b")]
        for topic in (b"a", b"a", b"unknown", b"a", b"a", b"b"):
            take(socket, topic, on=False)
        assert [heard(peer) for _ in range(2)] == [(False, b"a"), (False, b"b")]


@states("P7.4", "O1.115")
def test_every_cancel_can_be_told(ours: Lib) -> None:
    with subscribed(ours, zmqx.XSUB, xsub_verbose_unsubscribe=1) as (socket, peer):
        take(socket, b"a")
        for topic in (b"a", b"unknown"):
            take(socket, topic, on=False)
        assert [heard(peer) for _ in range(3)] == [(True, b"a"), (False, b"a"), (False, b"unknown")]


@states("P7.5")
@BOTH
def test_who_comes_is_told_every_topic_once(lib: Lib, kind: int) -> None:
    socket = lib.socket(kind)
    endpoint = lib.bind(socket)
    for topic in (b"b", b"a", b"a", b"c"):
        take(socket, topic)
    take(socket, b"c", on=False)
    for _ in range(2):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("PUB")
            lib.await_peers(socket)
            assert {heard(peer) for _ in range(2)} == {(True, b"a"), (True, b"b")}
            take(socket, b"d")
            assert heard(peer) == (True, b"d")
            take(socket, b"d", on=False)
            assert heard(peer) == (False, b"d")
        lib.await_loss(socket)


@states("P7.5")
@BOTH
def test_who_comes_back_is_told_every_topic_once(lib: Lib, kind: int) -> None:
    socket = lib.socket(kind, reconnect_ivl=10)
    with RawListener() as listener:
        socket.connect(listener.endpoint)
        for topics in ([b"a"], [b"a", b"b"]):
            take(socket, topics[-1])
            with listener.accept() as peer:
                peer.shake_hands("PUB")
                lib.await_peers(socket)
                assert {heard(peer) for _ in topics} == {(True, topic) for topic in topics}
                take(socket, b"end")
                assert heard(peer) == (True, b"end")
                take(socket, b"end", on=False)
                assert heard(peer) == (False, b"end")
            lib.await_loss(socket)


@states("P7.6")
@BOTH
def test_a_topic_taken_twice_before_the_first_connection(lib: Lib, kind: int) -> None:
    """libzmq has queued it twice; zmqx tells what is subscribed."""
    socket = lib.socket(kind)
    with RawListener() as listener:
        socket.connect(listener.endpoint)
        for topic in (b"a", b"a"):
            take(socket, topic)
        with listener.accept() as peer:
            peer.shake_hands("PUB")
            lib.await_peers(socket)
            take(socket, b"end")
            told = [heard(peer)]
            while told[-1] != (True, b"end"):
                told.append(heard(peer))
    assert told[:-1] == [(True, b"a")] * lib.differs(ours=1, libzmq=2, see="0010")


@states("P7.7")
def test_a_sub_looks_at_what_comes(lib: Lib) -> None:
    with subscribed(lib) as (socket, peer):
        take(socket, b"a")
        peer.send(message(b"b1") + message(b"", b"a") + message(b"a1", b"x") + message(b"c") + message(b"a2"))
        assert [socket.recv_multipart() for _ in range(2)] == [[b"a1", b"x"], [b"a2"]]


@states("P7.8")
def test_an_xsub_takes_what_comes(lib: Lib) -> None:
    with subscribed(lib, zmqx.XSUB) as (socket, peer):
        peer.send(message(b"b1") + message(b"", b"a"))
        assert [socket.recv_multipart() for _ in range(2)] == [[b"b1"], [b"", b"a"]]


OTHERS = [zmqx.XSUB, zmqx.PUSH, zmqx.PULL, zmqx.REQ, zmqx.REP, zmqx.DEALER, zmqx.ROUTER, zmqx.PAIR, zmqx.XPUB]


@states("P7.9")
@pytest.mark.parametrize("kind", OTHERS)
def test_the_option_is_for_a_sub(lib: Lib, kind: int) -> None:
    socket = lib.socket(kind)
    for option in (zmqx.SUBSCRIBE, zmqx.UNSUBSCRIBE):
        with lib.fails(zmqx.EINVAL):
            socket.setsockopt(option, b"a")
        lib.socket(zmqx.SUB).setsockopt(option, b"a")


@states("P7.10", "P7.11")
def test_an_xsub_subscribes_by_messages(lib: Lib) -> None:
    with subscribed(lib, zmqx.XSUB) as (socket, peer):
        socket.send(b"\x01topic")
        socket.send(b"\x00topic")
        assert peer.recv(8) == b"\x00\x06\x01topic"
        assert peer.recv(8) == b"\x00\x06\x00topic"
    with subscribed(lib, zmqx.SUB) as (socket, peer):
        socket.setsockopt(zmqx.SUBSCRIBE, b"topic")
        assert peer.recv_frame() == (COMMAND, b"\x09SUBSCRIBEtopic")


@states("P7.12")
@pytest.mark.parametrize("parts", [[b""], [b"hello"], [b"\x02", b"", b"world"]], ids=repr)
def test_other_messages_go_up_to_all(lib: Lib, parts: list[bytes]) -> None:
    with subscribed(lib, zmqx.XSUB) as (socket, one), RawPeer.connect(lib.last_endpoint(socket)) as two:
        two.shake_hands("XPUB")
        lib.await_peers(socket, 2)
        socket.send_multipart(parts)
        assert one.recv_message() == two.recv_message() == parts


@states("P7.13")
def test_a_full_pipe_loses_other_messages(lib: Lib) -> None:
    with subscribed(lib, zmqx.XSUB, sndhwm=3) as (socket, peer):
        for number in range(100):
            socket.send(b"%03d" % number + b"x" * 300_000, zmqx.DONTWAIT)
        got = [peer.recv_message()[0][:3]]
        while not peer.is_left_alone():
            got.append(peer.recv_message()[0][:3])
    assert got == sorted(set(got))
    assert len(got) < 100


@states("P7.14")
def test_subscribers_do_not_linger(lib: Lib) -> None:
    for kind in (zmqx.SUB, zmqx.XSUB):
        assert lib.bare_socket(kind).getsockopt(zmqx.LINGER) == 0


@states("P7.15")
def test_a_subscription_at_a_full_pipe(lib: Lib) -> None:
    """libzmq drops it; zmqx never does."""
    with subscribed(lib, zmqx.XSUB, sndhwm=3) as (socket, peer):
        for _ in range(100):
            socket.send(b"x" * 300_000, zmqx.DONTWAIT)
        take(socket, b"topic")
        last = peer.recv_message()
        while not peer.is_left_alone():
            last = peer.recv_message()
        found = last == [b"\x01topic"]
    assert found is lib.differs(ours=True, libzmq=False, see="0010")


@states("P7.16")
def test_every_part_may_change_topics(lib: Lib) -> None:
    with subscribed(lib, zmqx.XSUB) as (socket, peer):
        socket.send_multipart([b"\x02x", b"\x01a", b"\x01b"])
        assert peer.recv_message() == [b"\x02x", b"\x01a", b"\x01b"]
        assert socket.getsockopt(zmqx.TOPICS_COUNT) == 2
        socket.setsockopt(zmqx.ONLY_FIRST_SUBSCRIBE, 1)
        socket.send_multipart([b"\x02x", b"\x01c", b"\x00a"])
        assert peer.recv_message() == [b"\x02x", b"\x01c", b"\x00a"]
        assert socket.getsockopt(zmqx.TOPICS_COUNT) == 2
    with RawPeer.connect(lib.last_endpoint(socket)) as peer:
        peer.shake_hands("XPUB")
        lib.await_peers(socket)
        assert {heard(peer) for _ in range(2)} == {(True, b"a"), (True, b"b")}


@states("P7.7")
def test_a_sub_looks_at_what_comes_over_inproc(lib: Lib) -> None:
    """A publisher that sends everything to everybody is no excuse."""
    publisher, sub = lib.socket(zmqx.XPUB, invert_matching=1), lib.socket(zmqx.SUB, subscribe=b"a")
    lib.join(publisher, sub, transport="inproc")
    assert publisher.recv() == b"\x01a"
    publisher.send(b"b: the publisher thinks that it is wanted")
    take(sub, b"c")
    assert publisher.recv() == b"\x01c"
    assert not sub.poll(0)
    publisher.setsockopt(zmqx.INVERT_MATCHING, 0)
    publisher.send(b"c1")
    assert sub.recv() == b"c1"
