"""Waits end when they should, in the order in which they began, and let other tasks run."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

import zmqx
import zmqx.anyio

from .conftest import Joiner, Run, outcome, settled

IN_TIME = 5000


def test_a_receive_waits_for_a_message(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        got = []

        async def take() -> None:
            got.append(await pull.recv())

        async with anyio.create_task_group() as group:
            group.start_soon(take)
            await settled()
            assert not got
            await push.send(b"here")
        assert got == [b"here"]

    run(main)


@pytest.mark.parametrize("way", ["argument", "option", "zero", "flag"])
def test_again_when_the_time_is_up(run: Run, joiner: Joiner, way: str) -> None:
    async def main() -> None:
        pull = joiner.socket(zmqx.PULL)
        push = joiner.socket(zmqx.PUSH)
        named: dict[str, Any] = {"argument": {"timeout": 2.5}, "zero": {"timeout": 0}}.get(way, {})
        if way == "flag":
            named = {"flags": zmqx.DONTWAIT}
        elif way == "option":
            pull.rcvtimeo = push.sndtimeo = 2
        calls: list[Callable[[], Awaitable[Any]]] = [
            lambda: pull.recv(**named),
            lambda: pull.recv_multipart(**named),
            lambda: pull.recv_string(**named),
            lambda: pull.recv_json(**named),
            *([lambda: pull.recv_many(**named), lambda: push.send_many([b""], **named)] if way != "flag" else []),
            lambda: push.send(b"", **named),
            lambda: push.send_multipart([b"", b""], **named),
            lambda: push.send_string("", **named),
        ]
        for call in calls:
            with pytest.raises(zmqx.Again):
                await call()

    run(main)


def test_the_argument_goes_before_the_option(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", rcvtimeo=1)
        got = []

        async def take() -> None:
            got.append(await pull.recv(timeout=-1))

        async with anyio.create_task_group() as group:
            group.start_soon(take)
            await settled()
            assert await push.poll(10, zmqx.POLLIN) == 0
            await push.send(b"late")
        assert got == [b"late"]

    run(main)


def test_receivers_are_served_in_order(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        got: dict[str, bytes] = {}

        async def take(name: str) -> None:
            got[name] = await pull.recv()

        async with anyio.create_task_group() as group:
            for name in "abcd":
                group.start_soon(take, name)
                await settled()
            for number in range(5):
                await push.send(b"%d" % number)
            # Those in line go first, although they have not run since.
            await take("last")
        assert got == {"a": b"0", "b": b"1", "c": b"2", "d": b"3", "last": b"4"}

    run(main)


def test_senders_are_served_in_order(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=1, rcvhwm=1)
        full = 0
        while await push.poll(0, zmqx.POLLOUT):
            await push.send(b"filling")
            full += 1
        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(push.send, b"%d" % number)
                await settled()
            got = [await pull.recv(timeout=IN_TIME) for _ in range(full + 4)]
        assert got == [b"filling"] * full + [b"0", b"1", b"2", b"3"]

    run(main)


def test_one_who_waits_with_a_limit_leaves_the_line(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        got = []

        async def take() -> None:
            got.append(await pull.recv())

        async with anyio.create_task_group() as group:
            group.start_soon(take)
            await settled()
            with pytest.raises(zmqx.Again):
                await pull.recv(timeout=2)
            group.start_soon(take)
            await settled()
            await push.send(b"1")
            await push.send(b"2")
        assert got == [b"1", b"2"]

    run(main)


def test_many_tasks_may_poll_and_nothing_is_taken(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        seen = []

        async def look() -> None:
            seen.append(await pull.poll())

        assert await pull.poll(0) == 0
        assert await pull.poll(2) == 0
        assert await push.poll(IN_TIME, zmqx.POLLIN | zmqx.POLLOUT) == zmqx.POLLOUT
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(look)
            await settled()
            await push.send(b"one")
        assert seen == [zmqx.POLLIN] * 5
        assert await pull.recv(zmqx.DONTWAIT) == b"one"
        assert await pull.poll(0) == 0

    run(main)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_who_polls_is_not_forgotten_when_another_takes_the_message(run: Run, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, transport)
        seen = []

        async def look() -> None:
            seen.append(await pull.poll())

        for _ in range(20):
            seen.clear()
            async with anyio.create_task_group() as group:
                for call in (pull.recv, look, look):
                    group.start_soon(call)
                    await settled()
                await push.send(b"taken")
                await settled()
                await push.send(b"left")
            assert seen == [zmqx.POLLIN] * 2
            assert await pull.recv(timeout=IN_TIME) == b"left"

    run(main)


def test_wait_connected_counts_peers(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, _first = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        with pytest.raises(zmqx.Again):
            await pull.wait_connected(2, timeout=2)
        found = []

        async def wait() -> None:
            found.append(await pull.wait_connected(2))

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await settled()
            assert not found
            joiner.socket(zmqx.PUSH).connect(pull.last_endpoint.decode())
        assert found == [2]
        assert await joiner.socket(zmqx.PUSH).wait_connected(0) == 0

    run(main)


def test_events_come_as_they_happen(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
        async with pull.events(zmqx.Event.LISTENING | zmqx.Event.HANDSHAKE_SUCCEEDED) as stream:
            with pytest.raises(zmqx.Again):
                await stream.recv(timeout=2)
            endpoint = pull.bind("tcp://127.0.0.1:*")
            event = await stream.recv(timeout=IN_TIME)
            assert (event.kind, event.endpoint) == (zmqx.Event.LISTENING, endpoint)
            seen = []

            async def read() -> None:
                async for event in stream:
                    seen.append(event.kind)

            async with anyio.create_task_group() as group:
                group.start_soon(read)
                await settled()
                push.connect(endpoint)
                await pull.wait_connected(timeout=IN_TIME)
                await settled()
                stream.close()
            assert seen == [zmqx.Event.HANDSHAKE_SUCCEEDED]

    run(main)


def test_events_that_nobody_reads_are_counted(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull = joiner.socket(zmqx.PULL)
        stream = pull.events(limit=1)
        for _ in range(3):
            pull.bind("tcp://127.0.0.1:*")
        pull.close()
        assert [event.kind async for event in stream] == [zmqx.Event.LISTENING]
        assert stream.missed >= 2

    run(main)


def test_a_loop_over_events_may_be_left(run: Run, joiner: Joiner) -> None:
    """Without a warning about a generator that was not closed, and without losing what comes later."""

    async def main() -> None:
        pull = joiner.socket(zmqx.PULL)
        stream = pull.events(zmqx.Event.LISTENING)
        for _ in range(3):
            endpoint = pull.bind("tcp://127.0.0.1:*")
            async for event in stream:
                assert event.endpoint == endpoint
                break
            gc.collect()

    run(main)


async def _by_loop(pull: zmqx.anyio.Socket, count: int) -> None:
    left = count
    async for _ in pull:
        left -= 1
        if not left:
            return


async def _by_recv(pull: zmqx.anyio.Socket, count: int) -> None:
    for _ in range(count):
        await pull.recv()


async def _by_frames(pull: zmqx.anyio.Socket, count: int) -> None:
    for _ in range(count):
        await pull.recv()
        while pull.rcvmore:
            await pull.recv(zmqx.DONTWAIT)


async def _by_poll(pull: zmqx.anyio.Socket, count: int) -> None:
    for _ in range(count):
        await pull.poll()


FLOOD = 2000
TURNS = 5  # that the other task must have had by the end of a flood


async def _turns_during(flood: Awaitable[None]) -> int:
    """How many times another task ran meanwhile."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async with anyio.create_task_group() as group:
        group.start_soon(other)
        await flood
        group.cancel_scope.cancel()
        return turns


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("take", [_by_loop, _by_recv, _by_frames, _by_poll])
def test_a_flood_of_messages_lets_other_tasks_run(
    run: Run, joiner: Joiner, take: Callable[[zmqx.anyio.Socket, int], Awaitable[None]], transport: str
) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, transport, sndhwm=0, rcvhwm=0)
        for _ in range(FLOOD):
            await push.send_multipart([b"a", b"b"] if take is _by_frames else [b"x"])
        assert await _turns_during(take(pull, FLOOD)) >= TURNS

    run(main)


def test_a_flood_of_sends_lets_other_tasks_run(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        _, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, sndhwm=0, rcvhwm=0)

        async def flood() -> None:
            for _ in range(FLOOD):
                await push.send(b"x")

        assert await _turns_during(flood()) >= TURNS

    run(main)


def test_a_woken_wait_has_its_turn_while_others_flood(run: Run, joiner: Joiner) -> None:
    """Two sockets that are never empty do not keep a third from being served."""

    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=0, rcvhwm=0)
        rep, req = await joiner.pair(zmqx.REP, zmqx.REQ)
        answered = 0

        async def answer() -> None:
            async for request in rep:
                await rep.send_multipart(request)

        async def flood() -> None:
            while True:
                await push.send(b"x")
                await pull.recv()

        async with anyio.create_task_group() as group:
            group.start_soon(answer)
            group.start_soon(flood)
            for _ in range(20):
                await req.send(b"?")
                answered += await outcome(req.recv) == b"?"
            group.cancel_scope.cancel()
        assert answered == 20

    run(main)
