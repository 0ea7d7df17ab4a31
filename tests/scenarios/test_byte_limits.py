"""Limits in bytes beside the high-water marks: memory is bounded, everybody goes on, nothing is lost unseen."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx
from zmqx import Overflow

from ..support.callers import Caller, until
from .conftest import Joiner

BODY = 10_000
# What one read may bring, and what one write may have taken from the queue.
READ = 1 << 16


@pytest.fixture(params=["tcp", "ipc", "inproc"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def stuff(socket: Any, size: int = BODY, most: int = 5000) -> int:
    """Send until nobody takes any more; how many were taken."""
    count = 0
    while count < most:
        try:
            socket.send(b"%d" % count + b" " * size, timeout=250)
        except zmqx.Again:
            break
        count += 1
    return count


def receive(socket: Any, count: int) -> list[int]:
    return [int(socket.recv(timeout=5000)) for _ in range(count)]


def test_what_is_queued_for_nobody_is_bounded(joiner: Joiner) -> None:
    push = joiner.socket(zmqx.PUSH)
    push.sndhwm_bytes = 10 * BODY
    push.connect("inproc://nobody" if joiner.transport == "inproc" else "tcp://127.0.0.1:1")
    assert stuff(push) == 10
    stats = push.stats()
    assert 10 * BODY <= stats.queued_bytes_out < 11 * BODY
    assert not push.poll(0, zmqx.POLLOUT)
    push.sndhwm_bytes = 20 * BODY
    assert push.poll(0, zmqx.POLLOUT)
    assert stuff(push) == 10
    push.sndhwm_bytes = 0
    push.sndhwm = 30
    assert stuff(push) == 10


@pytest.mark.parametrize("kinds", [(zmqx.PUSH, zmqx.PULL), (zmqx.DEALER, zmqx.ROUTER), (zmqx.PAIR, zmqx.PAIR)])
@pytest.mark.parametrize("left_binds", [True, False])
def test_a_receiver_bounds_what_waits_for_it(joiner: Joiner, kinds: tuple[int, int], left_binds: bool) -> None:
    sender, receiver = (joiner.socket(kind) for kind in kinds)
    receiver.rcvhwm_bytes = 20 * BODY
    sender.sndhwm = 5
    sender.sndbuf = receiver.rcvbuf = 16_384
    joiner.join(sender, receiver, left_binds=left_binds)
    sent = stuff(sender)
    held = receiver.stats().queued_bytes_in
    assert 10 * BODY < held < 21 * BODY + READ
    assert sent < 200
    more = Caller(lambda: [sender.send(b"%d" % (sent + number) + b" " * BODY) for number in range(300)])
    got = [int(receiver.recv_multipart(timeout=5000)[-1]) for _ in range(sent + 300)]
    assert got == list(range(sent + 300))
    more.result()


def test_a_sender_with_a_limit_waits_and_goes_on(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    push.sndhwm_bytes = 3 * BODY
    pull.rcvhwm_bytes = 3 * BODY
    joiner.join(push, pull)

    def send_all() -> None:
        for number in range(1000):
            push.send(b"%d" % number + b" " * (number * 37 % BODY))

    sending = Caller(send_all)
    assert receive(pull, 1000) == list(range(1000))
    sending.result()


@pytest.mark.parametrize("policy", [Overflow.DROP_NEWEST, Overflow.DROP_OLDEST])
@pytest.mark.parametrize("kinds", [(zmqx.PUB, zmqx.SUB), (zmqx.PUSH, zmqx.PULL)])
def test_policies_mind_bytes(joiner: Joiner, kinds: tuple[int, int], policy: Overflow) -> None:
    sender, receiver = (joiner.socket(kind) for kind in kinds)
    sender.overflow = policy
    sender.sndhwm_bytes = receiver.rcvhwm_bytes = 10 * BODY
    sender.sndhwm = receiver.rcvhwm = 0
    sender.sndbuf = receiver.rcvbuf = 16_384
    if receiver.socket_type == zmqx.SUB:
        receiver.subscribe(b"")
    joiner.join(sender, receiver)
    if receiver.socket_type == zmqx.SUB:
        sender.wait_for_subscribers(timeout=5000)
    sent = 400
    for number in range(sent):
        sender.send(b"%d" % number + b" " * BODY)
    got: list[int] = []
    while len(got) + sum(sender.stats().dropped.values()) < sent and receiver.poll(5000):
        got += [int(parts[0]) for parts in receiver.recv_many()]
    assert len(got) + sum(sender.stats().dropped.values()) == sent
    assert got == sorted(got)
    assert 10 <= len(got) < sent
    if policy is Overflow.DROP_OLDEST:
        assert got[-1] == sent - 1


def test_all_peers_together_are_bounded(joiner: Joiner) -> None:
    """One message for each always fits, so that those who are stuck do not starve the others."""
    router = joiner.socket(zmqx.ROUTER)
    router.router_mandatory = 1
    router.snd_total_bytes = 20 * BODY
    router.sndbuf = 16_384
    endpoint = joiner.bind(router)
    dealers = [joiner.socket(zmqx.DEALER) for _ in range(3)]
    for number, dealer in enumerate(dealers):
        dealer.routing_id = b"%d" % number
        dealer.rcvhwm = 1
        dealer.rcvbuf = 16_384
        dealer.connect(endpoint)
    router.wait_connected(3, timeout=5000)

    def fill(name: bytes) -> int:
        count = 0
        while count < 1000:
            try:
                router.send_multipart([name, b" " * BODY], timeout=250)
            except zmqx.Again:
                break
            count += 1
        return count

    hogged = fill(b"0")
    assert 20 <= hogged < 200
    for name in (b"1", b"2"):
        fill(name)
    stats = router.stats()
    if joiner.transport != "inproc":
        # The queues, and what the last write to each had taken from them.
        assert stats.queued_bytes_out < 2 * 23 * BODY
    for number in range(50):
        while dealers[1].poll(0):
            dealers[1].recv()
        router.send_multipart([b"1", b"%d" % number], timeout=5000)
    for _ in range(hogged):
        dealers[0].recv(timeout=5000)
    assert fill(b"2") >= 1


def test_all_that_arrives_together_is_bounded(joiner: Joiner) -> None:
    if joiner.transport == "inproc":
        pytest.skip("over inproc it is the sender who holds back")
    pull = joiner.socket(zmqx.PULL)
    pull.rcv_total_bytes = 10 * BODY
    pull.rcvbuf = 16_384
    endpoint = joiner.bind(pull)
    pushes = [joiner.socket(zmqx.PUSH) for _ in range(4)]
    for push in pushes:
        push.sndhwm = 3
        push.sndbuf = 16_384
        push.connect(endpoint)
    pull.wait_connected(4, timeout=5000)
    sent = [stuff(push) for push in pushes]
    assert all(3 <= count < 100 for count in sent)
    assert pull.stats().queued_bytes_in < 10 * BODY + len(pushes) * (READ + BODY)
    assert len(receive(pull, sum(sent))) == sum(sent)
    for push in pushes:
        push.send(b"1", timeout=5000)
    assert receive(pull, 4) == [1] * 4


def test_a_storm_within_limits(blocking_joiner: Joiner) -> None:
    """Several threads, both limits, sizes of all kinds: everything arrives, each thread's in order."""
    push, pull = blocking_joiner.socket(zmqx.PUSH), blocking_joiner.socket(zmqx.PULL)
    push.sndhwm_bytes = pull.rcvhwm_bytes = 5000
    push.sndhwm = pull.rcvhwm = 20
    blocking_joiner.join(push, pull)
    threads, each = 4, 2000

    def send(thread: int) -> None:
        for number in range(each):
            push.send(b"%d %d" % (thread, number) + b" " * (number * 131 % 1500))

    senders = [Caller(send, thread) for thread in range(threads)]
    seen: dict[int, list[int]] = {thread: [] for thread in range(threads)}
    for _ in range(threads * each):
        thread, number = map(int, pull.recv(timeout=10_000).split())
        seen[thread].append(number)
    for sender in senders:
        sender.result()
    assert all(numbers == list(range(each)) for numbers in seen.values())
    until(lambda: push.stats().queued_bytes_out == pull.stats().queued_bytes_in == 0)


@pytest.mark.parametrize("name", ["sndhwm_bytes", "rcvhwm_bytes", "snd_total_bytes", "rcv_total_bytes"])
def test_limits_are_numbers(joiner: Joiner, name: str) -> None:
    socket = joiner.socket(zmqx.DEALER)
    assert getattr(socket, name) == 0
    setattr(socket, name, 1 << 40)
    assert getattr(socket, name) == 1 << 40
    with pytest.raises(zmqx.ZMQError, match=name.upper()):
        setattr(socket, name, -1)


@pytest.mark.parametrize("limit", ["bytes", "total"])
def test_what_conflates_keeps_the_newest_whatever_its_size(joiner: Joiner, limit: str) -> None:
    """A queue of one is never full: neither for who sends nor for who receives."""
    ours, theirs = ("sndhwm_bytes", "rcvhwm_bytes") if limit == "bytes" else ("snd_total_bytes", "rcv_total_bytes")
    push = joiner.socket(zmqx.PUSH, conflate=1, **{ours: 5})
    push.connect("tcp://127.0.0.1:9")
    for number in range(10):
        push.send(b"message %d" % number, timeout=0)
    assert push.stats().queued_out == 1
    assert push.stats().dropped == {zmqx.Drop.REPLACED: 9}
    if joiner.transport == "inproc":
        return  # there it is for who connects
    pull, guest = joiner.socket(zmqx.PULL, conflate=1, **{theirs: 5}), joiner.socket(zmqx.PUSH)
    joiner.join(pull, guest)
    for number in range(10):
        guest.send(b"message %d" % number, timeout=5000)
        guest.flush(5000)
    until(lambda: pull.poll(0) and pull.stats().dropped == {zmqx.Drop.REPLACED: 9})
    assert pull.recv(timeout=5000) == b"message 9"
