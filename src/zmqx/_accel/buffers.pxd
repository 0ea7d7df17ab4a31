# Buffers that somebody without the interpreter may read.

from cpython.buffer cimport Py_buffer

cdef Py_ssize_t size_of(list buffers) except -1
cdef size_t size_in(const Py_buffer *views, Py_ssize_t count) noexcept
cdef Py_buffer *new_views(list buffers) except? NULL
cdef int forget_views(Py_buffer *views, Py_ssize_t count) except -1
