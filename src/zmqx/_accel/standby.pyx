# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""A thread that never needs the interpreter.

While a thread of the program computes, or sits in a call that keeps the interpreter to itself, whoever waited for
descriptors wants the interpreter and does not get it. The standby notices that nobody has taken a turn for a moment
although something is ready, and does for the lines of that set what can be done without it (see ``lines``): it takes
in what has come, answers PINGs, and offers the system again what it did not take.

It sleeps while nothing happens; while something does, it looks every two milliseconds whether somebody takes turns.
"""

import atexit
import os

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.string cimport memcpy

from .lines cimport Line, count_lends, in_child, set_sleeper, zmqx_clock
from .looks cimport MOVED, Set, look_after

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from *:
    """
    #include <errno.h>
    #include <poll.h>
    #include <pthread.h>
    #include <signal.h>
    #include <stdint.h>
    #include <string.h>
    #include <sys/epoll.h>
    #include <sys/eventfd.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    static pthread_mutex_t zmqx_registry = PTHREAD_MUTEX_INITIALIZER;
    static void zmqx_lock(void) { pthread_mutex_lock(&zmqx_registry); }
    static void zmqx_unlock(void) { pthread_mutex_unlock(&zmqx_registry); }
    /* Who begins or ends the standby does so alone. (With the interpreter lock one thread is anyway.) */
    static pthread_mutex_t zmqx_life = PTHREAD_MUTEX_INITIALIZER;
    static void zmqx_alone(void) { pthread_mutex_lock(&zmqx_life); }
    static void zmqx_no_longer_alone(void) { pthread_mutex_unlock(&zmqx_life); }
    static void zmqx_new_lock(void) {
        pthread_mutex_init(&zmqx_registry, NULL);
        pthread_mutex_init(&zmqx_life, NULL);
    }

    static void zmqx_sleep(int alarm, int ms) {
        struct pollfd one = {alarm, POLLIN, 0};
        poll(&one, 1, ms);
    }
    static int zmqx_start(pthread_t *thread, void *(*run)(void *)) {
        /* No signal is ever this thread's business. */
        sigset_t all, before;
        int failed;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        failed = pthread_create(thread, NULL, run, NULL);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return failed;
    }
    static int zmqx_nest(int outer, int inner) {
        struct epoll_event event;
        memset(&event, 0, sizeof event);
        event.events = EPOLLIN | EPOLLET;
        event.data.fd = inner;
        return epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
    }
    static void zmqx_unnest(int outer, int inner) {
        struct epoll_event event;
        memset(&event, 0, sizeof event);
        epoll_ctl(outer, EPOLL_CTL_DEL, inner, &event);
    }
    static void zmqx_ring(int bell) {
        uint64_t one = 1;
        if (write(bell, &one, sizeof one) < 0) {}
    }
    /* Short turns at the processor come sooner (Linux 6.12; older ones take no notice). Nothing else changes. */
    static void zmqx_take_short_turns(void) {
    #if defined(SYS_sched_getattr) && defined(SYS_sched_setattr)
        struct {
            uint32_t size, policy;
            uint64_t flags;
            int32_t nice;
            uint32_t priority;
            uint64_t runtime, deadline, period;
        } turns;
        memset(&turns, 0, sizeof turns);
        if (syscall(SYS_sched_getattr, 0, &turns, sizeof turns, 0) == 0 && turns.policy == 0) {
            turns.runtime = 100000; /* ns, and the least that may be asked for */
            syscall(SYS_sched_setattr, 0, &turns, 0);
        }
    #endif
    }
    static void zmqx_silence(int bell) {
        uint64_t count;
        if (read(bell, &count, sizeof count) < 0) {}
    }
    """
    ctypedef unsigned long pthread_t
    ctypedef union epoll_data_t:
        int fd
    struct epoll_event:
        unsigned int events
        epoll_data_t data
    enum:
        EFD_NONBLOCK
        EFD_CLOEXEC
        EPOLL_CLOEXEC
    void zmqx_lock() nogil
    void zmqx_unlock() nogil
    void zmqx_alone() nogil
    void zmqx_no_longer_alone() nogil
    void zmqx_new_lock() nogil
    void zmqx_sleep(int alarm, int ms) nogil
    int zmqx_start(pthread_t *thread, void *(*run)(void *) noexcept nogil)
    int zmqx_nest(int outer, int inner) nogil
    void zmqx_unnest(int outer, int inner) nogil
    void zmqx_ring(int bell) nogil
    void zmqx_silence(int bell) nogil
    void zmqx_take_short_turns() nogil
    int epoll_create1(int flags) nogil
    int epoll_wait(int epfd, epoll_event *events, int most, int timeout) nogil
    int eventfd(unsigned int value, int flags) nogil
    int pthread_join(pthread_t thread, void **result) nogil
    int close(int fd) nogil

cdef enum:
    QUIET_TICKS = 8  # that send the standby to sleep

    TICK = 2  # milliseconds

# Threads that want the interpreter from each other do not take turns for some milliseconds each. Seconds without a
# turn that are more than that.
cdef double PATIENCE = 0.2

# Guarded by the lock, as are the sets.
cdef Set **sets = NULL
cdef Py_ssize_t set_count = 0, set_size = 0
cdef int meta = -1, alarm = -1  # what the standby sleeps on: all sets, and a bell of its own
cdef pthread_t standby
cdef bint running = False
cdef bint stopping = False
cdef bint over = False  # nobody stands by any more


cdef void lock() noexcept nogil:
    zmqx_lock()


cdef void unlock() noexcept nogil:
    zmqx_unlock()


cdef int grow(Set *set) except -1:
    cdef Py_ssize_t size = 2 * set.size if set.size else 8
    # Both lists in one block.
    cdef Line **grown = <Line **>PyMem_RawMalloc(2 * size * sizeof(Line *))
    cdef Line **before
    if grown == NULL:
        raise MemoryError
    zmqx_lock()
    if set.count:
        memcpy(grown, set.lines, set.count * sizeof(Line *))
        memcpy(grown + size, set.fresh, set.fresh_count * sizeof(Line *))
    before, set.lines = set.lines, grown
    set.fresh = grown + size
    set.size = size
    zmqx_unlock()
    PyMem_RawFree(before)
    return 0


cdef int join(Set *set) except -1:
    """Be looked after from now on; the standby begins with the first."""
    global sets, set_count, set_size, meta, alarm, running
    cdef Set **grown
    cdef Py_ssize_t i
    if over:
        return 0
    zmqx_alone()
    zmqx_lock()
    try:
        for i in range(set_count):
            if sets[i] == set:
                return 0
        if set_count == set_size:
            grown = <Set **>PyMem_RawRealloc(sets, (2 * set_size if set_size else 8) * sizeof(Set *))
            if grown == NULL:
                raise MemoryError
            sets = grown
            set_size = 2 * set_size if set_size else 8
        if not running:
            if meta < 0:
                meta = epoll_create1(EPOLL_CLOEXEC)
                alarm = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
                if meta < 0 or alarm < 0 or zmqx_nest(meta, alarm) < 0:
                    forget_sleep()
                    return 0  # no descriptors: nobody stands by until the next one comes
            if zmqx_start(&standby, attend) != 0:
                return 0
            running = True
        if zmqx_nest(meta, set.epfd) < 0:
            return 0
        set.seen = set.turns
        set.since = zmqx_clock()
        sets[set_count] = set
        set_count += 1
    finally:
        zmqx_unlock()
        zmqx_no_longer_alone()
    return 0


cdef void leave(Set *set) noexcept:
    global set_count
    cdef Py_ssize_t i
    zmqx_alone()
    zmqx_lock()
    for i in range(set_count):
        if sets[i] == set:
            set_count -= 1
            sets[i] = sets[set_count]
            zmqx_unnest(meta, set.epfd)
            break
    set.count = set.fresh_count = 0
    zmqx_unlock()
    if set_count == 0:
        dismiss()
    zmqx_no_longer_alone()


cdef void dismiss() noexcept:
    """The last set has left: the standby ends, until another joins. (It needs neither the interpreter nor the lock that we hold.)"""
    global running, stopping
    if running:
        running = False
        zmqx_lock()
        stopping = True
        zmqx_unlock()
        zmqx_ring(alarm)
        pthread_join(standby, NULL)
        stopping = False
        forget_sleep()


cdef void forget_sleep() noexcept:
    global meta, alarm
    if meta >= 0:
        close(meta)
    if alarm >= 0:
        close(alarm)
    meta = alarm = -1


cdef void *attend(void *nothing) noexcept nogil:
    """The standby's life."""
    cdef epoll_event event
    cdef Py_ssize_t i
    cdef int quiet = QUIET_TICKS, found
    cdef bint busy, moved = False
    cdef double now
    cdef long lends = 0
    zmqx_take_short_turns()
    while True:
        if quiet >= QUIET_TICKS:
            set_sleeper(alarm)
            if count_lends() == lends:  # look again
                epoll_wait(meta, &event, 1, -1)
            set_sleeper(-1)
            zmqx_silence(alarm)
            quiet = 0
            now = zmqx_clock()
            zmqx_lock()
            for i in range(set_count):
                sets[i].seen = sets[i].turns
                sets[i].since = now
            zmqx_unlock()
        if not moved:
            zmqx_sleep(alarm, TICK)
        busy = moved = False
        lends = count_lends()
        now = zmqx_clock()
        zmqx_lock()
        if stopping:
            zmqx_unlock()
            return NULL
        for i in range(set_count):
            if sets[i].turns != sets[i].seen:
                sets[i].seen = sets[i].turns
                sets[i].since = now
                busy = True
            else:
                found = look_after(sets[i], now - sets[i].since > PATIENCE)
                busy = busy or found
                moved = moved or found == MOVED
        zmqx_unlock()
        quiet = 0 if busy else quiet + 1


def stop():
    """At the end of the interpreter: nobody stands by any more."""
    global over
    over = True
    zmqx_alone()
    dismiss()
    zmqx_no_longer_alone()


def _forked():
    """In a forked child there is no such thread; whatever it held is free."""
    global set_count, running
    in_child()
    zmqx_new_lock()
    set_sleeper(-1)
    set_count = 0
    running = False
    forget_sleep()


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
