"""A thousand children, while threads send and receive."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

import zmqx

from ..faces.test_fork import outcome, round_trip
from ..support.callers import Caller
from ..support.forks import forked, open_sockets
from ..support.traffic import Traffic
from .conftest import LENGTH

FORKS = int(1000 * LENGTH)


@pytest.mark.timeout(600 * max(1.0, LENGTH))
def test_a_thousand_forks(ctx: zmqx.Context, tell: Callable[[str], None]) -> None:
    before = open_sockets()
    push, pull = ctx.socket(zmqx.PUSH, sndhwm=100), ctx.socket(zmqx.PULL, rcvhwm=100)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    router = ctx.socket(zmqx.ROUTER)
    endpoint = router.bind("tcp://127.0.0.1:*")
    stop = threading.Event()

    def come_and_go() -> int:
        count = 0
        while not stop.is_set():
            with ctx.socket(zmqx.DEALER, linger=0) as guest:
                guest.connect(endpoint)
                guest.wait_connected(timeout=20_000)
            count += 1
        return count

    def look() -> tuple[int, int, bytes, int]:
        left = len(open_sockets() - before)
        with zmqx.Context() as mine:
            return outcome(pull.recv)[0], outcome(lambda: push.send(b"x"))[0], round_trip(mine), left

    guest = Caller(come_and_go)
    traffic = Traffic(push, pull)
    for _ in range(FORKS):
        traffic.pace.release(20)
        assert forked(look) == (zmqx.ENOTSOCK, zmqx.ENOTSOCK, b"hello, world", 0)
    stop.set()
    tell(f"{FORKS} children of {os.getpid()}, {traffic.end()} messages and {guest.result()} guests meanwhile")
