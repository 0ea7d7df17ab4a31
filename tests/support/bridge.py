"""The asyncio face, called as if it were the blocking one: scenarios are written once, and run on both.

The loop runs in a thread. Each thread that calls has a task of its own there, because the frames of a message belong
to the task that began it, as they belong to the thread in the blocking face.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import zmqx
import zmqx.asyncio
from zmqx.errors import ENOTSOCK, ETERM

# Seconds that any call may take that does not end by itself.
_PATIENCE = 50.0


class LoopThread:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._own = threading.local()
        self._tasks: list[asyncio.Task[None]] = []
        self._thread = threading.Thread(target=self._run, name="loop of a scenario", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def call(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Call in the loop, and wait for what it gives."""
        queue = getattr(self._own, "queue", None)
        if queue is None:
            queue = self._own.queue = asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(_PATIENCE)
        answer: Future[Any] = Future()
        self._loop.call_soon_threadsafe(queue.put_nowait, (answer, function, args, named))
        return answer.result(_PATIENCE)

    async def _begin(self) -> asyncio.Queue[Any]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self._tasks.append(asyncio.ensure_future(self._serve(queue)))
        return queue

    async def _serve(self, queue: asyncio.Queue[Any]) -> None:
        """The task of one thread."""
        while True:
            await _answer(*await queue.get())

    def close(self) -> None:
        """End the tasks and the loop."""

        async def end() -> None:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(_PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()


async def _answer(answer: Future[Any], function: Callable[..., Any], args: Any, named: Any) -> None:
    try:
        result = function(*args, **named)
        answer.set_result(await result if isinstance(result, asyncio.Future) else result)
    except Exception as error:  # noqa: BLE001  # for who asked
        answer.set_exception(error)


class _Bridged:
    """Anything of the asyncio face: its methods are called in the loop, its attributes are read and set there."""

    def __init__(self, loop: LoopThread, real: Any) -> None:
        self.__dict__["_loop"] = loop
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        found = self._loop.call(getattr, self._real, name)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            result = self._loop.call(found, *args, **named)
            return _Bridged(self._loop, result) if isinstance(result, zmqx.asyncio.EventStream) else result

        return call

    def __setattr__(self, name: str, value: Any) -> None:
        self._loop.call(setattr, self._real, name, value)

    def __enter__(self) -> _Bridged:
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call(self._real.close)


class BridgedSocket(_Bridged):
    """A socket."""

    def __iter__(self) -> Iterator[list[bytes]]:
        while True:
            try:
                yield self.recv_multipart()
            except zmqx.ZMQError as error:
                if error.errno in (ENOTSOCK, ETERM):
                    return
                raise


class BridgedContext:
    """A context. It ends in the thread that asks for it, as in the blocking face."""

    def __init__(self, loop: LoopThread) -> None:
        self._loop = loop
        self._real = zmqx.asyncio.Context()

    def socket(self, socket_type: int, **options: Any) -> BridgedSocket:
        return BridgedSocket(self._loop, self._loop.call(self._real.socket, socket_type, **options))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
