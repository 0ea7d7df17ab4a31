"""Descriptors that come from elsewhere: from systemd, a parent process, or the program itself.

A descriptor that is refused is left as it is, and stays its owner's.
"""

from __future__ import annotations

import socket

from ..errors import EINVAL, ZMQError, zmq_error
from .sockets import SocketAcceptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..options import Settings

_SCHEMES = {socket.AF_INET: "tcp", socket.AF_INET6: "tcp"}
if hasattr(socket, "AF_UNIX"):
    _SCHEMES[socket.AF_UNIX] = "ipc"


class AdoptedAcceptor(SocketAcceptor):
    """A listening socket that somebody else made; what it leaves behind (a file) is theirs."""

    def abandon(self) -> None:
        self._socket.detach()


def scheme_of(fd: int) -> str:
    """The transport of a descriptor that can be listened at; EINVAL says why there is none."""
    sock = _look_at(fd)
    try:
        return _SCHEMES[sock.family]
    finally:
        sock.detach()


def adopt(fd: int, scheme: str, settings: Settings) -> socket.socket:
    """A socket of ours that listens at this descriptor, of a fitting family. One that is bound but does not listen
    begins to. EINVAL for any other."""
    sock = _look_at(fd)
    try:
        if _SCHEMES[sock.family] != scheme:
            raise _wrong(fd, f"is a socket for {_SCHEMES[sock.family]}://, not {scheme}://")
        if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            sock.listen(settings.backlog)
        sock.set_inheritable(False)  # systemd passes its own on; other programs are not to keep ours open
    except OSError as error:
        sock.detach()
        raise _wrong(fd, f"cannot be listened at: {error}") from error
    except ZMQError:
        sock.detach()
        raise
    return sock


def _look_at(fd: int) -> socket.socket:
    """The socket of a descriptor, if it is a bound stream socket that nobody is connected to."""
    try:
        sock = socket.socket(fileno=fd)
    except (OSError, ValueError, OverflowError) as error:
        raise _wrong(fd, f"is not an open socket ({error})") from error
    try:
        if sock.family not in _SCHEMES or sock.type != socket.SOCK_STREAM:
            raise _wrong(fd, "is not a TCP or UNIX stream socket")
        if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            _check_bound(fd, sock)
    except BaseException:
        sock.detach()
        raise
    return sock


def _check_bound(fd: int, sock: socket.socket) -> None:
    try:
        sock.getpeername()
    except OSError:
        pass  # as it should be
    else:
        raise _wrong(fd, "is connected, not listening")
    name = sock.getsockname()
    if not name or (isinstance(name, tuple) and not name[1]):
        raise _wrong(fd, "is not bound")


def _wrong(fd: int, why: str) -> Exception:
    return zmq_error(EINVAL, f"descriptor {fd} {why}")
