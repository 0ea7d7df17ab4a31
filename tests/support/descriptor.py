"""The descriptor of a socket (FD): whether it is readable, and scenarios for the faces of event loops."""

from __future__ import annotations

import select
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import zmqx


def lit(socket: Any, seconds: float = 0) -> bool:
    """Whether the descriptor is readable within this time."""
    return bool(select.select([socket.fileno()], [], [], seconds)[0])


async def the_rest_of_a_message_keeps_it_lit(joiner: Any, rest: str, *, waits: bool, asked: bool) -> None:
    """While a task is in the middle of a message that it receives frame by frame. ``waits``: for its first frame."""
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


async def nobody_waits_for_a_task_that_has_ended(
    joiner: Any, in_a_task: Callable[[Callable[[], Awaitable[None]]], Awaitable[Any]]
) -> None:
    """The rest of its message is out of reach. ``in_a_task`` awaits what a task makes of a call."""
    pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
    assert not lit(pull)
    await push.send_multipart([b"a", b"b"])

    async def first() -> None:
        assert await pull.recv(timeout=5000) == b"a"

    await in_a_task(first)
    with pytest.raises(zmqx.Again):
        await pull.recv(zmqx.DONTWAIT)
    assert not lit(pull)
