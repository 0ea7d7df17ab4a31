"""The light of a socket: what puts it on and off, with either kind of descriptor."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

import pytest

from zmqx.constants import POLLIN, POLLOUT
from zmqx.engine import beacon as module
from zmqx.engine.beacon import Beacon
from zmqx.engine.reactor import Waiter


class Bench:
    """A beacon, and what stands."""

    def __init__(self) -> None:
        self.standing = 0
        self.waiters: list[Waiter] = []
        self.queue: list[bytes] = []
        self.unfinished = False
        self.beacon = Beacon(lambda wanted: self.standing & wanted, lambda: self.unfinished, self.waiters.append)

    def change(self, standing: int) -> None:
        """What stands is this now, and whoever waits for a change hears of it."""
        self.standing = standing
        waiters, self.waiters[:] = list(self.waiters), []
        for waiter in waiters:
            waiter.set()

    @property
    def lit(self) -> bool:
        return bool(select.select([self.beacon.fd], [], [], 0)[0])


@pytest.fixture(params=["eventfd", "pair"])
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if request.param == "pair":
        monkeypatch.setattr(module, "_Event", module._Pair)
    made = Bench()
    yield made
    made.beacon.close()
    made.beacon.close()


def test_it_follows_pollin_through_every_change(bench: Bench) -> None:
    for standing in (0, POLLIN, POLLIN, 0, POLLIN, 0, 0):
        bench.change(standing)
        assert bench.lit == bool(standing)
    assert len(bench.waiters) == 1


def test_room_shows_once_and_only_to_who_missed_it(bench: Bench) -> None:
    bench.change(POLLOUT)
    assert bench.lit
    bench.beacon.asked(POLLOUT, POLLIN | POLLOUT)
    assert not bench.lit
    bench.change(0)
    bench.change(POLLOUT)
    assert not bench.lit, "nobody was told that there is none"
    bench.change(0)
    bench.beacon.asked(0, POLLIN | POLLOUT)
    bench.change(POLLOUT)
    assert bench.lit
    bench.beacon.asked(0, POLLIN)
    assert not bench.lit


def test_a_send_without_room_is_a_question(bench: Bench) -> None:
    bench.beacon.asked(POLLOUT, POLLOUT)
    sent = [False, True]
    send = bench.beacon.sending(lambda message: sent.pop(0))
    assert not send(b"x")
    assert not bench.lit
    bench.change(POLLOUT)
    assert bench.lit
    assert send(b"x")
    assert bench.lit
    assert bench.beacon.receiving(lambda: None)() is None
    assert not bench.lit


def test_a_receive_dims_it_with_the_last_message(bench: Bench) -> None:
    messages = [b"1", b"2"]

    def take() -> bytes:
        message = messages.pop(0)
        bench.standing = POLLIN if messages else 0
        return message

    receive = bench.beacon.receiving(take)
    bench.change(POLLIN)
    assert receive() == b"1"
    assert bench.lit
    assert receive() == b"2"
    assert not bench.lit


def test_unfinished_messages_keep_it_lit(bench: Bench) -> None:
    for unfinished in (True, True, False, True, False):
        bench.unfinished = unfinished
        bench.beacon.look()
        assert bench.lit is unfinished
    bench.unfinished = True
    bench.beacon.look()
    bench.unfinished = False  # whoever was in the middle is no more
    assert bench.lit
    assert bench.beacon.receiving(lambda: None)() is None
    assert not bench.lit


def test_the_end_lights_it_for_good(bench: Bench) -> None:
    bench.beacon.stay_lit()
    bench.change(0)
    bench.beacon.asked(0, POLLIN | POLLOUT)
    assert bench.lit


def test_after_the_end_nothing_touches_the_descriptor(bench: Bench) -> None:
    fd = bench.beacon.fd
    bench.beacon.close()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)
    bench.change(POLLIN)
    assert bench.waiters == []
    bench.beacon.asked(0, POLLIN)
