"""docs/spec/options.md, section 4: what a message can be asked for, and the numbers of flags and polls."""

from __future__ import annotations

import socket
from typing import Any

import pytest

import zmqx

from .lib import Lib
from .states import states


@pytest.fixture
def frames(lib: Lib) -> list[Any]:
    """A message of two frames, received over tcp."""
    pull, push = lib.pair(zmqx.PULL, zmqx.PUSH)
    push.send_multipart([b"first", b"last"])
    return list(pull.recv_multipart(copy=False))


@states("O4.1")
def test_more_is_one_but_for_the_last(frames: list[Any]) -> None:
    assert [frame.get(zmqx.MORE) for frame in frames] == [1, 0]


@states("O4.1")
def test_the_descriptor_it_came_by(frames: list[Any]) -> None:
    with socket.socket(fileno=socket.dup(frames[0].get(zmqx.SRCFD))) as came_by:  # type: ignore[attr-defined]
        assert came_by.getpeername()[0] == "127.0.0.1"


@states("O4.1")
def test_what_was_received_is_nobody_elses(frames: list[Any]) -> None:
    assert [frame.get(zmqx.SHARED) for frame in frames] == [0, 0]


@states("O4.1")
def test_a_frame_of_our_own_came_by_none(ours: Lib) -> None:
    """libzmq has none to tell of either, and -1 for it, which pyzmq takes for an error."""
    frame = zmqx.Frame(b"x")
    assert (frame.get(zmqx.MORE), frame.get(zmqx.SRCFD), frame.get(zmqx.SHARED)) == (0, -1, 0)
    assert zmqx.Frame(bytearray(100)).get(zmqx.SHARED) == 1


@states("O4.1")
@pytest.mark.parametrize("number", [0, 4, 99])
def test_there_is_nothing_else_to_ask_for(lib: Lib, frames: list[Any], number: int) -> None:
    with lib.fails(zmqx.EINVAL):
        frames[0].get(number)


@states("O4.2")
@pytest.mark.parametrize("number", [1, 2, 3, 99])
def test_nothing_can_be_set(lib: Lib, frames: list[Any], number: int) -> None:
    with pytest.raises((lib.zmq.ZMQError, TypeError)):
        frames[0].set(number, 1)


@states("O4.3", "O4.4")
def test_numbers_of_flags_and_polls(lib: Lib) -> None:
    zmq = lib.zmq
    assert (zmq.DONTWAIT, zmq.NOBLOCK, zmq.SNDMORE) == (1, 1, 2)
    assert (zmq.POLLIN, zmq.POLLOUT, zmq.POLLERR, zmq.POLLPRI) == (1, 2, 4, 8)


@states("O4.3", "O4.4")
def test_they_mean_what_they_say(lib: Lib) -> None:
    left, right = lib.pair(zmqx.PAIR, zmqx.PAIR)
    with pytest.raises(lib.zmq.Again):
        left.recv(1)
    assert left.poll(0, 1 | 2) == 2
    right.send(b"a", 2)
    right.send(b"b")
    assert left.poll(10_000, 1) == 1
    assert left.recv_multipart() == [b"a", b"b"]
