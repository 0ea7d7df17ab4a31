"""Calls that wait, made in threads of their own; and waiting for a state, with a deadline."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import zmqx

# Seconds that anything may take on a machine that does other things: a bound, never a measure.
PATIENCE = 20.0


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until this is true, and return what it said."""
    deadline = monotonic() + seconds
    pause = threading.Event()
    while not (said := condition()):
        assert monotonic() < deadline, f"still not so after {seconds} s: {condition}"
        pause.wait(0.001)
    return said


def strike(thread: int, met: Callable[[], Any]) -> None:
    """Send a thread SIGUSR1 until it has met it: the system does not wake whom a signal meets on the way into its
    sleep, and without an interpreter lock that is a time that one hits."""

    def try_once() -> Any:
        signal.pthread_kill(thread, signal.SIGUSR1)
        return met()

    until(try_once)


class Caller:
    """A call in a thread of its own: what came of it, and whether it waits for a socket."""

    def __init__(self, call: Callable[..., Any], *args: Any, **named: Any) -> None:
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(call, args, named), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[..., Any], args: Any, named: Any) -> None:
        try:
            self._result = call(*args, **named)
        except BaseException as error:  # noqa: BLE001  # for whoever asks for the result
            self._error = error

    def waits_for(self, *sockets: zmqx.Socket, count: int = 1) -> Caller:
        """Wait until at least ``count`` calls wait for each of these sockets."""
        until(lambda: self.done or all(len(socket._core.waiters) >= count for socket in sockets))
        assert not self.done, f"it does not wait: {self._result!r}, {self._error!r}"
        return self

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def lasts(self, seconds: float) -> bool:
        """Whether the call has not ended after so long."""
        self._thread.join(seconds)
        return not self.done

    def result(self, seconds: float = PATIENCE) -> Any:
        """What the call returned; raises what it raised."""
        self._thread.join(seconds)
        assert self.done, "the call did not end"
        if self._error is not None:
            raise self._error
        return self._result
