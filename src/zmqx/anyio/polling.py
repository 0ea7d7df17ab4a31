"""Waiting for several sockets at once, on whatever loop there is."""

from __future__ import annotations

import anyio
import anyio.lowlevel

from ..errors import ENOTSUP, zmq_error
from ..polling import Poller as _Poller
from ..times import time_to_wait
from .tasks import enlisted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..polling import Looking


class Poller(_Poller):
    """A set of sockets and, beside them, descriptors, and a wait for any of them."""

    async def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:  # type: ignore[override]
        """Wait until anything is ready; what is, each with the bits of its flags that are.

        ``timeout`` is in ms; None and negative wait for ever. An empty list says that the time is up. Raises ETERM or
        ENOTSOCK for a socket that cannot be used any more, ENOTSUP for a wait for descriptors alone
        (``anyio.wait_readable`` is for those). (zmq_poll)
        """
        ms = time_to_wait(timeout)
        await anyio.lowlevel.checkpoint()
        looking = self._look()
        if not ms:
            looking.turn()
        ready = looking.now()
        if ready is not None or not ms:
            return ready or []
        if looking.files and not looking.cores:
            raise zmq_error(ENOTSUP, "the background thread watches descriptors where a socket is polled as well")
        with anyio.move_on_after(None if ms < 0 else ms / 1000):
            return await _until_ready(looking)
        return []


async def _until_ready(looking: Looking) -> list[tuple[Any, int]]:
    if not looking.cores:
        await anyio.sleep_forever()  # an empty Poller just waits
    with looking.by_thread() as reactor:
        while True:
            with enlisted(looking.cores) as signal:
                ready = looking.now()
                if ready is not None:
                    return ready
                reactor.flush()
                await signal.event.wait()
