"""Trap 10, inputs that libzmq mishandles: we never send them, bear them, and do not copy the mistake."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event
from ..support.judge import Judge
from ..support.raw_peer import GREETING, SIGNATURE, RawListener, RawPeer, frame, greeting, ready

PING = b"\x04PING"
PONG = b"\x04PONG"


@pytest.fixture
def pull(ctx: zmqx.Context) -> zmqx.Socket:
    return ctx.socket(zmqx.PULL)


@pytest.fixture
def peer(pull: zmqx.Socket) -> Iterator[RawPeer]:
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("PUSH")
        yield peer


# -- PING without a TTL: libzmq answers with 16 bytes of its memory


@pytest.mark.parametrize("short", [PING, PING + b"\0", b"\x04PIN", b"\x04", b"", b"\xffPING"])
def test_a_ping_without_ttl_gets_no_answer(pull: zmqx.Socket, peer: RawPeer, short: bytes) -> None:
    peer.send(frame(short, 4) + frame(PING + b"\0\0end", 4) + frame(b"message"))
    assert peer.recv_frame() == (4, PONG + b"end")
    assert pull.recv(timeout=10_000) == b"message"


@pytest.mark.parametrize("context", [b"", b"x", bytes(16), bytes(range(40)), bytes(1000)])
def test_a_pong_returns_16_bytes_at_most(pull: zmqx.Socket, peer: RawPeer, context: bytes) -> None:
    peer.send(frame(PING + b"\0\0" + context, 4))
    assert peer.recv_frame() == (4, PONG + context[:16])


# -- TTLs from 65.6 s on: libzmq keeps them in 16 bits of milliseconds


@pytest.mark.parametrize(("ttl", "sent"), [(0, 0), (199, 1), (65_500, 655), (65_600, 655), (6_553_500, 655)])
def test_no_ttl_is_sent_that_libzmq_takes_for_another(ctx: zmqx.Context, ttl: int, sent: int) -> None:
    pull = ctx.socket(zmqx.PULL, heartbeat_ivl=10, heartbeat_timeout=60_000, heartbeat_ttl=ttl)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("PUSH")
        for _ in range(2):
            assert peer.recv_frame() == (4, PING + sent.to_bytes(2, "big"))


@pytest.mark.parametrize("ttl", [656, 657, 0xFFFF])
def test_a_long_ttl_is_long(pull: zmqx.Socket, peer: RawPeer, ttl: int) -> None:
    """656 tenths of a second are 64 ms to libzmq, and then the connection dies."""
    events = pull.events(Event.DISCONNECTED)
    peer.send(frame(PING + ttl.to_bytes(2, "big"), 4))
    assert peer.recv_frame() == (4, PONG)
    with pytest.raises(zmqx.Again):
        events.recv(timeout=200)
    peer.send(frame(b"still here"))
    assert pull.recv(timeout=10_000) == b"still here"


def test_a_short_ttl_is_obeyed(pull: zmqx.Socket, peer: RawPeer) -> None:
    events = pull.events(Event.DISCONNECTED)
    pull.wait_connected(timeout=10_000)
    peer.send(frame(PING + b"\0\1", 4))
    assert "asked for more signs of life" in await_event(events, Event.DISCONNECTED).reason
    assert peer.ended()


def test_a_ttl_that_comes_with_the_ready_is_obeyed(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    events = pull.events(Event.DISCONNECTED)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.greet()
        peer.send(ready("PUSH") + frame(PING + b"\0\1", 4))
        assert "asked for more signs of life" in await_event(events, Event.DISCONNECTED).reason


def test_a_huge_ttl_of_ours_keeps_libzmq(ctx: zmqx.Context, judge: Judge) -> None:
    dealer = ctx.socket(zmqx.DEALER, heartbeat_ivl=300, heartbeat_timeout=60_000, heartbeat_ttl=65_600)
    events = dealer.events(Event.DISCONNECTED)
    theirs = judge.socket("DEALER")
    dealer.connect(theirs.bind("tcp://127.0.0.1:*"))
    dealer.wait_connected(timeout=10_000)
    with pytest.raises(zmqx.Again):
        events.recv(timeout=700)


# -- topics of 255 bytes: libzmq's header says less than follows, to peers of ZMTP 3.0 and 2.0


@pytest.mark.parametrize("size", [253, 254, 255, 256, 70_000])
@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1"])
def test_topics_around_255_bytes_keep_their_frame(ctx: zmqx.Context, dialect: str, size: int) -> None:
    topic = b"t" * size
    sub = ctx.socket(zmqx.SUB)
    with RawListener() as listener:
        sub.connect(listener.endpoint)
        with listener.accept() as peer:
            if dialect == "2.0":
                peer.send(SIGNATURE + b"\1\1" + frame(b""))
                peer.recv(12)
                assert peer.recv_frame() == (0, b"")
            else:
                peer.greet(greeting(minor=int(dialect[2:])))
                peer.send(ready("PUB", None))
                peer.recv_frame()
            sub.wait_connected(timeout=10_000)
            sub.subscribe(topic)
            sub.unsubscribe(topic)
            sub.subscribe(b"next")
            if dialect == "3.1":
                bodies = [b"\x09SUBSCRIBE" + topic, b"\x06CANCEL" + topic, b"\x09SUBSCRIBEnext"]
            else:
                bodies = [b"\1" + topic, b"\0" + topic, b"\1next"]
            flags = 4 if dialect == "3.1" else 0
            assert [peer.recv_frame() for _ in bodies] == [(flags, body) for body in bodies]


@pytest.mark.parametrize("size", [244, 245, 246, 255, 256])
def test_libzmq_reads_long_topics(ctx: zmqx.Context, judge: Judge, size: int) -> None:
    sub, xpub = ctx.socket(zmqx.SUB), judge.socket("XPUB")
    sub.connect(xpub.bind("tcp://127.0.0.1:*"))
    sub.subscribe(b"t" * size)
    assert xpub.recv_multipart() == [b"\1" + b"t" * size]


def test_the_corrupt_header_ends_only_its_connection(ctx: zmqx.Context) -> None:
    """What libzmq sends for a topic of 255 bytes: nine bytes of header without the flag that says so."""
    xpub = ctx.socket(zmqx.XPUB)
    endpoint = xpub.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as good:
        good.shake_hands("SUB", None)
        with RawPeer.connect(endpoint) as bad:
            bad.greet(greeting(minor=0))
            bad.send(ready("SUB", None) + bytes(7) + b"\1\0\1" + b"t" * 255)
        good.send(frame(b"\x09SUBSCRIBEgood", 4))
        while xpub.recv(timeout=10_000) != b"\1good":
            pass
        xpub.send(b"good")
        assert good.recv_message() == [b"good"]


# -- SUBSCRIBE commands to somebody who publishes nothing: libzmq delivers them as messages

NOT_PUBLISHERS = [
    (zmqx.PULL, "PUSH"),
    (zmqx.ROUTER, "DEALER"),
    (zmqx.DEALER, "DEALER"),
    (zmqx.PAIR, "PAIR"),
    (zmqx.SUB, "PUB"),
    (zmqx.XSUB, "PUB"),
    (zmqx.REP, "REQ"),
    (zmqx.REQ, "REP"),
]


@pytest.mark.parametrize(("kind", "their_type"), NOT_PUBLISHERS)
def test_a_subscription_is_no_message(ctx: zmqx.Context, kind: int, their_type: str) -> None:
    sock = ctx.socket(kind)
    if kind == zmqx.SUB:
        sock.subscribe(b"")
    with RawPeer.connect(sock.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands(their_type, b"id")
        sock.wait_connected(timeout=10_000)
        if kind == zmqx.REQ:
            sock.send(b"question")
        peer.send(frame(b"\x09SUBSCRIBEtopic", 4) + frame(b"\x06CANCELtopic", 4) + frame(b"\x04JOINgroup", 4))
        peer.send(frame(b"", 1) + frame(b"\x09SUBSCRIBE", 4) + frame(b"body"))
        own = {zmqx.ROUTER: [b"id", b""], zmqx.REP: [], zmqx.REQ: []}.get(zmqx.SocketType(kind), [b""])
        assert sock.recv_multipart(timeout=10_000) == [*own, b"body"]
        assert not sock.poll(0)


# -- a monitor that nobody reads: libzmq's network thread waits for it


def test_events_that_nobody_reads_hold_up_nothing(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    events = pull.events(limit=10)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    for number in range(30):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("PUSH")
            peer.send(frame(b"%d" % number))
            assert pull.recv(timeout=10_000) == b"%d" % number
    assert events.missed > 0
    oldest = events.recv(timeout=0)
    assert oldest is not None
    assert oldest.kind == Event.LISTENING


# -- MAXMSGSIZE: libzmq applies it to READY


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_the_size_limit_is_not_for_the_handshake(ctx: zmqx.Context, judge: Judge, limit: int) -> None:
    rep = ctx.socket(zmqx.REP, maxmsgsize=limit)
    events = rep.events(Event.DISCONNECTED)
    endpoint = rep.bind("tcp://127.0.0.1:*")
    req = judge.socket("REQ", routing_id=b"r" * 255)
    req.connect(endpoint)
    req.send_multipart([b"x" * limit])
    assert rep.recv(timeout=10_000) == b"x" * limit
    rep.send(b"answers may be longer")
    assert req.recv_multipart() == [b"answers may be longer"]
    req.send_multipart([b"x" * (limit + 1)])
    reason = await_event(events, Event.DISCONNECTED).reason
    assert reason == f"a frame of {limit + 1} bytes exceeds the limit of {limit}"


# -- ERROR as libzmq's PLAIN sends it: the length byte of the name is overwritten


def test_a_garbled_error_is_a_failed_handshake(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL, handshake_ivl=0)
    events = pull.events(Event.HANDSHAKE_FAILED_PROTOCOL)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.send(GREETING + frame(b"\x05^RROR\x03400", 4))
        assert await_event(events, Event.HANDSHAKE_FAILED_PROTOCOL).reason == "^RROR where READY is due"
        assert peer.ended()
