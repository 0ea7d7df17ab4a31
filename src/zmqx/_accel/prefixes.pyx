# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The compiled half of the topics by prefix: the same tree, without the Python objects of one."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memchr, memcmp, memcpy, memmove

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package


cdef Node *new_node(Node *parent, const byte *label, Py_ssize_t size) except NULL:
    cdef Node *node = <Node *>malloc(sizeof(Node))
    if node is NULL:
        raise MemoryError
    node.label = <byte *>malloc(size if size else 1)
    if node.label is NULL:
        free(node)
        raise MemoryError
    if size:
        memcpy(node.label, label, size)
    node.parent = parent
    node.size = size
    node.value = NONE
    node.keys = NULL
    node.children = NULL
    node.count = node.room = 0
    return node


cdef void free_node(Node *node) noexcept:
    free(node.label)
    free(node.keys)
    free(node.children)
    free(node)


cdef inline Node *child_of(Node *node, byte key) noexcept nogil:
    cdef byte *found
    if not node.count:
        return NULL
    found = <byte *>memchr(node.keys, key, node.count)
    return NULL if found is NULL else node.children[found - node.keys]


cdef int make_room(Node *node) except -1:
    """For one more child."""
    cdef int room = 2 * node.room if node.room else 1
    cdef void *moved
    if node.count < node.room:
        return 0
    moved = realloc(node.keys, room)
    if moved is NULL:
        raise MemoryError
    node.keys = <byte *>moved
    moved = realloc(node.children, room * sizeof(Node *))
    if moved is NULL:
        raise MemoryError
    node.children = <Node **>moved
    node.room = room
    return 0


cdef void add_child(Node *node, Node *child) noexcept:
    """There is room."""
    cdef byte key = child.label[0]
    cdef int at = node.count
    while at and node.keys[at - 1] > key:
        at -= 1
    memmove(node.keys + at + 1, node.keys + at, node.count - at)
    memmove(node.children + at + 1, node.children + at, (node.count - at) * sizeof(Node *))
    node.keys[at] = key
    node.children[at] = child
    node.count += 1


cdef inline Py_ssize_t place_of(Node *node, Node *child) noexcept:
    return <byte *>memchr(node.keys, child.label[0], node.count) - node.keys


cdef void drop_child(Node *node, Node *child) noexcept:
    cdef Py_ssize_t at = place_of(node, child)
    cdef void *kept
    node.count -= 1
    memmove(node.keys + at, node.keys + at + 1, node.count - at)
    memmove(node.children + at, node.children + at + 1, (node.count - at) * sizeof(Node *))
    if node.room > 4 and node.count <= node.room // 4:
        # Whoever had many children once does not keep the room for them. That less does not fit is no failure.
        kept = realloc(node.keys, node.room // 2)
        if kept is not NULL:
            node.keys = <byte *>kept
            kept = realloc(node.children, node.room // 2 * sizeof(Node *))
            if kept is not NULL:
                node.children = <Node **>kept
            node.room //= 2


cdef Node *split(Node *child, Py_ssize_t common) except NULL:
    """A new node between a child and its parent, where their ways part."""
    cdef Node *parent = child.parent
    cdef Node *middle = new_node(parent, child.label, common)
    try:
        make_room(middle)
    except MemoryError:
        free_node(middle)
        raise
    parent.children[place_of(parent, child)] = middle
    child.size -= common
    memmove(child.label, child.label + common, child.size)
    child.parent = middle
    add_child(middle, child)
    return middle


cdef void merge(Node *node) noexcept:
    """Take a node without value out from between its parent and its only child."""
    cdef Node *only = node.children[0]
    cdef byte *label = <byte *>realloc(only.label, node.size + only.size)
    if label is NULL:
        return  # a node too many
    memmove(label + node.size, label, only.size)
    memcpy(label, node.label, node.size)
    only.label = label
    only.size += node.size
    only.parent = node.parent
    node.parent.children[place_of(node.parent, node)] = only
    free_node(node)


@cython.final
cdef class PrefixTree:
    """Topics with a value each; finds the values of the topics a message begins with. See the Python half.

    The values are in a list, for the collector to see. Whatever makes or lets go of an object may run a finalizer, which
    may do anything to this very tree: nothing of the kind is done between a look at a node and its use.
    """

    def __cinit__(self):
        self._values = []
        self._unused = []
        self._root = new_node(NULL, NULL, 0)

    def __dealloc__(self):
        # A tree is as deep as a peer wants it: no recursion.
        cdef Node *node = self._root
        cdef Node *parent
        while node is not NULL:
            if node.count:
                node.count -= 1
                node = node.children[node.count]
            else:
                parent = node.parent
                free_node(node)
                node = parent

    cdef Node *_find(self, const byte *topic, Py_ssize_t size) noexcept:
        """The node of exactly this topic; NULL if there is none."""
        cdef Node *node = self._root
        while size:
            node = child_of(node, topic[0])
            if node is NULL or node.size > size or memcmp(node.label, topic, node.size):
                return NULL
            topic += node.size
            size -= node.size
        return node

    @cython.critical_section
    def __len__(self):
        return len(self._values) - len(self._unused)

    def __sizeof__(self):
        return object.__sizeof__(self) + self._size()

    @cython.critical_section
    cdef Py_ssize_t _size(self):
        cdef Node *node = self._root
        cdef Py_ssize_t size = 0, depth = 0
        while node is not NULL:
            size += sizeof(Node) + node.size + node.room * (1 + <Py_ssize_t>sizeof(Node *))
            node = node.children[0] if node.count else self._beside(node, &depth)
        return size

    cdef Node *_beside(self, Node *node, Py_ssize_t *size) noexcept:
        """The node that comes after all below this one; takes from ``size`` the labels that no longer lead there."""
        cdef Py_ssize_t at
        while node.parent is not NULL:
            size[0] -= node.size
            at = place_of(node.parent, node) + 1
            node = node.parent
            if at < node.count:
                return node.children[at]
        return NULL

    @cython.critical_section
    def get(self, bytes topic not None):
        """The value of exactly this topic, or None."""
        cdef Node *node = self._find(<byte *>PyBytes_AS_STRING(topic), PyBytes_GET_SIZE(topic))
        return None if node is NULL or node.value == NONE else self._values[node.value]

    @cython.critical_section
    def set(self, bytes topic not None, value not None):
        """Give a topic its value (not None)."""
        cdef Node *node = self._branch(<byte *>PyBytes_AS_STRING(topic), PyBytes_GET_SIZE(topic))
        cdef Py_ssize_t place
        if PyBytes_GET_SIZE(topic) > self._longest:
            self._longest = PyBytes_GET_SIZE(topic)
        if node.value == NONE:
            if self._unused:
                place = self._unused.pop()
            else:
                place = len(self._values)
                self._values.append(None)
            node.value = place
        self._values[node.value] = value

    cdef Node *_branch(self, const byte *topic, Py_ssize_t size) except NULL:
        """The node of this topic, which is made if need be."""
        cdef Node *node = self._root
        cdef Node *child
        cdef Py_ssize_t common
        while size:
            child = child_of(node, topic[0])
            if child is NULL:
                make_room(node)
                child = new_node(node, topic, size)
                add_child(node, child)
                return child
            common = 1
            while common < child.size and common < size and child.label[common] == topic[common]:
                common += 1
            node = child if common == child.size else split(child, common)
            topic += common
            size -= common
        return node

    @cython.critical_section
    def remove(self, bytes topic not None):
        """Forget a topic that is there (KeyError if it is not), and the branches that led to nothing else."""
        cdef Node *node = self._find(<byte *>PyBytes_AS_STRING(topic), PyBytes_GET_SIZE(topic))
        cdef Node *parent
        if node is NULL or node.value == NONE:
            raise KeyError(topic)
        value = self._values[node.value]  # let go of when all is done
        self._unused.append(node.value)
        self._values[node.value] = None
        node.value = NONE
        while node.parent is not NULL and node.value == NONE and node.count < 2:
            parent = node.parent
            if node.count:
                merge(node)
                break
            drop_child(parent, node)
            free_node(node)
            node = parent
        if len(self._unused) == len(self._values):
            del self._unused[:]
            del self._values[:]

    @cython.critical_section
    def longest(self, frame):
        """The value of the longest topic that the frame begins with, or None."""
        cdef Py_ssize_t place
        cdef bytes data
        if not self._root.count:
            return None if self._root.value == NONE else self._values[self._root.value]
        data = frame if type(frame) is bytes else bytes(frame[: self._longest])
        place = self._walk(data, False, None)
        return None if place == NONE else self._values[place]

    @cython.critical_section
    def covers(self, frame):
        """Whether the frame begins with a topic."""
        cdef bytes data
        if self._root.value != NONE or not self._root.count:
            return self._root.value != NONE
        data = frame if type(frame) is bytes else bytes(frame[: self._longest])
        return self._walk(data, True, None) != NONE

    cdef bint begins(self, bytes data) except -1:
        """``covers``, for who has the lock."""
        return self._walk(data, True, None) != NONE

    @cython.critical_section
    def matches(self, frame):
        """The values of all topics that the frame begins with, shortest topic first."""
        cdef list found = []
        cdef bytes data
        if not self._root.count:
            data = b""
        else:
            data = frame if type(frame) is bytes else bytes(frame[: self._longest])
        self._walk(data, False, found)
        return found

    cdef Py_ssize_t _walk(self, bytes data, bint first, list found) except -2:
        """Where the value of the longest topic is, or of the first one; notes all values on the way."""
        cdef Node *node = self._root
        cdef const byte *at = <byte *>PyBytes_AS_STRING(data)
        cdef Py_ssize_t left = PyBytes_GET_SIZE(data)
        cdef Py_ssize_t place = NONE
        while True:
            if node.value != NONE:
                place = node.value
                if first:
                    return place
                if found is not None:
                    found.append(self._values[place])
            if not left:
                return place
            node = child_of(node, at[0])
            if node is NULL or node.size > left or memcmp(node.label, at, node.size):
                return place
            at += node.size
            left -= node.size

    def topics(self):
        """Every topic and its value, in the order of the tree."""
        return iter(self._pairs())

    @cython.critical_section
    def _pairs(self):
        cdef list topics = []
        cdef list values = []
        cdef Node *node = self._root
        cdef Py_ssize_t size = 0
        cdef byte *path = <byte *>malloc(self._longest + 1)
        if path is NULL:
            raise MemoryError
        try:
            while node is not NULL:
                memcpy(path + size, node.label, node.size)
                size += node.size
                if node.value != NONE:
                    topics.append(PyBytes_FromStringAndSize(<char *>path, size))
                    values.append(self._values[node.value])
                node = node.children[0] if node.count else self._beside(node, &size)
        finally:
            free(path)
        return list(zip(topics, values))
