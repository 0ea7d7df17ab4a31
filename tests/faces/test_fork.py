"""A forked child: what it inherits is inert, what it makes works, and the parent never notices."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from ..scenarios.conftest import Joiner
from ..support.callers import Caller, strike, until
from ..support.forks import Child, forked, open_sockets
from ..support.traffic import Traffic

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def outcome(call: Callable[[], Any]) -> tuple[int, str]:
    """The error of a call that must fail."""
    try:
        call()
    except zmqx.ZMQError as error:
        return error.errno or 0, str(error)
    return 0, "it works"


def round_trip(ctx: zmqx.Context) -> bytes:
    """Two new sockets talk."""
    with ctx.socket(zmqx.REQ) as asks, ctx.socket(zmqx.REP) as answers:
        asks.connect(answers.bind("tcp://127.0.0.1:*"))
        asks.send(b"hello")
        answers.send(answers.recv(timeout=10_000) + b", world")
        return bytes(asks.recv(timeout=10_000))


def test_every_use_of_an_inherited_socket_fails_at_once_and_says_why(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    for number in range(3):
        push.send(b"%d" % number)
    pull.poll(5000)
    poller = zmqx.Poller()
    poller.register(pull)
    endpoint = push.last_endpoint.decode()
    events = pull.events()

    def use() -> dict[str, tuple[int, str]]:
        calls = {
            "send": lambda: push.send(b"x"),
            "send-parts": lambda: push.send_multipart([b"x", b"y"]),
            "send-more": lambda: push.send(b"x", zmqx.SNDMORE),
            "send-many": lambda: push.send_many([b"x", b"y"]),
            "recv": pull.recv,
            "recv-now": lambda: pull.recv(zmqx.DONTWAIT),
            "recv-parts": pull.recv_multipart,
            "recv-many": pull.recv_many,
            "iterate": lambda: list(pull),
            "poll": pull.poll,
            "poller": poller.poll,
            "poller-now": lambda: poller.poll(0),
            "select": lambda: zmqx.select([pull], [], []),
            "wait-connected": lambda: pull.wait_connected(5),
            "events": events.recv,
            "new-events": pull.events,
            "get": lambda: pull.rcvhwm,
            "set": lambda: setattr(pull, "rcvhwm", 5),
            "state": lambda: pull.getsockopt(zmqx.EVENTS),
            "bind": lambda: pull.bind("tcp://127.0.0.1:*"),
            "connect": lambda: push.connect("tcp://127.0.0.1:9"),
            "disconnect": lambda: push.disconnect(endpoint),
            "proxy": lambda: zmqx.proxy(pull, push),
        }
        return {name: outcome(call) for name, call in calls.items()}

    for name, (number, text) in forked(use).items():
        assert number == zmqx.ENOTSOCK, name
        assert "made before this process was forked" in text, name
    assert [pull.recv(timeout=5000) for _ in range(3)] == [b"0", b"1", b"2"]


def test_an_inherited_context_makes_no_sockets(ctx: zmqx.Context) -> None:
    for shadow in (ctx, zmqx.Context.shadow(ctx), zmqx.asyncio.Context.shadow(ctx)):
        number, text = forked(lambda shadow=shadow: outcome(lambda: shadow.socket(zmqx.PULL)))
        assert number == zmqx.ETERM
        assert "made before this process was forked" in text


def test_a_socket_that_was_closed_before_says_only_that(ctx: zmqx.Context) -> None:
    closed = ctx.socket(zmqx.PUSH)
    closed.connect("tcp://127.0.0.1:9")
    closed.send(b"x")  # so it lingers
    closed.close()
    assert "closed" in forked(lambda: outcome(lambda: closed.send(b"x")))[1]


def test_ending_in_the_child_disturbs_nobody(joiner: Joiner) -> None:
    left, right = joiner.pair(zmqx.DEALER, zmqx.DEALER)
    events = right.events()
    idle = joiner.socket(zmqx.PUSH)
    idle.connect("tcp://127.0.0.1:9")
    idle.send(b"not to be sent")
    lingers = joiner.socket(zmqx.PUSH)
    lingers.connect("tcp://127.0.0.1:9")
    lingers.send(b"not to be sent")
    lingers.close()

    def end() -> bool:
        nonlocal left, right, idle
        left.close()
        joiner.ctx.destroy(linger=0)
        joiner.ctx.term(timeout=0)
        with joiner.ctx, right, events:
            pass
        closed = joiner.ctx.closed and right.closed and idle.closed
        del left, right, idle
        joiner.ctx = zmqx.Context()
        gc.collect()
        return closed and round_trip(joiner.ctx) == b"hello, world"

    for _ in range(5):
        assert forked(end)
        for here, there in ((left, right), (right, left)):
            reader = Caller(lambda there=there: there.recv(timeout=10_000)).waits_for(there)
            here.send(b"still here")
            assert reader.result() == b"still here"
    endpoint = right.last_endpoint.decode()
    if endpoint.startswith("ipc:///"):
        assert os.path.exists(endpoint[6:])
    newcomer = joiner.socket(zmqx.DEALER)
    newcomer.connect(left.last_endpoint.decode())
    newcomer.wait_connected(timeout=10_000)  # the listener still listens


def test_the_child_keeps_no_descriptor(endpoint_of: Callable[[str], str]) -> None:
    before = open_sockets()
    contexts = [zmqx.Context() for _ in range(3)]
    kept = []
    for ctx in contexts:
        for transport in ("tcp", "ipc", "abstract", "inproc"):
            left, right = ctx.socket(zmqx.PAIR), ctx.socket(zmqx.PAIR)
            left.connect(right.bind(endpoint_of(transport)))
            left.wait_connected(timeout=10_000)
            kept += [left, right]
        kept.append(ctx.socket(zmqx.SUB))
        assert kept[-1].FD >= 0
        kept[-1].connect("tcp://127.0.0.1:9")
    assert len(open_sockets() - before) > 9
    assert forked(open_sockets) <= before
    for ctx in contexts:
        ctx.destroy(linger=0)


def test_a_peer_sees_the_end_although_a_child_lives_on(ctx: zmqx.Context) -> None:
    push, pull = ctx.socket(zmqx.PUSH, linger=0), ctx.socket(zmqx.PULL)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    pull.wait_connected(timeout=10_000)
    reading, writing = os.pipe()
    child = Child(lambda: os.read(reading, 1))
    events = pull.events(zmqx.Event.DISCONNECTED)
    push.close()
    assert events.recv(timeout=10_000) is not None
    os.write(writing, b".")
    assert child.result() == b"."
    os.close(reading)
    os.close(writing)


def test_the_shared_context_is_another_in_the_child() -> None:
    shared = zmqx.Context.instance()
    looked = forked(lambda: (zmqx.Context.instance() is shared, round_trip(zmqx.Context.instance())))
    assert looked == (False, b"hello, world")
    assert zmqx.Context.instance() is shared
    shared.term()


def test_children_of_children(ctx: zmqx.Context) -> None:
    def child(depth: int) -> list[bytes]:
        mine = zmqx.Context()
        said = round_trip(mine)
        deeper = forked(lambda: child(depth - 1)) if depth else []
        assert round_trip(mine) == said
        mine.term(timeout=5000)
        return [said, *deeper]

    assert forked(lambda: child(3)) == [b"hello, world"] * 4


def test_a_child_talks_to_its_parent(joiner: Joiner) -> None:
    if joiner.transport == "inproc":
        pytest.skip("another process is not reached so")
    router = joiner.socket(zmqx.ROUTER)
    endpoint = joiner.bind(router)

    def ask() -> bytes:
        with zmqx.Context() as mine, mine.socket(zmqx.REQ) as req:
            if joiner.transport == "tcp6":
                req.ipv6 = 1
            req.connect(endpoint)
            req.send(b"%d" % os.getpid())
            return bytes(req.recv(timeout=10_000))

    children = [Child(ask) for _ in range(3)]
    for _ in children:
        who, empty, pid = router.recv_multipart(timeout=10_000)
        router.send_multipart([who, empty, b"hello " + pid])
    assert [child.result() for child in children] == [b"hello %d" % child.pid for child in children]


def test_forking_while_threads_send_and_receive(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=100), joiner.socket(zmqx.PULL, rcvhwm=100)
    joiner.join(push, pull)
    traffic = Traffic(push, pull)

    def look() -> tuple[int, bytes]:
        with zmqx.Context() as mine:
            return outcome(pull.recv)[0], round_trip(mine)

    for _ in range(10):
        traffic.pace.release(500)
        assert forked(look) == (zmqx.ENOTSOCK, b"hello, world")
    assert traffic.end()


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("wait", ["recv", "recv-in-time", "poll", "poller", "iterate", "term"])
def test_a_signal_handler_that_forks_in_a_wait(joiner: Joiner, wait: str) -> None:
    """The child comes out of the wait that was interrupted, with the error of an inherited socket."""
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    main = threading.main_thread().ident
    assert main is not None
    reading, writing = os.pipe()
    pids: list[int] = []
    poller = zmqx.Poller()
    poller.register(pull)
    waits = {
        "recv": pull.recv,
        "recv-in-time": lambda: pull.recv(timeout=30_000),
        "poll": pull.poll,
        "poller": poller.poll,
        "iterate": lambda: next(iter(pull)),
        "term": lambda: joiner.ctx.term(timeout=30_000),
    }

    met: list[None] = []

    def fork(number: int, frame: object) -> None:
        if threading.current_thread() is not threading.main_thread() or met:
            return
        met.append(None)
        pids.append(Child.fork())

    def wait_and_strike() -> None:
        until(lambda: joiner.ctx.core._waiters if wait == "term" else pull._core.waiters)
        strike(main, lambda: pids)
        if wait == "term":
            push.close(0)
            pull.close(0)
        else:
            push.send(b"x")

    before = signal.signal(signal.SIGUSR1, fork)
    try:
        striker = Caller(wait_and_strike)
        said = b"ended"
        try:
            waits[wait]()
        except zmqx.ZMQError as error:
            said = str(error).encode()
        if pids[0] == 0:
            os.write(writing, said)
            os._exit(0)
        assert said == b"ended"
        striker.result()
    finally:
        if pids and pids[0] == 0:
            os._exit(1)
        signal.signal(signal.SIGUSR1, before)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(pids[0], 0)
    assert b"made before this process was forked" in told if wait != "term" else told == b"ended"
