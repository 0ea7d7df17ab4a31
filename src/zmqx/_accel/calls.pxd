# What ``standby`` needs to know of ``calls``.

from .frames cimport Decoder
from .lines cimport Line
from .queues cimport Queue

cdef class Duct:
    cdef Line line
    cdef Decoder _decoder
    cdef Queue _lent
    cdef bint _more  # of what ``write`` left, the line knows only the first
    cdef bint _replies, _carries
    cdef readonly Py_ssize_t got
    cdef readonly int answered
    cdef readonly Py_ssize_t answer_bytes
    cdef bytes _read(self, Py_ssize_t size)
    cdef bytes _recv_little(self, Py_ssize_t size)
    cdef bytes _recv_much(self, Py_ssize_t size)
    cdef int _align(self, Py_ssize_t room) except -1
    cdef int _lend(self, Queue lent, bint gathers) except -1
    cdef list _write(self, list buffers, bint begun, bint all_there, bint ends=*)
