# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The system calls of a stream socket, made without letting go of the interpreter, and its traffic in larger steps.

A call that cannot block is over sooner than another thread could make use of the interpreter; and whoever lets go of
it beside a thread that computes gets it back only when that one is made to give it up, 5 ms later. Only calls that
move much, and the spin, let go.
"""

cimport cython
from cpython.buffer cimport Py_buffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_CheckSignals, PyErr_SetFromErrno
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from .buffers cimport forget_views, new_views, size_in, size_of
from .frames cimport Decoder
from .lent cimport FAILED, FULL, SENT, send_ring
from .lines cimport (
    LITTLE, MOST_BUFFERS, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_PEEK, Line, align, c_recv, c_send, empty, hold, lend_ring, let_go,
    note_lend, scratch, ssize_t, write_views, zmqx_clock,
)
from .queues cimport Queue
from .rings cimport Ring

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from *:
    """
    #include <errno.h>
    static void zmqx_say(int number) { errno = number; }
    """
    void zmqx_say(int number)

cdef extern from "Python.h":
    ctypedef struct PyObject
    PyObject *new_bytes "PyBytes_FromStringAndSize"(const char *data, Py_ssize_t size) except NULL
    char *start_of "PyBytes_AS_STRING"(PyObject *data)
    int _PyBytes_Resize(PyObject **data, Py_ssize_t size) except -1
    void Py_DECREF(PyObject *data)

# A line's memory that is worth giving back.
cdef size_t MUCH = 4 * LITTLE


cdef int fail(int number) except -1:
    """Raise what a system call has said is wrong."""
    zmqx_say(number)
    PyErr_SetFromErrno(OSError)
    return -1


cdef class Duct:
    """One descriptor: ``recv`` and ``send`` of a non-blocking socket, and a short look for something to read.

    Once it is told how traffic comes in (``follow``), ``receive`` reads and decodes in one, and a standby may do what
    does not need the interpreter. What ``write`` could not write, the next ``write`` has to begin with: part of it may
    be out by then.
    """

    def __cinit__(self, int fd):
        memset(&self.line, 0, sizeof(Line))
        self.line.fd = fd
        self.line.place = -1

    def __dealloc__(self):
        forget_views(self.line.views, self.line.count)
        empty(&self.line)
        free(self.line.ahead)

    def close(self):
        """The descriptor may be somebody else's from now on."""
        cdef Line *line = &self.line
        hold(line)
        views, count = line.views, line.count
        ahead = line.ahead
        line.fd = -1
        line.reading = False
        line.views = NULL
        line.ahead = NULL
        line.count = line.first = 0
        line.size = 0
        line.ring = NULL
        line.gathers = False
        empty(line)
        let_go(line)
        self._lent = None
        forget_views(views, count)
        free(ahead)

    # -- reading

    def carry(self):
        """From now on there is traffic, whatever its form: what ``write`` leaves may be written meanwhile."""
        self._carries = True

    def follow(self, Decoder decoder not None, bint replies, Py_ssize_t most, Py_ssize_t room):
        """From now on there is traffic, for this decoder. While nobody reads, up to ``most`` bytes are taken in for
        whoever does, or ``room`` messages; and PINGs answered, if ``replies``."""
        self._decoder = decoder
        self._carries = True
        self._replies = replies
        self.line.cap = <size_t>max(0, most)
        self.line.limit = decoder._limit
        self._align(room)

    cdef int _align(self, Py_ssize_t room) except -1:
        """The decoder has got everything that was read: look through what comes next."""
        cdef Line *line = &self.line
        cdef Decoder decoder = self._decoder
        cdef bytes data = decoder._data
        hold(line)
        line.reading = line.fd >= 0 and decoder.error is None
        line.replies = self._replies
        line.room = room
        if decoder._pieces is not None and decoder.missing:
            align(line, NULL, 0)
            line.skip = <uint64_t>decoder.missing
        else:
            align(line, <const unsigned char *>PyBytes_AS_STRING(data) + decoder._pos,
                  PyBytes_GET_SIZE(data) - decoder._pos)
        let_go(line)
        return 0

    def receive(self, Py_ssize_t size, Py_ssize_t room):
        """Read once, about ``size`` bytes, and decode up to ``room`` messages. ``got`` bytes came, of which so many
        PINGs were ``answered``: none is the end of the stream. None if there is nothing now."""
        cdef list items
        cdef bytes data = self._read(size)
        if data is None:
            self.line.reading = True
            return None
        self.got = PyBytes_GET_SIZE(data)
        if not self.got:
            return []
        items = self._decoder.push(data, room)
        if self._decoder.trap is not None and (<bytes>self._decoder.trap)[:5] == b"\x04PING":
            self.line.pinged = True
        self._align(room - len(items))
        return items

    cdef bytes _read(self, Py_ssize_t size):
        """What was read for us, or what can be read now; None if there is nothing."""
        cdef Line *line = &self.line
        cdef bytes data = None
        cdef unsigned char *ahead = NULL
        cdef int error = 0
        hold(line)
        line.reading = False
        self.answered = 0
        if line.length:
            try:
                data = PyBytes_FromStringAndSize(<char *>line.ahead, <Py_ssize_t>line.length)
                self.answered = line.answered
                self.answer_bytes = line.answer_bytes
                empty(line)
                if line.size > MUCH:
                    ahead = line.ahead
                    line.ahead = NULL
                    line.size = 0
            finally:
                let_go(line)
            free(ahead)
            return data
        error, line.error = line.error, 0
        let_go(line)
        if error:
            fail(error)
        return self._recv_little(size) if size <= LITTLE else self._recv_much(size)

    def recv(self, Py_ssize_t size):
        """Up to ``size`` bytes; empty at the end of the stream. BlockingIOError if there are none now. (More than
        ``size``, if they were read already: who asks so does not follow the traffic any more.)"""
        if size < 0:
            raise ValueError("a negative number of bytes")
        data = self._read(size)
        if data is None:
            fail(EAGAIN)
        return data

    cdef bytes _recv_little(self, Py_ssize_t size):
        cdef ssize_t got
        while True:
            got = c_recv(self.line.fd, scratch, size, MSG_DONTWAIT)
            if got >= 0:
                return PyBytes_FromStringAndSize(scratch, got)
            if errno == EAGAIN:
                return None
            if errno != EINTR:
                PyErr_SetFromErrno(OSError)
            PyErr_CheckSignals()

    cdef bytes _recv_much(self, Py_ssize_t size):
        cdef ssize_t got
        cdef int fd
        cdef PyObject *made = new_bytes(NULL, size)
        cdef char *into = start_of(made)
        while True:
            fd = self.line.fd  # a signal may have had it closed
            with nogil:
                got = c_recv(fd, into, size, MSG_DONTWAIT)
            if got >= 0:
                break
            try:
                if errno == EAGAIN:
                    Py_DECREF(made)
                    return None
                if errno != EINTR:
                    PyErr_SetFromErrno(OSError)
                PyErr_CheckSignals()
            except BaseException:
                Py_DECREF(made)
                raise
        if got < size:
            _PyBytes_Resize(&made, got)
        found = <bytes>made
        Py_DECREF(made)
        return found

    def spin(self, double seconds):
        """Look for something to read, again and again, for at most so long and without the interpreter; whether
        there is (the end of the stream and errors count)."""
        cdef char one
        cdef ssize_t got
        cdef Line *line = &self.line
        cdef int fd = line.fd
        cdef bint found = False
        with nogil:
            until = zmqx_clock() + seconds
            while True:
                got = c_recv(fd, &one, 1, MSG_PEEK | MSG_DONTWAIT)
                if got >= 0 or errno != EAGAIN or line.length or line.error:
                    found = True
                    break
                if zmqx_clock() > until:
                    break
        return found

    # -- writing

    @property
    def moved(self):
        """Bytes that were written, meanwhile, of what ``write`` returned last."""
        return self.line.moved

    def send(self, data):
        """Write a buffer; how many bytes of it fit. BlockingIOError if none do."""
        cdef Line *line = &self.line
        cdef Py_ssize_t size, left
        cdef ssize_t sent = 0
        cdef int error = 0
        if type(data) is not bytes:
            view = memoryview(data)
            size = view.nbytes
            left = size_of(self.write([view]))
        else:
            size = PyBytes_GET_SIZE(data)
            if size <= LITTLE and line.count == 0:
                hold(line)
                if line.own_at >= line.own_end:
                    sent = c_send(line.fd, PyBytes_AS_STRING(data), size, MSG_DONTWAIT | MSG_NOSIGNAL)
                    error = errno
                let_go(line)
                if sent == size:
                    return sent
                if sent < 0:
                    if error != EAGAIN and error != EINTR:
                        fail(error)
                    sent = 0
            left = size_of(self.write([memoryview(data)[sent:]] if sent else [data]))
        if left == size and size:
            fail(EAGAIN)
        return size - left

    def write(self, list buffers not None):
        """Write buffers in order; what did not fit, with which the next ``write`` has to begin. After an OSError
        nothing of them has been written."""
        cdef Py_ssize_t at, count = len(buffers)
        self._more = False
        if count <= MOST_BUFFERS:
            return self._write(buffers, False, True)
        for at in range(0, count, MOST_BUFFERS):
            self._more = at + MOST_BUFFERS < count
            rest = self._write(buffers[at:at + MOST_BUFFERS], at > 0, not self._more)
            if rest:
                return rest + buffers[at + MOST_BUFFERS:]
        return []

    def lend(self, queue, bint gathers):
        """Whoever needs no interpreter may send what is in a queue, after what the last ``write`` left; at once if it
        ``gathers``, since it would be sent soon. Until it is taken back (``Queue.take_back``). Whether it was lent."""
        if type(queue) is not Queue or self._decoder is None or self.line.fd < 0 or self._more:
            return False
        self._lend(<Queue>queue, gathers)
        if gathers:
            note_lend()
        return True

    cdef int _lend(self, Queue lent, bint gathers) except -1:
        cdef Line *line = &self.line
        if self._lent is not lent:
            hold(line)
            line.ring = NULL
            let_go(line)
            self._lent = lent
        hold(line)
        lend_ring(line, &lent.ring, gathers)
        let_go(line)
        return 0

    def push(self, queue, Py_ssize_t most):
        """Send what is in a queue, ``most`` bytes at a time: EMPTY (0) once nothing is left, FULL (1) where the system
        takes no more, ODD (2) where others have to encode what comes next. What is not sent yet is lent meanwhile."""
        cdef int found = SENT, error = 0
        cdef Queue lent = <Queue?>queue
        self._lend(lent, False)
        while found == SENT:
            found = send_ring(&self.line, &lent.ring, most, &error)
            with cython.critical_section(lent):
                lent._drop_sent()
        if found != FULL:
            with cython.critical_section(lent):
                lent._settle()
        if found == FAILED:
            fail(error)
        return found

    def finish(self, list buffers not None):
        """``write`` what is left of a message that was lent (and is none of it any more)."""
        self._more = False
        return self._write(buffers, False, True, True)

    @property
    def within(self):
        """Whether a part of a message that was lent is out."""
        return self.line.within

    cdef list _write(self, list buffers, bint begun, bint all_there, bint ends=False):
        """``begun``: what is wrong may show again, when nothing has been written before it. ``all_there``: nothing else is
        to be written before what may be lent. ``ends``: see ``finish``."""
        cdef Line *line = &self.line
        cdef Py_ssize_t first, count = len(buffers)
        cdef Py_ssize_t before_count
        cdef size_t offset
        cdef int error
        cdef bint kept = self._carries
        cdef Ring *ring = &self._lent.ring if all_there and self._lent is not None else NULL
        cdef Py_buffer *before
        cdef Py_buffer *views = new_views(buffers)
        hold(line)
        line.within = line.within and not ends
        before, before_count = line.views, line.count
        begun = begun or line.moved > 0
        line.views = views
        line.count = count
        if size_in(views, count) <= LITTLE:
            error = write_views(line, ring, &first, &offset, &kept)
        else:
            with nogil:
                error = write_views(line, ring, &first, &offset, &kept)
        forget_views(before, before_count)
        if not kept:
            forget_views(views, count)
        if error and error != EAGAIN and not (begun or first or offset):
            fail(error)
        if first >= count:
            return []
        return [memoryview(buffers[first]).cast("B")[offset:], *buffers[first + 1:]] if offset else buffers[first:]
