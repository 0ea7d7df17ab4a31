"""Plain sockets: what blocking calls of the standard library do, for the cases in which they can take part.

A message is four bytes of length and a body. The sender makes that packet once and hands it to one ``sendall`` per
message; the receiver reads through the standard library's buffered reader. No queue, no thread, no reconnection:
not a rival to be beaten everywhere, but a mark for what the system and the interpreter cost in any case.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

_TIMEOUT = 30.0


def _unix_path(endpoint: str) -> str | None:
    return endpoint.removeprefix("ipc://") if endpoint.startswith("ipc://") else None


def _port(endpoint: str) -> int:
    port = endpoint.rpartition(":")[2]
    return 0 if port == "*" else int(port)


def listen(endpoint: str) -> tuple[socket.socket, str]:
    """A listening socket, and where it really listens."""
    path = _unix_path(endpoint)
    if path is not None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen()
        where = endpoint
    else:
        listener = socket.create_server(("127.0.0.1", _port(endpoint)))
        where = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    listener.settimeout(_TIMEOUT)
    return listener, where


def connect(endpoint: str) -> socket.socket:
    """A connected socket that blocks for ever: a limit of time would make the system's calls non-blocking ones."""
    path = _unix_path(endpoint)
    if path is None:
        sock = socket.create_connection(("127.0.0.1", _port(endpoint)), _TIMEOUT)
    else:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(_TIMEOUT)
        sock.connect(path)
    sock.setblocking(True)
    return sock


def accept(listener: socket.socket) -> socket.socket:
    """The next connection, blocking for ever."""
    sock = listener.accept()[0]
    sock.setblocking(True)
    return sock


def send_at_once(sock: socket.socket) -> None:
    """Switch Nagle's algorithm off, where there is one."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def packet(body: bytes) -> bytes:
    """A message as it is sent."""
    return len(body).to_bytes(4, "big") + body


def receiver(sock: socket.socket) -> tuple[Callable[[], bytes], Callable[[], None]]:
    """A function that receives the next message, and one that closes what it reads through."""
    reader = sock.makefile("rb", buffering=65536)
    read = reader.read

    def recv() -> bytes:
        body: bytes = read(int.from_bytes(read(4), "big"))
        return body

    return recv, reader.close
