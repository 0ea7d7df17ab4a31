"""FD, while a task is in the middle of a message that is received frame by frame."""

from __future__ import annotations

import select
from typing import Any

import anyio
import pytest

import zmqx

from .conftest import Joiner, Run


def lit(socket: Any) -> bool:
    """Whether the descriptor is readable now."""
    return bool(select.select([socket.fileno()], [], [], 0)[0])


@pytest.mark.parametrize("rest", ["one by one", "together"])
@pytest.mark.parametrize("asked", [False, True], ids=["asked later", "asked before"])
def test_the_rest_of_a_message_keeps_it_lit(run: Run, joiner: Joiner, rest: str, asked: bool) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        if asked:
            assert not lit(pull)
        for _ in range(2):
            await push.send_multipart([b"a", b"b", b"c"])
            assert await pull.recv(timeout=5000) == b"a"
            assert lit(pull)
            if rest == "together":
                assert await pull.recv_multipart() == [b"b", b"c"]
            else:
                assert await pull.recv(zmqx.DONTWAIT) == b"b"
                assert lit(pull)
                assert (await pull.recv(copy=False)).bytes == b"c"
            assert not lit(pull)

    run(main)


def test_nobody_waits_for_a_task_that_has_ended(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        assert not lit(pull)
        await push.send_multipart([b"a", b"b"])

        async def first() -> None:
            assert await pull.recv(timeout=5000) == b"a"

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
        with pytest.raises(zmqx.Again):
            await pull.recv(zmqx.DONTWAIT)
        assert not lit(pull)

    run(main)
