"""docs/spec/patterns.md, section 13: CONFLATE."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawListener, RawPeer
from .lib import Lib
from .states import row, states
from .test_patterns_02_req import message
from .test_patterns_06_xpub import subscribe

MANY = 500


def read_until(socket: Any, last: bytes) -> list[bytes]:
    got = [socket.recv()]
    while got[-1] != last:
        got.append(socket.recv())
    return got


@pytest.mark.parametrize(
    ("kind", "claimed"),
    [row("P13.1 P13.4", zmqx.PULL, "PUSH"), row("P13.1", zmqx.DEALER, "DEALER"), row("P13.1", zmqx.SUB, "PUB")],
)
def test_what_is_received_is_conflated(lib: Lib, kind: int, claimed: str) -> None:
    socket = lib.socket(kind, conflate=1, rcvhwm=2)
    if kind == zmqx.SUB:
        socket.setsockopt(zmqx.SUBSCRIBE, b"")
    with RawPeer.connect(lib.bind(socket)) as peer:
        peer.shake_hands(claimed)
        lib.await_peers(socket)
        peer.send(b"".join(message(b"%d" % number) for number in range(MANY)))
        got = read_until(socket, b"%d" % (MANY - 1))
        assert len(got) < MANY / 2
        assert not socket.poll(0)


@pytest.mark.parametrize(
    ("kind", "claimed"),
    [row("P13.1 P13.4", zmqx.PUSH, "PULL"), row("P13.1", zmqx.DEALER, "DEALER"), row("P13.1", zmqx.PUB, "SUB")],
)
def test_what_is_sent_is_conflated(lib: Lib, kind: int, claimed: str) -> None:
    socket = lib.socket(kind, conflate=1, sndhwm=2)
    with RawPeer.connect(lib.bind(socket)) as peer:
        peer.shake_hands(claimed)
        lib.await_peers(socket)
        if kind == zmqx.PUB:
            peer.send(subscribe(b""))
            lib.await_topics(socket, 1)
        for number in range(100):
            socket.send(b"%03d" % number + b"x" * 300_000, zmqx.DONTWAIT)
        got = [peer.recv_message()[0][:3]]
        while got[-1] != b"099":
            got.append(peer.recv_message()[0][:3])
    assert got == sorted(set(got))
    assert len(got) < 50


@pytest.mark.parametrize(
    ("kind", "claimed"),
    [
        row("P13.1", zmqx.ROUTER, "DEALER", name="ROUTER"),
        row("P13.1", zmqx.PAIR, "PAIR", name="PAIR"),
        row("P13.1", zmqx.XSUB, "PUB", name="XSUB"),
        row("P13.1", zmqx.XPUB, "SUB", name="XPUB"),
    ],
)
def test_others_do_not_conflate(lib: Lib, kind: int, claimed: str) -> None:
    socket = lib.socket(kind, conflate=1)
    with RawPeer.connect(lib.bind(socket)) as peer:
        peer.shake_hands(claimed)
        lib.await_peers(socket)
        peer.send(b"".join(message(b"%d" % number) for number in range(MANY)))
        assert [socket.recv_multipart()[-1] for _ in range(MANY)] == [b"%d" % number for number in range(MANY)]


@states("P13.2")
@pytest.mark.parametrize("late", [False, True])
def test_it_has_to_be_set_before(lib: Lib, late: bool) -> None:
    push = lib.socket(zmqx.PUSH)
    with RawListener() as listener:
        if not late:
            push.setsockopt(zmqx.CONFLATE, 1)
        push.connect(listener.endpoint)
        push.setsockopt(zmqx.CONFLATE, 1)
        for number in range(5):
            push.send(b"%d" % number, zmqx.DONTWAIT)
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            assert peer.recv_message() == [b"0" if late else b"4"]


@states("P13.3", "P13.4", "O1.54")
def test_every_peer_has_a_queue_of_one(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH, conflate=1, sndhwm=1)
    with RawListener() as one, RawListener() as two:
        for listener in (one, two):
            push.connect(listener.endpoint)
        for number in range(6):
            push.send(b"%d" % number, zmqx.DONTWAIT)
        for listener, last in ((one, b"4"), (two, b"5")):
            with listener.accept() as peer:
                peer.shake_hands("PULL")
                assert peer.recv_message() == [last]


@states("P13.3")
def test_each_direction_has_a_queue_of_one(lib: Lib) -> None:
    left, right = lib.socket(zmqx.DEALER, conflate=1), lib.socket(zmqx.DEALER, conflate=1)
    lib.join(left, right, transport="inproc")
    for number in range(5):
        left.send(b"to the right %d" % number)
        right.send(b"to the left %d" % number)
    assert right.recv() == b"to the right 4"
    assert left.recv() == b"to the left 4"


@states("P13.5")
def test_it_is_not_for_messages_of_several_frames(lib: Lib) -> None:
    """libzmq conflates frames; zmqx whole messages."""
    push = lib.socket(zmqx.PUSH, conflate=1)
    with RawListener() as listener:
        push.connect(listener.endpoint)
        for number in range(3):
            push.send_multipart([b"first %d" % number, b"last %d" % number], zmqx.DONTWAIT)
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            expected = lib.differs(ours=[b"first 2", b"last 2"], libzmq=[b"last 2"], see="0010")
            assert peer.recv_message() == expected
