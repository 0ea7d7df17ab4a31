# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The short way of a dialogue: request, reply, request ... with one peer, where nothing is out of the ordinary.

Each call does what the long way would have done, under the guard of the core and with the same fields, or says that
it takes the long way, and has changed nothing then. What was read and is not just the next message is set aside for the
long way, which finds it there as it finds what a standby has read.

No signal handler comes in between the instructions of a call, but in the wait, where nothing is in its hands.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from .calls cimport Duct
from .ends cimport PipeEnds, Shortcut, TurnEnds
from .frames cimport Decoder
from .headers cimport LONG, LONG_HEADER, MORE, length_at, put_header
from .lines cimport (
    LITTLE, MSG_DONTWAIT, MSG_NOSIGNAL, Line, c_send, hold, let_go, read_aside, scratch, set_aside, ssize_t,
    zmqx_clock,
)
from .watches cimport Watch

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef enum:
    READ = 1
    SHORT_FRAMES = 4  # bytes before the body: an empty frame, and a header of either kind
    LONG_FRAMES = 2 + LONG_HEADER
    MOST_EVENTS = 128
    MOST = 4096  # bytes of a message that is copied to be sent

# As in ``engine.timers``.
cdef double FIRST_SLEEP = 0.02

cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident()

# The way back to somebody who asks directly: a lone delimiter.
cdef list DELIMITER = [b""]


@cython.final
cdef class Dialogue(Shortcut):
    """The short way of one session, as long as that is the only one of its socket."""

    cdef TurnEnds _turn
    cdef PipeEnds _pipe
    cdef Duct _duct
    cdef Decoder _decoder
    cdef Watch _watch
    cdef object _acquire, _release, _state, _session, _left_over
    cdef object _flow, _queue, _ring, _peers
    cdef long long _messages_out, _bytes_out, _messages_in, _bytes_in
    cdef double _heard_at
    cdef object _reactor, _make_waiter, _spare, _sit_down, _stand_up, _gathered, _soon, _timers, _followers
    cdef size_t _size

    def __init__(self, TurnEnds turn not None, state, make_waiter, queue, ring, peers,
                 flow, session, left_over, reactor,
                 Duct duct not None, Decoder decoder not None, Py_ssize_t size):
        """Of the socket: ``state`` has the guard and who waits, ``queue`` notes where a message came from, ``ring`` holds
        pipes with messages, ``peers`` (of who asks) those with room. Of the connection: ``session`` has the heartbeat,
        ``left_over`` is told that the end of a message has to wait, ``size`` is that of a read."""
        self._turn = turn
        self._pipe = session.pipe
        self._flow = flow
        self._duct = duct
        self._decoder = decoder
        self._watch = reactor.lines
        self._reactor = reactor
        self._make_waiter = make_waiter
        self._sit_down = reactor._seat.acquire
        self._stand_up = reactor._seat.release
        self._gathered = reactor._gathering.queue
        self._soon = reactor._soon
        self._timers = reactor._timers.heap
        self._followers = reactor._followers
        self._state = state
        self._session = session
        self._acquire = state.guard.acquire
        self._release = state.guard.unlock
        self._left_over = left_over
        self._queue = queue
        self._ring = ring
        self._peers = peers
        self._size = <size_t>min(size, <Py_ssize_t>LITTLE)

    cdef bint _whole(self):
        """Whether the connection is as it should be, and the only one."""
        cdef PipeEnds pipe = self._pipe
        # A limit of 0: there is one in bytes, too.
        return (self._turn._shortcut is self and not pipe.ended and pipe.send_limit > 0)

    cdef bint _idle(self) except -1:
        """Whether the stream is there, and nobody is in the middle of using it: a handler may have interrupted that."""
        return not self._flow.critical and not self._flow.broken

    def settle(self):
        """Let the pump know what went this way, and when. Under the guard."""
        flow = self._flow
        flow.messages_out += self._messages_out
        flow.bytes_out += self._bytes_out
        flow.messages_in += self._messages_in
        flow.bytes_in += self._bytes_in
        flow.heard_at = max(flow.heard_at, self._heard_at)
        self._messages_out = self._bytes_out = self._messages_in = self._bytes_in = 0

    # -- sending

    cdef bint send(self, bytes data) except -1:
        if PyBytes_GET_SIZE(data) > MOST:
            return False
        self._acquire()
        try:
            return self._may_send() and self._send(data)
        finally:
            self._release()

    cdef bint _may_send(self) except -1:
        cdef TurnEnds turn = self._turn
        cdef PipeEnds pipe = self._pipe
        if not self._whole() or turn.found is not None or pipe.blocked or pipe.outbox.ring.count:
            return False
        if not self._idle() or len(self._flow.unsent):
            return False
        if not turn.asks:
            return turn.partner is pipe and turn.envelope is DELIMITER
        return (not turn.awaiting and not turn.correlate and not len(self._ring)
                and len(self._peers) == 1 and self._peers[0] is pipe)

    cdef bint _send(self, bytes data) except -1:
        cdef TurnEnds turn = self._turn
        cdef Line *line = &self._duct.line
        cdef Py_ssize_t at, size = PyBytes_GET_SIZE(data)
        cdef ssize_t sent = -1
        at = put_header(<unsigned char *>scratch, 0, MORE)
        at += put_header(<unsigned char *>scratch + at, size, 0)
        memcpy(scratch + at, PyBytes_AS_STRING(data), size)
        size += at
        hold(line)
        if line.fd >= 0 and line.count == 0 and line.own_at >= line.own_end:
            sent = c_send(line.fd, scratch, size, MSG_DONTWAIT | MSG_NOSIGNAL)
        let_go(line)
        if sent <= 0:
            return False  # the long way meets the same, and knows what it means
        self._messages_out += 1
        self._bytes_out += size
        turn.awaiting = turn.asks
        turn.partner = self._pipe if turn.asks else None
        if sent < size:
            flow = self._flow
            flow.unsent = [PyBytes_FromStringAndSize(scratch + sent, size - sent)]
            flow.held = [[b"", data]]
            flow.unsent_messages = 1
            self._pipe.pending = True
            self._left_over()
        return True

    # -- receiving

    cdef object recv(self):
        cdef object waiter
        if self._turn.spin or self._turn.limit >= 0 or len(self._gathered) or len(self._soon) or len(self._timers):
            return None
        waiter = self._enlist(None)
        if waiter is None:
            return None
        try:
            self._sit(waiter)
        except BaseException:
            self._dismiss(waiter)
            raise
        return self._finish(waiter)

    cdef object _enlist(self, waiter):
        """A waiter, this one or one of our own, enlisted for the next message; None if that takes a longer way."""
        cdef list waiters
        self._acquire()
        try:
            if not self._may_hear():
                return None
            waiters = <list?>self._state.waiters
            if len(waiters):
                return None
            if waiter is None:
                waiter, self._spare = self._spare, None
            if waiter is None:
                waiter = self._make_waiter(self._reactor.rouse)
            waiters.append(waiter)
            return waiter
        finally:
            self._release()

    cdef object _finish(self, waiter):
        """What was found. The waiter is spare again: whoever set it did so under the guard, which we have."""
        self._acquire()
        try:
            if not waiter.ready:
                self._state.dismiss(waiter)
            waiter.ready = False
            self._spare = waiter
            return self._take()
        finally:
            self._release()

    cdef int _dismiss(self, waiter) except -1:
        self._acquire()
        try:
            self._state.dismiss(waiter)
        finally:
            self._release()
        return 0

    cdef int _sit(self, waiter) except -1:
        """Wait once in the seat, if that is free: as ``SelectorReactor`` does, where the reasons stand. What is there
        and is no message stays there, for whoever waits next."""
        cdef object reactor = self._reactor
        if not self._sit_down(False):
            return 0
        try:
            if reactor._driver is None:
                try:
                    reactor._driver = waiter
                    reactor._driving = PyThread_get_thread_ident()
                    reactor._woken = False
                    reactor._polling = True
                    if not (waiter.ready or len(self._soon) or len(self._timers)):  # look again
                        self.wait(FIRST_SLEEP, MOST_EVENTS)
                except OSError:
                    if not reactor._disposed:
                        raise
                finally:
                    reactor._polling = False
                    reactor._driver = None
                    reactor._driving = 0
                    reactor._drives = reactor._drives + 1
        finally:
            self._stand_up()
            if len(self._followers) or len(self._soon) or reactor._parked or reactor._closed:
                reactor._hand_over()
        return 0

    def listen(self, waiter):
        """Enlist a waiter for the next message; whether it can come by this way."""
        return self._enlist(waiter) is not None

    cdef bint _may_hear(self) except -1:
        cdef TurnEnds turn = self._turn
        cdef PipeEnds pipe = self._pipe
        if (not self._whole() or turn.found is not None or pipe.inbox.ring.count or pipe.stalled or not pipe.asleep
                or len(self._ring)):
            return False
        if turn.asks:
            return turn.awaiting and not turn.correlate and turn.partner is pipe
        return turn.partner is None

    cpdef list wait(self, double timeout, int most):
        """What is ready, like ``Watch.wait``; but if that is the next message, and nothing else, it is ``found`` and
        who waits for it is told."""
        cdef Line *line = &self._duct.line
        cdef int fd = line.fd
        cdef list ready = self._watch.wait_for(timeout, most, fd)
        if ready is not None:
            return ready
        self._acquire()
        try:
            if self._hear():
                return []
        finally:
            self._release()
        if line.length or line.error:
            self._watch.note(line)
        return [(fd, READ)]

    cdef bint _hear(self) except -1:
        cdef TurnEnds turn = self._turn
        cdef list waiters
        if not self._may_hear() or not self._idle():
            return False
        waiters = self._state.waiters
        heartbeat = self._session.heartbeat
        if len(waiters) != 1 or (heartbeat is not None and heartbeat.armed):
            return False
        body = self._read()
        if body is None:
            return False
        self._messages_in += 1
        self._heard_at = zmqx_clock()
        turn.found = body
        if not turn.asks:
            turn.partner = self._pipe
            turn.envelope = DELIMITER
        self._queue.source = self._pipe
        waiter = waiters.pop()
        waiter.ready = True
        if waiter.parked is not None:
            waiter.rouse(waiter)  # another thread waits for it, and sleeps
        return True

    cdef bytes _read(self):
        """The next message, if that is what there is to read; anything else is set aside."""
        cdef Decoder decoder = self._decoder
        cdef Line *line = &self._duct.line
        cdef Py_ssize_t start
        cdef ssize_t got
        cdef bytes body = None
        if (decoder._pieces is not None or decoder._parts is not None or decoder.trap is not None
                or decoder.error is not None or PyBytes_GET_SIZE(decoder._data) != decoder._pos):
            return None
        hold(line)
        got = read_aside(line, self._size)
        if got > 0:
            start = body_of(line.ahead, got, decoder._limit)
            if start < 0:
                set_aside(line, <size_t>got)
        elif got < 0 and errno != EAGAIN and errno != EINTR:
            line.error = errno
        if got <= 0 or start < 0:
            let_go(line)
            return None
        try:
            body = PyBytes_FromStringAndSize(<char *>line.ahead + start, got - start)
        except MemoryError:
            set_aside(line, <size_t>got)
            raise
        finally:
            let_go(line)
        self._bytes_in += got
        return body

    def take(self):
        """What was found; None if others were faster, or it takes the long way."""
        self._acquire()
        try:
            return self._take()
        finally:
            self._release()

    cdef object _take(self):
        cdef TurnEnds turn = self._turn
        found = turn.found
        if turn._shortcut is not self or type(found) is not bytes or (turn.asks and not turn.awaiting):
            return None
        turn.found = None
        if turn.asks:
            turn.awaiting = False
            turn.partner = None
        return found


cdef Py_ssize_t body_of(const unsigned char *data, ssize_t size, uint64_t limit) noexcept nogil:
    """Where the body begins in the frames of a whole message behind a delimiter; -1 if this is anything else."""
    if size < SHORT_FRAMES or data[0] != MORE or data[1]:
        return -1
    if data[2] == 0:
        return SHORT_FRAMES if data[3] == size - SHORT_FRAMES and data[3] <= limit else -1
    if data[2] != LONG or size < LONG_FRAMES or length_at(data + 3) != <uint64_t>(size - LONG_FRAMES):
        return -1
    return LONG_FRAMES if <uint64_t>(size - LONG_FRAMES) <= limit else -1
