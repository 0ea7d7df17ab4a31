"""What all sessions of one core share, and the words for how they end."""

from __future__ import annotations

from enum import Enum

from .copies import Copies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..message import Item
    from ..options import Settings
    from ..pipes.pipe import Pipe
    from ..wire.zap import Outcome
    from .monitor import SocketEvent
    from .reactor import Guard, Reactor


class End(Enum):
    """Why a session ended."""

    LOST = "the connection was lost"
    TIMEOUT = "a timer ran out"
    PROTOCOL = "the peer broke the protocol"
    REFUSED = "the peer was sent away"
    CLOSED = "closed by us"


if TYPE_CHECKING:
    #: Asks about a peer: settings, address, mechanism, credentials, and who is told; returns what asks no more.
    Authenticate = Callable[
        [Settings, str, bytes, tuple[bytes, ...], Callable[[Outcome], None]], Callable[[], None]
    ]


class Surroundings:
    """Values, lower objects and plain callables. The callables about sessions are given the session."""

    __slots__ = (
        "authenticate",
        "check",
        "copies",
        "emit",
        "ended",
        "guard",
        "hot",
        "lockstep",
        "now",
        "reactor",
        "readable",
        "up",
        "writable",
        "wrote_at",
    )

    def __init__(
        self,
        *,
        reactor: Reactor,
        guard: Guard,
        hot: set[Any],
        lockstep: bool,
        copies: bool,
        check: Callable[[Item], None] | None,
        up: Callable[[Any], None],
        readable: Callable[[Pipe], None],
        writable: Callable[[Pipe], None],
        ended: Callable[[Any], None],
        authenticate: Authenticate,
        emit: Callable[[SocketEvent], None],
    ) -> None:
        """``hot`` collects the sessions worth reading without asking the selector; ``check``,
        ``lockstep`` and ``copies`` come from the socket type. ``up``, ``readable``, ``writable`` and
        ``emit`` are called under the guard, ``ended`` without it."""
        self.reactor = reactor
        self.now = reactor.now
        self.guard = guard
        self.lockstep = lockstep
        self.check = check
        self.up = up
        self.readable = readable
        self.writable = writable
        self.ended = ended
        self.authenticate = authenticate
        self.emit = emit
        self.hot = hot
        self.copies = Copies() if copies else None
        self.wrote_at = 0.0
