"""libzmq's own functions, below pyzmq: for what Python has no words for, sizes of values and NULL."""

from __future__ import annotations

import ctypes
from typing import Any

import zmq
from zmq.backend.cython import _zmq

# Its symbols, or those of the library it was linked with.
C: Any = ctypes.CDLL(_zmq.__file__)
for _name in ("zmq_ctx_new", "zmq_socket"):
    getattr(C, _name).restype = ctypes.c_void_p
C.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]


def failure(result: int) -> int:
    """The errno of a call that returned -1, or 0."""
    return int(C.zmq_errno()) if result == -1 else 0


def set_option(socket: zmq.Socket[bytes], option: int, value: bytes | None, size: int | None = None) -> int:
    """``zmq_setsockopt`` with a value as it lies in memory; 0 or the errno."""
    length = size if size is not None else len(value or b"")
    return failure(C.zmq_setsockopt(ctypes.c_void_p(socket.underlying), option, value, ctypes.c_size_t(length)))


def get_option(socket: zmq.Socket[bytes], option: int, size: int) -> tuple[int, bytes]:
    """``zmq_getsockopt`` with a buffer of this size: 0 and what is in it, as long as libzmq says, or the errno."""
    buffer = ctypes.create_string_buffer(b"\xaa" * size, size)
    length = ctypes.c_size_t(size)
    error = failure(C.zmq_getsockopt(ctypes.c_void_p(socket.underlying), option, buffer, ctypes.byref(length)))
    return error, b"" if error else buffer.raw[: length.value]
