"""A storm: threads that do anything to any of some sockets, and an account of every message.

Who sends notes what was sent, who receives what came; after the storm the rest is read, and the books must agree.
"""

from __future__ import annotations

import faulthandler
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import zmqx

from .callers import Caller

# ms that one call of a storm waits: everybody does something else soon.
SHORT = 20


class Group:
    """Sockets that talk: every message of the senders comes to one receiver, or to each of them."""

    def __init__(self, name: str, senders: list[Any], receivers: list[Any], *, each: bool = False) -> None:
        self.name = name
        self.senders = senders
        self.receivers = receivers
        self.each = each
        self.to: list[bytes] = []  # a ROUTER's frame before the message
        self.addressed = False  # and of what it receives
        self.sent: set[bytes] = set()
        self.got: dict[Any, Counter[bytes]] = {receiver: Counter() for receiver in receivers}

    def note(self, receiver: Any, message: list[bytes]) -> None:
        """A message came, whole."""
        frames = message[1:] if self.addressed else message
        assert len(set(frames)) == 1, f"{self.name}: frames of several messages: {message}"
        self.got[receiver][frames[0]] += 1

    @property
    def complete(self) -> bool:
        """Whether everything has come."""
        expected = len(self.sent) * (len(self.receivers) if self.each else 1)
        return sum(map(len, self.got.values())) >= expected

    def check(self) -> None:
        """Raise unless every message came, once."""
        counts = list(self.got.values())
        for count in counts if self.each else [sum(counts, Counter())]:
            twice = [name for name, times in count.items() if times > 1]
            assert not twice, f"{self.name}: twice: {twice[:5]}"
            assert count.keys() <= self.sent, f"{self.name}: never sent: {list(count.keys() - self.sent)[:5]}"
            lost = self.sent - count.keys()
            assert not lost, f"{self.name}: {len(lost)} of {len(self.sent)} lost: {sorted(lost)[:5]}"


class Storm:
    """See the module."""

    def __init__(self, groups: list[Group], seed: int) -> None:
        self.groups = groups
        self._seed = seed
        self._stop = threading.Event()
        self.calls: Counter[str] = Counter()
        self._sockets = sorted({one for group in groups for one in group.senders + group.receivers}, key=id)

    def rage(self, threads: int, seconds: float) -> None:
        """Let so many threads do what they like, for so long; then read the rest and check."""
        callers = [Caller(self._do_anything, thread) for thread in range(threads)]
        self._stop.wait(seconds)
        self._stop.set()
        for caller in callers:
            self.calls.update(caller.result(60))
        deadline = monotonic() + 60
        for group in self.groups:
            while not group.complete and monotonic() < deadline:
                for receiver in group.receivers:
                    self._drain(group, receiver)
            group.check()

    def _drain(self, group: Group, receiver: Any) -> None:
        try:
            group.note(receiver, receiver.recv_multipart(timeout=SHORT))
        except zmqx.Again:
            pass

    def told(self) -> str:
        """What happened, in figures."""
        messages = ", ".join(f"{group.name} {len(group.sent)}" for group in self.groups)
        calls = ", ".join(f"{name} {count}" for name, count in self.calls.most_common())
        return f"seed {self._seed}; messages: {messages}; calls: {calls}"

    # -- one thread

    def _do_anything(self, thread: int) -> Counter[str]:
        chance = random.Random(self._seed * 1000 + thread)
        calls: Counter[str] = Counter()
        serial = 0
        doings = (self._receive, self._receive_many, self._poll, self._look, self._set, self._flush, self._watch)
        while not self._stop.is_set():
            group = chance.choice(self.groups)
            try:
                if chance.random() < 0.45:
                    serial += 1
                    self._send(group, chance, b"%d:%d" % (thread, serial))
                    calls["send"] += 1
                    continue
                doing = chance.choices(doings, (30, 8, 4, 6, 3, 2, 1))[0]
                doing(group, chance)
                calls[doing.__name__.strip("_")] += 1
            except zmqx.Again:
                calls["again"] += 1
        return calls

    def _send(self, group: Group, chance: random.Random, name: bytes) -> None:
        socket = chance.choice(group.senders)
        kind = chance.randrange(4)
        if kind == 0 and not group.to:
            socket.send(name, timeout=SHORT)
        elif kind == 1 and not group.to:
            count = socket.send_many([name + b".%d" % part for part in range(5)], timeout=SHORT)
            group.sent.update([name + b".%d" % part for part in range(count)])
            return
        elif kind == 2:
            self._send_by_frames(group, socket, name)
            return
        else:
            socket.send_multipart([*group.to, *[name] * chance.randrange(1, 4)], timeout=SHORT)
        group.sent.add(name)

    def _send_by_frames(self, group: Group, socket: Any, name: bytes) -> None:
        """A message that is begun is finished, however long that takes."""
        for frame in [*group.to, name]:
            socket.send(frame, zmqx.SNDMORE, timeout=SHORT)
        while True:
            try:
                socket.send(name, timeout=SHORT)
            except zmqx.Again:
                # Nobody else may read any more: make room ourselves.
                for receiver in group.receivers:
                    self._drain(group, receiver)
                continue
            group.sent.add(name)
            return

    def _receive(self, group: Group, chance: random.Random) -> None:
        socket = chance.choice(group.receivers)
        kind = chance.randrange(4)
        if kind == 0:
            message = socket.recv_multipart(zmqx.DONTWAIT)
        elif kind == 1:
            message = [socket.recv(timeout=SHORT)]
            while socket.rcvmore:
                message.append(socket.recv(zmqx.DONTWAIT))
        elif kind == 2:
            message = [frame.bytes for frame in socket.recv_multipart(copy=False, timeout=SHORT)]
        else:
            message = socket.recv_multipart(timeout=SHORT)
        group.note(socket, message)

    def _receive_many(self, group: Group, chance: random.Random) -> None:
        socket = chance.choice(group.receivers)
        for message in socket.recv_many(chance.randrange(1, 50), timeout=SHORT):
            group.note(socket, message)

    def _poll(self, group: Group, chance: random.Random) -> None:
        socket = chance.choice(group.senders + group.receivers)
        socket.poll(chance.randrange(SHORT), chance.choice([zmqx.POLLIN, zmqx.POLLOUT, zmqx.POLLIN | zmqx.POLLOUT]))

    def _look(self, group: Group, chance: random.Random) -> None:
        socket = chance.choice(self._sockets)
        for look in chance.choices(
            [socket.stats, socket.peers, lambda: socket.events, lambda: socket.last_endpoint, lambda: repr(socket),
             lambda: socket.getsockopt(zmqx.EVENTS), lambda: socket.wait_connected(1, SHORT)], k=3
        ):  # fmt: skip
            look()

    def _set(self, group: Group, chance: random.Random) -> None:
        if group.each:
            return  # a publisher drops what goes over the mark
        socket = chance.choice(group.senders + group.receivers)
        socket.sndhwm = chance.choice([1, 10, 100, 1000])
        socket.rcvhwm = chance.choice([1, 10, 100, 1000])
        socket.sndtimeo = chance.choice([0, SHORT])

    def _flush(self, group: Group, chance: random.Random) -> None:
        chance.choice(group.senders).flush(chance.randrange(SHORT))

    def _watch(self, group: Group, chance: random.Random) -> None:
        events = chance.choice(self._sockets).events(limit=3)
        try:
            events.recv(timeout=chance.randrange(SHORT))
        finally:
            events.close()


def eight_sockets(make: Callable[..., Any], endpoint_of: Callable[[str], str]) -> list[Group]:
    """Pairs of different types over different transports; ``make`` makes a socket."""

    def pair(left: int, right: int, transport: str, **options: Any) -> tuple[Any, Any]:
        ends = make(left, **options), make(right, **options)
        ends[1].connect(ends[0].bind(endpoint_of(transport)))
        for end in ends:
            end.wait_connected(timeout=10_000)
        return ends

    pull, push = pair(zmqx.PULL, zmqx.PUSH, "tcp", sndhwm=100, rcvhwm=100)
    left, right = pair(zmqx.PAIR, zmqx.PAIR, "inproc", sndhwm=100, rcvhwm=100)
    sub, pub = make(zmqx.SUB, rcvhwm=0), make(zmqx.PUB, sndhwm=0)
    sub.subscribe(b"")
    sub.connect(pub.bind(endpoint_of("ipc")))
    pub.wait_for_subscribers(b"", 1, 10_000)
    router, dealer = make(zmqx.ROUTER, router_mandatory=1), make(zmqx.DEALER, routing_id=b"dealer")
    dealer.connect(router.bind(endpoint_of("tcp")))
    for end in (router, dealer):
        end.wait_connected(timeout=10_000)
    to_dealer, to_router = Group("router-dealer", [router], [dealer]), Group("dealer-router", [dealer], [router])
    to_dealer.to = [b"dealer"]
    to_router.addressed = True
    return [
        Group("push-pull", [push], [pull]),
        Group("pair-there", [left], [right]),
        Group("pair-back", [right], [left]),
        Group("pub-sub", [pub], [sub], each=True),
        to_dealer,
        to_router,
    ]


@contextmanager
def hurried(interval: float = 1e-5, deadline: float = 55) -> Iterator[None]:
    """Threads change places all the time; who hangs is shown where it hangs."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(interval)
    faulthandler.dump_traceback_later(deadline, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        sys.setswitchinterval(before)
