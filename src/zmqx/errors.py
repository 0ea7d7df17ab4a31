"""What zmqx raises: pyzmq's exceptions under pyzmq's names, with the culprit named in the text.

Two families that never mix. ``ZMQError`` and its kin are for the caller: a call could not be
carried out, and nothing was changed by it. ``ProtocolError`` is for the inside: a peer broke a
rule; it ends that peer's connection, becomes an event, and never reaches the application as an
exception.
"""

from __future__ import annotations

import errno as _errno
import os
from enum import IntEnum

# ZeroMQ numbers its own errors from here, away from every platform's (zmq.h).
_BASE = 156384712

EFSM = _BASE + 51
ENOCOMPATPROTO = _BASE + 52
ETERM = _BASE + 53
EMTHREAD = _BASE + 54

EAGAIN = _errno.EAGAIN
EFAULT = _errno.EFAULT
EINTR = _errno.EINTR
EINVAL = _errno.EINVAL
EMFILE = _errno.EMFILE
ENODEV = _errno.ENODEV
ENOENT = _errno.ENOENT
EACCES = _errno.EACCES
ENAMETOOLONG = _errno.ENAMETOOLONG


def _posix(name: str, offset: int) -> int:
    return int(getattr(_errno, name, _BASE + offset))


# On a platform that lacks one of these, zmq.h gives it base + n.
ENOTSUP = _posix("ENOTSUP", 1)
EPROTONOSUPPORT = _posix("EPROTONOSUPPORT", 2)
ENOBUFS = _posix("ENOBUFS", 3)
ENETDOWN = _posix("ENETDOWN", 4)
EADDRINUSE = _posix("EADDRINUSE", 5)
EADDRNOTAVAIL = _posix("EADDRNOTAVAIL", 6)
ECONNREFUSED = _posix("ECONNREFUSED", 7)
EINPROGRESS = _posix("EINPROGRESS", 8)
ENOTSOCK = _posix("ENOTSOCK", 9)
EMSGSIZE = _posix("EMSGSIZE", 10)
EAFNOSUPPORT = _posix("EAFNOSUPPORT", 11)
ENETUNREACH = _posix("ENETUNREACH", 12)
ECONNABORTED = _posix("ECONNABORTED", 13)
ECONNRESET = _posix("ECONNRESET", 14)
ENOTCONN = _posix("ENOTCONN", 15)
ETIMEDOUT = _posix("ETIMEDOUT", 16)
EHOSTUNREACH = _posix("EHOSTUNREACH", 17)
ENETRESET = _posix("ENETRESET", 18)

# Of what a forked child must not use.
INHERITED = "made before this process was forked, and is of no use here: make a new one"


class Errno(IntEnum):
    """The numbers of errors, as pyzmq groups them."""

    EAGAIN = EAGAIN
    EFAULT = EFAULT
    EINVAL = EINVAL
    ENOTSUP = ENOTSUP
    EPROTONOSUPPORT = EPROTONOSUPPORT
    ENOBUFS = ENOBUFS
    ENETDOWN = ENETDOWN
    EADDRINUSE = EADDRINUSE
    EADDRNOTAVAIL = EADDRNOTAVAIL
    ECONNREFUSED = ECONNREFUSED
    EINPROGRESS = EINPROGRESS
    ENOTSOCK = ENOTSOCK
    EMSGSIZE = EMSGSIZE
    EAFNOSUPPORT = EAFNOSUPPORT
    ENETUNREACH = ENETUNREACH
    ECONNABORTED = ECONNABORTED
    ECONNRESET = ECONNRESET
    ENOTCONN = ENOTCONN
    ETIMEDOUT = ETIMEDOUT
    EHOSTUNREACH = EHOSTUNREACH
    ENETRESET = ENETRESET
    EFSM = EFSM
    ENOCOMPATPROTO = ENOCOMPATPROTO
    ETERM = ETERM
    EMTHREAD = EMTHREAD


_TEXTS = {
    EFSM: "Operation cannot be accomplished in current state",
    ENOCOMPATPROTO: "The protocol is not compatible with the socket type",
    ETERM: "Context was terminated",
    EMTHREAD: "No thread available",
    EHOSTUNREACH: "Host unreachable",
}


def strerror(number: int) -> str:
    """The text of an errno, ZeroMQ's own numbers included."""
    return _TEXTS.get(number) or os.strerror(number)


class ZMQBaseError(Exception):
    """The root of everything zmqx raises."""


class ZMQError(ZMQBaseError):
    """A call that could not be carried out. Nothing was changed by it.

    ``errno`` is the number libzmq gives in the same situation, ``strerror`` the text, with the
    endpoint, option or value at fault.
    """

    def __init__(self, errno: int | None = None, msg: str | None = None) -> None:
        self.errno = errno
        if msg is None:
            msg = "" if errno is None else strerror(errno)
        self.strerror = msg
        super().__init__(errno, msg)

    def __str__(self) -> str:
        return self.strerror

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.strerror!r})"


class Again(ZMQError):
    """EAGAIN: nothing could be sent or received now, or within the time given."""

    def __init__(self, errno: int | None = EAGAIN, msg: str | None = None) -> None:
        super().__init__(errno, msg)


class ContextTerminated(ZMQError):
    """ETERM: the context of this socket has been terminated."""

    def __init__(self, errno: int | None = ETERM, msg: str | None = None) -> None:
        super().__init__(errno, msg)


class ZMQBindError(ZMQBaseError):
    """``bind_to_random_port`` found no free port in the range."""


class NotDone(ZMQBaseError):
    """``MessageTracker.wait`` ran out of time before the message left."""


class ProtocolError(ZMQBaseError):
    """A peer broke a rule of its protocol; ``code`` is libzmq's ZMQ_PROTOCOL_ERROR number."""

    ZMTP_UNSPECIFIED = 0x10000000
    UNEXPECTED_COMMAND = 0x10000001
    INVALID_SEQUENCE = 0x10000002
    KEY_EXCHANGE = 0x10000003
    MALFORMED_COMMAND = 0x10000011
    MALFORMED_MESSAGE = 0x10000012
    MALFORMED_HELLO = 0x10000013
    MALFORMED_INITIATE = 0x10000014
    MALFORMED_ERROR = 0x10000015
    MALFORMED_READY = 0x10000016
    MALFORMED_WELCOME = 0x10000017
    INVALID_METADATA = 0x10000018
    CRYPTOGRAPHIC = 0x11000001
    MECHANISM_MISMATCH = 0x11000002
    ZAP_UNSPECIFIED = 0x20000000
    ZAP_MALFORMED_REPLY = 0x20000001
    ZAP_BAD_REQUEST_ID = 0x20000002
    ZAP_BAD_VERSION = 0x20000003
    ZAP_INVALID_STATUS_CODE = 0x20000004
    ZAP_INVALID_METADATA = 0x20000005
    WS_UNSPECIFIED = 0x30000000

    def __init__(self, reason: str, code: int = ZMTP_UNSPECIFIED) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason, code)

    def __str__(self) -> str:
        return self.reason


class AuthenticationError(ProtocolError):
    """The peer refused us with an ERROR command; ``status`` is its ZAP code (300, 400 or 500)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the peer refused the handshake with status {status}")
        self.status = status


def zmq_error(number: int, detail: str = "") -> ZMQError:
    """The exception for an errno, in its most telling class, with ``detail`` behind its text."""
    text = f"{strerror(number)}: {detail}" if detail else strerror(number)
    kind = {EAGAIN: Again, ETERM: ContextTerminated}.get(number, ZMQError)
    return kind(number, text)
