"""Cancelling a wait loses no message, sends no part of one, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from .conftest import Joiner, Runner
from .steps import awaited, drained, steps, waiting

RECEIVES: dict[str, tuple[Callable[[Any], asyncio.Future[Any]], Any]] = {
    "recv": (lambda socket: socket.recv(), b"1"),
    "recv_multipart": (lambda socket: socket.recv_multipart(), [b"1"]),
    "recv_string": (lambda socket: socket.recv_string(), "1"),
    "recv_json": (lambda socket: socket.recv_json(), 1),
    "recv_serialized": (lambda socket: socket.recv_serialized(list), [b"1"]),
    "recv_frame": (lambda socket: socket.recv(copy=False), b"1"),
    "recv_many": (lambda socket: socket.recv_many(), [[b"1"]]),
}


@pytest.fixture(params=RECEIVES)
def receive(request: pytest.FixtureRequest) -> Callable[[Any], asyncio.Future[Any]]:
    return RECEIVES[request.param][0]


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_message_passes_by_who_was_cancelled(
    run: Runner, joiner: Joiner, receive: Callable[[Any], asyncio.Future[Any]], transport: str
) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        task = await waiting(receive(a))
        future = receive(a)
        task.cancel()
        assert future.cancel()
        b.send(b"1")
        assert await a.recv_multipart(timeout=5000) == [b"1"]

    run(main)


def test_a_task_cancelled_in_the_moment_its_message_came_gives_it_back(
    run: Runner, joiner: Joiner, receive: Callable[[Any], asyncio.Future[Any]]
) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        future = receive(a)
        task = await waiting(future)
        b.send(b"1")
        assert future.done()
        task.cancel()
        b.send(b"2")
        await steps()
        assert await drained(a) == [[b"1"], [b"2"]]
        assert task.cancelled()

    run(main)


@pytest.mark.parametrize("count", [2, 5])
def test_messages_given_back_keep_their_order(run: Runner, joiner: Joiner, count: int) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        tasks = [await waiting(a.recv()) for _ in range(count)]
        for number in range(count + 2):
            b.send(b"%d" % number)
        for task in tasks:
            task.cancel()
        await steps()
        assert all(task.cancelled() for task in tasks)
        assert await drained(a) == [[b"%d" % number] for number in range(count + 2)]

    run(main)


def test_many_given_back_keep_their_order_too(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        tasks = [await waiting(a.recv_many()), await waiting(a.recv()), await waiting(a.recv_many())]
        for number in range(4):
            b.send(b"%d" % number)
        for task in tasks:
            task.cancel()
        await steps()
        assert await drained(a) == [[b"%d" % number] for number in range(4)]

    run(main)


def test_a_message_given_back_goes_to_who_waits(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        first, second = await waiting(a.recv_multipart()), await waiting(a.recv_multipart())
        b.send_multipart([b"x", b"y"])
        first.cancel()
        assert await asyncio.wait_for(second, 5) == [b"x", b"y"]

    run(main)


def test_frames_of_a_message_given_back_are_a_message_again(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        task = await waiting(a.recv())
        b.send_multipart([b"x", b"y"])
        task.cancel()
        await steps()
        assert await drained(a) == [[b"x", b"y"]]

    run(main)


def test_a_message_given_back_can_be_seen(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        task = await waiting(a.recv())
        b.send(b"1")
        task.cancel()
        await steps()
        assert a.getsockopt(zmqx.EVENTS) & zmqx.POLLIN
        assert await a.poll(0) == zmqx.POLLIN
        assert await a.recv(zmqx.DONTWAIT) == b"1"
        assert not a.getsockopt(zmqx.EVENTS) & zmqx.POLLIN

    run(main)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_timeouts_around_receives_lose_nothing(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        got = []

        async def receiver() -> None:
            while len(got) < 200:
                try:
                    got.append(await asyncio.wait_for(a.recv(), 0.0005))
                except asyncio.TimeoutError:
                    pass

        async def sender() -> None:
            for number in range(200):
                await b.send(b"%d" % number)
                await asyncio.sleep(0.0005 * (number % 3))

        await asyncio.gather(receiver(), sender())
        assert got == [b"%d" % number for number in range(200)]

    run(main, debug=False)


@pytest.mark.parametrize("how", ["future", "task", "time"])
def test_a_send_that_was_cancelled_sends_nothing(run: Runner, ctx: zmqx.asyncio.Context, how: str) -> None:
    async def main() -> None:
        push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
        endpoint = push.bind("tcp://127.0.0.1:*")
        timeout = 1 if how == "time" else None
        sends = [
            push.send(b"1", timeout=timeout),
            push.send_multipart([b"2", b"3"], timeout=timeout),
            push.send_many([b"4", b"5"], timeout=timeout),
        ]
        tasks = [await waiting(send) for send in sends]
        if how != "time":
            for wait in sends if how == "future" else tasks:
                assert wait.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, zmqx.Again if how == "time" else asyncio.CancelledError) for end in ends)
        pull.connect(endpoint)
        await push.wait_connected(timeout=5000)
        await push.send(b"last")
        assert await drained(pull) == [[b"last"]]

    run(main)


@pytest.mark.parametrize("how", ["time", "cancel"])
def test_a_first_frame_that_was_not_taken_is_not_part_of_the_message(
    run: Runner, ctx: zmqx.asyncio.Context, how: str
) -> None:
    async def main() -> None:
        push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
        endpoint = push.bind("tcp://127.0.0.1:*")
        if how == "time":
            with pytest.raises(zmqx.Again):
                await push.send(b"1", zmqx.SNDMORE, timeout=5)
        else:
            future = push.send(b"1", zmqx.SNDMORE)
            future.cancel()
            await steps()
        pull.connect(endpoint)
        await push.wait_connected(timeout=5000)
        await push.send(b"1", zmqx.SNDMORE)
        await push.send(b"2")
        assert await pull.recv_multipart(timeout=5000) == [b"1", b"2"]

    run(main)


async def fill(push: zmqx.asyncio.Socket) -> int:
    count = 0
    try:
        while True:
            await push.send(b"fill", zmqx.DONTWAIT)
            count += 1
    except zmqx.Again:
        return count


@pytest.mark.parametrize("how", ["time", "cancel"])
def test_a_last_frame_that_was_not_taken(run: Runner, joiner: Joiner, how: str) -> None:
    """When its time is up it can be sent again, as in the blocking face; when it is cancelled, nothing is sent."""

    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, sndhwm=1, rcvhwm=1)
        await push.send(b"1", zmqx.SNDMORE)
        count = await asyncio.create_task(fill(push))
        if how == "time":
            with pytest.raises(zmqx.Again):
                await push.send(b"2", timeout=5)
        else:
            assert push.send(b"2").cancel()
        for _ in range(count):
            assert await pull.recv(timeout=5000) == b"fill"
        await push.send(b"2", timeout=5000)
        assert await pull.recv_multipart(timeout=5000) == ([b"1", b"2"] if how == "time" else [b"2"])

    run(main)


def test_a_last_frame_that_waits_while_others_receive_can_be_sent_again(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, sndhwm=1, rcvhwm=1)
        await a.send(b"1", zmqx.SNDMORE)
        count = await asyncio.create_task(fill(a))
        last = a.send(b"2", timeout=20)
        with pytest.raises(zmqx.Again):
            await a.recv(timeout=1)
        with pytest.raises(zmqx.Again):
            await last
        for _ in range(count):
            await b.recv(timeout=5000)
        await a.send(b"2", timeout=5000)
        assert await b.recv_multipart(timeout=5000) == [b"1", b"2"]

    run(main)


def test_an_event_is_not_lost_with_who_was_cancelled(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        socket = ctx.socket(zmqx.PAIR)
        events = socket.events()
        task = await waiting(events.recv())
        socket.bind("tcp://127.0.0.1:*")
        task.cancel()
        await steps()
        event = await events.recv(timeout=1000)
        assert event is not None
        assert event.kind == zmqx.Event.LISTENING

    run(main)


@pytest.mark.parametrize("delay", range(6))
def test_a_poll_that_is_cancelled_ends(run: Runner, joiner: Joiner, delay: int) -> None:
    """Whenever it is cancelled: also in the steps in which something becomes ready."""

    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        poller = zmqx.asyncio.Poller()
        poller.register(b, zmqx.POLLIN)
        reached = []

        async def work() -> None:
            await poller.poll(10_000)
            reached.append(True)
            await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await steps()
        a.send(b"x")
        await steps(delay)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=1)
        task.cancel()
        assert done, f"the cancel was lost; poll had returned: {reached}"
        assert task.cancelled()

    run(main)


def test_waits_that_ended_leave_nothing_behind(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    """A socket on which nothing happens is asked again and again, while somebody waits for ever."""

    async def main() -> None:
        pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
        for socket in (pull, push):
            socket.bind("tcp://127.0.0.1:*")
        patient = [pull.recv(), push.send(b""), pull.wait_connected()]
        await steps()
        for _ in range(100):
            await pull.poll(0)
            pull.poll().cancel()
            pull.recv(timeout=3_600_000).cancel()
            with pytest.raises(zmqx.Again):
                await push.send(b"", timeout=0)
        await steps()
        lines = pull._lines.receivers, push._lines.senders, pull._lines.lookers
        assert all(1 <= len(line) <= 3 for line in lines)
        if run.kind == "asyncio":
            timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]  # the only way to see them
            assert len([timer for timer in timers if not timer.cancelled()]) < 5
        for wait in patient:
            wait.cancel()

    run(main)


def test_whoever_catches_the_cancel_can_go_on(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)

        async def stubborn() -> bytes:
            try:
                return bytes(await a.recv())
            except asyncio.CancelledError:
                return b"again: " + await awaited(a.recv(timeout=5000))

        task = asyncio.create_task(stubborn())
        await steps()
        b.send(b"1")
        task.cancel()
        assert await task == b"again: 1"

    run(main)
