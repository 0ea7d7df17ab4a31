"""Tasks of whatever library runs: which one, in which line, and how to wake it."""

from __future__ import annotations

import sys
from collections import deque
from contextlib import contextmanager

import anyio

from ..engine.reactor import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ..engine.core import SocketCore


def _soon_caller() -> Callable[[Callable[[], object]], object]:
    """Calls something in the loop that runs in this thread, from any thread."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_task():
        return trio.lowlevel.current_trio_token().run_sync_soon  # type: ignore[no-any-return]
    import asyncio

    return asyncio.get_running_loop().call_soon_threadsafe


def current_task() -> Any:
    """The task that runs, as its own library has it; None outside of a run."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_task():
        return trio.lowlevel.current_task()
    import asyncio

    return asyncio.current_task() if asyncio._get_running_loop() is not None else None


class Line:
    """Who waits for one direction of a socket: first come, first served. Belongs to no loop while nobody waits."""

    __slots__ = ("_waiting", "taken")

    def __init__(self) -> None:
        self.taken = False
        self._waiting: deque[anyio.Event] = deque()

    async def __aenter__(self) -> None:
        if not self.taken:
            self.taken = True
            return
        event = anyio.Event()
        self._waiting.append(event)
        try:
            await event.wait()
        except BaseException:
            if event.is_set():
                self._pass_on()
            else:
                self._waiting.remove(event)
            raise

    async def __aexit__(self, *exc: object) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self.taken = False


class Signal(Waiter):
    """A waiter that wakes a task."""

    __slots__ = ("event",)

    def __init__(self) -> None:
        event = self.event = anyio.Event()
        call_soon = _soon_caller()

        def rouse(waiter: Waiter) -> None:
            try:
                call_soon(event.set)
            except RuntimeError:
                pass  # the loop is over, and its tasks with it (trio.RunFinishedError is one)

        super().__init__(rouse)


@contextmanager
def enlisted(cores: Iterable[SocketCore]) -> Iterator[Signal]:
    """A signal that is set when anything about these sockets changes. Look at them inside: what changes before that
    sets it, too."""
    cores = list(cores)
    signal = Signal()
    try:
        for core in cores:
            with core.guard.deferred, core.guard:
                core.enlist(signal)
        yield signal
    finally:
        for core in cores:
            with core.guard.deferred, core.guard:
                core.dismiss(signal)
