"""A SUB that does not want everything, on anyio."""

from __future__ import annotations

from typing import Any

import zmqx
import zmqx.anyio

from ..support.raw_peer import GREETING, RawPeer, frame, ready
from .conftest import Run

WAIT = 5000
COUNT = 600
MIXED = [b"%c%04d" % (b"abc"[number % 3], number) for number in range(COUNT)]


def wanted(letters: bytes, bodies: list[bytes]) -> list[bytes]:
    return [body for body in bodies if body[0] in letters]


def test_topics_come_and_go_between_messages(run: Run, ctx: zmqx.anyio.Context) -> None:
    async def main() -> None:
        socket = ctx.socket(zmqx.SUB, rcvhwm=0)
        for topic in (b"a", b"b"):
            socket.subscribe(topic)
        with RawPeer.connect(socket.bind("tcp://127.0.0.1:*")) as peer:
            peer.send(GREETING + ready("PUB"))
            await socket.wait_connected(timeout=WAIT)
            peer.send(b"".join(map(frame, [*MIXED, b"a end"])))
            found: list[Any] = [await socket.recv() for _ in range(10)]
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
            assert socket.stats().filtered > COUNT // 4
        socket.close(0)

    run(main)
