"""Nothing vanishes unseen: each place where a message can, with its reason, and the line in the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

import zmqx
from zmqx.accounts import Drop
from zmqx.engine.ledger import QUIET, Ledger
from zmqx.engine.reactor import Guard
from zmqx.pipes.pipe import Pipe

from ..support.raw_peer import frame
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket, held
from ..support.virtual_stream import VirtualNetwork
from .conftest import MakeSocket


def drops(socket: VirtualSocket) -> dict[Drop, int]:
    return dict(socket.core.overview.stats().dropped)


def test_what_is_queued_for_a_peer_that_leaves(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    push = make_socket(zmqx.PUSH)
    push.bind("mem://here")
    peer = network.call("here").shake_hands("PULL", None)
    peer.stream.room = 0
    for _ in range(3):
        push.send(b"x")
    push.reactor.settle()
    assert push.core.overview.stats().queued_out == 3
    peer.stream.break_off()
    push.reactor.settle()
    stats = push.core.overview.stats()
    assert (stats.queued_out, stats.messages_out) == (0, 0)
    assert sum(stats.dropped.values()) == 3


@pytest.mark.parametrize("linger", [0, 50])
def test_a_message_that_left_in_part_is_not_sent(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, linger: int
) -> None:
    push = make_socket(zmqx.PUSH)
    push.bind("mem://here")
    peer = network.call("here").shake_hands("PULL", None)
    peer.stream.room = 1500
    for _ in range(3):
        push.send(b"x" * 1000)
    reactor.settle()
    stats = push.core.overview.stats()
    assert stats.messages_out + stats.queued_out == 3
    push.close(linger)
    reactor.advance(linger)
    assert push.finished
    stats = push.core.overview.stats()
    assert (stats.messages_out, stats.dropped) == (1, {Drop.EXPIRED if linger else Drop.CLOSED: 2})
    assert len(peer.take()) == 1500


def test_what_was_read_and_had_no_room_when_the_connection_ended(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    pull = make_socket(zmqx.PULL, rcvhwm=2)
    pull.bind("mem://here")
    peer = network.call("here").shake_hands("PUSH", None)
    peer.send(frame(b"x") * 5)
    assert pull.core.overview.stats().queued_in == 2
    pull.core.overview.peers()[0].disconnect()
    pull.reactor.settle()
    stats = pull.core.overview.stats()
    assert (stats.messages_in, stats.queued_in, stats.dropped) == (5, 2, {Drop.UNREAD: 3})
    assert pull.recv_all() == [b"x", b"x"]


def test_what_stands_behind_a_breach_of_the_protocol(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    req = make_socket(zmqx.REQ)
    req.bind("mem://here")
    peer = network.call("here").shake_hands("REP", None)
    good = frame(b"", 1) + frame(b"a")
    peer.send(good + frame(b"no envelope") + good + good)
    assert peer.gone
    stats = req.core.overview.stats()
    assert (stats.messages_in, stats.queued_in, stats.dropped) == (3, 1, {Drop.UNREAD: 2})


def test_what_arrives_while_we_leave(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair = make_socket(zmqx.PAIR)
    pair.bind("mem://here")
    peer = network.call("here").shake_hands("PAIR", None)
    pair.close(-1)
    peer.send(frame(b"too late") * 2)
    peer.close()
    assert pair.finished
    assert drops(pair) == {Drop.UNREAD: 2}


def test_what_comes_to_a_type_that_does_not_receive(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    push = make_socket(zmqx.PUSH)
    push.bind("mem://here")
    network.call("here").shake_hands("PULL", None).send(frame(b"x"))
    assert drops(push) == {Drop.UNWANTED: 1}
    assert push.core.overview.peers()[0].dropped == {Drop.UNWANTED: 1}


# -- the log


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def ledger(guard: Guard, clock: list[float]) -> Ledger:
    return Ledger("PUB", guard, lambda: clock[0])


Lines = Callable[[], list[tuple[int, str]]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    caplog.set_level(logging.DEBUG, logger="zmqx")

    def take() -> list[tuple[int, str]]:
        found = [(record.levelno, record.getMessage()) for record in caplog.records]
        caplog.clear()
        return found

    return take


def test_the_first_drop_is_told_and_then_one_line_in_a_while(
    ledger: Ledger, guard: Guard, clock: list[float], lines: Lines
) -> None:
    with held(guard):
        ledger.lost(Drop.FULL, 1, None)
        assert lines() == [], "the log is not written under the guard"
    assert lines() == [(logging.WARNING, "a PUB socket dropped 1 message: the peer's queue is full")]
    for _ in range(1000):
        with held(guard):
            ledger.lost(Drop.FULL, 2, None)
    assert lines() == []
    clock[0] += QUIET
    pipe = Pipe(0, 0)
    pipe.properties = {"Peer-Address": "tcp://10.1.2.3:4"}
    with held(guard):
        ledger.lost(Drop.FULL, 1, pipe)
    ((_, line),) = lines()
    assert "dropped 2001 messages" in line
    assert "tcp://10.1.2.3:4" in line


def test_reasons_have_lines_of_their_own_and_what_is_untold_is_told_at_the_end(
    ledger: Ledger, guard: Guard, lines: Lines
) -> None:
    with held(guard):
        for reason in (Drop.FULL, Drop.UNROUTABLE, Drop.UNROUTABLE):
            ledger.lost(reason, 1, None)
    assert [line.partition(": ")[2] for _, line in lines()] == [Drop.FULL.value, Drop.UNROUTABLE.value]
    with held(guard):
        ledger.settle()
        ledger.settle()
    assert [line.partition(": ")[2] for _, line in lines()] == [Drop.UNROUTABLE.value]


def test_a_burst_is_told_of_though_nothing_follows(
    make_socket: MakeSocket, network: VirtualNetwork, lines: Lines
) -> None:
    router = make_socket(zmqx.ROUTER)
    router.bind("mem://here")
    for _ in range(4):
        router.send([b"nobody", b"x"])
    ((_, line),) = lines()
    assert "dropped 1 message:" in line
    router.reactor.advance(1000 * QUIET - 1)
    assert lines() == []
    router.reactor.advance(1)
    ((_, line),) = lines()
    assert "dropped 3 messages:" in line
    router.send([b"nobody", b"x"])
    assert lines() == []
    router.reactor.advance(1000 * QUIET)
    ((_, line),) = lines()
    assert "dropped 1 message:" in line
    router.reactor.advance(10_000 * QUIET)
    assert lines() == []


def test_what_was_chosen_is_no_warning(ledger: Ledger, guard: Guard, lines: Lines) -> None:
    with held(guard):
        for reason in Drop:
            ledger.lost(reason, 1, None)
    quiet = {Drop(line.partition(": ")[2]) for level, line in lines() if level < logging.WARNING}
    assert quiet == {Drop.REPLACED, Drop.UNREAD, Drop.UNASKED, Drop.CLOSED}


def test_who_hears_the_log_may_use_the_very_socket(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """A handler that publishes what it hears, by the socket it hears about."""
    router = make_socket(zmqx.ROUTER)

    class Publishes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            router.send([b"nobody", record.getMessage().encode()])

    listening = Publishes()
    logging.getLogger("zmqx").addHandler(listening)
    try:
        router.send([b"nobody", b"x"])
    finally:
        logging.getLogger("zmqx").removeHandler(listening)
    assert drops(router) == {Drop.UNROUTABLE: 2}


def test_a_log_that_fails_is_not_the_fault_of_who_sends(
    make_socket: MakeSocket, network: VirtualNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_value))

    class Fails(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError("disk full")

    listening = Fails()
    logging.getLogger("zmqx").addHandler(listening)
    try:
        assert make_socket(zmqx.ROUTER).send([b"nobody", b"x"])
    finally:
        logging.getLogger("zmqx").removeHandler(listening)
    assert [str(error) for error in told] == ["disk full"]
