"""Every test runs on a loop of its own, with a deadline, and the loop has nothing to complain of."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from ..support.callers import PATIENCE
from ..support.judge import judge as judge
from ..support.judge import judge_process as judge_process

try:
    import uvloop
except ImportError:
    uvloop = None  # type: ignore[assignment]
else:
    uvloop.new_event_loop().close()  # the first one opens a pipe that the process keeps

LOOPS = ["asyncio", pytest.param("uvloop", marks=pytest.mark.skipif(uvloop is None, reason="no uvloop here"))]


class BlindLoop(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors of others."""

    def add_reader(self, *args: Any) -> Any:
        raise NotImplementedError

    add_writer = remove_reader = remove_writer = add_reader


class Runner:
    """Runs coroutine functions, each on a new loop that is closed in the end."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.complaints: list[str] = []

    def new_loop(self) -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop
        if self.kind == "uvloop":
            loop = uvloop.new_event_loop()
        else:
            loop = BlindLoop() if self.kind == "blind" else asyncio.SelectorEventLoop()
        loop.set_exception_handler(lambda _, context: self.complaints.append(f"{context['message']}: {context}"))
        return loop

    def __call__(self, main: Callable[..., Awaitable[Any]], *args: Any, debug: bool = True) -> Any:
        """Run to the end, as asyncio.run does; what it returned."""
        loop = self.new_loop()
        loop.set_debug(debug)
        try:
            return loop.run_until_complete(asyncio.wait_for(main(*args), PATIENCE))
        finally:
            try:
                loop.run_until_complete(_end(loop))
                gc.collect()  # what was dropped complains now
            finally:
                loop.close()

    def check(self) -> None:
        gc.collect()
        assert not self.complaints


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Runner]:
    """Runs a coroutine function on each kind of loop; nothing may be said to the loop's exception handler."""
    runner = Runner(str(request.param))
    yield runner
    runner.check()


@pytest.fixture
def ctx() -> Iterator[zmqx.asyncio.Context]:
    """A context that is destroyed after the test, without lingering, in bounded time."""
    context = zmqx.asyncio.Context()
    try:
        yield context
    finally:
        context.destroy(linger=0, timeout=10_000)


async def _end(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


class Joiner:
    """Makes sockets and joins them, ready to talk."""

    def __init__(self, ctx: zmqx.asyncio.Context, endpoint_of: Callable[[str], str]) -> None:
        self.ctx = ctx
        self.endpoint_of = endpoint_of

    async def pair(
        self, left: int, right: int, transport: str = "inproc", left_binds: bool = True, **options: Any
    ) -> tuple[zmqx.asyncio.Socket, zmqx.asyncio.Socket]:
        """Two new sockets of these types, with the same options; each knows the other."""
        sockets = self.ctx.socket(left, **options), self.ctx.socket(right, **options)
        binder, connector = sockets if left_binds else sockets[::-1]
        connector.connect(binder.bind(self.endpoint_of(transport)))
        for socket in sockets:
            await socket.wait_connected(timeout=5000)
        return sockets


@pytest.fixture
def joiner(ctx: zmqx.asyncio.Context, endpoint_of: Callable[[str], str]) -> Joiner:
    return Joiner(ctx, endpoint_of)
