"""Closing ends every wait with a reason, and leaving a context leaves nothing behind."""

from __future__ import annotations

import gc
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

import zmqx
import zmqx.anyio

from ..support.callers import PATIENCE, Caller, until
from .conftest import Joiner, Run, outcome, settled

IN_TIME = 5000

ENDS: list[tuple[Callable[[zmqx.anyio.Context, zmqx.anyio.Socket], Any], int]] = [
    (lambda ctx, socket: socket.close(), zmqx.ENOTSOCK),
    (lambda ctx, socket: ctx.shutdown(), zmqx.ETERM),
]
ends = pytest.mark.parametrize(("end", "errno"), ENDS, ids=["close", "shutdown"])
End = Callable[[zmqx.anyio.Context, zmqx.anyio.Socket], Any]


def _waits(socket: zmqx.anyio.Socket) -> list[Callable[[], Awaitable[Any]]]:
    """Calls that all wait: nobody is there."""
    return [
        socket.recv,
        socket.recv,
        socket.recv_multipart,
        socket.recv_json,
        lambda: socket.recv(timeout=60_000),
        lambda: socket.send(b""),
        lambda: socket.send_multipart([b"", b""], timeout=60_000),
        lambda: socket.send(b"", zmqx.SNDMORE),
        socket.poll,
        lambda: socket.poll(60_000),
        socket.wait_connected,
    ]


@ends
@pytest.mark.parametrize("from_thread", [False, True], ids=["here", "thread"])
def test_every_wait_ends(run: Run, joiner: Joiner, end: End, errno: int, from_thread: bool) -> None:
    async def main() -> None:
        socket = joiner.socket(zmqx.PAIR)
        found = []

        async def wait(call: Callable[[], Awaitable[Any]]) -> None:
            found.append(await outcome(call))

        async with anyio.create_task_group() as group:
            calls = _waits(socket)
            for call in calls:
                group.start_soon(wait, call)
            await settled()
            assert not found
            if from_thread:
                Caller(end, joiner.ctx, socket).result()
            else:
                end(joiner.ctx, socket)
        assert found == [errno] * len(calls)
        # And none begins any more.
        assert [await outcome(call) for call in calls] == [errno] * len(calls)

    run(main)


def test_an_ended_context_says_so_in_words(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull = joiner.socket(zmqx.PULL)
        joiner.ctx.shutdown()
        with pytest.raises(zmqx.ContextTerminated):
            await pull.recv()
        with pytest.raises(zmqx.ContextTerminated):
            joiner.ctx.socket(zmqx.PULL)

    run(main)


@ends
def test_a_call_that_does_not_wait_sees_the_end_before_those_that_did(
    run: Run, joiner: Joiner, end: End, errno: int
) -> None:
    async def main() -> None:
        pull = joiner.socket(zmqx.PAIR)
        async with anyio.create_task_group() as group:
            for call in (pull.recv, lambda: pull.send(b"")):
                group.start_soon(outcome, call)
            await settled()
            end(joiner.ctx, pull)
            assert await outcome(lambda: pull.recv(zmqx.DONTWAIT)) == errno
            assert await outcome(lambda: pull.send(b"", timeout=0)) == errno

    run(main)


@ends
@pytest.mark.parametrize("waiting", [True, False])
def test_loops_end_cleanly(run: Run, joiner: Joiner, end: End, errno: int, waiting: bool) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        stream = pull.events()
        got: list[list[bytes]] = []
        ended = []

        async def read() -> None:
            async for message in pull:
                got.append(message)
                if not waiting:
                    end(joiner.ctx, pull)
            ended.append("messages")

        async def watch() -> None:
            try:
                async for _ in stream:
                    pass
            except zmqx.ContextTerminated:
                assert errno == zmqx.ETERM
            ended.append("events")

        async with anyio.create_task_group() as group:
            for task in (read, read, watch):
                group.start_soon(task)
            await settled()
            await push.send_multipart([b"a", b"b"])
            if waiting:
                await settled()
                end(joiner.ctx, pull)
        assert sorted(ended) == ["events", "messages", "messages"]
        assert got in ([[b"a", b"b"]], [] if waiting else None)

    run(main)


def test_a_loop_does_not_hide_other_errors(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        with pytest.raises(zmqx.ZMQError) as caught:
            async for _ in joiner.socket(zmqx.PUSH):
                pass
        assert caught.value.errno == zmqx.ENOTSUP

    run(main)


def test_term_in_a_thread_ends_once_the_tasks_have_closed(run: Run, ctx: zmqx.anyio.Context) -> None:
    async def main() -> None:
        ended = []

        async def serve(socket: zmqx.anyio.Socket) -> None:
            async with socket:
                with pytest.raises(zmqx.ContextTerminated):
                    await socket.recv()
                ended.append(socket)

        async with anyio.create_task_group() as group:
            for _ in range(3):
                socket = ctx.socket(zmqx.PULL)
                socket.bind("tcp://127.0.0.1:*")
                group.start_soon(serve, socket)
            await settled()
            term = Caller(ctx.term, 10_000)
        term.result()
        assert len(ended) == 3
        assert all(socket.closed for socket in ended)

    run(main)


def test_blocks_close_sockets_and_contexts(run: Run, endpoint_of: Callable[[str], str]) -> None:
    """A context that is left has no thread and no descriptor any more."""

    async def main() -> None:
        async with zmqx.anyio.Context() as ctx:
            async with ctx.socket(zmqx.PULL) as pull, ctx.socket(zmqx.PUSH, linger=0) as push:
                with pull.bind(endpoint_of("tcp")) as bound:
                    assert bound is pull
                    push.connect(pull.last_endpoint.decode())
                    await push.send(b"in time")
                    assert await pull.recv(timeout=IN_TIME) == b"in time"
            assert push.closed
            assert pull.closed
            assert not ctx.closed
            open_one = ctx.socket(zmqx.SUB)
            open_one.connect(endpoint_of("ipc"))
        assert open_one.closed
        assert ctx.closed
        ctx.term()

    run(main)


def test_an_error_passes_the_blocks_and_nothing_stays(run: Run) -> None:
    class OwnError(Exception):
        pass

    async def main() -> None:
        async with zmqx.anyio.Context() as ctx, ctx.socket(zmqx.PULL) as pull:
            pull.bind("tcp://127.0.0.1:*")
            raise OwnError

    with pytest.raises(OwnError):
        run(main)


def test_leaving_a_context_waits_for_what_is_unsent_and_lets_the_loop_run(run: Run, ctx: zmqx.anyio.Context) -> None:
    async def main() -> None:
        pull = ctx.socket(zmqx.PULL)
        endpoint = pull.bind("tcp://127.0.0.1:*")
        pull.unbind(endpoint)
        got = []
        left = False

        async def receive() -> None:
            await settled()  # until the context waits
            assert not left
            pull.bind(endpoint)
            for _ in range(3):
                got.append(await pull.recv(timeout=IN_TIME))

        async with anyio.create_task_group() as group:
            async with zmqx.anyio.Context() as lingering:
                push = lingering.socket(zmqx.PUSH, reconnect_ivl=10)
                push.connect(endpoint)
                for number in range(3):
                    await push.send(b"%d" % number)
                group.start_soon(receive)
            left = True
        assert got == [b"0", b"1", b"2"]

    run(main)


def test_leaving_a_context_ends_the_waits_of_its_tasks(run: Run) -> None:
    async def main() -> None:
        found = []

        async def wait(pull: zmqx.anyio.Socket) -> None:
            found.append(await outcome(pull.recv))

        async with anyio.create_task_group() as group, zmqx.anyio.Context() as ctx:
            for _ in range(2):
                group.start_soon(wait, ctx.socket(zmqx.PULL))
            await settled()
        assert set(found) <= {zmqx.ETERM, zmqx.ENOTSOCK}
        assert len(found) == 2

    run(main)


async def _unsent(ctx: zmqx.anyio.Context, linger: int) -> None:
    """Something to linger for, and nobody who takes it."""
    pull = ctx.socket(zmqx.PULL)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    pull.unbind(endpoint)
    push = ctx.socket(zmqx.PUSH, linger=linger)
    push.connect(endpoint)
    await push.send(b"for nobody")


async def _leave_cancelled(ctx: zmqx.anyio.Context, linger: int) -> None:
    async with anyio.create_task_group() as group:

        async def use() -> None:
            async with ctx:
                await _unsent(ctx, linger)

        group.start_soon(use)
        await settled()
        group.cancel_scope.cancel()


def test_leaving_a_context_can_be_cancelled(run: Run) -> None:
    """It is ended then, and whoever kept it can still wait."""
    ctx = zmqx.anyio.Context()
    run(_leave_cancelled, ctx, 300)
    assert ctx.closed
    ctx.term(10_000)


def _network_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("zmqx")]


def test_a_context_left_by_a_cancellation_ends_by_itself(run: Run) -> None:
    """Once what it lingers for is sent, or given up."""
    run(lambda: _leave_cancelled(zmqx.anyio.Context(), 100))
    gc.collect()
    for thread in _network_threads():
        thread.join(PATIENCE / 10)
    assert not _network_threads()


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_cancelled_body_leaves_nothing_behind(
    run: Run, endpoint_of: Callable[[str], str], transport: str
) -> None:
    async def main() -> None:
        async with anyio.create_task_group() as group:

            async def use() -> None:
                async with zmqx.anyio.Context() as ctx:
                    left, right = ctx.socket(zmqx.PAIR), ctx.socket(zmqx.PAIR)
                    right.connect(left.bind(endpoint_of(transport)))
                    await left.wait_connected(timeout=IN_TIME)
                    group.cancel_scope.cancel()
                    await left.recv()

            group.start_soon(use)

    run(main)
    gc.collect()
    for thread in _network_threads():
        thread.join(PATIENCE / 10)
    assert not _network_threads()


def test_a_socket_that_is_dropped_is_closed(run: Run, joiner: Joiner) -> None:
    async def main() -> None:
        pull, push = await joiner.pair(zmqx.PULL, zmqx.PUSH)
        dropped = joiner.ctx.socket(zmqx.PUSH)
        dropped.connect(pull.last_endpoint.decode())
        await pull.wait_connected(2, timeout=IN_TIME)
        stream = pull.events(zmqx.Event.DISCONNECTED)
        del dropped
        gc.collect()
        assert (await stream.recv(timeout=IN_TIME)).kind == zmqx.Event.DISCONNECTED
        assert await push.wait_connected(timeout=0) == 1

    run(main)


def test_a_run_that_ends_first_leaves_the_socket_usable(backend: str, ctx: zmqx.anyio.Context) -> None:
    """A task that was waiting when its loop ended is woken no more, and nobody minds."""

    async def wait(pull: zmqx.anyio.Socket) -> None:
        with anyio.move_on_after(0.002):
            await pull.recv()

    async def receive(pull: zmqx.anyio.Socket) -> bytes:
        body: bytes = await pull.recv(timeout=IN_TIME)
        return body

    pull = ctx.socket(zmqx.PULL)
    push = zmqx.Context(shadow=ctx).socket(zmqx.PUSH)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    anyio.run(wait, pull, backend=backend)
    push.send(b"between")
    until(lambda: pull.get(zmqx.EVENTS) & zmqx.POLLIN)
    assert anyio.run(receive, pull, backend=backend) == b"between"
    push.close()
