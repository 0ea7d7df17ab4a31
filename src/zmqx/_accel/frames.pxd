# What ``calls`` needs to know of ``frames``.

from libc.stdint cimport uint64_t

cdef class Decoder:
    cdef uint64_t _limit
    cdef bytes _data
    cdef Py_ssize_t _pos
    cdef list _parts
    cdef list _pieces
    cdef int _flags
    cdef public Py_ssize_t missing
    cdef public Py_ssize_t next_read
    cdef public object trap
    cdef public object error
    cpdef set_limit(self, max_size)
    cdef int _feed(self, bytes data) except -1
    cdef Py_ssize_t _gathered(self)
    cpdef list push(self, bytes data, Py_ssize_t most)
    cpdef list decode(self, Py_ssize_t most)
    cdef bint _take(self, bytes body, int flags, list out) except -1
