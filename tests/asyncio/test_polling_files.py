"""Descriptors in a Poller on an event loop. Urgent data is watched aside, where there is somebody to do it."""

from __future__ import annotations

import asyncio
import errno
import os
import socket as plain

import pytest

import zmqx
import zmqx.asyncio
from zmqx.engine.dispatch import Dispatch

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


@pytest.mark.parametrize("flags", [zmqx.POLLIN, zmqx.POLLOUT, zmqx.POLLPRI])
def test_what_cannot_be_watched_fails_as_calls_do(run: Runner, monkeypatch: pytest.MonkeyPatch, flags: int) -> None:
    """By the loop, or aside."""
    near, far = plain.socketpair()
    near.setblocking(False)
    try:
        while flags == zmqx.POLLOUT:
            near.send(b"x" * 65536)
    except BlockingIOError:
        pass

    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async def main() -> None:
        with near, far, zmqx.asyncio.Context() as ctx, ctx.socket(zmqx.PULL) as pull:
            poller = zmqx.asyncio.Poller()
            poller.register(near, flags)
            poller.register(pull, zmqx.POLLIN)
            with monkeypatch.context() as patch:
                loop = asyncio.get_running_loop()
                patch.setattr(loop, "add_reader", no_room, raising=False)
                patch.setattr(loop, "add_writer", no_room, raising=False)
                patch.setattr(Dispatch, "watch", no_room)
                with pytest.raises(zmqx.ZMQError, match="watched") as caught:
                    await poller.poll(1000)
            assert caught.value.errno == errno.ENOSPC

    run(main)
