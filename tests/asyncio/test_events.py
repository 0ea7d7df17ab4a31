"""Streams of events on an event loop: tasks that share one, and how they end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import zmqx
import zmqx.asyncio
from zmqx.constants import Event

from .conftest import Runner
from .steps import steps, waiting


def test_the_event_of_a_task_that_was_cancelled_is_for_the_next_in_line(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    """It was there already, and the task had yet to see it."""

    async def main() -> None:
        pull = ctx.socket(zmqx.PULL)
        events = pull.events()
        first, second = await waiting(events.recv()), await waiting(events.recv())
        pull.bind("tcp://127.0.0.1:*")
        first.cancel()
        await steps()
        assert first.cancelled()
        event = await asyncio.wait_for(second, 10)
        assert event.kind == Event.LISTENING

    run(main)


@pytest.mark.parametrize("how", ["socket", "stream", "context"])
def test_a_loop_over_events_ends_with_whatever_ends_them(run: Runner, ctx: zmqx.asyncio.Context, how: str) -> None:
    async def main() -> None:
        pull = ctx.socket(zmqx.PULL)
        events = pull.events()
        pull.bind("tcp://127.0.0.1:*")

        async def read() -> list[Any]:
            return [event.kind async for event in events]

        reading = asyncio.create_task(read())
        await steps()
        {"socket": pull.close, "stream": events.close, "context": ctx.shutdown}[how]()
        assert (await asyncio.wait_for(reading, 10))[0] == Event.LISTENING

    run(main)
