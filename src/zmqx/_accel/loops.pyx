# cython: language_level=3, boundscheck=False, wraparound=False
"""The compiled half of a plain send and recv of the asyncio face, past everything that need not be asked."""

from asyncio import Future, get_running_loop

from zmqx._accel.ends cimport MessageFace, PipeEnds

cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident()


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
                pipe = face._out.only
                if pipe is not None and pipe.outbox._count < pipe.easy:
                    face._credit -= 1
                    pipe.outbox._add(data)
                    if not pipe.pending:
                        me._wake(pipe)
                    return face._sent
        return me._send_slowly(loop, data, flags, copy, track, routing_id, group, timeout)

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
                pipe = face._in.only
                if pipe is not None and pipe.inbox._count > pipe.attention:
                    face._credit -= 1
                    item = pipe.inbox._remove_first()
                    if type(item) is not bytes:
                        item = me._first_for(item, face._loop)
                    future = Future(loop=face._loop)
                    future.set_result(item)
                    return future
        return me._recv_slowly(loop, flags, copy, track, timeout)
