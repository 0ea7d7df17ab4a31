# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The compiled half of the queue of a pipe.

What is atomic in the Python half (one call of a deque) is atomic here: no method lets go of the interpreter, or of the
lock of its object where there is none, before it is done with its fields.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

from .rings cimport zmqx_free_ring, zmqx_hold_ring, zmqx_publish, zmqx_publish_ring

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from "Python.h":
    ctypedef struct PyListObject:
        PyObject **ob_item
    void let_go "Py_DECREF"(PyObject *item)


cdef Py_ssize_t FIRST = 16
# Slots that an empty queue keeps.
cdef Py_ssize_t KEPT = 8192


cdef inline PyObject **slots_of(list ring) noexcept:
    return (<PyListObject *><PyObject *>ring).ob_item


cdef class Queue:
    """A deque of messages: the part of ``collections.deque`` that pipes use, in a ring.

    The ring is a list, with None where there is nothing: so the collector of garbage sees what is in it, and whoever
    asks the collector for all lists (tools do) gets one that can be read. The references to None that a ring began with
    are not counted down and up again as messages come and go.

    Whatever makes an object or lets go of one may run a finalizer, which may do anything to this very queue. So fields
    are read anew after the one, and are right before the other.

    A queue may be lent (``Duct.lend``): somebody without the interpreter sends what is first in it. That shows when it is
    taken back: whoever takes from it, or puts something first, does so before. Until then what was sent is still there.
    """

    def __cinit__(self, *args, **kwargs):
        self._slots = [None] * FIRST
        self.ring.slots = slots_of(self._slots)
        self.ring.mask = FIRST - 1

    def __init__(self, items=(), maxlen=None):
        if maxlen is not None and maxlen != 1:
            raise ValueError("a queue keeps one message, or all")
        self.maxlen = maxlen
        self.extend(items)

    cdef int _resize(self, Py_ssize_t slots) except -1:
        """Move to a ring of so many slots, unless there is more by then."""
        cdef list fresh = [None] * slots
        if self.ring.count > slots:
            return 0
        cdef list before = self._slots
        cdef PyObject **new = slots_of(fresh)
        cdef PyObject **old = self.ring.slots
        cdef PyObject *empty
        cdef Py_ssize_t i, at
        zmqx_hold_ring(&self.ring.held)
        for i in range(self.ring.count):
            at = (self.ring.head + i) & self.ring.mask
            empty = new[i]
            new[i] = old[at]
            old[at] = empty
        self.ring.slots = new
        self.ring.head = 0
        self.ring.mask = slots - 1
        zmqx_free_ring(&self.ring.held)
        self._slots = fresh
        return 0

    cdef int _drop_sent(self) except -1:
        """What was sent is not in it any more."""
        cdef Py_ssize_t taken, size
        zmqx_hold_ring(&self.ring.held)
        taken, size = self.ring.taken, self.ring.taken_bytes
        self.ring.taken = self.ring.taken_bytes = 0
        self.ring.head = (self.ring.head + taken) & self.ring.mask
        self.ring.count -= taken
        zmqx_free_ring(&self.ring.held)
        self._sent += taken
        self._sent_bytes += size
        self._let_go_of(taken)
        return 0

    cdef int _let_go_of(self, Py_ssize_t count) except -1:
        """Of so many slots before the first. (Messages of bytes: letting go of them runs nothing.)"""
        cdef PyObject **slot
        cdef PyObject *item
        while count > 0:
            slot = self.ring.slots + ((self.ring.head - count) & self.ring.mask)
            item = slot[0]
            slot[0] = <PyObject *>None
            let_go(item)
            count -= 1
        return 0

    cdef int _settle(self) except -1:
        """Nobody else takes from it any more; neither what was sent is in it, nor what was sent in part."""
        self._drop_sent()
        zmqx_hold_ring(&self.ring.held)
        self.ring.lent = False
        zmqx_free_ring(&self.ring.held)
        self._drop_sent()
        if self.ring.begun and not self.ring.begun_more:
            self._torn_bytes = self.ring.begun
            self.ring.begun = 0
            self._torn = self._remove_first()
        return 0

    @property
    def torn(self):
        """Whether there is a message that was sent in part when it was taken back, and that nobody has taken."""
        return self._torn is not None

    @cython.critical_section
    def take_torn(self):
        """The message that was sent in part when it was taken back, and bytes of it; None if there is none."""
        if self._torn is None:
            return None
        torn, self._torn = self._torn, None
        return torn, self._torn_bytes

    @cython.critical_section
    def take_back(self):
        """Let nobody else send what is in it, and ``tell_sent``."""
        if self.ring.lent:
            self._settle()
        return self._tell()

    @cython.critical_section
    def look_again(self):
        """What was sent so far is not in it any more. It stays lent, if it is; whether it is."""
        self._drop_sent()
        return self.ring.lent

    @cython.critical_section
    def tell_sent(self):
        """How many messages somebody else had sent when it was taken back, and bytes; each is told once."""
        return self._tell()

    cdef tuple _tell(self):
        sent, size = self._sent, self._sent_bytes
        self._sent = self._sent_bytes = 0
        return sent, size

    cdef int _make_room(self) except -1:
        while self.ring.count > self.ring.mask:
            self._resize(2 * (self.ring.mask + 1))
        return 0

    cdef int _give_back(self) except -1:
        try:
            self._resize(FIRST)
        except MemoryError:
            pass  # there is a ring
        return 0

    cdef int _add(self, object item) except -1:
        cdef PyObject **slot
        if self.ring.count > self.ring.mask:
            self._make_room()
        slot = self.ring.slots + ((self.ring.head + self.ring.count) & self.ring.mask)
        Py_INCREF(item)
        slot[0] = <PyObject *>item
        zmqx_publish(&self.ring.count, self.ring.count + 1)
        return 0

    cdef int _add_first(self, object item) except -1:
        cdef PyObject **slot
        if self.ring.count > self.ring.mask:
            self._make_room()
        self.ring.head = (self.ring.head - 1) & self.ring.mask
        slot = self.ring.slots + self.ring.head
        Py_INCREF(item)
        slot[0] = <PyObject *>item
        self.ring.count += 1
        return 0

    cdef object _remove_first(self):
        cdef PyObject **slot = self.ring.slots + self.ring.head
        cdef object item = <object>slot[0]
        slot[0] = <PyObject *>None
        self.ring.head = (self.ring.head + 1) & self.ring.mask
        self.ring.count -= 1
        Py_DECREF(item)
        if self.ring.count == 0 and self.ring.mask >= KEPT:
            self._give_back()
        return item

    cdef object _remove_last(self):
        cdef PyObject **slot = self.ring.slots + ((self.ring.head + self.ring.count - 1) & self.ring.mask)
        cdef object item = <object>slot[0]
        slot[0] = <PyObject *>None
        self.ring.count -= 1
        Py_DECREF(item)
        return item

    @cython.critical_section
    def append(self, item):
        self._add(item)
        if self.maxlen is not None:
            # Afterwards, so that whoever takes meanwhile never finds it empty.
            while self.ring.count > 1:
                self._remove_first()

    @cython.critical_section
    def appendleft(self, item):
        if self.ring.lent:
            self._settle()
        self._add_first(item)
        if self.maxlen is not None:
            while self.ring.count > 1:
                self._remove_last()

    def extendleft(self, items):
        for item in items:
            self.appendleft(item)

    def extend(self, items):
        if self.maxlen is not None:
            for item in items:
                self.append(item)
            return
        # A list is appended in one go, others item by item, as they come.
        if type(items) is list:
            self._add_all(<list>items)
            return
        for item in items:
            self.append(item)

    @cython.critical_section
    cdef int _add_all(self, list items) except -1:
        for item in items:
            self._add(item)
        return 0

    @cython.critical_section
    def popleft(self):
        if self.ring.lent:
            self._settle()
        if not self.ring.count:
            raise IndexError("pop from an empty queue")
        return self._remove_first()

    @cython.critical_section
    def drain(self, Py_ssize_t most):
        """Take up to ``most`` from the left."""
        cdef list out = []
        if self.ring.lent:
            self._settle()
        if most > self.ring.count:
            most = self.ring.count
        while most > 0:
            out.append(self._remove_first())
            most -= 1
        return out

    def share(self, list others):
        """What will be in here comes behind what is in each of these, until it is poured into them: so it may be sent
        by whom they are lent to."""
        cdef Queue queue
        self.ring.lent = True
        for other in others:
            queue = <Queue?>other
            queue._more = self
            queue.ring.more_taken = queue.ring.more_bytes = 0
            zmqx_publish_ring(&queue.ring.more, &self.ring)

    def pour(self, list others):
        """Move everything to the end of each of these, and let no signal strike in the middle of it."""
        cdef list shared = self.drain(self.ring.count)
        cdef Queue queue
        cdef Py_ssize_t taken
        for other in others:
            queue = <Queue?>other
            taken = queue._leave(self, shared)
            queue.extend(shared[taken:] if taken else shared)

    @cython.critical_section
    cdef Py_ssize_t _leave(self, Queue behind, list shared) except -1:
        """Nothing is behind it any more; how many of what is shared do not come."""
        cdef Py_ssize_t taken
        cdef bint lent, late
        if self._more is not behind:
            return 0
        zmqx_hold_ring(&self.ring.held)
        taken = self.ring.more_taken
        self._sent += taken
        self._sent_bytes += self.ring.more_bytes
        lent = self.ring.lent
        # Something was put here when what is behind it had been begun: that comes first nevertheless.
        late = self.ring.begun_more and self.ring.count > self.ring.taken
        if late:
            self.ring.lent = False
        self.ring.begun_more = False
        self.ring.more = NULL
        self.ring.more_taken = self.ring.more_bytes = 0
        zmqx_free_ring(&self.ring.held)
        self._more = None
        if late:
            self._drop_sent()
            self._add_first(shared[taken])
            taken += 1
            self.ring.lent = lent
        return taken

    @cython.critical_section
    def clear(self):
        cdef Py_ssize_t left
        if self.ring.lent:
            self._settle()
        left = self.ring.count  # what finalizers add stays
        while left > 0 and self.ring.count:
            self._remove_first()
            left -= 1

    @cython.critical_section
    def __len__(self):
        return self.ring.count

    @cython.critical_section
    def __bool__(self):
        return self.ring.count != 0

    @cython.critical_section
    def __getitem__(self, Py_ssize_t index):
        if self.ring.lent:
            self._settle()
        if index < 0:
            index += self.ring.count
        if not 0 <= index < self.ring.count:
            raise IndexError("queue index out of range")
        return <object>self.ring.slots[(self.ring.head + index) & self.ring.mask]

    def __iter__(self):
        return iter(self._listed())

    @cython.critical_section
    cdef list _listed(self):
        cdef list found = []
        cdef Py_ssize_t i = 0
        while i < self.ring.count:
            found.append(<object>self.ring.slots[(self.ring.head + i) & self.ring.mask])
            i += 1
        return found

    def __sizeof__(self):
        return object.__sizeof__(self) + (self.ring.mask + 1) * <Py_ssize_t>sizeof(PyObject *)

    def __repr__(self):
        return f"Queue({list(self)!r})"
