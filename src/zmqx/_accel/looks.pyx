# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""What the standby does for a set of lines in one look at it."""

from .lent cimport put_lent
from .lines cimport Line, is_urgent, let_go, put_out, take_in, try_hold, wants_in, wants_out, zmqx_clock

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from *:
    """
    #include <poll.h>
    #include <stdint.h>
    #include <unistd.h>
    static int zmqx_readable(int fd) {
        struct pollfd one = {fd, POLLIN, 0};
        return poll(&one, 1, 0) > 0;
    }
    static void zmqx_ring_bell(int bell) {
        uint64_t one = 1;
        if (write(bell, &one, sizeof one) < 0) {}
    }
    """
    struct pollfd:
        int fd
        short events
        short revents
    enum:
        POLLIN
        POLLOUT
    int poll(pollfd *fds, unsigned long count, int timeout) nogil
    bint zmqx_readable(int fd) nogil
    void zmqx_ring_bell(int bell) nogil

cdef enum:
    READ = 1
    WRITE = 4
    AT_ONCE = 64  # lines that are looked at in one go
    MOST_STRANGERS = 16  # lines whose peers have never sent a PING, and that are looked at for one in one go

# Seconds that the interpreter's threads may have to wait for the lock.
cdef double LONG_ENOUGH = 0.001


cdef void note_fresh(Set *set, Line *line) noexcept nogil:
    """This one has something for the interpreter. The lock is held."""
    if not line.listed:
        line.listed = True
        set.fresh[set.fresh_count] = line
        set.fresh_count += 1


cdef void forget_fresh(Set *set, Line *line) noexcept nogil:
    """It has not, or not in this set. The lock is held."""
    cdef Py_ssize_t i
    if line.listed:
        line.listed = False
        for i in range(set.fresh_count):
            if set.fresh[i] == line:
                set.fresh_count -= 1
                set.fresh[i] = set.fresh[set.fresh_count]
                break


cdef bint may_send(Line *line, bint stuck) noexcept nogil:
    """Whether somebody should have sent by now what was lent: what gathers, a tick after it began to."""
    if line.ring == NULL:
        return False
    if line.lends != line.lends_seen:
        line.lends_seen = line.lends
        return False
    return stuck or line.gathers


cdef int look_after(Set *set, bint stuck) noexcept nogil:
    """Do what nobody does; what was found. Only what cannot wait, before it is ``stuck``. The lock is held."""
    cdef pollfd fds[AT_ONCE]
    cdef Line *chosen[AT_ONCE]
    cdef Line *line
    cdef Py_ssize_t seen = 0
    cdef int i, used, strangers = 0
    cdef bint fresh = False, moved = False, owing = False, ready = zmqx_readable(set.epfd)
    cdef double until
    if not ready:
        for i in range(<int>set.count):
            line = set.lines[i]
            # What waits for the system is the set's to wait for, unless it does not know yet.
            owing = owing or (not line.mask & WRITE and (line.ring != NULL or wants_out(line)))
        if not owing:
            return NOTHING
    until = zmqx_clock() + LONG_ENOUGH
    while seen < set.count and zmqx_clock() < until:
        used = 0
        while used < AT_ONCE and seen < set.count:
            if set.next >= set.count:
                set.next = 0
            line = set.lines[set.next]
            set.next += 1
            seen += 1
            fds[used].fd = line.fd
            fds[used].events = 0
            if line.mask & READ and (stuck or line.pinged or strangers < MOST_STRANGERS) and wants_in(line):
                fds[used].events |= POLLIN
                strangers += not line.pinged
            if may_send(line, stuck) or wants_out(line):
                fds[used].events |= POLLOUT
            if fds[used].events:
                chosen[used] = line
                used += 1
        if used == 0 or poll(fds, used, 0) <= 0:
            continue
        for i in range(used):
            line = chosen[i]
            if fds[i].revents == 0 or not try_hold(line):
                continue
            if fds[i].events & POLLIN and (stuck or is_urgent(line)) and take_in(line):
                note_fresh(set, line)
                fresh = True
            if fds[i].events & POLLOUT and (put_out(line) or put_lent(line)):
                moved = True
            let_go(line)
    if fresh:
        zmqx_ring_bell(set.bell)
    return MOVED if fresh or moved else SOMETHING
