"""docs/spec/errors.md, sections 4 and 5: close and linger; threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest

import zmqx

from ..support.callers import Caller
from ..support.raw_peer import GREETING, RawListener, RawPeer, ready
from .lib import Lib
from .states import states
from .test_patterns_02_req import message
from .test_patterns_03_rep import asking

LONG = bytes(1_000_000)
KINDS = [zmqx.REQ, zmqx.REP, zmqx.DEALER, zmqx.ROUTER, zmqx.PUB, zmqx.XPUB, zmqx.PUSH, zmqx.PULL, zmqx.PAIR]


@contextmanager
def sender(lib: Lib, linger: int, endpoint: str) -> Iterator[tuple[Any, Any]]:
    """A connected PUSH and its context, which nothing else is in. Whatever the test has not closed lingers no more."""
    context = lib.context()
    push = lib.bare_socket(zmqx.PUSH, context, linger=linger, reconnect_ivl=10)
    push.connect(endpoint)
    try:
        yield push, context
    finally:
        push.close(0)


@states("R4.1", "R4.2")
def test_closing_is_no_wait(lib: Lib) -> None:
    with RawListener() as listener, sender(lib, -1, listener.endpoint) as (push, context), listener.accept() as peer:
        peer.shake_hands("PULL")
        for number in range(30):
            push.send_multipart([b"%d" % number, LONG])
        Caller(push.close).result(5)  # nothing was read yet
        with lib.fails(zmqx.ENOTSOCK):
            push.send(b"x")
        term = Caller(context.term)
        assert [peer.recv_message()[0] for _ in range(30)] == [b"%d" % number for number in range(30)]
        term.result()


@states("R4.3")
def test_without_linger_what_is_unsent_is_dropped(lib: Lib) -> None:
    endpoint, pull = lib.endpoint("ipc"), lib.socket(zmqx.PULL)
    with sender(lib, 0, endpoint) as (push, context):
        push.send(b"unsent")
        push.close()
        Caller(context.term).result(5)
        pull.bind(endpoint)
        assert lib.silent(pull)


@states("R4.4")
def test_with_some_linger_it_is_kept_for_a_while(lib: Lib) -> None:
    endpoint, pull = lib.endpoint("ipc"), lib.socket(zmqx.PULL)
    with sender(lib, 300, endpoint) as (push, context):
        push.send(b"unsent")
        start = monotonic()
        push.close()
        Caller(context.term).result()
        assert 0.25 < monotonic() - start < 10
        pull.bind(endpoint)
        assert lib.silent(pull)


@states("R4.4", "R4.5", "R4.7")
@pytest.mark.parametrize("linger", [20_000, -1])
def test_with_linger_it_is_sent_to_who_comes_in_time(lib: Lib, linger: int) -> None:
    endpoint, pull = lib.endpoint("ipc"), lib.socket(zmqx.PULL)
    with sender(lib, linger, endpoint) as (push, context):
        push.send(b"unsent")
        push.close()
        term = Caller(context.term)
        assert term.lasts(0.3)
        pull.bind(endpoint)
        assert pull.recv() == b"unsent"
        term.result()


@states("R4.6")
def test_with_linger_and_nothing_unsent_nobody_waits(lib: Lib) -> None:
    with sender(lib, -1, lib.endpoint("ipc")) as (push, context):
        push.close()
        Caller(context.term).result(5)


@states("R4.7")
def test_who_lingers_connects_again(lib: Lib) -> None:
    with RawListener() as listener, sender(lib, -1, listener.endpoint) as (push, context):
        push.send(b"unsent")
        with listener.accept() as peer:
            push.close()
            peer.recv(10)  # half a greeting, and no more
        term = Caller(context.term)
        with listener.accept() as peer:
            assert not term.done
            peer.shake_hands("PULL")
            assert peer.recv_message() == [b"unsent"]
        term.result()


@states("R4.8")
def test_what_waits_for_a_handshake_is_unsent(lib: Lib) -> None:
    with RawListener() as listener, sender(lib, -1, listener.endpoint) as (push, context):
        push.send(b"unsent")
        with listener.accept() as peer:
            peer.recv(10)
            push.close()
            term = Caller(context.term)
            assert term.lasts(0.3)
            peer.send(GREETING + ready("PULL"))
            assert peer.recv(54)[2:6] == b"NULL"
            assert peer.recv_message() == [b"unsent"]
            term.result()


@states("R4.9")
@pytest.mark.parametrize("kind", [*KINDS, zmqx.SUB, zmqx.XSUB, zmqx.DISH, zmqx.RADIO, zmqx.STREAM])
def test_how_long_sockets_linger(lib: Lib, kind: int) -> None:
    expected = 0 if kind in (zmqx.SUB, zmqx.XSUB, zmqx.DISH) else -1
    assert lib.bare_socket(kind).getsockopt(zmqx.LINGER) == expected


@states("R4.10")
@pytest.mark.parametrize("kind", [*KINDS, zmqx.SUB])
def test_how_long_sockets_linger_of_a_context_that_does_not_block(lib: Lib, kind: int) -> None:
    context = lib.context(blocky=0)
    assert lib.bare_socket(kind, context).getsockopt(zmqx.LINGER) == 0


@states("R4.11")
def test_what_was_received_and_not_read_is_dropped(lib: Lib) -> None:
    with asking(lib, zmqx.PULL, "PUSH") as (pull, peer):
        peer.send(message(b"read") + message(b"unread"))
        assert pull.recv() == b"read"
        assert pull.poll(10_000)
        endpoint = lib.last_endpoint(pull)
        lib.close(pull)
    again = lib.socket(zmqx.PULL)
    lib.bind_again(again, endpoint)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PUSH")
        peer.send(message(b"new"))
        assert again.recv() == b"new"


@states("R4.12")
@pytest.mark.parametrize("push_binds", [True, False])
def test_what_is_queued_over_inproc_outlives_who_sent_it(lib: Lib, push_binds: bool) -> None:
    push, pull = lib.socket(zmqx.PUSH), lib.socket(zmqx.PULL)
    lib.join(*((push, pull) if push_binds else (pull, push)), transport="inproc")
    for number in range(3):
        push.send_multipart([b"%d" % number, b"more"])
    lib.close(push)
    assert [pull.recv_multipart() for _ in range(3)] == [[b"%d" % number, b"more"] for number in range(3)]


@states("R4.13")
@pytest.mark.parametrize(("before", "after"), [(-1, 0), (0, 20_000)])
def test_what_counts_is_the_linger_at_the_close(lib: Lib, before: int, after: int) -> None:
    endpoint, pull = lib.endpoint("ipc"), lib.socket(zmqx.PULL)
    with sender(lib, before, endpoint) as (push, context):
        push.send(b"unsent")
        push.setsockopt(zmqx.LINGER, after)
        push.close()
        term = Caller(context.term)
        if after == 0:
            term.result(5)
            pull.bind(endpoint)
            assert lib.silent(pull)
        else:
            pull.bind(endpoint)
            assert pull.recv() == b"unsent"
            term.result()


# -- threads


@states("R5.1")
def test_a_socket_and_many_threads(ours: Lib) -> None:
    """libzmq forbids it. Ours may be shared, and messages stay whole."""
    pull, push = ours.pair(zmqx.PULL, zmqx.PUSH)

    def send_all(who: int) -> None:
        for number in range(200):
            push.send_multipart([b"%d" % who, b"%d" % number, b"%d" % who])

    senders = [Caller(send_all, who) for who in range(4)]
    got: list[list[int]] = [[] for _ in range(4)]
    for _ in range(800):
        who, number, again = map(int, pull.recv_multipart())
        assert who == again
        got[who].append(number)
    assert got == [list(range(200))] * 4
    for caller in senders:
        caller.result()


@states("R5.1", "R5.3")
@pytest.mark.parametrize("kind", [*KINDS, zmqx.SUB, zmqx.CLIENT, zmqx.SERVER, zmqx.RADIO, zmqx.DISH])
def test_which_types_are_made_for_threads(lib: Lib, kind: int) -> None:
    assert lib.bare_socket(kind).getsockopt(zmqx.THREAD_SAFE) == int(kind > zmqx.STREAM)


@states("R5.3")
@pytest.mark.parametrize("kind", [zmqx.CLIENT, zmqx.SERVER, zmqx.RADIO, zmqx.DISH, zmqx.PEER, zmqx.GATHER])
def test_types_for_threads_have_no_descriptor(lib: Lib, kind: int) -> None:
    try:
        number = lib.bare_socket(kind).getsockopt(14)  # FD
    except lib.zmq.ZMQError as error:
        number = -error.errno
    except RuntimeError as error:  # what pyzmq makes of it
        number = -error.__context__.errno
    assert number == -zmqx.EINVAL


@states("R5.2")
def test_a_context_and_many_threads(lib: Lib) -> None:
    context = lib.context()
    together = threading.Barrier(8)

    def use(who: int) -> bytes:
        together.wait(10)
        received = b""
        for number in range(10):
            left, right = context.socket(zmqx.PAIR), context.socket(zmqx.PAIR)
            left.bind(f"inproc://{who}.{number}")
            right.connect(f"inproc://{who}.{number}")
            left.send(b"%d" % number)
            received += right.recv()
            left.close(0)
            right.close(0)
        return received

    callers = [Caller(use, who) for who in range(8)]
    assert [caller.result() for caller in callers] == [b"0123456789"] * 8
