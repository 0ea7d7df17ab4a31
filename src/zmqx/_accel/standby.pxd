# Sets of lines, for whoever waits for them.

from .lines cimport Line

cdef struct Set:
    int epfd, bell
    long turns, seen  # of whoever waits, and how many there were at the last look
    Line **lines
    Py_ssize_t count, size, next
    bint fresh  # a line may have something for the interpreter

cdef void lock() noexcept nogil
cdef void unlock() noexcept nogil
cdef int grow(Set *set) except -1
cdef int join(Set *set) except -1
cdef void leave(Set *set) noexcept
