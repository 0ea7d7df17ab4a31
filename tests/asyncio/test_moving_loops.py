"""A loop that is stopped, and goes on in another thread: its sockets come along."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from .conftest import LOOPS, uvloop

WAIT = 10


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    made = uvloop.new_event_loop() if request.param == "uvloop" else asyncio.new_event_loop()
    yield made
    made.close()


def elsewhere(call: Callable[[], Any]) -> Any:
    """Make a call in another thread."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(call())
        except BaseException as error:  # noqa: BLE001  # for the test
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(2 * WAIT)
    (result,) = ended
    if isinstance(result, BaseException):
        raise result
    return result


@pytest.mark.parametrize("heartbeat", [0, 1000])
def test_a_loop_goes_on_in_another_thread(loop: asyncio.AbstractEventLoop, heartbeat: int) -> None:
    ctx = zmqx.asyncio.Context()
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    turns = 0

    async def dialogue(count: int) -> None:
        for number in range(count):
            received = pull.recv()  # waits
            await asyncio.sleep(0)
            await push.send(b"%d" % number)
            assert await asyncio.wait_for(received, WAIT) == b"%d" % number

    async def burst(count: int) -> None:
        for number in range(count):
            await push.send(b"%d" % number)
        for number in range(count):
            assert await asyncio.wait_for(pull.recv(), WAIT) == b"%d" % number

    async def begin() -> None:
        push.heartbeat_ivl = pull.heartbeat_ivl = heartbeat
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        await dialogue(3)

    async def idle() -> None:
        """Nothing to do: the loop must sleep."""
        nonlocal turns
        reactor = pull._home.made
        assert reactor is not None
        turn = reactor.turn

        def counted(*args: Any) -> None:
            nonlocal turns
            turns += 1
            turn(*args)

        reactor.turn = counted  # type: ignore[method-assign]
        await asyncio.sleep(0.1)
        del reactor.turn

    try:
        loop.run_until_complete(begin())
        for run in (elsewhere, elsewhere, lambda call: call()):
            for task in (dialogue, burst):
                run(lambda task=task: loop.run_until_complete(task(20)))
            run(lambda: loop.run_until_complete(idle()))
        assert turns < 100
    finally:
        ctx.destroy(linger=0)


def test_who_waits_while_the_loop_moves_is_served(loop: asyncio.AbstractEventLoop) -> None:
    ctx = zmqx.asyncio.Context()
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    received: list[Any] = []

    async def wait() -> None:
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        received.append(pull.recv())
        await asyncio.sleep(0)

    async def send() -> None:
        await push.send(b"x")
        assert await asyncio.wait_for(received[0], WAIT) == b"x"

    try:
        loop.run_until_complete(wait())
        elsewhere(lambda: loop.run_until_complete(send()))
    finally:
        ctx.destroy(linger=0)
