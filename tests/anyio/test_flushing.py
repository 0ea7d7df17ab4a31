"""``flush`` waits, without holding up other tasks, until everything queued was handed to the system."""

from __future__ import annotations

import anyio
import pytest

import zmqx
import zmqx.anyio

from .conftest import Joiner, Run

LOTS = 64
BODY = b"x" * 1_000_000


def test_it_waits_for_a_slow_reader(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = joiner.ctx.socket(zmqx.PUSH, sndhwm=0), joiner.ctx.socket(zmqx.PULL, rcvhwm=1)
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        for _ in range(LOTS):
            await push.send(BODY)
        flushed = anyio.Event()

        async def flush() -> None:
            await push.flush()
            flushed.set()

        async with anyio.create_task_group() as group:
            group.start_soon(flush)
            with pytest.raises(zmqx.Again, match="unsent to tcp://127"):
                await push.flush(10)
            assert not flushed.is_set()
            for _ in range(LOTS):
                assert len(await pull.recv(timeout=10_000)) == len(BODY)
            await flushed.wait()
        assert push.stats().queued_out == 0

    run(main)


def test_who_is_not_there_is_named_and_the_end_ends_it(run: Run, ctx: zmqx.anyio.Context) -> None:
    async def main() -> None:
        push = ctx.socket(zmqx.PUSH, linger=0)
        await push.flush()
        push.connect("tcp://127.0.0.1:9")
        await push.send(b"x")
        for timeout in (0, 10):
            with pytest.raises(zmqx.Again, match="PUSH has 1 unsent to tcp://127"):
                await push.flush(timeout)
        async with anyio.create_task_group() as group:
            async def flush() -> None:
                with pytest.raises(zmqx.ZMQError) as caught:
                    await push.flush()
                assert caught.value.errno == zmqx.ENOTSOCK

            group.start_soon(flush)
            await anyio.wait_all_tasks_blocked()
            push.close()

    run(main)
