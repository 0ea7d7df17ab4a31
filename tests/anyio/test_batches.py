"""Many messages with one call."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

import zmqx
import zmqx.anyio

from .conftest import Joiner, Run, outcome, settled

IN_TIME = 5000


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_messages_of_every_shape_cross_in_order(run: Run, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, transport)
        messages: list[Any] = [b"a", [b"b", b"", b"c"], bytearray(b"d"), (b"e",), zmqx.Frame(b"f")]
        assert await push.send_many(messages * 100) == 500
        assert await push.send_many([]) == 0
        got: list[list[bytes]] = []
        while len(got) < 500:
            some = await pull.recv_many(30, timeout=IN_TIME)
            assert 1 <= len(some) <= 30
            got += some
        assert got == [[b"a"], [b"b", b"", b"c"], [b"d"], [b"e"], [b"f"]] * 100

    run(main)


def test_receiving_many_waits_for_the_first_only(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        got = []

        async def take() -> None:
            got.append(await pull.recv_many())

        async with anyio.create_task_group() as group:
            group.start_soon(take)
            await settled()
            await push.send(b"1")
            await settled()
            assert got == [[[b"1"]]]
            for body in (b"2", b"3", b"4"):
                await push.send(body)
            assert await pull.recv_many(2) == [[b"2"], [b"3"]]
            assert await pull.recv_many(most=5) == [[b"4"]]

    run(main)


def test_many_may_wait_for_many_and_are_served_in_order(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        got: dict[str, list[list[bytes]]] = {}

        async def take(name: str) -> None:
            got[name] = await pull.recv_many(2)

        async with anyio.create_task_group() as group:
            for name in "abc":
                group.start_soon(take, name)
                await settled()
            await push.send_many([b"%d" % number for number in range(6)])
        assert got == {"a": [[b"0"], [b"1"]], "b": [[b"2"], [b"3"]], "c": [[b"4"], [b"5"]]}

    run(main)


def test_what_recv_has_left_stays_for_recv(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        await push.send_many([[b"a", b"b"], b"c"])
        assert await pull.recv() == b"a"
        assert await pull.recv_many() == [[b"c"]]
        assert await pull.recv() == b"b"

    run(main)


def test_misuse_is_told_and_changes_nothing(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc")
        for most in (0, -1):
            with pytest.raises(ValueError, match="at least one"):
                await pull.recv_many(most)
        for wrong in ([b"a", 1], [b"a", "text"], [b"a", []]):
            with pytest.raises(TypeError, match="message 1"):
                await push.send_many(wrong)
        assert await outcome(push.recv_many) == zmqx.ENOTSUP
        assert await outcome(lambda: pull.send_many([b"a"])) == zmqx.ENOTSUP
        assert await pull.poll(0) == 0

    run(main)


async def _fill(push: zmqx.anyio.Socket) -> int:
    return await push.send_many([b"%d" % number for number in range(1000)], timeout=1)


def test_sending_many_tells_how_many_went(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=5, rcvhwm=5)
        sent = await _fill(push)
        assert 0 < sent < 1000
        with pytest.raises(zmqx.Again):
            await _fill(push)
        assert await pull.recv_many() == [[b"%d" % number] for number in range(sent)]

    run(main)


def test_sending_many_goes_on_as_there_is_room(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=5, rcvhwm=5)
        messages = [[b"%d" % number] for number in range(300)]
        got = []

        async def give() -> None:
            assert await push.send_many(messages, timeout=IN_TIME) == len(messages)

        async with anyio.create_task_group() as group:
            group.start_soon(give)
            while len(got) < len(messages):
                got += await pull.recv_many(7, timeout=IN_TIME)
        assert got == messages

    run(main)


@pytest.mark.parametrize("end", ["cancel", "close", "shutdown"])
def test_sending_many_that_is_ended_leaves_the_rest_unsent(run: Run, joiner: Joiner, end: str) -> None:
    """What did go are the first ones, whole and in order; nothing follows later."""

    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=5, rcvhwm=5)
        told = []

        async def give() -> None:
            told.append(await push.send_many([[b"%d" % number] * 2 for number in range(1000)]))

        async with anyio.create_task_group() as group:
            group.start_soon(give)
            await settled()
            if end == "cancel":
                group.cancel_scope.cancel()
            elif end == "close":
                push.close(0)
            else:
                joiner.ctx.shutdown()
        if end == "shutdown":
            assert 0 < told[0] < 1000
            return
        got = await pull.recv_many(timeout=IN_TIME) if end == "cancel" else []
        assert got == [[b"%d" % number] * 2 for number in range(len(got))]
        if end == "cancel":
            assert got
            assert not told
            assert await pull.poll(0) == 0
            await push.send(b"next")
            assert await pull.recv_many(timeout=0) == [[b"next"]]
        else:
            assert 0 < told[0] < 1000

    run(main)


def test_the_time_is_for_all_of_them(run: Run, joiner: Joiner) -> None:
    """As in the other faces: whoever takes a message now and then does not prolong it for ever."""

    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH, "inproc", sndhwm=1, rcvhwm=1)
        told = []

        async def give() -> None:
            told.append(await push.send_many([b"x"] * 100_000, timeout=20))

        async with anyio.create_task_group() as group:
            group.start_soon(give)
            for _ in range(200):
                await outcome(lambda: pull.recv(timeout=0))
                # Nothing is ever to be written here: this is how long it lasts.
                await pull.poll(2, zmqx.POLLOUT)
            group.cancel_scope.cancel()
        assert len(told) == 1

    run(main)


def test_in_a_dialogue_many_is_one(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        rep, req = await joiner.pair(zmqx.REP, zmqx.REQ, "tcp")
        await req.send(b"question")
        assert await rep.recv_many(timeout=IN_TIME) == [[b"question"]]
        await rep.send(b"answer")
        assert await req.recv_many(timeout=IN_TIME) == [[b"answer"]]

    run(main)
