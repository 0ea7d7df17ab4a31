# What others need to know of ``queues``.

from zmqx._accel.rings cimport Ring

cdef class Queue:
    cdef Ring ring
    cdef list _slots  # what the ring is in
    cdef Queue _more  # what is behind it
    cdef Py_ssize_t _sent, _sent_bytes
    cdef object _torn  # what was sent in part, and so many bytes of it
    cdef Py_ssize_t _torn_bytes
    cdef readonly object maxlen
    cdef int _resize(self, Py_ssize_t slots) except -1
    cdef int _make_room(self) except -1
    cdef int _drop_sent(self) except -1
    cdef int _let_go_of(self, Py_ssize_t count) except -1
    cdef int _settle(self) except -1
    cdef tuple _tell(self)
    cdef Py_ssize_t _leave(self, Queue behind, list shared) except -1
    cdef int _give_back(self) except -1
    cdef int _add(self, object item) except -1
    cdef int _add_first(self, object item) except -1
    cdef object _remove_first(self)
    cdef object _remove_last(self)
    cdef int _add_all(self, list items) except -1
    cdef list _listed(self)
