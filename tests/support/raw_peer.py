"""A peer made of a plain socket: it says exactly the bytes a test wants said, and nothing else."""

from __future__ import annotations

import select
import socket

SIGNATURE = bytes.fromhex("ff00000000000000017f")
GREETING_REST = b"\x03\x01NULL" + bytes(16) + bytes(32)
GREETING = SIGNATURE + GREETING_REST


def address_of(endpoint: str) -> tuple[str, int]:
    """Host and port of a tcp endpoint."""
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    return host.strip("[]"), int(port)


def greeting(major: int = 3, minor: int = 1, mechanism: bytes = b"NULL", as_server: int = 0) -> bytes:
    """A whole greeting of ZMTP 3 (or of what is still to come)."""
    return SIGNATURE + bytes((major, minor)) + mechanism.ljust(20, b"\0") + bytes((as_server,)) + bytes(31)


def frame(body: bytes, flags: int = 0) -> bytes:
    """One ZMTP 2.0+ frame."""
    if len(body) < 256:
        return bytes((flags, len(body))) + body
    return bytes((flags | 2,)) + len(body).to_bytes(8, "big") + body


def ready(socket_type: str, identity: bytes | None = b"") -> bytes:
    """A READY command, framed."""
    body = b"\x05READY\x0bSocket-Type" + len(socket_type).to_bytes(4, "big") + socket_type.encode()
    if identity is not None:
        body += b"\x08Identity" + len(identity).to_bytes(4, "big") + identity
    return frame(body, 4)


class RawPeer:
    """One connection, blocking, with a deadline of ten seconds for everything."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(10)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock

    @classmethod
    def connect(cls, endpoint: str) -> RawPeer:
        """Connect to a tcp or ipc endpoint."""
        if not endpoint.startswith("ipc://"):
            return cls(socket.create_connection(address_of(endpoint), 10))
        path = endpoint.removeprefix("ipc://")
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.settimeout(10)
            sock.connect("\0" + path[1:] if path.startswith("@") else path)
        except OSError:
            sock.close()
            raise
        return cls(sock)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def recv(self, count: int) -> bytes:
        """Exactly so many bytes; EOFError if the stream ends before."""
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise EOFError(f"the stream ended after {data!r}")
            data += more
        return data

    def recv_frame(self) -> tuple[int, bytes]:
        """The flags (without LONG) and the body of the next frame."""
        flags = self.recv(1)[0]
        size = int.from_bytes(self.recv(8), "big") if flags & 2 else self.recv(1)[0]
        return flags & ~2, self.recv(size)

    def recv_message(self) -> list[bytes]:
        """The next message; commands in between are passed over."""
        parts = []
        while True:
            flags, body = self.recv_frame()
            if flags & 4:
                continue
            parts.append(body)
            if not flags & 1:
                return parts

    def is_left_alone(self, seconds: float = 0.05) -> bool:
        """Whether nothing comes, not even the end, for a moment."""
        readable, _, _ = select.select([self.sock], [], [], seconds)
        return not readable

    def greet(self, own: bytes = GREETING) -> bytes:
        """Exchange greetings; returns the other side's."""
        self.send(own)
        return self.recv(64)

    def shake_hands(self, socket_type: str, identity: bytes | None = b"") -> bytes:
        """Exchange greetings and READY; returns the body of the other side's READY."""
        self.greet()
        self.send(ready(socket_type, identity))
        flags, body = self.recv_frame()
        assert flags == 4
        return body

    def ended(self) -> bool:
        """Wait until the other side closes, whatever it still sends. False if it does not, in time."""
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def close(self) -> None:
        self.sock.close()

    def __enter__(self) -> RawPeer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class RawListener:
    """A listening plain socket on loopback."""

    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.sock.settimeout(10)
        self.endpoint = f"tcp://127.0.0.1:{self.sock.getsockname()[1]}"

    def accept(self) -> RawPeer:
        return RawPeer(self.sock.accept()[0])

    def close(self) -> None:
        self.sock.close()

    def __enter__(self) -> RawListener:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
