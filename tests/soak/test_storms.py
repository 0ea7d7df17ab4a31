"""Threads that do anything to any socket, for long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support.storm import Storm, eight_sockets, hurried
from .conftest import LENGTH

SECONDS = 30 * LENGTH


@pytest.mark.timeout(SECONDS + 150)
@pytest.mark.parametrize("interval", [0.005, 1e-5])
def test_thirty_two_threads_on_eight_sockets(
    any_ctx: Any, endpoint_of: Callable[[str], str], seed: int, tell: Callable[[str], None], interval: float
) -> None:
    storm = Storm(eight_sockets(any_ctx.socket, endpoint_of), seed)
    try:
        with hurried(interval, SECONDS + 140):
            storm.rage(32, SECONDS)
    finally:
        tell(storm.told())
    assert all(group.sent for group in storm.groups)
