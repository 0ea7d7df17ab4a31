"""Strings, JSON, pickles and whatever else, to and from messages: written once for every face.

A face says what happens to a received message (``_then``): the blocking one converts it at once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Conversions:
    """On top of ``send``, ``recv`` and their multipart kin. Flags, waits and errors are theirs."""

    __slots__ = ()

    if TYPE_CHECKING:

        def send(self, data: Any, flags: int = 0, copy: bool = True, track: bool = False) -> Any: ...
        def recv(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any: ...
        def send_multipart(self, msg_parts: Any, flags: int = 0, copy: bool = True, track: bool = False) -> Any: ...
        def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any: ...

    def _then(self, received: Any, convert: Callable[[Any], Any]) -> Any:
        return convert(received)

    def send_string(self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any) -> Any:
        """Send text. Raises TypeError for anything but a str, and as ``send``."""
        if not isinstance(u, str):
            raise TypeError(f"send_string takes a str, not {type(u).__name__}")
        return self.send(u.encode(encoding), flags, copy, **kwargs)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8", **kwargs: Any) -> Any:
        """Receive text. Raises UnicodeDecodeError if it is none, and as ``recv``."""
        return self._then(self.recv(flags, **kwargs), lambda data: data.decode(encoding))

    def recv_into(self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, **kwargs: Any) -> Any:
        """Receive the next frame into a writable buffer, or its first ``nbytes`` bytes; how long the frame was.

        What does not fit is dropped: compare. Raises BufferError or ValueError for a buffer that cannot hold
        it, before anything is received, and as ``recv``. (zmq_recv)
        """
        view = memoryview(buffer)
        if view.readonly or not view.c_contiguous:
            raise BufferError("recv_into needs a contiguous buffer that can be written")
        if not 0 <= nbytes <= view.nbytes:
            raise ValueError(f"nbytes = {nbytes!r}: not in 0..{view.nbytes}, what the buffer holds")
        room = nbytes or view.nbytes

        def fill(data: bytes) -> int:
            # A view of no bytes cannot be cast.
            if room and data:
                view.cast("B")[: min(room, len(data))] = data[:room]
            return len(data)

        return self._then(self.recv(flags, **kwargs), fill)

    send_unicode = send_string
    recv_unicode = recv_string

    def send_json(self, obj: object, flags: int = 0, **kwargs: Any) -> Any:
        """Send an object as JSON; other keyword arguments go to ``json.dumps``."""
        import json

        names = ("timeout", "copy", "track", "routing_id", "group")
        own = {name: kwargs.pop(name) for name in names if name in kwargs}
        return self.send(json.dumps(obj, **kwargs).encode(), flags, **own)

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive JSON; other keyword arguments go to ``json.loads``. Raises ValueError if it is none."""
        import json

        own = {name: kwargs.pop(name) for name in ("timeout",) if name in kwargs}
        return self._then(self.recv(flags, **own), lambda data: json.loads(data, **kwargs))

    def send_pyobj(self, obj: object, flags: int = 0, protocol: int = -1, **kwargs: Any) -> Any:
        """Send an object as a pickle."""
        import pickle

        return self.send(pickle.dumps(obj, protocol), flags, **kwargs)

    def recv_pyobj(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive a pickle. Unpickling runs whatever the sender wants run: only from peers you trust."""
        import pickle

        return self._then(self.recv(flags, **kwargs), pickle.loads)

    def send_serialized(
        self,
        msg: Any,
        serialize: Callable[[Any], Sequence[Any]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Send what ``serialize`` makes of an object: a list of frames."""
        return self.send_multipart(serialize(msg), flags, copy, **kwargs)

    def recv_serialized(
        self, deserialize: Callable[[list[Any]], Any], flags: int = 0, copy: bool = True, **kwargs: Any
    ) -> Any:
        """Receive a message and return what ``deserialize`` makes of its frames."""
        return self._then(self.recv_multipart(flags, copy, **kwargs), deserialize)
