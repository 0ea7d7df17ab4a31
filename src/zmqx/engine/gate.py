"""The gate of one session: whether its peer may come in, and what the application learns of it.

What the handshake proves of a peer, the wire knows; whether such a peer is welcome, the application says
(RFC 27). Called under the core's guard.
"""

from __future__ import annotations

import errno

from ..errors import ProtocolError
from ..wire.commands import text_of
from ..wire.connection import Connection
from .surroundings import End

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..options import Settings
    from ..wire.events import Peer
    from ..wire.zap import Outcome, Verdict
    from .speaking import Speech
    from .surroundings import Surroundings


class Gate:
    """See the module."""

    __slots__ = (
        "_authenticate",
        "_broke",
        "_cancel",
        "_connection",
        "_end",
        "_go_on",
        "_settings",
        "_turn_away",
        "refused",
        "shut",
        "verdict",
    )

    def __init__(
        self,
        around: Surroundings,
        connection: Speech,
        settings: Settings,
        go_on: Callable[[], None],
        turn_away: Callable[[Verdict], None],
        broke: Callable[[ProtocolError], None],
        end: Callable[[End, str, int], None],
    ) -> None:
        """``go_on`` says that the connection has something to say; ``turn_away`` that the peer was refused;
        ``broke`` and ``end`` end the session."""
        self._authenticate = around.authenticate
        self._connection = connection
        self._settings = settings
        self._go_on = go_on
        self._turn_away = turn_away
        self._broke = broke
        self._end = end
        self._cancel: Callable[[], None] | None = None
        self.verdict: Verdict | None = None
        self.refused = False  # the peer may not come in
        self.shut = False  # and has been told so

    def ask(self, credentials: tuple[bytes, ...], address: str) -> None:
        """Have somebody decide about the peer."""
        mechanism = self._connection.mechanism.encode()
        self._cancel = self._authenticate(self._settings, address, mechanism, credentials, self._answered)

    def _answered(self, outcome: Outcome) -> None:
        if isinstance(outcome, str):
            # libzmq leaves a NULL peer waiting for the handshake timer; closed, it knows, and may try again.
            self._end(End.LOST, f"no answer to who may come in: {outcome}", errno.EFAULT)
            return
        if isinstance(outcome, ProtocolError):
            self._broke(outcome)
            return
        from ..wire.zap import OK, TEMPORARY

        connection = self._connection
        assert isinstance(connection, Connection)  # nobody asks about a raw peer
        try:
            if outcome is None or outcome.status == OK:
                self.verdict = outcome
                connection.admit()
            else:
                connection.refuse(outcome.status)
                self.refused = True
                self.shut = outcome.status != TEMPORARY
                self._turn_away(outcome)
            self._go_on()
        except ProtocolError as error:
            self._broke(error)

    def close(self) -> None:
        """Wait for no answer any more."""
        if self._cancel is not None:
            self._cancel()


def describe(peer: Peer, transport: dict[str, str], verdict: Verdict | None) -> dict[str, str]:
    """What was said of the peer: by its transport, by the application, and by itself, in this order of belief."""
    told: dict[str, str] = {}
    if verdict is not None:
        told = {name.decode("latin-1"): text_of(value) for name, value in verdict.metadata}
        told["User-Id"] = text_of(verdict.user_id)
    said = peer.said()
    said.pop("User-Id", None)  # who it is, is not for the peer to say
    return {**said, **told, **transport}

