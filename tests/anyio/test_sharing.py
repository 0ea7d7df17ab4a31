"""One context, several faces, threads, runs; and peers that are not ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import anyio
import pytest

import zmqx
import zmqx.anyio
import zmqx.asyncio

from ..support.callers import PATIENCE, Caller
from ..support.judge import Judge
from .conftest import Joiner, Run, outcome, settled

IN_TIME = 5000
MESSAGES = 200


def _blocking_echo(context: zmqx.Context, endpoint: str) -> int:
    """Answers until it hears nothing more; how often it answered."""
    with context.socket(zmqx.REP) as rep:
        rep.bind(endpoint)
        count = 0
        while (request := rep.recv_multipart(timeout=IN_TIME)) != [b"end"]:
            rep.send_multipart(request)
            count += 1
        rep.send(b"")
        return count


async def _asyncio_echo(context: zmqx.asyncio.Context, endpoint: str) -> int:
    async with context.socket(zmqx.REP) as rep:
        rep.bind(endpoint)
        count = 0
        while (request := await rep.recv_multipart(timeout=IN_TIME)) != [b"end"]:
            await rep.send_multipart(request)
            count += 1
        await rep.send(b"")
        return count


async def _ask(ctx: zmqx.anyio.Context, endpoint: str) -> None:
    async with ctx.socket(zmqx.REQ) as req:
        req.connect(endpoint)
        for number in range(MESSAGES):
            await req.send_multipart([b"%d" % number, b"more"])
            assert await req.recv_multipart(timeout=IN_TIME) == [b"%d" % number, b"more"]
        await req.send(b"end")
        await req.recv(timeout=IN_TIME)


@pytest.mark.parametrize("face", [zmqx, zmqx.asyncio], ids=["blocking", "asyncio"])
@pytest.mark.parametrize("shadow", ["theirs", "ours"])
@pytest.mark.parametrize("transport", ["inproc", "ipc"])
def test_a_context_is_shared_with_another_face(
    run: Run, endpoint_of: Callable[[str], str], face: Any, shadow: str, transport: str
) -> None:
    """A thread of its own for the other face."""
    endpoint = endpoint_of(transport)
    first = (zmqx.anyio if shadow == "theirs" else face).Context()
    second = (face if shadow == "theirs" else zmqx.anyio).Context(shadow=first)
    ours, theirs = (first, second) if shadow == "theirs" else (second, first)
    try:
        if face is zmqx:
            other = Caller(_blocking_echo, theirs, endpoint)
        else:
            other = Caller(lambda: asyncio.run(_asyncio_echo(theirs, endpoint)))
        run(_ask, ours, endpoint)
        assert other.result() == MESSAGES
    finally:
        first.destroy(linger=0, timeout=10_000)
    assert second.closed


@pytest.mark.parametrize("backend", ["asyncio"])
@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_both_faces_in_one_loop(run: Run, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        shared = zmqx.asyncio.Context(shadow=joiner.ctx)
        rep = joiner.socket(zmqx.REP)
        async with shared.socket(zmqx.REQ) as req:
            req.connect(rep.bind(joiner.endpoint_of(transport)))
            for number in range(MESSAGES):
                answer = req.recv if number % 2 else req.recv_multipart
                await req.send(b"%d" % number)
                await rep.send(await rep.recv(timeout=IN_TIME))
                assert await answer(timeout=IN_TIME) in (b"%d" % number, [b"%d" % number])

    run(main)


def test_the_end_of_the_blocking_context_ends_our_waits(run: Run) -> None:
    blocking = zmqx.Context()

    async def main() -> int:
        found = []

        async def wait() -> None:
            async with zmqx.anyio.Context.shadow(blocking).socket(zmqx.PULL) as pull:
                found.append(await outcome(pull.recv))

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await settled()
            term = Caller(blocking.term, 10_000)
        term.result()
        return found[0]

    assert run(main) == zmqx.ETERM


def test_a_thread_wakes_a_task_and_a_task_a_thread(run: Run, ctx: zmqx.anyio.Context) -> None:
    """Whoever is asleep, over inproc, where nothing but the signal wakes."""
    theirs = zmqx.Context(shadow=ctx).socket(zmqx.PAIR)
    theirs.bind("inproc://wake")

    def echo() -> None:
        for _ in range(MESSAGES):
            theirs.send(theirs.recv(timeout=IN_TIME))

    async def main() -> None:
        async with ctx.socket(zmqx.PAIR) as pair:
            pair.connect("inproc://wake")
            for number in range(MESSAGES):
                await pair.send(b"%d" % number)
                assert await pair.recv(timeout=IN_TIME) == b"%d" % number

    with theirs:
        other = Caller(echo)
        run(main)
        other.result()


async def _talk(ctx: zmqx.anyio.Context, endpoint: str) -> None:
    async with ctx.socket(zmqx.PULL) as pull, ctx.socket(zmqx.PUSH) as push:
        push.connect(pull.bind(endpoint))
        async with anyio.create_task_group() as group:
            group.start_soon(push.send, b"hello")
            assert await pull.recv(timeout=IN_TIME) == b"hello"


@pytest.mark.parametrize("order", [["asyncio", "asyncio"], ["trio", "trio"], ["asyncio", "trio", "asyncio"]])
@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_context_serves_one_run_after_another(
    ctx: zmqx.anyio.Context, endpoint_of: Callable[[str], str], order: list[str], transport: str
) -> None:
    for backend in order:
        anyio.run(_talk, ctx, endpoint_of(transport), backend=backend)


@pytest.mark.parametrize("order", [["asyncio", "asyncio"], ["trio", "trio"], ["asyncio", "trio"], ["trio", "asyncio"]])
@pytest.mark.parametrize("made", ["outside", "inside"])
def test_a_socket_serves_one_run_after_another(ctx: zmqx.anyio.Context, order: list[str], made: str) -> None:
    """Also where it was made with no loop running, and where it had to wait."""
    sockets: list[zmqx.anyio.Socket] = []

    def make() -> None:
        sockets.extend([ctx.socket(zmqx.PAIR), ctx.socket(zmqx.PAIR)])
        sockets[1].connect(sockets[0].bind("inproc://both"))

    async def use() -> None:
        if not sockets:
            make()
        left, right = sockets

        async def answer() -> None:
            await right.send(await right.recv(timeout=IN_TIME))

        async with anyio.create_task_group() as group:
            group.start_soon(answer)
            await settled()
            await left.send(b"hello")
            assert await left.recv(timeout=IN_TIME) == b"hello"

    if made == "outside":
        make()
    for backend in order:
        anyio.run(use, backend=backend)


GUEST = """
import asyncio
import anyio, trio, zmqx, zmqx.anyio

async def talk(ctx):
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    for _ in range(20):
        async with anyio.create_task_group() as group:
            group.start_soon(push.send_multipart, [b"a", b"b"])
            assert await pull.recv(timeout=5000) == b"a"
        assert pull.rcvmore
        assert await pull.recv() == b"b"
        await push.send(b"c", zmqx.SNDMORE)
        await push.send(b"d")
        assert await pull.recv_multipart(timeout=5000) == [b"c", b"d"]

async def main():
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    with zmqx.anyio.Context() as ctx:
        trio.lowlevel.start_guest_run(
            talk, ctx, run_sync_soon_threadsafe=loop.call_soon_threadsafe, done_callback=ended.set_result
        )
        try:
            await talk(ctx)
        finally:
            (await ended).unwrap()

asyncio.run(main())
"""


def test_asyncio_tasks_beside_a_trio_guest() -> None:
    """Where trio is a guest of asyncio, both run in one thread, and each task has its own library.

    In a process of its own: the thread that trio makes for that stays a while."""
    program = subprocess.run(
        [sys.executable, "-c", GUEST], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (program.returncode, program.stderr) == (0, "")


def test_libzmq_understands_us(run: Run, joiner: Joiner, judge: Judge) -> None:
    messages = [[b"%d" % number, b"x" * number] for number in range(MESSAGES)]

    async def main() -> None:
        pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
        theirs_in, theirs_out = judge.socket("PULL"), judge.socket("PUSH")
        theirs_out.connect(pull.bind("tcp://127.0.0.1:*"))
        push.connect(theirs_in.bind("tcp://127.0.0.1:*"))
        for message in messages:
            await push.send_multipart(message, timeout=IN_TIME)
        assert theirs_in.recv_all(MESSAGES) == messages
        theirs_out.send_all(messages)
        assert [await pull.recv_multipart(timeout=IN_TIME) for _ in messages] == messages

    run(main)


def test_libzmq_asks_and_answers(run: Run, joiner: Joiner, judge: Judge) -> None:
    async def main() -> None:
        router, dealer = joiner.socket(zmqx.ROUTER), joiner.socket(zmqx.DEALER, routing_id=b"us")
        theirs_req, theirs_router = judge.socket("REQ", routing_id=b"them"), judge.socket("ROUTER")
        theirs_req.connect(router.bind("tcp://127.0.0.1:*"))
        dealer.connect(theirs_router.bind("tcp://127.0.0.1:*"))
        for question in (b"a", b"b", b"c"):
            theirs_req.send_multipart([question])
            assert await router.recv_multipart(timeout=IN_TIME) == [b"them", b"", question]
            await router.send_multipart([b"them", b"", question.upper()])
            assert theirs_req.recv_multipart() == [question.upper()]
            await dealer.send(question)
            assert theirs_router.recv_multipart() == [b"us", question]
            theirs_router.send_multipart([b"us", question, question])
            assert await dealer.recv_multipart(timeout=IN_TIME) == [question] * 2

    run(main)


def test_libzmq_subscribes_and_publishes(run: Run, joiner: Joiner, judge: Judge) -> None:
    async def main() -> None:
        xpub, sub = joiner.socket(zmqx.XPUB), joiner.socket(zmqx.SUB)
        theirs_in, theirs_out = judge.socket("SUB"), judge.socket("XPUB")
        theirs_in.subscribe(b"b")
        sub.subscribe(b"b")
        theirs_in.connect(xpub.bind("tcp://127.0.0.1:*"))
        sub.connect(theirs_out.bind("tcp://127.0.0.1:*"))
        assert await xpub.recv(timeout=IN_TIME) == b"\x01b"
        assert theirs_out.recv_multipart() == [b"\x01b"]
        for body in (b"a1", b"b1", b"c1", b"b2"):
            await xpub.send(body)
            theirs_out.send_multipart([body])
        assert theirs_in.recv_all(2) == [[b"b1"], [b"b2"]]
        assert [await sub.recv(timeout=IN_TIME) for _ in range(2)] == [b"b1", b"b2"]

    run(main)
