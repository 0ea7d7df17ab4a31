"""Many tasks at random: receiving, sending, timing out, cancelled; every message is accounted for."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from ..support.chance import seeded
from .conftest import Joiner, Runner
from .steps import drained

TASKS = 1000


class Account:
    """What was sent, what may have been, and what came."""

    def __init__(self) -> None:
        self.sent: set[bytes] = set()
        self.undecided: set[bytes] = set()
        self.got: Counter[bytes] = Counter()

    def check(self) -> None:
        twice = [body for body, count in self.got.items() if count > 1]
        assert not twice
        assert not self.sent - set(self.got), "lost"
        assert not set(self.got) - self.sent - self.undecided, "never sent, or taken back"


async def sender(socket: zmqx.asyncio.Socket, account: Account, name: bytes, chance: random.Random) -> None:
    for number in range(3):
        body = b"%s/%d" % (name, number)
        future = socket.send_multipart([body, b"x"]) if chance.random() < 0.5 else socket.send(body)
        account.undecided.add(body)
        try:
            await (asyncio.wait_for(future, chance.random() * 0.02) if chance.random() < 0.3 else future)
        except (asyncio.TimeoutError, asyncio.CancelledError) as error:
            if future.cancelled():
                account.undecided.discard(body)
            if isinstance(error, asyncio.CancelledError):
                raise
        else:
            account.sent.add(body)


async def receiver(socket: zmqx.asyncio.Socket, account: Account, chance: random.Random) -> None:
    for _ in range(4):
        kind = chance.randrange(4)
        # No code between the end of the wait and the note: what is cancelled there was never seen.
        if kind == 0:
            account.got[(await socket.recv_multipart())[0]] += 1
        elif kind == 1:
            for frames in await socket.recv_many(3):
                account.got[frames[0]] += 1
        elif kind == 2:
            try:
                account.got[(await socket.recv_multipart(timeout=chance.randrange(10)))[0]] += 1
            except zmqx.Again:
                pass
        else:
            account.got[bytes((await socket.recv_multipart(copy=False))[0])] += 1


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_thousand_tasks_lose_nothing(run: Runner, joiner: Joiner, transport: str) -> None:
    chance = seeded()

    async def main() -> None:
        account = Account()
        hwm = chance.choice([1, 5, 1000])
        joined = [await joiner.pair(zmqx.PUSH, zmqx.PULL, transport, sndhwm=hwm, rcvhwm=hwm) for _ in range(3)]
        tasks = []
        for number in range(TASKS):
            push, pull = chance.choice(joined)
            work: Any = sender(push, account, b"%d" % number, chance) if number % 2 else receiver(pull, account, chance)
            tasks.append(asyncio.create_task(work))
            if chance.random() < 0.02:
                await asyncio.sleep(0)
            if chance.random() < 0.4:
                victim = chance.choice(tasks)
                asyncio.get_running_loop().call_later(chance.random() * 0.05, victim.cancel)
        await asyncio.wait(tasks, timeout=0.3)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=5)
        assert all(task.cancelled() or task.exception() is None for task in tasks)
        for _, pull in joined:
            for frames in await drained(pull):
                account.got[frames[0]] += 1
        account.check()
        assert account.sent

    run(main, debug=False)


def test_peers_come_and_go(run: Runner, joiner: Joiner) -> None:
    """Clients ask, and leave at any time; whoever stays gets his own answers, in order."""
    chance = seeded()

    async def main() -> None:
        ctx = joiner.ctx
        router = ctx.socket(zmqx.ROUTER)
        endpoint = router.bind("tcp://127.0.0.1:*")

        async def serve() -> None:
            async for frames in router:
                router.send_multipart(frames)

        servers = [asyncio.create_task(serve()) for _ in range(3)]

        async def client(name: bytes) -> bool:
            async with ctx.socket(zmqx.DEALER, linger=0) as dealer:
                dealer.connect(endpoint)
                for number in range(20):
                    body = b"%s %d" % (name, number)
                    await dealer.send_multipart([b"", body])
                    assert await dealer.recv_multipart(timeout=10_000) == [b"", body]
            return True

        clients = [asyncio.create_task(client(b"%d" % number)) for number in range(100)]
        for victim in clients[::3]:
            asyncio.get_running_loop().call_later(chance.random() * 0.3, victim.cancel)
        results = await asyncio.gather(*clients, return_exceptions=True)
        assert all(result is True or isinstance(result, asyncio.CancelledError) for result in results), results
        assert results.count(True) >= 66
        router.close()
        await asyncio.gather(*servers)

    run(main, debug=False)


def test_cancels_at_every_step_of_a_dialogue(run: Runner, joiner: Joiner) -> None:
    """A sender and a receiver that are cancelled after so many steps, and go on with the next message."""
    chance = seeded()

    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, chance.choice(["tcp", "inproc"]), sndhwm=2, rcvhwm=2)
        account = Account()
        for number in range(500):
            body = b"%d" % number
            sends = push.send(body)
            account.undecided.add(body)

            async def take() -> None:
                account.got[await pull.recv()] += 1

            task = asyncio.create_task(take())
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            task.cancel()
            if sends.cancel():
                account.undecided.discard(body)
            else:
                account.sent.add(body)
            await asyncio.wait([task])
        for (body,) in await drained(pull):
            account.got[body] += 1
        account.check()

    run(main, debug=False)
