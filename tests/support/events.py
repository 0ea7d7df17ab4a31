"""Waiting for what a socket tells of itself."""

from __future__ import annotations

import zmqx
from zmqx.constants import Event


def await_event(events: zmqx.EventStream, kind: Event) -> zmqx.SocketEvent:
    """The next event of this kind (or kinds)."""
    while True:
        event = events.recv(timeout=10_000)
        assert event is not None, "the stream of events has ended"
        if event.kind & kind:
            return event


def quiet(events: zmqx.EventStream) -> bool:
    """Whether no event has happened that nobody has looked at."""
    try:
        return events.recv(timeout=0) is None
    except zmqx.Again:
        return True
