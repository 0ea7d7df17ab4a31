"""Urgent data in a Poller on an event loop: watched aside, where there is somebody to do it."""

from __future__ import annotations

import asyncio
import socket as plain

import pytest

import zmqx
import zmqx.asyncio

from .conftest import Runner


def test_urgent_data(run: Runner) -> None:
    async def main() -> None:
        with zmqx.asyncio.Context() as ctx, plain.create_server(("127.0.0.1", 0)) as server:
            near = plain.create_connection(server.getsockname())
            far, _ = server.accept()
            with near, far, ctx.socket(zmqx.PULL) as pull:
                pull.bind("tcp://127.0.0.1:*")
                poller = zmqx.asyncio.Poller()
                poller.register(far, zmqx.POLLPRI)
                with pytest.raises(zmqx.ZMQError) as caught:
                    await poller.poll(1000)
                assert caught.value.errno == zmqx.ENOTSUP
                poller.register(pull, zmqx.POLLIN)
                polling = asyncio.ensure_future(poller.poll(10_000))
                await asyncio.sleep(0)
                near.send(b"!", plain.MSG_OOB)
                assert await polling == [(far.fileno(), zmqx.POLLPRI)]

    run(main)
