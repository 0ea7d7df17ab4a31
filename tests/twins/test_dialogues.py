"""The short way of a dialogue, call by call (``tests/faces/test_dialogues.py`` has what comes of it)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest

import zmqx
from zmqx.engine.reactor import Waiter

from ..support.raw_peer import RawPeer, frame

WAIT = 5000
REQUEST = frame(b"", 1) + frame(b"q")

pytestmark = pytest.mark.skipif(
    not (zmqx.accelerated and sys.platform == "linux"), reason="the compiled half has it, on Linux"
)


@pytest.fixture
def asked(ctx: zmqx.Context) -> Iterator[tuple[zmqx.Socket, RawPeer, Any]]:
    """A REP, who asks it, and the short way between them."""
    rep = ctx.socket(zmqx.REP, spin=0)
    with RawPeer.connect(rep.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("REQ")
        rep.wait_connected(timeout=WAIT)
        yield rep, peer, rep._core.turn.shortcut


def drive(rep: zmqx.Socket, shortcut: Any, act: Callable[[], object], wait: Any = None, parked: Any = None) -> Waiter:
    """Listen, and do something as soon as we wait in the seat; nobody else reads meanwhile."""
    roused: list[Waiter] = []
    reactor = rep._reactor
    waiter = Waiter(roused.append if parked else reactor.rouse, wait or shortcut.wait)
    assert shortcut.listen(waiter)
    assert rep._core.waiters == [waiter]

    def later() -> None:
        while not (reactor._driver is waiter and reactor._polling):
            sleep(0)
        waiter.parked = parked
        act()

    acting = threading.Thread(target=later)
    acting.start()
    reactor.drive(waiter, monotonic() + WAIT / 1000)
    acting.join()
    assert waiter.ready
    assert rep._core.waiters == []
    assert roused == ([waiter] if parked else [])
    return waiter


def test_what_comes_is_found_and_then_taken(asked: Any) -> None:
    rep, peer, shortcut = asked
    taken = None
    for _ in range(50):
        drive(rep, shortcut, lambda: peer.send(REQUEST))
        taken = shortcut.take()
        assert shortcut.take() is None
        # Where something else was ready as well, it came the long way.
        assert (taken or rep.recv(zmqx.DONTWAIT)) == b"q"
        rep.send(b"r")
        assert peer.recv_message() == [b"", b"r"]
        if taken is not None:
            break
    assert taken == b"q"


def test_what_was_found_and_not_taken_is_for_whoever_receives(asked: Any) -> None:
    rep, peer, shortcut = asked
    drive(rep, shortcut, lambda: peer.send(REQUEST))
    assert not shortcut.listen(Waiter(rep._reactor.rouse))
    assert rep.poll(0) == zmqx.POLLIN
    assert rep.recv(zmqx.DONTWAIT) == b"q"


def test_a_thread_that_sleeps_elsewhere_is_roused(asked: Any) -> None:
    rep, peer, shortcut = asked
    drive(rep, shortcut, lambda: peer.send(REQUEST), parked=object())


def test_one_listens_at_a_time(asked: Any) -> None:
    rep, _, shortcut = asked
    first = Waiter(rep._reactor.rouse)
    assert shortcut.listen(first)
    assert not shortcut.listen(Waiter(rep._reactor.rouse))
    rep._core.dismiss(first)
    assert shortcut.listen(first)


def test_what_is_set_aside_is_there_even_if_nobody_is_called(asked: Any) -> None:
    """Ctrl-C may come between the wait and the callback."""
    rep, peer, shortcut = asked
    seen: list[Any] = []

    def wait(timeout: float, most: int) -> Any:
        if ready := shortcut.wait(timeout, most):
            seen.append(ready)
        return ready if len(seen) > 1 else []

    drive(rep, shortcut, lambda: peer.send(frame(b"", 1) + frame(b"a", 1) + frame(b"b")), wait)
    ((_, first),), ((_, second),) = seen
    assert (first, second) == (1, 1)
    assert shortcut.take() is None
    assert rep.recv_multipart() == [b"a", b"b"]


def test_what_waits_to_be_sent_goes_first(asked: Any) -> None:
    rep, peer, shortcut = asked
    drive(rep, shortcut, lambda: peer.send(REQUEST))
    assert (shortcut.take() or rep.recv(zmqx.DONTWAIT)) == b"q"
    session = rep._core._ports.only_session
    session.flow.unsent = [frame(b"first")]
    rep.send(b"r")
    with rep._core.guard:
        session._flush()
    assert peer.recv_message() == [b"first"]
    assert peer.recv_message() == [b"", b"r"]


@pytest.mark.parametrize("how", ["close", "second peer", "FD"])
def test_a_short_way_that_is_no_more_leads_nowhere(asked: Any, how: str) -> None:
    rep, peer, shortcut = asked
    drive(rep, shortcut, lambda: peer.send(REQUEST))
    if how == "close":
        rep.close()
    elif how == "FD":
        rep.fileno()
    with RawPeer.connect(rep.last_endpoint.decode()) if how == "second peer" else peer as other:
        if how == "second peer":
            other.shake_hands("REQ")
            rep.wait_connected(2, timeout=WAIT)
        assert rep._core.turn.shortcut is None
        assert shortcut.take() is None
        if how != "close":
            assert rep.recv() == b"q"
            rep.send(b"r")
            assert peer.recv_message() == [b"", b"r"]
        assert not shortcut.listen(Waiter(rep._reactor.rouse))
