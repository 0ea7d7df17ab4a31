"""PAIR: one peer, both ways."""

from __future__ import annotations

import pytest

import zmqx

from .conftest import TRANSPORTS, Joiner


def test_a_dialogue(joiner: Joiner) -> None:
    left, right = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    for number in range(10):
        left.send_multipart([b"ping", b"%d" % number])
        assert right.recv_multipart(timeout=5000) == [b"ping", b"%d" % number]
        right.send(b"pong")
        assert left.recv(timeout=5000) == b"pong"


def test_neither_side_has_to_wait_for_its_turn(joiner: Joiner) -> None:
    pair = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    for socket in pair:
        for number in range(100):
            socket.send(b"%d" % number)
    for socket in pair:
        assert [int(socket.recv(timeout=5000)) for _ in range(100)] == list(range(100))


@pytest.mark.parametrize("transport", [name for name in TRANSPORTS if name != "inproc"])
def test_a_second_peer_is_sent_away_and_the_first_never_notices(joiner: Joiner) -> None:
    left, right = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    second = joiner.socket(zmqx.PAIR)
    with second.events(zmqx.Event.DISCONNECTED) as events:
        second.connect(left.last_endpoint)
        second.send(b"let me in")
        assert events.recv(timeout=5000) is not None
    left.send(b"for the first")
    right.send(b"from the first")
    assert right.recv(timeout=5000) == b"for the first"
    assert left.recv(timeout=5000) == b"from the first"
    assert left.poll(0) == 0


def test_when_the_peer_left_another_may_come(joiner: Joiner) -> None:
    left, right = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    endpoint = left.last_endpoint
    right.send(b"farewell")
    right.close()
    assert left.recv(timeout=5000) == b"farewell"
    heir = joiner.socket(zmqx.PAIR, reconnect_ivl=5)
    heir.connect(endpoint)
    heir.send(b"hello")
    if joiner.transport != "inproc":  # where a connection that was refused is gone for good
        assert left.recv(timeout=5000) == b"hello"
        left.send(b"welcome")
        assert heir.recv(timeout=5000) == b"welcome"
