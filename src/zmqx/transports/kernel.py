"""What the kernel is told of every internet socket, whatever it is for."""

from __future__ import annotations

import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..options import Settings

_SO_BUSY_POLL = 46  # asm-generic/socket.h; the socket module does not have it


def prepare_new(sock: socket.socket, settings: Settings) -> None:
    """The options that have to stand before bind or connect, of a socket that we made."""
    prepare(sock, settings)
    device = settings.bindtodevice
    if device:
        # One that was accepted has it from its listener, and setting it again takes rights.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device + b"\0")


def prepare(sock: socket.socket, settings: Settings) -> None:
    """The options of every socket, also of one that was accepted."""
    if settings.sndbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, settings.sndbuf)
    if settings.rcvbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, settings.rcvbuf)
    if settings.tos:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, settings.tos)
        if sock.family == socket.AF_INET6 and hasattr(socket, "IPV6_TCLASS"):
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, settings.tos)
    if settings.priority and hasattr(socket, "SO_PRIORITY"):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, settings.priority)
    if settings.busy_poll and sys.platform == "linux":
        sock.setsockopt(socket.SOL_SOCKET, _SO_BUSY_POLL, settings.busy_poll)
    if settings.loopback_fastpath and hasattr(socket, "SIO_LOOPBACK_FAST_PATH"):
        sock.ioctl(socket.SIO_LOOPBACK_FAST_PATH, True)  # type: ignore[attr-defined]  # Windows
