# What ``dialogues`` needs to know of ``watches``.

from .lines cimport Line
from .looks cimport Set

cdef class Watch:
    cdef Set set
    cdef dict _ducts
    cdef list wait_for(self, double timeout, int most, int lone)
    cdef void note(self, Line *line) noexcept
    cdef int _add_fresh(self, list ready) except -1
