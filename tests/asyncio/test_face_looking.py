"""Poll, pollers, events and the proxy, on a loop; and sockets of both faces in one context."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest

import zmqx
import zmqx.asyncio

from ..support.callers import Caller
from .conftest import Joiner, Runner
from .steps import drained, steps, waiting


@pytest.fixture
def blocking(ctx: zmqx.asyncio.Context) -> zmqx.Context:
    """A blocking context that shares ``ctx``."""
    return zmqx.Context(shadow=ctx)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_poll_says_what_a_socket_is_ready_for(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        assert await a.poll(5) == 0
        assert await a.poll(5, zmqx.POLLOUT) == zmqx.POLLOUT
        tasks = [await waiting(a.poll()) for _ in range(3)]
        b.send(b"x")
        assert await asyncio.gather(*tasks) == [zmqx.POLLIN] * 3
        assert await a.poll(flags=zmqx.POLLIN | zmqx.POLLOUT) == zmqx.POLLIN | zmqx.POLLOUT
        assert await a.recv() == b"x"

    run(main)


def test_a_poller_holds_sockets_and_descriptors(run: Runner, joiner: Joiner, pipe: tuple[int, int]) -> None:
    read, write = pipe

    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, "tcp")
        poller, other = zmqx.asyncio.Poller(), zmqx.asyncio.Poller()
        for one in (poller, other):
            one.register(a, zmqx.POLLIN)
            one.register(read, zmqx.POLLIN)
        assert await poller.poll(5) == []
        tasks = [await waiting(one.poll(5000)) for one in (poller, other)]
        await steps()
        os.write(write, b"x")
        assert await asyncio.gather(*tasks) == [[(read, zmqx.POLLIN)]] * 2
        os.read(read, 1)
        tasks = [await waiting(one.poll(5000)) for one in (poller, other)]
        b.send(b"x")
        assert await asyncio.gather(*tasks) == [[(a, zmqx.POLLIN)]] * 2
        poller.unregister(a)
        poller.register(write, zmqx.POLLOUT)
        assert await poller.poll() == [(write, zmqx.POLLOUT)]

    run(main)


def test_a_poller_of_the_loop_holds_blocking_sockets(
    run: Runner, ctx: zmqx.asyncio.Context, blocking: zmqx.Context
) -> None:
    async def main() -> None:
        pull, push = blocking.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        poller = zmqx.asyncio.Poller()
        poller.register(pull, zmqx.POLLIN)
        task = await waiting(poller.poll(5000))
        push.send(b"x")
        assert await task == [(pull, zmqx.POLLIN)]
        assert pull.recv() == b"x"

    run(main)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_plain_poller_holds_sockets_of_the_loop(
    run: Runner, joiner: Joiner, blocking: zmqx.Context, transport: str
) -> None:
    """In a thread beside the loop, and in the loop's own, which it blocks."""

    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        poller = zmqx.Poller()
        poller.register(a, zmqx.POLLIN)
        poll = asyncio.get_running_loop().run_in_executor(None, poller.poll, 5000)
        await b.send(b"1")
        assert await poll == [(a, zmqx.POLLIN)]
        assert await a.recv() == b"1"
        await b.send(b"2")
        assert poller.poll(5000) == [(a, zmqx.POLLIN)]
        assert await a.recv() == b"2"
        assert poller.poll(0) == []

    run(main)


def test_wait_connected_counts_peers(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        pull = ctx.socket(zmqx.PULL)
        endpoint = pull.bind("tcp://127.0.0.1:*")
        assert await pull.wait_connected(0) == 0
        task = await waiting(pull.wait_connected(3, timeout=5000))
        for _ in range(3):
            ctx.socket(zmqx.PUSH).connect(endpoint)
            await steps()
        pushes = [ctx.socket(zmqx.PUSH) for _ in range(3)]
        for push in pushes:
            push.connect(endpoint)
        assert await task >= 3

    run(main)


def test_events_tell_what_happens(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
        seen = []
        async with pull.events() as events:
            first = await waiting(events.recv())
            push.connect(pull.bind("tcp://127.0.0.1:*"))
            seen.append((await first).kind)
            async for event in events:
                seen.append(event.kind)
                if event.kind == zmqx.Event.HANDSHAKE_SUCCEEDED:
                    break
            assert seen == [zmqx.Event.LISTENING, zmqx.Event.ACCEPTED, zmqx.Event.HANDSHAKE_SUCCEEDED]
            with pytest.raises(zmqx.Again):
                await events.recv(timeout=5)
            push.close()
            assert (await events.recv(timeout=5000)).kind == zmqx.Event.DISCONNECTED
            last = await waiting(events.recv())
            pull.close()
            assert [event.kind async for event in events] in ([], [zmqx.Event.CLOSED])
            assert await last is None or (await last).kind == zmqx.Event.CLOSED

    run(main)


def test_a_proxy_passes_on_until_it_is_cancelled(run: Runner, joiner: Joiner, ctx: zmqx.asyncio.Context) -> None:
    """Clients, proxy, workers on one loop; the proxy is cancelled again and again, and nothing is lost."""

    async def main() -> None:
        client, front = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp", sndhwm=10, rcvhwm=10)
        back, worker = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp", sndhwm=10, rcvhwm=10)
        capture, watcher = await joiner.pair(zmqx.PUSH, zmqx.PULL, "inproc", sndhwm=0, rcvhwm=0)
        bodies = [b"%d" % number for number in range(500)]

        async def send() -> None:
            for body in bodies:
                await client.send(body)

        async def receive() -> list[bytes]:
            return [await worker.recv(timeout=5000) for _ in bodies]

        sending, receiving = asyncio.create_task(send()), asyncio.create_task(receive())
        while not receiving.done():
            proxy = asyncio.create_task(zmqx.asyncio.proxy(front, back, capture))
            await steps(7)
            proxy.cancel()
            with pytest.raises(asyncio.CancelledError):
                await proxy
        await sending
        assert await receiving == bodies
        assert await drained(watcher) == [[body] for body in bodies]

    run(main, debug=False)


def test_a_proxy_ends_with_its_socket(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        front, back = joiner.ctx.socket(zmqx.ROUTER), joiner.ctx.socket(zmqx.DEALER)
        for socket in (front, back):
            socket.bind("tcp://127.0.0.1:*")
        proxy = asyncio.create_task(zmqx.asyncio.proxy(front, back))
        await steps()
        back.close()
        with pytest.raises(zmqx.ZMQError) as caught:
            await asyncio.wait_for(proxy, 5)
        assert caught.value.errno == zmqx.ENOTSOCK
        with pytest.raises(zmqx.ZMQError) as caught:
            await zmqx.asyncio.proxy(front, front, joiner.ctx.socket(zmqx.PULL))
        assert caught.value.errno == zmqx.ENOTSUP

    run(main)


def test_shadows_share_a_context(ctx: zmqx.asyncio.Context) -> None:
    plain = zmqx.Context(shadow=ctx)
    for shadow in (plain, zmqx.Context.shadow(ctx), zmqx.asyncio.Context.shadow(plain)):
        assert shadow.core is ctx.core
        shadow.max_sockets = 7
        assert ctx.max_sockets == 7
        del shadow
    assert not ctx.closed


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
@pytest.mark.parametrize("debug", [True, False])
def test_a_thread_and_a_task_talk(
    run: Runner,
    ctx: zmqx.asyncio.Context,
    blocking: zmqx.Context,
    endpoint_of: Callable[[str], str],
    transport: str,
    debug: bool,
) -> None:
    """Each waits for the other at every step: one lost wake-up would stop both."""
    count = 2000
    plain = blocking.socket(zmqx.DEALER)
    endpoint = plain.bind(endpoint_of(transport))

    def echo() -> None:
        for _ in range(count):
            plain.send_multipart(plain.recv_multipart(timeout=5000))

    async def main() -> None:
        socket = ctx.socket(zmqx.DEALER)
        socket.connect(endpoint)
        echoing = Caller(echo)
        for number in range(count):
            body = b"%d" % number
            await socket.send(body)
            receive = (socket.recv, socket.recv_multipart, socket.recv_string)[number % 3]
            assert await receive(timeout=5000 if number % 2 else None) == (body, [body], body.decode())[number % 3]
        await asyncio.get_running_loop().run_in_executor(None, echoing.result)

    run(main, debug=debug)


def test_a_flood_leaves_the_loop_to_others(run: Runner, joiner: Joiner) -> None:
    """Whoever receives, sends or iterates without ever having to wait gives way all the same."""

    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, sndhwm=0, rcvhwm=0)
        for work in (send, receive, iterate):
            turns = 0
            task = asyncio.create_task(work(push, pull))
            while not task.done():
                turns += 1
                await asyncio.sleep(0)
            await task
            assert turns >= 5, work

    async def send(push: zmqx.asyncio.Socket, pull: zmqx.asyncio.Socket) -> None:
        for _ in range(10_000):
            await push.send(b"x")

    async def receive(push: zmqx.asyncio.Socket, pull: zmqx.asyncio.Socket) -> None:
        for _ in range(5000):
            await pull.recv()

    async def iterate(push: zmqx.asyncio.Socket, pull: zmqx.asyncio.Socket) -> None:
        count = 0
        async for _ in pull:
            count += 1
            if count == 5000:
                return

    run(main, debug=False)


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
def test_a_slow_receiver_holds_the_sender_back(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, transport, sndhwm=5, rcvhwm=5)
        if transport != "inproc":
            push.sndbuf = pull.rcvbuf = 4096
        body, sent = b"x" * 200_000, 0
        while (send := push.send(body)).done():
            sent += 1
            await steps()
            assert sent < 100
        assert (await asyncio.wait([send], timeout=0.02))[1] == {send}
        for _ in range(sent + 1):
            assert await pull.recv(timeout=5000) == body
        await asyncio.wait_for(send, 5)

    run(main, debug=False)
