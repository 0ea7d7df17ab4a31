"""The patterns, on every transport and whichever side binds."""

from __future__ import annotations

import asyncio

import pytest

import zmqx
import zmqx.asyncio

from .conftest import Joiner, Runner
from .steps import drained, until

SHAPES = [
    [b""],
    [b"", b""],
    [b"head", b"", b"x" * 300, b""],
    [b"x" * 100_000, b"y"],
    [b"%d" % number for number in range(50)],
]

pytestmark = [
    pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"]),
    pytest.mark.parametrize("left_binds", [True, False], ids=["left-binds", "right-binds"]),
]


class Pairs:
    def __init__(self, joiner: Joiner, transport: str, left_binds: bool) -> None:
        self.joiner = joiner
        self.transport = transport
        self.left_binds = left_binds

    async def __call__(self, left: int, right: int, **options: int) -> tuple[zmqx.asyncio.Socket, zmqx.asyncio.Socket]:
        return await self.joiner.pair(left, right, self.transport, self.left_binds, **options)


@pytest.fixture
def pairs(joiner: Joiner, transport: str, left_binds: bool) -> Pairs:
    return Pairs(joiner, transport, left_binds)


def test_messages_keep_their_shape_and_order(run: Runner, pairs: Pairs) -> None:
    async def main() -> None:
        push, pull = await pairs(zmqx.PUSH, zmqx.PULL)
        for shape in SHAPES:
            await push.send_multipart(shape)
        assert [await pull.recv_multipart(timeout=5000) for _ in SHAPES] == SHAPES

        async def burst() -> None:
            for number in range(3000):
                await push.send(b"%d" % number)

        sending = asyncio.create_task(burst())
        assert [await pull.recv(timeout=5000) for _ in range(3000)] == [b"%d" % number for number in range(3000)]
        await sending

    run(main, debug=False)


def test_req_rep(run: Runner, pairs: Pairs) -> None:
    async def main() -> None:
        req, rep = await pairs(zmqx.REQ, zmqx.REP)

        async def serve() -> None:
            async for frames in rep:
                await rep.send_multipart([*frames, b"reply"])

        serving = asyncio.create_task(serve())
        for shape in SHAPES * 5:
            await req.send_multipart(shape)
            with pytest.raises(zmqx.ZMQError) as caught:
                await req.send(b"too early")
            assert caught.value.errno == zmqx.EFSM
            assert await req.recv_multipart(timeout=5000) == [*shape, b"reply"]
            with pytest.raises(zmqx.ZMQError) as caught:
                await req.recv()
            assert caught.value.errno == zmqx.EFSM
        rep.close()
        await serving

    run(main)


def test_dealers_ask_a_router_in_parallel(run: Runner, pairs: Pairs) -> None:
    async def ask() -> None:
        router = pairs.joiner.ctx.socket(zmqx.ROUTER)
        endpoint = router.bind(pairs.joiner.endpoint_of(pairs.transport))

        async def serve() -> None:
            async for who, *frames in router:
                await router.send_multipart([who, who, *frames])

        async def client(name: bytes) -> list[list[bytes]]:
            dealer = pairs.joiner.ctx.socket(zmqx.DEALER, routing_id=name)
            dealer.connect(endpoint)
            await asyncio.gather(*[dealer.send(b"%d" % number) for number in range(50)])
            return [await dealer.recv_multipart(timeout=5000) for _ in range(50)]

        serving = asyncio.create_task(serve())
        names = [b"a", b"b", b"c"]
        for name, got in zip(names, await asyncio.gather(*map(client, names)), strict=True):
            assert got == [[name, b"%d" % number] for number in range(50)]
        router.close()
        await serving

    run(ask)


def test_pub_sub(run: Runner, pairs: Pairs) -> None:
    async def main() -> None:
        xpub, sub = await pairs(zmqx.XPUB, zmqx.SUB)
        for topic in ("a", b"b"):
            sub.subscribe(topic)
            await xpub.recv(timeout=5000)
        for body in (b"a1", b"c", b"b1", b"", b"a2"):
            await xpub.send(body)
        assert await drained(sub) == [[b"a1"], [b"b1"], [b"a2"]]
        sub.unsubscribe("a")
        assert await xpub.recv(timeout=5000) == b"\0a"
        await xpub.send_multipart([b"a", b"3"])
        await xpub.send_multipart([b"b", b"3"])
        assert await sub.recv_multipart(timeout=5000) == [b"b", b"3"]

    run(main)


def test_push_shares_among_tasks_and_pulls(run: Runner, pairs: Pairs) -> None:
    async def main() -> None:
        push, first = await pairs(zmqx.PUSH, zmqx.PULL)
        second = pairs.joiner.ctx.socket(zmqx.PULL)
        second.connect(push.bind(pairs.joiner.endpoint_of(pairs.transport)))
        await push.wait_connected(2, timeout=5000)
        got: list[bytes] = []

        async def work(pull: zmqx.asyncio.Socket) -> None:
            async for (body,) in pull:
                got.append(body)

        workers = [asyncio.create_task(work(pull)) for pull in (first, second) for _ in range(3)]
        for number in range(600):
            await push.send(b"%d" % number)
        await until(lambda: len(got) == 600)
        for pull in (first, second):
            pull.close()
        await asyncio.gather(*workers)
        assert sorted(map(int, got)) == list(range(600))

    run(main)


def test_pairs_talk_both_ways_at_once(run: Runner, pairs: Pairs) -> None:
    async def main() -> None:
        ends = await pairs(zmqx.PAIR, zmqx.PAIR, sndhwm=5, rcvhwm=5)

        async def send(socket: zmqx.asyncio.Socket) -> None:
            for number in range(500):
                await socket.send(b"%d" % number)

        async def receive(socket: zmqx.asyncio.Socket) -> list[bytes]:
            return [await socket.recv(timeout=5000) for _ in range(500)]

        results = await asyncio.gather(*[work(end) for work in (send, receive) for end in ends])
        assert results[2] == results[3] == [b"%d" % number for number in range(500)]

    run(main)


def test_a_peer_that_comes_back_is_found(run: Runner, pairs: Pairs) -> None:
    async def main() -> None:
        if pairs.transport == "inproc":
            return  # an inproc name that is gone is gone
        push = pairs.joiner.ctx.socket(zmqx.PUSH, reconnect_ivl=5)
        pull = pairs.joiner.ctx.socket(zmqx.PULL)
        endpoint = pull.bind(pairs.joiner.endpoint_of(pairs.transport))
        push.connect(endpoint)
        for number in range(3):
            await push.wait_connected(timeout=5000)
            await push.send(b"%d" % number)
            assert await pull.recv(timeout=5000) == b"%d" % number
            async with push.events() as events:
                pull.close()
                async for event in events:
                    if event.kind == zmqx.Event.DISCONNECTED:
                        break
            pull = pairs.joiner.ctx.socket(zmqx.PULL)
            pull.bind(endpoint)

    run(main)
