# The ring of a queue: what somebody without the interpreter may know of it.
#
# Such a one may read it while it is lent, and counts what it has taken from its left end; nothing is moved before it was
# taken back. Appending needs no lock: the slot is written first, and then the count. Whoever moves the slots of a ring that
# is lent, and whoever takes from it without the interpreter, holds the ring.
#
# A ring may have a second one behind it, that several share: nobody takes from that, and each counts how far he is.

from cpython.object cimport PyObject

cdef extern from *:
    """
    #if defined(__GNUC__)
    #include <pthread.h>
    #include <sched.h>
    #include <unistd.h>
    static int zmqx_known_process __attribute__((unused)) = 0;
    static void zmqx_new_process(void) { zmqx_known_process = 0; }
    static inline int zmqx_this_process(void) {
        int known = __atomic_load_n(&zmqx_known_process, __ATOMIC_RELAXED);
        if (!known) {
            static int told = 0;
            if (!__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED)) pthread_atfork(NULL, NULL, zmqx_new_process);
            known = (int)getpid();
            __atomic_store_n(&zmqx_known_process, known, __ATOMIC_RELAXED);
        }
        return known;
    }
    /* Held by a thread of this process: what a forked child inherited held is free there. */
    static inline int zmqx_try_ring(int *held) {
        int process = zmqx_this_process();
        int seen = __atomic_load_n(held, __ATOMIC_RELAXED);
        return seen != process
            && __atomic_compare_exchange_n(held, &seen, process, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
    }
    static inline void zmqx_hold_ring(int *held) { while (!zmqx_try_ring(held)) sched_yield(); }
    static inline void zmqx_free_ring(int *held) { __atomic_store_n(held, 0, __ATOMIC_RELEASE); }
    static inline void zmqx_publish(Py_ssize_t *count, Py_ssize_t value) {
        __atomic_store_n(count, value, __ATOMIC_RELEASE);
    }
    static inline Py_ssize_t zmqx_published(Py_ssize_t *count) { return __atomic_load_n(count, __ATOMIC_ACQUIRE); }
    #define zmqx_publish_ring(place, ring) __atomic_store_n(place, ring, __ATOMIC_RELEASE)
    #define zmqx_published_ring(place) __atomic_load_n(place, __ATOMIC_ACQUIRE)
    #else
    /* There is no standby: nobody else ever looks. */
    static inline int zmqx_try_ring(int *held) { return *held = 1; }
    static inline void zmqx_hold_ring(int *held) { *held = 1; }
    static inline void zmqx_free_ring(int *held) { *held = 0; }
    static inline void zmqx_publish(Py_ssize_t *count, Py_ssize_t value) { *count = value; }
    static inline Py_ssize_t zmqx_published(Py_ssize_t *count) { return *count; }
    #define zmqx_publish_ring(place, ring) (*(place) = (ring))
    #define zmqx_published_ring(place) (*(place))
    #endif
    """
    bint zmqx_try_ring(int *held) nogil
    void zmqx_hold_ring(int *held) nogil
    void zmqx_free_ring(int *held) nogil
    void zmqx_publish(Py_ssize_t *count, Py_ssize_t value) nogil
    Py_ssize_t zmqx_published(Py_ssize_t *count) nogil

cdef struct Ring:
    PyObject **slots
    Py_ssize_t head, count, mask
    bint lent
    int held
    # Of what is in it, from the left, was sent:
    Py_ssize_t taken, taken_bytes
    Ring *more  # comes behind it,
    Py_ssize_t more_taken, more_bytes  # and this is what was sent of that
    Py_ssize_t begun  # bytes that are out of the message after these,
    bint begun_more  # which is in what comes behind

cdef extern from *:
    void zmqx_publish_ring(Ring **place, Ring *ring) nogil
    Ring *zmqx_published_ring(Ring **place) nogil
