"""Between two of our own sockets: bytes cut apart, held back, lost with their connection. Messages never are."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import zmqx
from zmqx.constants import Event

from ..support.bodies import fill
from ..support.chance import seeded
from ..support.events import await_event
from ..support.fault_proxy import Fault, FaultProxy

SESSION = [[b"short"], [b"", b"two", b""], [fill(300)], [fill(20), fill(260)]]
# What of this goes up, greeting and READY included.
SESSION_BYTES = 64 + 2 + 40 + sum(2 + len(part) + 7 * (len(part) > 255) for parts in SESSION for part in parts)


class Line:
    """A socket that dials another through a proxy."""

    def __init__(self, ctx: zmqx.Context, dialing: int, listening: int, **options: int) -> None:
        self.near = ctx.socket(dialing, reconnect_ivl=5, **options)
        self.far = ctx.socket(listening)
        self.near_events = self.near.events(Event.DISCONNECTED, limit=100_000)
        self.far_events = self.far.events(Event.DISCONNECTED, limit=100_000)
        self.proxy = FaultProxy(str(self.far.bind("tcp://127.0.0.1:*")))

    def dial(self, **fault: float) -> None:
        """Connect, with this fault on the way up."""
        self.proxy.faults["up"] = Fault(**fault)  # type: ignore[arg-type]
        self.near.connect(self.proxy.endpoint)


@pytest.fixture
def lines(ctx: zmqx.Context) -> Iterator[list[Line]]:
    made: list[Line] = []
    yield made
    for line in made:
        line.near.close(0)
        line.far.close(0)
        line.proxy.close()


@pytest.mark.parametrize("start", range(4))
def test_a_session_cut_in_two_at_any_byte(ctx: zmqx.Context, lines: list[Line], start: int) -> None:
    line = Line(ctx, zmqx.DEALER, zmqx.DEALER)
    lines.append(line)
    for at in range(1 + start, SESSION_BYTES, 4):
        line.dial(split_after=at)
        for parts in SESSION:
            line.near.send_multipart(parts)
        assert [line.far.recv_multipart(timeout=10_000) for _ in SESSION] == SESSION, f"cut at {at}"
        line.near.disconnect(line.proxy.endpoint)
        await_event(line.far_events, Event.DISCONNECTED)


@pytest.mark.parametrize("chunk", [1, 7, 64])
@pytest.mark.parametrize("delay", [0.0, 0.0003])
def test_pieces_and_pauses(ctx: zmqx.Context, lines: list[Line], chunk: int, delay: float) -> None:
    line = Line(ctx, zmqx.REQ, zmqx.REP)
    lines.append(line)
    line.proxy.faults["down"] = Fault(chunk=chunk, delay=delay)
    line.dial(chunk=chunk, delay=delay)
    for parts in SESSION:
        line.near.send_multipart(parts)
        assert line.far.recv_multipart(timeout=10_000) == parts
        line.far.send_multipart(parts[::-1])
        assert line.near.recv_multipart(timeout=10_000) == parts[::-1]


@pytest.mark.parametrize("how", ["reset_after", "close_after"])
def test_no_message_is_torn_or_doubled_by_lost_connections(ctx: zmqx.Context, lines: list[Line], how: str) -> None:
    """Some may be lost, those that the system had taken: what comes is whole, in order, and comes once."""
    chance = seeded()
    line = Line(ctx, zmqx.PUSH, zmqx.PULL)
    lines.append(line)
    line.dial(**{how: chance.randrange(30_000)})
    sent = 0
    got: list[int] = []

    def take() -> None:
        number, body, tail = line.far.recv_multipart()
        assert len(body) == int(number) * 37 % 5000
        assert tail == b"tail"
        got.append(int(number))

    for _ in range(12):
        while True:
            line.near.send_multipart([b"%d" % sent, fill(sent * 37 % 5000), b"tail"], timeout=10_000)
            sent += 1
            # One after another, so that few are under way when the connection goes.
            if line.far.poll(50):
                take()
            try:
                line.near_events.recv(timeout=0)
            except zmqx.Again:
                continue
            break
        # The next connection lives as long as chance will have it: now and then not even through its handshake.
        line.proxy.faults["up"] = Fault(**{how: chance.randrange(30_000)})
    line.proxy.faults["up"] = Fault()
    last = sent
    until = time.monotonic() + 20
    while not got or got[-1] < last:
        assert time.monotonic() < until, f"{last} never came"
        line.near.send_multipart([b"%d" % sent, fill(sent * 37 % 5000), b"tail"], timeout=10_000)
        sent += 1
        while line.far.poll(20):
            take()
    assert got == sorted(set(got))
    assert sent - len(got) < 12 * 20


def test_every_question_is_answered_in_the_end(ctx: zmqx.Context, lines: list[Line]) -> None:
    """A relaxed REQ that asks again gets each answer once, and never another's."""
    chance = seeded()
    line = Line(ctx, zmqx.REQ, zmqx.REP, req_relaxed=1, req_correlate=1)
    lines.append(line)
    line.dial()

    def serve(ms: int) -> None:
        # All that is there: what a lost connection left unsent comes before the newest question.
        while line.far.poll(ms):
            ms = 0
            number, body = line.far.recv_multipart()
            line.far.send_multipart([b"re: " + number, body])

    for number in range(60):
        if number % 5 == 0:
            way = chance.choice(["up", "down"])
            line.proxy.faults[way] = Fault(reset_after=chance.randrange(1, 600))
        question = [b"%d" % number, fill(number * 37 % 500)]
        until = time.monotonic() + 20
        while True:
            assert time.monotonic() < until, f"no answer to {number}"
            line.near.send_multipart(question, timeout=10_000)
            serve(50)
            if line.near.poll(50):
                break
        assert line.near.recv_multipart() == [b"re: " + question[0], question[1]]


def test_a_dead_line_is_noticed_by_heartbeats(ctx: zmqx.Context, lines: list[Line]) -> None:
    """Nothing comes any more and nothing closes: only silence tells. Then the queue goes by the new connection."""
    line = Line(ctx, zmqx.PUSH, zmqx.PULL, heartbeat_ivl=20, heartbeat_timeout=200)
    lines.append(line)
    line.dial()
    line.near.send(b"one")
    assert line.far.recv(timeout=10_000) == b"one"
    line.proxy.faults["down"] = Fault(lose=True)
    assert "no answer to our heartbeats" in await_event(line.near_events, Event.DISCONNECTED).reason
    line.proxy.faults["down"] = Fault()
    await_event(line.far_events, Event.DISCONNECTED)
    line.near.wait_connected(timeout=10_000)
    line.near.send(b"two", timeout=10_000)
    assert line.far.recv(timeout=10_000) == b"two"


def test_subscriptions_survive_every_loss(ctx: zmqx.Context, lines: list[Line]) -> None:
    line = Line(ctx, zmqx.SUB, zmqx.XPUB)
    lines.append(line)
    line.near.subscribe(b"a")
    line.dial()
    for number in range(5):
        assert line.far.recv(timeout=10_000) == b"\1a"
        line.far.send_multipart([b"a", b"%d" % number])
        assert line.near.recv_multipart(timeout=10_000) == [b"a", b"%d" % number]
        line.proxy.reset()
        assert await_event(line.near_events, Event.DISCONNECTED).reason
        assert line.far.recv(timeout=10_000) == b"\0a"
