"""Proxies on an event loop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from .conftest import Runner


def _line(ctx: zmqx.asyncio.Context) -> tuple[list[Any], Any, Any]:
    """push -> front, back -> pull."""
    front, back = ctx.socket(zmqx.PULL, linger=0), ctx.socket(zmqx.PUSH, linger=0)
    push, pull = ctx.socket(zmqx.PUSH, linger=0), ctx.socket(zmqx.PULL)
    push.connect(front.bind("tcp://127.0.0.1:*"))
    pull.connect(back.bind("tcp://127.0.0.1:*"))
    return [front, back], push, pull


def test_a_proxy_runs_in_a_task_of_its_own_until_it_is_stopped(run: Runner) -> None:
    async def main() -> None:
        with zmqx.asyncio.Context() as ctx:
            sockets, push, pull = _line(ctx)
            proxy = zmqx.asyncio.Proxy(*sockets)
            for turn in range(3):
                async with proxy:
                    assert proxy.running
                    with pytest.raises(RuntimeError):
                        proxy.start()
                    await push.send_multipart([b"%d" % turn, b"xyz"])
                    assert await pull.recv_multipart(timeout=5000) == [b"%d" % turn, b"xyz"]
                assert not proxy.running
            assert (proxy.forward.messages, proxy.forward.frames, proxy.forward.bytes) == (3, 6, 12)
            proxy.pause()
            task = proxy.start()
            await push.send(b"held")
            assert await sockets[0].poll(5000)
            assert not await pull.poll(20)
            proxy.resume()
            assert await pull.recv(timeout=5000) == b"held"
            sockets[0].close()
            with pytest.raises(zmqx.ZMQError):
                await task
            await proxy.stop()

    run(main)


def test_a_proxy_is_steered(run: Runner) -> None:
    async def main() -> None:
        with zmqx.asyncio.Context() as ctx:
            sockets, push, pull = _line(ctx)
            control, driver = ctx.socket(zmqx.REP), ctx.socket(zmqx.REQ)
            control.bind("inproc://steer")
            driver.connect("inproc://steer")
            task = asyncio.create_task(zmqx.asyncio.proxy_steerable(*sockets, None, control))
            await push.send(b"x")
            assert await pull.recv(timeout=5000) == b"x"
            for command, size in ((b"STATISTICS", 8), (b"PAUSE", 1), (b"RESUME", 1), (b"TERMINATE", 1)):
                await driver.send(command)
                assert len(await driver.recv_multipart(timeout=5000)) == size
            assert await task == 0

    run(main)
