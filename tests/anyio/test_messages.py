"""What goes in at one end comes out at the other, whole and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import trio

import zmqx
import zmqx.anyio

from ..support.callers import Caller
from .conftest import Joiner, Run

IN_TIME = 5000


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
def test_requests_are_answered(run: Run, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        rep, req = await joiner.pair(zmqx.REP, zmqx.REQ, transport)
        for number in range(50):
            question = b"%d" % number * number
            await req.send(question)
            assert await rep.recv(timeout=IN_TIME) == question
            await rep.send_multipart([b"to", question])
            assert await req.recv_multipart(timeout=IN_TIME) == [b"to", question]

    run(main)


def test_frames_are_received_one_by_one(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        await push.send(b"a", zmqx.SNDMORE)
        await push.send(b"", zmqx.SNDMORE)
        await push.send_multipart([b"c", b"d"])
        await push.send(b"next")
        seen = []
        for _ in range(2):
            seen.append((await pull.recv(timeout=IN_TIME), pull.rcvmore, bool(await pull.poll(0))))
        assert seen == [(b"a", 1, True), (b"", 1, True)]
        assert await pull.recv_multipart() == [b"c", b"d"]
        assert not pull.rcvmore
        assert await pull.recv_multipart(timeout=IN_TIME) == [b"next"]

    run(main)


def test_frames_know_whether_more_follow(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        for _ in range(2):
            await push.send_multipart([b"a", b"b"])
        frames = [await pull.recv(copy=False, timeout=IN_TIME) for _ in range(2)]
        frames += await pull.recv_multipart(copy=False, timeout=IN_TIME)
        assert [(frame.bytes, frame.more) for frame in frames] == [(b"a", True), (b"b", False)] * 2
        assert all(frame["Socket-Type"] == "PUSH" for frame in frames)

    run(main)


def test_a_tracker_tells_that_a_lent_buffer_is_free(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        body = bytearray(b"x" * 100_000)
        trackers = [
            await push.send(body, copy=False, track=True),
            await push.send_multipart([body, body], copy=False, track=True),
        ]
        assert await push.send(body) is None
        for _ in range(3):
            assert set(await pull.recv_multipart(timeout=IN_TIME)) == {bytes(body)}
        for tracker in trackers:
            assert tracker is not None
            tracker.wait(IN_TIME / 1000)
            assert tracker.done

    run(main)


@pytest.mark.parametrize(
    ("kind", "value", "to", "back"),
    [
        ("string", "grün", {}, {}),
        ("string", "grün", {"encoding": "latin-1"}, {"encoding": "latin-1"}),
        ("json", {"a": [1, None, "ü"]}, {"sort_keys": True}, {}),
        ("json", {"a": 1.5}, {}, {"parse_float": str}),
        ("pyobj", {1, 2, (3,)}, {}, {}),
        ("serialized", {"b": 2}, {"serialize": lambda value: [repr(value).encode(), b"!"]}, {"deserialize": list}),
    ],
)
def test_conversions(
    run: Run, joiner: Joiner, kind: str, value: Any, to: dict[str, Any], back: dict[str, Any]
) -> None:
    async def main() -> Any:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        await getattr(push, f"send_{kind}")(value, timeout=IN_TIME, **to)
        return await getattr(pull, f"recv_{kind}")(timeout=IN_TIME, **back)

    expected = {"serialized": [b"{'b': 2}", b"!"]}.get(kind, {"a": "1.5"} if "parse_float" in back else value)
    assert run(main) == expected


def test_what_cannot_be_converted_raises_and_the_socket_goes_on(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        for body in (b"\xff", b"{", b"fine"):
            await push.send(body)
        with pytest.raises(UnicodeDecodeError):
            await pull.recv_string()
        with pytest.raises(ValueError, match="Expecting"):
            await pull.recv_json()
        assert await pull.recv_string() == "fine"
        with pytest.raises(TypeError, match="takes a str"):
            await push.send_string(b"bytes")
        with pytest.raises(TypeError):
            await push.send("text")
        with pytest.raises(TypeError, match="part 1"):
            await push.send_multipart([b"a", 1])
        with pytest.raises(ValueError, match="at least one"):
            await push.send_multipart([])
        assert await pull.poll(0) == 0

    run(main)


def test_misuse_is_told_at_once(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        rep, req = await joiner.pair(zmqx.REP, zmqx.REQ)
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        calls: list[tuple[Callable[[], Awaitable[Any]], int]] = [
            (push.recv, zmqx.ENOTSUP),
            (push.recv_multipart, zmqx.ENOTSUP),
            (lambda: pull.send(b""), zmqx.ENOTSUP),
            (lambda: pull.send(b"", zmqx.SNDMORE), zmqx.ENOTSUP),
            (req.recv, zmqx.EFSM),
            (lambda: rep.send(b""), zmqx.EFSM),
        ]
        for call, errno in calls:
            with pytest.raises(zmqx.ZMQError) as caught:
                await call()
            assert caught.value.errno == errno

    run(main)


def test_an_answer_waits_until_the_whole_request_is_received(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        rep, req = await joiner.pair(zmqx.REP, zmqx.REQ)
        await req.send_multipart([b"a", b"b"])
        assert await rep.recv(timeout=IN_TIME) == b"a"
        with pytest.raises(zmqx.ZMQError) as caught:
            await rep.send(b"early")
        assert caught.value.errno == zmqx.EFSM
        assert await rep.recv() == b"b"
        await rep.send(b"answer")
        assert await req.recv(timeout=IN_TIME) == b"answer"

    run(main)


def test_subscriptions_choose_what_arrives(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        xpub, sub = await joiner.pair(zmqx.XPUB, zmqx.SUB)
        sub.subscribe("news")
        assert await xpub.recv(timeout=IN_TIME) == b"\x01news"
        for topic in (b"other", b"news 1", b"new", b"news 2"):
            await xpub.send(topic)
        assert [await sub.recv_string(timeout=IN_TIME) for _ in range(2)] == ["news 1", "news 2"]

    run(main)


@pytest.mark.parametrize("tasks", [2, 10])
def test_frames_belong_to_the_task_that_sends_and_receives_them(run: Run, joiner: Joiner, tasks: int) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        received: list[list[bytes]] = []

        async def give(name: bytes) -> None:
            for more in (zmqx.SNDMORE, zmqx.SNDMORE, 0):
                await push.send(name, more)
                await anyio.lowlevel.checkpoint()

        async def take() -> None:
            frames = [await pull.recv(timeout=IN_TIME)]
            while pull.rcvmore:
                await anyio.lowlevel.checkpoint()
                frames.append(await pull.recv(zmqx.DONTWAIT))
            received.append(frames)

        async with anyio.create_task_group() as group:
            for number in range(tasks):
                group.start_soon(give, b"%d" % number)
                group.start_soon(take)
        assert sorted(received) == sorted([b"%d" % number] * 3 for number in range(tasks))

    run(main)


def test_the_rest_of_a_message_is_nobody_elses(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        await push.send_multipart([b"a", b"b"])
        await push.send(b"next")
        assert await pull.recv() == b"a"
        seen = []

        async def other() -> None:
            seen.append((pull.rcvmore, await pull.recv_multipart(zmqx.DONTWAIT), pull.rcvmore, await pull.poll(0)))

        async with anyio.create_task_group() as group:
            group.start_soon(other)
        assert seen == [(0, [b"next"], 0, 0)]
        assert pull.rcvmore
        assert pull.get(zmqx.EVENTS) & zmqx.POLLIN
        assert await pull.recv() == b"b"
        assert not pull.get(zmqx.EVENTS) & zmqx.POLLIN

    run(main)


def test_a_task_that_ended_in_the_middle_of_sending_leaves_nothing_to_others(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        for number in range(50):
            for body, flags in ((b"half", zmqx.SNDMORE), (b"%d" % number, 0)):
                # One task after the other, so that they may be found at the same place in memory.
                async with anyio.create_task_group() as group:
                    group.start_soon(push.send, body, flags)
            assert await pull.recv_multipart() == [b"%d" % number]

    run(main)


def test_a_task_that_ended_in_the_middle_of_receiving_leaves_nothing_to_others(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        seen = []

        async def take() -> None:
            seen.append((pull.rcvmore, await pull.recv()))

        for _ in range(50):
            await push.send_multipart([b"head", b"rest"])
            async with anyio.create_task_group() as group:
                group.start_soon(take)
        assert seen == [(0, b"head")] * 50

    run(main)


def test_options_can_be_read_where_no_task_runs(run: Run, backend: str, joiner: Joiner) -> None:
    """Also while a task is in the middle of a message: in a callback of the loop, in a thread, and after the run."""
    sockets = []
    seen = []

    def look() -> None:
        seen.append((sockets[0].rcvmore, sockets[0].get(zmqx.EVENTS)))

    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        sockets.append(pull)
        await push.send_multipart([b"a", b"b"])
        assert await pull.recv() == b"a"
        if backend == "trio":
            trio.lowlevel.current_trio_token().run_sync_soon(look)
        else:
            asyncio.get_running_loop().call_soon(look)
        while not seen:
            await anyio.lowlevel.checkpoint()
        Caller(look).result()
        assert pull.rcvmore

    run(main)
    look()
    assert seen == [(0, 0)] * 3
