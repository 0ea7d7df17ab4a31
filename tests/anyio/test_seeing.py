"""Looking at a socket, and waiting for subscribers."""

from __future__ import annotations

import anyio

import zmqx
from zmqx import Drop

from .conftest import Joiner, Run, outcome


def test_counts_and_peers_never_wait(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL)
        for _ in range(3):
            await push.send(b"1234")
        assert [await pull.recv() for _ in range(3)] == [b"1234"] * 3
        assert push.stats().messages_out == pull.stats().messages_in == 3
        (peer,) = pull.peers()
        assert peer.bytes_in == push.stats().bytes_out
        pull.close()
        assert pull.stats().dropped == {}

    run(main)


def test_waiting_for_subscribers(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pub, sub = joiner.socket(zmqx.PUB), joiner.socket(zmqx.SUB)
        sub.connect(pub.bind(joiner.endpoint_of("tcp")))
        found: list[int] = []

        async def wait() -> None:
            found.append(await pub.wait_for_subscribers(b"news", timeout=10_000))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            sub.subscribe(b"n")
        assert found == [1]
        assert await outcome(lambda: pub.wait_for_subscribers(b"news", 2, timeout=10)) == zmqx.EAGAIN
        assert await outcome(lambda: sub.wait_for_subscribers(b"news")) == zmqx.ENOTSUP

    run(main)


def test_a_drop_has_its_reason(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        router = joiner.socket(zmqx.ROUTER)
        await router.send_multipart([b"nobody", b"x"])
        assert router.stats().dropped == {Drop.UNROUTABLE: 1}

    run(main)
