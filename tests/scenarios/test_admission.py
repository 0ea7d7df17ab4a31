"""Admission, end to end: who is refused is told, and may come back; who is in is not disturbed."""

from __future__ import annotations

import errno
from typing import Any

import pytest

import zmqx

from ..support.callers import until
from .conftest import Joiner


@pytest.fixture(params=["tcp", "ipc"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pushes(joiner: Joiner, endpoint: str, count: int) -> list[Any]:
    made = []
    for _ in range(count):
        push = joiner.socket(zmqx.PUSH)
        push.reconnect_ivl = 10
        push.connect(endpoint)
        made.append(push)
    return made


def test_a_place_that_is_free_again_is_taken(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    pull.max_peers = 2
    events = pull.events(zmqx.Event.ACCEPT_FAILED)
    inside = pushes(joiner, endpoint := joiner.bind(pull), 2)
    pull.wait_connected(2, timeout=5000)
    (outside,) = pushes(joiner, endpoint, 1)
    refusal = events.recv(timeout=5000)
    assert (refusal.value, refusal.reason) == (errno.ECONNREFUSED, "MAX_PEERS is 2")
    until(lambda: pull.stats().refused > 1)
    assert pull.stats().connections == 2
    inside[0].close()
    outside.send(b"in at last", timeout=5000)
    assert pull.recv(timeout=5000) == b"in at last"
    inside[1].send(b"never out")
    assert pull.recv(timeout=5000) == b"never out"
    events.close()


def test_a_crowd_has_its_turn(joiner: Joiner) -> None:
    """Few handshakes at a time, and nobody is refused."""
    pull = joiner.socket(zmqx.PULL)
    pull.max_handshakes = 2
    crowd = pushes(joiner, joiner.bind(pull), 20)
    for number, push in enumerate(crowd):
        push.send(b"%d" % number)
    assert sorted(int(pull.recv(timeout=10_000)) for _ in crowd) == list(range(20))
    stats = pull.stats()
    assert (stats.connections, stats.refused, stats.handshake_failures) == (20, 0, 0)


def test_the_hook_sees_the_address_that_peers_show(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    asked: list[str] = []

    def hook(address: str) -> bool:
        asked.append(address)
        return len(asked) > 2

    pull.accept_hook = hook
    (push,) = pushes(joiner, joiner.bind(pull), 1)
    pull.wait_connected(timeout=5000)
    assert len(asked) == 3
    assert pull.peers()[0].address == asked[2]
    assert pull.stats().refused == 2
    if isinstance(pull, zmqx.Socket):
        assert pull.accept_hook is hook
    with pytest.raises(TypeError, match="accept_hook"):
        pull.accept_hook = 5
    pull.accept_hook = None
    assert pull.accept_hook is None
    push.send(b"x")
    assert pull.recv(timeout=5000) == b"x"


def test_limits_are_for_endpoints_bound_afterwards(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    pull.max_peers = 1
    pull.accept_hook = lambda address: False
    crowd = pushes(joiner, endpoint, 3)
    pull.wait_connected(3, timeout=5000)
    assert pull.stats().refused == 0
    assert len(crowd) == 3
