"""What the kernel says of the TCP sockets that a library made in this process."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..support.callers import until
from ..support.raw_peer import address_of
from .lib import Lib

# struct tcp_info, where a listening socket has the length of its queue: after 8 bytes and 5 numbers.
_MAX_BACKLOG = struct.Struct("28xI")


def _plays(sock: socket.socket, part: str, port: int) -> bool:
    """Whether a socket is the one that listens at a port, was accepted there, or connected to it."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        return False
    if part == "listening":
        return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)) and sock.getsockname()[1] == port
    try:
        peer = sock.getpeername()
    except OSError:
        return False
    return bool((sock.getsockname() if part == "accepted" else peer)[1] == port)


def _find(part: str, port: int) -> socket.socket | None:
    for number in sorted(map(int, os.listdir("/proc/self/fd"))):
        try:
            if not os.readlink(f"/proc/self/fd/{number}").startswith("socket:"):
                continue
            sock = socket.socket(fileno=os.dup(number))
        except OSError:
            continue  # gone
        if _plays(sock, part, port):
            return sock
        sock.close()
    return None


@contextmanager
def socket_at(endpoint: str, part: str) -> Iterator[socket.socket]:
    """The socket that is "listening", "accepted" or "connected" at a tcp endpoint, to be looked at."""
    found = until(lambda: _find(part, address_of(endpoint)[1]))
    try:
        yield found
    finally:
        found.close()


def option(endpoint: str, part: str, level: int, name: int) -> int:
    """What the kernel says of an option."""
    with socket_at(endpoint, part) as found:
        return found.getsockopt(level, name)


def backlog(endpoint: str) -> int:
    """How many connections the kernel queues for a listener."""
    with socket_at(endpoint, "listening") as found:
        return int(_MAX_BACKLOG.unpack_from(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64))[0])


def bind_once_free(lib: Lib, sock: Any, endpoint: str) -> None:
    """Bind to an endpoint that was just given up: unbinding takes libzmq a moment."""

    def bound() -> bool:
        try:
            sock.bind(endpoint)
        except lib.zmq.ZMQError:
            return False
        return True

    until(bound)


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user who has none; whoever may not become another has none either."""
    before = os.geteuid()
    try:
        os.seteuid(65534)
    except PermissionError:
        pass
    try:
        yield
    finally:
        os.seteuid(before)
