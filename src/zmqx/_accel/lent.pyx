# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""Messages that were lent: they are objects of the interpreter's, and are sent without it.

A message is read and never touched: the queue it is in keeps it, and everything in it, where it is until somebody who
has the interpreter takes the queue back. Only what cannot change is sent, that is bytes and lists of such that belong
to the queue alone; what else comes next waits.
"""

from cpython.object cimport PyObject
from libc.errno cimport errno
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from .headers cimport MORE, header_size, put_header
from .lines cimport (
    LITTLE, MSG_DONTWAIT, MSG_NOSIGNAL, Line, c_send, keep_own, make_own, ssize_t, wants_out,
)
from .rings cimport Ring, zmqx_free_ring, zmqx_published, zmqx_published_ring, zmqx_try_ring

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from *:
    """
    static inline int zmqx_is_bytes(PyObject *object) { return Py_TYPE(object) == &PyBytes_Type; }
    static inline int zmqx_is_list(PyObject *object) { return Py_TYPE(object) == &PyList_Type; }
    static inline PyObject *zmqx_part(PyObject *list, Py_ssize_t i) { return ((PyListObject *)list)->ob_item[i]; }
    static inline Py_ssize_t zmqx_length(PyObject *object) { return Py_SIZE(object); }
    static inline const char *zmqx_start(PyObject *bytes) { return ((PyBytesObject *)bytes)->ob_sval; }
    static char zmqx_chunk[65536];
    """
    bint zmqx_is_bytes(PyObject *object) nogil
    bint zmqx_is_list(PyObject *object) nogil
    PyObject *zmqx_part(PyObject *list, Py_ssize_t i) nogil
    Py_ssize_t zmqx_length(PyObject *object) nogil
    const char *zmqx_start(PyObject *bytes) nogil
    # LITTLE bytes. There is one standby.
    unsigned char *chunk "((unsigned char *)zmqx_chunk)"

cdef Py_ssize_t LONGEST = 1 << 23  # of a message, in bytes


cdef Py_ssize_t size_of(PyObject *item) noexcept nogil:
    """How many bytes the frames of a message have; -1 if it has to wait."""
    cdef Py_ssize_t i, size, total = 0
    if zmqx_is_bytes(item):
        size = zmqx_length(item)
        return header_size(size) + size
    if not zmqx_is_list(item) or zmqx_length(item) == 0:
        return -1
    for i in range(zmqx_length(item)):
        if not zmqx_is_bytes(zmqx_part(item, i)):
            return -1
        size = zmqx_length(zmqx_part(item, i))
        total += header_size(size) + size
    return total


cdef unsigned char *put_frame(unsigned char *out, PyObject *part, int flags) noexcept nogil:
    cdef Py_ssize_t size = zmqx_length(part)
    out += put_header(out, size, flags)
    memcpy(out, zmqx_start(part), size)
    return out + size


cdef unsigned char *put_message(unsigned char *out, PyObject *item) noexcept nogil:
    cdef Py_ssize_t i, last
    if zmqx_is_bytes(item):
        return put_frame(out, item, 0)
    last = zmqx_length(item) - 1
    for i in range(last + 1):
        out = put_frame(out, zmqx_part(item, i), MORE if i < last else 0)
    return out


cdef struct Run:
    # What may be sent: of the ring itself, and of the one behind it.
    Ring *ring
    Ring *more
    Py_ssize_t own, count


cdef PyObject *item_of(Run *run, Py_ssize_t i) noexcept nogil:
    cdef Ring *ring = run.ring
    if i < run.own:
        return ring.slots[(ring.head + ring.taken + i) & ring.mask]
    return run.more.slots[(run.more.head + ring.more_taken + i - run.own) & run.more.mask]


cdef bint put_lent(Line *line) noexcept nogil:
    """Send what comes first in the queue that was lent; whether anything of it is out. Held."""
    cdef Run run
    cdef Ring *ring = line.ring
    cdef bint moved = False
    if ring == NULL or wants_out(line) or line.fd < 0 or not zmqx_try_ring(&ring.held):
        return False
    if ring.lent:
        run.ring = ring
        run.own = run.count = zmqx_published(&ring.count) - ring.taken
        run.more = zmqx_published_ring(&ring.more)
        if run.more != NULL and zmqx_try_ring(&run.more.held):
            if run.more.lent:
                run.count += zmqx_published(&run.more.count) - ring.more_taken
            moved = put_first(line, &run)
            zmqx_free_ring(&run.more.held)
        else:
            moved = put_first(line, &run)
    else:
        line.ring = NULL
        line.gathers = False
    zmqx_free_ring(&ring.held)
    return moved


cdef bint put_first(Line *line, Run *run) noexcept nogil:
    """So much as is sent in one go."""
    cdef Py_ssize_t i, size, total = 0, longest = 0, count = 0
    cdef unsigned char *block = chunk
    cdef unsigned char *out
    cdef ssize_t sent
    while count < run.count:
        size = size_of(item_of(run, count))
        if size < 0 or size > LONGEST or (total and total + size > LITTLE):
            break
        total += size
        longest = max(longest, size)
        count += 1
    if not total or not make_own(line, longest):
        return False
    if total > LITTLE:
        block = <unsigned char *>malloc(total)
        if block == NULL:
            return False
    out = block
    for i in range(count):
        out = put_message(out, item_of(run, i))
    sent = c_send(line.fd, block, total, MSG_DONTWAIT | MSG_NOSIGNAL)
    if sent > 0:
        note_sent(line, run, block, sent)
    if block != chunk:
        free(block)
    return sent > 0


cdef void note_sent(Line *line, Run *run, const unsigned char *block, Py_ssize_t sent) noexcept nogil:
    """So many bytes of the next messages are out. One of which only a part is comes next, and counts."""
    cdef Py_ssize_t size, i = 0, at = 0
    cdef Ring *ring = run.ring
    cdef Py_ssize_t own = 0, own_bytes = 0
    while at < sent:
        size = size_of(item_of(run, i))
        at += size
        i += 1
        if i <= run.own:
            own = i
            own_bytes = at
    ring.taken += own
    ring.taken_bytes += own_bytes
    ring.more_taken += i - own
    ring.more_bytes += at - own_bytes
    if at > sent:
        keep_own(line, block + sent, at - sent, True)
