"""Moments of a loop: steps, tasks that wait, and what came of a wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import zmqx


async def steps(count: int = 5) -> None:
    """Let whatever is ready on the loop run, and what follows from that."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition: Callable[[], Any]) -> Any:
    """Step until this is true; the deadline is the test's."""
    while not (said := condition()):
        await asyncio.sleep(0.001)
    return said


async def awaited(future: Awaitable[Any]) -> Any:
    return await future


async def waiting(future: Awaitable[Any]) -> asyncio.Task[Any]:
    """A task that awaits this, and has begun to."""
    task = asyncio.create_task(awaited(future))
    await asyncio.sleep(0)
    return task


def suspends(future: asyncio.Future[Any]) -> bool:
    """Whether awaiting this would give way to others."""
    iterator = future.__await__()
    try:
        next(iterator)
    except StopIteration:
        return False
    except zmqx.ZMQError:
        return False
    return True


async def outcome(future: Awaitable[Any]) -> Any:
    """What it gives, or the errno it raises."""
    try:
        return await future
    except zmqx.ZMQError as error:
        return error.errno


async def drained(socket: Any) -> list[list[bytes]]:
    """All messages that are there, until none comes for a while."""
    messages = []
    try:
        while True:
            messages.append(await socket.recv_multipart(timeout=50))
    except zmqx.Again:
        return messages
