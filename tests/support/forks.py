"""Calls made in forked children of this very process, and what comes of them."""

from __future__ import annotations

import os
import pickle
import select
import signal
import warnings
from collections.abc import Callable
from typing import Any

from .callers import PATIENCE


class Child:
    """A call in a child of its own, which ends with it."""

    def __init__(self, call: Callable[[], Any]) -> None:
        reading, writing = os.pipe()
        self.pid = self.fork()
        if self.pid == 0:
            try:
                os.close(reading)
                _answer(writing, call)
            finally:
                os._exit(0)
        os.close(writing)
        self._reading = reading

    @staticmethod
    def fork() -> int:
        """``os.fork``, without the warning of Python 3.12 and later of threads, which is what these tests are about."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return os.fork()

    def result(self, seconds: float = PATIENCE) -> Any:
        """What the call returned, or raises what it raised. A child that takes longer is killed."""
        answer = b""
        try:
            while select.select([self._reading], [], [], seconds)[0]:
                part = os.read(self._reading, 65536)
                if not part:
                    break
                answer += part
            else:
                os.kill(self.pid, signal.SIGABRT)  # with faulthandler, it says where it is
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
                raise AssertionError(f"the child did not end within {seconds} s")
        finally:
            os.close(self._reading)
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        returned, raised = pickle.loads(answer)
        if raised is not None:
            raise raised
        return returned


def _answer(writing: int, call: Callable[[], Any]) -> None:
    try:
        answer = pickle.dumps((call(), None))
    except BaseException as error:  # noqa: BLE001  # for the parent
        answer = pickle.dumps((None, error))
    while answer:
        answer = answer[os.write(writing, answer) :]


def forked(call: Callable[[], Any]) -> Any:
    """What this call returns, or raises, in a child."""
    return Child(call).result()


def open_sockets() -> set[str]:
    """What the descriptors of this process lead to, of the kinds that sockets and reactors use."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # the one of the listing itself
        if target.startswith(("socket:", "anon_inode:")):
            found.add(f"{name} {target}")
    return found
