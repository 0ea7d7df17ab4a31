"""A call that was cancelled has done nothing: no message is lost, doubled or sent in part."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

import zmqx
import zmqx.anyio

from .conftest import Joiner, Run, settled

IN_TIME = 5000

# Enough that whatever happens once in so many calls happens too.
MANY = 500


async def _cancelled(call: Callable[[], Awaitable[Any]]) -> None:
    """Begin a call, and cancel it while it waits."""
    ended = False

    async with anyio.create_task_group() as group:

        async def begin() -> None:
            nonlocal ended
            await call()
            ended = True

        group.start_soon(begin)
        await settled()
        group.cancel_scope.cancel()
    assert not ended


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_cancelled_receive_takes_nothing(run: Run, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, transport)
        await _cancelled(pull.recv)
        await _cancelled(pull.recv_multipart)
        await _cancelled(pull.recv_string)
        await _cancelled(pull.recv_many)
        await _cancelled(pull.poll)
        await _cancelled(lambda: pull.wait_connected(2))
        await _cancelled(pull.events().recv)
        await push.send_multipart([b"a", b"b"])
        assert await pull.recv_multipart(timeout=IN_TIME) == [b"a", b"b"]

    run(main)


@pytest.mark.parametrize("cancelled_first", [True, False])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_message_and_a_cancellation_at_the_same_moment(
    run: Run, joiner: Joiner, cancelled_first: bool, others: int
) -> None:
    """Whoever was cancelled did not get it; the next in line does, and is not left asleep."""

    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        got: list[tuple[str, bytes]] = []

        async def take(name: str, scope: anyio.CancelScope) -> None:
            with scope:
                got.append((name, await pull.recv()))

        async with anyio.create_task_group() as group:
            first = anyio.CancelScope()
            group.start_soon(take, "first", first)
            await settled()
            for _ in range(others):
                group.start_soon(take, "other", anyio.CancelScope())
            await settled()
            if cancelled_first:
                first.cancel()
            await push.send(b"1", zmqx.DONTWAIT)
            first.cancel()
            for number in range(2, others + 2):
                await push.send(b"%d" % number)
            if len(got) < others + 1:
                await settled()
            while len(got) < others + 1:
                got.append(("main", await pull.recv(timeout=IN_TIME)))
        assert sorted(body for _, body in got) == [b"%d" % number for number in range(1, others + 2)]

    run(main)


@pytest.mark.parametrize("cancelled", ["a", "b", "ab", "ba", "abc"])
def test_a_turn_that_passes_to_somebody_cancelled_passes_on(run: Run, joiner: Joiner, cancelled: str) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        scopes = {name: anyio.CancelScope() for name in "abcd"}
        got: dict[str, bytes] = {}

        async def take(name: str) -> None:
            with scopes[name]:
                got[name] = await pull.recv()

        async with anyio.create_task_group() as group:
            for name in scopes:
                group.start_soon(take, name)
                await settled()
            for name in cancelled:
                scopes[name].cancel()
            await settled()
            left = [name for name in "abcd" if name not in cancelled]
            for name in left:
                await push.send(name.encode())
        assert got == {name: name.encode() for name in left}

    run(main)


@pytest.mark.parametrize("call", ["recv", "recv_multipart", "recv_string"])
def test_nothing_is_received_in_a_scope_that_is_cancelled(run: Run, joiner: Joiner, call: str) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        for number in range(MANY):
            await push.send_string(f"{number}")
        for number in range(MANY):
            with anyio.CancelScope() as scope:
                scope.cancel()
                await getattr(pull, call)()
            assert scope.cancelled_caught
            assert await pull.recv(timeout=0) == b"%d" % number

    run(main)


def test_nothing_is_sent_in_a_scope_that_is_cancelled(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        for number in range(MANY):
            with anyio.CancelScope() as scope:
                scope.cancel()
                await push.send(b"never")
            assert scope.cancelled_caught
            await push.send(b"%d" % number)
            assert await pull.recv_multipart(timeout=0) == [b"%d" % number]

    run(main)


async def _fill(push: zmqx.anyio.Socket) -> int:
    """Send until there is no room; how many went."""
    count = 0
    while await push.poll(0, zmqx.POLLOUT):
        await push.send(b"filling")
        count += 1
    return count


def test_a_cancelled_send_sends_nothing(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=2, rcvhwm=2)
        filling = await _fill(push)
        await _cancelled(lambda: push.send(b"never"))
        await _cancelled(lambda: push.send_multipart([b"never", b"ever"]))
        await _cancelled(lambda: push.send(b"never", zmqx.SNDMORE))
        with pytest.raises(zmqx.Again):
            await push.send(b"never", timeout=1)
        assert [await pull.recv(timeout=0) for _ in range(filling)] == [b"filling"] * filling
        await push.send(b"next")
        assert await pull.recv_multipart(timeout=0) == [b"next"]
        assert await pull.poll(0) == 0

    run(main)


def test_room_and_a_cancellation_at_the_same_moment(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=1, rcvhwm=1)
        for _ in range(20):
            filling = await _fill(push)
            sent = []

            async def give(name: bytes, scope: anyio.CancelScope, sent: list[bytes] = sent) -> None:
                with scope:
                    await push.send(name)
                    sent.append(name)

            async with anyio.create_task_group() as group:
                scope = anyio.CancelScope()
                group.start_soon(give, b"1", scope)
                await settled()
                group.start_soon(give, b"2", anyio.CancelScope())
                await settled()
                for _ in range(filling):
                    assert await pull.recv(timeout=0) == b"filling"
                scope.cancel()
            assert sent[-1] == b"2"
            assert [await pull.recv(timeout=0) for _ in sent] == sent
            assert await pull.poll(0) == 0

    run(main)


def test_the_frames_of_a_cancelled_last_send_are_kept_for_the_next_try(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=1, rcvhwm=1)
        await push.send(b"a", zmqx.SNDMORE)
        filling = 0

        async def fill() -> None:
            nonlocal filling
            filling = await _fill(push)

        async with anyio.create_task_group() as group:
            group.start_soon(fill)
        with anyio.move_on_after(0.002):
            await push.send(b"b")
        with pytest.raises(zmqx.Again):
            await push.send(b"b", zmqx.DONTWAIT)
        for _ in range(filling):
            await pull.recv(timeout=0)
        await push.send(b"b")
        assert await pull.recv_multipart(timeout=0) == [b"a", b"b"]

    run(main)


def test_the_rest_of_a_message_survives_a_cancellation(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        await push.send_multipart([b"a", b"b"])
        assert await pull.recv() == b"a"
        with anyio.CancelScope() as scope:
            scope.cancel()
            await push.send(b"never")
        assert await pull.recv_multipart() == [b"b"]
        assert await pull.poll(0) == 0

    run(main)


async def _by_scope(call: Callable[[], Awaitable[Any]], steps: int) -> None:
    """Cancel a call after so many steps of the loop, the way of structured concurrency."""
    async with anyio.create_task_group() as group:
        group.start_soon(call)
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()


async def _by_task(call: Callable[[], Awaitable[Any]], steps: int) -> None:
    """The way of asyncio."""

    async def begin() -> None:
        await call()

    task = asyncio.create_task(begin())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


Way = Callable[[Callable[[], Awaitable[Any]], int], Awaitable[None]]
WAYS = [("asyncio", _by_scope), ("trio", _by_scope), ("asyncio", _by_task)]


@pytest.mark.parametrize(("backend", "way"), WAYS)
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_a_reader_that_is_cancelled_at_any_step_has_all_it_took(
    run: Run, joiner: Joiner, way: Way, steps: int, many: bool
) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=0, rcvhwm=0)
        for number in range(MANY):
            await push.send(b"%d" % number)
        got: list[bytes] = []

        async def read() -> None:
            while True:
                if many:
                    got.extend(body for (body,) in await pull.recv_many(2))
                else:
                    got.append(await pull.recv())

        while await pull.poll(0):
            await way(read, steps)
        assert got == [b"%d" % number for number in range(MANY)]

    run(main)


@pytest.mark.parametrize(("backend", "way"), WAYS)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_writer_that_is_cancelled_at_any_step_knows_what_it_sent(
    run: Run, joiner: Joiner, way: Way, steps: int
) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=0, rcvhwm=0)
        sent: list[bytes] = []

        async def write() -> None:
            while len(sent) < MANY:
                body = b"%d" % len(sent)
                await push.send_multipart([body, body])
                sent.append(body)

        while len(sent) < MANY:
            await way(write, steps)
        assert [await pull.recv_multipart(timeout=0) for _ in sent] == [[body, body] for body in sent]
        assert await pull.poll(0) == 0

    run(main)
