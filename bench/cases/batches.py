"""PUSH to PULL by the thousand, with send_many and recv_many; pyzmq, which has neither, goes one by one."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any

from ..case import PYTHON_HALF, PYZMQ, ZMQX, Case, Contender, Sample, Settings
from ..child import Link
from ..processes import Child, address
from .sockets import endpoint_of
from .throughput import RATE

_AT_ONCE = 1000
_SIZE = 16
_COUNT = 4_000_000


def cases(settings: Settings) -> list[Case]:
    """One size, over tcp."""
    return [
        Case(
            subject="batches",
            name="PUSH/PULL tcp 16 B, by the thousand",
            measures=(RATE,),
            contenders=(ZMQX, PYTHON_HALF, PYZMQ),
            sample=partial(_sample, settings.amount(_COUNT, least=3 * _AT_ONCE)),
        )
    ]


def _sample(count: int, contender: Contender) -> Sample:
    batches = count // _AT_ONCE if contender.ours else 0
    common = {"batches": batches, "count": count if batches else count // 4}
    with (
        address("tcp") as bind,
        Child("batches:receive", contender, bind=bind, **common) as receiver,
        Child("batches:send", contender, **common) as sender,
    ):
        sender.tell(endpoint=receiver.hear()["endpoint"])
        answer = receiver.hear()
        sender.tell(done=True)
    return {"rate": answer["rate"]}


def receive(link: Link, zmq: Any, *, bind: str, batches: int, count: int) -> None:
    """The process with the PULL. The clock begins with the first message."""
    context = zmq.Context()
    sock = context.socket(zmq.PULL)
    sock.bind(bind)
    link.tell(endpoint=endpoint_of(zmq, sock))
    sock.recv()
    start = perf_counter()
    got = 0
    if batches:
        while got < count:
            got += len(sock.recv_many(_AT_ONCE, bare=True))
    else:
        for _ in range(count):
            sock.recv()
        got = count
    link.tell(rate=got / (perf_counter() - start))
    context.destroy(linger=0)


def send(link: Link, zmq: Any, *, batches: int, count: int) -> None:
    """The process with the PUSH."""
    context = zmq.Context()
    sock = context.socket(zmq.PUSH)
    sock.connect(link.hear()["endpoint"])
    message = bytes(_SIZE)
    sock.send(message)
    if batches:
        batch = [message] * _AT_ONCE
        for _ in range(batches):
            sock.send_many(batch)
    else:
        for _ in range(count):
            sock.send(message)
    link.hear()
    context.destroy(linger=0)
