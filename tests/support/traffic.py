"""Messages that flow all the time, in threads, while something else is tested; in the end all must have come."""

from __future__ import annotations

import threading
from typing import Any

from .callers import Caller

SENDERS = RECEIVERS = 4


class Traffic:
    """From one socket to another. It begins at once."""

    def __init__(self, push: Any, pull: Any) -> None:
        self._push = push
        self._stop = threading.Event()
        #: Senders rest a little unless they are let go on: else they leave others hardly any time.
        self.pace = threading.Semaphore(0)
        self._receivers = [Caller(self._take_all, pull) for _ in range(RECEIVERS)]
        self._senders = [Caller(self._send_all, thread) for thread in range(SENDERS)]

    def _send_all(self, thread: int) -> int:
        number = 0
        while not self._stop.is_set():
            self.pace.acquire(timeout=0.01)
            self._push.send(b"%d:%d" % (thread, number))
            number += 1
        return number

    def _take_all(self, pull: Any) -> list[bytes]:
        got = []
        while (message := pull.recv(timeout=20_000)) != b"":
            got.append(message)
        return got

    def end(self) -> int:
        """How many messages there were; each has come, once."""
        self._stop.set()
        sent = [sender.result() for sender in self._senders]
        for _ in self._receivers:
            self._push.send(b"")
        got = [message for receiver in self._receivers for message in receiver.result()]
        expected = {b"%d:%d" % (thread, number) for thread in range(SENDERS) for number in range(sent[thread])}
        assert len(got) == len(expected)
        assert set(got) == expected
        return len(got)
