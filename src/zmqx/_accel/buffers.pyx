# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""Buffers that somebody without the interpreter may read: they stay where they are until they are let go of."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package


cdef Py_ssize_t size_of(list buffers) except -1:
    cdef Py_ssize_t total = 0
    for buffer in buffers:
        total += PyBytes_GET_SIZE(buffer) if type(buffer) is bytes else memoryview(buffer).nbytes
    return total


cdef size_t size_in(const Py_buffer *views, Py_ssize_t count) noexcept:
    cdef size_t total = 0
    cdef Py_ssize_t i
    for i in range(count):
        total += <size_t>views[i].len
    return total


cdef Py_buffer *new_views(list buffers) except? NULL:
    """What keeps these where they are."""
    cdef Py_ssize_t i, count = len(buffers)
    cdef Py_buffer *views = <Py_buffer *>PyMem_RawMalloc((count or 1) * sizeof(Py_buffer))
    if views == NULL:
        raise MemoryError
    for i in range(count):
        try:
            PyObject_GetBuffer(buffers[i], &views[i], PyBUF_SIMPLE)
        except BaseException:
            forget_views(views, i)
            raise
    return views


cdef int forget_views(Py_buffer *views, Py_ssize_t count) except -1:
    cdef Py_ssize_t i
    if views == NULL:
        return 0
    for i in range(count):
        PyBuffer_Release(&views[i])
    PyMem_RawFree(views)
    return 0
