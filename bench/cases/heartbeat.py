"""A PING to a process whose application computes in Python all the time: how long until the PONG."""

from __future__ import annotations

import socket
from functools import partial
from threading import Event, Thread
from time import perf_counter_ns
from typing import Any

from ..case import PYTHON_HALF, PYZMQ, ZMQX, Case, Contender, Measure, Sample, Settings
from ..child import Link
from ..figures import percentile
from ..processes import Child
from .sockets import endpoint_of

MEDIAN = Measure("median", "ms", more_is_better=False, title="median, ms")
P99 = Measure("p99", "ms", more_is_better=False, title="99th percentile, ms")

_PINGS = 60
_PAUSE = 0.02  # seconds between two: the process has to be computing, not answering

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01NULL" + bytes(16 + 32)
_READY = b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"
_PING = b"\x04\x0b\x04PING\x00\x00abcd"


def cases(settings: Settings) -> list[Case]:
    """One."""
    return [
        Case(
            subject="heartbeat",
            name="answer to a PING beside a thread that computes",
            measures=(MEDIAN, P99),
            contenders=(ZMQX, PYTHON_HALF, PYZMQ),
            sample=partial(_sample, settings.amount(_PINGS, least=3)),
        )
    ]


def _sample(pings: int, contender: Contender) -> Sample:
    with Child("heartbeat:compute", contender) as process:
        host, _, port = process.hear()["endpoint"].removeprefix("tcp://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as line:
            line.sendall(_GREETING)
            _exactly(line, len(_GREETING))
            line.sendall(_READY)
            _frame(line)
            process.tell(begin=True)
            process.hear()
            times = [_ask(line) for _ in range(pings)]
        process.tell(done=True)
    return {"median": percentile(times, 0.5), "p99": percentile(times, 0.99)}


def _ask(line: socket.socket) -> float:
    """Milliseconds from a PING to its PONG."""
    Event().wait(_PAUSE)
    start = perf_counter_ns()
    line.sendall(_PING)
    _frame(line)
    return (perf_counter_ns() - start) / 1e6


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise ConnectionError("the process has closed the connection")
        data += more
    return data


def _frame(line: socket.socket) -> bytes:
    return _exactly(line, _exactly(line, 2)[1])


def compute(link: Link, zmq: Any) -> None:
    """The process: a PULL that nobody reads from, and a main thread that never waits."""
    context = zmq.Context()
    sock = context.socket(zmq.PULL)
    sock.bind("tcp://127.0.0.1:*")
    link.tell(endpoint=endpoint_of(zmq, sock))
    link.hear()
    told = Event()
    listener = Thread(target=lambda: (link.hear(), told.set()))
    listener.start()
    link.tell(computing=True)
    while not told.is_set():
        for number in range(10_000):
            number * number
    listener.join()
    context.destroy(linger=0)
