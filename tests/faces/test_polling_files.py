"""Descriptors in a Poller: urgent data, errors and hang-ups, alone and beside a socket, as pyzmq tells them."""

from __future__ import annotations

import errno
import os
import socket as plain
import sys
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
import zmq

import zmqx
from zmqx.engine.readiness import EpollSet
from zmqx.polling import wait_for

from ..support.callers import Caller, until

LIBRARIES = pytest.mark.parametrize("library", [zmqx, zmq], ids=["zmqx", "pyzmq"])


@pytest.fixture
def two() -> Iterator[tuple[plain.socket, plain.socket]]:
    """A connection over tcp."""
    with plain.create_server(("127.0.0.1", 0)) as server:
        near = plain.create_connection(server.getsockname())
        far, _ = server.accept()
    with near, far:
        yield near, far


def ready(library: Any, what: Any, flags: int, timeout: int = 5000) -> int:
    """The bits of one descriptor that are told."""
    poller = library.Poller()
    poller.register(what, flags)
    found = dict(poller.poll(timeout))
    return int(found.get(what if isinstance(what, int) else what.fileno(), 0))


@LIBRARIES
def test_urgent_data(library: Any, two: tuple[plain.socket, plain.socket]) -> None:
    near, far = two
    near.send(b"!", plain.MSG_OOB)
    assert ready(library, far, zmqx.POLLPRI | zmqx.POLLIN) == zmqx.POLLPRI
    assert ready(library, far, zmqx.POLLIN, 0) == 0


def test_urgent_data_ends_the_wait_of_a_poller_with_sockets(
    ctx: zmqx.Context, two: tuple[plain.socket, plain.socket]
) -> None:
    near, far = two
    pull = ctx.socket(zmqx.PULL)
    poller = zmqx.Poller()
    poller.register(pull)
    poller.register(far, zmqx.POLLPRI)
    waiting = Caller(poller.poll, 10_000).waits_for(pull)
    near.send(b"!", plain.MSG_OOB)
    assert waiting.result() == [(far.fileno(), zmqx.POLLPRI)]


@LIBRARIES
def test_a_hang_up_is_told_whatever_was_asked_for(library: Any, two: tuple[plain.socket, plain.socket]) -> None:
    near, far = two
    near.close()
    far.shutdown(plain.SHUT_WR)
    for flags, told in ((zmqx.POLLIN, 1), (zmqx.POLLOUT, 2), (zmqx.POLLERR, 0)):
        assert ready(library, far, flags) == told | zmqx.POLLERR


def test_the_end_of_a_pipe_can_be_read() -> None:
    """libzmq tells the error only."""
    reading, writing = os.pipe()
    os.close(writing)
    assert ready(zmqx, reading, zmqx.POLLIN) == zmqx.POLLIN | zmqx.POLLERR
    os.close(reading)


@LIBRARIES
def test_a_descriptor_that_is_none(library: Any) -> None:
    assert ready(library, 999, zmqx.POLLIN) == zmqx.POLLERR


@LIBRARIES
def test_a_list_of_sockets_and_descriptors(library: Any, two: tuple[plain.socket, plain.socket]) -> None:
    near, far = two
    near.send(b"x")
    with library.Context() as context, context.socket(zmqx.PAIR) as left, context.socket(zmqx.PAIR) as right:
        left.bind("inproc://x")
        right.connect("inproc://x")
        left.send(b"x")
        watched = [(right, zmqx.POLLIN | zmqx.POLLOUT), (left, zmqx.POLLIN), (far, zmqx.POLLIN)]
        assert library.zmq_poll(watched, 5000) == [(right, 3), (far.fileno(), 1)]
        assert library.zmq_poll([(left, zmqx.POLLIN)], 0) == []
    with pytest.raises(TypeError):
        library.zmq_poll([("x", 1)], 0)
    assert library.zmq_poll([], 1) == []


def test_who_was_too_late_for_a_descriptor_waits_on(ctx: zmqx.Context) -> None:
    """Another thread has read it empty between the wake-up and the look: the next byte has to wake us all the same."""
    pull = ctx.socket(zmqx.PULL)
    read, write = os.pipe()
    try:
        poller = zmqx.Poller()
        poller.register(pull, zmqx.POLLIN)
        poller.register(read, zmqx.POLLIN)
        looking = poller._look()
        looks = 0

        def look() -> list[tuple[Any, int]] | None:
            nonlocal looks
            looks += 1
            if looks == 3:  # woken by the first byte
                assert os.read(read, 1) == b"1"
            return looking.now()

        def wait() -> list[tuple[Any, int]] | None:
            with looking.by_thread() as reactor:
                return wait_for(looking.cores, reactor, look, monotonic() + 60)

        waiting = Caller(wait).waits_for(pull)
        os.write(write, b"1")
        until(lambda: looks == 3)
        waiting.waits_for(pull)
        os.write(write, b"2")
        assert waiting.result() == [(read, zmqx.POLLIN)]
        assert os.read(read, 9) == b"2"
    finally:
        os.close(read)
        os.close(write)


def test_a_closed_descriptor_is_an_error_of_its_own(ctx: zmqx.Context) -> None:
    """Beside a socket as alone; and what was prepared for the others is undone."""
    pull, (read, write) = ctx.socket(zmqx.PULL), os.pipe()
    closed = os.dup(read)
    os.close(closed)
    try:
        poller = zmqx.Poller()
        for one in (pull, read, closed):
            poller.register(one, zmqx.POLLIN)
        assert poller.poll(5000) == [(closed, zmqx.POLLERR)]
    finally:
        os.close(read)
        os.close(write)


def test_a_wait_that_cannot_be_prepared_leaves_nothing_behind(
    ctx: zmqx.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull, (read, write) = ctx.socket(zmqx.PULL), os.pipe()
    made: list[int] = []
    dup = os.dup

    def short_of_descriptors(fd: int) -> int:
        if made:
            raise OSError(zmqx.EMFILE, "no more")
        made.append(dup(fd))
        return made[0]

    poller = zmqx.Poller()
    for one in (pull, read, write):
        poller.register(one, zmqx.POLLIN)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "dup", short_of_descriptors)
            with pytest.raises(zmqx.ZMQError) as caught:
                poller.poll(5000)
        assert caught.value.errno == zmqx.EMFILE
        with pytest.raises(OSError, match="Bad file"):
            os.fstat(made[0])
        assert made[0] not in ctx.core.reactor()._masks
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.skipif(sys.platform != "linux", reason="counts what epoll is asked for")
def test_files_that_cannot_be_watched_fail_as_calls_do(ctx: zmqx.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a ZMQError that says why, and nothing is left behind."""
    pull, (read, write) = ctx.socket(zmqx.PULL), os.pipe()
    poller = zmqx.Poller()
    for one in (pull, read):
        poller.register(one, zmqx.POLLIN)

    def no_room(self: EpollSet, fd: int, mask: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    try:
        with monkeypatch.context() as patch:
            patch.setattr(EpollSet, "add", no_room)
            with pytest.raises(zmqx.ZMQError, match="watched") as caught:
                poller.poll(5000)
        assert caught.value.errno == errno.ENOSPC
        os.write(write, b"x")
        assert poller.poll(5000) == [(read, zmqx.POLLIN)]
    finally:
        os.close(read)
        os.close(write)
