"""libzmq in a process of its own, with sockets that are called like ours.

One process serves many tests: starting one costs more than most tests.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zmqx

from .bodies import packed, unpacked

_ROOT = Path(__file__).parents[2]
_DEADLINE = 30.0


class Judge:
    """The other process."""

    def __init__(self, program: str = "judge_program") -> None:
        """``program``: the module that runs there."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.{program}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            bufsize=0,
        )
        self._received = b""

    def call(self, *command: Any) -> Any:
        """Have a command carried out; its outcome. Raises as our own sockets do."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        answer = json.loads(self._line())
        if "errno" in answer:
            kind = zmqx.Again if answer["errno"] == zmqx.EAGAIN else zmqx.ZMQError
            raise kind(answer["errno"], answer["error"])
        return answer["value"]

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        until = time.monotonic() + _DEADLINE
        while b"\n" not in self._received:
            if not select.select([self._process.stdout], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError("the other process does not answer")
            data = os.read(self._process.stdout.fileno(), 1 << 20)
            if not data:
                raise EOFError("the other process has ended")
            self._received += data
        line, self._received = self._received.split(b"\n", 1)
        return line

    def socket(self, kind: str, **options: int | bytes) -> JudgeSocket:
        """A new socket, with these options."""
        return JudgeSocket(self, kind, self.call("open", kind, _as_json(options)))

    def reset(self) -> None:
        """Close all sockets."""
        self.call("reset")

    def pause(self) -> None:
        """Stop the process where it is, network threads and all."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process without a word to anybody."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class JudgeSocket:
    """A socket of the other process. Times are milliseconds."""

    def __init__(self, judge: Judge, kind: str, number: int) -> None:
        self._judge = judge
        self._number = number
        self.kind = kind

    def bind(self, endpoint: str) -> str:
        """Listen; returns the real endpoint."""
        return str(self._judge.call("bind", self._number, endpoint))

    def connect(self, endpoint: str) -> None:
        self._judge.call("connect", self._number, endpoint)

    def disconnect(self, endpoint: str) -> None:
        self._judge.call("disconnect", self._number, endpoint)

    def set(self, **options: int | bytes) -> None:
        self._judge.call("set", self._number, _as_json(options))

    def subscribe(self, topic: bytes) -> None:
        self.set(subscribe=topic)

    def unsubscribe(self, topic: bytes) -> None:
        self.set(unsubscribe=topic)

    def send_multipart(self, parts: list[bytes], timeout: int = 10_000) -> None:
        self.send_all([parts], timeout)

    def send_all(self, messages: list[list[bytes]], timeout: int = 10_000) -> None:
        self._judge.call("send", self._number, [packed(message) for message in messages], timeout)

    def recv_multipart(self, timeout: int = 10_000) -> list[bytes]:
        messages = self.recv_all(1, timeout)
        if not messages:
            raise zmqx.Again
        return messages[0]

    def recv_all(self, count: int, timeout: int = 10_000) -> list[list[bytes]]:
        """Up to ``count`` messages; fewer if none comes for ``timeout``."""
        return [unpacked(message) for message in self._judge.call("recv", self._number, count, timeout)]

    def poll(self) -> int:
        """What the socket is ready for; and libzmq notices what has happened to it."""
        return int(self._judge.call("poll", self._number))

    def watch(self) -> None:
        """Collect events from now on."""
        self._judge.call("watch", self._number)

    def event(self, kinds: int, timeout: int = 10_000) -> tuple[int, int] | None:
        """The next event of these kinds, and its value; None if there is none in time."""
        found = self._judge.call("event", self._number, int(kinds), timeout)
        return None if found is None else (found["event"], found["value"])

    def close(self) -> None:
        self._judge.call("close", self._number)


def _as_json(options: dict[str, int | bytes]) -> dict[str, int | str]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in options.items()}


@pytest.fixture(scope="session")
def judge_process() -> Iterator[Judge]:
    """One process for all tests of a folder."""
    with Judge() as judge:
        yield judge


@pytest.fixture
def judge(judge_process: Judge) -> Iterator[Judge]:
    """libzmq, without a socket left from another test."""
    yield judge_process
    judge_process.reset()
