"""Proxies on either back end."""

from __future__ import annotations

import anyio
import pytest

import zmqx
import zmqx.anyio

from .conftest import Run


def test_a_proxy_runs_until_it_is_stopped_or_cancelled(run: Run, ctx: zmqx.anyio.Context) -> None:
    async def main() -> None:
        front, back = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
        push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
        push.connect(front.bind("tcp://127.0.0.1:*"))
        pull.connect(back.bind("tcp://127.0.0.1:*"))
        proxy = zmqx.anyio.Proxy(front, back)
        for turn in range(4):
            async with anyio.create_task_group() as group:
                group.start_soon(proxy.run)
                await push.send_multipart([b"%d" % turn, b"xyz"])
                assert await pull.recv_multipart(timeout=5000) == [b"%d" % turn, b"xyz"]
                if turn % 2:
                    proxy.stop()
                else:
                    group.cancel_scope.cancel()
        assert (proxy.forward.messages, proxy.forward.frames) == (4, 8)
        with pytest.raises(zmqx.ZMQError):
            zmqx.anyio.Proxy(front, back, ctx.socket(zmqx.PULL))

    run(main)


def test_a_proxy_is_steered_and_ends_with_its_socket(run: Run, ctx: zmqx.anyio.Context) -> None:
    async def main() -> None:
        sockets = [ctx.socket(zmqx.ROUTER), ctx.socket(zmqx.DEALER)]
        control, driver = ctx.socket(zmqx.PAIR), ctx.socket(zmqx.PAIR)
        control.bind("inproc://steer")
        driver.connect("inproc://steer")
        returned = []

        async def steer() -> None:
            returned.append(await zmqx.anyio.proxy_steerable(*sockets, None, control))

        async def relay() -> None:
            with pytest.raises(zmqx.ZMQError) as caught:
                await zmqx.anyio.proxy(*sockets)
            returned.append(caught.value.errno)

        async with anyio.create_task_group() as group:
            group.start_soon(steer)
            await driver.send(b"STATISTICS")
            assert await driver.recv_multipart(timeout=5000) == [bytes(8)] * 8
            await driver.send(b"TERMINATE")
            assert await driver.recv(timeout=5000) == b""
        async with anyio.create_task_group() as group:
            group.start_soon(relay)
            await anyio.lowlevel.checkpoint()
            sockets[0].close()
        assert returned == [0, zmqx.ENOTSOCK]

    run(main)
