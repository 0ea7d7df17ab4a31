"""Streams of events: who reads them, and how they end."""

from __future__ import annotations

import sys
import threading

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.monitoring import recv_monitor_message

from ..support.callers import Caller


def test_a_stream_that_nobody_holds_is_forgotten(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    kept = pull.events()
    for _ in range(100):
        pull.events()
        begun = iter(pull.events(Event.LISTENING))
        pull.bind("tcp://127.0.0.1:*")
        del begun
    assert len(pull._core._board._queues) <= 2
    assert [event.kind for event in (kept.recv(timeout=0) for _ in range(100)) if event] == [Event.LISTENING] * 100
    del kept
    with pytest.raises(zmqx.ZMQError) as caught:
        pull.monitor_pipes_stats()
    assert caught.value.errno == zmqx.EINVAL


@pytest.mark.parametrize("how", ["socket", "stream", "context"])
def test_a_loop_over_events_ends_with_whatever_ends_them(ctx: zmqx.Context, how: str) -> None:
    pull = ctx.socket(zmqx.PULL)
    events = pull.events()
    endpoint = pull.bind("tcp://127.0.0.1:*")
    reading = Caller(lambda: [event.kind for event in events])
    reading.waits_for(pull)
    {"socket": pull.close, "stream": events.close, "context": ctx.shutdown}[how]()
    assert reading.result()[0] == Event.LISTENING
    if how == "context":
        with pytest.raises(zmqx.ContextTerminated):
            events.recv()
    else:
        while events.recv() is not None:
            pass
    assert endpoint


def test_a_monitor_socket_that_cannot_be_had_changes_nothing(ctx: zmqx.Context) -> None:
    ctx.set(zmqx.MAX_SOCKETS, 3)
    pull = ctx.socket(zmqx.PULL)
    pull.monitor("inproc://before", Event.LISTENING)
    with pytest.raises(zmqx.ZMQError) as caught:
        pull.get_monitor_socket()
    assert caught.value.errno == zmqx.EMFILE
    reader = ctx.socket(zmqx.PAIR)
    reader.connect("inproc://before")
    pull.bind("tcp://127.0.0.1:*")
    assert reader.recv_multipart(timeout=5000)[1].startswith(b"tcp://")


def test_threads_that_ask_for_the_monitor_socket_get_the_same(ctx: zmqx.Context) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(50):
            pull = ctx.socket(zmqx.PULL)
            together = threading.Barrier(3)

            def ask(pull: zmqx.Socket = pull, together: threading.Barrier = together) -> zmqx.Socket:
                together.wait()
                return pull.get_monitor_socket()

            first, *others = [caller.result() for caller in [Caller(ask) for _ in range(3)]]
            assert all(other is first for other in others)
            pull.bind("tcp://127.0.0.1:*")
            assert recv_monitor_message(first)["event"] == Event.LISTENING
            pull.close()
            first.close()
    finally:
        sys.setswitchinterval(interval)
