# What ``loops`` needs to know of ``ends``.
#
# Where there is no interpreter lock (critical sections are nothing elsewhere): what lies outside the guard of a core takes
# the lock of the object it touches. Numbers and flags are words of their own, and are read and written whole. Who sets a
# flag and then looks at a queue, and who changes the queue and then looks at the flag, both take the lock of the queue in
# between: so one of them sees the other (see ``pipes.pipe``).

cimport cython

from zmqx._accel.prefixes cimport PrefixTree
from zmqx._accel.queues cimport Queue

cdef class PipeEnds:
    cdef public Queue inbox
    cdef public Queue outbox
    cdef public Py_ssize_t easy, attention, batch
    cdef public Py_ssize_t send_limit, send_low, receive_limit, receive_low
    cdef public bint pending, asleep, ended, stalled, blocked, active, writable
    cdef public object wake, resume, refuse

cdef class Sieve:
    cdef object _ring
    cdef PrefixTree _tree
    cdef bint _inverted, _open
    cdef object next(self)

cdef class LaneEnd:
    cdef PipeEnds _only
    cdef Sieve _sieve

cdef class Shortcut:
    cdef bint send(self, bytes data) except -1
    cdef object recv(self)

cdef class TurnEnds:
    cdef public bint asks, awaiting, straight
    cdef public int correlate, relaxed, limit, spin
    cdef public PipeEnds partner
    cdef public object found, envelope
    cdef Shortcut _shortcut

cdef class TaskEnds:
    cdef public bint odd

cdef class MessageFace:
    cdef LaneEnd _lane_out
    cdef LaneEnd _lane_in
    cdef TurnEnds _whose_turn
    cdef public object _loop, _sent, _senders, _receivers
    cdef public TaskEnds _tasks
    cdef public Py_ssize_t _credit
    cdef public bint _tells
    cdef Shortcut _short_way(self)


@cython.nonecheck(True)
cdef inline PipeEnds pipe_of(LaneEnd lane):
    """Where a lane leads to now."""
    with cython.critical_section(lane):
        return lane._only


@cython.nonecheck(True)
cdef inline PipeEnds way_out(MessageFace face):
    with cython.critical_section(face):
        lane = face._lane_out
    return pipe_of(lane)


@cython.nonecheck(True)
cdef inline PipeEnds way_in(MessageFace face):
    with cython.critical_section(face):
        lane = face._lane_in
    return pipe_of(lane)


cdef inline Shortcut shortcut_of(TurnEnds turn):
    """The short way of a dialogue, if it has one now."""
    if turn is None:
        return None
    with cython.critical_section(turn):
        return turn._shortcut


@cython.nonecheck(True)
cdef inline Sieve sieve_of(LaneEnd lane):
    with cython.critical_section(lane):
        return lane._sieve


@cython.nonecheck(True)
cdef inline object take_sifted(MessageFace face):
    """Take what the sieve of the lane lets through, where there is one; else None."""
    cdef Sieve sieve
    with cython.critical_section(face):
        lane = face._lane_in
    sieve = sieve_of(lane)
    return None if sieve is None else sieve.next()


@cython.nonecheck(True)
cdef inline bint put_easily(PipeEnds pipe, object item) except -1:
    """Append to the outbox, if nobody need be asked."""
    cdef Queue queue = pipe.outbox
    with cython.critical_section(queue):
        if queue.ring.count < pipe.easy:
            queue._add(item)
            return True
    return False


@cython.nonecheck(True)
cdef inline object take_easily(PipeEnds pipe):
    """Take from the inbox, if nobody need be asked; else None."""
    cdef Queue queue = pipe.inbox
    with cython.critical_section(queue):
        if queue.ring.count > pipe.attention and queue.ring.count:
            return queue._remove_first()
    return None
