# One descriptor, as far as somebody without the interpreter may look after it.

from cpython.buffer cimport Py_buffer
from libc.stdint cimport uint64_t

from .rings cimport Ring, zmqx_free_ring, zmqx_hold_ring

cdef enum:
    # Bytes that are moved in some microseconds.
    LITTLE = 65536
    # Buffers that are offered at a time.
    MOST_BUFFERS = 512
    # More of a name and a context than a PING may have (RFC 37).
    LONGEST_PING = 23

cdef extern from *:
    """
    #ifdef Py_GIL_DISABLED
    static __thread char zmqx_scratch[65536] __attribute__((unused));
    #else
    static char zmqx_scratch[65536] __attribute__((unused));
    #endif
    """
    # LITTLE bytes. What little there is arrives here first, and is copied once its size is known. Whoever holds the
    # interpreter owns it; where that may be several, each has one.
    char *scratch "zmqx_scratch"

cdef extern from "<sys/types.h>":
    ctypedef Py_ssize_t ssize_t

cdef extern from *:
    """
    #include <sys/socket.h>
    #include <time.h>
    #ifndef MSG_NOSIGNAL
    #define MSG_NOSIGNAL 0
    #endif
    static inline double zmqx_clock(void) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec + now.tv_nsec * 1e-9;
    }
    """
    ssize_t c_recv "recv"(int fd, void *data, size_t size, int flags) nogil
    ssize_t c_send "send"(int fd, const void *data, size_t size, int flags) nogil
    enum:
        MSG_DONTWAIT
        MSG_PEEK
    const int MSG_NOSIGNAL
    double zmqx_clock() nogil  # seconds

cdef extern from "<sys/uio.h>":
    struct iovec:
        void *iov_base
        size_t iov_len

cdef struct Line:
    int fd
    int held  # whoever holds it; see ``hold``
    int mask  # what its set waits for
    Py_ssize_t place  # in its set
    bint listed  # there, as one that has something for the interpreter
    bint pinged  # its peer has sent a PING: it wants answers
    # What was read and waits for the interpreter.
    bint reading  # somebody may read
    unsigned char *ahead
    size_t size, length  # of that: bytes there is memory for, and bytes
    size_t cap  # and no more than so many
    size_t at  # how far it was looked through: where the next frame begins, once ``skip`` bytes more have come
    uint64_t skip
    unsigned char header[9]  # of a frame whose first ``have`` bytes came before
    int have
    Py_ssize_t room  # for so many messages
    uint64_t limit  # of a frame
    bint replies  # PINGs are answered, as long as it can be done in order
    int answered  # so many of them were,
    Py_ssize_t answer_bytes  # with so many bytes
    int error  # that reading met
    # What was to be written and was not taken, yet.
    Py_buffer *views
    Py_ssize_t count, first
    size_t offset  # into the first
    size_t moved  # bytes that were written of it meanwhile
    unsigned char own[2 + LONGEST_PING]  # an answer of which a part is out
    int own_at, own_end
    # What may be sent after it.
    Ring *ring
    bint within  # a part of its first message is out
    bint gathers  # it would be sent soon, anyway
    long lends, lends_seen

cdef bint try_hold(Line *line) noexcept nogil
cdef void hold(Line *line) noexcept nogil
cdef void let_go(Line *line) noexcept nogil
cdef void in_child() noexcept nogil
cdef bint wants_in(Line *line) noexcept nogil
cdef bint wants_out(Line *line) noexcept nogil
cdef bint is_urgent(Line *line) noexcept nogil
cdef bint take_in(Line *line) noexcept nogil
cdef void empty(Line *line) noexcept nogil
cdef ssize_t read_aside(Line *line, size_t size) noexcept nogil
cdef void set_aside(Line *line, size_t count) noexcept nogil
cdef bint put_out(Line *line) noexcept nogil
cdef bint put_own(Line *line) noexcept nogil
cdef int write_views(Line *line, Ring *ring, Py_ssize_t *first, size_t *offset, bint *kept) noexcept nogil
cdef ssize_t send_vectors(int fd, iovec *vectors, size_t count) noexcept nogil
cdef Py_ssize_t send_some(int fd, Py_buffer *views, Py_ssize_t count, size_t offset) noexcept nogil
cdef void pass_over(Line *line, size_t sent) noexcept nogil
cdef void align(Line *line, const unsigned char *left, size_t count) noexcept nogil
cdef void note_lend() noexcept nogil
cdef long count_lends() noexcept nogil
cdef void set_sleeper(int alarm) noexcept nogil


cdef inline void lend_ring(Line *line, Ring *ring, bint gathers) noexcept nogil:
    """What is in the ring comes after what the system did not take. Held: whoever holds both has the line first."""
    zmqx_hold_ring(&ring.held)
    ring.lent = True
    zmqx_free_ring(&ring.held)
    line.ring = ring
    line.gathers = gathers
    line.lends += 1
