"""asyncio: the same questions on an event loop, to zmqx.asyncio, to zmq.asyncio, and to pyzmq's blocking sockets."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from importlib.util import find_spec
from time import perf_counter, perf_counter_ns
from typing import Any

from ..case import PYZMQ, Case, Contender, Sample, Settings
from ..child import Link
from ..figures import percentile
from ..machine import allow_descriptors
from ..processes import Child, address
from . import latency, throughput
from .latency import MEDIAN, P99
from .sockets import endpoint_of
from .throughput import RATE

ZMQX_AIO = Contender("zmqx.asyncio", "zmqx.asyncio", ours=True)
ZMQ_AIO = Contender("zmq.asyncio", "zmq.asyncio", rival=True)

_SIZE = 16
_SECONDS = 0.6
_WARM = 3_000
_MOST = 3_000_000
_CALLS = 3_000
_CLIENTS = 1_000
_REQUESTS = 8  # of each client


def cases(settings: Settings) -> list[Case]:
    """One size, over tcp, on the loop of the standard library and on uvloop."""
    made = []
    for loop in ("asyncio", "uvloop"):
        on = "" if loop == "asyncio" else ", uvloop"
        obstacle = "" if find_spec(loop) else f"{loop} is not installed"
        make = partial(Case, subject="asyncio", obstacle=obstacle)
        made.append(
            make(
                name=f"asyncio PUSH/PULL tcp 16 B{on}",
                measures=(RATE,),
                contenders=(ZMQX_AIO, ZMQ_AIO, PYZMQ),
                sample=partial(_sample_rate, loop, settings.scale),
            )
        )
        made.append(
            make(
                name=f"asyncio REQ/REP tcp{on}",
                measures=(MEDIAN, P99),
                contenders=(ZMQX_AIO, ZMQ_AIO),
                sample=partial(_sample_latency, loop, settings.amount(_CALLS, least=20)),
            )
        )
    clients = settings.amount(_CLIENTS, least=10) if settings.scale < 1 else _CLIENTS
    made.append(
        Case(
            subject="asyncio",
            name="asyncio 1,000 REQ clients on one loop tcp",
            measures=(RATE,),
            contenders=(ZMQX_AIO, ZMQ_AIO),
            sample=partial(_sample_clients, clients),
        )
    )
    return made


def _sample_rate(loop: str, scale: float, contender: Contender) -> Sample:
    if contender is PYZMQ:
        return throughput._sample("tcp", _SIZE, scale, contender)
    common = {"loop": loop, "warm": max(10, round(_WARM * min(scale, 1.0))), "seconds": _SECONDS * scale}
    with (
        address("tcp") as bind,
        Child("aio:receive", contender, bind=bind, **common) as receiver,
        Child("aio:send", contender, **common) as sender,
    ):
        sender.tell(endpoint=receiver.hear()["endpoint"])
        sender.tell(count=receiver.hear()["count"])
        answer = receiver.hear()
        sender.tell(done=True)
    return {"rate": answer["rate"], "messages": answer["messages"]}


def _sample_latency(loop: str, calls: int, contender: Contender) -> Sample:
    common = {"loop": loop, "calls": calls, "warm": max(10, calls // 10)}
    with (
        address("tcp") as bind,
        Child("aio:reply", contender, bind=bind, **common) as server,
        Child("aio:ask", contender, **common) as client,
    ):
        client.tell(endpoint=server.hear()["endpoint"])
        answer = client.hear()
        server.tell(done=True)
    return {"median": answer["median"], "p99": answer["p99"]}


def _sample_clients(clients: int, contender: Contender) -> Sample:
    with (
        address("tcp") as bind,
        Child("aio:route", contender, bind=bind) as server,
        Child("aio:crowd", contender, clients=clients, requests=_REQUESTS) as crowd,
    ):
        crowd.tell(endpoint=server.hear()["endpoint"])
        answer = crowd.hear()
        server.tell(done=True)
    return {"rate": answer["rate"]}


# -- what the processes do


def _names(module: Any) -> Any:
    """The package with the constants of an asyncio module."""
    return importlib.import_module(module.__name__.partition(".")[0])


def _run(loop: str, main: Coroutine[Any, Any, None]) -> None:
    if loop == "uvloop":
        asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())
    asyncio.run(main)


async def _hear(link: Link) -> dict[str, Any]:
    return await asyncio.get_running_loop().run_in_executor(None, link.hear)


async def _rate(recv: Callable[[], Awaitable[Any]], count: int) -> float:
    """Messages per second from the first, which is not counted, to the last."""
    await recv()
    start = perf_counter()
    for _ in range(count):
        await recv()
    return count / (perf_counter() - start)


def receive(link: Link, module: Any, *, loop: str, bind: str, warm: int, seconds: float) -> None:
    """The process with the PULL."""
    zmq = _names(module)

    async def main() -> None:
        context = module.Context()
        sock = context.socket(zmq.PULL)
        sock.bind(bind)
        link.tell(endpoint=endpoint_of(zmq, sock))
        count = round(min(_MOST, max(warm, await _rate(sock.recv, warm) * seconds)))
        link.tell(count=count)
        link.tell(rate=await _rate(sock.recv, count), messages=count)
        context.destroy(linger=0)

    _run(loop, main())


def send(link: Link, module: Any, *, loop: str, warm: int, seconds: float) -> None:
    """The process with the PUSH."""
    zmq = _names(module)

    async def main() -> None:
        context = module.Context()
        sock = context.socket(zmq.PUSH)
        sock.connect((await _hear(link))["endpoint"])
        message = bytes(_SIZE)
        for _ in range(warm + 1):
            await sock.send(message)
        for _ in range((await _hear(link))["count"] + 1):
            await sock.send(message)
        # Closing would drop what is still on its way: whoever receives says when all is there.
        await _hear(link)
        context.destroy(linger=0)

    _run(loop, main())


def reply(link: Link, module: Any, *, loop: str, bind: str, calls: int, warm: int) -> None:
    """The process with the REP."""
    zmq = _names(module)

    async def main() -> None:
        context = module.Context()
        sock = context.socket(zmq.REP)
        sock.bind(bind)
        link.tell(endpoint=endpoint_of(zmq, sock))
        for _ in range(warm + calls):
            await sock.send(await sock.recv())
        await _hear(link)
        context.destroy(linger=0)

    _run(loop, main())


def ask(link: Link, module: Any, *, loop: str, calls: int, warm: int) -> None:
    """The process with the REQ, and the clock."""
    zmq = _names(module)

    async def main() -> None:
        context = module.Context()
        sock = context.socket(zmq.REQ)
        sock.connect((await _hear(link))["endpoint"])
        times = []
        for _ in range(warm + calls):
            start = perf_counter_ns()
            await sock.send(latency._BODY)
            await sock.recv()
            times.append(perf_counter_ns() - start)
        del times[:warm]
        link.tell(median=percentile(times, 0.5) / 1000, p99=percentile(times, 0.99) / 1000)
        context.destroy(linger=0)

    _run(loop, main())


def route(link: Link, module: Any, *, bind: str) -> None:
    """The process with the ROUTER: every request is its reply."""
    zmq = _names(module)
    allow_descriptors()

    async def main() -> None:
        context = module.Context()
        sock = context.socket(zmq.ROUTER)
        sock.setsockopt(zmq.BACKLOG, 2 * _CLIENTS)
        sock.bind(bind)
        link.tell(endpoint=endpoint_of(zmq, sock))

        async def serve() -> None:
            while True:
                await sock.send_multipart(await sock.recv_multipart())

        serving = asyncio.ensure_future(serve())
        await _hear(link)
        serving.cancel()
        context.destroy(linger=0)

    _run("asyncio", main())


def crowd(link: Link, module: Any, *, clients: int, requests: int) -> None:
    """The process with the REQs, all on one loop; the clock begins when each has had an answer."""
    zmq = _names(module)
    allow_descriptors()

    async def main() -> None:
        context = module.Context()
        context.set(zmq.MAX_SOCKETS, 2 * clients)
        endpoint = (await _hear(link))["endpoint"]
        socks = [context.socket(zmq.REQ) for _ in range(clients)]
        for sock in socks:
            sock.connect(endpoint)

        async def talk(sock: Any, count: int) -> None:
            for _ in range(count):
                await sock.send(latency._BODY)
                await sock.recv()

        await asyncio.gather(*[talk(sock, 1) for sock in socks])
        start = perf_counter()
        await asyncio.gather(*[talk(sock, requests) for sock in socks])
        link.tell(rate=clients * requests / (perf_counter() - start))
        context.destroy(linger=0)

    _run("asyncio", main())
