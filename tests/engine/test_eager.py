"""Looking for an answer before sleeping: as long as it pays, and not at all where the application says so."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.engine import eager
from zmqx.engine.eager import Luck


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eager, "_processors", lambda: 2)


def test_a_little_luck_to_begin_with_is_soon_lost() -> None:
    luck = Luck(0.0001)
    assert luck.left > 0
    luck.lost()
    assert luck.left <= 0


def test_one_processor_never_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eager, "_processors", lambda: 1)
    luck = Luck(0.0001)
    for _ in range(1000):
        assert luck.left <= 0
        luck.slept(0.00001)


def test_success_is_saved_for_worse_times() -> None:
    luck = Luck(0.0001)
    for _ in range(100):
        luck.won()
    for _ in range(3):
        luck.lost()
        assert luck.left > 0


def test_short_sleeps_promise_success_and_broken_promises_count_double() -> None:
    luck = Luck(0.0001)
    luck.lost()
    tries = []
    for _ in range(6):
        sleeps = 0
        while luck.left < 1:
            luck.slept(0.00001)
            sleeps += 1
        tries.append(sleeps)
        luck.lost()
    assert tries == sorted(tries)
    assert tries[-1] > 4 * tries[0]


def test_no_time_for_it_is_no_luck() -> None:
    luck = Luck(0.0)
    for _ in range(1000):
        assert luck.left == 0
        luck.slept(0.00001)
    luck.set_moment(0.0001)
    assert luck.left > 0
    luck.set_moment(0.0)
    assert luck.left == 0


def test_the_option_is_for_dialogues(ctx: zmqx.Context) -> None:
    rep = ctx.socket(zmqx.REP)
    assert (rep.spin, rep._core.luck.moment) == (100, 0.0001)
    rep.spin = 20
    assert rep._core.luck.moment == 0.00002
    with pytest.raises(zmqx.ZMQError, match="SPIN"):
        ctx.socket(zmqx.PUSH).spin = 20


def test_with_spin_0_a_wait_sleeps_at_once(ctx: zmqx.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []
    rep, req = ctx.socket(zmqx.REP, spin=0), ctx.socket(zmqx.REQ, spin=0)
    req.connect(rep.bind("tcp://127.0.0.1:*"))
    req.wait_connected(timeout=5000)
    for socket in (rep, req):
        session = socket._core._ports.only_session
        monkeypatch.setattr(type(session), "look_and_read", lambda self, seconds: looked.append(seconds) or False)
    for _ in range(50):
        req.send(b"x")
        rep.send(rep.recv(timeout=5000))
        assert req.recv(timeout=5000) == b"x"
    assert looked == []
