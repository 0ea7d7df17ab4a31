"""A plain send and a plain recv of the blocking face, past everything that need not be asked.

This is the Python half; ``_accel.ends`` has the other.
"""

from __future__ import annotations

from ._accel import half
from .constants import DONTWAIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from typing import Any

    from .pipes.ends import LaneEnd, PipeEnds, TaskEnds, TurnEnds


class PlainMessages:
    """The fields that plain calls need, on whatever face, and the two calls of the blocking one."""

    __slots__ = ("_credit", "_in", "_loop", "_out", "_receivers", "_senders", "_sent", "_tasks", "_tells", "_turn")

    if TYPE_CHECKING:
        _in: LaneEnd
        _out: LaneEnd
        _turn: TurnEnds | None  # of a dialogue; the compiled half has a short way there
        # Of a face on an event loop:
        _loop: Any  # that it belongs to
        _sent: Any  # a send that is done, whichever
        _senders: deque[Any]  # who waits
        _receivers: deque[Any]
        _tasks: TaskEnds
        _credit: int  # calls that need not wait, before one does all the same
        _tells: bool  # the loop has ``_thread_id``

        def _wake(self, pipe: PipeEnds) -> None: ...
        def _send(
            self,
            data: Any,
            flags: int,
            copy: bool,
            track: bool,
            routing_id: int | None,
            group: str | bytes | None,
            timeout: float | None,
        ) -> Any: ...
        def _recv(self, flags: int, copy: bool, track: bool, timeout: float | None) -> Any: ...
        def _first_of(self, message: Any, copy: bool) -> Any: ...

    def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Send a message of one frame, or with SNDMORE the next frame of one of several.

        ``data`` is bytes, a Frame or anything with a buffer. ``copy=False`` lends a buffer: it must
        not change until it is sent, which ``track=True`` returns a MessageTracker for. Waits while no
        peer can take the message (PUSH, REQ, DEALER, PAIR), for ``timeout`` ms; with DONTWAIT not at
        all. ``routing_id`` (SERVER, PEER: who is to get it) and ``group`` (RADIO) mean nothing to other
        types. Raises Again when the time is up, ENOTSUP, EFSM or EHOSTUNREACH as the socket type has it,
        ETERM, ENOTSOCK, TypeError. (zmq_send)
        """
        if type(data) is bytes and not flags and not track:
            pipe = self._out.only
            if pipe is not None and len(pipe.outbox) < pipe.easy:
                pipe.outbox.append(data)
                if not pipe.pending:
                    self._wake(pipe)
                return None
        return self._send(data, flags, copy, track, routing_id, group, timeout)

    def recv(self, flags: int = 0, copy: bool = True, track: bool = False, timeout: float | None = None) -> Any:
        """Receive the next frame: a message of one, or the next part of one of several.

        Returns bytes, or with ``copy=False`` a Frame. Waits for a message, for ``timeout`` ms; with
        DONTWAIT not at all. Raises Again when the time is up, ENOTSUP or EFSM as the socket type has
        it, ETERM, ENOTSOCK. (zmq_recv)
        """
        if copy and (not flags or flags == DONTWAIT):
            pipe = self._in.only
            if pipe is not None:
                if len(pipe.inbox) > pipe.attention:
                    try:
                        item = pipe.inbox.popleft()
                    except IndexError:
                        pass  # other threads had the same idea
                    else:
                        # Subscriptions are for publishers, and those have no lane.
                        return item if type(item) is bytes else self._first_of(item, copy)
            elif (sieve := self._in.sieve) is not None and (wanted := sieve.take()) is not None:
                return wanted if type(wanted) is bytes else self._first_of(wanted, copy)
        return self._recv(flags, copy, track, timeout)


def are_plain(messages: list[Any]) -> bool:
    """Whether all of these are bytes."""
    return set(map(type, messages)) <= {bytes}


if TYPE_CHECKING:
    MessageFace = PlainMessages
    all_plain = are_plain
else:
    MessageFace = half("ends", "MessageFace", PlainMessages)
    all_plain = half("ends", "are_plain", are_plain)
