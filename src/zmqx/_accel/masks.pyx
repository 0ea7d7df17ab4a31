# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The mask of WebSocket payloads (RFC 6455, section 5.3), eight bytes at a time: the compiled half of ``wire.masks``."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package


def masked(data, bytes mask not None, Py_ssize_t offset=0):
    """Bytes of a payload, from this offset on, with the mask put on or taken off."""
    cdef Py_buffer view
    cdef unsigned char turned[8]
    cdef const unsigned char *source
    cdef unsigned char *target
    cdef uint64_t pattern, word
    cdef Py_ssize_t i, size
    if PyBytes_GET_SIZE(mask) != 4 or offset < 0:
        raise ValueError("a mask has four bytes")
    for i in range(8):
        turned[i] = <unsigned char>PyBytes_AS_STRING(mask)[(offset + i) & 3]
    memcpy(&pattern, turned, 8)
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        size = view.len
        made = PyBytes_FromStringAndSize(NULL, size)
        source = <const unsigned char *>view.buf
        target = <unsigned char *>PyBytes_AS_STRING(made)
        i = 0
        while i + 8 <= size:
            memcpy(&word, source + i, 8)
            word ^= pattern
            memcpy(target + i, &word, 8)
            i += 8
        while i < size:
            target[i] = source[i] ^ turned[i & 7]
            i += 1
        return made
    finally:
        PyBuffer_Release(&view)
