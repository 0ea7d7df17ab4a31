# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The compiled half of the way between a face and a pipe: the queue, the hot fields, a lane, a plain send and recv.

Each twin has the contract of its Python half. What is atomic there (one call of a deque) is atomic here: no
method lets go of the interpreter, or of the lock of its object where there is none, before it is done with its fields.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from "Python.h":
    ctypedef struct PyListObject:
        PyObject **ob_item


cdef Py_ssize_t FIRST = 16
# Slots that an empty queue keeps.
cdef Py_ssize_t KEPT = 8192


cdef inline PyObject **slots_of(Queue queue) noexcept:
    return (<PyListObject *><PyObject *>queue._ring).ob_item


cdef class Queue:
    """A deque of messages: the part of ``collections.deque`` that pipes use, in a ring.

    The ring is a list, with None where there is nothing: so the collector of garbage sees what is in it, and whoever
    asks the collector for all lists (tools do) gets one that can be read. The references to None that a ring began with
    are not counted down and up again as messages come and go.

    Whatever makes an object or lets go of one may run a finalizer, which may do anything to this very queue. So fields
    are read anew after the one, and are right before the other.
    """

    def __cinit__(self, *args, **kwargs):
        self._ring = [None] * FIRST
        self._mask = FIRST - 1

    def __init__(self, items=(), maxlen=None):
        if maxlen is not None and maxlen != 1:
            raise ValueError("a queue keeps one message, or all")
        self.maxlen = maxlen
        self.extend(items)

    cdef int _resize(self, Py_ssize_t slots) except -1:
        """Move to a ring of so many slots, unless there is more by then."""
        cdef list ring = [None] * slots
        if self._count > slots:
            return 0
        cdef PyObject **new = (<PyListObject *><PyObject *>ring).ob_item
        cdef PyObject **old = slots_of(self)
        cdef PyObject *empty
        cdef Py_ssize_t i, at
        for i in range(self._count):
            at = (self._head + i) & self._mask
            empty = new[i]
            new[i] = old[at]
            old[at] = empty
        self._ring = ring
        self._head = 0
        self._mask = slots - 1
        return 0

    cdef int _make_room(self) except -1:
        while self._count > self._mask:
            self._resize(2 * (self._mask + 1))
        return 0

    cdef int _give_back(self) except -1:
        try:
            self._resize(FIRST)
        except MemoryError:
            pass  # there is a ring
        return 0

    cdef int _add(self, object item) except -1:
        cdef PyObject **slot
        if self._count > self._mask:
            self._make_room()
        slot = slots_of(self) + ((self._head + self._count) & self._mask)
        Py_INCREF(item)
        slot[0] = <PyObject *>item
        self._count += 1
        return 0

    cdef int _add_first(self, object item) except -1:
        cdef PyObject **slot
        if self._count > self._mask:
            self._make_room()
        self._head = (self._head - 1) & self._mask
        slot = slots_of(self) + self._head
        Py_INCREF(item)
        slot[0] = <PyObject *>item
        self._count += 1
        return 0

    cdef object _remove_first(self):
        cdef PyObject **slot = slots_of(self) + self._head
        cdef object item = <object>slot[0]
        slot[0] = <PyObject *>None
        self._head = (self._head + 1) & self._mask
        self._count -= 1
        Py_DECREF(item)
        if self._count == 0 and self._mask >= KEPT:
            self._give_back()
        return item

    cdef object _remove_last(self):
        cdef PyObject **slot = slots_of(self) + ((self._head + self._count - 1) & self._mask)
        cdef object item = <object>slot[0]
        slot[0] = <PyObject *>None
        self._count -= 1
        Py_DECREF(item)
        return item

    @cython.critical_section
    def append(self, item):
        self._add(item)
        if self.maxlen is not None:
            # Afterwards, so that whoever takes meanwhile never finds it empty.
            while self._count > 1:
                self._remove_first()

    @cython.critical_section
    def appendleft(self, item):
        self._add_first(item)
        if self.maxlen is not None:
            while self._count > 1:
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
        if not self._count:
            raise IndexError("pop from an empty queue")
        return self._remove_first()

    @cython.critical_section
    def drain(self, Py_ssize_t most):
        """Take up to ``most`` from the left."""
        cdef list out = []
        if most > self._count:
            most = self._count
        while most > 0:
            out.append(self._remove_first())
            most -= 1
        return out

    def pour(self, list others):
        """Move everything to the end of each of these, and let no signal strike in the middle of it."""
        cdef list shared = self.drain(self._count)
        for other in others:
            (<Queue?>other).extend(shared)

    @cython.critical_section
    def clear(self):
        cdef Py_ssize_t left = self._count  # what finalizers add stays
        while left > 0 and self._count:
            self._remove_first()
            left -= 1

    @cython.critical_section
    def __len__(self):
        return self._count

    @cython.critical_section
    def __bool__(self):
        return self._count != 0

    @cython.critical_section
    def __getitem__(self, Py_ssize_t index):
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError("queue index out of range")
        return <object>slots_of(self)[(self._head + index) & self._mask]

    def __iter__(self):
        return iter(self._listed())

    @cython.critical_section
    cdef list _listed(self):
        cdef list found = []
        cdef Py_ssize_t i = 0
        while i < self._count:
            found.append(<object>slots_of(self)[(self._head + i) & self._mask])
            i += 1
        return found

    def __sizeof__(self):
        return object.__sizeof__(self) + (self._mask + 1) * <Py_ssize_t>sizeof(PyObject *)

    def __repr__(self):
        return f"Queue({list(self)!r})"


def are_plain(list messages not None):
    """Whether all of these are bytes."""
    for message in messages:
        if type(message) is not bytes:
            return False
    return True


cdef class PipeEnds:
    """The hot fields of a pipe (``pipes.pipe``, where they are explained)."""


cdef class Sieve:
    """A way past a ring for the messages that are wanted. See the Python half."""

    def __init__(self, ring not None, PrefixTree tree not None, bint inverted):
        self._ring = ring
        self._tree = tree
        self._inverted = inverted
        self._open = True

    def close(self):
        """It lets nothing through any more."""
        self._open = False

    @cython.nonecheck(True)
    cdef object next(self):
        cdef PipeEnds pipe
        cdef Queue queue
        cdef PrefixTree tree = self._tree
        if not self._open or len(self._ring) != 1:
            return None
        try:
            pipe = self._ring[0]
        except IndexError:
            return None  # without the interpreter lock it may be gone in between
        queue = pipe.inbox
        with cython.critical_section(queue, tree):
            if queue._count > pipe.attention and queue._count:
                item = <object>slots_of(queue)[queue._head]
                first = (<list>item)[0] if type(item) is list and item else item
                # No object is made or let go of from here on: what is taken is what was looked at.
                if type(first) is bytes and tree.begins(<bytes>first) != self._inverted:
                    return queue._remove_first()
        return None

    def take(self):
        """The next message, if nobody need be asked and it is wanted; else None."""
        return self.next()

    def take_many(self, Py_ssize_t most):
        """Up to so many of these."""
        cdef list taken = []
        while len(taken) < most:
            item = self.next()
            if item is None:
                break
            taken.append(item)
        return taken


cdef class LaneEnd:
    """A lane: ``only`` is the one pipe it leads to, or None; ``sieve`` a way for those who do not want everything."""

    @property
    def only(self):
        return pipe_of(self)

    @only.setter
    def only(self, PipeEnds pipe):
        with cython.critical_section(self):
            self._only = pipe

    @property
    def sieve(self):
        return sieve_of(self)

    @sieve.setter
    def sieve(self, Sieve sieve):
        with cython.critical_section(self):
            self._sieve = sieve


cdef class TaskEnds:
    """``odd``: a call has to look what its task is in the middle of."""


cdef class MessageFace:
    """A plain send and a plain recv, past everything that need not be asked."""

    @property
    def _out(self):
        with cython.critical_section(self):
            return self._lane_out

    @_out.setter
    def _out(self, LaneEnd lane):
        with cython.critical_section(self):
            self._lane_out = lane

    @property
    def _in(self):
        with cython.critical_section(self):
            return self._lane_in

    @_in.setter
    def _in(self, LaneEnd lane):
        with cython.critical_section(self):
            self._lane_in = lane

    @cython.nonecheck(True)
    def send(self, data, flags=0, copy=True, track=False, routing_id=None, group=None, timeout=None):
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        As in the Python half (``zmqx.plain``), where arguments, waits and errors are told. (zmq_send)
        """
        cdef PipeEnds pipe
        if type(data) is bytes and flags is 0 and track is False:
            pipe = way_out(self)
            if pipe is not None and put_easily(pipe, data):
                if not pipe.pending:
                    self._wake(pipe)
                return None
        return self._send(data, flags, copy, track, routing_id, group, timeout)

    @cython.nonecheck(True)
    def recv(self, flags=0, copy=True, track=False, timeout=None):
        """Receive the next frame: a message of one, or the next part of one of several.

        As in the Python half (``zmqx.plain``), where arguments, waits and errors are told. (zmq_recv)
        """
        cdef PipeEnds pipe
        if copy is True and (flags is 0 or flags == 1):  # DONTWAIT changes nothing where there is something
            pipe = way_in(self)
            if pipe is not None:
                item = take_easily(pipe)
            else:
                item = take_sifted(self)
            if item is not None:
                return item if type(item) is bytes else self._first_of(item, True)
        return self._recv(flags, copy, track, timeout)
