"""Every test runs on each back end, as a whole, with a deadline."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

with warnings.catch_warnings():
    # What the back ends and their plugins say while they are imported is not about us.
    warnings.simplefilter("ignore")
    import anyio
    import trio  # noqa: F401  # the back end, loaded before the first test looks what is open

import zmqx
import zmqx.anyio

from ..support.callers import PATIENCE
from ..support.judge import judge as judge
from ..support.judge import judge_process as judge_process

Run = Callable[..., Any]


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(backend: str) -> Run:
    """Runs a coroutine function on the back end, and gives back what it returns."""

    def run(main: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        async def bounded() -> Any:
            with anyio.fail_after(PATIENCE):
                return await main(*args)

        return anyio.run(bounded, backend=backend)

    return run


@pytest.fixture
def ctx() -> Iterator[zmqx.anyio.Context]:
    """A context that is destroyed after the test, without lingering, in bounded time."""
    context = zmqx.anyio.Context()
    try:
        yield context
    finally:
        context.destroy(linger=0, timeout=10_000)


class Joiner:
    """Makes sockets and joins them, ready to talk."""

    def __init__(self, ctx: zmqx.anyio.Context, endpoint_of: Callable[[str], str]) -> None:
        self.ctx = ctx
        self.endpoint_of = endpoint_of
        self._made: list[zmqx.anyio.Socket] = []

    def socket(self, socket_type: int, **options: Any) -> zmqx.anyio.Socket:
        """A new socket, held until the end: one that is dropped would linger."""
        made: zmqx.anyio.Socket = self.ctx.socket(socket_type, **options)
        self._made.append(made)
        return made

    async def pair(
        self, left: int, right: int, transport: str = "tcp", **options: Any
    ) -> tuple[zmqx.anyio.Socket, zmqx.anyio.Socket]:
        """Two new sockets of these types, with the same options; each knows the other."""
        sockets = self.socket(left, **options), self.socket(right, **options)
        sockets[1].connect(sockets[0].bind(self.endpoint_of(transport)))
        for socket in sockets:
            await socket.wait_connected(timeout=5000)
        return sockets

    def close(self) -> None:
        for socket in self._made:
            socket.close(0)


@pytest.fixture
def joiner(ctx: zmqx.anyio.Context, endpoint_of: Callable[[str], str]) -> Iterator[Joiner]:
    made = Joiner(ctx, endpoint_of)
    yield made
    made.close()


async def settled() -> None:
    """Wait until every other task waits for something."""
    for _ in range(5):
        await anyio.lowlevel.checkpoint()  # the asyncio back end looks every 0.1 s only: often this is enough
    await anyio.wait_all_tasks_blocked()


async def outcome(call: Callable[[], Awaitable[Any]]) -> Any:
    """What a call returned, or the errno it raised."""
    try:
        return await call()
    except zmqx.ZMQError as error:
        return error.errno
