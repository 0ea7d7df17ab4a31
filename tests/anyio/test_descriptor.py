"""FD, while a task is in the middle of a message that is received frame by frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from ..support.descriptor import nobody_waits_for_a_task_that_has_ended, the_rest_of_a_message_keeps_it_lit
from .conftest import Joiner, Run


@pytest.mark.parametrize("rest", ["one by one", "together"])
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("asked", [False, True], ids=["asked later", "asked before"])
def test_the_rest_of_a_message_keeps_it_lit(run: Run, joiner: Joiner, rest: str, waits: bool, asked: bool) -> None:
    run(lambda: the_rest_of_a_message_keeps_it_lit(joiner, rest, waits=waits, asked=asked))


def test_nobody_waits_for_a_task_that_has_ended(run: Run, joiner: Joiner) -> None:
    async def in_a_task(call: Callable[[], Awaitable[None]]) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)

    run(lambda: nobody_waits_for_a_task_that_has_ended(joiner, in_a_task))
