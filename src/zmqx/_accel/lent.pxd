# What others need to know of ``lent``.

from .lines cimport Line
from .rings cimport Ring

cdef enum:
    # Why somebody does not go on sending what is in a ring: nothing is left, the system takes no more, what comes next
    # has to be sent by others; or he does; or it failed.
    EMPTY = 0
    FULL = 1
    ODD = 2
    SENT = 3
    FAILED = 4

cdef int send_ring(Line *line, Ring *ring, Py_ssize_t most, int *error) noexcept nogil
cdef bint put_lent(Line *line) noexcept nogil
