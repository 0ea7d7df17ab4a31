"""Trap 8, high-water marks and blocking: which types wait, which drop, and that a message is whole or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import zmqx

from ..support.events import await_event
from ..support.raw_peer import RawPeer, frame

# A UNIX socket holds about one of these, so that a mark is met soon.
BIG = bytes(200_000)


def fill(sock: zmqx.Socket, *head: bytes) -> int:
    """Send without waiting until there is no room; how many messages went in."""
    for count in range(10_000):
        try:
            sock.send_multipart([*head, b"%d" % count, BIG], zmqx.DONTWAIT)
        except zmqx.Again:
            return count
    raise AssertionError("it never filled")


@pytest.mark.parametrize(("kind", "their_type"), [(zmqx.PUSH, "PULL"), (zmqx.DEALER, "DEALER"), (zmqx.PAIR, "PAIR")])
def test_these_wait_at_the_mark_and_lose_nothing(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], kind: int, their_type: str
) -> None:
    sock = ctx.socket(kind, sndhwm=5)
    with RawPeer.connect(sock.bind(endpoint_of("ipc"))) as peer:
        peer.shake_hands(their_type)
        sock.wait_connected(timeout=10_000)
        count = fill(sock)
        with pytest.raises(zmqx.Again):
            sock.send(b"late", timeout=10)
        assert not sock.poll(0, zmqx.POLLOUT)
        assert [peer.recv_message()[0] for _ in range(count)] == [b"%d" % number for number in range(count)]
        sock.send(b"now", timeout=10_000)
        assert peer.recv_message() == [b"now"]


@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.DEALER, zmqx.PAIR, zmqx.REQ])
def test_these_wait_for_a_peer(ctx: zmqx.Context, kind: int) -> None:
    sock = ctx.socket(kind)
    sock.bind("tcp://127.0.0.1:*")
    with pytest.raises(zmqx.Again):
        sock.send(b"anybody?", zmqx.DONTWAIT)
    with pytest.raises(zmqx.Again):
        sock.send(b"anybody?", timeout=10)


def test_a_publisher_drops_whole_messages_for_one_subscriber_only(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str]
) -> None:
    xpub = ctx.socket(zmqx.XPUB, sndhwm=5, xpub_verbose=1)
    endpoint = xpub.bind(endpoint_of("ipc"))
    with RawPeer.connect(endpoint) as slow, RawPeer.connect(endpoint) as fast:
        for peer in (slow, fast):
            peer.shake_hands("SUB", None)
            peer.send(frame(b"\x09SUBSCRIBE", 4))
            assert xpub.recv(timeout=10_000) == b"\1"
        for number in range(200):
            xpub.send_multipart([b"%d" % number, BIG, b"tail"])
            assert fast.recv_message() == [b"%d" % number, BIG, b"tail"]
        xpub.send(b"end")
        assert fast.recv_message() == [b"end"]
        got = []
        # Whatever was dropped was dropped whole.
        slow.sock.settimeout(0.5)
        try:
            while True:
                message = slow.recv_message()
                if len(message) == 1:
                    assert message == [b"end"]
                    break
                assert message[1:] == [BIG, b"tail"]
                got.append(int(message[0]))
        except TimeoutError:
            pass  # the end was dropped, too
        assert 0 < len(got) < 200
        assert got == list(range(len(got)))


def test_nodrop_publishers_tell(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    xpub = ctx.socket(zmqx.XPUB, sndhwm=5, xpub_nodrop=1)
    with RawPeer.connect(xpub.bind(endpoint_of("ipc"))) as peer:
        peer.shake_hands("SUB", None)
        peer.send(frame(b"\x09SUBSCRIBE", 4))
        assert xpub.recv(timeout=10_000) == b"\1"
        count = fill(xpub)
        assert [peer.recv_message()[0] for _ in range(count)] == [b"%d" % number for number in range(count)]


def test_a_mandatory_router_tells_at_the_id(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    router = ctx.socket(zmqx.ROUTER, sndhwm=5, router_mandatory=1)
    with RawPeer.connect(router.bind(endpoint_of("ipc"))) as peer:
        peer.shake_hands("DEALER", b"id")
        router.wait_connected(timeout=10_000)
        with pytest.raises(zmqx.ZMQError) as caught:
            router.send(b"nobody", zmqx.SNDMORE)
        assert caught.value.errno == zmqx.EHOSTUNREACH
        count = fill(router, b"id")
        with pytest.raises(zmqx.Again):
            router.send(b"id", zmqx.SNDMORE | zmqx.DONTWAIT)
        assert [peer.recv_message()[0] for _ in range(count)] == [b"%d" % number for number in range(count)]
        router.send_multipart([b"id", b"whole"], timeout=10_000)
        assert peer.recv_message() == [b"whole"]


def test_a_plain_router_drops_and_never_waits(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    router = ctx.socket(zmqx.ROUTER, sndhwm=5)
    endpoint = router.bind(endpoint_of("ipc"))
    with RawPeer.connect(endpoint) as slow, RawPeer.connect(endpoint) as other:
        slow.shake_hands("DEALER", b"slow")
        other.shake_hands("DEALER", b"other")
        router.wait_connected(2, timeout=10_000)
        router.send_multipart([b"nobody", b"lost"])
        for number in range(200):
            router.send_multipart([b"slow", b"%d" % number, BIG], zmqx.DONTWAIT)
        router.send_multipart([b"other", b"hello"])
        assert other.recv_message() == [b"hello"]
        assert slow.recv_message() == [b"0", BIG]


def test_a_message_goes_to_one_peer_whole(ctx: zmqx.Context) -> None:
    push = ctx.socket(zmqx.PUSH)
    endpoint = push.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as left, RawPeer.connect(endpoint) as right:
        for peer in (left, right):
            peer.shake_hands("PULL", None)
        push.wait_connected(2, timeout=10_000)
        for number in range(10):
            for part in (b"a", b"b"):
                push.send(b"%d" % number + part, zmqx.SNDMORE)
            push.send(b"%d" % number + b"c")
        got = [peer.recv_message() for peer in (left, right) for _ in range(5)]
        assert sorted(got) == [[b"%d" % number + part for part in (b"a", b"b", b"c")] for number in range(10)]


@pytest.mark.parametrize("binder_first", [True, False])
@pytest.mark.parametrize(("send", "receive", "room"), [(3, 4, 7), (1, 1, 2), (0, 4, None), (3, 0, None)])
def test_over_inproc_the_marks_add_up(
    ctx: zmqx.Context, send: int, receive: int, room: int | None, binder_first: bool
) -> None:
    push, pull = ctx.socket(zmqx.PUSH, sndhwm=send), ctx.socket(zmqx.PULL, rcvhwm=receive)
    ends = [(push, "bind"), (pull, "connect")]
    for sock, verb in ends if binder_first else reversed(ends):
        getattr(sock, verb)("inproc://marks")
    push.wait_connected(timeout=10_000)
    count = 0
    try:
        while count < 5000:
            push.send_multipart([b"two", b"frames"], zmqx.DONTWAIT)
            count += 1
    except zmqx.Again:
        pass
    assert count == (5000 if room is None else room)


def test_a_lost_peers_half_message_is_never_seen(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    events = pull.events(zmqx.Event.DISCONNECTED)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PUSH")
        peer.send(frame(b"whole", 1) + frame(b"message") + frame(b"half of", 1) + frame(b"another", 1))
    await_event(events, zmqx.Event.DISCONNECTED)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PUSH")
        peer.send(frame(b"next"))
        assert pull.recv_multipart(timeout=10_000) == [b"whole", b"message"]
        assert pull.recv_multipart(timeout=10_000) == [b"next"]
