# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The compiled half of a plain send and recv of the asyncio face, past everything that need not be asked."""

cimport cython

from zmqx._accel.ends cimport MessageFace, PipeEnds, put_easily, take_easily, take_sifted, way_in, way_out

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident()


# Of asyncio, which this does not import: not everybody needs it.
cdef object Future = None
cdef object get_running_loop = None


def learn(future, running_loop):
    """Has to be called before any other of these."""
    global Future, get_running_loop
    Future = future
    get_running_loop = running_loop


@cython.nonecheck(True)
cdef inline object loop_of(MessageFace face):
    """The running loop, which the face then belongs to; None: it probably is the one it belongs to."""
    if face._tells:
        thread = face._loop._thread_id
        if thread is not None and <unsigned long>thread == PyThread_get_thread_ident():
            return None
    loop = get_running_loop()
    if loop is not face._loop:
        (<object>face)._enter(loop)
    return loop


cdef class LoopCalls:
    """To be mixed into a face; its fields are those of ``MessageFace``."""

    @cython.nonecheck(True)
    def send(self, data, flags=0, copy=True, track=False, routing_id=None, group=None, timeout=None):
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        As in the Python half (``zmqx.asyncio.plain``), where arguments, waits and errors are told. (zmq_send)
        """
        cdef object me = self
        cdef MessageFace face = <MessageFace?>me
        cdef PipeEnds pipe
        loop = loop_of(face)
        if type(data) is bytes and flags is 0 and track is False:
            if face._credit > 0 and not face._senders and not face._tasks.odd:
                pipe = way_out(face)
                if pipe is not None and put_easily(pipe, data):
                    face._credit -= 1
                    if not pipe.pending:
                        me._wake(pipe)
                    return face._sent
        return me._send_slowly(loop, data, flags, copy, track, routing_id, group, timeout)

    @cython.nonecheck(True)
    def recv(self, flags=0, copy=True, track=False, timeout=None):
        """Receive the next frame: a message of one, or the next part of one of several.

        As in the Python half (``zmqx.asyncio.plain``), where arguments, waits and errors are told. (zmq_recv)
        """
        cdef object me = self
        cdef MessageFace face = <MessageFace?>me
        cdef PipeEnds pipe
        loop = loop_of(face)
        if flags is 0 and copy is True:
            if face._credit > 0 and not face._receivers and not face._tasks.odd:
                pipe = way_in(face)
                if pipe is not None:
                    item = take_easily(pipe)
                else:
                    item = take_sifted(face)
                if item is not None:
                    face._credit -= 1
                    if type(item) is not bytes:
                        item = me._first_for(item, face._loop)
                    future = Future(loop=face._loop)
                    future.set_result(item)
                    return future
        return me._recv_slowly(loop, flags, copy, track, timeout)
