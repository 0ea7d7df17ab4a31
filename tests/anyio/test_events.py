"""Streams of events: how they end."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

import zmqx
import zmqx.anyio
from zmqx.constants import Event

from .conftest import Run


@pytest.mark.parametrize("how", ["socket", "stream", "context"])
def test_a_loop_over_events_ends_with_whatever_ends_them(run: Run, ctx: zmqx.anyio.Context, how: str) -> None:
    async def main() -> None:
        pull = ctx.socket(zmqx.PULL)
        events = pull.events()
        pull.bind("tcp://127.0.0.1:*")
        seen: list[Event] = []

        async def read() -> None:
            async for event in events:
                seen.append(event.kind)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            while not seen:
                await anyio.lowlevel.checkpoint()
            {"socket": pull.close, "stream": events.close, "context": ctx.shutdown}[how]()
        assert seen[0] == Event.LISTENING

    run(main)
