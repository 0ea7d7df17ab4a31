"""Trap 9, termination and linger: nothing hangs that was given a limit, and after the end all calls say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event, quiet
from ..support.judge import Judge
from ..support.raw_peer import RawListener, RawPeer, frame

TYPES = list(zmqx.SocketType)
LATER = "tcp://127.0.0.1:1"  # nobody is there


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_linger_is_for_ever_but_for_subscribers(ctx: zmqx.Context, kind: int) -> None:
    assert ctx.socket(kind).linger == (0 if kind in (zmqx.SUB, zmqx.XSUB, zmqx.DISH) else -1)


@pytest.fixture
def context() -> Iterator[zmqx.Context]:
    """One that the test itself ends."""
    made = zmqx.Context()
    try:
        yield made
    finally:
        made.destroy(linger=0, timeout=10_000)


def test_a_bounded_end_tells_what_is_left(context: zmqx.Context) -> None:
    push = context.socket(zmqx.PUSH)
    push.connect(LATER)
    push.send(b"never sent")
    push.close(linger=500)
    with pytest.raises(zmqx.Again, match=f"1 unsent to {LATER}"):
        context.term(timeout=30)
    context.term(timeout=10_000)


@pytest.mark.parametrize("verb", ["close", "disconnect"])
def test_what_is_queued_outlives_a_close_in_the_handshake(context: zmqx.Context, verb: str) -> None:
    """A handshake not yet complete counts as unsent; asked again, term waits again."""
    with RawListener() as listener:
        push = context.socket(zmqx.PUSH)
        events = push.events(Event.CONNECTED)
        endpoint = push.connect(listener.endpoint)
        push.send(b"queued")
        await_event(events, Event.CONNECTED)
        if verb == "disconnect":
            push.disconnect(endpoint)
        push.close()
        with listener.accept() as peer:
            with pytest.raises(zmqx.Again, match=endpoint):
                context.term(timeout=30)
            peer.shake_hands("PULL")
            assert peer.recv_message() == [b"queued"]
            context.term(timeout=10_000)


def test_a_bounded_linger_gives_up(context: zmqx.Context) -> None:
    push = context.socket(zmqx.PUSH, linger=20)
    push.connect(LATER)
    push.send(b"never sent")
    push.close()
    context.term(timeout=10_000)
    assert push.stats().dropped == {zmqx.Drop.EXPIRED: 1}


CALLS: dict[str, Callable[[zmqx.Socket], Any]] = {
    "send": lambda sock: sock.send(b"x"),
    "recv": lambda sock: sock.recv(),
    "recv-dontwait": lambda sock: sock.recv(zmqx.DONTWAIT),
    "poll": lambda sock: sock.poll(10),
    "set-linger": lambda sock: sock.setsockopt(zmqx.LINGER, 0),
    "get-linger": lambda sock: sock.getsockopt(zmqx.LINGER),
    "get-events": lambda sock: sock.getsockopt(zmqx.EVENTS),
    "bind": lambda sock: sock.bind("tcp://127.0.0.1:*"),
    "connect": lambda sock: sock.connect(LATER),
    "disconnect": lambda sock: sock.disconnect(LATER),
    "events": lambda sock: sock.events(),
    "wait-connected": lambda sock: sock.wait_connected(timeout=10),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_after_the_end_only_close_works(context: zmqx.Context, call: Callable[[zmqx.Socket], Any]) -> None:
    pair = context.socket(zmqx.PAIR, linger=0)
    pair.connect(LATER)
    context.shutdown()
    with pytest.raises(zmqx.ContextTerminated):
        call(pair)
    with pytest.raises(zmqx.ContextTerminated):
        context.socket(zmqx.PAIR)
    pair.close()
    context.term(timeout=10_000)


def test_unbind_takes_leave_of_the_accepted(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    endpoint, other = pull.bind("tcp://127.0.0.1:*"), pull.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as peer, RawPeer.connect(other) as stays:
        peer.shake_hands("PUSH")
        stays.shake_hands("PUSH")
        pull.wait_connected(2, timeout=10_000)
        events = pull.events(Event.DISCONNECTED)
        pull.unbind(endpoint)
        assert peer.ended()
        with pytest.raises(ConnectionRefusedError):
            RawPeer.connect(endpoint)
        stays.send(frame(b"still here"))
        assert pull.recv(timeout=10_000) == b"still here"
        assert quiet(events)


def test_an_address_is_free_at_once(ctx: zmqx.Context) -> None:
    """libzmq may find it in use a moment longer."""
    pull = ctx.socket(zmqx.PULL)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    for _ in range(20):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("PUSH")
            pull.unbind(endpoint)
            pull.bind(endpoint)


@pytest.mark.parametrize("linger", [-1, 10_000])
def test_disconnect_lingers(ctx: zmqx.Context, judge: Judge, linger: int) -> None:
    pull = judge.socket("PULL", rcvhwm=0)
    push = ctx.socket(zmqx.PUSH, linger=linger)
    endpoint = push.connect(pull.bind("tcp://127.0.0.1:*"))
    for number in range(100):
        push.send(b"%d" % number)
    push.disconnect(endpoint)
    assert pull.recv_all(100) == [[b"%d" % number] for number in range(100)]


def test_disconnect_without_linger_drops(ctx: zmqx.Context) -> None:
    push = ctx.socket(zmqx.PUSH, linger=0)
    with RawListener() as listener:
        endpoint = push.connect(listener.endpoint)
        push.send(b"unsent")
        push.disconnect(endpoint)
        push.connect(listener.endpoint)
        push.send(b"sent")
        for _ in range(2):
            with listener.accept() as peer:
                try:
                    peer.shake_hands("PULL")
                except (EOFError, ConnectionError):
                    continue  # that was the first
                assert peer.recv_message() == [b"sent"]
                break


def test_what_was_sent_before_close_arrives(ctx: zmqx.Context, judge: Judge) -> None:
    pull = judge.socket("PULL", rcvhwm=0)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    with ctx.socket(zmqx.PUSH) as push:
        push.connect(endpoint)
        for number in range(2000):
            push.send_multipart([b"%d" % number, bytes(1000)], timeout=10_000)
    got = [head for head, _ in pull.recv_all(2000)]
    assert got == [b"%d" % number for number in range(2000)]
