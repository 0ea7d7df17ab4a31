# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""Lines: descriptors that are looked after while the interpreter is busy with something else.

What comes in waits in memory of the line's own, as much as the high-water mark has room for, and is looked through
for PINGs (RFC 37), which are answered. What the system did not take is offered to it again. Nothing here is an object
of the interpreter's, and nothing calls it.

A line is held for one system call and the look at what it brought. Whoever has the interpreter may wait for whoever
holds a line; nobody waits for the interpreter meanwhile.
"""

from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdlib cimport realloc
from libc.string cimport memcmp, memcpy

from .headers cimport COMMAND, LONG, LONG_HEADER, MORE, length_at

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from *:
    """
    #include <errno.h>
    #include <sched.h>
    #include <stdint.h>
    #include <string.h>
    #include <sys/ioctl.h>
    #include <sys/uio.h>
    #include <unistd.h>
    /* A line is held by a thread of this process: one that a forked child inherited held is free there. */
    static int zmqx_process = 1;
    static int zmqx_try(int *held) {
        int seen = __atomic_load_n(held, __ATOMIC_RELAXED);
        return seen != zmqx_process
            && __atomic_compare_exchange_n(held, &seen, zmqx_process, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
    }
    static ssize_t zmqx_sendmsg(int fd, struct iovec *buffers, size_t count) {
        struct msghdr message;
        memset(&message, 0, sizeof message);
        message.msg_iov = buffers;
        message.msg_iovlen = count;
        return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    /* Bytes that wait in all lines. */
    static long zmqx_waiting = 0;
    static long zmqx_add_waiting(long bytes) { return __atomic_add_fetch(&zmqx_waiting, bytes, __ATOMIC_RELAXED); }
    static int zmqx_unread(int fd) {
        int bytes = 0;
        return ioctl(fd, FIONREAD, &bytes) < 0 ? 0 : bytes;
    }
    /* Who lends something wakes whoever would send it: a bell to ring while that sleeps, or -1. */
    static long zmqx_lends = 0;
    static int zmqx_sleeper = -1, zmqx_sleeper_held = 0;
    static void zmqx_set_sleeper(int alarm) {
        while (!zmqx_try(&zmqx_sleeper_held)) sched_yield();
        __atomic_store_n(&zmqx_sleeper, alarm, __ATOMIC_SEQ_CST);
        __atomic_store_n(&zmqx_sleeper_held, 0, __ATOMIC_SEQ_CST);
    }
    static void zmqx_note_lend(void) {
        uint64_t one = 1;
        __atomic_add_fetch(&zmqx_lends, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&zmqx_sleeper, __ATOMIC_SEQ_CST) < 0) return;
        while (!zmqx_try(&zmqx_sleeper_held)) sched_yield();
        if (zmqx_sleeper >= 0 && write(zmqx_sleeper, &one, sizeof one) < 0) {}
        __atomic_store_n(&zmqx_sleeper_held, 0, __ATOMIC_SEQ_CST);
    }
    static long zmqx_count_lends(void) { return __atomic_load_n(&zmqx_lends, __ATOMIC_SEQ_CST); }
    static ssize_t zmqx_no_answer(void) { errno = EAGAIN; return -1; }
    static void zmqx_free(int *held) { __atomic_store_n(held, 0, __ATOMIC_RELEASE); }
    static void zmqx_in_child(void) { zmqx_process++; }
    """
    ssize_t zmqx_sendmsg(int fd, iovec *buffers, size_t count) nogil
    bint zmqx_try(int *held) nogil
    void zmqx_free(int *held) nogil
    void zmqx_in_child() nogil
    long zmqx_add_waiting(long bytes) nogil
    ssize_t no_answer "zmqx_no_answer"() nogil
    int zmqx_unread(int fd) nogil
    int sched_yield() nogil
    void zmqx_set_sleeper(int alarm) nogil
    void zmqx_note_lend() nogil
    long zmqx_count_lends() nogil

# Bytes that all lines may take in together: a crowd of peers must not cost more because the program is busy.
cdef long MOST_WAITING = 1 << 26

cdef enum:
    WRITE = 4
    SMALL = 4096  # bytes: a PING, perhaps, and not a stream of messages


cdef bint try_hold(Line *line) noexcept nogil:
    return zmqx_try(&line.held)


cdef void hold(Line *line) noexcept nogil:
    while not zmqx_try(&line.held):
        sched_yield()


cdef void let_go(Line *line) noexcept nogil:
    zmqx_free(&line.held)


cdef void in_child() noexcept nogil:
    zmqx_in_child()


cdef void note_lend() noexcept nogil:
    """Something was lent that is to be sent soon."""
    zmqx_note_lend()


cdef long count_lends() noexcept nogil:
    return zmqx_count_lends()


cdef void set_sleeper(int alarm) noexcept nogil:
    """Whoever lends something from now on rings this (-1: nothing)."""
    zmqx_set_sleeper(alarm)


# -- reading


cdef bint wants_in(Line *line) noexcept nogil:
    return (line.reading and not line.error and line.room > 0 and line.length < line.cap
            and zmqx_add_waiting(0) < MOST_WAITING)


cdef bint take_in(Line *line) noexcept nogil:
    """Read once, if there is room; whether there was anything to know. Held."""
    cdef unsigned char *grown
    cdef size_t size
    cdef ssize_t got
    if not wants_in(line) or line.fd < 0:
        return False
    if line.size - line.length < LITTLE:
        size = 2 * line.size if line.size >= LITTLE else LITTLE
        grown = <unsigned char *>realloc(line.ahead, size)
        if grown == NULL:
            return False
        line.ahead = grown
        line.size = size
    got = c_recv(line.fd, line.ahead + line.length, LITTLE, MSG_DONTWAIT)
    if got < 0 and errno != EAGAIN and errno != EINTR:
        line.error = errno
        return True
    if got <= 0:
        return False  # the end of the stream is seen by whoever looks
    line.length += <size_t>got
    zmqx_add_waiting(got)
    look_through(line)
    return True


cdef ssize_t read_aside(Line *line, size_t size) noexcept nogil:
    """Read once, up to ``LITTLE`` bytes, into memory of a line that has nothing there; what the call returned, or -1
    and EAGAIN if it was not made. Held."""
    cdef unsigned char *grown
    if line.fd < 0 or line.length or line.error or line.at or line.skip or line.have:
        return no_answer()
    if line.size < LITTLE:
        grown = <unsigned char *>realloc(line.ahead, LITTLE)
        if grown == NULL:
            return no_answer()
        line.ahead = grown
        line.size = LITTLE
    return c_recv(line.fd, line.ahead, size, MSG_DONTWAIT)


cdef void set_aside(Line *line, size_t count) noexcept nogil:
    """What was just read is for whoever reads next; nobody looks through it before. Held."""
    line.length = count
    line.reading = False
    zmqx_add_waiting(<long>count)


cdef bint ping_waits(Line *line) noexcept nogil:
    """Whether what comes next is a PING. Held."""
    cdef unsigned char start[2 + LONGEST_PING]
    cdef ssize_t got
    if line.skip or line.have or line.at != line.length or line.fd < 0:
        return False
    got = c_recv(line.fd, start, sizeof(start), MSG_PEEK | MSG_DONTWAIT)
    return got >= 9 and start[0] == COMMAND and start[1] <= LONGEST_PING and is_ping(start + 2, start[1])


cdef bint is_urgent(Line *line) noexcept nogil:
    """Whether what waits is little, and from a peer that wants answers. Held."""
    return zmqx_unread(line.fd) <= SMALL and (line.pinged or ping_waits(line))


cdef void look_through(Line *line) noexcept nogil:
    """Count the messages that have come, and answer the PINGs."""
    cdef unsigned char mark[LONG_HEADER]
    cdef size_t left
    cdef int known, most
    cdef uint64_t size
    while True:
        left = line.length - line.at
        if line.skip:
            if line.skip >= left:
                line.skip -= left
                line.at = line.length
                return
            line.at += <size_t>line.skip
            left -= <size_t>line.skip
            line.skip = 0
        # The beginning of the header may have come before.
        most = LONG_HEADER - line.have
        known = line.have + (most if left > <size_t>most else <int>left)
        memcpy(mark, line.header, line.have)
        memcpy(mark + line.have, line.ahead + line.at, known - line.have)
        if known < 2 or (mark[0] & LONG and known < LONG_HEADER):
            return
        if mark[0] & LONG:
            size = length_at(mark + 1)
            known = LONG_HEADER
        else:
            size = mark[1]
            known = 2
        if size > line.limit:
            line.reading = False  # whoever has the interpreter says what is wrong with it
            return
        known -= line.have  # bytes of the header that are in front of us
        if mark[0] & COMMAND:
            if size <= LONGEST_PING:
                if left - <size_t>known < size:
                    return  # all of it, first
                if is_ping(line.ahead + line.at + known, <size_t>size):
                    line.pinged = True
                    if line.replies and not put_pong(line, line.ahead + line.at + known, <size_t>size):
                        line.replies = False  # the others have to wait like this one
        elif not mark[0] & MORE:
            line.room -= 1
        line.at += known
        line.have = 0
        line.skip = size


cdef bint is_ping(const unsigned char *body, size_t size) noexcept nogil:
    return size >= 7 and body[0] == 4 and memcmp(body + 1, b"PING", 4) == 0


cdef bint put_pong(Line *line, const unsigned char *ping, size_t size) noexcept nogil:
    """Answer a PING, whose context comes back; whether that could be done."""
    cdef ssize_t sent
    cdef int context = <int>size - 7
    if wants_out(line) or line.within:
        return False  # not within a frame
    line.own[0] = COMMAND
    line.own[1] = <unsigned char>(5 + context)
    memcpy(line.own + 2, b"\x04PONG", 5)
    memcpy(line.own + 7, ping + 7, context)
    sent = c_send(line.fd, line.own, 7 + context, MSG_DONTWAIT | MSG_NOSIGNAL)
    if sent <= 0:
        return False
    line.own_at = <int>sent
    line.own_end = 7 + context
    line.answered += 1
    line.answer_bytes += line.own_end
    return True


cdef void align(Line *line, const unsigned char *left, size_t count) noexcept nogil:
    """What will come next follows these bytes, which begin with a frame. Held."""
    cdef size_t at = 0
    cdef uint64_t size
    cdef int known
    line.at = 0
    line.skip = 0
    line.have = 0
    while at < count:
        known = LONG_HEADER if left[at] & LONG else 2
        if count - at < <size_t>known:
            line.have = <int>(count - at)
            memcpy(line.header, left + at, line.have)
            return
        size = length_at(left + at + 1) if left[at] & LONG else left[at + 1]
        if size > line.limit:
            line.reading = False
            return
        if left[at] & COMMAND and size <= LONGEST_PING:
            line.replies = False  # perhaps a PING, to be answered before any that will come
        at += known
        if size > count - at:
            line.skip = size - (count - at)
            return
        at += <size_t>size


cdef void empty(Line *line) noexcept nogil:
    """What was taken in is somebody else's now. Held."""
    zmqx_add_waiting(-<long>line.length)
    line.length = 0
    line.at = 0
    line.answered = 0
    line.answer_bytes = 0


# -- writing


cdef bint wants_out(Line *line) noexcept nogil:
    return line.first < line.count or line.own_at < line.own_end


cdef bint put_own(Line *line) noexcept nogil:
    """Write the rest of an answer; whether none is left. Held."""
    cdef ssize_t sent
    if line.own_at < line.own_end:
        sent = c_send(line.fd, line.own + line.own_at, line.own_end - line.own_at, MSG_DONTWAIT | MSG_NOSIGNAL)
        if sent > 0:
            line.own_at += <int>sent
    return line.own_at >= line.own_end


cdef ssize_t send_vectors(int fd, iovec *vectors, size_t count) noexcept nogil:
    """What ``sendmsg`` says to these."""
    return zmqx_sendmsg(fd, vectors, count)


cdef Py_ssize_t send_some(int fd, Py_buffer *views, Py_ssize_t count, size_t offset) noexcept nogil:
    """Offer the system buffers, the first from an offset on: how many bytes it took, or -1 and ``errno``."""
    cdef iovec vectors[MOST_BUFFERS]
    cdef Py_ssize_t i
    if count > MOST_BUFFERS:
        count = MOST_BUFFERS
    for i in range(count):
        vectors[i].iov_base = views[i].buf
        vectors[i].iov_len = <size_t>views[i].len
    vectors[0].iov_base = <char *>views[0].buf + offset
    vectors[0].iov_len -= offset
    return zmqx_sendmsg(fd, vectors, count)


cdef void pass_over(Line *line, size_t sent) noexcept nogil:
    """So many bytes of what was to be written are out."""
    cdef size_t left
    while line.first < line.count:
        left = <size_t>line.views[line.first].len - line.offset
        if sent < left:
            line.offset += sent
            return
        sent -= left
        line.offset = 0
        line.first += 1


cdef bint put_out(Line *line) noexcept nogil:
    """Offer the system again what it did not take; whether it took anything. Held."""
    cdef ssize_t sent
    if line.fd < 0 or not put_own(line) or line.first >= line.count:
        return False
    sent = send_some(line.fd, line.views + line.first, line.count - line.first, line.offset)
    if sent <= 0:
        return False  # what is wrong shows again
    line.moved += <size_t>sent
    pass_over(line, <size_t>sent)
    return True


cdef int write_views(Line *line, Ring *ring, Py_ssize_t *first, size_t *offset, bint *kept) noexcept nogil:
    """``write_all``, and let the line go: which of its views is the first that did not fit, and from where on. They are
    only ``kept``, if they should be, where the system takes them later, and then what is in the ``ring``."""
    cdef int error = write_all(line)
    first[0] = line.first
    offset[0] = line.offset
    kept[0] = kept[0] and error == EAGAIN
    if not kept[0]:
        line.views = NULL
        line.count = line.first = 0
        line.offset = 0
    elif ring != NULL:
        lend_ring(line, ring, False)
    if kept[0] and not line.mask & WRITE:
        zmqx_note_lend()  # whoever waits for the line does not wait for this, yet
    let_go(line)
    return error


cdef int write_all(Line *line) noexcept nogil:
    """Write the views of a line, but for what was moved; the number of what is wrong, if anything. Held."""
    cdef Py_ssize_t sent
    line.first = 0
    line.offset = 0
    pass_over(line, line.moved)
    line.moved = 0
    if not put_own(line):
        return EAGAIN
    while line.first < line.count:
        sent = send_some(line.fd, line.views + line.first, line.count - line.first, line.offset)
        if sent >= 0:
            pass_over(line, <size_t>sent)
        elif errno != EINTR:
            return errno
    return 0
