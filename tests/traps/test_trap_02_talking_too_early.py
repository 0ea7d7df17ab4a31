"""Trap 2, talking before the peer's READY: libzmq closes on a message that comes with our READY."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import quiet
from ..support.judge import Judge
from ..support.raw_peer import GREETING, RawListener, RawPeer, frame, ready

SENDERS = [
    (zmqx.PUSH, {}, "PULL"),
    (zmqx.DEALER, {"probe_router": 1}, "ROUTER"),
    (zmqx.PAIR, {}, "PAIR"),
    (zmqx.PUSH, {"heartbeat_ivl": 1}, "PULL"),
]


@pytest.mark.parametrize(("kind", "options", "their_type"), SENDERS)
def test_queued_messages_wait_for_the_peers_ready(
    ctx: zmqx.Context, kind: int, options: dict[str, int], their_type: str
) -> None:
    sender = ctx.socket(kind, **options)
    with RawListener() as listener:
        sender.connect(listener.endpoint)
        if kind != zmqx.PAIR:
            sender.send(b"early")
        with listener.accept() as peer:
            assert peer.greet() == GREETING
            flags, body = peer.recv_frame()
            assert (flags, body[:6]) == (4, b"\x05READY")
            assert peer.is_left_alone()
            peer.send(ready(their_type)[:5])
            assert peer.is_left_alone()
            peer.send(ready(their_type)[5:])
            sender.send(b"late", timeout=10_000)
            while (message := peer.recv_message()) != [b"late"]:
                assert message in ([b"early"], [b""])


def test_subscriptions_wait_for_the_peers_ready(ctx: zmqx.Context) -> None:
    sub = ctx.socket(zmqx.SUB)
    sub.subscribe(b"topic")
    with RawListener() as listener:
        sub.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.greet()
            assert peer.recv_frame()[1].startswith(b"\x05READY")
            sub.subscribe(b"more")
            assert peer.is_left_alone()
            peer.send(ready("PUB"))
            expected = [(4, b"\x09SUBSCRIBEmore"), (4, b"\x09SUBSCRIBEtopic")]
            assert sorted(peer.recv_frame() for _ in expected) == expected


def test_libzmq_takes_our_queued_messages(ctx: zmqx.Context, judge: Judge) -> None:
    pull = judge.socket("PULL")
    endpoint = pull.bind("tcp://127.0.0.1:*")
    for number in range(10):
        push = ctx.socket(zmqx.PUSH)
        events = push.events(Event.DISCONNECTED | Event.HANDSHAKE_FAILED_NO_DETAIL)
        push.connect(endpoint)
        push.send(b"%d" % number)
        assert pull.recv_multipart() == [b"%d" % number]
        assert quiet(events)


def test_peers_that_talk_too_early_are_understood(ctx: zmqx.Context) -> None:
    """Where one segment ends is the network's choice: it must not matter to us."""
    pull = ctx.socket(zmqx.PULL)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.send(GREETING + ready("PUSH") + frame(b"in one") + frame(b"", 1) + frame(b"burst"))
        assert pull.recv_multipart(timeout=10_000) == [b"in one"]
        assert pull.recv_multipart(timeout=10_000) == [b"", b"burst"]
