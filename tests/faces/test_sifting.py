"""A SUB that does not want everything, on the blocking face: by what way it receives, and that it is the right one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmqx

from ..support.callers import Caller
from ..support.raw_peer import RawPeer, frame

WAIT = 10_000
COUNT = 2000


def sub(ctx: zmqx.Context, *topics: bytes) -> tuple[Any, RawPeer]:
    """A subscriber, and a publisher that sends it what it likes."""
    socket = ctx.socket(zmqx.SUB, rcvhwm=0, rcvtimeo=WAIT)
    for topic in topics:
        socket.subscribe(topic)
    peer = RawPeer.connect(socket.bind("tcp://127.0.0.1:0"))
    peer.shake_hands("PUB")
    socket.wait_connected(timeout=WAIT)
    return socket, peer


def asked(socket: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often the rule is asked for a message."""
    calls: list[int] = []
    core, ask = socket._core, socket._core.try_recv

    def count() -> Any:
        calls.append(1)
        return ask()

    monkeypatch.setattr(core, "try_recv", count)
    return calls


@pytest.mark.parametrize("inverted", [0, 1])
def test_most_of_what_is_wanted_comes_without_asking(inverted: int, ctx: zmqx.Context, monkeypatch: Any) -> None:
    socket, peer = sub(ctx, *([b"x"] if inverted else [b"a", b"b1", b"zz"]))
    with peer:
        socket.setsockopt(zmqx.INVERT_MATCHING, inverted)
        calls = asked(socket, monkeypatch)
        sent = [b"a%04d" % number if number % 3 else b"b1%03d" % number for number in range(COUNT)]
        peer.send(b"".join(map(frame, sent)))
        assert [socket.recv() for _ in range(COUNT)] == sent
        assert len(calls) < COUNT // 10
        # And with frames, which belong to the thread; from then on the rule is asked.
        peer.send((frame(b"a", 1) + frame(b"more")) * 10 + frame(b"x") + frame(b"a end"))
        assert [socket.recv_multipart() for _ in range(10)] == [[b"a", b"more"]] * 10


def test_batches_are_of_what_is_wanted(ctx: zmqx.Context, monkeypatch: Any) -> None:
    socket, peer = sub(ctx, b"a", b"b1")
    with peer:
        sent = [b"%c%04d" % (b"abc"[number // 100 % 3], number) for number in range(COUNT)]
        peer.send(b"".join(map(frame, [*sent, b"a end"])))
        calls = asked(socket, monkeypatch)
        found: list[Any] = []
        while not found or found[-1] != b"a end":
            some = socket.recv_many(150, bare=True)
            assert 0 < len(some) <= 150
            found += some
        assert found == [body for body in sent if body[:1] == b"a" or body[:2] == b"b1"] + [b"a end"]
        assert len(calls) < len(found) // 5
        assert socket.stats().filtered == COUNT + 1 - len(found)


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("batches", [False, True])
def test_several_threads_receive_while_topics_come_and_go(hurried: None, batches: bool, ctx: zmqx.Context) -> None:
    """What is wanted all the time comes once, what is never wanted does not come, the rest comes once or not."""
    socket, peer = sub(ctx, b"a", b"a end")
    sent = [b"%c%05d" % (b"aabc"[number % 4], number) for number in range(8 * COUNT)]
    found: list[list[bytes]] = [[] for _ in range(3)]

    def receives(into: list[bytes]) -> None:
        while True:
            some = socket.recv_many(5, bare=True) if batches else [socket.recv()]
            into += [body for body in some if body != b"a end"]
            if b"a end" in some:
                if some.count(b"a end") > 1:
                    more.extend(some[: some.count(b"a end") - 1])
                return

    more: list[bytes] = []
    with peer:
        callers = [Caller(receives, into) for into in found]
        feeding = Caller(peer.send, b"".join(map(frame, sent)))
        while not feeding.done:
            for topic in (b"b", b"a0", b"b00", b"b0"):
                socket.subscribe(topic)
            for topic in (b"b00", b"b", b"b0", b"a0"):
                socket.unsubscribe(topic)
        feeding.result()
        while not all(caller.done for caller in callers):
            peer.send(frame(b"a end"))
            callers[0].lasts(0.01)
            callers[1].lasts(0.01)
            callers[2].lasts(0.01)
        for caller in callers:
            caller.result()
    bodies = [body for into in found for body in into]
    assert sorted(body for body in bodies if body[:1] == b"a") == [body for body in sent if body[:1] == b"a"]
    others = [body for body in bodies if body[:1] != b"a"]
    assert len(set(others)) == len(others)
    assert set(others) <= {body for body in sent if body[:1] == b"b"}
    for into in found:
        assert into == sorted(into, key=lambda body: body[1:])  # each thread sees them in order


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_several_threads_receive_from_several_peers(
    hurried: None, transport: str, ctx: zmqx.Context, endpoint_of: Callable[[str], str]
) -> None:
    """Everything once, what one peer sent in order, and nobody is forgotten: the way past the ring turns it."""
    pull = ctx.socket(zmqx.PULL, rcvtimeo=WAIT)
    endpoint = pull.bind(endpoint_of(transport))
    pushers = [ctx.socket(zmqx.PUSH, sndtimeo=WAIT) for _ in range(3)]
    for pusher in pushers:
        pusher.connect(endpoint)
    pull.wait_connected(3, timeout=WAIT)
    found: list[list[bytes]] = [[] for _ in range(3)]

    def sends(number: int) -> None:
        for at in range(3 * COUNT):
            pushers[number].send(b"%d %05d" % (number, at))

    def receives(into: list[bytes]) -> None:
        while (body := pull.recv()) != b"end":
            into.append(body)

    callers = [Caller(receives, into) for into in found]
    sending = [Caller(sends, number) for number in range(3)]
    for sender in sending:
        sender.result()
    while not all(caller.done for caller in callers):
        pushers[0].send(b"end")
        for caller in callers:
            caller.lasts(0.01)
    for caller in callers:
        caller.result()
    left = pull.recv_many(10 * COUNT, bare=True, timeout=0) if pull.poll(0) else []
    bodies = sorted(body for into in [*found, left] for body in into if body != b"end")
    assert bodies == [b"%d %05d" % (number, at) for number in range(3) for at in range(3 * COUNT)]
    for into in found:
        for number in range(3):
            ours = [body for body in into if body[0] == 48 + number]
            assert ours == sorted(ours)
