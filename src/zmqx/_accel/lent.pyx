# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""Messages that were lent: they are objects of the interpreter's, and are sent without it.

A message is read and never touched: the queue it is in keeps it, and everything in it, where it is until somebody who
has the interpreter takes the queue back. Only what cannot change is sent, that is bytes and lists of such that belong
to the queue alone; what else comes next waits.
"""

from cpython.object cimport PyObject
from libc.errno cimport EAGAIN, EINTR, errno
from libc.string cimport memcpy

from .headers cimport MORE, header_size, put_header
from .lines cimport LITTLE, MOST_BUFFERS, Line, hold, iovec, let_go, note_lend, put_own, send_vectors, ssize_t, wants_out
from .rings cimport Ring, zmqx_free_ring, zmqx_hold_ring, zmqx_published, zmqx_published_ring, zmqx_try_ring

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from *:
    """
    static inline int zmqx_is_bytes(PyObject *object) { return Py_TYPE(object) == &PyBytes_Type; }
    static inline int zmqx_is_list(PyObject *object) { return Py_TYPE(object) == &PyList_Type; }
    static inline PyObject *zmqx_part(PyObject *list, Py_ssize_t i) { return ((PyListObject *)list)->ob_item[i]; }
    static inline Py_ssize_t zmqx_length(PyObject *object) { return Py_SIZE(object); }
    static inline char *zmqx_start(PyObject *bytes) { return ((PyBytesObject *)bytes)->ob_sval; }
    static __thread unsigned char zmqx_chunk[65536];
    """
    bint zmqx_is_bytes(PyObject *object) nogil
    bint zmqx_is_list(PyObject *object) nogil
    PyObject *zmqx_part(PyObject *list, Py_ssize_t i) nogil
    Py_ssize_t zmqx_length(PyObject *object) nogil
    char *zmqx_start(PyObject *bytes) nogil
    # LITTLE bytes, for headers and what is small.
    unsigned char *chunk "zmqx_chunk"

cdef extern from "Python.h":
    ctypedef struct PyThreadState
    PyThreadState *PyEval_SaveThread() nogil
    void PyEval_RestoreThread(PyThreadState *state) nogil

cdef enum:
    WRITE = 4
    BY_REFERENCE = 4096  # bytes of a frame that are worth a buffer of their own
    MUCH = 1 << 21  # bytes that are offered to the system at once, by the standby


cdef struct Run:
    # What may be sent: of the ring itself, and of the one behind it.
    Ring *ring
    Ring *more
    Py_ssize_t own, count


cdef struct Batch:
    iovec vectors[MOST_BUFFERS]
    int used
    bint open  # the last of these ends where more may be put
    unsigned char *free
    Py_ssize_t total, count
    Py_ssize_t own_bytes  # of that: of what is in the ring itself


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


cdef bint add_frame(Batch *batch, PyObject *part, int flags) noexcept nogil:
    """Whether there is room for it."""
    cdef Py_ssize_t size = zmqx_length(part)
    cdef bint copied = size < BY_REFERENCE
    cdef Py_ssize_t small = header_size(size) + (size if copied else 0)
    if chunk + LITTLE - batch.free < small or batch.used + 2 > MOST_BUFFERS:
        return False
    if not batch.open:
        batch.vectors[batch.used].iov_base = batch.free
        batch.vectors[batch.used].iov_len = 0
        batch.used += 1
    batch.free += put_header(batch.free, size, flags)
    if copied:
        memcpy(batch.free, zmqx_start(part), size)
        batch.free += size
    batch.vectors[batch.used - 1].iov_len += <size_t>small
    if not copied:
        batch.vectors[batch.used].iov_base = zmqx_start(part)
        batch.vectors[batch.used].iov_len = <size_t>size
        batch.used += 1
    batch.open = copied
    return True


cdef bint add_message(Batch *batch, PyObject *item) noexcept nogil:
    """Whether there was room for all of it."""
    cdef Py_ssize_t i, last
    cdef int used = batch.used
    cdef bint open = batch.open
    cdef size_t length = batch.vectors[used - 1].iov_len if used else 0
    cdef unsigned char *free = batch.free
    if zmqx_is_bytes(item):
        return add_frame(batch, item, 0)
    last = zmqx_length(item) - 1
    for i in range(last + 1):
        if not add_frame(batch, zmqx_part(item, i), MORE if i < last else 0):
            batch.used, batch.open, batch.free = used, open, free
            if used:
                batch.vectors[used - 1].iov_len = length
            return False
    return True


cdef PyObject *item_of(Run *run, Py_ssize_t i) noexcept nogil:
    cdef Ring *ring = run.ring
    if i < run.own:
        return ring.slots[(ring.head + ring.taken + i) & ring.mask]
    return run.more.slots[(run.more.head + ring.more_taken + i - run.own) & run.more.mask]


cdef bint add_small(Batch *batch, PyObject *item) noexcept nogil:
    """``add_message``, written out for a short one of one frame, behind others such."""
    cdef Py_ssize_t size
    cdef unsigned char *free = batch.free
    if not batch.open or not zmqx_is_bytes(item):
        return False
    size = zmqx_length(item)
    if size >= 256 or chunk + LITTLE - free < size + 2:
        return False
    free[0] = 0
    free[1] = <unsigned char>size
    memcpy(free + 2, zmqx_start(item), size)
    batch.free = free + size + 2
    batch.vectors[batch.used - 1].iov_len += <size_t>size + 2
    batch.total += size + 2
    return True


cdef int collect(Run *run, Batch *batch, Py_ssize_t most) noexcept nogil:
    """As many of the next messages as are sent in one go. SENT if there is one."""
    cdef Py_ssize_t i = 0, size
    cdef PyObject *item
    batch.used = 0
    batch.open = False
    batch.free = chunk
    batch.total = batch.own_bytes = 0
    while i < run.count:
        item = item_of(run, i)
        if i == run.own:
            batch.own_bytes = batch.total
        if not add_small(batch, item):
            size = size_of(item)
            if size < 0 or (i and batch.total + size > most) or not add_message(batch, item):
                break
            batch.total += size
        i += 1
        if batch.total >= most:
            break
    batch.count = i
    if i <= run.own:
        batch.own_bytes = batch.total
    return SENT if i else EMPTY if not run.count else ODD


cdef int pass_begun(Batch *batch, size_t begun) noexcept nogil:
    """These bytes are out: the first vector that matters."""
    cdef int first = 0
    while begun >= batch.vectors[first].iov_len:
        begun -= batch.vectors[first].iov_len
        first += 1
    batch.vectors[first].iov_base = <char *>batch.vectors[first].iov_base + begun
    batch.vectors[first].iov_len -= begun
    return first


cdef void note_sent(Line *line, Run *run, Batch *batch, Py_ssize_t sent) noexcept nogil:
    """So many more bytes are out, of those that were collected."""
    cdef Ring *ring = run.ring
    cdef Py_ssize_t size, begun = ring.begun, i = 0, own_bytes = 0, more_bytes = 0
    if sent + begun == batch.total:
        begun = 0
        i = batch.count
        own_bytes = batch.own_bytes
        more_bytes = batch.total - own_bytes
        sent = 0
    while sent > 0:
        size = size_of(item_of(run, i))
        if sent < size - begun:
            begun += sent
            break
        sent -= size - begun
        begun = 0
        if i < run.own:
            own_bytes += size
        else:
            more_bytes += size
        i += 1
    ring.begun = begun
    ring.begun_more = begun > 0 and i >= run.own
    line.within = begun > 0
    ring.taken += i if i < run.own else run.own
    ring.taken_bytes += own_bytes
    ring.more_taken += i - run.own if i > run.own else 0
    ring.more_bytes += more_bytes


cdef bint open_run(Line *line, Ring *ring, Run *run) noexcept nogil:
    """What may be sent now of a ring that is held; whether anything may."""
    run.ring = ring
    run.own = run.count = zmqx_published(&ring.count) - ring.taken
    run.more = zmqx_published_ring(&ring.more)
    if run.more != NULL:
        if not zmqx_try_ring(&run.more.held):
            run.more = NULL
        elif run.more.lent:
            run.count += zmqx_published(&run.more.count) - ring.more_taken
    # What is begun has to be there, and nothing before it.
    if line.within and not ring.begun or ring.begun_more and (run.own or run.count == run.own):
        return False
    return ring.lent


cdef void close_run(Run *run) noexcept nogil:
    if run.more != NULL:
        zmqx_free_ring(&run.more.held)
    zmqx_free_ring(&run.ring.held)


cdef int offer(Line *line, Run *run, Batch *batch, int *error) noexcept nogil:
    """Offer the system what was collected."""
    cdef int first = pass_begun(batch, <size_t>run.ring.begun)
    cdef ssize_t sent
    while True:
        sent = send_vectors(line.fd, batch.vectors + first, <size_t>(batch.used - first))
        if sent >= 0:
            note_sent(line, run, batch, sent)
            return SENT
        error[0] = errno
        if error[0] != EINTR:
            return FULL if error[0] == EAGAIN else FAILED


cdef int send_ring(Line *line, Ring *ring, Py_ssize_t most, int *error) noexcept nogil:
    """Send some of what is first in a ring, and let go of the interpreter while that is much. Nothing is held, but the
    interpreter. What was sent counts (and may be gone on with by others) before the interpreter is back."""
    cdef Run run
    cdef Batch batch
    cdef PyThreadState *state = NULL
    cdef int found = FULL
    hold(line)
    zmqx_hold_ring(&ring.held)
    if line.first >= line.count and put_own(line):
        if open_run(line, ring, &run):
            found = collect(&run, &batch, most)
        if found == SENT:
            if batch.total > LITTLE:
                state = PyEval_SaveThread()
            found = offer(line, &run, &batch, error)
        close_run(&run)
    else:
        zmqx_free_ring(&ring.held)
    if found == EMPTY or found == ODD:
        line.ring = NULL
        line.gathers = False
    elif not line.mask & WRITE and (found == FULL or (state != NULL and (line.within or batch.count < run.count))):
        note_lend()  # whoever waits for the line does not wait for this, yet
    let_go(line)
    if state != NULL:
        PyEval_RestoreThread(state)
    return found


cdef bint put_lent(Line *line) noexcept nogil:
    """Send some of what is first in the queue that was lent; whether anything of it is out. The line is held."""
    cdef Run run
    cdef Batch batch
    cdef Ring *ring = line.ring
    cdef int error = 0
    cdef bint moved = False
    if ring == NULL or wants_out(line) or line.fd < 0 or not zmqx_try_ring(&ring.held):
        return False
    if not ring.lent:
        line.ring = NULL
        line.gathers = False
        zmqx_free_ring(&ring.held)
        return False
    if open_run(line, ring, &run) and collect(&run, &batch, MUCH) == SENT:
        moved = offer(line, &run, &batch, &error) == SENT
    close_run(&run)
    return moved
