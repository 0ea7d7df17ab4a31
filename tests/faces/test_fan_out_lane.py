"""The lane of a publisher, with everything going on around it: who asked for everything, gets it once, in order."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count

import pytest

import zmqx

WAIT = 10_000


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def subscriber(ctx: zmqx.Context, endpoint: str) -> zmqx.Socket:
    socket = ctx.socket(zmqx.SUB)
    socket.rcvhwm = 0
    socket.subscribe(b"")
    socket.connect(endpoint)
    return socket


def comes_and_goes(ctx: zmqx.Context, pub: zmqx.Socket, endpoint: str) -> None:
    with subscriber(ctx, endpoint) as socket:
        socket.recv(timeout=WAIT)


def asks_for_more(ctx: zmqx.Context, pub: zmqx.Socket, endpoint: str) -> None:
    with subscriber(ctx, endpoint) as socket:
        socket.recv(timeout=WAIT)
        socket.subscribe(b"1")
        socket.unsubscribe(b"")
        socket.recv(timeout=WAIT)


def in_our_process(ctx: zmqx.Context, pub: zmqx.Socket, endpoint: str) -> None:
    with subscriber(ctx, "inproc://fan") as socket:
        socket.recv(timeout=WAIT)


def options(ctx: zmqx.Context, pub: zmqx.Socket, endpoint: str) -> None:
    for value in (1, 0):
        pub.setsockopt(zmqx.XPUB_NODROP, value)
        pub.setsockopt(zmqx.NativeOption.SNDHWM_BYTES, value << 30)
        pub.sndhwm = 1_000_000 * value


def looks(ctx: zmqx.Context, pub: zmqx.Socket, endpoint: str) -> None:
    pub.stats()
    pub.peers()
    pub.flush(WAIT)


@pytest.mark.parametrize("meanwhile", [comes_and_goes, asks_for_more, in_our_process, options, looks])
def test_nobody_misses_anything_whatever_goes_on(
    ctx: zmqx.Context, hurried: None, meanwhile: Callable[[zmqx.Context, zmqx.Socket, str], None]
) -> None:
    pub = ctx.socket(zmqx.XPUB)
    pub.sndhwm = 0
    pub.bind("inproc://fan")
    endpoint = pub.bind("tcp://127.0.0.1:*")
    steady = [subscriber(ctx, endpoint) for _ in range(2)]
    pub.wait_for_subscribers(n=2, timeout=WAIT)
    over = threading.Event()
    sent = [0, 0]

    def send(who: int) -> None:
        for number in count():
            pub.send(b"%d %d" % (who, number))
            sent[who] = number + 1
            if number >= 3000 and over.is_set():
                break

    threads = [threading.Thread(target=send, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            meanwhile(ctx, pub, endpoint)
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
    for socket in steady:
        expected = [0, 0]
        for _ in range(sum(sent)):
            who, number = map(int, socket.recv(timeout=WAIT).split())
            assert number == expected[who]
            expected[who] += 1
        assert expected == sent
        with pytest.raises(zmqx.Again):
            socket.recv(timeout=0)


@pytest.mark.parametrize("close", ["close", "terminate"])
def test_threads_that_send_are_told_of_the_end(ctx: zmqx.Context, hurried: None, close: str) -> None:
    with zmqx.Context() as own:
        pub = own.socket(zmqx.PUB)
        pub.sndhwm = 0
        endpoint = pub.bind("tcp://127.0.0.1:*")
        steady = [subscriber(ctx, endpoint) for _ in range(2)]
        pub.wait_for_subscribers(n=2, timeout=WAIT)
        sent = [0, 0]
        ended: list[type[BaseException]] = []

        def send(who: int) -> None:
            try:
                for number in count():
                    pub.send(b"%d %d" % (who, number))
                    sent[who] = number + 1
            except zmqx.ZMQError as error:
                ended.append(type(error))

        threads = [threading.Thread(target=send, args=(who,)) for who in range(2)]
        for thread in threads:
            thread.start()
        first = steady[0].recv(timeout=WAIT)
        if close == "close":
            pub.close(linger=-1)
        else:
            terminating = threading.Thread(target=own.term)
            terminating.start()
        for thread in threads:
            thread.join(30)
        assert len(ended) == 2
        pub.close(linger=-1)
        if close == "terminate":
            terminating.join(30)
        for socket in steady:
            expected = [int(first == b"0 0"), int(first == b"1 0")] if socket is steady[0] else [0, 0]
            # A send that races with the end may go either way.
            while any(got < all_ - 1 for got, all_ in zip(expected, sent)):
                who, number = map(int, socket.recv(timeout=WAIT).split())
                assert number == expected[who]
                expected[who] += 1


@pytest.mark.parametrize("name", ["hwm", "sndhwm"])
def test_another_mark_holds_at_once(ctx: zmqx.Context, name: str) -> None:
    """Though the cohort had room for more."""
    pub = ctx.socket(zmqx.PUB)
    endpoint = pub.bind("tcp://127.0.0.1:*")
    steady = [subscriber(ctx, endpoint) for _ in range(2)]
    pub.wait_for_subscribers(n=2, timeout=WAIT)
    for _ in range(1000):
        pub.send(b"x")
        if pub._out.only is not None:
            break
    assert pub._out.only is not None
    setattr(pub, name, 5)
    assert pub._out.only is None
    assert [socket.recv(timeout=WAIT) for socket in steady] == [b"x", b"x"]
