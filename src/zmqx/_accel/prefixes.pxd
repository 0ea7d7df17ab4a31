# What ``ends`` needs to know of ``prefixes``.

cimport cython

ctypedef unsigned char byte


cdef struct Node:
    # ``label`` leads here from the parent; ``value`` is a place in the tree's list of values, or NONE.
    Node *parent
    byte *label
    Py_ssize_t size
    Py_ssize_t value
    # The children and the first bytes of their labels, in the order of these.
    byte *keys
    Node **children
    int count
    int room


cdef enum:
    NONE = -1


@cython.final
cdef class PrefixTree:
    cdef Node *_root
    cdef list _values
    cdef list _unused
    cdef Py_ssize_t _longest
    cdef Node *_find(self, const byte *topic, Py_ssize_t size) noexcept
    cdef Py_ssize_t _size(self)
    cdef Node *_beside(self, Node *node, Py_ssize_t *size) noexcept
    cdef Node *_branch(self, const byte *topic, Py_ssize_t size) except NULL
    cdef bint begins(self, bytes data) except -1
    cdef Py_ssize_t _walk(self, bytes data, bint first, list found) except -2
