"""Queues of events: bounded, counted, and never in the way."""

from __future__ import annotations

import threading

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.engine.monitor import EventQueue, SocketEvent

from ..support.virtual_stream import VirtualNetwork
from .conftest import MakeSocket


def _event(kind: Event = Event.ACCEPTED, value: int = 0) -> SocketEvent:
    return SocketEvent(kind, "mem://x", value)


def _queue(kinds: int = 0xFFFF, limit: int = 10) -> tuple[EventQueue, list[None]]:
    calls: list[None] = []
    return EventQueue(kinds, limit, lambda: calls.append(None)), calls


def test_events_come_out_in_order() -> None:
    queue, _ = _queue()
    for value in range(5):
        queue.add(_event(value=value))
    taken = [queue.take() for _ in range(6)]
    assert [event.value for event in taken[:5] if event] == [0, 1, 2, 3, 4]
    assert taken[5] is None


def test_a_full_queue_drops_the_newest_and_counts_them() -> None:
    queue, _ = _queue(limit=3)
    for value in range(8):
        queue.add(_event(value=value))
    assert queue.missed == 5
    assert [event.value for event in iter(queue.take, None)] == [0, 1, 2]
    queue.add(_event(value=9))
    assert queue.missed == 5
    assert [event.value for event in iter(queue.take, None)] == [9]


def test_only_the_kinds_asked_for_are_kept_and_counted() -> None:
    queue, calls = _queue(Event.LISTENING | Event.CLOSED, limit=1)
    for kind in (Event.ACCEPTED, Event.LISTENING, Event.DISCONNECTED, Event.CLOSED):
        queue.add(_event(kind))
    taken = queue.take()
    assert taken is not None
    assert taken.kind == Event.LISTENING
    assert queue.missed == 1
    assert len(calls) == 1


def test_every_event_and_the_end_wake_the_reader() -> None:
    queue, calls = _queue()
    queue.add(_event())
    assert len(calls) == 1
    queue.add(_event())
    assert len(calls) == 2
    queue.close()
    assert len(calls) == 3


def test_what_is_queued_can_be_read_after_the_end() -> None:
    queue, _ = _queue()
    queue.add(_event())
    queue.close()
    assert queue.closed
    assert queue.take() is not None
    assert queue.take() is None


def test_an_event_tells_its_story_in_its_repr() -> None:
    event = SocketEvent(Event.DISCONNECTED, "tcp://here:1", 7, "the peer closed", "tcp://there:2")
    for word in ("DISCONNECTED", "tcp://here:1", "tcp://there:2", "7", "the peer closed"):
        assert word in repr(event)


def test_two_readers_see_the_same_and_one_that_does_not_read_holds_up_nobody(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    pull = make_socket(zmqx.PULL)
    lazy = pull.core.watch_events(0xFFFF, 2)
    pull.bind("mem://watched")
    for _ in range(10):
        network.call("watched").shake_hands("PUSH", None).close()
    assert pull.kinds().count("DISCONNECTED") == 10
    assert lazy.missed == 1 + 30 - 2


def test_an_ignored_queue_gets_no_more(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pull = make_socket(zmqx.PULL)
    queue = pull.core.watch_events(0xFFFF, 100)
    pull.core.ignore_events(queue)
    pull.bind("mem://unwatched")
    assert queue.closed
    assert queue.take() is None


def test_inproc_has_no_events(make_socket: MakeSocket) -> None:
    left, right = make_socket(zmqx.PAIR), make_socket(zmqx.PAIR)
    left.bind("inproc://quiet")
    right.connect("inproc://quiet")
    right.close(0)
    assert left.kinds() == []
    assert right.kinds() == []


def test_a_reader_is_woken_by_an_event_and_by_the_end_of_the_stream(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    found: list[str] = []
    with pull.events() as events:

        def read() -> None:
            found.extend(event.kind.name for event in events)

        reader = threading.Thread(target=read)
        reader.start()
        pull.bind("tcp://127.0.0.1:*")
        pull.close()
        reader.join(10)
    assert not reader.is_alive()
    assert found[0] == "LISTENING"


def test_waiting_for_an_event_has_its_time(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    with pull.events() as events, pytest.raises(zmqx.Again):
        events.recv(timeout=5)
