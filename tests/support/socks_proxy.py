"""A SOCKS5 proxy that notes what it is told, and answers as a test likes."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Callable

SUCCESS = b"\5\0\0\1\x7f\0\0\1\x12\x34"


class SocksProxy:
    """Serves one connection at a time, as a thread. ``heard`` is what clients said, request by request."""

    def __init__(
        self,
        *,
        method: int = 0,
        status: int = 0,
        reply: bytes = SUCCESS,
        find: Callable[[str, int], tuple[str, int]] | None = None,
        waits: bool = True,
    ) -> None:
        """``method`` is what it chooses, ``status`` its answer to a password; ``find`` looks a name up (it is asked for
        every place). ``waits``: it answers when the server has spoken."""
        self._waits = waits
        self._method = method
        self._status = status
        self._reply = reply
        self._find = find or (lambda host, port: (host, port))
        self._server = socket.create_server(("127.0.0.1", 0))
        self._stop, self._stopped = socket.socketpair()
        self.heard: list[bytes] = []
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._stopped not in select.select([self._server, self._stopped], [], [])[0]:
            client, _ = self._server.accept()
            with client:
                client.settimeout(10)
                try:
                    self._talk(client)
                except OSError:
                    continue  # it went away

    def _talk(self, client: socket.socket) -> None:
        self._hear(client, lambda said: 2 + said[1] if len(said) > 1 else 2)
        client.sendall(bytes([5, self._method]))
        if self._method == 255:
            return
        if self._method == 2:
            self._hear(client, _login_length)
            client.sendall(bytes([1, self._status]))
            if self._status:
                return
        said = self._hear(client, _request_length)
        if self._reply[1]:
            client.sendall(self._reply)
            return
        with socket.create_connection(self._find(*_place(said)), 10) as server:
            # In one piece with the first bytes of the peer: the client must not read too far.
            client.sendall(self._reply + (server.recv(65536) if self._waits else b""))
            self._relay(client, server)

    def _hear(self, client: socket.socket, length: Callable[[bytes], int]) -> bytes:
        said = b""
        while len(said) < length(said):
            data = client.recv(length(said) - len(said))
            if not data:
                raise ConnectionError
            said += data
        self.heard.append(said)
        return said

    def _relay(self, *ends: socket.socket) -> None:
        while True:
            ready = select.select([*ends, self._stopped], [], [])[0]
            if self._stopped in ready:
                return
            for end in ready:
                data = end.recv(65536)
                if not data:
                    return
                ends[end is ends[0]].sendall(data)

    def close(self) -> None:
        self._stop.close()
        self._thread.join(10)
        self._stopped.close()
        self._server.close()

    def __enter__(self) -> SocksProxy:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _login_length(said: bytes) -> int:
    if len(said) < 2 or len(said) < 2 + said[1] + 1:
        return len(said) + 1
    return 2 + said[1] + 1 + said[2 + said[1]]


def _request_length(said: bytes) -> int:
    if len(said) < 5:
        return 5
    return 4 + {1: 4, 3: 1 + said[4], 4: 16}[said[3]] + 2


def _place(said: bytes) -> tuple[str, int]:
    body, port = said[4:-2], struct.unpack("!H", said[-2:])[0]
    if said[3] == 3:
        return body[1:].decode(), port
    return socket.inet_ntop(socket.AF_INET if said[3] == 1 else socket.AF_INET6, body), port
