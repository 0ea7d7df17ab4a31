"""docs/spec/patterns.md, section 7: proxies."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import zmqx

from ..support.callers import Caller
from ..support.raw_peer import RawPeer, greeting, ready
from .lib import DEADLINE, Lib
from .states import states


class Between:
    """A proxy in a thread of its own, between two bound sockets, that can be told what to do."""

    def __init__(self, lib: Lib, front: int, back: int, control: int, capture: Any, options: dict[str, int]) -> None:
        self._lib = lib
        sockets = lib.bare_socket(front, linger=0), lib.bare_socket(back, linger=0, **options)
        self.front, self.back = (lib.bind(socket) for socket in sockets)
        self._steered = lib.bare_socket(control, linger=0)
        self._steered.bind("inproc://steer")
        self.steering = self._client(lib, control)
        self._running = Caller(lib.zmq.proxy_steerable, *sockets, capture, self._steered)

    def _client(self, lib: Lib, control: int) -> Any:
        kind = {zmqx.PAIR: zmqx.PAIR, zmqx.REP: zmqx.REQ}[control]  # type: ignore[index]
        made = lib.bare_socket(kind, linger=0, rcvtimeo=DEADLINE)
        made.connect("inproc://steer")
        return made

    def tell(self, command: bytes) -> list[bytes]:
        """Give a command; the answer."""
        self.steering.send(command)
        return list(self.steering.recv_multipart())

    def statistics(self) -> list[int]:
        return [int(struct.unpack("=Q", number)[0]) for number in self.tell(b"STATISTICS")]

    def stop(self) -> int:
        """End it; what the call returned."""
        assert self.tell(b"TERMINATE") == [b""]
        return int(self._running.result())


@contextmanager
def between(
    lib: Lib, front: int, back: int, control: int = zmqx.PAIR, capture: Any = None, **options: int
) -> Iterator[Between]:
    made = Between(lib, front, back, control, capture, options)
    yield made
    assert made.stop() == 0


@pytest.mark.parametrize(
    ("options", "subscribed", "cancelled"),
    [
        pytest.param({}, 1, 1, marks=states("P7.17"), id="default"),
        pytest.param({"xpub_verboser": 1}, 2, 1, marks=states("P7.18", "P7.19"), id="verboser"),
        pytest.param({"xpub_verbose": 1}, 2, 0, marks=states("P7.20"), id="verbose"),
    ],
)
def test_what_the_publisher_hears(lib: Lib, options: dict[str, int], subscribed: int, cancelled: int) -> None:
    with between(lib, zmqx.XSUB, zmqx.XPUB, **options) as proxy, RawPeer.connect(proxy.front) as publisher:
        publisher.greet(greeting(minor=0))
        publisher.send(ready("XPUB"))
        publisher.recv_frame()
        subscribers = [lib.bare_socket(zmqx.SUB, linger=0) for _ in range(2)]
        told: list[bytes] = []

        def hear(mark: bytes) -> None:
            while not told or told[-1] != mark:
                told.append(publisher.recv_message()[0])

        for number, subscriber in enumerate(subscribers):
            subscriber.subscribe(b"there%d" % number)
            subscriber.connect(proxy.back)
            hear(b"\x01there%d" % number)
            subscriber.subscribe(b"news")  # in order from now on
            subscriber.subscribe(b"mark%d" % number)
            hear(b"\x01mark%d" % number)
        assert told.count(b"\x01news") == subscribed
        for number, subscriber in enumerate(subscribers):
            subscriber.unsubscribe(b"news")
            subscriber.unsubscribe(b"mark%d" % number)
            hear(b"\x00mark%d" % number)
        assert told.count(b"\x00news") == cancelled


@states("P7.21")
def test_the_capture_gets_every_frame_both_ways(lib: Lib) -> None:
    capture, spy = lib.bare_socket(zmqx.PAIR, linger=0), lib.bare_socket(zmqx.PAIR, linger=0, rcvtimeo=DEADLINE)
    capture.bind("inproc://spy")
    spy.connect("inproc://spy")
    with between(lib, zmqx.ROUTER, zmqx.DEALER, capture=capture) as proxy:
        req = lib.bare_socket(zmqx.REQ, linger=0, rcvtimeo=DEADLINE, routing_id=b"me")
        rep = lib.bare_socket(zmqx.REP, linger=0, rcvtimeo=DEADLINE)
        req.connect(proxy.front)
        rep.connect(proxy.back)
        req.send_multipart([b"a", b"b"])
        assert rep.recv_multipart() == [b"a", b"b"]
        rep.send_multipart([b"c", b"d", b"e"])
        assert req.recv_multipart() == [b"c", b"d", b"e"]
        assert spy.recv_multipart() == [b"me", b"", b"a", b"b"]
        assert spy.recv_multipart() == [b"me", b"", b"c", b"d", b"e"]


def _pipeline(lib: Lib, proxy: Between) -> tuple[Any, Any]:
    push = lib.bare_socket(zmqx.PUSH, linger=0, sndtimeo=DEADLINE)
    pull = lib.bare_socket(zmqx.PULL, linger=0, rcvtimeo=DEADLINE)
    push.connect(proxy.front)
    pull.connect(proxy.back)
    return push, pull


@states("P7.22", "P7.23")
def test_a_pause(lib: Lib) -> None:
    """libzmq has the two names the wrong way round."""
    pause = lib.differs(ours=b"PAUSE", libzmq=b"RESUME", see="0010")
    resume = lib.differs(ours=b"RESUME", libzmq=b"PAUSE", see="0010")
    with between(lib, zmqx.PULL, zmqx.PUSH) as proxy:
        push, pull = _pipeline(lib, proxy)
        push.send(b"before")
        assert pull.recv() == b"before"
        assert proxy.tell(pause) == [b""]
        push.send(b"meanwhile")
        assert lib.silent(pull)
        assert proxy.tell(pause) == [b""]
        assert proxy.tell(resume) == [b""]
        assert pull.recv() == b"meanwhile"


@states("P7.22", "P7.24")
@pytest.mark.parametrize("control", [zmqx.PAIR, zmqx.REP], ids=["PAIR", "REP"])
def test_every_command_is_answered(lib: Lib, control: int) -> None:
    with between(lib, zmqx.PULL, zmqx.PUSH, control) as proxy:
        assert proxy.statistics() == [0] * 8
        push, pull = _pipeline(lib, proxy)
        for body in (b"a", b"bb", b"ccc"):
            push.send_multipart([body, b"12345"])
        for _ in range(3):
            pull.recv_multipart()
        assert proxy.statistics() == [6, 21, 0, 0, 0, 0, 6, 21]
        for command in (b"PAUSE", b"RESUME", b"NONSENSE", b"", b"pause", b"STATISTICS!"):
            assert proxy.tell(command) == [b""]


@states("P7.24")
def test_statistics_of_both_directions(lib: Lib) -> None:
    with between(lib, zmqx.ROUTER, zmqx.DEALER) as proxy:
        req = lib.bare_socket(zmqx.REQ, linger=0, rcvtimeo=DEADLINE, routing_id=b"12345")
        rep = lib.bare_socket(zmqx.REP, linger=0, rcvtimeo=DEADLINE)
        req.connect(proxy.front)
        rep.connect(proxy.back)
        req.send(b"ask")
        rep.recv()
        rep.send_multipart([b"answer", b"ed"])
        req.recv_multipart()
        assert proxy.statistics() == [3, 8, 4, 13, 4, 13, 3, 8]


@states("P7.22", "R2.24")
def test_it_returns_when_it_is_told_to_and_raises_when_the_context_ends(lib: Lib) -> None:
    with between(lib, zmqx.PULL, zmqx.PUSH):
        pass
    context = lib.context()
    sockets = [lib.bare_socket(kind, context, linger=0) for kind in (zmqx.PULL, zmqx.PUSH)]
    for socket in sockets:
        lib.bind(socket)
    running = Caller(lib.zmq.proxy, *sockets)
    ending = Caller(context.term)
    with pytest.raises(lib.zmq.ContextTerminated):
        running.result()
    for socket in sockets:
        socket.close()
    ending.result()
