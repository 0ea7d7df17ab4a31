"""A fork in the middle of what other threads do."""

from __future__ import annotations

import os
import threading
from time import monotonic

import pytest

import zmqx

from ..support.callers import PATIENCE, Caller, until
from ..support.forks import forked, open_sockets
from .test_fork import outcome, round_trip

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def test_connections_that_come_and_go_leave_nothing_in_a_child(ctx: zmqx.Context) -> None:
    """An accept or a close under way when the process forks: the child must not keep what the parent has closed."""
    before = open_sockets()
    pull = ctx.socket(zmqx.PULL)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    stop = threading.Event()

    def come_and_go() -> int:
        count = 0
        while not stop.is_set():
            with ctx.socket(zmqx.PUSH, linger=0) as guest:
                guest.connect(endpoint)
                guest.wait_connected(timeout=10_000)
            count += 1
        return count

    guests = [Caller(come_and_go) for _ in range(3)]
    try:
        for _ in range(40):
            assert forked(lambda: open_sockets() - before) == set()
    finally:
        stop.set()
    assert sum(guest.result() for guest in guests) > 0


def test_threads_may_fork_at_once(ctx: zmqx.Context) -> None:
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    push.connect(pull.bind("tcp://127.0.0.1:*"))

    def fork_and_talk(thread: int) -> None:
        for number in range(5):
            assert forked(lambda: outcome(pull.recv)[0]) == zmqx.ENOTSOCK
            push.send(b"%d:%d" % (thread, number))

    threads = [Caller(fork_and_talk, thread) for thread in range(4)]
    got = {pull.recv(timeout=20_000) for _ in range(20)}
    for thread in threads:
        thread.result()
    assert got == {b"%d:%d" % (thread, number) for thread in range(4) for number in range(5)}


def test_a_thread_that_does_not_come_out_holds_up_nobody(ctx: zmqx.Context) -> None:
    """What it holds is free in the child, where it does not exist; and in the parent it goes on."""
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    push.send(b"x")
    assert pull.recv(timeout=10_000) == b"x"
    holds, done = threading.Event(), threading.Event()

    def hold() -> None:
        locks = [pull._core.guard, ctx.core._lock, ctx.core.reactor()._lock, ctx.core.reactor()._set.lock]
        for lock in locks:
            lock.acquire()
        holds.set()
        done.wait(PATIENCE)
        for lock in reversed(locks):
            lock.release()

    holder = Caller(hold)
    assert holds.wait(PATIENCE)

    def child() -> tuple[int, bytes]:
        pull.close()
        ctx.term()
        return outcome(pull.recv)[0], round_trip(zmqx.Context())

    start = monotonic()
    assert forked(child) == (zmqx.ENOTSOCK, b"hello, world")
    assert monotonic() - start < PATIENCE / 2
    done.set()
    holder.result()
    push.send(b"y")
    assert pull.recv(timeout=10_000) == b"y"


def test_binds_under_way_leave_nothing_in_a_child(ctx: zmqx.Context) -> None:
    before = open_sockets()
    stop = threading.Event()

    def bind_and_close() -> None:
        while not stop.is_set():
            with ctx.socket(zmqx.PULL) as socket:
                socket.bind("tcp://127.0.0.1:*")
                socket.bind("ipc://*")

    binders = [Caller(bind_and_close) for _ in range(2)]
    try:
        left = [forked(lambda: open_sockets() - before) for _ in range(40)]
    finally:
        stop.set()
    for binder in binders:
        binder.result()
    # A fork waits for so long and no longer: on a busy machine that may not do. (It was nearly every child.)
    assert sum(map(bool, left)) <= 10, left


def test_files_that_a_poller_watches_are_not_kept_open_by_a_child(ctx: zmqx.Context) -> None:
    """Beside sockets they are watched under numbers of our own, which nobody else could close."""
    pull = ctx.socket(zmqx.PULL)
    reading, writing = os.pipe()
    poller = zmqx.Poller()
    poller.register(pull, zmqx.POLLIN)
    poller.register(reading, zmqx.POLLIN)
    waiting = Caller(poller.poll, 20_000).waits_for(pull)

    def others() -> list[str]:
        kept = os.readlink(f"/proc/self/fd/{reading}")
        found = []
        for name in os.listdir("/proc/self/fd"):
            try:
                found.append((int(name), os.readlink(f"/proc/self/fd/{name}")))
            except OSError:
                continue  # the one of the listing itself
        return [str(number) for number, target in found if target == kept and number not in (reading, writing)]

    try:
        until(lambda: others())
        assert forked(others) == []
        os.write(writing, b"x")
        assert waiting.result() == [(reading, zmqx.POLLIN)]
    finally:
        os.close(reading)
        os.close(writing)
