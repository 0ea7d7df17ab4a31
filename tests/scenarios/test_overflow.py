"""Overload by choice, end to end: every message sent is received, or dropped with its reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

import zmqx
from zmqx import Drop, Overflow

from ..support.callers import Caller, until
from .conftest import Joiner

PAIRS = {
    "push": (zmqx.PUSH, zmqx.PULL),
    "pair": (zmqx.PAIR, zmqx.PAIR),
    "pub": (zmqx.PUB, zmqx.SUB),
    "router": (zmqx.ROUTER, zmqx.DEALER),
}


@pytest.fixture(params=["tcp", "ipc", "inproc"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


every_pair = pytest.mark.parametrize("pattern", list(PAIRS))


def joined(joiner: Joiner, pattern: str, policy: Overflow) -> tuple[Any, Any]:
    """A sender with this policy and small queues, and a receiver that does not read yet."""
    sender, receiver = (joiner.socket(kind) for kind in PAIRS[pattern])
    for socket in (sender, receiver):
        socket.sndhwm = socket.rcvhwm = 50
        socket.sndbuf = socket.rcvbuf = 16_384
    sender.overflow = policy
    receiver.reconnect_ivl = -1
    if pattern == "pub":
        receiver.subscribe(b"")
    if pattern == "router":
        receiver.routing_id = b"me"
    joiner.join(sender, receiver)
    if pattern == "pub":
        sender.wait_for_subscribers(timeout=5000)
    return sender, receiver


def message(pattern: str, number: int) -> list[bytes]:
    body = b"%d" % number + b" " * 500
    return [b"me", body] if pattern == "router" else [body]


def drain(receiver: Any, enough: Callable[[int], bool]) -> list[int]:
    """What comes, until there is enough; or nothing more for seconds."""
    found: list[int] = []
    while not enough(len(found)) and receiver.poll(5000):
        found += [int(parts[-1]) for parts in receiver.recv_many(100)]
    return found


def lost(sender: Any) -> int:
    return sum(sender.stats().dropped.values())


SENT = 800


@every_pair
@pytest.mark.parametrize("policy", [Overflow.DROP_NEWEST, Overflow.DROP_OLDEST])
def test_what_is_dropped_is_counted_to_the_last(joiner: Joiner, pattern: str, policy: Overflow) -> None:
    sender, receiver = joined(joiner, pattern, policy)
    for number in range(SENT):
        sender.send_multipart(message(pattern, number))
    got = drain(receiver, lambda count: count + lost(sender) >= SENT)
    assert not receiver.poll(0)
    reason = Drop.FULL if policy is Overflow.DROP_NEWEST else Drop.REPLACED
    dropped = sender.stats().dropped
    assert dropped.keys() == {reason}
    assert len(got) + dropped[reason] == SENT
    assert got == sorted(got), "in order, with gaps"
    if policy is Overflow.DROP_OLDEST:
        assert got[-1] == SENT - 1, "the newest is never lost"
    else:
        assert got[:50] == list(range(50)), "the oldest are never lost"
    assert receiver.stats().dropped == {}


@every_pair
def test_fail_says_so_at_once(joiner: Joiner, pattern: str) -> None:
    sender, receiver = joined(joiner, pattern, Overflow.FAIL)
    taken = []
    for number in range(SENT):
        try:
            sender.send_multipart(message(pattern, number))
            taken.append(number)
        except zmqx.Again:
            pass
    assert 50 <= len(taken) < SENT
    assert drain(receiver, lambda count: count >= len(taken)) == taken
    assert not receiver.poll(0)
    assert sender.stats().dropped == {}


@every_pair
def test_block_waits_for_room_and_loses_nothing(joiner: Joiner, pattern: str) -> None:
    sender, receiver = joined(joiner, pattern, Overflow.BLOCK)

    def send_all() -> None:
        for number in range(SENT):
            sender.send_multipart(message(pattern, number))

    sending = Caller(send_all).waits_for(sender)
    assert drain(receiver, lambda count: count >= SENT) == list(range(SENT))
    sending.result()
    assert sender.stats().dropped == {}


@every_pair
def test_block_waits_no_longer_than_it_may(joiner: Joiner, pattern: str) -> None:
    sender, _ = joined(joiner, pattern, Overflow.BLOCK)
    sender.sndtimeo = 20
    start = time.monotonic()
    sent = 0
    try:
        for number in range(SENT):
            sender.send_multipart(message(pattern, number))
            sent += 1
    except zmqx.Again:
        pass
    assert 50 <= sent < SENT
    assert time.monotonic() - start >= 0.02


@pytest.mark.parametrize("pattern", ["pub", "router"])
def test_a_slow_peer_is_sent_away(joiner: Joiner, pattern: str) -> None:
    sender, slow = joined(joiner, pattern, Overflow.DISCONNECT)
    for number in range(SENT):
        sender.send_multipart(message(pattern, number))
        if sender.stats().dropped:
            break
    until(lambda: sender.stats().connections == 0)
    got = []

    def sees_the_end() -> bool:
        """Whoever does not read does not see it."""
        if slow.poll(0):
            got.extend(int(parts[-1]) for parts in slow.recv_many(100))
        stats = slow.stats()
        return not stats.connections and not stats.queued_in

    until(sees_the_end)
    stats = sender.stats()
    assert got == list(range(len(got)))
    if joiner.transport == "inproc":
        assert len(got) + sum(stats.dropped.values()) == number + 1
    else:
        assert stats.messages_out + sum(stats.dropped.values()) == number + 1


def test_others_are_served_meanwhile(joiner: Joiner) -> None:
    """A subscriber that is stuck costs the others nothing, whatever the policy."""
    pub = joiner.socket(zmqx.PUB)
    pub.overflow = Overflow.DROP_OLDEST
    pub.sndhwm = 20
    endpoint = joiner.bind(pub)
    stuck, quick = joiner.socket(zmqx.SUB), joiner.socket(zmqx.SUB)
    for sub in (stuck, quick):
        sub.rcvhwm = 20
        sub.subscribe(b"")
        sub.connect(endpoint)
    pub.wait_for_subscribers(n=2, timeout=5000)
    for number in range(1000):
        pub.send(b"%d" % number)
        assert quick.recv(timeout=5000) == b"%d" % number


@pytest.mark.parametrize("kind", [zmqx.PULL, zmqx.SUB, zmqx.REQ, zmqx.REP, zmqx.XSUB, zmqx.DISH])
def test_types_without_a_choice_refuse_one(joiner: Joiner, kind: int) -> None:
    socket = joiner.socket(kind)
    with pytest.raises(zmqx.ZMQError, match="OVERFLOW") as caught:
        socket.overflow = Overflow.DROP_OLDEST
    assert caught.value.errno == zmqx.EINVAL


@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.DEALER, zmqx.PAIR])
def test_what_makes_no_sense_for_a_type_is_refused(joiner: Joiner, kind: int) -> None:
    socket = joiner.socket(kind)
    socket.overflow = Overflow.FAIL
    for value in (Overflow.DISCONNECT, 6, -1):
        with pytest.raises(zmqx.ZMQError, match="OVERFLOW") as caught:
            socket.overflow = value
        assert caught.value.errno == zmqx.EINVAL
    assert socket.overflow == Overflow.FAIL


@pytest.mark.parametrize("policy", [Overflow.DROP_NEWEST, Overflow.DROP_OLDEST])
def test_a_storm_is_accounted_for(blocking_joiner: Joiner, policy: Overflow) -> None:
    """Several threads send while one receives: nothing is counted twice, and nothing not at all."""
    push, pull = joined(blocking_joiner, "push", policy)
    threads, each = 4, 5000

    def send() -> None:
        for number in range(each):
            push.send(b"%d" % number)

    senders = [Caller(send) for _ in range(threads)]
    receiving = Caller(drain, pull, lambda count: count + lost(push) >= threads * each)
    for sender in senders:
        sender.result()
    assert len(receiving.result()) + lost(push) == threads * each
    assert not pull.poll(0)


@pytest.mark.parametrize("transport", ["tcp", "ipc", "ws"])
def test_a_slow_peer_that_we_dialed_comes_back_to_an_empty_queue(joiner: Joiner) -> None:
    """Also of what was written in one go with what the system took."""
    pub, slow = joiner.socket(zmqx.PUB), joiner.socket(zmqx.SUB)
    pub.overflow, pub.sndhwm, pub.sndbuf, pub.reconnect_ivl = Overflow.DISCONNECT, 1000, 4096, 5
    slow.rcvhwm, slow.rcvbuf = 1, 4096
    slow.subscribe(b"")
    pub.connect(joiner.bind(slow))
    pub.wait_for_subscribers(timeout=5000)
    sent = 0
    while not pub.stats().dropped:
        pub.send(b"%d " % sent + b"x" * 100)
        sent += 1
    with pub.events(zmqx.Event.HANDSHAKE_SUCCEEDED) as events:
        assert events.recv(timeout=5000) is not None
    pub.wait_for_subscribers(timeout=5000)
    pub.send(b"last")
    got = []

    def everything_came() -> bool:
        if slow.poll(0):
            got.append(slow.recv())
        return pub.stats().messages_out == len(got)

    until(everything_came)
    assert len(got) + lost(pub) == sent + 1
    got.remove(b"last")
    numbers = [int(body.split()[0]) for body in got]
    assert numbers == list(range(len(numbers))), "what follows was meant for the connection before"
