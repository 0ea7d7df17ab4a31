"""libzmq, driven from another process: reads commands from stdin and answers on stdout, a JSON line each.

Run as ``python -m tests.support.judge_program``; ``judge.py`` is the other side.
"""

from __future__ import annotations

import errno
import json
import sys
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from .bodies import packed, unpacked


class Program:
    """The sockets of one process, by number."""

    def __init__(self) -> None:
        self._context = zmq.Context()
        self._sockets: dict[int, zmq.Socket[bytes]] = {}
        self._monitors: dict[int, zmq.Socket[bytes]] = {}
        self._count = 0

    def open(self, kind: str, options: dict[str, int | str]) -> int:
        self._count += 1
        self._sockets[self._count] = self._context.socket(getattr(zmq, kind))
        self.set(self._count, {"linger": 0, **options})
        return self._count

    def set(self, number: int, options: dict[str, int | str]) -> None:
        """Bytes come as hexadecimal digits."""
        for name, value in options.items():
            option = getattr(zmq, name.upper())
            self._sockets[number].setsockopt(option, bytes.fromhex(value) if isinstance(value, str) else value)

    def bind(self, number: int, endpoint: str) -> str:
        self._sockets[number].bind(endpoint)
        return self._sockets[number].getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()

    def connect(self, number: int, endpoint: str) -> None:
        self._sockets[number].connect(endpoint)

    def disconnect(self, number: int, endpoint: str) -> None:
        self._sockets[number].disconnect(endpoint)

    def send(self, number: int, messages: list[list[str | int]], timeout: int) -> None:
        socket = self._sockets[number]
        socket.sndtimeo = timeout
        for message in messages:
            socket.send_multipart(unpacked(message))

    def recv(self, number: int, count: int, timeout: int) -> list[list[str | int]]:
        """Up to ``count`` messages; fewer if none comes for ``timeout`` ms."""
        socket = self._sockets[number]
        socket.rcvtimeo = timeout
        messages = []
        try:
            while len(messages) < count:
                messages.append(packed(socket.recv_multipart()))
        except zmq.Again:
            pass
        return messages

    def poll(self, number: int) -> int:
        """What the socket is ready for. libzmq attaches new peers when it is called, not before."""
        return int(self._sockets[number].getsockopt(zmq.EVENTS))

    def watch(self, number: int) -> None:
        """Collect the events of a socket from now on."""
        self._monitors[number] = self._sockets[number].get_monitor_socket()

    def event(self, number: int, kinds: int, timeout: int) -> dict[str, Any] | None:
        """The next event of these kinds; None if there is none for ``timeout`` ms."""
        monitor = self._monitors[number]
        while monitor.poll(timeout):
            event = recv_monitor_message(monitor)
            if event["event"] & kinds:
                return {"event": int(event["event"]), "value": event["value"]}
        return None

    def close(self, number: int) -> None:
        if number in self._monitors:
            self._sockets[number].disable_monitor()
            self._monitors.pop(number).close(0)
        self._sockets.pop(number).close(0)

    def reset(self) -> None:
        for number in list(self._sockets):
            self.close(number)

    def run(self) -> None:
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            try:
                answer = {"value": getattr(self, name)(*arguments)}
            except zmq.ZMQError as error:
                answer = {"errno": error.errno, "error": f"{errno.errorcode.get(error.errno, error.errno)}: {error}"}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        self.reset()
        self._context.term()


if __name__ == "__main__":
    Program().run()
