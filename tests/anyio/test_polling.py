"""Poller: several sockets at once, and descriptors beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import anyio
import anyio.lowlevel
import pytest

import zmqx
import zmqx.anyio
import zmqx.asyncio

from .conftest import Joiner, Run, outcome


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_it_says_which_sockets_are_ready_for_what(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        (a, b), (c, d) = [await joiner.pair(zmqx.PAIR, zmqx.PAIR) for _ in range(2)]
        poller = zmqx.anyio.Poller()
        for one in (a, c):
            poller.register(one, zmqx.POLLIN)
        assert await poller.poll(0) == await poller.poll(5) == []
        found: list[object] = []

        async def wait() -> None:
            found.append(await poller.poll(10_000))

        for sender, receiver in ((b, a), (d, c)):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                while not receiver._core.waiters:
                    await anyio.lowlevel.checkpoint()
                await sender.send(b"x")
            assert found.pop() == [(receiver, zmqx.POLLIN)]
            assert await receiver.recv() == b"x"
        poller.register(a, zmqx.POLLIN | zmqx.POLLOUT)
        assert await poller.poll() == [(a, zmqx.POLLOUT)]
        await b.send_multipart([b"x", b"y"])
        assert await a.recv(timeout=5000) == b"x"
        poller.register(a, zmqx.POLLIN)
        assert await poller.poll(0) == [(a, zmqx.POLLIN)]
        assert await a.recv() == b"y"

    run(main)


def test_descriptors_beside_a_socket(run: Run, joiner: Joiner, pipe: tuple[int, int]) -> None:
    read, write = pipe

    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        poller = zmqx.anyio.Poller()
        poller.register(a, zmqx.POLLIN)
        poller.register(read, zmqx.POLLIN)
        assert await poller.poll(5) == []
        found: list[object] = []

        async def wait() -> None:
            found.append(await poller.poll(10_000))

        for act, ready in ((lambda: os.write(write, b"x"), read), (None, a)):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                while not a._core.waiters:
                    await anyio.lowlevel.checkpoint()
                if act is not None:
                    act()
                else:
                    await b.send(b"x")
            assert found.pop() == [(ready, zmqx.POLLIN)]
            if act is not None:
                os.read(read, 1)
        alone = zmqx.anyio.Poller()
        alone.register(read, zmqx.POLLIN)
        assert await alone.poll(0) == []
        assert await outcome(lambda: alone.poll(5000)) == zmqx.ENOTSUP
        alone.unregister(read)
        assert await alone.poll(1) == []

    run(main)


def test_a_wait_that_is_cancelled_leaves_nothing_behind(run: Run, joiner: Joiner, pipe: tuple[int, int]) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        poller = zmqx.anyio.Poller()
        poller.register(a, zmqx.POLLIN)
        poller.register(pipe[0], zmqx.POLLIN)
        with anyio.move_on_after(0.02):
            await poller.poll()
        assert a._core.waiters == []
        await b.send(b"x")
        assert await a.recv(timeout=5000) == b"x"

    run(main)


@pytest.mark.parametrize("how", ["socket", "context"])
def test_the_end_of_a_socket_ends_the_wait(run: Run, joiner: Joiner, how: str) -> None:
    async def main() -> None:
        a, _ = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        poller = zmqx.anyio.Poller()
        poller.register(a, zmqx.POLLIN)
        found: list[object] = []

        async def wait() -> None:
            found.append(await outcome(poller.poll))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            while not a._core.waiters:
                await anyio.lowlevel.checkpoint()
            if how == "socket":
                a.close()
            else:
                joiner.ctx.shutdown()
        assert found == [zmqx.ENOTSOCK if how == "socket" else zmqx.ETERM]

    run(main)
