"""A SUB that does not want everything, on an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from ..support.raw_peer import GREETING, RawPeer, frame, ready
from .conftest import Joiner, Runner
from .steps import drained, steps, waiting

WAIT = 5000
COUNT = 1000
MIXED = [b"%c%04d" % (b"abc"[number % 3], number) for number in range(COUNT)]

Main = Callable[[Any, RawPeer], Awaitable[None]]


def with_sub(run: Runner, ctx: zmqx.asyncio.Context, main: Main, *topics: bytes) -> None:
    """Run it with a subscriber and a publisher that sends what it likes."""

    async def whole() -> None:
        socket = ctx.socket(zmqx.SUB, rcvhwm=0)
        for topic in topics:
            socket.subscribe(topic)
        with RawPeer.connect(socket.bind("tcp://127.0.0.1:*")) as peer:
            peer.send(GREETING + ready("PUB"))
            await socket.wait_connected(timeout=WAIT)
            await main(socket, peer)
        socket.close(0)

    run(whole, debug=False)


def wanted(letters: bytes, bodies: list[bytes]) -> list[bytes]:
    return [body for body in bodies if body[0] in letters]


def test_most_of_what_is_wanted_comes_without_asking(
    run: Runner, ctx: zmqx.asyncio.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(socket: Any, peer: RawPeer) -> None:
        calls: list[int] = []
        ask = socket._core.try_recv
        monkeypatch.setattr(socket._core, "try_recv", lambda: calls.append(1) or ask())
        bodies = wanted(b"ab", MIXED)
        peer.send(b"".join(map(frame, bodies)))
        assert [await socket.recv() for _ in bodies] == bodies
        assert len(calls) < len(bodies) // 5

    with_sub(run, ctx, main, b"a", b"b")


def test_topics_come_and_go_between_messages(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main(socket: Any, peer: RawPeer) -> None:
        peer.send(b"".join(map(frame, [*MIXED, b"a end"])))
        found = [await socket.recv() for _ in range(10)]
        assert found == wanted(b"ab", MIXED)[:10]
        left = MIXED[MIXED.index(found[-1]) + 1 :]
        socket.unsubscribe(b"b")
        socket.subscribe(b"c")
        found = [await socket.recv() for _ in range(100)]
        assert found == wanted(b"ac", left)[:100]
        left = left[left.index(found[-1]) + 1 :]
        socket.setsockopt(zmqx.INVERT_MATCHING, 1)
        found = await socket.recv_many(50, bare=True)
        assert found == wanted(b"b", left)[: len(found)]
        left = left[left.index(found[-1]) + 1 :]
        socket.setsockopt(zmqx.INVERT_MATCHING, 0)
        found = []
        while not found or found[-1] != b"a end":
            found += await socket.recv_many(70, bare=True)
        assert found == [*wanted(b"ac", left), b"a end"]

    with_sub(run, ctx, main, b"a", b"b")


def test_what_comes_back_from_who_was_cancelled_is_first(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        pub, sub = await joiner.pair(zmqx.PUB, zmqx.SUB)
        sub.subscribe(b"a")
        await pub.wait_for_subscribers(b"a", timeout=WAIT)
        for number in range(6):
            pub.send(b"a%d" % number)
        assert [await sub.recv() for _ in range(6)] == [b"a%d" % number for number in range(6)]
        tasks = [await waiting(sub.recv_many(2)), await waiting(sub.recv()), await waiting(sub.recv())]
        for number in range(20):
            pub.send(b"a%02d" % number)
        for task in tasks:
            task.cancel()
        await steps()
        assert all(task.cancelled() for task in tasks)
        assert [await sub.recv() for _ in range(8)] == [b"a%02d" % number for number in range(8)]
        assert await sub.recv_many(4, bare=True) == [b"a%02d" % number for number in range(8, 12)]
        assert await drained(sub) == [[b"a%02d" % number] for number in range(12, 20)]

    run(main)
