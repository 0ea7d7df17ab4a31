# Sets of lines, and what is done for them.

from .lines cimport Line

cdef enum:
    # What a look found: nothing to do, nothing that could be done, or something that was.
    NOTHING = 0
    SOMETHING = 1
    MOVED = 2

cdef struct Set:
    int epfd, bell
    long turns, seen  # of whoever waits, and how many there were at the last look
    double since  # when that number was seen first
    Line **lines
    Py_ssize_t count, size, next
    Line **fresh  # those that have something for the interpreter
    Py_ssize_t fresh_count

cdef void note_fresh(Set *set, Line *line) noexcept nogil
cdef void forget_fresh(Set *set, Line *line) noexcept nogil
cdef int look_after(Set *set, bint stuck) noexcept nogil
