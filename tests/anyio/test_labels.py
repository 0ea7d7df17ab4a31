"""Routing ids and groups, on this face."""

from __future__ import annotations

import anyio
import pytest

import zmqx
import zmqx.anyio

from .conftest import Joiner, Run

IN_TIME = 5000


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_questions_and_answers(run: Run, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        server, client = await joiner.pair(zmqx.SERVER, zmqx.CLIENT, transport)
        await client.send(b"1")
        question = await server.recv(copy=False, timeout=IN_TIME)
        await server.send(b"one", routing_id=question.routing_id)
        await server.send(question)
        await server.send_multipart([question])
        assert await server.send_many([question]) == 1
        assert [await client.recv(timeout=IN_TIME) for _ in range(4)] == [b"one", b"1", b"1", b"1"]
        with pytest.raises(zmqx.ZMQError) as caught:
            await server.send(b"to nobody")
        assert caught.value.errno == zmqx.EHOSTUNREACH
        with pytest.raises(zmqx.ZMQError) as caught:
            await server.send(b"x", zmqx.SNDMORE, routing_id=question.routing_id)
        assert caught.value.errno == zmqx.EINVAL

    run(main)


def test_groups(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        radio, dish = await joiner.pair(zmqx.RADIO, zmqx.DISH)
        dish.join("g")
        await radio.wait_for_subscribers("g", timeout=IN_TIME)
        await radio.send(b"no", group="h")
        await radio.send(b"yes", group="g")
        [got] = await dish.recv_multipart(copy=False, timeout=IN_TIME)
        assert (got.bytes, got.group) == (b"yes", "g")
        dish.leave("g")

    run(main)


def test_a_peer_is_called_at_once(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        left, right = joiner.socket(zmqx.PEER), joiner.socket(zmqx.PEER)
        number = left.connect_peer(right.bind(joiner.endpoint_of("tcp")))
        await left.send(b"x", routing_id=number)
        await right.send(await right.recv(copy=False, timeout=IN_TIME))
        back = await left.recv(copy=False, timeout=IN_TIME)
        assert (back.bytes, back.routing_id) == (b"x", number)

    run(main)


def test_datagrams(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        left, right = joiner.socket(zmqx.DGRAM), joiner.socket(zmqx.DGRAM)
        left.bind("udp://127.0.0.1:*")
        address = right.bind("udp://127.0.0.1:*").removeprefix("udp://").encode()
        async with anyio.create_task_group() as tasks:

            async def echo() -> None:
                await right.send_multipart(await right.recv_multipart(timeout=IN_TIME))

            tasks.start_soon(echo)
            await left.send(address, zmqx.SNDMORE)
            await left.send(b"x")
            assert await left.recv_multipart(timeout=IN_TIME) == [address + b"\0", b"x"]

    run(main)
