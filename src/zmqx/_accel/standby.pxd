# Sets of lines, for whoever waits for them.

from .lines cimport Line

cdef struct Set:
    int epfd, bell
    long turns, seen  # of whoever waits, and how many there were at the last look
    double since  # when that number was seen first
    Line **lines
    Py_ssize_t count, size, next
    Line **fresh  # those that have something for the interpreter
    Py_ssize_t fresh_count

cdef void lock() noexcept nogil
cdef void unlock() noexcept nogil
cdef int grow(Set *set) except -1
cdef void note_fresh(Set *set, Line *line) noexcept nogil
cdef void forget_fresh(Set *set, Line *line) noexcept nogil
cdef int join(Set *set) except -1
cdef void leave(Set *set) noexcept
