"""What tcp and ipc share: streams, dials and acceptors over the system's stream sockets."""

from __future__ import annotations

import errno
import os
import socket
import struct

from .._accel import half
from .base import Acceptor, Dial, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..message import Part
    from .base import Candidate

# Buffers per system call; every platform allows at least this many (Linux: 1024).
_MOST_BUFFERS = 512


# The calls of a socket, compiled; sockets have their own.
_Duct: Any = half("calls", "Duct", None) if hasattr(socket, "MSG_DONTWAIT") else None

_INTERNET = (socket.AF_INET, socket.AF_INET6)

_CREDENTIALS = struct.Struct("iii")  # struct ucred: pid, uid, gid


def credentials(sock: socket.socket) -> tuple[int, int, int]:
    """Process, user and group at the other end of a UNIX socket, as they were when it connected. AttributeError
    where the system does not tell."""
    data = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, group = _CREDENTIALS.unpack(data)
    return process, user, group


class SocketStream(Stream):
    """A connected socket."""

    __slots__ = ("_socket", "duct", "local", "recv", "remote", "send", "spin")

    def __init__(self, sock: socket.socket, local: str, remote: str) -> None:
        sock.setblocking(False)
        self._socket = sock
        self.duct = duct = _Duct(sock.fileno()) if _Duct is not None else None
        self.recv = sock.recv if duct is None else duct.recv
        self.send = sock.send if duct is None else duct.send
        self.spin = None if duct is None else duct.spin
        self.local = local
        self.remote = remote

    def fileno(self) -> int:
        return self._socket.fileno()

    def write(self, buffers: list[Part]) -> list[Part]:
        if self.duct is not None:
            rest: list[Part] = self.duct.write(buffers)
            return rest
        if len(buffers) > 1:
            return self._write_many(buffers)
        data = buffers[0]
        try:
            sent = self.send(data)
        except BlockingIOError:
            return buffers
        return [] if sent == len(data) else [memoryview(data)[sent:]]

    def _write_many(self, buffers: list[Part]) -> list[Part]:
        at = 0
        while at < len(buffers):
            some = buffers[at : at + _MOST_BUFFERS]
            try:
                sent = self._socket.sendmsg(some)
            except OSError as error:
                if at or isinstance(error, BlockingIOError):
                    return buffers[at:]  # what is wrong shows again, when nothing has been written before it
                raise
            for data in some:
                if sent < len(data):
                    return [memoryview(data)[sent:], *buffers[at + 1 :]]
                sent -= len(data)
                at += 1
        return []

    def peer_address(self) -> str:
        try:
            if self._socket.family in _INTERNET:
                return str(self._socket.getpeername()[0])
            process, user, group = credentials(self._socket)
        except (OSError, AttributeError):
            return "localhost" if self._socket.family not in _INTERNET else ""
        return f"localhost:{user}:{group}:{process}"

    def end_writing(self) -> None:
        self._shut(socket.SHUT_WR)

    def end_reading(self) -> None:
        self._shut(socket.SHUT_RD)

    def _shut(self, way: int) -> None:
        try:
            self._socket.shutdown(way)
        except OSError:
            pass  # not connected any more: the peer knows, and whoever reads finds out

    def close(self) -> None:
        if self.duct is not None:
            self.duct.close()
        self._socket.close()


class SocketDial(Dial):
    """A non-blocking connect under way."""

    def __init__(
        self, sock: socket.socket, candidate: Candidate, name: Callable[[socket.socket], tuple[str, str]]
    ) -> None:
        """Begins at once; ``name`` gives the endpoints of the socket once it is connected. OSError
        closes the socket."""
        self._socket = sock
        self._name = name
        sock.setblocking(False)
        result = sock.connect_ex(candidate[1])  # type: ignore[arg-type]  # the family's own form
        # EWOULDBLOCK is Windows' word for EINPROGRESS; from a UNIX socket it means a full backlog.
        under_way = errno.EINPROGRESS if sock.family not in _INTERNET else errno.EWOULDBLOCK
        if result not in (0, errno.EINPROGRESS, under_way):
            sock.close()
            raise OSError(result, os.strerror(result))
        self.done = result == 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def finish(self) -> Stream:
        sock = self._socket
        result = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if result:
            sock.close()
            raise OSError(result, os.strerror(result))
        try:
            return SocketStream(sock, *self._name(sock))
        except OSError as error:
            if error.errno == errno.ENOTCONN and not self.done:
                raise BlockingIOError(errno.EINPROGRESS, os.strerror(errno.EINPROGRESS)) from error
            sock.close()
            raise

    def close(self) -> None:
        self._socket.close()


class SocketAcceptor(Acceptor):
    """A listening socket."""

    def __init__(
        self,
        sock: socket.socket,
        endpoint: str,
        welcome: Callable[[socket.socket, object], SocketStream],
        closed: Callable[[], None] | None = None,
    ) -> None:
        """``welcome`` prepares an accepted socket; ``closed`` removes what the socket leaves behind."""
        sock.setblocking(False)
        self._socket = sock
        self._welcome = welcome
        self._closed = closed
        self.endpoint = endpoint

    def fileno(self) -> int:
        return self._socket.fileno()

    def accept(self) -> Stream | None:
        try:
            sock, address = self._socket.accept()
        except BlockingIOError:
            return None
        try:
            return self._welcome(sock, address)
        except OSError as error:
            # The peer was gone again before we could look at it: no reason to stop accepting.
            sock.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, str(error)) from error

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._socket.close()
            if self._closed is not None:
                self._closed()

    def disown(self) -> None:
        self._socket.close()
