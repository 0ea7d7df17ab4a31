"""What waits gives a real future, begun at once; what need not wait is done, or plain."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from .conftest import Joiner, Runner
from .steps import awaited, steps, suspends, waiting


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_every_wait_is_a_future_of_the_running_loop(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        poller = zmqx.asyncio.Poller()
        poller.register(a, zmqx.POLLIN)
        waits: list[asyncio.Future[Any]] = [
            a.recv(), a.recv_multipart(), a.recv_string(), a.recv_json(), a.recv_pyobj(), a.recv_many(),
            a.recv_serialized(list), a.poll(), a.wait_connected(2), a.events().recv(), poller.poll(),
        ]  # fmt: skip
        for wait in waits:
            assert asyncio.isfuture(wait)
            assert wait.get_loop() is asyncio.get_running_loop()
            assert not wait.done()
            wait.cancel()
        sends = [b.send(b"1"), b.send_multipart([b"1"]), b.send_string("1"), b.send_json(1), b.send_many([b"1"])]
        assert all(asyncio.isfuture(send) and send.done() for send in sends)
        await steps()
        assert all(wait.cancelled() for wait in waits)

    run(main)


def test_what_need_not_wait_does_not_suspend(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        for number in range(3):
            assert not suspends(b.send_multipart([b"%d" % number, b"x"]))
        assert not suspends(a.poll())
        assert not suspends(a.wait_connected())
        assert not suspends(a.recv())
        assert not suspends(a.recv())
        assert not suspends(a.recv_multipart())
        assert not suspends(a.recv_many())

    run(main)


def test_what_must_not_wait_is_done_at_once(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        poller = zmqx.asyncio.Poller()
        poller.register(a, zmqx.POLLIN)
        first = a.recv()  # others wait already: no reason to wait as well
        late = a.wait_connected(2, timeout=0)
        for wait in (a.poll(0), poller.poll(0), a.recv(zmqx.DONTWAIT), a.recv(timeout=0), late):
            assert wait.done(), wait
            wait.exception()
        b.send(b"x")
        assert await first == b"x"

    run(main)


@pytest.mark.parametrize("method", ["send", "send_multipart"])
def test_a_send_nobody_awaits_goes_out(run: Runner, joiner: Joiner, method: str) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp")
        for number in range(10):
            getattr(push, method)(b"%d" % number if method == "send" else [b"%d" % number])
        assert [await pull.recv(timeout=5000) for _ in range(10)] == [b"%d" % number for number in range(10)]

    run(main)


def test_a_send_that_waits_goes_out_though_nobody_awaits_it(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
        pull_end = push.bind("tcp://127.0.0.1:*")
        sends = [push.send(b"1"), push.send_multipart([b"2", b"3"]), push.send_many([b"4", b"5"])]
        await steps()
        assert not any(send.done() for send in sends)
        pull.connect(pull_end)
        got = [await pull.recv_multipart(timeout=5000) for _ in range(4)]
        assert got == [[b"1"], [b"2", b"3"], [b"4"], [b"5"]]
        await asyncio.wait(sends, timeout=5)

    run(main)


def test_futures_go_through_the_tools_of_asyncio(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, "tcp")
        gathered = asyncio.gather(a.recv(), a.recv(), asyncio.ensure_future(a.recv()))
        await asyncio.gather(b.send(b"1"), b.send(b"2"), b.send(b"3"))
        assert await gathered == [b"1", b"2", b"3"]
        idle = a.recv()
        done, pending = await asyncio.wait([idle, b.poll(flags=zmqx.POLLOUT)], return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
        assert pending == {idle}
        b.send(b"4")
        assert await asyncio.wait_for(idle, 5) == b"4"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(a.recv(), 0.001)
        shielded = a.recv()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(shielded), 0.001)
        b.send(b"5")
        assert await shielded == b"5"
        called = asyncio.Event()
        a.recv().add_done_callback(lambda _: called.set())
        b.send(b"6")
        await called.wait()

    run(main)


def test_waiters_are_served_in_the_order_they_came(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, "tcp")
        order: list[int] = []
        waits = [a.recv() for _ in range(20)]
        for number, wait in enumerate(waits):
            wait.add_done_callback(lambda _, number=number: order.append(number))
        for number in range(20):
            await b.send(b"%d" % number)
        assert await asyncio.gather(*waits) == [b"%d" % number for number in range(20)]
        assert order == list(range(20))

    run(main)


def test_nobody_overtakes_a_send_that_waits(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, sndhwm=1, rcvhwm=1)
        sends = [push.send(b"%d" % number) for number in range(20)]
        assert not sends[-1].done()
        assert [await pull.recv(timeout=5000) for _ in sends] == [b"%d" % number for number in range(20)]
        await asyncio.gather(*sends)

    run(main)


def test_nobody_overtakes_a_send_many(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, sndhwm=0, rcvhwm=0)
        many = push.send_many([b"%d" % number for number in range(2500)])
        push.send(b"last")
        got = [await pull.recv(timeout=5000) for _ in range(2501)]
        assert await many == 2500
        assert got.index(b"last") == 2500

    run(main)


@pytest.mark.parametrize("timeout", [0, 1, 20])
def test_a_wait_ends_when_its_time_is_up(run: Runner, ctx: zmqx.asyncio.Context, timeout: int) -> None:
    async def main() -> None:
        push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
        push.bind("tcp://127.0.0.1:*")
        for late in (
            pull.recv(timeout=timeout),
            pull.recv_multipart(timeout=timeout),
            pull.recv_many(timeout=timeout),
            push.send(b"", timeout=timeout),
            push.send_multipart([b"", b""], timeout=timeout),
            push.send_many([b""], timeout=timeout),
            pull.wait_connected(timeout=timeout),
            pull.events().recv(timeout=timeout),
        ):
            with pytest.raises(zmqx.Again):
                await late
        assert await pull.poll(timeout) == 0
        pull.rcvtimeo = push.sndtimeo = timeout
        with pytest.raises(zmqx.Again):
            await pull.recv()
        with pytest.raises(zmqx.Again):
            await push.send(b"")
        with pytest.raises(zmqx.Again):
            await pull.recv(zmqx.DONTWAIT, timeout=-1)

    run(main)


def test_options_endpoints_and_closing_are_plain(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        sub = ctx.socket(zmqx.SUB, rcvhwm=7)
        assert sub.rcvhwm == 7
        assert sub.setsockopt(zmqx.RCVHWM, 8) is None
        assert sub.getsockopt(zmqx.RCVHWM) == sub.get(zmqx.RCVHWM) == 8
        sub.subscribe("topic")
        sub.unsubscribe(b"topic")
        endpoint = sub.bind("tcp://127.0.0.1:*")
        assert sub.get_string(zmqx.LAST_ENDPOINT) == endpoint
        with sub.connect("tcp://127.0.0.1:9"):
            pass
        assert sub.unbind(endpoint) is None
        assert sub.getsockopt(zmqx.EVENTS) == 0
        assert sub.getsockopt(zmqx.RCVMORE) == 0
        assert sub.close() is None
        assert sub.closed

    run(main)


def test_misuse_is_told(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        rep, pull, push = (ctx.socket(kind) for kind in (zmqx.REP, zmqx.PULL, zmqx.PUSH))
        for wait, errno in ((rep.send(b""), zmqx.EFSM), (pull.send(b""), zmqx.ENOTSUP), (push.recv(), zmqx.ENOTSUP)):
            assert wait.done()
            with pytest.raises(zmqx.ZMQError) as caught:
                await wait
            assert caught.value.errno == errno
        with pytest.raises(TypeError):
            push.send("text")
        with pytest.raises(TypeError, match="part 1"):
            push.send_multipart([b"", 1])
        with pytest.raises(ValueError, match="at least one"):
            pull.recv_many(0)

    run(main)


def test_a_wait_without_a_loop_says_so(ctx: zmqx.asyncio.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    for call in (pull.recv, pull.recv_multipart, pull.poll, pull.wait_connected):
        with pytest.raises(RuntimeError, match="no running event loop"):
            call()


def test_one_future_for_several_tasks(run: Runner, joiner: Joiner) -> None:
    """All see the one message; it is not given back when one of them is cancelled in the moment."""

    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        future = a.recv()
        first, second = await waiting(future), await waiting(future)
        b.send(b"x")
        assert future.done()
        first.cancel()
        assert await second == b"x"
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(zmqx.Again):
            await awaited(a.recv(timeout=20))

    run(main)
