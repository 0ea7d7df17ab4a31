# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The compiled half of the way between a face and a pipe: the hot fields, a lane, a plain send and recv.

Each twin has the contract of its Python half. What is atomic there (one call of a deque) is atomic here: no
method lets go of the interpreter, or of the lock of its object where there is none, before it is done with its fields.
"""

cimport cython

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package


def are_plain(list messages not None):
    """Whether all of these are bytes."""
    for message in messages:
        if type(message) is not bytes:
            return False
    return True


cdef class PipeEnds:
    """The hot fields of a pipe (``pipes.pipe``, where they are explained)."""


cdef class Sieve:
    """A way past a ring for messages that are wanted. See the Python half."""

    def __init__(self, ring not None, PrefixTree tree, bint inverted):
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
        cdef Py_ssize_t pipes
        if not self._open:
            return None
        pipes = len(self._ring)
        if not pipes or (pipes == 1 and tree is None):
            return None
        try:
            pipe = self._ring[0]
        except IndexError:
            return None  # without the interpreter lock it may be gone in between
        taken = None
        if tree is None:
            taken = take_easily(pipe)
        else:
            queue = pipe.inbox
            with cython.critical_section(queue, tree):
                if queue.ring.count > pipe.attention and queue.ring.count:
                    item = <object>queue.ring.slots[queue.ring.head]
                    first = (<list>item)[0] if type(item) is list and item else item
                    # No object is made or let go of from here on: what is taken is what was looked at.
                    if type(first) is bytes and tree.begins(<bytes>first) != self._inverted:
                        taken = queue._remove_first()
        if taken is not None and pipes > 1:
            self._ring.rotate(-1)
        return taken

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


cdef class Shortcut:
    """The short way of a dialogue (``dialogues``)."""

    cdef bint send(self, bytes data) except -1:
        """Send the next message; False if that takes the long way."""
        return False

    cdef object recv(self):
        """Wait for the next message, without a limit of time, and take it; None if that takes a longer way."""
        return None


cdef class TurnEnds:
    """Whose turn it is in a dialogue (``pipes.ends``, where the fields are explained)."""

    @property
    def shortcut(self):
        return shortcut_of(self)

    @shortcut.setter
    def shortcut(self, Shortcut shortcut):
        with cython.critical_section(self):
            self._shortcut = shortcut


cdef class LaneEnd:
    """A lane: ``only`` is the one pipe it leads to, or None; ``sieve`` a way for when that is none."""

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

    @property
    def _turn(self):
        with cython.critical_section(self):
            return self._whose_turn

    @_turn.setter
    def _turn(self, TurnEnds turn):
        with cython.critical_section(self):
            self._whose_turn = turn

    cdef Shortcut _short_way(self):
        with cython.critical_section(self):
            turn = self._whose_turn
        return shortcut_of(turn)

    @cython.nonecheck(True)
    def send(self, data, flags=0, copy=True, track=False, routing_id=None, group=None, timeout=None):
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        As in the Python half (``zmqx.plain``), where arguments, waits and errors are told. (zmq_send)
        """
        cdef PipeEnds pipe
        cdef Shortcut shortcut
        if type(data) is bytes and flags is 0 and track is False:
            pipe = way_out(self)
            if pipe is not None:
                if put_easily(pipe, data):
                    if not pipe.pending:
                        self._wake(pipe)
                    return None
            else:
                shortcut = self._short_way()
                if shortcut is not None and shortcut.send(data):
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
            if pipe is None and flags is 0 and timeout is None:
                shortcut = self._short_way()
                if shortcut is not None:
                    item = shortcut.recv()
                    if item is None:
                        item = self._converse(shortcut)
                    if item is not None:
                        return item
        return self._recv(flags, copy, track, timeout)
