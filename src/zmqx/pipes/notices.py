"""What is said when a connection comes and goes, by the socket's own choice: to the peer, and to the application.

The options are those of the endpoint that a pipe belongs to, as they were when it was bound or connected
(STREAM_NOTIFY, ROUTER_NOTIFY, HELLO_MSG, DISCONNECT_MSG, HICCUP_MSG).
"""

from __future__ import annotations

from ..constants import RouterNotify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..options import Settings


class Notices:
    """The notices of one pipe."""

    __slots__ = ("arrival", "hello", "loss")

    def __init__(self, hello: bytes, arrival: bool, loss: tuple[bytes, ...]) -> None:
        self.hello = hello  # to the peer, before everything else; b"" for none
        self.arrival = arrival  # whether the application gets an empty message when the connection is up
        self.loss = loss  # what the application gets when it is lost


def notices_of(settings: Settings, *, accepted: bool, inproc: bool = False) -> Notices | None:
    """What is to be said about a connection of this endpoint; None for nothing, which is the rule.

    ``accepted``: the peer came to us. ``inproc`` is no connection that one could notify of (libzmq), but there
    are hellos, and peers that leave.
    """
    hello = settings.hello_msg
    notify = settings.router_notify
    if settings.raw:
        # As libzmq has it: STREAM_NOTIFY is for STREAM; a raw ROUTER is always told.
        notify = RouterNotify.CONNECT | RouterNotify.DISCONNECT if settings.stream_notify else 0
    if inproc:
        notify = 0
    loss = [b""] if notify & RouterNotify.DISCONNECT else []
    last_words = settings.disconnect_msg if accepted else b"" if inproc else settings.hiccup_msg
    if last_words:
        loss.append(last_words)
    if not hello and not notify and not loss:
        return None
    return Notices(hello, bool(notify & RouterNotify.CONNECT), tuple(loss))
