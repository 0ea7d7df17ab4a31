# Who stands by for sets of lines.

from .looks cimport Set

cdef void lock() noexcept nogil
cdef void unlock() noexcept nogil
cdef int grow(Set *set) except -1
cdef int join(Set *set) except -1
cdef void leave(Set *set) noexcept
