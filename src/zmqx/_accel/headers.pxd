# The header of a frame (RFC 23, 3.1; ZMTP 2.0 has the same).

from libc.stdint cimport uint64_t

cdef enum:
    MORE = 1
    LONG = 2
    COMMAND = 4
    LONG_HEADER = 9  # bytes; a short one has two


cdef inline uint64_t length_at(const unsigned char *at) noexcept nogil:
    return ((<uint64_t>at[0] << 56) | (<uint64_t>at[1] << 48) | (<uint64_t>at[2] << 40) | (<uint64_t>at[3] << 32)
            | (<uint64_t>at[4] << 24) | (<uint64_t>at[5] << 16) | (<uint64_t>at[6] << 8) | <uint64_t>at[7])


cdef inline Py_ssize_t header_size(Py_ssize_t size) noexcept nogil:
    return 2 if size < 256 else LONG_HEADER


cdef inline Py_ssize_t put_header(unsigned char *at, Py_ssize_t size, int flags) noexcept nogil:
    cdef int i
    if size < 256:
        at[0] = <unsigned char>flags
        at[1] = <unsigned char>size
        return 2
    at[0] = <unsigned char>(flags | LONG)
    for i in range(8):
        at[1 + i] = <unsigned char>((<uint64_t>size) >> (56 - 8 * i))
    return LONG_HEADER
