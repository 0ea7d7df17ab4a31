"""Requests and replies between two sockets: by the short way where there is one, by the long way, and in turn.

What comes out is the same, so these run on both halves; the compiled one, on Linux, has the short way.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import frame

WAIT = 5000
SHORT = zmqx.accelerated and sys.platform == "linux"
SIZES = [0, 1, 255, 256, 257, 4095, 4096, 4097, 65_000, 65_536, 300_000]


def has_short_way(socket: zmqx.Socket) -> bool:
    return socket._core.turn.shortcut is not None


@pytest.fixture
def pair(ctx: zmqx.Context) -> tuple[zmqx.Socket, zmqx.Socket]:
    """A REQ and a REP that sleep at once, and know each other."""
    rep, req = ctx.socket(zmqx.REP, spin=0), ctx.socket(zmqx.REQ, spin=0)
    req.connect(rep.bind("tcp://127.0.0.1:*"))
    for socket in (req, rep):
        socket.wait_connected(timeout=WAIT)
        assert has_short_way(socket) == SHORT
    return req, rep


@pytest.fixture
def answered(pair: tuple[zmqx.Socket, zmqx.Socket]) -> Iterator[Callable[[int], tuple[zmqx.Socket, list[bytes]]]]:
    """So many requests of a REQ are answered with what they are, by another thread; that notes them."""
    req, rep = pair
    seen: list[bytes] = []
    threads: list[threading.Thread] = []

    def answer(count: int) -> None:
        for _ in range(count):
            seen.append(rep.recv())
            rep.send(seen[-1])

    def start(count: int) -> tuple[zmqx.Socket, list[bytes]]:
        threads.append(threading.Thread(target=answer, args=(count,)))
        threads[0].start()
        return req, seen

    yield start
    threads[0].join(WAIT / 1000)
    assert not threads[0].is_alive()


def request(body: bytes) -> bytes:
    return frame(b"", 1) + frame(body)


def counts(socket: zmqx.Socket) -> tuple[int, int, int, int]:
    pump = socket._core._ports.only_session.flow
    return pump.messages_in, pump.bytes_in, pump.messages_written, pump.bytes_written


def test_messages_of_all_sizes_go_both_ways_and_are_counted(answered: Any, pair: Any) -> None:
    bodies = [random.randbytes(size) for size in SIZES] * 2
    req, seen = answered(len(bodies))
    begun = counts(req)
    for body in bodies:
        req.send(body)
        assert req.recv() == body
    assert seen == bodies
    size = sum(len(request(body)) for body in bodies)
    assert tuple(now - then for now, then in zip(counts(req), begun)) == (len(bodies), size, len(bodies), size)


def test_parts_go_the_long_way_in_between(answered: Any, pair: Any) -> None:
    req, rep = pair
    for number in range(5):
        req.send(b"%d" % number)
        assert rep.recv() == b"%d" % number
        rep.send_multipart([b"a", b"b"])
        assert req.recv_multipart() == [b"a", b"b"]
        req.send_multipart([b"c", b""])
        assert rep.recv_multipart() == [b"c", b""]
        rep.send(b"d")
        assert req.recv() == b"d"
    assert has_short_way(req) == SHORT
    req.send(b"", zmqx.SNDMORE)
    req.send(b"e")
    assert rep.recv() == b""
    assert rep.recv() == b"e"
    rep.send(b"f")
    assert req.recv() == b"f"
    answered(0)


def test_whoever_speaks_out_of_turn_is_told(pair: Any) -> None:
    req, rep = pair
    for _ in range(2):
        for call in (req.recv, lambda: rep.send(b"")):
            with pytest.raises(zmqx.ZMQError) as caught:
                call()
            assert caught.value.errno == zmqx.EFSM
        req.send(b"q")
        with pytest.raises(zmqx.ZMQError):
            req.send(b"q")
        assert rep.recv() == b"q"
        with pytest.raises(zmqx.ZMQError):
            rep.recv()
        rep.send(b"r")
        assert req.recv() == b"r"


def test_others_may_look_before_it_is_received(pair: Any) -> None:
    req, rep = pair
    for _ in range(3):
        req.send(b"q")
        assert rep.poll(WAIT) == zmqx.POLLIN
        assert rep.recv() == b"q"
        rep.send(b"r")
        assert req.poll(WAIT) == zmqx.POLLIN
        assert req.recv() == b"r"


def test_the_descriptor_is_told_of_every_message(pair: Any) -> None:
    req, rep = pair
    assert rep.fileno() >= 0
    assert not has_short_way(rep)
    req.send(b"q")
    assert rep.poll(WAIT)
    assert rep.recv() == b"q"
    rep.send(b"r")
    assert req.recv() == b"r"


def test_with_a_second_peer_there_is_no_short_way_until_it_has_gone(ctx: zmqx.Context, pair: Any) -> None:
    req, rep = pair
    other = ctx.socket(zmqx.REQ, spin=0)
    other.connect(rep.last_endpoint)
    rep.wait_connected(2, timeout=WAIT)
    assert not has_short_way(rep)
    for socket in (other, req):
        socket.send(b"q")
        assert rep.recv() == b"q"
        rep.send(b"r")
        assert socket.recv() == b"r"
    events = rep.events(zmqx.Event.DISCONNECTED)
    other.close()
    events.recv(WAIT)
    events.close()
    assert has_short_way(rep) == SHORT
    req.send(b"q")
    assert rep.recv() == b"q"


@pytest.mark.parametrize("how", ["close", "term", "set"])
def test_another_thread_ends_the_wait(pair: Any, ctx: zmqx.Context, how: str) -> None:
    _, rep = pair
    told: list[int] = []

    def wait() -> None:
        try:
            rep.recv()
        except zmqx.ZMQError as error:
            told.append(error.errno)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not rep._core.waiters:
        pass
    if how == "set":
        rep.linger = 0  # nothing that matters
    if how == "term":
        ending = threading.Thread(target=ctx.term)
        ending.start()
        waiting.join(WAIT / 1000)
        for socket in pair:
            socket.close(linger=0)
        ending.join(WAIT / 1000)
        assert not ending.is_alive()
    else:
        rep.close()
        waiting.join(WAIT / 1000)
    assert not waiting.is_alive()
    assert told == [zmqx.ETERM if how == "term" else zmqx.ENOTSOCK]


def test_how_long_it_waits_and_whether_it_looks_first_is_heeded_at_once(pair: Any, ctx: zmqx.Context) -> None:
    req, rep = pair
    for spin in (0, 20, 0):
        rep.spin = spin
        rep.rcvtimeo = 5
        with pytest.raises(zmqx.Again):
            rep.recv()
        rep.rcvtimeo = -1
        req.send(b"q")
        assert rep.recv() == b"q"
        rep.send(b"r")
        assert req.recv() == b"r"
        assert rep._core.turn.spin == spin
    req.rcvtimeo = 5
    req.send(b"q")
    with pytest.raises(zmqx.Again):
        req.recv()
    ctx.rcvtimeo = 5
    late = ctx.socket(zmqx.REP)
    late.bind("tcp://127.0.0.1:*")
    with pytest.raises(zmqx.Again):
        late.recv()
    assert late._core.turn.spin == late.spin > 0


def test_a_thread_that_only_looks_does_not_keep_it_from_the_one_that_receives(pair: Any) -> None:
    req, rep = pair
    for number in range(20):
        got: list[bytes] = []
        receiving = threading.Thread(target=lambda got=got: got.append(rep.recv()))
        receiving.start()
        while len(rep._core.waiters) < 1:
            pass
        looking = threading.Thread(target=lambda: rep.poll(20))
        looking.start()
        while len(rep._core.waiters) < 2 and looking.is_alive():
            pass
        req.send(b"%d" % number)
        receiving.join(WAIT / 1000)
        assert got == [b"%d" % number]
        looking.join(WAIT / 1000)
        rep.send(b"r")
        assert req.recv() == b"r"


def test_two_threads_that_wait_share_what_comes(pair: Any) -> None:
    req, rep = pair
    got: list[bytes] = []

    def serve() -> None:
        try:
            while True:
                got.append(rep.recv())
                rep.send(got[-1])
        except zmqx.ZMQError as error:
            if error.errno == zmqx.EFSM:  # the other one is about to answer
                serve()

    threads = [threading.Thread(target=serve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(500):
        req.send(b"%d" % number)
        assert req.recv() == b"%d" % number
    rep.close()
    for thread in threads:
        thread.join(WAIT / 1000)
        assert not thread.is_alive()
    assert got == [b"%d" % number for number in range(500)]


def test_a_request_waits_for_a_peer_that_comes_back(ctx: zmqx.Context) -> None:
    first = ctx.socket(zmqx.REP, spin=0)
    req = ctx.socket(zmqx.REQ, spin=0, reconnect_ivl=10)
    req.connect(first.bind("tcp://127.0.0.1:*"))
    req.wait_connected(timeout=WAIT)
    events = req.events(zmqx.Event.DISCONNECTED)
    endpoint = first.last_endpoint
    first.close(linger=0)
    events.recv(WAIT)
    events.close()
    req.send(b"q")
    second = ctx.socket(zmqx.REP, spin=0)
    second.bind(endpoint)
    assert second.recv() == b"q"
    second.send(b"r")
    assert req.recv() == b"r"


class Strike:
    """Raises KeyboardInterrupt at the n-th place of the package where CPython looks for signals."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, called: FrameType, event: str, arg: Any) -> None:
        if event in ("call", "c_return") and called.f_globals.get("__name__", "").startswith("zmqx."):
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt


def test_wherever_it_strikes_the_dialogue_goes_on(ctx: zmqx.Context) -> None:
    rep = ctx.socket(zmqx.REP, spin=0)
    endpoint = rep.bind("tcp://127.0.0.1:*")

    def serve() -> None:
        try:
            while True:
                rep.send(rep.recv())
        except zmqx.ZMQError:
            pass  # it is closed

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        at = 0
        struck = True
        while struck:
            at += 1
            # Relaxed: what it sends may be lost with the connection that was struck.
            with ctx.socket(zmqx.REQ, spin=0, req_relaxed=1, reconnect_ivl=1, linger=0) as req:
                req.connect(endpoint)
                req.send(b"before")
                assert req.recv() == b"before"
                struck = strike_at(at, req)
                while True:
                    try:
                        req.send(b"again")
                        assert req.recv(timeout=100) in (b"again", b"struck")
                        break
                    except zmqx.Again:
                        assert struck
        assert at > 5
    finally:
        rep.close()
        serving.join(WAIT / 1000)
        assert not serving.is_alive()


def strike_at(place: int, req: zmqx.Socket) -> bool:
    strike = Strike(place)
    try:
        sys.setprofile(strike)
        req.send(b"struck")
        req.recv()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False
