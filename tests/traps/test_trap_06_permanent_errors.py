"""Trap 6, protocol errors are permanent: libzmq never returns from one. We do, and never cause one to be rid of it."""

from __future__ import annotations

import time

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event
from ..support.judge import Judge
from ..support.raw_peer import RawListener, frame, greeting, ready

TROUBLE = {
    "another-mechanism": greeting(mechanism=b"PLAIN"),
    "another-type": greeting() + ready("PUB"),
    "refusal": greeting() + frame(b"\x05ERROR\x03400", 4),
    "bad-metadata": greeting() + frame(b"\x05READY\x0bSocket-Type\0\0\xff\xffROUTER", 4),
    "unknown-command": greeting() + frame(b"\x05HELLO", 4),
    "message": greeting() + frame(b"hello"),
    "oversize": greeting() + ready("ROUTER") + frame(bytes(2000)),
    "no-delimiter": greeting() + ready("ROUTER") + frame(b"reply"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_our_dialer_tries_again_after_a_peers_mistake(ctx: zmqx.Context, trouble: str) -> None:
    req = ctx.socket(zmqx.REQ, maxmsgsize=1000, reconnect_ivl=10, req_relaxed=1)
    events = req.events(Event.DISCONNECTED | Event.CONNECT_RETRIED)
    with RawListener() as listener:
        req.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.send(TROUBLE[trouble])
            assert await_event(events, Event.DISCONNECTED).reason
            again = await_event(events, Event.CONNECT_RETRIED)
            assert again.reason
            assert again.value > 0
            assert peer.ended()
        with listener.accept() as peer:
            peer.shake_hands("REP")
            req.send(b"question", timeout=10_000)
            assert peer.recv_message() == [b"", b"question"]
            peer.send(frame(b"", 1) + frame(b"answer"))
            assert req.recv(timeout=10_000) == b"answer"


def test_the_pauses_grow_when_asked_to(ctx: zmqx.Context) -> None:
    req = ctx.socket(zmqx.REQ, reconnect_ivl=5, reconnect_ivl_max=20)
    events = req.events(Event.CONNECT_RETRIED)
    pauses = []
    with RawListener() as listener:
        req.connect(listener.endpoint)
        for _ in range(4):
            with listener.accept() as peer:
                peer.send(TROUBLE["another-type"])
                pauses.append(await_event(events, Event.CONNECT_RETRIED).value)
    assert pauses == [5, 10, 20, 20]


def test_stop_on_a_failed_handshake_is_there_to_be_had(ctx: zmqx.Context) -> None:
    req = ctx.socket(zmqx.REQ, reconnect_ivl=1, reconnect_stop=zmqx.RECONNECT_STOP_HANDSHAKE_FAILED)
    events = req.events(Event.DISCONNECTED | Event.CONNECT_RETRIED)
    with RawListener() as listener:
        endpoint = req.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.send(TROUBLE["another-type"])
            await_event(events, Event.DISCONNECTED)
        with pytest.raises(zmqx.Again):
            events.recv(timeout=30)
        with pytest.raises(zmqx.ZMQError) as caught:
            req.disconnect(endpoint)
        assert caught.value.errno == zmqx.ENOENT


def test_libzmq_comes_back_to_whom_we_sent_away(ctx: zmqx.Context, judge: Judge) -> None:
    """Sending somebody away is closing the connection, nothing that libzmq would take for an error."""
    pair = ctx.socket(zmqx.PAIR)
    events = pair.events(Event.DISCONNECTED)
    endpoint = pair.bind("tcp://127.0.0.1:*")
    first = judge.socket("PAIR")
    first.connect(endpoint)
    pair.wait_connected(timeout=10_000)
    second = judge.socket("PAIR", reconnect_ivl=10)
    second.connect(endpoint)
    for _ in range(3):
        assert "has a peer already" in await_event(events, Event.DISCONNECTED).reason
    first.close()
    # Turned away once more or not, sooner or later it is let in.
    until = time.monotonic() + 10
    while True:
        assert time.monotonic() < until
        second.send_multipart([b"hello"])
        if pair.poll(100):
            assert pair.recv() == b"hello"
            break


def test_libzmq_comes_back_when_our_patience_ends(ctx: zmqx.Context) -> None:
    """A timeout of ours is a closed connection to libzmq."""
    pull = ctx.socket(zmqx.PULL, heartbeat_ivl=20, heartbeat_timeout=100)
    events = pull.events(Event.DISCONNECTED)
    with Judge() as judge:
        push = judge.socket("PUSH", reconnect_ivl=10)
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        pull.wait_connected(timeout=10_000)
        judge.pause()
        try:
            assert "no answer" in await_event(events, Event.DISCONNECTED).reason
        finally:
            judge.resume()
        # What goes to the old connection, before libzmq notices, is lost.
        until = time.monotonic() + 10
        while not pull.poll(50):
            assert time.monotonic() < until
            push.send_multipart([b"back"])
        assert pull.recv() == b"back"
