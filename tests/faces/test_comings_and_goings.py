"""Sockets are closed, and contexts ended, under the hands of the threads that use them; what was sent arrives."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest

import zmqx

from ..support.callers import Caller, until
from ..support.storm import hurried

ENDED = (zmqx.ENOTSOCK, zmqx.ETERM)


class Comings:
    """Senders that come and go, used by all threads at once; one receiver that stays."""

    def __init__(self, ctx: zmqx.Context, endpoint: str, seed: int) -> None:
        self._ctx = ctx
        self._endpoint = endpoint
        self._seed = seed
        self._stop = threading.Event()
        self._senders = [self._come() for _ in range(4)]
        self.sent: set[bytes] = set()
        self.perhaps: set[bytes] = set()  # closed meanwhile: it may have gone either way
        self.refused: set[bytes] = set()
        self.calls: Counter[str] = Counter()

    def _come(self) -> zmqx.Socket:
        made: zmqx.Socket = self._ctx.socket(zmqx.PUSH, sndhwm=50)
        made.connect(self._endpoint)
        return made

    def rage(self, threads: int, seconds: float) -> None:
        doings = [self._send, self._send, self._send, self._close, self._look]
        callers = [Caller(self._do, doings[thread % len(doings)], thread) for thread in range(threads)]
        self._stop.wait(seconds)
        self._stop.set()
        for caller in callers:
            self.calls.update(caller.result(60))
        for sender in self._senders:
            sender.close()

    def _do(self, doing: Callable[[random.Random, bytes], None], thread: int) -> Counter[str]:
        chance = random.Random(self._seed + thread)
        calls: Counter[str] = Counter()
        while not self._stop.is_set():
            name = doing.__name__.strip("_")
            calls[name] += 1
            try:
                doing(chance, b"%d:%d" % (thread, calls[name]))
            except zmqx.Again:
                calls["again"] += 1
            except zmqx.ZMQError as error:
                if error.errno not in ENDED:
                    raise
                calls["ended"] += 1
        return calls

    def _send(self, chance: random.Random, name: bytes) -> None:
        sender = chance.choice(self._senders)
        try:
            if chance.random() < 0.5:
                sender.send(name, timeout=20)
            else:
                sender.send_multipart([name, name], timeout=20)
        except zmqx.ZMQError:
            self.refused.add(name)
            raise
        (self.perhaps if sender.closed else self.sent).add(name)

    def _close(self, chance: random.Random, name: bytes) -> None:
        place = chance.randrange(len(self._senders))
        before, self._senders[place] = self._senders[place], self._come()
        before.close()
        self._stop.wait(chance.random() * 0.01)

    def _look(self, chance: random.Random, name: bytes) -> None:
        sender = chance.choice(self._senders)
        poller = zmqx.Poller()
        poller.register(sender, zmqx.POLLOUT)
        chance.choice([
            lambda: poller.poll(10), lambda: sender.poll(10, zmqx.POLLOUT), lambda: sender.flush(10),
            lambda: setattr(sender, "sndhwm", chance.choice([5, 50])), lambda: sender.FD, sender.stats, sender.peers,
            lambda: sender.wait_connected(1, 10), lambda: sender.events().recv(timeout=10),
        ])()  # fmt: skip


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("interval", [5e-3, 1e-5])
def test_what_is_sent_by_sockets_that_are_closed_meanwhile_arrives(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str, interval: float
) -> None:
    pull = ctx.socket(zmqx.PULL)
    comings = Comings(ctx, pull.bind(endpoint_of(transport)), random.SystemRandom().randrange(2**32))
    got: Counter[bytes] = Counter()
    stop = threading.Event()

    def receive() -> None:
        while not stop.is_set():
            try:
                frames = pull.recv_multipart(timeout=20)
            except zmqx.Again:
                continue
            assert len(set(frames)) == 1
            got[frames[0]] += 1

    receiving = Caller(receive)
    try:
        with hurried(interval):
            comings.rage(10, 1.0)
        until(lambda: comings.sent <= got.keys(), 40)
    finally:
        stop.set()
        receiving.result()
        print(f"seed {comings._seed}; sent {len(comings.sent)}, perhaps {len(comings.perhaps)}, {comings.calls}")  # noqa: T201
    assert not [name for name, count in got.items() if count > 1]
    assert not comings.sent - set(got)
    assert not set(got) & comings.refused
    assert comings.sent


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_contexts_end_under_the_hands_of_their_threads(endpoint_of: Callable[[str], str], transport: str) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    print(f"seed {seed}")  # noqa: T201
    read = 0

    def use(ctx: zmqx.Context, endpoint: str) -> int | None:
        try:
            while True:
                with ctx.socket(zmqx.DEALER, linger=0) as dealer:
                    dealer.connect(endpoint)
                    for _ in range(5):
                        dealer.send(b"x", timeout=1000)
                    dealer.poll(5)
        except zmqx.ZMQError as error:
            return error.errno

    with hurried(1e-4):
        for _ in range(12):
            ctx = zmqx.Context()
            router = ctx.socket(zmqx.ROUTER, linger=0)
            endpoint = router.bind(endpoint_of(transport))
            users = [Caller(use, ctx, endpoint) for _ in range(4)]
            reader = Caller(lambda router=router: sum(1 for _ in router))
            router.wait_connected(timeout=10_000)
            threading.Event().wait(chance.random() * 0.02)  # any moment will do
            enders = [Caller(ctx.destroy, 0, 20_000) for _ in range(2)]
            for ender in enders:
                ender.result()
            assert {user.result() for user in users} <= {*ENDED, zmqx.EAGAIN}
            read += reader.result()
    assert read
