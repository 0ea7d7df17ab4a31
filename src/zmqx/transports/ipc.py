"""ipc:// (zmq_ipc): UNIX stream sockets by path, by abstract name (Linux), or at a path of our choice.

A path that a living listener holds is in use, and a file that is no socket is not ours to remove:
both raise EADDRINUSE, where libzmq takes the one over and deletes the other. What a dead listener
left behind is replaced, and our own file goes when we stop listening, unless another took its place.
"""

from __future__ import annotations

import errno
import os
import socket
import stat

from ..address import parse_ipc
from ..errors import EADDRINUSE, EPROTONOSUPPORT, zmq_error
from . import filters
from .base import Transport
from .sockets import SocketAcceptor, SocketDial, SocketStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..address import IpcAddress
    from ..options import Settings
    from .base import Acceptor, Candidate, Dial


class Ipc(Transport):
    """UNIX domain sockets."""

    scheme = "ipc"

    def check_bind(self, address: str) -> IpcAddress:
        return _supported(address, bind=True)

    def check_connect(self, address: str) -> IpcAddress:
        return _supported(address, bind=False)

    def listen(self, address: IpcAddress, settings: Settings) -> Acceptor:
        path = address.path
        welcome = _welcoming(settings)
        directory = None
        if path is None:
            from tempfile import mkdtemp

            try:
                directory = mkdtemp(prefix="zmqx-")
            except OSError as error:
                raise zmq_error(error.errno or 0, "cannot bind to ipc://*") from error
            path = os.path.join(directory, "socket")
        endpoint = _endpoint(path)
        sock = None
        try:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            if isinstance(path, str):
                _clear(path)
            sock.bind(path)
            own = _identity(path) if isinstance(path, str) else None
            sock.listen(settings.backlog)
            if own is not None and _identity(path) != own:  # type: ignore[arg-type]  # a str then
                # Somebody else was binding here too, and took us for dead before we listened.
                raise OSError(EADDRINUSE, f"somebody listens at {endpoint}")
        except OSError as error:
            if sock is not None:
                sock.close()
            if directory is not None:
                os.rmdir(directory)
            raise zmq_error(error.errno or 0, f"cannot bind to {endpoint}") from error
        _prepare(sock, settings)

        if isinstance(path, bytes):
            return SocketAcceptor(sock, endpoint, welcome(endpoint))
        # Absolute, because the working directory may be another by the time we clean up.
        whole = os.path.abspath(path)

        def closed() -> None:
            try:
                if _identity(whole) == own:
                    os.unlink(whole)
                if directory is not None:
                    os.rmdir(directory)
            except OSError:
                pass  # somebody was faster; the file is gone, or not ours

        return SocketAcceptor(sock, endpoint, welcome(endpoint), closed)

    def adopt(self, fd: int, settings: Settings) -> Acceptor:
        welcome = _welcoming(settings)
        from . import adopting

        sock = adopting.adopt(fd, self.scheme, settings)
        endpoint = _endpoint(sock.getsockname())
        return adopting.AdoptedAcceptor(sock, endpoint, welcome(endpoint))

    def candidates(self, address: IpcAddress, settings: Settings) -> list[Candidate] | None:
        return [(socket.AF_UNIX, address.path)]

    def look_up(self, address: IpcAddress, settings: Settings) -> list[Candidate]:
        return [(socket.AF_UNIX, address.path)]

    def dial(self, address: IpcAddress, candidate: Candidate, settings: Settings) -> Dial:
        sock = _prepare(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), settings)
        endpoint = _endpoint(candidate[1])  # type: ignore[arg-type]  # a path
        return SocketDial(sock, candidate, lambda connected: (endpoint, endpoint))


def _identity(path: str) -> tuple[int, int] | None:
    """What tells one file from another that takes its name."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _supported(address: str, *, bind: bool) -> IpcAddress:
    if not hasattr(socket, "AF_UNIX"):
        raise zmq_error(EPROTONOSUPPORT, f"'ipc://{address}': this system has no UNIX sockets")
    return parse_ipc(address, bind=bind)


def _endpoint(path: str | bytes) -> str:
    return f"ipc://@{path[1:].decode(errors='surrogateescape')}" if isinstance(path, bytes) else f"ipc://{path}"


def _welcoming(settings: Settings) -> Callable[[str], Callable[[socket.socket, object], SocketStream]]:
    """What makes a stream of a peer, once the endpoint is known. ENOTSUP for filters the system cannot have."""
    wanted = filters.wanted_ids(settings)

    def at(endpoint: str) -> Callable[[socket.socket, object], SocketStream]:
        def welcome(accepted: socket.socket, peer: object) -> SocketStream:
            if wanted is not None:
                filters.check_ids(accepted, wanted)
            return SocketStream(_prepare(accepted, settings), endpoint, endpoint)

        return welcome

    return at


def _prepare(sock: socket.socket, settings: Settings) -> socket.socket:
    if settings.sndbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, settings.sndbuf)
    if settings.rcvbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, settings.rcvbuf)
    return sock


def _clear(path: str) -> None:
    """Remove what a dead listener left at a path; OSError(EADDRINUSE) for anything else there."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise OSError(EADDRINUSE, f"{path} is not a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        # A listener whose queue is full must not make us wait.
        probe.setblocking(False)
        result = probe.connect_ex(path)
    if result != errno.ECONNREFUSED:
        raise OSError(EADDRINUSE, f"somebody listens at {path}")
    os.unlink(path)
