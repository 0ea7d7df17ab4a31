"""While one call keeps the interpreter: heartbeats are answered, what comes is taken in, what was sent leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

import zmqx

from ..support import curve
from ..support.raw_peer import RawPeer, frame

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not zmqx.accelerated, reason="needs the compiled half, and epoll"
)

# Reading in C, with the interpreter kept, lasts until the test says a word.
BUSY = """
import ctypes, sys
import zmqx
from zmqx{face} import Context

def keep_the_interpreter():
    print("busy", flush=True)
    ctypes.PyDLL(None).read(0, ctypes.create_string_buffer(1), 1)
"""

BLOCKING = (
    BUSY.replace("{face}", "")
    + """
ctx = Context()
sock = ctx.socket(zmqx.{kind}, {options})
print(sock.bind("tcp://127.0.0.1:*"), flush=True)
sock.wait_connected()
{before}
keep_the_interpreter()
for _ in range({count}):
    sock.recv_multipart()
print(sock.poll(100), sock.stats().messages_in, sock.stats().bytes_out, flush=True)
ctx.destroy(0)
"""
)

ASYNCIO = (
    BUSY.replace("{face}", ".asyncio")
    + """
import asyncio

async def main():
    ctx = Context()
    sock = ctx.socket(zmqx.{kind}, {options})
    print(sock.bind("tcp://127.0.0.1:*"), flush=True)
    await sock.wait_connected()
    {before}
    keep_the_interpreter()
    for _ in range({count}):
        await sock.recv_multipart()
    print(await sock.poll(100), sock.stats().messages_in, sock.stats().bytes_out, flush=True)
    ctx.destroy(0)

asyncio.run(main())
"""
)


class Program:
    """A program of one socket, and a peer of it."""

    def __init__(self, code: str, kind: str, *, options: str = "", before: str = "", count: int = 0) -> None:
        before = before.replace("{await}", "await " if "async def" in code else "")
        code = code.replace("{kind}", kind).replace("{options}", options).replace("{count}", str(count))
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code.replace("{before}", before)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.endpoint = self.hear()

    def hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def settles(self) -> None:
        """It keeps the interpreter: its first thread sleeps. (What others are in the middle of then, waits.)"""
        deadline = time.monotonic() + 20
        while _state_of(self._process.pid) != "S":
            assert time.monotonic() < deadline, "it does not come to that"
            os.sched_yield()

    def release(self) -> None:
        """Let the interpreter go."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def ends(self) -> bool:
        return self._process.wait(30) == 0

    def close(self) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                pass
        self._process.wait()


def _state_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0]


@pytest.fixture(params=[BLOCKING, ASYNCIO], ids=["blocking", "asyncio"])
def program(request: pytest.FixtureRequest) -> Iterator[object]:
    made: list[Program] = []

    def start(kind: str, **what: object) -> Program:
        made.append(Program(request.param, kind, **what))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for each in made:
        each.close()


def ping(context: bytes) -> bytes:
    return frame(b"\x04PING\0\0" + context, 4)


def test_heartbeats_are_answered_once(program: object) -> None:
    busy = program("ROUTER", count=40)  # type: ignore[operator]
    with RawPeer.connect(busy.endpoint) as peer:
        peer.shake_hands("DEALER")
        assert busy.hear() == "busy"
        for number in range(40):
            peer.send((frame(b"job %d" % number) if number % 2 else b"") + ping(b"%d" % number))
            assert peer.recv_frame() == (4, b"\x04PONG%d" % number)
        peer.send(frame(b"job") * 20)
        busy.release()
        # What the READY and the answers were: none of them was given again afterwards.
        ready = len(frame(b"\x05READY\x0bSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0", 4)) + 64
        answers = sum(len(frame(b"\x04PONG%d" % number, 4)) for number in range(40))
        assert busy.hear() == f"0 40 {ready + answers}"
        peer.send(ping(b"end"))
        assert busy.ends()


def test_what_comes_is_taken_in_up_to_the_mark(program: object) -> None:
    """More than the buffers of the system hold, in messages that they would not hold."""
    busy = program("PULL", options="rcvhwm=100, rcvbuf=4096", count=50)  # type: ignore[operator]
    with RawPeer.connect(busy.endpoint) as peer:
        peer.shake_hands("PUSH")
        assert busy.hear() == "busy"
        for number in range(50):
            peer.send(frame(b"%d" % number * 50_000))  # blocks where nobody takes them
        busy.release()
        assert busy.hear().split()[:2] == ["0", "50"]
        assert busy.ends()


def test_what_was_sent_leaves(program: object) -> None:
    body = "bytes(range(256)) * 20_000"
    busy = program("DEALER", before=f"sock.send({body})", options="sndbuf=4096")  # type: ignore[operator]
    with RawPeer.connect(busy.endpoint) as peer:
        peer.shake_hands("DEALER")
        assert busy.hear() == "busy"
        assert peer.recv_frame() == (0, bytes(range(256)) * 20_000)
        busy.release()
        assert busy.hear().split()[:2] == ["0", "0"]
        assert busy.ends()


@pytest.mark.parametrize("kind", ["PUSH", "DEALER", "PAIR"])
def test_what_gathers_leaves(program: object, kind: str) -> None:
    """Small messages one after another: all but the first wait for a moment, to leave together."""
    sending = "; ".join([f"sock.send(b'{number}')" for number in range(20)] + ["sock.send_multipart([b'a', b'bc'])"])
    busy = program(kind, before=f"{sending}")  # type: ignore[operator]
    with RawPeer.connect(busy.endpoint) as peer:
        peer.shake_hands({"PUSH": "PULL"}.get(kind, kind))
        assert busy.hear() == "busy"
        for number in range(20):
            assert peer.recv_frame() == (0, b"%d" % number)
        assert peer.recv_frame() == (1, b"a")
        assert peer.recv_frame() == (0, b"bc")
        busy.release()
        assert busy.hear().split()[:2] == ["0", "0"]
        assert busy.ends()


def test_what_was_sealed_leaves(program: object) -> None:
    """Nobody else can seal; but what is sealed needs nobody any more."""
    body = "bytes(range(256)) * 20_000"
    keys = f"curve_server=1, curve_secretkey={curve.SERVER_SECRET!r}, sndbuf=65536"
    busy = program("DEALER", before=f"sock.send({body})", options=keys)  # type: ignore[operator]
    with zmqx.Context() as ctx, ctx.socket(zmqx.DEALER, **curve.CLIENT_KEYS) as peer:
        peer.connect(busy.endpoint)
        assert busy.hear() == "busy"
        assert peer.recv(timeout=10_000) == bytes(range(256)) * 20_000
        busy.release()
        assert busy.hear().split()[:2] == ["0", "0"]
        assert busy.ends()


def test_what_waits_behind_the_buffers_of_the_system_leaves(program: object) -> None:
    """More than they hold, message by message."""
    sending = "sending = [sock.send(b'%d' % n * (50_000 if n % 3 else 50)) for n in range(300)]"
    busy = program("PUSH", before=sending, options="sndbuf=65536, sndhwm=1000")  # type: ignore[operator]
    with RawPeer.connect(busy.endpoint) as peer:
        peer.shake_hands("PULL")
        assert busy.hear() == "busy"
        busy.settles()
        for number in range(300):
            assert peer.recv_frame() == (0, b"%d" % number * (50_000 if number % 3 else 50))
        busy.release()
        assert busy.ends()


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_what_is_published_leaves(program: object, count: int) -> None:
    """To several: all but the first of them would get it a moment later, and share what comes after it."""
    before = "[{await}sock.recv() for _ in range(3)]; " + "; ".join(f"sock.send(b'{n}')" for n in range(count))
    busy = program("XPUB", before=before, options="xpub_verbose=1")  # type: ignore[operator]
    with ExitStack() as stack:
        peers = [stack.enter_context(RawPeer.connect(busy.endpoint)) for _ in range(3)]
        for peer in peers:
            peer.shake_hands("SUB")
            peer.send(frame(b"\1"))
        assert busy.hear() == "busy"
        for peer in peers:
            for number in range(count):
                assert peer.recv_frame() == (0, b"%d" % number)
        busy.release()
        assert busy.hear().split()[:2] == ["0", "3"]
        for peer in peers:
            peer.sock.settimeout(0.2)
            assert peer.sock.recv(1) == b""  # the end, and nothing twice
        assert busy.ends()


@pytest.mark.parametrize("limits", ["sndhwm=100", "sndhwm=100000, sndhwm_bytes=5000000"])
@pytest.mark.parametrize("policy", ["BLOCK", "DROP_OLDEST"])
def test_what_has_left_makes_room_at_once(limits: str, policy: str) -> None:
    """Without a drop; and for whoever waited for some, all that has been made."""
    full = """
sent = 0
try:
    while not sock.stats().dropped:
        sock.send(bytes(50_000), zmqx.DONTWAIT)
        sent += 1
except zmqx.Again:
    pass
print(sent - sum(sock.stats().dropped.values()), flush=True)
"""
    # Who drops need not wait. Who blocks and does not wait may come before whoever sits and listens for room.
    ask = "" if policy == "DROP_OLDEST" else "assert sock.poll(10_000, zmqx.POLLOUT)"
    more = f"""
{ask}
dropped = sock.stats().dropped
for _ in range(50):
    sock.send(b"more", zmqx.DONTWAIT)
print(sock.stats().dropped == dropped, flush=True)
"""
    options = f"sndbuf=65536, {limits}, overflow=zmqx.Overflow.{policy}"
    busy = Program(BLOCKING.replace("for _ in", more + "for _ in", 1), "PUSH", before=full, options=options)
    try:
        with RawPeer.connect(busy.endpoint) as peer:
            peer.shake_hands("PULL")
            left = int(busy.hear())
            assert left > 50
            assert busy.hear() == "busy"
            busy.settles()
            for _ in range(left):
                assert peer.recv_frame() == (0, bytes(50_000))
            busy.release()
            assert busy.hear() == "True"
    finally:
        busy.close()
