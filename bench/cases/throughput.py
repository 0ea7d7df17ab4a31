"""PUSH to PULL: messages per second, as the receiver counts them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from time import perf_counter
from typing import Any

from .. import plain
from ..case import KIB, MIB, PLAIN, PYTHON_HALF, PYZMQ, ZMQX, Case, Contender, Measure, Sample, Settings, size_text
from ..child import Link
from ..processes import Child, address
from .sockets import endpoint_of

RATE = Measure("rate", "messages/s", more_is_better=True, title="messages/s")

#: Seconds that a sample is meant to take. How many messages that is, the warm-up tells, for each contender by itself:
#: between two threads one library hands over what the other copies, and no number would suit both.
_SECONDS = 0.6
#: Messages of the warm-up, by size: they have every buffer, thread and code path in use once.
_WARM = {16: 20_000, KIB: 10_000, 64 * KIB: 1_000, MIB: 100}
_MOST = 3_000_000

# The queues hold so much at most, or 1000 messages, which is ZeroMQ's usual mark. Without it some thousand messages
# of 1 MiB would be in memory at a time, and the memory would be measured.
_QUEUED = 64 * MIB


def cases(settings: Settings) -> list[Case]:
    """Every transport with every size."""
    return [
        Case(
            subject="throughput",
            name=f"PUSH/PULL {transport} {size_text(size)}",
            measures=(RATE,),
            contenders=(ZMQX, PYTHON_HALF, PYZMQ) if transport == "inproc" else (ZMQX, PYTHON_HALF, PYZMQ, PLAIN),
            sample=partial(_sample, transport, size, settings.scale),
        )
        for transport in settings.transports
        for size in settings.sizes
    ]


def _sample(transport: str, size: int, scale: float, contender: Contender) -> Sample:
    usual = next((count for known, count in sorted(_WARM.items()) if size <= known), 10)
    common = {
        "size": size,
        "warm": max(10, round(usual * min(scale, 1.0))),
        "seconds": _SECONDS * scale,
        "mark": max(1, min(1000, _QUEUED // size)),
    }
    if transport == "inproc":
        with Child("throughput:threads", contender, **common) as both:
            return _figures(both.hear())
    kind = "plain_" if contender.module is None else ""
    with (
        address(transport) as bind,
        Child(f"throughput:{kind}receive", contender, bind=bind, **common) as receiver,
        Child(f"throughput:{kind}send", contender, **common) as sender,
    ):
        sender.tell(endpoint=receiver.hear()["endpoint"])
        sender.tell(count=receiver.hear()["count"])
        figures = _figures(receiver.hear())
        sender.tell(done=True)
    return figures


def _figures(answer: dict[str, Any]) -> Sample:
    return {"rate": answer["rate"], "messages": answer["messages"]}


# -- what the processes do


def _burst(send: Callable[[bytes], Any], message: bytes, count: int) -> None:
    for _ in range(count):
        send(message)


def _rate(recv: Callable[[], Any], count: int) -> float:
    """Messages per second from the first, which is not counted, to the last."""
    recv()
    start = perf_counter()
    for _ in range(count):
        recv()
    return count / (perf_counter() - start)


def _take(recv: Callable[[], Any], warm: int, seconds: float, chosen: Callable[[int], None]) -> Sample:
    """Receive the warm-up, tell ``chosen`` how many messages are to come, and clock them.

    The sender waits for that number: when the clock starts, nothing is queued.
    """
    count = round(min(_MOST, max(warm, _rate(recv, warm) * seconds)))
    chosen(count)
    return {"rate": _rate(recv, count), "messages": count}


def receive(link: Link, zmq: Any, *, bind: str, size: int, warm: int, seconds: float, mark: int) -> None:
    """The process with the PULL."""
    context = zmq.Context()
    sock = context.socket(zmq.PULL)
    sock.setsockopt(zmq.RCVHWM, mark)
    sock.bind(bind)
    link.tell(endpoint=endpoint_of(zmq, sock))
    link.tell(**_take(sock.recv, warm, seconds, lambda count: link.tell(count=count)))
    context.destroy(linger=0)


def send(link: Link, zmq: Any, *, size: int, warm: int, seconds: float, mark: int) -> None:
    """The process with the PUSH."""
    context = zmq.Context()
    sock = context.socket(zmq.PUSH)
    sock.setsockopt(zmq.SNDHWM, mark)
    sock.connect(link.hear()["endpoint"])
    message = bytes(size)
    _burst(sock.send, message, warm + 1)
    _burst(sock.send, message, link.hear()["count"] + 1)
    # Closing would drop what is still on its way: whoever receives says when all is there.
    link.hear()
    context.destroy(linger=0)


def threads(link: Link, zmq: Any, *, size: int, warm: int, seconds: float, mark: int) -> None:
    """The process with both, the PUSH in a thread of its own."""
    context = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.setsockopt(zmq.RCVHWM, mark)
    push.setsockopt(zmq.SNDHWM, mark)
    pull.bind("inproc://bench")
    push.connect("inproc://bench")
    counts: SimpleQueue[int] = SimpleQueue()

    def feed() -> None:
        message = bytes(size)
        _burst(push.send, message, warm + 1)
        _burst(push.send, message, counts.get() + 1)

    feeder = Thread(target=feed)
    feeder.start()
    link.tell(**_take(pull.recv, warm, seconds, counts.put))
    feeder.join()
    context.destroy(linger=0)


def plain_receive(link: Link, _: None, *, bind: str, size: int, warm: int, seconds: float, mark: int) -> None:
    """As ``receive``, with a plain socket."""
    listener, endpoint = plain.listen(bind)
    link.tell(endpoint=endpoint)
    with listener, plain.accept(listener) as sock:
        recv, close = plain.receiver(sock)
        link.tell(**_take(recv, warm, seconds, lambda count: link.tell(count=count)))
        close()


def plain_send(link: Link, _: None, *, size: int, warm: int, seconds: float, mark: int) -> None:
    """As ``send``, with a plain socket."""
    with plain.connect(link.hear()["endpoint"]) as sock:
        message = plain.packet(bytes(size))
        _burst(sock.sendall, message, warm + 1)
        _burst(sock.sendall, message, link.hear()["count"] + 1)
        link.hear()
