"""What this library can do, and whose interface it has: what programs ask before they use it."""

from __future__ import annotations

from .transports.registry import SCHEMES
from .wire.mechanisms import nacl

# The interfaces that we have: of libzmq, and of pyzmq.
_LIBZMQ = (4, 3, 5)
_PYZMQ = (27, 3, 0)


def has(capability: str) -> bool:
    """Whether something is there that not every build of ZeroMQ has (zmq_has): a transport ("ipc", "ws",
    "wss", "udp"; never "pgm", "norm", "tipc", "vmci"), a mechanism ("curve", if PyNaCl is installed; never "gssapi"),
    or "draft": what libzmq calls drafts is always there. False for a word that is not known."""
    if capability == "draft":
        return True
    if capability == "curve":
        return nacl.available()
    if capability == "ipc":
        import socket

        return hasattr(socket, "AF_UNIX")
    return capability in SCHEMES


def zmq_version_info() -> tuple[int, int, int]:
    """The version of libzmq whose interface and behaviour we have; there is no libzmq here."""
    return _LIBZMQ


def zmq_version() -> str:
    """``zmq_version_info`` as text."""
    return ".".join(map(str, _LIBZMQ))


def pyzmq_version_info() -> tuple[int, int, int]:
    """The version of pyzmq whose names we have; zmqx's own is ``zmqx.__version__``."""
    return _PYZMQ


def pyzmq_version() -> str:
    """``pyzmq_version_info`` as text."""
    return ".".join(map(str, _PYZMQ))
