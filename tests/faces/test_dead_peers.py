"""Whatever the other side does, or does not do, the end comes within its time: full queues, peers that are stopped,
gone or silent, networks that swallow everything, threads that wait."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Callable, Iterator, Set
from time import monotonic
from typing import Any

import pytest

import zmqx
import zmqx.anyio
import zmqx.asyncio

from ..support.callers import PATIENCE, Caller
from ..support.fault_proxy import FaultProxy
from ..support.judge import Judge

BODY = b"x" * 500_000
# ms
SOON = 100


@pytest.fixture
def far() -> Iterator[zmqx.Context]:
    context = zmqx.Context()
    yield context
    context.destroy(linger=0, timeout=10_000)


@pytest.fixture(params=["nobody", "silent", "stopped", "swallowed", "unread"])
def dead(request: pytest.FixtureRequest, far: zmqx.Context) -> Iterator[str]:
    """An endpoint where nobody takes anything."""
    kind = str(request.param)
    if kind == "nobody":
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            yield f"tcp://127.0.0.1:{closed.getsockname()[1]}"
    elif kind == "silent":
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
    elif kind == "stopped":
        with Judge() as judge:
            endpoint = judge.socket("PULL", RCVHWM=1).bind("tcp://127.0.0.1:*")
            judge.pause()
            try:
                yield endpoint
            finally:
                judge.resume()
    else:
        pull = far.socket(zmqx.PULL, rcvhwm=1)
        endpoint = str(pull.bind("tcp://127.0.0.1:*"))
        if kind == "unread":
            yield endpoint
            return
        with FaultProxy(endpoint) as proxy:
            proxy.faults["up"].lose = True
            yield proxy.endpoint


def fill(push: Any) -> int:
    """Send until there is no room for more."""
    count = 0
    try:
        while count < 1000:
            push.send(BODY, timeout=20)
            count += 1
    except zmqx.Again:
        pass
    return count


def took(call: Callable[[], object]) -> float:
    """ms that a call took that says Again."""
    start = monotonic()
    with pytest.raises(zmqx.Again):
        call()
    return (monotonic() - start) * 1000


def test_term_flush_and_linger_keep_their_time(dead: str) -> None:
    ctx = zmqx.Context()
    push = ctx.socket(zmqx.PUSH, sndhwm=10, sndbuf=8192)
    push.connect(dead)
    assert fill(push) >= 10
    assert SOON <= took(lambda: push.flush(SOON)) < PATIENCE * 1000
    waiting = [Caller(push.send, BODY).waits_for(push), Caller(push.flush).waits_for(push, count=2)]
    with pytest.raises(zmqx.Again) as caught:
        ctx.term(timeout=SOON)
    for word in (f"unsent to {dead}", "PUSH (open", "test_dead_peers.py:"):
        assert word in str(caught.value)
    for caller in waiting:
        with pytest.raises(zmqx.ContextTerminated):
            caller.result()
    push.close(linger=SOON)  # LINGER cannot be set any more; this is the way
    ctx.term(timeout=PATIENCE * 1000)


def test_linger_ends_by_itself(dead: str) -> None:
    ctx = zmqx.Context()
    with ctx.socket(zmqx.PUSH, sndhwm=10, linger=SOON, sndbuf=8192) as push:
        push.connect(dead)
        fill(push)
    start = monotonic()
    ctx.term(timeout=PATIENCE * 1000)
    assert (monotonic() - start) * 1000 >= SOON / 2
    assert push.stats().queued_out == 0


def test_destroy_needs_no_patience(dead: str) -> None:
    for make in (zmqx.Context, zmqx.asyncio.Context, zmqx.anyio.Context):
        ctx = make()
        lingers = ctx.socket(zmqx.SUB, linger=-1)
        lingers.connect(dead)
        lingers.subscribe(b"x")
        lingers.close()
        left = ctx.socket(zmqx.DEALER)
        left.connect(dead)
        ctx.destroy(linger=0, timeout=PATIENCE * 1000)
        assert left.closed


def test_threads_that_wait_come_out(dead: str) -> None:
    """With whatever they wait for, in sockets that nobody closes."""
    ctx = zmqx.Context()
    push, pull, rep = ctx.socket(zmqx.PUSH, sndhwm=1), ctx.socket(zmqx.PULL), ctx.socket(zmqx.REP)
    push.connect(dead)
    fill(push)
    pull.bind("tcp://127.0.0.1:*")
    rep.bind("inproc://rep")
    poller = zmqx.Poller()
    for one in (pull, rep):
        poller.register(one, zmqx.POLLIN)
    events = pull.events(zmqx.Event.DISCONNECTED)
    calls = [
        (push, lambda: push.send(BODY)), (push, lambda: push.send_multipart([BODY, BODY])),
        (push, lambda: push.send_many([BODY] * 9)), (push, push.flush), (push, lambda: push.poll(flags=zmqx.POLLOUT)),
        (pull, pull.recv), (pull, pull.recv_multipart), (pull, pull.recv_many), (pull, pull.poll), (pull, poller.poll),
        (pull, lambda: pull.wait_connected(3)), (pull, events.recv), (rep, rep.recv),
        (rep, lambda: zmqx.proxy(rep, pull)),
    ]  # fmt: skip
    counts: dict[zmqx.Socket, int] = {}
    callers = []
    for one, call in calls:
        counts[one] = counts.get(one, 0) + 1
        callers.append(Caller(call).waits_for(one, count=counts[one]))
    assert SOON <= took(lambda: ctx.term(timeout=SOON)) < PATIENCE * 1000
    for caller in callers:
        with pytest.raises(zmqx.ContextTerminated):
            caller.result()
    ctx.destroy(linger=0, timeout=PATIENCE * 1000)


@pytest.mark.parametrize("threads", [0, 4])
def test_collection_does_not_wait(dead: str, threads: int) -> None:
    """Sockets with full queues, dropped with their contexts, in cycles, by many threads at once."""
    before = set(threading.enumerate())

    class Service:
        def __init__(self) -> None:
            self.me = self
            self.ctx = zmqx.Context()
            self.push = self.ctx.socket(zmqx.PUSH, sndhwm=2, linger=50)
            self.push.connect(dead)
            self.pull = self.ctx.socket(zmqx.PULL)
            self.pull.bind("inproc://pull")
            fill(self.push)

    def drop() -> None:
        for _ in range(3):
            Service()
            start = monotonic()
            gc.collect()
            assert monotonic() - start < 5

    callers = [Caller(drop) for _ in range(threads)]
    drop()
    for caller in callers:
        caller.result()
    await_threads(before)


def await_threads(before: Set[threading.Thread]) -> None:
    """The contexts of dropped services end by themselves, their threads with them."""
    deadline = monotonic() + PATIENCE
    while set(threading.enumerate()) - before:
        assert monotonic() < deadline, threading.enumerate()
        gc.collect()
        threading.Event().wait(0.01)
