"""One publisher, eight subscribers over tcp: deliveries per second, of all of them together.

The subscribers are in one process. A program may read them with a thread for each, or with one loop around a
Poller; both are measured, because the libraries differ in what suits them.
"""

from __future__ import annotations

from functools import partial
from threading import Thread
from time import perf_counter
from typing import Any

from ..case import PYTHON_HALF, PYZMQ, ZMQX, Case, Contender, Measure, Sample, Settings
from ..child import Link
from ..processes import Child, address
from .sockets import endpoint_of

RATE = Measure("rate", "deliveries/s", more_is_better=True, title="deliveries/s")

SUBSCRIBERS = 8
_BODY = bytes(100)
#: Messages that are published in a sample, by the shape of the receiving program.
_COUNTS = {"threads": 150_000, "poller": 80_000}


def cases(settings: Settings) -> list[Case]:
    """Both shapes."""
    if "tcp" not in settings.transports:
        return []
    return [
        Case(
            subject="fanout",
            name=f"PUB to {SUBSCRIBERS} SUB tcp, {shape}",
            measures=(RATE,),
            contenders=(ZMQX, PYTHON_HALF, PYZMQ),
            sample=partial(_sample, shape, settings.amount(count, least=20)),
        )
        for shape, count in _COUNTS.items()
    ]


def _sample(shape: str, count: int, contender: Contender) -> Sample:
    warm = max(10, count // 20)
    with (
        address("tcp") as bind,
        Child("fanout:publish", contender, bind=bind, count=count, warm=warm) as publisher,
        Child("fanout:subscribe", contender, shape=shape, count=count, warm=warm) as subscribers,
    ):
        subscribers.tell(endpoint=publisher.hear()["endpoint"])
        subscribers.hear()
        publisher.tell(go=True)
        answer = subscribers.hear()
        publisher.tell(done=True)
    return {"rate": answer["rate"]}


# -- what the processes do


def publish(link: Link, zmq: Any, *, bind: str, count: int, warm: int) -> None:
    """The process with the publisher: an XPUB, which is a PUB that can tell when everybody has subscribed."""
    context = zmq.Context()
    sock = context.socket(zmq.XPUB)
    # Nothing may be dropped; and each of the equal subscriptions is to be heard of.
    sock.setsockopt(zmq.SNDHWM, 0)
    sock.setsockopt(zmq.XPUB_VERBOSE, 1)
    sock.bind(bind)
    link.tell(endpoint=endpoint_of(zmq, sock))
    for _ in range(SUBSCRIBERS):
        sock.recv()
    send = sock.send
    for _ in range(warm):
        send(_BODY)
    link.hear()
    for _ in range(count + 1):
        send(_BODY)
    link.hear()
    context.destroy(linger=0)


def subscribe(link: Link, zmq: Any, *, shape: str, count: int, warm: int) -> None:
    """The process with the subscribers."""
    endpoint = link.hear()["endpoint"]
    context = zmq.Context()
    socks = [context.socket(zmq.SUB) for _ in range(SUBSCRIBERS)]
    for sock in socks:
        sock.setsockopt(zmq.RCVHWM, 0)
        sock.setsockopt(zmq.SUBSCRIBE, b"")
        sock.connect(endpoint)
    collect = {"threads": _with_threads, "poller": _with_poller}[shape]
    collect(zmq, socks, warm)
    link.tell(warm=True)
    # The first of each is not counted, as with one receiver.
    link.tell(rate=count * len(socks) / collect(zmq, socks, count + 1))
    context.destroy(linger=0)


def _with_threads(zmq: Any, socks: list[Any], count: int) -> float:
    """Receive ``count`` messages from each, in a thread for each; seconds from the first of all to the last."""
    times: list[tuple[float, float]] = []

    def collect(sock: Any) -> None:
        recv = sock.recv
        recv()
        start = perf_counter()
        for _ in range(count - 1):
            recv()
        times.append((start, perf_counter()))

    workers = [Thread(target=collect, args=(sock,)) for sock in socks]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(end for _, end in times) - min(start for start, _ in times)


def _with_poller(zmq: Any, socks: list[Any], count: int) -> float:
    """The same in one loop that empties whichever socket is ready."""
    poller = zmq.Poller()
    for sock in socks:
        poller.register(sock, zmq.POLLIN)
    left = count * len(socks)
    dontwait, again = zmq.DONTWAIT, zmq.Again
    start = 0.0
    while left:
        for sock, _ in poller.poll():
            start = start or perf_counter()
            recv = sock.recv
            try:
                while True:
                    recv(dontwait)
                    left -= 1
            except again:
                pass
    return perf_counter() - start
