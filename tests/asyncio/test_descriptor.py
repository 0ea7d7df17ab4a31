"""FD of a socket of an event loop, while a task is in the middle of a message that is received frame by frame."""

from __future__ import annotations

import asyncio
import select
from typing import Any

import pytest

import zmqx

from .conftest import Joiner, Runner
from .steps import steps, waiting


def lit(socket: Any) -> bool:
    """Whether the descriptor is readable now."""
    return bool(select.select([socket.fileno()], [], [], 0)[0])


@pytest.mark.parametrize("rest", ["one by one", "together"])
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("asked", [False, True], ids=["asked later", "asked before"])
def test_the_rest_of_a_message_keeps_it_lit(run: Runner, joiner: Joiner, rest: str, waits: bool, asked: bool) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        if asked:
            assert not lit(pull)
        for _ in range(2):
            first = pull.recv(timeout=5000) if waits else None
            await push.send_multipart([b"a", b"b", b"c"])
            if first is None:
                assert await pull.poll(5000)
                first = pull.recv()
            assert await first == b"a"
            assert lit(pull)
            if rest == "together":
                assert await pull.recv_multipart() == [b"b", b"c"]
            else:
                assert await pull.recv(zmqx.DONTWAIT) == b"b"
                assert lit(pull)
                assert (await pull.recv(copy=False)).bytes == b"c"
            assert not lit(pull)

    run(main)


def test_frames_that_nobody_got_light_it_again(run: Runner, joiner: Joiner) -> None:
    """A task was cancelled in the moment its frame came."""

    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        assert not lit(pull)
        task = await waiting(pull.recv())
        push.send_multipart([b"a", b"b"])
        assert lit(pull)
        task.cancel()
        await steps()
        assert task.cancelled()
        assert lit(pull)
        assert await pull.recv_multipart() == [b"a", b"b"]
        assert not lit(pull)

    run(main)


def test_nobody_waits_for_a_task_that_has_ended(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        assert not lit(pull)
        await push.send_multipart([b"a", b"b"])
        task = asyncio.create_task(first(pull))
        assert await task == b"a"
        with pytest.raises(zmqx.Again):
            await pull.recv(zmqx.DONTWAIT)
        assert not lit(pull)

    async def first(pull: Any) -> bytes:
        return await pull.recv(timeout=5000)  # type: ignore[no-any-return]  # bytes

    run(main)
