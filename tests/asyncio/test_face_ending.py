"""Closing wakes who waits, what was sent arrives, and nothing complains."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from ..support.callers import Caller
from .conftest import Joiner, Runner
from .steps import outcome, steps, waiting


def waits_of(pull: zmqx.asyncio.Socket, push: zmqx.asyncio.Socket) -> list[asyncio.Future[Any]]:
    """Every kind of wait, of sockets without peers."""
    pollers = [zmqx.asyncio.Poller() for _ in range(2)]
    pollers[0].register(pull, zmqx.POLLIN)
    pollers[1].register(push, zmqx.POLLOUT)
    return [
        pull.recv(), pull.recv(), pull.recv_multipart(), pull.recv_many(), pull.recv_json(), pull.poll(),
        pull.wait_connected(), push.send(b""), push.send_multipart([b"", b""]), push.send_many([b"", b""]),
        push.poll(flags=zmqx.POLLOUT), pollers[0].poll(), pollers[1].poll(), pull.recv(timeout=60_000),
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["close", "term", "destroy"])
def test_closing_wakes_everybody_with_a_clean_error(run: Runner, ctx: zmqx.asyncio.Context, how: str) -> None:
    async def main() -> None:
        pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
        for socket in (pull, push):
            socket.bind("tcp://127.0.0.1:*")
        tasks = [await waiting(outcome(wait)) for wait in waits_of(pull, push)]
        await steps()
        ending = None
        if how == "term":
            ending = Caller(ctx.term)
        elif how == "destroy":
            ctx.destroy(linger=0)
        else:
            for socket in (pull, push):
                socket.close()
        ends = await asyncio.gather(*tasks)
        if how == "destroy":
            assert set(ends) <= {zmqx.ENOTSOCK, zmqx.ETERM}
        else:
            assert ends == [zmqx.ETERM if how == "term" else zmqx.ENOTSOCK] * len(tasks)
        assert await outcome(pull.recv()) == ends[0]
        assert await outcome(push.send(b"")) == ends[0]
        for socket in (pull, push):
            socket.close()
        if ending is not None:
            await asyncio.get_running_loop().run_in_executor(None, ending.result)

    run(main)


@pytest.mark.parametrize("from_thread", [False, True])
def test_nobody_complains_of_waits_that_nobody_awaited(
    run: Runner, ctx: zmqx.asyncio.Context, from_thread: bool
) -> None:
    async def main() -> None:
        pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
        for socket in (pull, push):
            socket.bind("tcp://127.0.0.1:*")
        waits_of(pull, push)
        pull.events().recv()
        await steps()
        for socket in (pull, push):
            if from_thread:
                await asyncio.get_running_loop().run_in_executor(None, socket.close)
            else:
                socket.close()
        await steps()

    run(main)


def test_waits_under_way_when_the_loop_ends_leave_nothing(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
        for socket in (pull, push):
            socket.bind("tcp://127.0.0.1:*")
        for wait in waits_of(pull, push):
            await waiting(wait)

    run(main)


def test_iteration_ends_with_the_socket(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp")
        for number in range(5):
            push.send_multipart([b"%d" % number, b"x"])
        got = []
        async for frames in pull:
            got.append(frames)
            if len(got) == 5:
                asyncio.get_running_loop().call_soon(pull.close)
        assert got == [[b"%d" % number, b"x"] for number in range(5)]

    run(main)


def test_leaving_a_block_closes(run: Runner, endpoint_of: Callable[[str], str]) -> None:
    async def main() -> None:
        async with zmqx.asyncio.Context() as ctx:
            async with ctx.socket(zmqx.PUSH) as push:
                push.bind(endpoint_of("tcp"))
            assert push.closed
            left = ctx.socket(zmqx.PULL)
            left.bind(endpoint_of("tcp"))
            task = await waiting(outcome(left.recv()))
        assert left.closed
        assert ctx.closed
        assert await task in (zmqx.ENOTSOCK, zmqx.ETERM)

    run(main)


def test_leaving_a_context_waits_without_blocking_the_loop(run: Runner, endpoint_of: Callable[[str], str]) -> None:
    """The receiver lives on the same loop, and takes its time."""
    count, body = 300, b"x" * 20_000

    async def main() -> None:
        other = zmqx.asyncio.Context()
        pull = other.socket(zmqx.PULL, rcvhwm=1)
        endpoint = pull.bind(endpoint_of("tcp"))

        async def receive() -> int:
            return sum([len(await pull.recv(timeout=5000)) == len(body) for _ in range(count)])

        async with zmqx.asyncio.Context() as ctx:
            push = ctx.socket(zmqx.PUSH, sndhwm=0)
            push.connect(endpoint)
            for _ in range(count):
                push.send(body)
            receiving = asyncio.create_task(receive())
        assert await receiving == count
        other.destroy(linger=0)

    run(main, debug=False)


ENDS = ["close", "close after the loop", "destroy", "close and term", "async with", "dropped"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(("count", "size"), [(1, 1), (100, 100_000)])
def test_what_was_sent_arrives_however_it_ends(run: Runner, end: str, count: int, size: int) -> None:
    async def main() -> Any:
        push = ctx.socket(zmqx.PUSH, sndhwm=0)
        push.connect(endpoint)
        for _ in range(count):
            push.send(b"x" * size)
        if end.startswith("close") and end != "close after the loop":
            push.close()
        if end == "close and term":
            ctx.term()
        if end == "destroy":
            ctx.destroy()
        if end == "async with":
            async with ctx:
                pass
        return push if end == "close after the loop" else None

    other, ctx = zmqx.Context(), zmqx.asyncio.Context()
    try:
        pull = other.socket(zmqx.PULL, rcvhwm=0)
        endpoint = pull.bind("tcp://127.0.0.1:*")
        receiver = Caller(lambda: [len(pull.recv(timeout=10_000)) for _ in range(count)])
        kept = run(main, debug=False)
        if kept is not None:
            kept.close()
        assert receiver.result() == [size] * count
        ctx.term(timeout=10_000)
    finally:
        ctx.destroy(linger=0, timeout=10_000)
        other.destroy(linger=0, timeout=10_000)


def test_linger_0_drops_and_linger_ends(run: Runner) -> None:
    async def main() -> None:
        for linger, why in ((0, zmqx.Drop.CLOSED), (30, zmqx.Drop.EXPIRED)):
            ctx = zmqx.asyncio.Context()
            push = ctx.socket(zmqx.PUSH, linger=linger)
            push.connect("tcp://127.0.0.1:9")
            push.send(b"x")
            push.close()
            ctx.term(timeout=5000)
            assert push.stats().dropped == {why: 1}

    run(main)


_PROGRAM = """
import asyncio, sys, zmqx, zmqx.asyncio
ctx = zmqx.asyncio.Context()
push = ctx.socket(zmqx.PUSH, sndhwm=0)
async def main():
    push.connect(sys.argv[1])
    for _ in range(200):
        await push.send(b"x" * 100_000)
asyncio.run(main())
"""


def test_the_end_of_the_interpreter_flushes() -> None:
    """As for blocking sockets: what is unsent has a moment to leave."""
    ctx = zmqx.Context()
    try:
        pull = ctx.socket(zmqx.PULL, rcvhwm=0)
        endpoint = pull.bind("tcp://127.0.0.1:*")
        receiver = Caller(lambda: [len(pull.recv(timeout=3000)) for _ in range(200)])
        ended = subprocess.run([sys.executable, "-c", _PROGRAM, endpoint], timeout=30, capture_output=True, check=True)
        assert len(receiver.result()) == 200
        assert not ended.stderr
    finally:
        ctx.destroy(linger=0)
