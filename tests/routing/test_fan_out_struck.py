"""A fan-out that is struck: by Ctrl-C at any place, by threads that come too late, by other marks.

Nobody misses anything.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from zmqx.constants import NativeOption as N
from zmqx.constants import Overflow, SocketOption
from zmqx.message import Subscription
from zmqx.routing.parts import fan_out
from zmqx.routing.xpub import Xpub

from .ends import Far


def publisher(peers: int = 3, mark: int = 0) -> tuple[Xpub, list[Far]]:
    """A publisher with peers that want everything, which it has sent three messages."""
    socket = Xpub()
    fars = [Far(socket, gathers=True, send_mark=mark) for _ in range(peers)]
    for far in fars:
        far.deliver(Subscription(b"", True))
    for number in range(3):
        assert socket.try_send(b"%d" % number)
    return socket, fars


def strike(place: int, call: Callable[[], object]) -> bool:
    """Make a call, and raise KeyboardInterrupt at its so manieth place where Python looks for signals; whether there
    were so many."""
    left = place

    def look(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal left
        if frame.f_globals.get("__name__") not in (fan_out.__name__, "zmqx.pipes.ends"):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("who", ["spill", "an option"])
def test_a_spill_that_is_struck_anywhere_loses_nothing(who: str) -> None:
    place = 1
    while True:
        socket, peers = publisher()
        cohort = socket.out_lane.only
        assert cohort is not None
        cohort.outbox.extend([b"3", b"4"])
        spill = peers[0].pipe.spill
        assert spill is not None
        struck = strike(
            place, spill if who == "spill" else lambda socket=socket: socket.set_option(SocketOption.XPUB_VERBOSE, 1)
        )
        socket.try_send(b"last")
        for peer in peers:
            assert peer.out() == [b"0", b"1", b"2", b"3", b"4", b"last"], place
        if not struck:
            break
        place += 1
    assert place > 20


def test_a_cohort_that_is_struck_as_it_forms_leaves_nothing_behind() -> None:
    place = 1
    while True:
        socket, peers = publisher()
        for peer in peers:
            peer.out()
        for number in range(3):
            socket.try_send(b"%d" % number)
        for peer in peers:  # everybody looks once, and is told of what comes later
            peer.out()
        struck = strike(place, lambda socket=socket: [socket.try_send(b"a"), socket.try_send(b"b")])
        looked = [peer.out() for peer in peers]
        socket.try_send(b"last")
        for peer, before in zip(peers, looked):
            after = peer.out()
            assert after[-1] == b"last", place
            if not struck:
                assert before + after == [b"a", b"b", b"last"]
        for peer in peers:
            assert not peer.pipe.outbox
        if not struck:
            break
        place += 1
    assert place > 20


@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.FAIL])
def test_who_comes_too_late_is_not_told_to_wait(overflow: Overflow) -> None:
    """The send is over already: its message is one more than the mark, and not lost."""
    socket, peers = publisher(mark=4)
    socket.set_option(N.OVERFLOW, overflow)
    cohort = None
    while cohort is None:
        for peer in peers:
            peer.out()
        assert [socket.try_send(b"x") for _ in range(3)] == [True] * 3
        cohort = socket.out_lane.only
    assert socket.try_send(b"y")
    assert socket.out_lane.only is None or socket.try_send(b"z")
    cohort.outbox.append(b"late")
    if not cohort.pending:
        cohort.wake()
    for peer in peers:
        assert peer.out()[-1] == b"late"
    assert not socket.drops


def test_one_that_cannot_be_sent_late_keeps_none_of_the_others() -> None:
    socket, peers = publisher()
    cohort = socket.out_lane.only
    assert cohort is not None
    peers[0].out()
    cohort.outbox.extend([b"a", b"b"])
    cohort.wake()
    assert peers[0].out() == [b"a", b"b"]
    assert not cohort.outbox


def test_a_cohort_is_no_ring_of_references() -> None:
    """There is one for every batch: they are not for the collector of garbage to find."""
    gc.collect()
    gc.disable()
    try:
        socket, peers = publisher()
        for _ in range(20):
            socket.try_send(b"x")
            for peer in peers:
                peer.out()
            for _ in range(3):
                socket.try_send(b"y")
        alive = [thing for thing in gc.get_objects() if type(thing) is fan_out.Cohort]
        assert len([cohort for cohort in alive if cohort.fan_out is socket._fan_out]) <= 1
    finally:
        gc.enable()
