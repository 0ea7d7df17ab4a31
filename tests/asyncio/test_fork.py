"""A forked child of a process with a running loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest

import zmqx
import zmqx.asyncio

from ..support.forks import forked, open_sockets
from .conftest import Joiner, Runner
from .steps import outcome

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


async def talk(ctx: zmqx.asyncio.Context) -> bytes:
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    await push.send(b"hello")
    return bytes(await pull.recv(timeout=10_000))


def test_a_child_of_a_running_loop(run: Runner, joiner: Joiner) -> None:
    """It may run a loop of its own; what it inherited fails there, and the parent's loop goes on."""

    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp")
        waiting = pull.recv()

        def child() -> tuple[list[int], bytes]:
            async def use() -> list[int]:
                poller = zmqx.asyncio.Poller()
                poller.register(pull)

                async def polled() -> None:
                    await poller.poll()

                waits = [
                    push.send(b"x"), pull.recv(), pull.recv_multipart(), pull.recv_many(), push.send_many([b"x"]),
                    pull.poll(), pull.wait_connected(7), polled(), pull.__anext__(),
                ]  # fmt: skip
                return [await outcome(wait) for wait in waits]

            async def anew() -> bytes:
                async with zmqx.asyncio.Context() as ctx:
                    return await talk(ctx)

            numbers = asyncio.run(use())
            push.close()
            joiner.ctx.destroy()
            return numbers, asyncio.run(anew())

        for _ in range(3):
            numbers, said = forked(child)
            assert numbers == [zmqx.ENOTSOCK] * 9
            assert said == b"hello"
        await push.send(b"still here")
        assert await waiting == b"still here"
        for number in range(100):
            await push.send(b"%d" % number)
            assert await pull.recv(timeout=5000) == b"%d" % number

    run(main)


def test_the_child_keeps_no_descriptor_of_ours(run: Runner, endpoint_of: Callable[[str], str]) -> None:
    async def main() -> None:
        before = open_sockets()
        async with zmqx.asyncio.Context() as ctx:
            assert await talk(ctx) == b"hello"
            assert len(open_sockets() - before) > 3
            assert forked(open_sockets) <= before

    run(main)


def test_sockets_without_a_loop_are_inert_too() -> None:
    """Bound and connected before there was a loop: the reactor of the context does their I/O."""
    ctx = zmqx.asyncio.Context()
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    push.connect(pull.bind("tcp://127.0.0.1:*"))

    def child() -> int:
        async def use() -> int:
            return await outcome(pull.recv())

        return asyncio.run(use())

    assert forked(child) == zmqx.ENOTSOCK

    async def main() -> bytes:
        await push.send(b"x")
        return bytes(await pull.recv(timeout=5000))

    assert asyncio.run(main()) == b"x"
    ctx.destroy(linger=0)


def test_files_that_a_poller_watches_are_not_kept_open_by_a_child(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        pull = joiner.ctx.socket(zmqx.PULL)
        reading, writing = os.pipe()
        poller = zmqx.asyncio.Poller()
        poller.register(pull, zmqx.POLLIN)
        poller.register(reading, zmqx.POLLIN)
        waiting = asyncio.ensure_future(poller.poll(20_000))
        kept = os.readlink(f"/proc/self/fd/{reading}")

        def ends() -> int:
            found = 0
            for name in os.listdir("/proc/self/fd"):
                try:
                    found += os.readlink(f"/proc/self/fd/{name}") == kept
                except OSError:
                    continue  # the one of the listing itself
            return found

        try:
            while ends() < 3:
                await asyncio.sleep(0)
            assert forked(ends) == 2, "the program's own"
            os.write(writing, b"x")
            assert await waiting == [(reading, zmqx.POLLIN)]
        finally:
            os.close(reading)
            os.close(writing)

    run(main)
