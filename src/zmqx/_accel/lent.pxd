# What ``standby`` needs to know of ``lent``.

from .lines cimport Line

cdef bint put_lent(Line *line) noexcept nogil
