"""A time that is none raises at once, as in the blocking face."""

from __future__ import annotations

import pytest

import zmqx
import zmqx.anyio

from ..support.timed import CALLS, named, sockets
from .conftest import Run


@pytest.mark.parametrize("call", CALLS)
def test_a_time_that_is_none(run: Run, ctx: zmqx.anyio.Context, call: str) -> None:
    async def main() -> None:
        pull, push, poller = sockets(ctx, zmqx.anyio.Poller())
        with pytest.raises(ValueError, match=f"{named(call)} = nan"):
            await CALLS[call](pull, push, poller, float("nan"))
        with pytest.raises(TypeError, match=f"{named(call)} takes a number, not str"):
            await CALLS[call](pull, push, poller, "1000")
        assert [pull.closed, ctx.closed] == [False, False], "it changed nothing"

    run(main)
