"""A forked child: what it inherits fails there, and the parent goes on."""

from __future__ import annotations

import os

import pytest

import zmqx
import zmqx.anyio

from ..support.forks import forked
from .conftest import Joiner, Run, outcome

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def test_inherited_sockets_are_inert_and_new_ones_work(run: Run, joiner: Joiner) -> None:
    sockets: list[zmqx.anyio.Socket] = []

    async def begin() -> None:
        sockets.extend(await joiner.pair(zmqx.PUSH, zmqx.PULL))

    async def talk() -> bytes:
        push, pull = sockets
        await push.send(b"x")
        return bytes(await pull.recv(timeout=5000))

    async def use() -> list[int]:
        push, pull = sockets
        calls = (
            lambda: push.send(b"x"), pull.recv, pull.recv_multipart, pull.recv_many, pull.poll, push.flush,
            lambda: pull.wait_connected(5), pull.__anext__,
        )  # fmt: skip
        return [await outcome(call) for call in calls]

    def child() -> tuple[list[int], bytes]:
        numbers = run(use)
        joiner.ctx.destroy()
        joiner.ctx = zmqx.anyio.Context()
        sockets.clear()
        run(begin)
        return numbers, run(talk)

    run(begin)
    for _ in range(2):
        numbers, said = forked(child)
        # Nothing is unsent in a child; asking is a use all the same.
        assert numbers == [zmqx.ENOTSOCK] * 8
        assert said == b"x"
        assert run(talk) == b"x"
