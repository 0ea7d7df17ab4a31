"""``flush`` waits until everything queued was handed to the system, and says what was not."""

from __future__ import annotations

import re

import pytest

import zmqx

from ..support.callers import Caller
from .conftest import Joiner

# More than the buffers of the system take, on both sides together.
LOTS = 64
BODY = b"x" * 1_000_000


def test_there_is_nothing_to_wait_for(joiner: Joiner) -> None:
    for kind in (zmqx.PUSH, zmqx.PULL, zmqx.PUB, zmqx.ROUTER, zmqx.REP):
        socket = joiner.socket(kind)
        socket.flush(0)
        joiner.bind(socket)
        socket.flush(0)


def test_small_messages_that_gather_are_sent(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    for number in range(100):
        push.send(b"%d" % number)
    push.flush(10_000)
    if joiner.transport != "inproc":
        assert push.stats().queued_out == 0
    assert [pull.recv(timeout=5000) for _ in range(100)] == [b"%d" % number for number in range(100)]


def test_it_waits_for_a_slow_reader(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=0), joiner.socket(zmqx.PULL, rcvhwm=1)
    joiner.join(push, pull)
    for _ in range(LOTS):
        push.send(BODY)
    if joiner.transport == "inproc":
        push.flush(0)  # they are with the receiver
        return
    flushing = Caller(push.flush).waits_for(push)
    assert [len(pull.recv(timeout=10_000)) for _ in range(LOTS)] == [len(BODY)] * LOTS
    flushing.result()
    assert push.stats().queued_out == 0


def test_many_may_wait_and_threads_go_on_sending(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=10), joiner.socket(zmqx.PULL, rcvhwm=10)
    joiner.join(push, pull)

    def send_all() -> None:
        for number in range(300):
            push.send(b"%d" % number * 1000)
            if number % 50 == 0:
                push.flush(20_000)

    callers = [Caller(send_all) for _ in range(3)]
    got = sorted(pull.recv(timeout=20_000) for _ in range(900))
    assert got == sorted(b"%d" % number * 1000 for number in range(300) for _ in callers)
    for caller in callers:
        caller.result()
    push.flush(10_000)


def test_every_peer_counts(joiner: Joiner) -> None:
    if joiner.transport == "inproc":
        pytest.skip("inproc hands over at once")
    pub = joiner.socket(zmqx.PUB, sndhwm=0)
    endpoint = joiner.bind(pub)
    subs = [joiner.socket(zmqx.SUB, rcvhwm=1) for _ in range(2)]
    for sub in subs:
        sub.subscribe(b"")
        sub.connect(endpoint)
    pub.wait_for_subscribers(b"", 2, 10_000)
    for _ in range(LOTS):
        pub.send(BODY)
    flushing = Caller(pub.flush).waits_for(pub)
    for _ in range(LOTS):
        subs[0].recv(timeout=10_000)
    with pytest.raises(zmqx.Again, match=re.escape(endpoint)):
        pub.flush(1)
    assert not flushing.done
    for _ in range(LOTS):
        subs[1].recv(timeout=10_000)
    flushing.result()


@pytest.mark.parametrize("timeout", [0, 20])
def test_who_is_not_there_is_named(joiner: Joiner, timeout: int) -> None:
    push = joiner.socket(zmqx.PUSH, linger=0)
    for _ in range(2):
        push.connect("tcp://127.0.0.1:9")
    for _ in range(6):
        push.send(b"x")
    with pytest.raises(zmqx.Again) as caught:
        push.flush(timeout)
    assert caught.value.errno == zmqx.EAGAIN
    assert "PUSH has 6 unsent to tcp://127.0.0.1:9" in str(caught.value)


def test_what_is_lost_need_not_be_waited_for(joiner: Joiner) -> None:
    """The peer is gone, and its messages with it: there is nothing left to hand over."""
    if joiner.transport == "inproc":
        pytest.skip("inproc hands over at once")
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=0), joiner.socket(zmqx.PULL, rcvhwm=1, linger=0)
    joiner.join(push, pull)
    for _ in range(LOTS):
        push.send(BODY)
    flushing = Caller(push.flush).waits_for(push)
    pull.close()
    flushing.result()
    assert push.stats().dropped[zmqx.Drop.PEER_GONE] > 0


@pytest.mark.parametrize("end", ["close", "term"])
def test_the_end_of_the_socket_ends_it(joiner: Joiner, end: str) -> None:
    push = joiner.socket(zmqx.PUSH, linger=0)
    push.connect("tcp://127.0.0.1:9")
    push.send(b"x")
    flushing = Caller(push.flush).waits_for(push)
    if end == "close":
        push.close()
    else:
        joiner.ctx.shutdown()
    with pytest.raises(zmqx.ZMQError) as caught:
        flushing.result()
    expected = zmqx.ENOTSOCK if end == "close" else zmqx.ETERM
    assert caught.value.errno == expected
    with pytest.raises(zmqx.ZMQError) as caught:
        push.flush(0)
    assert caught.value.errno == expected


@pytest.mark.parametrize("how", ["disconnect", "unbind"])
def test_what_is_sent_behind_an_undone_endpoint_is_waited_for_and_no_longer(joiner: Joiner, how: str) -> None:
    if joiner.transport == "inproc":
        pytest.skip("inproc hands over at once")
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=0), joiner.socket(zmqx.PULL, rcvhwm=1)
    joiner.join(push, pull, left_binds=how == "unbind")
    for _ in range(LOTS):
        push.send(BODY)
    getattr(push, how)(push.last_endpoint)
    flushing = Caller(push.flush).waits_for(push)
    assert [len(pull.recv(timeout=10_000)) for _ in range(LOTS)] == [len(BODY)] * LOTS
    flushing.result()
