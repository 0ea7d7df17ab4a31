"""Any thread does anything to any socket, at any time; every message comes once. ``tests/soak`` has longer storms."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmqx

from ..support.bridge import BridgedContext, LoopThread
from ..support.storm import Storm, eight_sockets, hurried


@pytest.fixture(params=["blocking", "asyncio"])
def any_ctx(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "blocking":
        context: Any = zmqx.Context()
        yield context
        context.destroy(linger=0, timeout=10_000)
        return
    loop = LoopThread()
    try:
        context = BridgedContext(loop)
        yield context
        context.destroy(linger=0, timeout=10_000)
    finally:
        loop.close()


@pytest.mark.parametrize("interval", [1e-3, 1e-5])
def test_sixteen_threads_on_eight_sockets(
    any_ctx: Any, endpoint_of: Callable[[str], str], interval: float
) -> None:
    storm = Storm(eight_sockets(any_ctx.socket, endpoint_of), random.SystemRandom().randrange(2**32))
    try:
        with hurried(interval):
            storm.rage(16, 1.2)
    finally:
        print(storm.told())  # noqa: T201  # the way to repeat a failure
    assert all(group.sent for group in storm.groups)
