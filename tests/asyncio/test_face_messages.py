"""Every form of a message goes through futures as it goes through calls."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from .conftest import Joiner, Runner
from .steps import until, waiting

TRANSPORTS = pytest.mark.parametrize("transport", ["tcp", "inproc"])


@TRANSPORTS
@pytest.mark.parametrize("early", [True, False], ids=["waits", "is-there"])
def test_conversions(run: Runner, joiner: Joiner, transport: str, early: bool) -> None:
    def serialize(obj: Any) -> list[bytes]:
        return [str(part).encode() for part in obj]

    def deserialize(frames: list[bytes]) -> list[int]:
        return [int(frame) for frame in frames]

    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        for send, receive, obj in (
            (b.send_string, a.recv_string, "grün"),
            (b.send_json, a.recv_json, {"a": [1, None]}),
            (b.send_pyobj, a.recv_pyobj, (1, {2})),
            (lambda obj: b.send_serialized(obj, serialize), lambda **kw: a.recv_serialized(deserialize, **kw), [1, 2]),
        ):
            if early:
                task = await waiting(receive(timeout=5000))
                await send(obj)
                assert await task == obj
            else:
                await send(obj)
                await a.poll(5000)
                assert await receive(timeout=5000) == obj

    run(main)


@pytest.mark.parametrize("early", [True, False], ids=["waits", "is-there"])
def test_a_frame_into_a_buffer(run: Runner, joiner: Joiner, early: bool) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        buffer = bytearray(b"....")
        wait = await waiting(a.recv_into(buffer, timeout=5000)) if early else None
        await b.send(b"longer")
        assert await (wait or a.recv_into(buffer, timeout=5000)) == 6
        assert buffer == b"long"

    run(main)


def test_a_conversion_that_fails_tells_who_awaits_it(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR)
        for receive, error in ((a.recv_json, ValueError), (a.recv_pyobj, pickle.UnpicklingError)):
            for early in (True, False):
                wait = receive() if early else None
                b.send(b"not it")
                with pytest.raises(error):
                    await (wait or receive())
        b.send(b"good")
        assert await a.recv_string() == "good"

    run(main)


@TRANSPORTS
def test_frame_by_frame(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, transport)
        for _ in range(2):
            await push.send(b"a", zmqx.SNDMORE)
            await push.send(b"", zmqx.SNDMORE)
            assert await pull.poll(10) == 0
            await push.send_multipart([b"b", b"c"])
            assert await pull.recv(timeout=5000) == b"a"
            assert pull.getsockopt(zmqx.RCVMORE) == 1
            assert await pull.poll() == zmqx.POLLIN
            assert await pull.recv() == b""
            assert await pull.recv_multipart() == [b"b", b"c"]
            assert pull.getsockopt(zmqx.RCVMORE) == 0

    run(main)


@TRANSPORTS
@pytest.mark.parametrize("timeout", [None, 5000])
def test_receives_of_one_task_share_the_frames_of_a_message(
    run: Runner, joiner: Joiner, transport: str, timeout: int | None
) -> None:
    """As in pyzmq: receives that wait at once get one frame after the other."""

    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, transport)
        four = [pull.recv(timeout=timeout) for _ in range(4)]
        push.send_multipart([b"a", b"b"])
        push.send_multipart([b"c", b"d"])
        assert await asyncio.wait_for(asyncio.gather(*four), 2) == [b"a", b"b", b"c", b"d"]

    run(main)


def test_tasks_do_not_mix_their_frames(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp")

        async def send(name: bytes) -> None:
            for part in range(5):
                await push.send(name + b"%d" % part, zmqx.SNDMORE)
                await asyncio.sleep(0)
            await push.send(name)

        async def receive() -> list[bytes]:
            got = [await pull.recv(timeout=5000)]
            while pull.getsockopt(zmqx.RCVMORE):
                await asyncio.sleep(0)
                got.append(await pull.recv())
            return got

        names = [b"%c" % letter for letter in b"abcdefgh"]
        receivers = [asyncio.create_task(receive()) for _ in names]
        await asyncio.gather(*[send(name) for name in names])
        expected = [[*[name + b"%d" % part for part in range(5)], name] for name in names]
        assert sorted(await asyncio.gather(*receivers)) == expected

    run(main)


@TRANSPORTS
def test_frames_know_who_sent_them(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        b.send(b"x" * 100_000, copy=False)
        frame = await a.recv(copy=False, timeout=5000)
        assert isinstance(frame, zmqx.Frame)
        assert bytes(frame) == b"x" * 100_000
        b.send_multipart([b"1", b"2"])
        frames = await a.recv_multipart(copy=False, timeout=5000)
        assert [(bytes(frame), frame.more) for frame in frames] == [(b"1", True), (b"2", False)]

    run(main)


def test_frames_of_several_senders_served_at_once_know_their_own(run: Runner, ctx: zmqx.asyncio.Context) -> None:
    async def main() -> None:
        router = ctx.socket(zmqx.ROUTER)
        endpoint = router.bind("tcp://127.0.0.1:*")
        peers = [ctx.socket(kind) for kind in (zmqx.DEALER, zmqx.REQ)]
        for peer in peers:
            peer.connect(endpoint)
        await router.wait_connected(2, timeout=5000)
        for peer in peers:
            peer.send(peer.socket_type.name.encode())
        await until(lambda: len(router._core._routing._in.ring) == len(peers))
        # After so many calls that need not wait the next ones stand in line, and are served together.
        for _ in range(zmqx.asyncio.futures.PER_STEP):
            router.send_multipart([b"nobody", b""])
        both = [router.recv_multipart(copy=False, timeout=5000) for _ in peers]
        for frames in await asyncio.gather(*both):
            assert frames[-1]["Socket-Type"].encode() == bytes(frames[-1])

    run(main)


@TRANSPORTS
def test_a_tracker_says_when_the_buffer_is_free(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        a, b = await joiner.pair(zmqx.PAIR, zmqx.PAIR, transport)
        tracker = await b.send(bytearray(b"x" * 100_000), copy=False, track=True)
        assert await a.recv(timeout=5000) == b"x" * 100_000
        await asyncio.get_running_loop().run_in_executor(None, tracker.wait, 5)
        assert tracker.done
        assert await b.send_multipart([b"1", b"2"], copy=False, track=True) is not None
        assert await b.send(b"x") is None

    run(main)


@TRANSPORTS
def test_many_at_once(run: Runner, joiner: Joiner, transport: str) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, transport, sndhwm=10, rcvhwm=10)
        sending = push.send_many([[b"%d" % number, b"x"] for number in range(100)])
        got: list[list[bytes]] = []
        while len(got) < 100:
            some = await pull.recv_many(7, timeout=5000)
            assert 1 <= len(some) <= 7
            got += some
        assert got == [[b"%d" % number, b"x"] for number in range(100)]
        assert await sending == 100
        assert await push.send_many([]) == 0

    run(main)


def test_send_many_tells_how_many_were_sent_in_time(run: Runner, joiner: Joiner) -> None:
    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, sndhwm=10, rcvhwm=10)
        sent = await push.send_many([b"%d" % number for number in range(100)], timeout=5)
        assert 10 <= sent < 100
        assert [await pull.recv() for _ in range(sent)] == [b"%d" % number for number in range(sent)]
        assert await pull.poll(10) == 0

    run(main)


@pytest.mark.parametrize("flags", [0, zmqx.DONTWAIT])
@pytest.mark.parametrize("whole", [False, True])
def test_the_rest_of_a_message_waits_behind_nobody(run: Runner, joiner: Joiner, whole: bool, flags: int) -> None:
    """It is its task's already; those who wait for the next message are not passed by."""

    async def main() -> None:
        push, pull = await joiner.pair(zmqx.PUSH, zmqx.PULL, "tcp")
        await push.send_multipart([b"a", b"b"])
        assert await pull.recv(timeout=5000) == b"a"

        async def receive() -> bytes:
            return bytes(await pull.recv(timeout=5000))

        other = asyncio.create_task(receive())
        await asyncio.sleep(0)
        rest = pull.recv_multipart(flags) if whole else pull.recv(flags)
        assert rest.done()
        assert await rest == ([b"b"] if whole else b"b")
        await push.send(b"c")
        assert await other == b"c"

    run(main)
