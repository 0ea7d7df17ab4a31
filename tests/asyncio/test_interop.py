"""With libzmq: blocking and asyncio pyzmq in another process, whichever side binds."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import zmqx
import zmqx.asyncio

from ..support.bodies import fill
from ..support.judge import Judge
from .conftest import Runner

_ROOT = Path(__file__).parents[2]

SHAPES = [[b"one"], [b""], [b"", b"x" * 300], [fill(100_000), b"", b"y"]]

pytestmark = [
    pytest.mark.parametrize("transport", ["tcp", "ipc"]),
    pytest.mark.parametrize("we_bind", [True, False], ids=["we-bind", "they-bind"]),
]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("PUSH", "PULL"), ("REQ", "REP"), ("DEALER", "ROUTER"), ("PAIR", "PAIR"), ("XPUB", "SUB"), ("DEALER", "DEALER")],
)
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_with_blocking_pyzmq(
    run: Runner,
    ctx: zmqx.asyncio.Context,
    judge: Judge,
    endpoint_of: Callable[[str], str],
    transport: str,
    we_bind: bool,
    ours: str,
    theirs: str,
    turned: bool,
) -> None:
    if turned:
        ours, theirs = theirs, ours

    async def main() -> None:
        socket = ctx.socket(zmqx.SocketType[ours])
        other = judge.socket(theirs)
        if ours == "SUB":
            socket.subscribe(b"")
        if theirs == "SUB":
            other.subscribe(b"")
        if we_bind:
            other.connect(socket.bind(endpoint_of(transport)))
        else:
            socket.connect(other.bind(endpoint_of(transport)))

        loop = asyncio.get_running_loop()

        async def theirs_does(call: Callable[..., object], *args: object) -> object:
            return await loop.run_in_executor(None, call, *args)

        if ours in ("SUB", "PULL", "REP", "ROUTER"):
            if theirs == "XPUB":
                assert await theirs_does(other.recv_multipart) == [b"\1"]
            for shape in SHAPES:
                wait = socket.recv_multipart(timeout=10_000)
                await theirs_does(other.send_multipart, shape)
                got = await wait
                assert got[-len(shape) :] == shape
                if ours in ("REP", "ROUTER"):
                    await socket.send_multipart(got)
                    assert await theirs_does(other.recv_multipart) == shape
            return
        if ours == "XPUB":
            while not await socket.poll(20):
                await theirs_does(other.poll)  # libzmq sends its subscriptions when it is called
            assert await socket.recv(timeout=10_000) == b"\1"
        for shape in SHAPES:
            await socket.send_multipart(shape)
            got = await theirs_does(other.recv_multipart)
            assert isinstance(got, list)
            assert got[-len(shape) :] == shape
            if theirs in ("REP", "ROUTER", "PAIR", "DEALER"):
                await theirs_does(other.send_multipart, got)
                assert await socket.recv_multipart(timeout=10_000) == shape

    run(main, debug=False)
    # The thread that waited for the process on the loop's behalf tells the loop first, and ends then.
    for thread in threading.enumerate():
        if thread.name.startswith("asyncio-waitpid"):
            thread.join(10)


def test_with_asyncio_pyzmq(
    run: Runner, ctx: zmqx.asyncio.Context, endpoint_of: Callable[[str], str], transport: str, we_bind: bool
) -> None:
    """All messages are on their way at once."""
    count = 1000

    async def main() -> None:
        socket = ctx.socket(zmqx.DEALER)
        endpoint = socket.bind(endpoint_of(transport)) if we_bind else endpoint_of(transport)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", f"{__package__}.pyzmq_program", endpoint, "connect" if we_bind else "bind", str(count)),
            stdout=asyncio.subprocess.PIPE,
            cwd=_ROOT,
        )
        assert process.stdout is not None
        endpoint = (await process.stdout.readline()).decode().strip()
        if not we_bind:
            socket.connect(endpoint)

        async def send() -> None:
            for number in range(count):
                await socket.send_multipart([b"%d" % number, b"x" * (number % 500)])

        sending = asyncio.create_task(send())
        got = [await socket.recv_multipart(timeout=10_000) for _ in range(count)]
        await sending
        assert got == [[b"%d" % number, b"x" * (number % 500)] for number in range(count)]
        assert await process.wait() == 0

    run(main, debug=False)
    # The thread that waited for the process on the loop's behalf tells the loop first, and ends then.
    for thread in threading.enumerate():
        if thread.name.startswith("asyncio-waitpid"):
            thread.join(10)
