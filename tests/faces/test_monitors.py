"""Monitors: what is sent, what is dropped, and what does not hold anything up."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest
import zmq.utils.monitor

import zmqx
from zmqx.constants import Event
from zmqx.monitoring import parse_monitor_message, recv_monitor_message

from ..support.callers import Caller


def test_a_parser_of_pyzmq_reads_our_frames(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    monitor = pull.get_monitor_socket()
    endpoint = pull.bind("tcp://127.0.0.1:*")
    frames = monitor.recv_multipart(timeout=5000)
    theirs, ours = zmq.utils.monitor.parse_monitor_message(frames), parse_monitor_message(frames)
    assert ours == theirs
    assert ours["endpoint"] == endpoint.encode()


def test_the_socket_of_a_monitor_is_made_once(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    first = pull.get_monitor_socket()
    assert pull.get_monitor_socket(zmqx.EVENT_CLOSED) is first
    first.close()
    second = pull.get_monitor_socket(zmqx.EVENT_LISTENING, "inproc://my-own")
    pull.bind("tcp://127.0.0.1:*")
    assert recv_monitor_message(second)["event"] == Event.LISTENING
    pull.disable_monitor()
    assert pull.get_monitor_socket() is not second


def test_a_monitor_and_a_stream_of_events_do_not_disturb_each_other(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    monitor = pull.get_monitor_socket()
    with pull.events() as events:
        pull.bind("tcp://127.0.0.1:*")
        assert events.recv(timeout=5000).kind == Event.LISTENING
        assert recv_monitor_message(monitor)["event"] == Event.LISTENING
        pull.disable_monitor()
        pull.bind("tcp://127.0.0.1:*")
        assert events.recv(timeout=5000).kind == Event.LISTENING
        assert recv_monitor_message(monitor)["event"] == Event.MONITOR_STOPPED


def test_a_reader_that_leaves_holds_up_nobody(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    monitor = pull.get_monitor_socket()
    monitor.close()
    for _ in range(700):
        pull.unbind(pull.bind("tcp://127.0.0.1:*"))
    assert pull.monitor_missed == 400
    late = ctx.socket(zmqx.PAIR)
    pull.monitor("inproc://late")
    late.connect("inproc://late")
    assert pull.monitor_missed == 0


def test_a_monitor_goes_when_nobody_holds_its_socket(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    monitor = pull.get_monitor_socket(zmqx.EVENT_MONITOR_STOPPED)
    pull.bind("tcp://127.0.0.1:*")
    del pull
    assert recv_monitor_message(monitor)["event"] == Event.MONITOR_STOPPED
    monitor.close()
    Caller(ctx.term).result()


def test_a_monitor_outlives_the_face_of_its_socket(ctx: zmqx.Context) -> None:
    """The collector is faster than whoever closes what was dropped."""
    pull = ctx.socket(zmqx.PULL)
    monitor = pull.get_monitor_socket(Event.MONITOR_STOPPED)
    pull.bind("tcp://127.0.0.1:*")
    core = pull._core
    with core.guard.deferred, core.guard:
        del pull
        gc.collect()
    assert recv_monitor_message(monitor)["event"] == Event.MONITOR_STOPPED
    monitor.close()
    Caller(ctx.term).result()


def test_a_monitor_of_a_monitor(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    monitor = pull.get_monitor_socket()
    over = monitor.get_monitor_socket()
    pull.bind("tcp://127.0.0.1:*")
    assert recv_monitor_message(monitor)["event"] == Event.LISTENING
    monitor.bind("tcp://127.0.0.1:*")
    assert recv_monitor_message(over)["event"] == Event.LISTENING


def test_threads_that_set_and_stop_monitors_while_things_happen(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)

    def replace(number: int) -> None:
        for turn in range(20):
            pull.monitor(f"inproc://m-{number}-{turn}")
            if turn % 3 == 0:
                pull.monitor(None, 0)

    def rebind() -> None:
        for _ in range(40):
            pull.unbind(pull.bind("tcp://127.0.0.1:*"))

    for caller in [Caller(replace, number) for number in range(3)] + [Caller(rebind)]:
        caller.result()
    last = pull.get_monitor_socket(Event.LISTENING)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    assert recv_monitor_message(last)["endpoint"] == endpoint.encode()
    last.close()
    pull.monitor(None, 0)
    pull.close()
    ctx.term(timeout=5000)


@pytest.mark.parametrize("frames", [[], [b"x"], [b"123456"], [b"1" * 8, b"x"], [b"\0" * 8, b"\0" * 8, b"", b""]])
def test_other_frames_are_no_event(frames: list[bytes]) -> None:
    with pytest.raises(RuntimeError):
        parse_monitor_message(frames)


def test_version_2_survives_the_parser() -> None:
    event = zmqx.SocketEvent(Event.PIPES_STATS, "there", values=(3, 4), local="here", remote="there")
    found = parse_monitor_message(event.frames(2))
    assert found == {
        "event": Event.PIPES_STATS,
        "value": 3,
        "values": (3, 4),
        "endpoint": b"there",
        "local": b"here",
        "remote": b"there",
    }


def test_events_are_equal_when_they_tell_the_same(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    before = time.time()
    with pull.events() as events:
        endpoint = pull.bind("tcp://127.0.0.1:*")
        event = events.recv(timeout=5000)
    assert before - 1 <= event.time <= time.time() + 1
    same: dict[str, Any] = {"local": endpoint}
    assert event == zmqx.SocketEvent(Event.LISTENING, endpoint, event.value, **same)
    assert event in {zmqx.SocketEvent(Event.LISTENING, endpoint, event.value, **same)}
    assert event != zmqx.SocketEvent(Event.CLOSED, endpoint, event.value, **same)
    assert event != "LISTENING"


def test_pipes_are_told_of_to_streams_as_well(ctx: zmqx.Context) -> None:
    push = ctx.socket(zmqx.PUSH)
    with push.events() as plain:
        with pytest.raises(zmqx.ZMQError) as caught:
            push.monitor_pipes_stats()
        assert caught.value.errno == zmqx.EINVAL
        with push.events(zmqx.EVENT_PIPES_STATS) as events:
            endpoint = push.connect("inproc://later")
            push.send(b"x")
            push.monitor_pipes_stats()
            event = events.recv(timeout=5000)
            assert (event.kind, event.values, event.value) == (Event.PIPES_STATS, (1, 0), 1)
            assert event.remote == endpoint
        with pytest.raises(zmqx.Again):
            plain.recv(timeout=0)
