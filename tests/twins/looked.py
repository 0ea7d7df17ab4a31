"""A line that the standby looks after, and the other end of its stream."""

from __future__ import annotations

import fcntl
import os
import select
import socket
import struct
import termios
import time
from collections.abc import Callable
from typing import Any

from .conftest import compiled

PATIENCE = 20.0
PING = b"\x04\x07\x04PING\0\0"
PONG = b"\x04\x05\x04PONG"
PLENTY = 1 << 20


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"no {what}"
        os.sched_yield()


class Looked:
    """A duct that nobody takes turns for, and the other end of its stream."""

    def __init__(
        self, room: int = PLENTY, most: int = PLENTY, replies: bool = True, limit: int = -1, wanted: bool = True
    ) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.far.settimeout(PATIENCE)
        self.epoll = select.epoll()
        self.bell = os.eventfd(0, os.EFD_NONBLOCK)
        self.epoll.register(self.bell, select.EPOLLIN | select.EPOLLET)
        self.epoll.register(self.near, select.EPOLLIN)
        self.decoder = compiled("frames").Decoder(limit)
        self.duct = compiled("calls").Duct(self.near.fileno())
        self.duct.follow(self.decoder, replies, most, room)
        self.watch = compiled("watches").Watch(self.epoll.fileno(), self.bell)
        if wanted:
            # Who has sent a PING wants answers: that is looked after at once.
            self.far.sendall(PING)
            self.duct.receive(100, room)
            self.decoder.trap = None
        self.watch.lend(self.near.fileno(), 1, self.duct)

    @property
    def unread(self) -> int:
        """Bytes that nobody has taken from the system."""
        return int(struct.unpack("i", fcntl.ioctl(self.near, termios.FIONREAD, b"\0" * 4))[0])

    def come(self, data: bytes) -> None:
        """Let this arrive, and be taken in."""
        self.far.sendall(data)
        until(lambda: not self.unread, "look")

    def says(self, count: int) -> bytes:
        """So many bytes that the peer gets."""
        data = b""
        while len(data) < count:
            data += self.far.recv(count - len(data))
        return data

    @property
    def silent(self) -> bool:
        """Whether the peer got nothing else."""
        return not select.select([self.far], [], [], 0)[0]

    def receive(self, room: int = PLENTY) -> list[Any]:
        found: list[Any] = self.duct.receive(65536, room)
        return found

    def close(self) -> None:
        self.watch.close()
        self.duct.close()
        self.epoll.close()
        os.close(self.bell)
        self.near.close()
        self.far.close()
