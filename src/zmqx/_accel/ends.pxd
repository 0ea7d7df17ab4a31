# What ``loops`` needs to know of ``ends``.

cdef class Queue:
    cdef list _ring
    cdef Py_ssize_t _head, _count, _mask
    cdef readonly object maxlen
    cdef int _resize(self, Py_ssize_t slots) except -1
    cdef int _make_room(self) except -1
    cdef int _give_back(self) except -1
    cdef int _add(self, object item) except -1
    cdef int _add_first(self, object item) except -1
    cdef object _remove_first(self)
    cdef object _remove_last(self)

cdef class PipeEnds:
    cdef public Queue inbox
    cdef public Queue outbox
    cdef public Py_ssize_t easy, attention, batch
    cdef public Py_ssize_t send_limit, send_low, receive_limit, receive_low
    cdef public bint pending, asleep, ended, stalled, blocked, active, writable
    cdef public object wake, resume, refuse

cdef class LaneEnd:
    cdef public PipeEnds only

cdef class TaskEnds:
    cdef public bint odd

cdef class MessageFace:
    cdef public LaneEnd _out
    cdef public LaneEnd _in
    cdef public object _loop, _sent, _senders, _receivers
    cdef public TaskEnds _tasks
    cdef public Py_ssize_t _credit
    cdef public bint _tells
