"""Routing ids between zmqx and libzmq: given, made up, taken twice, unknown."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.constants import Event

from ..support.callers import until
from ..support.events import await_event
from ..support.judge import Judge

NAMES = [b"a", b"alice", bytes(range(1, 256)), b"\xff\x00\xff"]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{len(name)}-bytes")
def test_our_router_calls_them_by_their_name(ctx: zmqx.Context, judge: Judge, name: bytes) -> None:
    router = ctx.socket(zmqx.ROUTER)
    endpoint = router.bind("tcp://127.0.0.1:*")
    for kind, delimiter in (("DEALER", []), ("REQ", [b""])):
        peer = judge.socket(kind, routing_id=name)
        peer.connect(endpoint)
        peer.send_multipart([b"hello"])
        frames = router.recv_multipart(copy=False, timeout=10_000)
        assert [frame.bytes for frame in frames] == [name, *delimiter, b"hello"]
        assert frames[-1]["Socket-Type"] == kind
        assert frames[-1]["Identity"] == name.decode("latin-1")
        router.send_multipart([name, *delimiter, b"you"])
        assert peer.recv_multipart() == [b"you"]
        events = router.events(Event.DISCONNECTED)
        peer.close()
        await_event(events, Event.DISCONNECTED)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{len(name)}-bytes")
def test_their_router_calls_us_by_our_name(ctx: zmqx.Context, judge: Judge, name: bytes) -> None:
    router = judge.socket("ROUTER", router_handover=1)
    endpoint = router.bind("tcp://127.0.0.1:*")
    for kind, delimiter in ((zmqx.DEALER, []), (zmqx.REQ, [b""])):
        with ctx.socket(kind, routing_id=name) as peer:
            peer.connect(endpoint)
            peer.send(b"hello")
            assert router.recv_multipart() == [name, *delimiter, b"hello"]
            router.send_multipart([name, *delimiter, b"you"])
            assert peer.recv(timeout=10_000) == b"you"


def test_mandatory_knows_who_is_there(ctx: zmqx.Context, judge: Judge) -> None:
    router = ctx.socket(zmqx.ROUTER, router_mandatory=1)
    events = router.events(Event.DISCONNECTED)
    dealer = judge.socket("DEALER", routing_id=b"alice")

    def unreachable() -> None:
        with pytest.raises(zmqx.ZMQError, match="alice") as caught:
            router.send_multipart([b"alice", b"hello"])
        assert caught.value.errno == zmqx.EHOSTUNREACH

    unreachable()
    dealer.connect(router.bind("tcp://127.0.0.1:*"))
    router.wait_connected(timeout=10_000)
    router.send_multipart([b"alice", b"hello"])
    assert dealer.recv_multipart() == [b"hello"]
    dealer.close()
    await_event(events, Event.DISCONNECTED)
    # The event comes a moment before the routing knows, as with libzmq.
    until(lambda: not router.wait_connected(0))
    unreachable()


def test_their_mandatory_router_knows_us(ctx: zmqx.Context, judge: Judge) -> None:
    router = judge.socket("ROUTER", router_mandatory=1)
    dealer = ctx.socket(zmqx.DEALER, routing_id=b"bob")
    with pytest.raises(zmqx.ZMQError) as caught:
        router.send_multipart([b"bob", b"hello"])
    assert caught.value.errno == zmqx.EHOSTUNREACH
    dealer.connect(router.bind("tcp://127.0.0.1:*"))
    dealer.send(b"here")
    assert router.recv_multipart() == [b"bob", b"here"]
    router.send_multipart([b"bob", b"hello"])
    assert dealer.recv(timeout=10_000) == b"hello"


def test_a_name_in_use_is_refused_until_it_is_free(ctx: zmqx.Context, judge: Judge) -> None:
    """libzmq ignores the second peer for ever; we send it away, and it may try again."""
    router = ctx.socket(zmqx.ROUTER)
    events = router.events(Event.DISCONNECTED)
    endpoint = router.bind("tcp://127.0.0.1:*")
    first = judge.socket("DEALER", routing_id=b"alice")
    first.connect(endpoint)
    first.send_multipart([b"first"])
    assert router.recv_multipart(timeout=10_000) == [b"alice", b"first"]
    second = judge.socket("DEALER", routing_id=b"alice", reconnect_ivl=20)
    second.connect(endpoint)
    assert "another peer has the routing id b'alice'" in await_event(events, Event.DISCONNECTED).reason
    router.send_multipart([b"alice", b"to the first"])
    assert first.recv_multipart() == [b"to the first"]
    first.close()
    while router.wait_connected(0):
        await_event(events, Event.DISCONNECTED)
    router.wait_connected(timeout=10_000)
    router.send_multipart([b"alice", b"to the second"])
    assert second.recv_multipart() == [b"to the second"]


def test_handover_gives_the_name_to_the_newcomer(ctx: zmqx.Context, judge: Judge) -> None:
    router = ctx.socket(zmqx.ROUTER, router_handover=1)
    events = router.events(Event.DISCONNECTED)
    endpoint = router.bind("tcp://127.0.0.1:*")
    # One that came back after being sent away would take its name back.
    first = judge.socket("DEALER", routing_id=b"alice", reconnect_ivl=-1)
    first.connect(endpoint)
    first.send_multipart([b"first"])
    assert router.recv_multipart(timeout=10_000) == [b"alice", b"first"]
    second = judge.socket("DEALER", routing_id=b"alice")
    second.connect(endpoint)
    assert "took over" in await_event(events, Event.DISCONNECTED).reason
    router.send_multipart([b"alice", b"hello"])
    assert second.recv_multipart() == [b"hello"]
    assert first.recv_all(1, 0) == []


def test_their_handover_gives_our_name_to_our_newcomer(ctx: zmqx.Context, judge: Judge) -> None:
    router = judge.socket("ROUTER", router_handover=1)
    endpoint = router.bind("tcp://127.0.0.1:*")
    dealers = []
    for _ in range(2):
        dealer = ctx.socket(zmqx.DEALER, routing_id=b"bob")
        dealer.connect(endpoint)
        dealer.send(b"here")
        assert router.recv_multipart() == [b"bob", b"here"]
        dealers.append(dealer)
    router.send_multipart([b"bob", b"hello"])
    assert dealers[1].recv(timeout=10_000) == b"hello"


def test_a_name_we_chose_works_before_the_peer_is_there(ctx: zmqx.Context, judge: Judge) -> None:
    router = ctx.socket(zmqx.ROUTER, routing_id=b"us", router_mandatory=1)
    server = judge.socket("ROUTER", routing_id=b"their own")
    router.connect_routing_id = b"server"
    router.connect(server.bind("tcp://127.0.0.1:*"))
    router.send_multipart([b"server", b"early"])
    assert server.recv_multipart() == [b"us", b"early"]
    server.send_multipart([b"us", b"answer"])
    assert router.recv_multipart(timeout=10_000) == [b"server", b"answer"]


@pytest.mark.parametrize("kind", ["DEALER", "ROUTER"])
def test_probes_are_seen_both_ways(ctx: zmqx.Context, judge: Judge, kind: str) -> None:
    ours, theirs = ctx.socket(zmqx.ROUTER), judge.socket("ROUTER")
    judge.socket(kind, probe_router=1, routing_id=b"them").connect(ours.bind("tcp://127.0.0.1:*"))
    assert ours.recv_multipart(timeout=10_000) == [b"them", b""]
    peer = ctx.socket(getattr(zmqx, kind), probe_router=1, routing_id=b"us")
    peer.connect(theirs.bind("tcp://127.0.0.1:*"))
    assert theirs.recv_multipart() == [b"us", b""]


def test_correlated_requests_pass_both_ways(ctx: zmqx.Context, judge: Judge) -> None:
    """The number in front of a request is the asker's own business, whatever its byte order."""
    ours, theirs = ctx.socket(zmqx.REQ, req_correlate=1), judge.socket("REP")
    ours.connect(theirs.bind("tcp://127.0.0.1:*"))
    for number in range(3):
        ours.send(b"%d" % number)
        assert theirs.recv_multipart() == [b"%d" % number]
        theirs.send_multipart([b"answer"])
        assert ours.recv(timeout=10_000) == b"answer"
    rep, req = ctx.socket(zmqx.REP), judge.socket("REQ", req_correlate=1)
    req.connect(rep.bind("tcp://127.0.0.1:*"))
    for number in range(3):
        req.send_multipart([b"%d" % number])
        assert rep.recv(timeout=10_000) == b"%d" % number
        rep.send(b"answer")
        assert req.recv_multipart() == [b"answer"]
