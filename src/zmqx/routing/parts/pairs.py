"""Messages in pairs of frames, to peers that get raw bytes: a routing id, and the bytes for it (zmq_socket, STREAM).

Two frames are a message, whatever flag the second bears, so that several may come in one; no bytes at all
close the connection.
"""

from __future__ import annotations

from ...accounts import Drop
from ...errors import EHOSTUNREACH, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...message import Message, Part
    from ...pipes.pipe import Pipe
    from .peers import Peers


def nobody(routing_id: Part) -> Exception:
    """The error of a routing id that leads nowhere."""
    return zmq_error(EHOSTUNREACH, f"no peer has the routing id {bytes(routing_id)!r}")


def put_pairs(
    message: Message,
    peers: Peers,
    lose: Callable[..., None],
    wait: Callable[[], bool] | None,
    overflow: Callable[[Message, Pipe], object],
    *,
    strict: bool,
) -> bool:
    """Queue the bytes of each pair for its peer; what ``wait`` says if one of them has no room.

    ``strict`` raises EHOSTUNREACH for an unknown id, before anything is queued; else those are told to ``lose``.
    Without ``wait``, ``overflow`` sees to what there is no room for.
    """
    frames = message if type(message) is list else [message]
    if len(frames) % 2:
        lose(Drop.MALFORMED)
    pairs: list[tuple[Part, Part]] = list(zip(frames[::2], frames[1::2]))  # type: ignore[arg-type]
    for routing_id, _ in pairs:
        pipe = peers.find(bytes(routing_id))
        if pipe is None and strict:
            raise nobody(routing_id)
        if pipe is not None and wait is not None and not pipe.has_room():
            return wait()
    for routing_id, data in pairs:
        pipe = peers.find(bytes(routing_id))
        if pipe is None:
            lose(Drop.UNROUTABLE)
        elif not len(data):
            pipe.leave()
        elif wait is not None:
            pipe.put_always(data)
        elif not pipe.put(data):
            overflow(data, pipe)
    return True
