"""The interpreter ends, in bounded time, whatever is open, unsent or waited for; and sends what it can."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zmqx

START = """
import sys, threading
import zmqx
ctx = zmqx.Context()
"""

QUIET = {
    "open-sockets": """
        sockets = [ctx.socket(kind) for kind in zmqx.SocketType]
        sockets[0].bind("tcp://127.0.0.1:*")
        sockets[1].connect("tcp://127.0.0.1:1")
    """,
    "nothing-made": "",
    "the-shared-context": """
        zmqx.Context.instance().socket(zmqx.PULL).bind("tcp://127.0.0.1:*")
    """,
    "a-daemon-in-recv": """
        socket = ctx.socket(zmqx.PULL)
        socket.bind("tcp://127.0.0.1:*")
        threading.Thread(target=socket.recv, daemon=True).start()
        while not socket._core.waiters:
            pass
    """,
    "a-daemon-in-an-inproc-recv": """
        socket = ctx.socket(zmqx.PULL)
        socket.bind("inproc://x")
        threading.Thread(target=socket.recv, daemon=True).start()
        while not socket._core.waiters:
            pass
    """,
    "a-daemon-in-poll": """
        socket = ctx.socket(zmqx.PULL)
        socket.bind("tcp://127.0.0.1:*")
        poller = zmqx.Poller()
        poller.register(socket)
        threading.Thread(target=poller.poll, daemon=True).start()
        while not socket._core.waiters:
            pass
    """,
    "daemons-in-a-storm": """
        push, pull = ctx.socket(zmqx.PUSH, linger=0), ctx.socket(zmqx.PULL)
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        def storm():
            while True:
                push.send(b"x")
        def lull():
            while True:
                pull.recv()
        for target in (storm, lull):
            threading.Thread(target=target, daemon=True).start()
        while not pull.poll(10):
            pass
    """,
    "in-the-middle-of-a-message": """
        push, pull = ctx.socket(zmqx.PUSH), ctx.socket(zmqx.PULL)
        push.connect(pull.bind("tcp://127.0.0.1:*"))
        push.send(b"x", zmqx.SNDMORE)
    """,
    "ended-already": """
        with ctx.socket(zmqx.PULL) as socket:
            socket.bind("tcp://127.0.0.1:*")
        ctx.term()
    """,
    "os._exit": """
        import os
        push = ctx.socket(zmqx.PUSH)
        push.connect("tcp://127.0.0.1:1")
        push.send(b"x")
        os._exit(0)
    """,
    "inside-a-block": """
        with zmqx.Context() as inner, inner.socket(zmqx.PULL) as socket:
            socket.bind("tcp://127.0.0.1:*")
            sys.exit(0)
    """,
    "daemons-that-make-contexts": """
        def make():
            while True:
                with zmqx.Context() as own, own.socket(zmqx.PULL) as socket:
                    socket.bind("tcp://127.0.0.1:*")
        begun = threading.Event()
        for _ in range(3):
            threading.Thread(target=lambda: begun.set() or make(), daemon=True).start()
        begun.wait()
    """,
    "a-daemon-in-flush": """
        push = ctx.socket(zmqx.PUSH, linger=0)
        push.connect("tcp://127.0.0.1:1")
        push.send(b"x")
        threading.Thread(target=push.flush, daemon=True).start()
        while not push._core.waiters:
            pass
    """,
    "a-daemon-in-term": """
        ctx.socket(zmqx.PULL).bind("tcp://127.0.0.1:*")
        kept = ctx.socket(zmqx.PULL)
        threading.Thread(target=ctx.term, daemon=True).start()
        while not ctx.core._waiters:
            pass
    """,
    "asyncio-open": """
        import asyncio, zmqx.asyncio
        async def main():
            actx = zmqx.asyncio.Context.instance()
            pull = actx.socket(zmqx.PULL)
            pull.bind("tcp://127.0.0.1:*")
            pull.recv()
            await asyncio.sleep(0)
        asyncio.run(main())
    """,
    "asyncio-in-a-daemon": """
        import asyncio, zmqx.asyncio
        pulls = []
        async def main():
            pull = zmqx.asyncio.Context.instance().socket(zmqx.PULL)
            pull.bind("tcp://127.0.0.1:*")
            pulls.append(pull)
            await pull.recv()
        threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
        while not (pulls and pulls[0]._core.waiters):
            pass
    """,
    "anyio-open": """
        import anyio, zmqx.anyio
        async def main():
            pull = zmqx.anyio.Context.instance().socket(zmqx.PULL)
            pull.bind("tcp://127.0.0.1:*")
            with anyio.move_on_after(0.01):
                await pull.recv()
        anyio.run(main)
    """,
    "in-a-cycle": """
        class Service:
            def __init__(self):
                self.me = self
                self.socket = ctx.socket(zmqx.PULL)
                self.socket.bind("tcp://127.0.0.1:*")
        Service()
    """,
}


def run(program: str, *args: str) -> subprocess.CompletedProcess[str]:
    lines = [line[8:] if line.startswith(" " * 8) else line for line in program.splitlines()]
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", START + "\n".join(lines), *args],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("program", QUIET.values(), ids=QUIET)
def test_the_interpreter_ends_without_a_word(program: str) -> None:
    result = run(program)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_cannot_be_sent_is_given_up_and_named() -> None:
    result = run("""
        push = ctx.socket(zmqx.PUSH)
        push.connect("tcp://127.0.0.1:1")
        for _ in range(3):
            push.send(b"x")
    """)
    assert (result.returncode, result.stdout) == (0, "")
    assert "3 message(s) of a PUSH to tcp://127.0.0.1:1 not sent" in result.stderr


def test_a_closed_socket_that_lingers_is_given_up_and_named() -> None:
    result = run("""
        with ctx.socket(zmqx.PUSH) as push:
            push.connect("tcp://127.0.0.1:1")
            push.send(b"x")
    """)
    assert (result.returncode, result.stdout) == (0, "")
    assert "1 message(s) of a PUSH to tcp://127.0.0.1:1 not sent" in result.stderr


def test_what_need_not_linger_is_given_up_without_a_word() -> None:
    result = run("""
        push = ctx.socket(zmqx.PUSH, linger=0)
        push.connect("tcp://127.0.0.1:1")
        push.send(b"x")
    """)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("end", ["", "sys.exit(0)", "push.close()", "del push, ctx", "ctx.destroy()"])
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_what_was_sent_just_before_the_end_arrives(ctx: zmqx.Context, transport: str, end: str) -> None:
    pull = ctx.socket(zmqx.PULL)
    endpoint = pull.bind("tcp://127.0.0.1:*" if transport == "tcp" else "ipc://*")
    program = f"""
        push = ctx.socket(zmqx.PUSH)
        push.connect(sys.argv[1])
        for number in range(500):
            push.send(b"%d" % number)
        push.send(b"x" * 100_000)
        {end}
    """
    result = run(program, endpoint)
    assert (result.returncode, result.stderr) == (0, "")
    assert [pull.recv(timeout=10_000) for _ in range(501)] == [b"%d" % n for n in range(500)] + [b"x" * 100_000]


@pytest.mark.parametrize("face", ["asyncio", "anyio"])
@pytest.mark.parametrize("end", ["", "push.close()", "del push"])
def test_what_other_faces_sent_just_before_the_end_arrives(ctx: zmqx.Context, face: str, end: str) -> None:
    pull = ctx.socket(zmqx.PULL)
    program = f"""
        import asyncio, zmqx.asyncio, zmqx.anyio
        async def main():
            push = zmqx.{face}.Context().socket(zmqx.PUSH)
            push.connect(sys.argv[1])
            for number in range(500):
                await push.send(b"%d" % number)
            await push.send(b"x" * 100_000)
            {end or "return push"}
        kept = asyncio.run(main())
    """
    result = run(program, pull.bind("tcp://127.0.0.1:*"))
    assert (result.returncode, result.stderr) == (0, "")
    assert [pull.recv(timeout=10_000) for _ in range(501)] == [b"%d" % n for n in range(500)] + [b"x" * 100_000]


@pytest.mark.parametrize("face", ["asyncio", "anyio"])
def test_what_other_faces_cannot_send_is_given_up_and_named(face: str) -> None:
    result = run(f"""
        import asyncio, zmqx.asyncio, zmqx.anyio
        async def main():
            push = zmqx.{face}.Context.instance().socket(zmqx.PUSH)
            push.connect("tcp://127.0.0.1:1")
            await push.send(b"x")
            return push
        kept = asyncio.run(main())
    """)
    assert (result.returncode, result.stdout) == (0, "")
    assert "1 message(s) of a PUSH to tcp://127.0.0.1:1 not sent" in result.stderr


def test_an_error_ends_the_program_with_its_traceback() -> None:
    result = run("""
        socket = ctx.socket(zmqx.PULL)
        socket.bind("tcp://127.0.0.1:*")
        raise SystemError("the end")
    """)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "SystemError: the end"
