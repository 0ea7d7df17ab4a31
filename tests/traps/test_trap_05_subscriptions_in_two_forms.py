"""Trap 5, one subscription format: commands and messages, from and for the right peers, counted in the right place."""

from __future__ import annotations

import pytest

import zmqx

from ..support.judge import Judge
from ..support.raw_peer import SIGNATURE, RawListener, RawPeer, frame, greeting, ready

SUBSCRIBE = b"\x09SUBSCRIBE"
CANCEL = b"\x06CANCEL"


def command(name: bytes, topic: bytes) -> bytes:
    return frame(name + topic, 4)


def message(on: bool, topic: bytes) -> bytes:
    return frame((b"\1" if on else b"\0") + topic)


@pytest.mark.parametrize("minor", [0, 1], ids=["3.0", "3.1"])
@pytest.mark.parametrize("their_type", ["SUB", "XSUB"])
def test_a_publisher_takes_both_forms_from_one_peer(ctx: zmqx.Context, minor: int, their_type: str) -> None:
    xpub = ctx.socket(zmqx.XPUB)
    with RawPeer.connect(xpub.bind("tcp://127.0.0.1:*")) as peer:
        peer.greet(greeting(minor=minor))
        peer.send(ready(their_type, None))
        peer.recv_frame()
        peer.send(command(SUBSCRIBE, b"a") + message(True, b"b"))
        assert [xpub.recv(timeout=10_000) for _ in range(2)] == [b"\1a", b"\1b"]
        for topic in (b"a", b"b", b"c", b"end"):
            if topic == b"end":
                # Each form undoes the other.
                peer.send(message(False, b"a") + command(CANCEL, b"b") + command(SUBSCRIBE, b"end"))
                assert [xpub.recv(timeout=10_000) for _ in range(3)] == [b"\0a", b"\0b", b"\1end"]
                xpub.send(b"a")
                xpub.send(b"b")
            xpub.send(topic)
        assert [peer.recv_message() for _ in range(3)] == [[b"a"], [b"b"], [b"end"]]


def test_one_cancel_undoes_any_number_of_subscribes(ctx: zmqx.Context) -> None:
    xpub = ctx.socket(zmqx.XPUB, xpub_verboser=1)
    with RawPeer.connect(xpub.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("SUB", None)
        peer.send(command(SUBSCRIBE, b"a") * 3 + command(CANCEL, b"a") + command(SUBSCRIBE, b"end"))
        assert [xpub.recv(timeout=10_000) for _ in range(5)] == [b"\1a", b"\1a", b"\1a", b"\0a", b"\1end"]
        xpub.send(b"a")
        xpub.send(b"end")
        assert peer.recv_message() == [b"end"]


def read_3_1(peer: RawPeer) -> tuple[bool, bytes]:
    flags, body = peer.recv_frame()
    assert flags == 4
    on = body.startswith(SUBSCRIBE)
    return on, body.removeprefix(SUBSCRIBE if on else CANCEL)


def read_older(peer: RawPeer) -> tuple[bool, bytes]:
    flags, body = peer.recv_frame()
    assert flags == 0
    return body[0] == 1, body[1:]


@pytest.mark.parametrize("dialect", ["3.1", "3.0", "2.0", "future"])
def test_a_sub_speaks_the_publishers_form_and_counts(ctx: zmqx.Context, dialect: str) -> None:
    """Every subscribe goes out, but only the last cancel."""
    sub = ctx.socket(zmqx.SUB)
    read = read_3_1 if dialect in ("3.1", "future") else read_older
    with RawListener() as listener:
        sub.connect(listener.endpoint)
        with listener.accept() as peer:
            if dialect == "2.0":
                peer.send(SIGNATURE + b"\1\1" + frame(b""))
                peer.recv(12)
                assert peer.recv_frame() == (0, b"")
            else:
                peer.greet(greeting(4, 0) if dialect == "future" else greeting(minor=int(dialect[2:])))
                peer.send(ready("PUB", None))
                peer.recv_frame()
            sub.wait_connected(timeout=10_000)
            for topic in (b"a", b"b", b"a", b""):
                sub.subscribe(topic)
            for topic in (b"a", b"unknown", b"b", b"a"):
                sub.unsubscribe(topic)
            expected = [(True, b"a"), (True, b"b"), (True, b"a"), (True, b""), (False, b"b"), (False, b"a")]
            assert [read(peer) for _ in expected] == expected


def test_an_xsub_sends_what_it_was_given(ctx: zmqx.Context) -> None:
    """libzmq's XSUB sends subscriptions as messages, even to peers that know commands."""
    xsub = ctx.socket(zmqx.XSUB)
    with RawListener() as listener:
        xsub.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("XPUB", None)
            xsub.wait_connected(timeout=10_000)
            for text in (b"\1a", b"\1a", b"\0a", b"\0a", b"own"):
                xsub.send(text)
            expected = [b"\1a", b"\1a", b"\0a", b"own"]
            assert [peer.recv_frame() for _ in expected] == [(0, body) for body in expected]


@pytest.mark.parametrize("their_type", ["SUB", "XSUB"])
def test_libzmq_subscribers_use_either_form(ctx: zmqx.Context, judge: Judge, their_type: str) -> None:
    xpub = ctx.socket(zmqx.XPUB)
    peer = judge.socket(their_type)
    peer.connect(xpub.bind("tcp://127.0.0.1:*"))
    xpub.wait_connected(timeout=10_000)
    for on in (True, False):
        if their_type == "XSUB":
            peer.send_multipart([b"\1topic" if on else b"\0topic"])
        else:
            (peer.subscribe if on else peer.unsubscribe)(b"topic")
        assert xpub.recv(timeout=10_000) == (b"\1topic" if on else b"\0topic")
