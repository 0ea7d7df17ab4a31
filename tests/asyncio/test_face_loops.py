"""Which loop a socket belongs to: the first that awaits it, in whatever order loops come and go."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable

import pytest

import zmqx
import zmqx.asyncio

from ..support.callers import Caller, until
from .conftest import Joiner, Runner
from .steps import awaited


@pytest.fixture
def blind() -> Runner:
    return Runner("blind")


def test_another_loop_is_told_whose_socket_it_is(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    pull.bind("tcp://127.0.0.1:*")

    async def first() -> None:
        wait = pull.recv()
        other = Caller(run, second)
        await asyncio.get_running_loop().run_in_executor(None, other.result)
        assert not wait.done()
        wait.cancel()

    async def second() -> None:
        events = pull.events()
        for call in (pull.recv, pull.recv_multipart, pull.recv_many, pull.poll, pull.wait_connected, events.recv):
            with pytest.raises(RuntimeError, match="another event loop"):
                call()
        poller = zmqx.asyncio.Poller()
        poller.register(pull)
        with pytest.raises(RuntimeError, match="another event loop"):
            poller.poll()
        with pytest.raises(RuntimeError, match="another event loop"):
            await zmqx.asyncio.proxy(pull, pull)

    run(first)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_one_context_serves_run_after_run(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, transport)
        await push.send(b"x")
        assert await pull.recv(timeout=5000) == b"x"
        for socket in (push, pull):
            socket.close()

    for _ in range(3):
        run(main)


def test_loops_that_are_over_keep_no_descriptors(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp")
        await push.send(b"x")
        await pull.recv(timeout=5000)
        for socket in (push, pull):
            socket.close()

    run(main)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        run(main)
    until(lambda: len(os.listdir("/proc/self/fd")) <= before)  # a farewell may take a moment


def test_sockets_closed_before_any_loop_keep_no_descriptors(ctx: zmqx.asyncio.Context) -> None:
    def use() -> None:
        socket = ctx.socket(zmqx.PULL)
        socket.bind("tcp://127.0.0.1:*")
        socket.close()

    use()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        use()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
def test_sockets_joined_before_any_loop_runs(
    run: Runner, ctx: zmqx.asyncio.Context, endpoint_of: Callable[[str], str], transport: str
) -> None:
    push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
    pull.connect(push.bind(endpoint_of(transport)))

    async def main() -> None:
        await push.send(b"x", timeout=3000)
        assert await pull.recv(timeout=5000) == b"x"

    run(main)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_socket_moves_on_when_its_loop_is_over(run: Runner, joiner: Joiner, transport: str) -> None:
    async def first() -> tuple[zmqx.asyncio.Socket, zmqx.asyncio.Socket]:
        sockets = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        await sockets[0].send(b"before")
        sockets[1].poll()  # still waits when the loop ends
        await sockets[1].recv(timeout=5000)
        sockets[1].recv()
        sockets[0].send(b"between")
        return sockets

    async def second() -> None:
        assert await asyncio.wait_for(b.recv(timeout=5000), 6) in (b"between", b"after 0")
        for number in range(20):
            await a.send(b"after %d" % number)
            await b.recv(timeout=5000)

    a, b = run(first)
    run(lambda: awaited_send(a))
    run(second)


async def awaited_send(socket: zmqx.asyncio.Socket) -> None:
    await socket.send(b"after 0")


def test_what_is_sent_in_the_last_step_of_a_loop_leaves_with_the_next(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    other = zmqx.Context()
    pull = other.socket(zmqx.PULL)
    push = ctx.socket(zmqx.PUSH)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    loop = run.new_loop()
    loop.run_until_complete(awaited_connection(push))

    def last() -> None:
        loop.stop()
        for number in range(3):
            push.send(b"%d" % number)

    async def again() -> None:
        push.send(b"3")
        await asyncio.get_running_loop().run_in_executor(None, receive)

    def receive() -> None:
        got.extend(pull.recv(timeout=3000) for _ in range(4))

    got: list[bytes] = []
    try:
        loop.call_soon(last)
        loop.run_forever()
        loop.close()
        run(again)
        assert got == [b"0", b"1", b"2", b"3"]
    finally:
        other.destroy(linger=0)


async def awaited_connection(socket: zmqx.asyncio.Socket) -> None:
    await socket.wait_connected(timeout=5000)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_loops_in_several_threads_share_a_context(
    run: Runner, ctx: zmqx.asyncio.Context, endpoint_of: Callable[[str], str], transport: str
) -> None:
    """A ring: each thread passes on what it gets to the next."""
    count, rounds = 3, 200
    pulls = [ctx.socket(zmqx.PULL) for _ in range(count)]
    ends = [pull.bind(endpoint_of(transport)) for pull in pulls]

    async def station(number: int) -> bytes:
        push = ctx.socket(zmqx.PUSH)
        push.connect(ends[(number + 1) % count])
        if number == 0:
            await push.send(b"0")
        message = b""
        for _ in range(rounds):
            message = await pulls[number].recv(timeout=10_000)
            await push.send(b"%d" % (int(message) + 1))
        return message

    callers = [Caller(run, lambda number=number: station(number), debug=False) for number in range(count)]
    assert sorted(int(caller.result()) for caller in callers) == list(range(count * (rounds - 1), count * rounds))


def test_a_loop_that_cannot_watch_descriptors_is_served(blind: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.DEALER, zmqx.DEALER, "tcp")
        for number in range(300):
            wait = a.recv(timeout=5000)
            await b.send(b"%d" % number)
            assert await wait == b"%d" % number
        waits = [a.recv() for _ in range(3)]
        a.close()
        ends = await asyncio.gather(*waits, return_exceptions=True)
        assert [end.errno for end in ends] == [zmqx.ENOTSOCK] * 3  # type: ignore[union-attr]  # errors

    blind(main)
    blind.check()


def test_the_context_keeps_few_timers_for_such_a_loop(blind: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, "tcp", heartbeat_ivl=60_000)
        for _ in range(100):
            await b.send(b"")
            await a.recv(timeout=5000)
        assert len(joiner.ctx.core.reactor()._timers.heap) < 20

    blind(main)
    blind.check()


def test_a_descriptor_that_the_loop_cannot_watch_is_told_and_not_kept(blind: Runner, ctx: zmqx.asyncio.Context) -> None:
    read, write = os.pipe()
    poller = zmqx.asyncio.Poller()
    poller.register(read, zmqx.POLLIN)

    async def main() -> None:
        before = len(os.listdir("/proc/self/fd"))
        with pytest.raises(NotImplementedError):
            await poller.poll(1000)
        assert len(os.listdir("/proc/self/fd")) == before

    try:
        blind(main)
    finally:
        os.close(read)
        os.close(write)


def test_futures_are_settled_in_the_thread_of_the_loop(
    run: Runner, joiner: Joiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other threads may use the socket's options meanwhile."""
    settle = zmqx.asyncio.futures.Pending.set_result
    threads = set()

    def spy(self: asyncio.Future[object], result: object) -> None:
        threads.add(threading.get_ident())
        settle(self, result)

    monkeypatch.setattr(zmqx.asyncio.futures.Pending, "set_result", spy)
    over = threading.Event()

    async def main() -> None:
        a, b = await joiner.pair(zmqx.DEALER, zmqx.DEALER, "tcp")

        def ask() -> None:
            while not over.is_set():
                a.getsockopt(zmqx.RCVHWM)

        other = threading.Thread(target=ask)
        other.start()
        try:
            for _ in range(500):
                future = a.recv(timeout=5000)
                await b.send(b"x")
                assert await future == b"x"
        finally:
            over.set()
            other.join()
        assert threads == {threading.get_ident()}

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # between a change and the free guard there is little time
    try:
        run(main, debug=False)
    finally:
        sys.setswitchinterval(interval)


def test_a_socket_used_in_callbacks_without_a_task(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        got: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()

        def send() -> None:
            b.send(b"1", zmqx.SNDMORE)
            b.send(b"2")
            asyncio.get_running_loop().call_soon(receive)

        def receive() -> None:
            got.set_result([a.recv().result(), a.recv().result()])

        asyncio.get_running_loop().call_soon(send)
        assert await awaited(got) == [b"1", b"2"]

    run(main)


def test_a_socket_without_endpoints_outlives_its_loop(run: Runner, joiner: Joiner) -> None:
    """Others whose loop was the same have finished meanwhile."""
    other, kept = joiner.ctx.socket(zmqx.PUSH), joiner.ctx.socket(zmqx.PULL)

    async def begin() -> None:
        for socket in (other, kept):
            socket.unbind(socket.bind("tcp://127.0.0.1:*"))
            await socket.poll(0)

    async def go_on() -> bytes:
        push = joiner.ctx.socket(zmqx.PUSH)
        endpoint = push.bind("tcp://127.0.0.1:*")
        await kept.poll(0)  # now it belongs to this loop
        kept.connect(endpoint)
        await push.send(b"x")
        try:
            return bytes(await kept.recv(timeout=5000))
        finally:
            push.close()

    run(begin)
    other.close()
    assert run(go_on) == b"x"
    kept.close()


@pytest.mark.parametrize("waits", ["poller", "proxy"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_was_closed_in_the_middle_of_a_wait_costs_the_socket_nothing(waits: str) -> None:
    """The next change of the socket finds whoever waited gone; and the connection that brought it lives on."""
    ctx, plain = zmqx.asyncio.Context(), zmqx.Context()
    pull, push = ctx.socket(zmqx.PULL), plain.socket(zmqx.PUSH)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, what: None)  # of the task that is left

    async def begin() -> None:
        if waits == "poller":
            poller = zmqx.asyncio.Poller()
            poller.register(pull, zmqx.POLLIN)
            poller.poll()
        else:
            zmqx.asyncio.Proxy(pull, ctx.socket(zmqx.PUSH)).start()
        until_it_waits = 0
        while not pull._core.waiters:
            until_it_waits += 1
            assert until_it_waits < 1000
            await asyncio.sleep(0)

    async def receive() -> bytes:
        push.send(b"x")
        return await pull.recv(timeout=10_000)  # type: ignore[no-any-return]  # bytes

    try:
        loop.run_until_complete(begin())
        loop.close()
        push.connect(endpoint)
        push.send(b"w")
        assert asyncio.run(receive()) == b"w"
        assert pull.stats().connections_ever == 1
    finally:
        plain.destroy(linger=0)
        ctx.destroy(linger=0)
