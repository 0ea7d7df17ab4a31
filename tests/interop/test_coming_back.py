"""libzmq is killed, restarted or stopped for a while: connections return, with what belongs to them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event
from ..support.judge import Judge

ENDS = Event.DISCONNECTED
SOON = {"reconnect_ivl": 20}

transports = pytest.mark.parametrize("transport", ["tcp", "ipc"])


@transports
def test_a_killed_server_is_found_again(ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str) -> None:
    with Judge() as first:
        endpoint = first.socket("PULL").bind(endpoint_of(transport))
        push = ctx.socket(zmqx.PUSH, **SOON)
        events = push.events(Event.DISCONNECTED | Event.HANDSHAKE_SUCCEEDED | Event.CONNECT_RETRIED)
        push.connect(endpoint)
        await_event(events, Event.HANDSHAKE_SUCCEEDED)
        first.kill()
    assert await_event(events, Event.DISCONNECTED).reason
    assert await_event(events, Event.CONNECT_RETRIED).value > 0
    push.send(b"kept while nobody is there")
    with Judge() as second:
        pull = second.socket("PULL")
        pull.bind(endpoint)
        assert pull.recv_multipart() == [b"kept while nobody is there"]
        await_event(events, Event.HANDSHAKE_SUCCEEDED)


@pytest.mark.parametrize("kind", [zmqx.SUB, zmqx.XSUB])
def test_a_restarted_publisher_is_told_every_topic_once(ctx: zmqx.Context, kind: int) -> None:
    def change(topic: bytes, on: bool) -> None:
        if kind == zmqx.XSUB:
            sub.send((b"\1" if on else b"\0") + topic)
        else:
            (sub.subscribe if on else sub.unsubscribe)(topic)

    sub = ctx.socket(kind, **SOON)
    for topic in (b"b", b"a", b"a", b"gone"):
        change(topic, True)
    change(b"gone", False)
    topics = [[b"\1a"], [b"\1b"], [b"\1later"]]
    with Judge() as first:
        xpub = first.socket("XPUB", xpub_verbose=1)
        endpoint = xpub.bind("tcp://127.0.0.1:*")
        sub.connect(endpoint)
        assert sorted(xpub.recv_all(2)) == topics[:2]
        change(b"later", True)
        assert xpub.recv_multipart() == topics[2]
        first.kill()
    with Judge() as second:
        xpub = second.socket("XPUB", xpub_verbose=1)
        xpub.bind(endpoint)
        assert sorted(xpub.recv_all(3)) == topics
        change(b"last", True)
        assert xpub.recv_multipart() == [b"\1last"]
        xpub.send_all([[b"nobody's"], [b"a1"]])
        assert sub.recv(timeout=10_000) == b"a1"


def test_a_killed_subscriber_takes_its_topics_along(ctx: zmqx.Context) -> None:
    xpub = ctx.socket(zmqx.XPUB)
    endpoint = xpub.bind("tcp://127.0.0.1:*")
    for _ in range(2):
        with Judge() as judge:
            sub = judge.socket("SUB", subscribe=b"topic")
            sub.connect(endpoint)
            assert xpub.recv(timeout=10_000) == b"\1topic"
            xpub.send(b"topic 1")
            assert sub.recv_multipart() == [b"topic 1"]
            judge.kill()
        assert xpub.recv(timeout=10_000) == b"\0topic"


@transports
def test_libzmq_finds_us_again(
    ctx: zmqx.Context, judge: Judge, endpoint_of: Callable[[str], str], transport: str
) -> None:
    endpoint = endpoint_of(transport)
    sub = judge.socket("SUB", subscribe=b"topic", reconnect_ivl=20)
    for turn in range(3):
        with ctx.socket(zmqx.XPUB, linger=0) as xpub:
            endpoint = xpub.bind(endpoint)
            if turn == 0:
                sub.connect(endpoint)
            xpub.wait_connected(timeout=10_000)
            # libzmq tells a new publisher of its topics when it is called next.
            until = time.monotonic() + 10
            while not xpub.poll(20):
                assert time.monotonic() < until
                sub.poll()
            assert xpub.recv() == b"\1topic"
            xpub.send(b"topic %d" % turn)
            assert sub.recv_multipart() == [b"topic %d" % turn]


def test_the_asker_dies_before_the_reply(ctx: zmqx.Context, judge: Judge) -> None:
    rep = ctx.socket(zmqx.REP)
    events = rep.events(ENDS)
    endpoint = rep.bind("tcp://127.0.0.1:*")
    with Judge() as first:
        req = first.socket("REQ")
        req.connect(endpoint)
        req.send_multipart([b"question"])
        assert rep.recv(timeout=10_000) == b"question"
        first.kill()
    await_event(events, Event.DISCONNECTED)
    rep.send(b"to nobody")
    req = judge.socket("REQ")
    req.connect(endpoint)
    req.send_multipart([b"next"])
    assert rep.recv(timeout=10_000) == b"next"
    rep.send(b"answer")
    assert req.recv_multipart() == [b"answer"]


def test_a_relaxed_request_is_asked_again_after_a_restart(ctx: zmqx.Context) -> None:
    req = ctx.socket(zmqx.REQ, req_relaxed=1, req_correlate=1, **SOON)
    with Judge() as first:
        rep = first.socket("REP")
        endpoint = rep.bind("tcp://127.0.0.1:*")
        req.connect(endpoint)
        req.send(b"question")
        assert rep.recv_multipart() == [b"question"]
        events = req.events(ENDS)
        first.kill()
    await_event(events, Event.DISCONNECTED)
    req.send(b"question, again")
    with Judge() as second:
        rep = second.socket("REP")
        rep.bind(endpoint)
        assert rep.recv_multipart() == [b"question, again"]
        rep.send_multipart([b"answer"])
        assert req.recv(timeout=10_000) == b"answer"


def test_a_stopped_subscriber_holds_up_nobody(ctx: zmqx.Context, judge: Judge) -> None:
    xpub = ctx.socket(zmqx.XPUB, xpub_verbose=1, sndhwm=20)
    endpoint = xpub.bind("tcp://127.0.0.1:*")
    lively = judge.socket("SUB", subscribe=b"")
    lively.connect(endpoint)
    xpub.recv(timeout=10_000)
    with Judge() as other:
        stopped = other.socket("SUB", subscribe=b"", rcvhwm=20)
        stopped.connect(endpoint)
        xpub.recv(timeout=10_000)
        other.pause()
        try:
            body = b"x" * 100_000
            for number in range(300):
                xpub.send_multipart([b"%d" % number, body])
                assert lively.recv_multipart()[0] == b"%d" % number
        finally:
            other.resume()
        got = []
        while not got or got[-1] < 1000:
            xpub.send_multipart([b"1000", body])
            assert lively.recv_multipart()[0] == b"1000"
            got += [int(head) for head, _ in stopped.recv_all(1000, 50)]
        fresh = [number for number in got if number < 1000]
        assert fresh == sorted(set(fresh))
        assert len(fresh) < 300


def test_a_stopped_worker_holds_up_nobody(ctx: zmqx.Context, judge: Judge) -> None:
    push = ctx.socket(zmqx.PUSH, sndhwm=20)
    endpoint = push.bind("tcp://127.0.0.1:*")
    lively = judge.socket("PULL", rcvhwm=0)
    lively.connect(endpoint)
    with Judge() as other:
        stopped = other.socket("PULL", rcvhwm=0)
        stopped.connect(endpoint)
        push.wait_connected(2, timeout=10_000)
        other.pause()
        body = b"x" * 100_000
        try:
            for number in range(400):
                push.send_multipart([b"%d" % number, body], timeout=10_000)
            got = []
            while len(got) < 200:
                more = [int(head) for head, _ in lively.recv_all(50)]
                assert more
                got += more
        finally:
            other.resume()
        while len(got) < 400:
            more = [int(head) for side in (lively, stopped) for head, _ in side.recv_all(400, 100)]
            got += more
            if not more:
                more = [int(head) for head, _ in stopped.recv_all(1)]
                assert more, f"{len(got)} of 400 came"
                got += more
    assert sorted(got) == list(range(400))
