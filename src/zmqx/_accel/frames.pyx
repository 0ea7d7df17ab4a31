# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The compiled half of ``wire.frames``: framing, many messages per call, in both directions.

The byte-level contract is that of the Python half, which is the reference: same messages, same ``missing``
and ``next_read``, same errors, for any bytes in any pieces. Lengths from the wire are compared with the
limit as unsigned 64-bit numbers before anything is converted or allocated.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from .headers cimport COMMAND, LONG, LONG_HEADER, MORE, header_size, length_at, put_header

from ..errors import ProtocolError
from ..message import Subscription

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from "Python.h":
    object PyList_New(Py_ssize_t size)
    int PyList_Append(object target, object item) except -1

cdef enum:
    # As in the Python half, where the reasons stand.
    BY_REFERENCE = 4096
    IN_PIECES = 1024
    WORTH_ITS_OWN_READ = 32768

cdef uint64_t _UNLIMITED = 0x7FFFFFFFFFFFFFFF


def encode_small(item):
    """The frames of one small message, alone or behind an empty delimiter; None for any other."""
    cdef Py_ssize_t size
    cdef bytes body
    cdef unsigned char *out
    if type(item) is bytes:
        body = <bytes>item
        size = PyBytes_GET_SIZE(body)
        if size >= 256:
            return None
        made = PyBytes_FromStringAndSize(NULL, size + 2)
        out = <unsigned char *>PyBytes_AS_STRING(made)
        out[0] = 0
        out[1] = <unsigned char>size
        memcpy(out + 2, PyBytes_AS_STRING(body), size)
        return made
    if type(item) is list and len(<list>item) == 2 and not (<list>item)[0]:
        rest = (<list>item)[1]
        if type(rest) is bytes:
            body = <bytes>rest
            size = PyBytes_GET_SIZE(body)
            if size < 256:
                made = PyBytes_FromStringAndSize(NULL, size + 4)
                out = <unsigned char *>PyBytes_AS_STRING(made)
                out[0] = MORE
                out[1] = 0
                out[2] = 0
                out[3] = <unsigned char>size
                memcpy(out + 4, PyBytes_AS_STRING(body), size)
                return made
    return None


cdef bytes run_of(list items, Py_ssize_t start, Py_ssize_t stop):
    """The frames of plain messages of fewer than ``BY_REFERENCE`` bytes each, in one block."""
    cdef Py_ssize_t i, size, total = 0
    cdef unsigned char *out
    for i in range(start, stop):
        size = PyBytes_GET_SIZE(items[i])
        total += header_size(size) + size
    made = PyBytes_FromStringAndSize(NULL, total)
    out = <unsigned char *>PyBytes_AS_STRING(made)
    for i in range(start, stop):
        size = PyBytes_GET_SIZE(items[i])
        out += put_header(out, size, 0)
        memcpy(out, PyBytes_AS_STRING(items[i]), size)
        out += size
    return made


def encode(items, encode_subscription):
    """The frames of some messages, as buffers to be written in order."""
    cdef list all_items = items if type(items) is list else list(items)
    cdef list out = []
    cdef list small = []
    cdef list parts
    cdef Py_ssize_t i = 0, stop, count = len(all_items), index, last, size
    cdef unsigned char mark[LONG_HEADER]
    while i < count:
        item = all_items[i]
        if type(item) is bytes:
            stop = i
            while stop < count and type(all_items[stop]) is bytes and PyBytes_GET_SIZE(all_items[stop]) < BY_REFERENCE:
                stop += 1
            if stop > i:
                small.append(run_of(all_items, i, stop))
                i = stop
                continue
            parts = [item]
        elif type(item) is list:
            parts = <list>item
        elif type(item) is Subscription:
            small.append(encode_subscription(item))
            i += 1
            continue
        else:
            parts = [item]
        i += 1
        last = len(parts) - 1
        for index in range(last + 1):
            part = parts[index]
            size = len(part)
            small.append(PyBytes_FromStringAndSize(<char *>mark, put_header(mark, size, 0 if index == last else MORE)))
            if size < 256 or (size < BY_REFERENCE and type(part) is bytes):
                small.append(part)
            else:
                out.append(b"".join(small))
                out.append(part)
                small = []
    if small:
        out.append(small[0] if len(small) == 1 else b"".join(small))
    return out


cdef class Decoder:
    """Bytes into messages. ``feed`` gives bytes, ``decode`` takes messages out; see the Python half."""

    def __cinit__(self, *args, **kwargs):
        self._data = b""

    def __init__(self, max_size=-1):
        self.set_limit(max_size)

    @property
    def unfinished(self):
        """Whether some, but not all, frames of a message are here."""
        return self._parts is not None

    cpdef set_limit(self, max_size):
        """From now on refuse frames of more than ``max_size`` bytes (negative: none)."""
        self._limit = _UNLIMITED if max_size < 0 or max_size > _UNLIMITED else <uint64_t>max_size

    def feed(self, bytes data not None):
        """Take bytes from the peer. Costs nothing until ``decode``."""
        self._feed(data)

    cdef int _feed(self, bytes data) except -1:
        cdef Py_ssize_t missing, size = PyBytes_GET_SIZE(data), rest
        cdef char *joined
        if self._pieces is not None and self.missing:
            missing = self.missing
            if size <= missing:
                self._pieces.append(data)
                self.missing = self.next_read = missing - size
                if not self.next_read and self._gathered() >= WORTH_ITS_OWN_READ:
                    self.next_read = LONG_HEADER
                return 0
            self._pieces.append(PyBytes_FromStringAndSize(PyBytes_AS_STRING(data), missing))
            self._data = data
            self._pos = missing
            self.missing = self.next_read = 0
            return 0
        rest = PyBytes_GET_SIZE(self._data) - self._pos
        if rest > 0:
            made = PyBytes_FromStringAndSize(NULL, rest + size)
            joined = PyBytes_AS_STRING(made)
            memcpy(joined, PyBytes_AS_STRING(self._data) + self._pos, rest)
            memcpy(joined + rest, PyBytes_AS_STRING(data), size)
            self._data = made
        else:
            self._data = data
        self._pos = 0
        self.next_read = 0
        return 0

    cdef Py_ssize_t _gathered(self):
        cdef Py_ssize_t total = 0
        for piece in self._pieces:
            total += PyBytes_GET_SIZE(piece)
        return total

    cpdef list push(self, bytes data, Py_ssize_t most):
        """``feed`` and ``decode`` in one."""
        if data is None:
            raise TypeError("bytes are pushed")
        self._feed(data)
        return self.decode(most)

    cpdef list decode(self, Py_ssize_t most):
        """Up to ``most`` whole messages, in order. An over-long frame ends it and stands in ``error``."""
        cdef list out = []
        cdef const unsigned char *data
        cdef Py_ssize_t pos, end, start, left
        cdef uint64_t size, limit = self._limit
        cdef int flags
        cdef bytes body
        if self.trap is not None or self.error is not None or most <= 0:
            return out
        if self._pieces is not None:
            if self.missing:
                return out
            body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
            self._pieces = None
            if self._flags & COMMAND:
                self.trap = body
                return out
            self._take(body, self._flags, out)
        data = <const unsigned char *>PyBytes_AS_STRING(self._data)
        pos = self._pos
        end = PyBytes_GET_SIZE(self._data)
        left = most - len(out)
        while left > 0:
            start = pos + 2
            if start > end:
                break
            flags = data[pos]
            if flags & LONG:
                start = pos + LONG_HEADER
                if start > end:
                    break
                size = length_at(data + pos + 1)
            else:
                size = data[pos + 1]
            if size > limit:
                self.error = ProtocolError(f"a frame of {size} bytes exceeds the limit of {limit}")
                break
            if size > <uint64_t>(end - start):
                if size >= IN_PIECES:
                    self._pieces = [PyBytes_FromStringAndSize(<char *>data + start, end - start)] if start < end else []
                    self.missing = <Py_ssize_t>(size - <uint64_t>(end - start))
                    self._flags = flags
                    if size >= WORTH_ITS_OWN_READ:
                        self.next_read = self.missing
                    pos = end
                break
            body = PyBytes_FromStringAndSize(<char *>data + start, <Py_ssize_t>size)
            pos = start + <Py_ssize_t>size
            if flags == 0 and self._parts is None:
                PyList_Append(out, body)
                left -= 1
                continue
            if flags & COMMAND:
                self.trap = body
                break
            if self._take(body, flags, out):
                left -= 1
        if pos >= end:
            self._data = b""
            self._pos = 0
        else:
            self._pos = pos
        return out

    cdef bint _take(self, bytes body, int flags, list out) except -1:
        """One frame of a message; whether it was the last."""
        if flags & MORE:
            if self._parts is None:
                self._parts = [body]
            else:
                self._parts.append(body)
            return False
        if self._parts is None:
            out.append(body)
        else:
            self._parts.append(body)
            out.append(self._parts)
            self._parts = None
        return True
