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


def test_an_error_ends_the_program_with_its_traceback() -> None:
    result = run("""
        socket = ctx.socket(zmqx.PULL)
        socket.bind("tcp://127.0.0.1:*")
        raise SystemError("the end")
    """)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "SystemError: the end"
