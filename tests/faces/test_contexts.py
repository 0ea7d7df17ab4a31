"""Contexts: their options, their sockets, and how both go, orderly or forgotten."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import Caller, until


def test_max_sockets_holds_and_counts_open_ones(ctx: zmqx.Context) -> None:
    ctx.set(zmqx.MAX_SOCKETS, 2)
    first, second = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    with pytest.raises(zmqx.ZMQError, match="MAX_SOCKETS") as caught:
        ctx.socket(zmqx.PULL)
    assert caught.value.errno == zmqx.EMFILE
    first.close()
    ctx.socket(zmqx.PULL).close()
    assert not second.closed


def test_a_context_that_does_not_block_makes_sockets_that_do_not_linger(ctx: zmqx.Context) -> None:
    before = ctx.socket(zmqx.PUSH)
    ctx.set(zmqx.BLOCKY, 0)
    assert (before.linger, ctx.socket(zmqx.PUSH).linger) == (-1, 0)
    assert ctx.get(zmqx.BLOCKY) == 0


def test_a_context_with_ipv6_makes_sockets_with_ipv6(ctx: zmqx.Context) -> None:
    before = ctx.socket(zmqx.PUSH)
    ctx.set(zmqx.ContextOption.IPV6, 1)
    after = ctx.socket(zmqx.PUSH)
    assert (before.ipv6, after.ipv6) == (0, 1)
    assert after.bind("tcp://[::1]:*").startswith("tcp://[::1]:")


@pytest.mark.parametrize("count", [1, 4])
def test_io_threads_may_be_asked_for(count: int) -> None:
    with zmqx.Context(count) as ctx:
        assert ctx.get(zmqx.IO_THREADS) == count
        ctx.socket(zmqx.PULL).bind("tcp://127.0.0.1:*")


def test_without_io_threads_there_is_only_inproc() -> None:
    with zmqx.Context(io_threads=0) as ctx:
        left, right = ctx.socket(zmqx.PAIR), ctx.socket(zmqx.PAIR)
        for call in (left.bind, left.connect):
            with pytest.raises(zmqx.ZMQError) as caught:
                call("tcp://127.0.0.1:9")
            assert caught.value.errno == zmqx.EMTHREAD
        right.connect(left.bind("inproc://x"))
        left.send(b"x")
        assert right.recv(timeout=5000) == b"x"


DEFAULTS = {"IO_THREADS": 1, "MAX_SOCKETS": 1023, "SOCKET_LIMIT": 65535, "BLOCKY": 1, "IPV6": 0}


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items(), ids=DEFAULTS)
def test_a_fresh_context_has_the_defaults_of_libzmq(ctx: zmqx.Context, name: str, value: int) -> None:
    assert ctx.get(zmqx.ContextOption[name]) == value


REFUSED: list[tuple[int, Any, type[Exception]]] = [
    (zmqx.MAX_SOCKETS, 0, zmqx.ZMQError),
    (zmqx.MAX_SOCKETS, "5", TypeError),
    (zmqx.IO_THREADS, -1, zmqx.ZMQError),
    (zmqx.IO_THREADS, None, TypeError),
    (zmqx.BLOCKY, -1, zmqx.ZMQError),
    (zmqx.MSG_T_SIZE, 5, zmqx.ZMQError),
    (zmqx.THREAD_PRIORITY, -1, zmqx.ZMQError),
    (zmqx.THREAD_NAME_PREFIX, 1.5, TypeError),
    (zmqx.THREAD_NAME_PREFIX, "x" * 17, zmqx.ZMQError),
    (zmqx.THREAD_NAME_PREFIX, "a/b", zmqx.ZMQError),
    (999, 5, zmqx.ZMQError),
]


@pytest.mark.parametrize(("number", "value", "error"), REFUSED)
def test_wrong_context_options_change_nothing(
    ctx: zmqx.Context, number: int, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        ctx.set(number, value)
    assert getattr(caught.value, "errno", zmqx.EINVAL) == zmqx.EINVAL
    for name, default in DEFAULTS.items():
        assert ctx.get(zmqx.ContextOption[name]) == default


def test_a_context_refused_is_no_context() -> None:
    with pytest.raises(zmqx.ZMQError, match="IO_THREADS"):
        zmqx.Context(-1)


def test_the_shared_context_is_one_until_it_ends() -> None:
    first = zmqx.Context.instance()
    assert zmqx.Context.instance() is first
    first.term()
    second = zmqx.Context.instance()
    assert second is not first
    assert not second.closed
    second.term()


def test_every_class_of_contexts_shares_its_own() -> None:
    class Other(zmqx.Context):
        pass

    with zmqx.Context.instance() as plain, Other.instance() as other:
        assert type(other) is Other
        assert type(plain) is zmqx.Context
        assert Other.instance() is other


def test_sockets_may_have_a_class_of_their_own(ctx: zmqx.Context) -> None:
    class Named(zmqx.Socket):
        label = "x"

    socket = ctx.socket(zmqx.PULL, socket_class=Named)
    assert socket.label == "x"
    assert socket.context is ctx


def test_a_with_block_closes_the_sockets_and_ends_the_context() -> None:
    with zmqx.Context() as ctx:
        sockets = [ctx.socket(zmqx.PULL) for _ in range(3)]
        sockets[0].bind("tcp://127.0.0.1:*")
        assert "open" in repr(ctx)
    assert all(socket.closed for socket in sockets)
    assert ctx.closed
    assert "closed" in repr(ctx)


@pytest.mark.parametrize("use", [None, "inproc://x", "tcp://127.0.0.1:*"], ids=["unused", "inproc", "tcp"])
def test_a_context_may_be_ended_many_times(use: str | None) -> None:
    ctx = zmqx.Context()
    if use is not None:
        with ctx.socket(zmqx.PULL) as socket:
            socket.bind(use)
            assert socket.poll(0) == 0
    for _ in range(3):
        ctx.term()
        ctx.destroy()
        ctx.shutdown()
    with pytest.raises(zmqx.ContextTerminated):
        ctx.socket(zmqx.PULL)
    for call in (lambda: ctx.get(zmqx.BLOCKY), lambda: ctx.set(zmqx.BLOCKY, 1)):
        with pytest.raises(zmqx.ZMQError) as caught:
            call()
        assert caught.value.errno == zmqx.EFAULT


def test_several_threads_may_end_a_context(ctx: zmqx.Context) -> None:
    socket = ctx.socket(zmqx.PULL)
    socket.bind("tcp://127.0.0.1:*")
    waiting = Caller(socket.recv).waits_for(socket)
    ending = [Caller(ctx.term) for _ in range(4)]
    with pytest.raises(zmqx.ContextTerminated):
        waiting.result()
    socket.close()
    for caller in ending:
        caller.result()


# -- forgotten


def test_a_forgotten_socket_is_closed(ctx: zmqx.Context) -> None:
    endpoint = str(ctx.socket(zmqx.PULL).bind("tcp://127.0.0.1:*"))
    gc.collect()
    heir = ctx.socket(zmqx.PULL)

    def bound() -> bool:
        try:
            heir.bind(endpoint)
        except zmqx.ZMQError as error:
            if error.errno != zmqx.EADDRINUSE:
                raise
            return False
        return True

    until(bound)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_context_does_not_wait_for_forgotten_sockets(joiner: Joiner) -> None:
    joiner.pair(zmqx.PUSH, zmqx.PULL)
    gc.collect()
    joiner.ctx.term(timeout=10_000)


def test_a_socket_keeps_its_context_alive(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    push = zmqx.Context().socket(zmqx.PUSH)
    gc.collect()
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    push.send(b"x")
    assert pull.recv(timeout=5000) == b"x"
    push.context.destroy()


def ends_by_itself(threads: set[threading.Thread]) -> None:
    """The threads that were started since then end, and close what they had open."""
    for thread in set(threading.enumerate()) - threads:
        thread.join(20)
        assert not thread.is_alive()


def test_a_forgotten_context_sends_what_is_unsent_and_ends(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    before = set(threading.enumerate())

    def forget() -> None:
        push = zmqx.Context().socket(zmqx.PUSH)
        push.connect(endpoint)
        for number in range(1000):
            push.send(b"%d" % number)

    forget()
    gc.collect()
    assert [int(pull.recv(timeout=10_000)) for _ in range(1000)] == list(range(1000))
    ends_by_itself(before)


@pytest.mark.parametrize("used", [False, True], ids=["unused", "used"])
def test_a_forgotten_context_leaves_nothing_open(used: bool) -> None:
    before = set(threading.enumerate())

    def forget() -> None:
        ctx = zmqx.Context()
        socket = ctx.socket(zmqx.PULL)
        if used:
            socket.bind("tcp://127.0.0.1:*")
            socket.poll(1)

    forget()
    gc.collect()
    ends_by_itself(before)


LOCKED: dict[str, Callable[[zmqx.Socket], Any]] = {
    "guard": lambda socket: socket._core.guard,
    "context": lambda socket: socket.context.core._lock,
    "reactor": lambda socket: socket._reactor._lock,
    "timers": lambda socket: socket._reactor._timers._lock,
}


@pytest.mark.parametrize("used", [False, True], ids=["no-thread-yet", "with-thread"])
@pytest.mark.parametrize("lock", LOCKED.values(), ids=LOCKED)
def test_collection_never_waits_for_a_lock(ctx: zmqx.Context, lock: Callable[[zmqx.Socket], Any], used: bool) -> None:
    """The collector may come at any moment, in a thread that holds any lock."""
    kept = ctx.socket(zmqx.PULL)
    if used:
        kept.bind("tcp://127.0.0.1:*")

    def collect() -> None:
        forgotten = ctx.socket(zmqx.PULL)
        with lock(kept):
            del forgotten
            gc.collect()

    Caller(collect).result()


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_the_name_of_a_socket_that_was_dropped_is_free(blocking_joiner: Joiner) -> None:
    ctx = blocking_joiner.ctx
    dropped, heir, guest = (ctx.socket(zmqx.PAIR) for _ in range(3))
    endpoint = blocking_joiner.bind(dropped)
    del dropped
    gc.collect()
    heir.bind(endpoint)
    guest.connect(endpoint)
    guest.send(b"x")
    assert heir.recv(timeout=10_000) == b"x"


def test_a_signal_handler_may_ask_for_the_shared_context_while_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shared(zmqx.Context):
        def __init__(self, io_threads: int = 1) -> None:
            super().__init__(io_threads)
            if not found:
                found.append(self)
                found.append(Shared.instance())  # as if struck here

    found: list[zmqx.Context] = []
    asking = Caller(Shared.instance)
    shared = asking.result(5)
    assert shared is found[1] is Shared.instance()
    for context in (shared, found[0]):
        context.term()
