"""REQ to REP and back: how long one question takes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from threading import Event, Thread
from time import perf_counter_ns
from typing import Any

from .. import plain
from ..case import NOBODY, PLAIN, PYTHON_HALF, PYZMQ, ZMQX, Case, Contender, Measure, Sample, Settings
from ..child import Link
from ..figures import percentile
from ..machine import usable_processors
from ..processes import Child, address
from .sockets import endpoint_of

MEDIAN = Measure("median", "us", more_is_better=False, title="median, us")
P99 = Measure("p99", "us", more_is_better=False, title="99th percentile, us")

_CALLS = 8_000
_BODY = bytes(16)


def cases(settings: Settings) -> list[Case]:
    """Every transport while the machine has nothing else to do; tcp also while it has, and with waits that sleep at
    once instead of looking for the answer first (which only ours do)."""
    calls = settings.amount(_CALLS, least=20)
    made = []
    for transport in settings.transports:
        ways = {"": partial(_sample, transport, calls)}
        if transport == "tcp":
            ways[", asleep"] = partial(_sample, transport, calls, spin=False)
            ways[", busy machine"] = partial(_sample_busy, transport, calls)
        for way, sample in ways.items():
            made.append(
                Case(
                    subject="latency",
                    name=f"REQ/REP {transport}{way}",
                    measures=(MEDIAN, P99),
                    contenders=(ZMQX, PYZMQ) if transport == "inproc" else (ZMQX, PYTHON_HALF, PYZMQ, PLAIN),
                    sample=sample,
                )
            )
    return made


def _sample_busy(transport: str, calls: int, contender: Contender) -> Sample:
    """As ``_sample``, with all processors but one kept busy by others."""
    with ExitStack() as others:
        burners = [others.enter_context(Child("latency:burn", NOBODY)) for _ in range(max(1, usable_processors() - 1))]
        for burner in burners:
            burner.hear()
        figures = _sample(transport, calls, contender)
        for burner in burners:
            burner.tell(done=True)
    return figures


def _sample(transport: str, calls: int, contender: Contender, *, spin: bool = True) -> Sample:
    common: dict[str, Any] = {"calls": calls, "warm": max(10, calls // 10)}
    if contender.ours and not spin:
        common["spin"] = 0
    if transport == "inproc":
        with Child("latency:threads", contender, **common) as both:
            return _figures(both.hear())
    kind = "plain_" if contender.module is None else ""
    with (
        address(transport) as bind,
        Child(f"latency:{kind}reply", contender, bind=bind, **common) as server,
        Child(f"latency:{kind}ask", contender, **common) as client,
    ):
        client.tell(endpoint=server.hear()["endpoint"])
        figures = _figures(client.hear())
        server.tell(done=True)
    return figures


def _figures(answer: dict[str, Any]) -> Sample:
    return {"median": answer["median"], "p99": answer["p99"]}


# -- what the processes do


def _clock(call: Callable[[], Any], warm: int, calls: int) -> Sample:
    """Median and 99th percentile of so many calls, in microseconds."""
    for _ in range(warm):
        call()
    times = []
    for _ in range(calls):
        start = perf_counter_ns()
        call()
        times.append(perf_counter_ns() - start)
    return {"median": percentile(times, 0.5) / 1000, "p99": percentile(times, 0.99) / 1000}


def _question(sock: Any) -> Callable[[], None]:
    send, recv = sock.send, sock.recv

    def call() -> None:
        send(_BODY)
        recv()

    return call


def _serve(sock: Any, count: int) -> None:
    send, recv = sock.send, sock.recv
    for _ in range(count):
        send(recv())


def reply(link: Link, zmq: Any, *, bind: str, calls: int, warm: int, **options: Any) -> None:
    """The process with the REP."""
    context = zmq.Context()
    sock = context.socket(zmq.REP, **options)
    sock.bind(bind)
    link.tell(endpoint=endpoint_of(zmq, sock))
    _serve(sock, warm + calls)
    # The last reply may still be on its way: whoever asked says when it is there.
    link.hear()
    context.destroy(linger=0)


def ask(link: Link, zmq: Any, *, calls: int, warm: int, **options: Any) -> None:
    """The process with the REQ, and the clock."""
    context = zmq.Context()
    sock = context.socket(zmq.REQ, **options)
    sock.connect(link.hear()["endpoint"])
    link.tell(**_clock(_question(sock), warm, calls))
    context.destroy(linger=0)


def threads(link: Link, zmq: Any, *, calls: int, warm: int) -> None:
    """The process with both, the REP in a thread of its own."""
    context = zmq.Context()
    server, client = context.socket(zmq.REP), context.socket(zmq.REQ)
    server.bind("inproc://bench")
    client.connect("inproc://bench")
    serving = Thread(target=_serve, args=(server, warm + calls))
    serving.start()
    link.tell(**_clock(_question(client), warm, calls))
    serving.join()
    context.destroy(linger=0)


def plain_reply(link: Link, _: None, *, bind: str, calls: int, warm: int) -> None:
    """As ``reply``, with a plain socket: what comes goes back."""
    listener, endpoint = plain.listen(bind)
    link.tell(endpoint=endpoint)
    with listener, plain.accept(listener) as sock:
        plain.send_at_once(sock)
        recv, sendall = sock.recv, sock.sendall
        while body := recv(4096):
            sendall(body)


def plain_ask(link: Link, _: None, *, calls: int, warm: int) -> None:
    """As ``ask``, with a plain socket."""
    with plain.connect(link.hear()["endpoint"]) as sock:
        plain.send_at_once(sock)
        recv, sendall = sock.recv, sock.sendall

        def call() -> None:
            sendall(_BODY)
            if len(recv(4096)) < len(_BODY):
                raise RuntimeError("an answer came in pieces")

        link.tell(**_clock(call, warm, calls))


def burn(link: Link, _: None) -> None:
    """A process that has nothing to do with it, and computes until it is told to stop."""
    told = Event()

    def listen() -> None:
        try:
            link.hear()
        finally:
            told.set()

    listener = Thread(target=listen)
    listener.start()
    link.tell(burning=True)
    while not told.is_set():
        sum(range(1000))
    listener.join()
