"""PUSH and PULL: work is shared out in turn, and fetched in turn."""

from __future__ import annotations

import pytest

import zmqx

from ..support.callers import Caller, until
from .conftest import Joiner


@pytest.mark.parametrize("sender_binds", [True, False])
def test_work_is_shared_out_evenly(joiner: Joiner, sender_binds: bool) -> None:
    push, pulls = joiner.socket(zmqx.PUSH), [joiner.socket(zmqx.PULL) for _ in range(3)]
    endpoint = joiner.bind(push) if sender_binds else ""
    for pull in pulls:
        if sender_binds:
            pull.connect(endpoint)
        else:
            push.connect(joiner.bind(pull))
    push.wait_connected(3, timeout=5000)
    for number in range(30):
        push.send_multipart([b"%d" % number, b"x"])
    shares = [[int(pull.recv_multipart(timeout=5000)[0]) for _ in range(10)] for pull in pulls]
    assert sorted(number for share in shares for number in share) == list(range(30))
    for share in shares:
        assert [number % 3 for number in share] == [share[0] % 3] * 10
        assert share == sorted(share)


def test_work_is_fetched_fairly(joiner: Joiner) -> None:
    """While all have something, each is asked once per turn, however much the others have."""
    pull, pushes = joiner.socket(zmqx.PULL), [joiner.socket(zmqx.PUSH) for _ in range(3)]
    endpoint = joiner.bind(pull)
    for number, push in enumerate(pushes):
        push.connect(endpoint)
        for _ in range(10 * (number + 1)):
            push.send_multipart([b"%d" % number, b"x"])
    pull.wait_connected(3, timeout=5000)
    until(lambda: sum(len(pipe.inbox) for pipe in pull._core._ports.pipes.ready) == 60)
    order = [int(pull.recv_multipart(timeout=5000)[0]) for _ in range(60)]
    for turn in range(10):
        assert sorted(order[turn * 3 : turn * 3 + 3]) == [0, 1, 2]
    assert sorted(order) == [0] * 10 + [1] * 20 + [2] * 30


def test_a_worker_that_left_gets_nothing_more(joiner: Joiner) -> None:
    push, (staying, leaving) = joiner.socket(zmqx.PUSH), (joiner.socket(zmqx.PULL) for _ in range(2))
    endpoint = joiner.bind(push)
    for pull in (staying, leaving):
        pull.connect(endpoint)
    push.wait_connected(2, timeout=5000)
    leaving.close()
    until(lambda: push.wait_connected(0) == 1)
    for number in range(10):
        push.send(b"%d" % number)
    assert [int(staying.recv(timeout=5000)) for _ in range(10)] == list(range(10))


def test_a_worker_that_stalls_does_not_hold_up_the_others(joiner: Joiner) -> None:
    push = joiner.socket(zmqx.PUSH, sndhwm=2)
    busy, idle = (joiner.socket(zmqx.PULL, rcvhwm=2) for _ in range(2))
    endpoint = joiner.bind(push)
    for pull in (busy, idle):
        pull.connect(endpoint)
    push.wait_connected(2, timeout=5000)
    sent = 60  # half of them are more than the system and both queues hold for the idle one

    def send_all() -> None:
        for number in range(sent):
            push.send_multipart([b"%d" % number, b"x" * 500_000], timeout=20_000)

    sending = Caller(send_all)
    got = []
    while not sending.done:
        if busy.poll(20):
            got.append(int(busy.recv_multipart()[0]))
    sending.result()
    assert got == sorted(got)

    def everything() -> bool:
        for pull in (busy, idle):
            if pull.poll(10):
                got.append(int(pull.recv_multipart()[0]))
        return len(got) == sent

    until(everything)
    assert sorted(got) == list(range(sent))


def test_conflation_keeps_the_newest_only(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, conflate=1), joiner.socket(zmqx.PULL, conflate=1)
    joiner.join(push, pull)
    for number in range(1000):
        push.send(b"%d" % number, zmqx.DONTWAIT)
    seen = []
    while not seen or seen[-1] != 999:
        seen.append(int(pull.recv(timeout=5000)))
    assert seen == sorted(set(seen))
    assert len(seen) < 1000
    assert pull.poll(0) == 0


@pytest.mark.parametrize("most", ["3", 1.5, None])
def test_how_many_to_receive_is_a_number(joiner: Joiner, most: object) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(b"x")
    with pytest.raises(TypeError):
        pull.recv_many(most, timeout=5000)
    assert pull.recv_many(True, timeout=5000) == [[b"x"]]


def test_bare_messages_are_what_send_many_takes(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    for sent in ([b"a", b"b"], [b"a", [b"b", b"c"], b""]):
        push.send_many(sent)
        got: list[object] = []
        while len(got) < len(sent):
            got += pull.recv_many(bare=True, timeout=5000)
        assert got == sent
