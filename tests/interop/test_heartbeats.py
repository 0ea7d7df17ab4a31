"""Heartbeats between zmqx and libzmq: answered by either, missed when one is stopped."""

from __future__ import annotations

import time

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event
from ..support.judge import Judge

LIVELY = {"heartbeat_ivl": 50, "heartbeat_timeout": 600, "heartbeat_ttl": 600}


@pytest.mark.parametrize(
    ("ours", "theirs"), [(LIVELY, {}), ({}, LIVELY), (LIVELY, LIVELY)], ids=["ours", "theirs", "both"]
)
@pytest.mark.parametrize("we_bind", [True, False], ids=["zmqx-binds", "libzmq-binds"])
def test_a_silent_connection_stays(
    ctx: zmqx.Context, judge: Judge, we_bind: bool, ours: dict[str, int], theirs: dict[str, int]
) -> None:
    dealer = ctx.socket(zmqx.DEALER, **ours)
    events = dealer.events(Event.DISCONNECTED)
    peer = judge.socket("DEALER", **theirs)
    if we_bind:
        peer.connect(dealer.bind("tcp://127.0.0.1:*"))
    else:
        dealer.connect(peer.bind("tcp://127.0.0.1:*"))
    dealer.wait_connected(timeout=10_000)
    # Longer than either side would bear silence.
    with pytest.raises(zmqx.Again):
        events.recv(timeout=700)
    dealer.send(b"still here")
    assert peer.recv_multipart() == [b"still here"]
    peer.send_multipart([b"me too"])
    assert dealer.recv(timeout=10_000) == b"me too"


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ({"heartbeat_ivl": 50, "heartbeat_timeout": 300}, {}, "no answer to our heartbeats"),
        ({}, {"heartbeat_ivl": 50, "heartbeat_ttl": 300, "heartbeat_timeout": 60_000}, "the peer asked for more signs"),
    ],
    ids=["we-ask", "they-ask"],
)
def test_a_stopped_peer_is_given_up_and_comes_back(
    ctx: zmqx.Context, ours: dict[str, int], theirs: dict[str, int], reason: str
) -> None:
    rep = ctx.socket(zmqx.REP, **ours)
    events = rep.events(Event.DISCONNECTED)
    endpoint = rep.bind("tcp://127.0.0.1:*")
    with Judge() as judge:
        req = judge.socket("REQ", reconnect_ivl=20, req_relaxed=1, req_correlate=1, **theirs)
        req.connect(endpoint)
        # Once this has been answered, PINGs may be on their way.
        req.send_multipart([b"one"])
        assert rep.recv(timeout=10_000) == b"one"
        rep.send(b"answer one")
        assert req.recv_multipart() == [b"answer one"]
        with pytest.raises(zmqx.Again):
            events.recv(timeout=150)
        judge.pause()
        try:
            assert reason in await_event(events, Event.DISCONNECTED).reason
        finally:
            judge.resume()
        # What goes to the old connection, before libzmq notices, is lost.
        until = time.monotonic() + 10
        while not rep.poll(50):
            assert time.monotonic() < until
            req.send_multipart([b"two"])
        assert rep.recv() == b"two"
        rep.send(b"answer two")
        # Asked more than once, it listens for the answer to the last question.
        while rep.poll(200):
            assert rep.recv() == b"two"
            rep.send(b"answer two")
        assert req.recv_multipart() == [b"answer two"]


def test_a_program_that_computes_answers_heartbeats(ctx: zmqx.Context, judge: Judge) -> None:
    """libzmq asks every 20 ms and bears half a second of silence; we make no call for longer than that."""
    pull = ctx.socket(zmqx.PULL)
    events = pull.events(Event.DISCONNECTED)
    push = judge.socket("PUSH", heartbeat_ivl=20, heartbeat_timeout=500)
    push.watch()
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    pull.wait_connected(timeout=10_000)
    # The wait is the judge's: nothing of ours is called meanwhile.
    assert push.event(Event.DISCONNECTED, timeout=1000) is None
    with pytest.raises(zmqx.Again):
        events.recv(timeout=0)
