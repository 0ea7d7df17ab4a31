"""A time that is none is the caller's mistake: it raises at once, whatever it was for, and names the argument."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import zmqx

from ..support.timed import CALLS, named, sockets

NAN = float("nan")


@pytest.mark.parametrize("call", CALLS)
def test_a_time_that_is_none(ctx: zmqx.Context, call: str) -> None:
    pull, push, poller = sockets(ctx, zmqx.Poller())
    with pytest.raises(ValueError, match=f"{named(call)} = nan"):
        CALLS[call](pull, push, poller, NAN)
    with pytest.raises(TypeError, match=f"{named(call)} takes a number, not str"):
        CALLS[call](pull, push, poller, "1000")
    assert [pull.closed, ctx.closed] == [False, False], "it changed nothing"


@pytest.mark.parametrize(
    "call",
    [
        lambda pull, time: zmqx.select([pull], [], [], time),
        lambda pull, time: zmqx.zmq_poll([(pull, zmqx.POLLIN)], time),
        lambda pull, time: zmqx.Poller().poll(time),
        lambda pull, time: zmqx.Frame(b"", track=True).tracker.wait(time),
        lambda pull, time: zmqx.Proxy(pull, pull).stop(time),
        lambda pull, time: zmqx.Proxy(pull, pull).join(time),
    ],
    ids=["select", "zmq_poll", "empty", "tracker", "stop", "join"],
)
def test_a_time_that_is_none_beside_sockets(ctx: zmqx.Context, call: Callable[[Any, Any], Any]) -> None:
    pull = ctx.socket(zmqx.PULL)
    with pytest.raises(ValueError, match="timeout = nan"):
        call(pull, NAN)
    with pytest.raises(TypeError, match="timeout takes a number, not str"):
        call(pull, "1")


def test_a_tracker_waits_as_long_as_anybody_says() -> None:
    """Longer than the system waits at a time."""
    frame = zmqx.Frame(bytearray(b"x"), track=True)
    tracker = frame.tracker
    assert tracker is not None
    threading.Timer(0.01, lambda: frame.__init__()).start()  # type: ignore[misc]  # lets go of the buffer
    tracker.wait(1e12)
    assert tracker.done
