"""FD while somebody is in the middle of a message that is received frame by frame."""

from __future__ import annotations

import threading

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import PATIENCE, Caller
from ..support.descriptor import lit
from .test_descriptor import IN_TIME


@pytest.fixture
def sockets(joiner: Joiner) -> tuple[zmqx.Socket, zmqx.Socket]:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    return pull, push


def test_it_may_be_asked_for_in_the_middle_of_a_message(sockets: tuple[zmqx.Socket, zmqx.Socket]) -> None:
    pull, push = sockets
    push.send_multipart([b"a", b"b", b"c"])
    assert pull.recv(timeout=5000) == b"a"
    assert lit(pull)
    assert pull.recv(zmqx.DONTWAIT) == b"b"
    assert lit(pull)
    assert pull.recv(zmqx.DONTWAIT) == b"c"
    assert not lit(pull)


def test_each_thread_counts(sockets: tuple[zmqx.Socket, zmqx.Socket]) -> None:
    """One was in the middle of a message before there was a descriptor, another is now."""
    pull, push = sockets
    for _ in range(2):
        push.send_multipart([b"a", b"b"])
    assert pull.recv(timeout=5000) == b"a"
    assert lit(pull)

    begun, go_on = threading.Event(), threading.Event()

    def other() -> None:
        assert pull.recv(timeout=5000) == b"a"
        begun.set()
        assert go_on.wait(PATIENCE)
        assert pull.recv(zmqx.DONTWAIT) == b"b"

    others = Caller(other)
    assert begun.wait(PATIENCE)
    assert pull.recv(zmqx.DONTWAIT) == b"b"
    assert lit(pull)
    go_on.set()
    others.result()
    assert not lit(pull)


def test_nobody_waits_for_a_thread_that_has_ended(sockets: tuple[zmqx.Socket, zmqx.Socket]) -> None:
    """The rest of its message is out of reach: a loop that watches the descriptor would spin."""
    pull, push = sockets
    assert not lit(pull)
    push.send_multipart([b"a", b"b"])
    assert Caller(lambda: pull.recv(timeout=5000)).result() == b"a"
    with pytest.raises(zmqx.Again):
        pull.recv(zmqx.DONTWAIT)
    assert not lit(pull)
    push.send(b"x")
    assert lit(pull, IN_TIME)
    assert pull.recv(zmqx.DONTWAIT) == b"x"
    assert not lit(pull)
