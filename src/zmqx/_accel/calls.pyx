# cython: language_level=3, boundscheck=False, wraparound=False
"""The system calls of a stream socket, made without letting go of the interpreter.

A call that cannot block is over sooner than another thread could make use of the interpreter; and whoever lets go of
it beside a thread that computes gets it back only when that one is made to give it up, 5 ms later. Only calls that
move much, and the spin, let go.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals, PyErr_SetFromErrno
from libc.errno cimport EAGAIN, EINTR, errno

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from "<sys/types.h>":
    ctypedef Py_ssize_t ssize_t

cdef extern from "<sys/socket.h>" nogil:
    ssize_t c_recv "recv"(int fd, void *data, size_t size, int flags)
    ssize_t c_send "send"(int fd, const void *data, size_t size, int flags)
    enum:
        MSG_PEEK
        MSG_DONTWAIT

cdef extern from *:
    """
    #include <sys/socket.h>
    #include <time.h>
    #ifndef MSG_NOSIGNAL
    #define MSG_NOSIGNAL 0
    #endif
    static double zmqx_now(void) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec + now.tv_nsec * 1e-9;
    }
    """
    const int MSG_NOSIGNAL
    double zmqx_now() nogil

cdef extern from "Python.h":
    ctypedef struct PyObject
    PyObject *new_bytes "PyBytes_FromStringAndSize"(const char *data, Py_ssize_t size) except NULL
    char *start_of "PyBytes_AS_STRING"(PyObject *data)
    int _PyBytes_Resize(PyObject **data, Py_ssize_t size) except -1
    void Py_DECREF(PyObject *data)

cdef enum:
    # Bytes that are moved in some microseconds.
    LITTLE = 65536

# What little there is arrives here first, and is copied once its size is known. Whoever holds the interpreter owns it.
cdef char scratch[LITTLE]


cdef class Duct:
    """One descriptor: ``recv`` and ``send`` of a non-blocking socket, and a short look for something to read."""

    cdef int _fd

    def __cinit__(self, int fd):
        self._fd = fd

    def close(self):
        """The descriptor may be somebody else's from now on."""
        self._fd = -1

    def recv(self, Py_ssize_t size):
        """Up to ``size`` bytes; empty at the end of the stream. BlockingIOError if there are none now."""
        cdef ssize_t got
        if size < 0:
            raise ValueError("a negative number of bytes")
        if size <= LITTLE:
            while True:
                got = c_recv(self._fd, scratch, size, MSG_DONTWAIT)
                if got >= 0:
                    return PyBytes_FromStringAndSize(scratch, got)
                if errno != EINTR:
                    PyErr_SetFromErrno(OSError)
                PyErr_CheckSignals()
        return self._recv_much(size)

    cdef object _recv_much(self, Py_ssize_t size):
        cdef ssize_t got
        cdef int fd
        cdef PyObject *made = new_bytes(NULL, size)
        cdef char *into = start_of(made)
        while True:
            fd = self._fd  # a signal may have had it closed
            with nogil:
                got = c_recv(fd, into, size, MSG_DONTWAIT)
            if got >= 0:
                break
            try:
                if errno != EINTR:
                    PyErr_SetFromErrno(OSError)
                PyErr_CheckSignals()
            except BaseException:
                Py_DECREF(made)
                raise
        if got < size:
            _PyBytes_Resize(&made, got)
        found = <object>made
        Py_DECREF(made)
        return found

    def send(self, data):
        """Write a buffer; how many bytes of it fit. BlockingIOError if none do."""
        cdef Py_buffer view
        if type(data) is bytes:
            return self._send(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            return self._send(<char *>view.buf, view.len)
        finally:
            PyBuffer_Release(&view)

    cdef Py_ssize_t _send(self, const char *data, Py_ssize_t size) except -1:
        cdef ssize_t sent
        cdef int fd
        while True:
            fd = self._fd  # a signal may have had it closed
            if size <= LITTLE:
                sent = c_send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL)
            else:
                with nogil:
                    sent = c_send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL)
            if sent >= 0:
                return sent
            if errno != EINTR:
                PyErr_SetFromErrno(OSError)
            PyErr_CheckSignals()

    def spin(self, double seconds):
        """Look for something to read, again and again, for at most so long and without the interpreter; whether
        there is (the end of the stream and errors count)."""
        cdef char one
        cdef ssize_t got
        cdef int fd = self._fd
        cdef bint found = False
        with nogil:
            until = zmqx_now() + seconds
            while True:
                got = c_recv(fd, &one, 1, MSG_PEEK | MSG_DONTWAIT)
                if got >= 0 or errno != EAGAIN:
                    found = True
                    break
                if zmqx_now() > until:
                    break
        return found

