"""Poller, select and poll: several sockets, descriptors and files at once."""

from __future__ import annotations

import os
import socket as plain
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import Caller


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def two() -> Iterator[tuple[plain.socket, plain.socket]]:
    ends = plain.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_a_poller_says_which_sockets_are_ready_for_what(joiner: Joiner) -> None:
    pairs = [joiner.pair(zmqx.PAIR, zmqx.PAIR) for _ in range(3)]
    poller = zmqx.Poller()
    for left, _ in pairs:
        poller.register(left, zmqx.POLLIN)
    assert poller.poll(0) == []
    assert poller.poll(10) == []
    pairs[1][1].send(b"x")
    assert poller.poll(5000) == [(pairs[1][0], zmqx.POLLIN)]
    assert poller.poll(0) == [(pairs[1][0], zmqx.POLLIN)]
    pairs[2][1].send(b"y")
    pairs[2][0].poll(5000)
    assert dict(poller.poll()) == {pairs[1][0]: zmqx.POLLIN, pairs[2][0]: zmqx.POLLIN}
    assert pairs[1][0].recv() == b"x"
    assert pairs[2][0].recv() == b"y"
    assert poller.poll(0) == []
    poller.modify(pairs[0][0], zmqx.POLLIN | zmqx.POLLOUT)
    assert poller.poll() == [(pairs[0][0], zmqx.POLLOUT)]


@pytest.mark.parametrize("timeout", [None, -1, 60_000, 60_000.0])
@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_poller_wakes_for_a_message_from_another_thread(joiner: Joiner, timeout: Any) -> None:
    pairs = [joiner.pair(zmqx.PAIR, zmqx.PAIR) for _ in range(2)]
    poller = zmqx.Poller()
    for left, _ in pairs:
        poller.register(left, zmqx.POLLIN)
    waiting = Caller(poller.poll, timeout).waits_for(*(left for left, _ in pairs))
    pairs[1][1].send(b"x")
    assert waiting.result() == [(pairs[1][0], zmqx.POLLIN)]
    assert all(not left._core.waiters for left, _ in pairs)


def test_a_poller_wakes_for_room(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(push, zmqx.POLLOUT)
    assert poller.poll(0) == []
    waiting = Caller(poller.poll).waits_for(push)
    joiner.join(push, pull)
    assert waiting.result() == [(push, zmqx.POLLOUT)]


def test_sockets_of_several_contexts_in_one_poller(ctx: zmqx.Context) -> None:
    with zmqx.Context() as other, other.socket(zmqx.PULL) as near, ctx.socket(zmqx.PULL) as far:
        poller = zmqx.Poller()
        ends = {}
        for socket in (near, far):
            poller.register(socket, zmqx.POLLIN)
            ends[socket] = socket.context.socket(zmqx.PUSH)
            ends[socket].connect(socket.bind("tcp://127.0.0.1:*"))
        for socket in (near, far):
            waiting = Caller(poller.poll).waits_for(near, far)
            ends[socket].send(b"x")
            assert waiting.result() == [(socket, zmqx.POLLIN)]
            socket.recv()


def test_the_set_of_a_poller(ctx: zmqx.Context, pipe: tuple[int, int]) -> None:
    socket = ctx.socket(zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(socket)
    poller.register(pipe[0], zmqx.POLLIN)
    assert (socket in poller, pipe[0] in poller, pipe[1] in poller, len(poller)) == (True, True, False, 2)
    assert poller.sockets == [(socket, zmqx.POLLIN | zmqx.POLLOUT), (pipe[0], zmqx.POLLIN)]
    poller.modify(socket, zmqx.POLLIN)
    poller.register(pipe[0], 0)
    assert poller.sockets == [(socket, zmqx.POLLIN)]
    poller.register(pipe[1], 0)
    poller.unregister(socket)
    assert len(poller) == 0
    with pytest.raises(KeyError):
        poller.unregister(socket)


@pytest.mark.parametrize("thing", ["text", None, 1.5, object()], ids=lambda thing: type(thing).__name__)
def test_what_has_no_descriptor_cannot_be_polled(thing: Any) -> None:
    poller = zmqx.Poller()
    with pytest.raises(TypeError):
        poller.register(thing)
    assert len(poller) == 0


def test_a_poller_of_nothing_just_waits() -> None:
    poller = zmqx.Poller()
    assert poller.poll(0) == []
    assert poller.poll(10) == []


def test_descriptors_alone(pipe: tuple[int, int]) -> None:
    poller = zmqx.Poller()
    poller.register(pipe[0], zmqx.POLLIN)
    assert poller.poll(0) == []
    assert poller.poll(10) == []
    os.write(pipe[1], b"x")
    assert poller.poll() == [(pipe[0], zmqx.POLLIN)]
    poller.register(pipe[1], zmqx.POLLOUT)
    assert dict(poller.poll()) == {pipe[0]: zmqx.POLLIN, pipe[1]: zmqx.POLLOUT}


def test_files_and_sockets_of_the_system(
    ctx: zmqx.Context, two: tuple[plain.socket, plain.socket], tmp_path: Path
) -> None:
    pull = ctx.socket(zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(two[0], zmqx.POLLIN)
    poller.register(pull, zmqx.POLLIN)
    waiting = Caller(poller.poll).waits_for(pull)
    two[1].send(b"x")
    assert waiting.result() == [(two[0].fileno(), zmqx.POLLIN)]
    two[0].recv(1)
    with (tmp_path / "file").open("w+") as file:
        poller.register(file, zmqx.POLLIN | zmqx.POLLOUT)
        assert poller.poll() == [(file.fileno(), zmqx.POLLIN | zmqx.POLLOUT)]


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_descriptors_and_sockets_wake_the_same_wait(joiner: Joiner, pipe: tuple[int, int]) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(pull, zmqx.POLLIN)
    poller.register(pipe[0], zmqx.POLLIN)
    for _ in range(3):
        waiting = Caller(poller.poll).waits_for(pull)
        os.write(pipe[1], b"x")
        assert waiting.result() == [(pipe[0], zmqx.POLLIN)]
        os.read(pipe[0], 1)
        waiting = Caller(poller.poll, 60_000).waits_for(pull)
        push.send(b"y")
        assert waiting.result() == [(pull, zmqx.POLLIN)]
        pull.recv()
    assert poller.poll(10) == []


def test_several_pollers_may_watch_the_same_descriptor(ctx: zmqx.Context, pipe: tuple[int, int]) -> None:
    sockets = [ctx.socket(zmqx.PULL) for _ in range(3)]
    pollers = [zmqx.Poller() for _ in sockets]
    for poller, socket in zip(pollers, sockets, strict=True):
        poller.register(socket, zmqx.POLLIN)
        poller.register(pipe[0], zmqx.POLLIN)
    waiting = [Caller(poller.poll).waits_for(socket) for poller, socket in zip(pollers, sockets, strict=True)]
    os.write(pipe[1], b"x")
    assert [caller.result() for caller in waiting] == [[(pipe[0], zmqx.POLLIN)]] * 3


def test_a_hang_up_can_be_read(ctx: zmqx.Context, two: tuple[plain.socket, plain.socket]) -> None:
    pull = ctx.socket(zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(pull, zmqx.POLLIN)
    poller.register(two[0], zmqx.POLLIN)
    waiting = Caller(poller.poll).waits_for(pull)
    two[1].close()
    ((found, events),) = waiting.result()
    assert found == two[0].fileno()
    assert events & zmqx.POLLIN


def test_a_closed_file_is_an_error(two: tuple[plain.socket, plain.socket]) -> None:
    poller = zmqx.Poller()
    poller.register(two[0], zmqx.POLLIN)
    two[0].close()
    with pytest.raises((zmqx.ZMQError, ValueError)):
        poller.poll(0)


@pytest.mark.parametrize("timeout", [0, 10, None])
def test_a_closed_socket_in_a_poller_is_an_error(ctx: zmqx.Context, timeout: int | None) -> None:
    kept, closed = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(kept, zmqx.POLLIN)
    poller.register(closed, zmqx.POLLIN)
    closed.close()
    with pytest.raises(zmqx.ZMQError) as caught:
        poller.poll(timeout)
    assert caught.value.errno == zmqx.ENOTSOCK
    assert kept._core.waiters == []


def test_the_end_of_the_context_ends_a_poll(ctx: zmqx.Context, pipe: tuple[int, int]) -> None:
    socket = ctx.socket(zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(socket, zmqx.POLLIN)
    poller.register(pipe[0], zmqx.POLLIN)
    waiting = Caller(poller.poll).waits_for(socket)
    ctx.shutdown()
    with pytest.raises(zmqx.ContextTerminated):
        waiting.result()


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_select(joiner: Joiner, pipe: tuple[int, int]) -> None:
    left, right = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    assert zmqx.select([left, pipe[0]], [], [left], 0.01) == ([], [], [])
    assert zmqx.select([left], [left, pipe[1]], []) == ([], [left, pipe[1]], [])
    waiting = Caller(zmqx.select, [left, pipe[0]], [], []).waits_for(left)
    right.send(b"x")
    assert waiting.result() == ([left], [], [])
    os.write(pipe[1], b"x")
    assert zmqx.select([pipe[0], left], [left], [], 5) == ([pipe[0], left], [left], [])


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_loop_over_a_poller_gets_everything(joiner: Joiner) -> None:
    pairs = [joiner.pair(zmqx.PUSH, zmqx.PULL) for _ in range(4)]
    poller = zmqx.Poller()
    for _, pull in pairs:
        poller.register(pull, zmqx.POLLIN)
    count = 500

    def send_all(push: zmqx.Socket) -> None:
        for number in range(count):
            push.send(b"%d" % number)

    senders = [Caller(send_all, push) for push, _ in pairs]
    got: dict[zmqx.Socket, list[int]] = {pull: [] for _, pull in pairs}
    while sum(map(len, got.values())) < count * len(pairs):
        ready = poller.poll(10_000)
        assert ready
        for pull, _ in ready:
            got[pull].append(int(pull.recv(zmqx.DONTWAIT)))
    assert all(numbers == list(range(count)) for numbers in got.values())
    for sender in senders:
        sender.result()
