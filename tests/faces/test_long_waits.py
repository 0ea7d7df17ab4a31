"""Times that are longer than the system can be asked to wait."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

import pytest

import zmqx

from ..support.callers import Caller


@pytest.mark.parametrize("ms", [2**31, 2**45, 2**70, 1e30, float("inf")])
@pytest.mark.parametrize("wait", ["recv", "passive", "poll", "poller", "descriptor", "select", "events"])
def test_a_time_may_be_as_long_as_it_likes(ctx: zmqx.Context, ms: float, wait: str) -> None:
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    endpoint = pull.bind("inproc://x" if wait == "passive" else "tcp://127.0.0.1:*")
    events = pull.events()
    read, write = os.pipe()
    poller = zmqx.Poller()
    if wait in ("poller", "descriptor"):
        poller.register(pull if wait == "poller" else read, zmqx.POLLIN)
    calls: dict[str, Callable[[], object]] = {
        "recv": lambda: pull.recv(timeout=ms),
        "passive": lambda: pull.recv(timeout=ms),
        "poll": lambda: pull.poll(ms),
        "poller": lambda: poller.poll(ms),
        "descriptor": lambda: poller.poll(ms),
        "select": lambda: zmqx.select([pull], [], [], ms),
        "events": lambda: events.recv(timeout=ms),
    }
    try:
        waiting = Caller(calls[wait])
        if wait != "descriptor":
            waiting.waits_for(pull)
        assert waiting.lasts(0.02)
        push.connect(endpoint)
        push.send(b"x")
        os.write(write, b"x")
        assert waiting.result()
    finally:
        os.close(read)
        os.close(write)


def test_so_may_linger(ctx: zmqx.Context) -> None:
    """Whoever does the I/O of all sockets waits for nothing but that time."""
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        stuck = ctx.socket(zmqx.PUSH, handshake_ivl=0)
        stuck.connect(f"tcp://127.0.0.1:{mute.getsockname()[1]}")
        peer, _ = mute.accept()
        with peer:
            stuck.send(b"x")
            stuck.close(linger=2**45)
            endpoint = pull.bind("tcp://127.0.0.1:*")
            waiting = Caller(pull.recv).waits_for(pull)
            assert waiting.lasts(0.02)
            push.connect(endpoint)
            push.send(b"x")
            assert waiting.result() == b"x"
            ctx.destroy(linger=0)
