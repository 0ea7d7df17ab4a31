"""Two sockets of one context, tied together without a stream (zmq_inproc).

What one core shows another is a ``Party``: its guard and the signals a pipe can give. Neither core
ever holds both guards; each acts on its own pipe and puts off what concerns the other.
"""

from __future__ import annotations

from ..constants import Event
from ..errors import ProtocolError
from ..pipes.notices import notices_of
from ..pipes.pipe import UNLIMITED, Pipe, nothing
from ..wire.states import COMPATIBLE
from .monitor import SocketEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..constants import SocketType
    from ..options import Settings
    from .reactor import Guard


class Party:
    """One core, as another sees it. The callables are called under its guard."""

    __slots__ = ("attach", "connected", "emit", "ended", "gone", "guard", "readable", "writable")

    def __init__(
        self,
        guard: Guard,
        *,
        attach: Callable[[Pipe], bool],
        connected: Callable[[Pipe, bytes], None],
        readable: Callable[[Pipe], None],
        writable: Callable[[Pipe], None],
        ended: Callable[[Pipe], None],
        gone: Callable[[Pipe], None],
        emit: Callable[[SocketEvent], None],
    ) -> None:
        """``attach`` says whether the socket is open; it may refuse the pipe besides. ``ended`` forgets
        a pipe; what it holds can still be read. ``gone`` does the same where the other socket ended it.
        ``emit`` hears of a name that is bound to a socket of a type that ours does not talk to, and of one that sends
        ours away, and why."""
        self.guard = guard
        self.attach = attach
        self.connected = connected
        self.readable = readable
        self.writable = writable
        self.ended = ended
        self.gone = gone
        self.emit = emit


class Link:
    """A connected inproc endpoint: our pipe, which may still wait for its name to be bound."""

    def __init__(self, name: str, party: Party, settings: Settings, pipe: Pipe) -> None:
        self.name = name
        self.endpoint = f"inproc://{name}"
        self.party = party
        self.settings = settings
        self.pipe = pipe


class Binding:
    """A bound inproc name."""

    def __init__(self, name: str, party: Party, settings: Settings) -> None:
        self.name = name
        self._party = party
        self._settings = settings

    @property
    def socket_type(self) -> SocketType:
        """The type of the socket that is bound."""
        return self._settings.socket_type

    def disown(self) -> None:
        """In a forked child: there is no descriptor."""

    def meet_all(self, links: list[Link]) -> None:
        """``meet``, one after another."""
        for link in links:
            self.meet(link)

    def meet(self, link: Link) -> None:
        """Tie a connecting pipe to one of ours. No guard is held."""
        ours, theirs = self._party, link.party
        far = link.pipe
        near = Pipe(
            self._settings.sndhwm,
            self._settings.rcvhwm,
            conflate_in=far.outbox.maxlen is not None,
            conflate_out=far.inbox.maxlen is not None,
        )
        near.notices = notices_of(self._settings, accepted=True, inproc=True)
        if link.settings.socket_type.name.encode() not in COMPATIBLE[self._settings.socket_type]:
            ours_is, theirs_is = self._settings.socket_type.name, link.settings.socket_type.name
            reason, number = f"a {theirs_is} does not talk to a {ours_is}", ProtocolError.INVALID_METADATA
            with theirs.guard.deferred, theirs.guard:
                theirs.emit(_event(Event.HANDSHAKE_FAILED_PROTOCOL, link.endpoint, reason, number))
            return
        with theirs.guard.deferred, theirs.guard:
            if far.ended:
                return  # it was closed before we came
            far.tie(near)
            far.endpoint = near.endpoint = f"inproc://{self.name}"
            far.peer_type, near.peer_type = self._settings.socket_type.name, link.settings.socket_type.name
            # Neither is told of messages before it knows whom they come from: both are awake as far
            # as the other is concerned, and are looked at when they are connected.
            far.rise()
            near.rise()
            _signal(theirs, far, ours, near)
        with ours.guard.deferred, ours.guard:
            if near.ended:
                return  # closed meanwhile, and we were told
            _signal(ours, near, theirs, far)
            if not ours.attach(near):
                near.refuse("the socket is closed")
            if near.ended:
                return
            ours.connected(near, link.settings.routing_id)
            _look(ours, near)
        with theirs.guard.deferred, theirs.guard:
            if not far.ended:
                theirs.connected(far, self._settings.routing_id)
                _look(theirs, far)
                if far.blocked:  # full by its own mark, before ours was added
                    far.wake()
                    if far.unblocks():
                        theirs.writable(far)


def _look(party: Party, pipe: Pipe) -> None:
    """Take note of what came in before we listened."""
    if not pipe.sleep():
        party.readable(pipe)


def _signal(here: Party, pipe: Pipe, there: Party, peer: Pipe) -> None:
    """Let our pipe tell the other core what it has to know. Under our guard."""

    def activate() -> None:
        with there.guard.deferred, there.guard:
            if not peer.ended or peer.inbox:
                there.readable(peer)

    def unblock() -> None:
        with there.guard.deferred, there.guard:
            if not peer.ended and peer.blocked:
                peer.wake()  # those who are past the lock may have filled it again: ask again
                if peer.unblocks():
                    there.writable(peer)

    def wake() -> None:
        if pipe.blocked:
            peer.stall()
        if peer.asleep:
            here.guard.defer(activate)  # first: Ctrl-C in between costs a look, not a message
            peer.rise()

    def resume() -> None:
        here.guard.defer(unblock)

    def end(reason: str) -> None:
        if not pipe.ended:
            pipe.end()
            pipe.wake = pipe.resume = nothing
            here.guard.defer(lambda: _tell(here, pipe))
            here.guard.defer(lambda: _tell_peer(there, peer, reason))

    pipe.wake = wake
    pipe.resume = resume
    pipe.refuse = end
    # Nothing gathers: a message that finds the peer asleep wakes it, any other is simply appended.
    pipe.set_batch(UNLIMITED)


def _tell(party: Party, pipe: Pipe) -> None:
    with party.guard.deferred, party.guard:
        party.ended(pipe)


def _tell_peer(party: Party, pipe: Pipe, reason: str) -> None:
    """``reason``: why we were sent away; empty if the other socket has gone, or gone elsewhere."""
    with party.guard.deferred, party.guard:
        if not pipe.ended:
            pipe.end()
            pipe.wake = pipe.resume = nothing
            if reason:
                party.emit(_event(Event.DISCONNECTED, pipe.endpoint, reason))
            party.gone(pipe)


def _event(kind: Event, endpoint: str, reason: str, number: int = 0) -> SocketEvent:
    return SocketEvent(kind, endpoint, number, reason, remote=endpoint)
