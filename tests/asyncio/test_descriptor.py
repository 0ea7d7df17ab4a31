"""FD of a socket of an event loop, while a task is in the middle of a message that is received frame by frame."""

from __future__ import annotations

import asyncio

import pytest

import zmqx

from ..support.descriptor import lit, nobody_waits_for_a_task_that_has_ended, the_rest_of_a_message_keeps_it_lit
from .conftest import Joiner, Runner
from .steps import steps, waiting


@pytest.mark.parametrize("rest", ["one by one", "together"])
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("asked", [False, True], ids=["asked later", "asked before"])
def test_the_rest_of_a_message_keeps_it_lit(run: Runner, joiner: Joiner, rest: str, waits: bool, asked: bool) -> None:
    run(lambda: the_rest_of_a_message_keeps_it_lit(joiner, rest, waits=waits, asked=asked))


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
    run(lambda: nobody_waits_for_a_task_that_has_ended(joiner, lambda call: asyncio.ensure_future(call())))
