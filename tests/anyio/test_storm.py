"""Many tasks on two sockets, cancelled at random: the books balance."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import anyio
import pytest

import zmqx
import zmqx.anyio

from ..support.chance import seeded
from .conftest import Joiner, Run, outcome

IN_TIME = 5000
MESSAGES = 2500
TASKS = 6

Call = Callable[[], Awaitable[None]]


async def _under_scope(chance: random.Random, call: Call) -> None:
    """Have a call cancelled by a scope, soon; or not."""
    kind = chance.randrange(4)
    if not kind:
        await call()
        return
    with anyio.move_on_after([0, 0.0005, 0.003][kind - 1]):
        await call()


async def _under_task(chance: random.Random, call: Call) -> None:
    """Have a call cancelled the way of asyncio."""
    if not chance.randrange(4):
        await call()
        return

    async def begin() -> None:
        await call()

    task = asyncio.create_task(begin())
    for _ in range(chance.randrange(4)):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


@pytest.mark.parametrize(
    ("backend", "under"), [("asyncio", _under_scope), ("trio", _under_scope), ("asyncio", _under_task)]
)
@pytest.mark.parametrize(("transport", "mark"), [("tcp", 10), ("inproc", 3), ("inproc", 0)])
def test_a_storm_of_cancellations_loses_and_doubles_nothing(
    run: Run,
    joiner: Joiner,
    under: Callable[[random.Random, Call], Awaitable[None]],
    transport: str,
    mark: int,
) -> None:
    chance = seeded()

    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, transport, sndhwm=mark, rcvhwm=mark)
        sent: list[bytes] = []
        received: list[bytes] = []
        count = iter(range(MESSAGES))

        async def give() -> None:
            for number in count:
                name = b"%d" % number
                done: list[bytes] = []
                while not done:

                    async def send(name: bytes = name, done: list[bytes] = done) -> None:
                        timeout = chance.choice([None, None, 0, 1])
                        try:
                            await push.send_multipart([name] * (1 + int(name) % 3), timeout=timeout)
                        except zmqx.Again:
                            return
                        done.append(name)

                    await under(chance, send)
                    await anyio.lowlevel.checkpoint()
                sent.extend(done)

        async def take() -> None:
            async def receive() -> None:
                timeout = chance.choice([None, None, 0, 1])
                try:
                    if chance.randrange(2):
                        messages = await pull.recv_many(3, timeout=timeout)
                    else:
                        messages = [await pull.recv_multipart(timeout=timeout)]
                except zmqx.Again:
                    return
                for message in messages:
                    assert len(set(message)) == 1
                    assert len(message) == 1 + int(message[0]) % 3
                    received.append(message[0])

            while not pull.closed:
                ended = await outcome(lambda: under(chance, receive))
                assert ended in (None, zmqx.ENOTSOCK)
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as group:
            for _ in range(TASKS):
                group.start_soon(take)
            async with anyio.create_task_group() as senders:
                for _ in range(TASKS):
                    senders.start_soon(give)
            # Whoever was cancelled at any time since must have left what he did not take.
            with anyio.move_on_after(IN_TIME / 1000):
                while len(received) < len(sent):
                    await anyio.sleep(0.001)
            pull.close()
        assert Counter(received) == Counter(sent)
        assert len(sent) == MESSAGES

    run(main)


def test_a_storm_of_closings_wakes_everybody(run: Run, joiner: Joiner) -> None:
    """Sockets end while tasks begin to wait, are cancelled, and wait again."""
    chance = seeded()

    async def main() -> None:
        for _ in range(30):
            left, right = await joiner.pair(zmqx.PAIR, zmqx.PAIR, chance.choice(["tcp", "inproc"]))
            ended = []

            async def use(socket: zmqx.anyio.Socket, ended: list[int | None] = ended) -> None:
                calls = [socket.recv, socket.poll, lambda: socket.send(b""), lambda: socket.wait_connected(2)]
                while True:
                    try:
                        with anyio.move_on_after(chance.choice([0, 0.001, 60])):
                            await chance.choice(calls)()
                    except zmqx.ZMQError as error:
                        ended.append(error.errno)
                        return

            async with anyio.create_task_group() as group:
                for _ in range(TASKS):
                    group.start_soon(use, left)
                    group.start_soon(use, right)
                for _ in range(chance.randrange(20)):
                    await anyio.lowlevel.checkpoint()
                left.close(0)
                right.close(0)
            assert ended == [zmqx.ENOTSOCK] * 2 * TASKS

    run(main)
