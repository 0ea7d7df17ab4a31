"""Admission: whom one listener lets in, and how many at a time (MAX_PEERS, MAX_HANDSHAKES and the accept hook).

Those for whom there is no place are closed before a byte is exchanged. While as many handshakes are under way
as there may be, nobody is accepted: who comes then waits in the system's backlog, and has his turn. Called under
the core's guard, except ``ask``.
"""

from __future__ import annotations

from ..errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..options import Settings
    from ..transports.base import Stream
    from .session import Session

    Hook = Callable[[str], object]


class Admission:
    """Of one listener. Limits of 0 are none."""

    __slots__ = ("_bytes", "_complain", "_hook", "_max_bytes", "_max_handshakes", "_max_peers", "_peers", "_shaking")

    def __init__(self, settings: Settings, hook: Hook | None, complain: Callable[[str], None]) -> None:
        """``hook`` is the application's; ``complain`` is told of a hook that fails."""
        self._hook = hook
        self._complain = complain
        self._max_peers = settings.max_peers
        self._max_handshakes = settings.max_handshakes
        self._max_bytes = settings.handshake_total_bytes
        self._peers: set[Session] = set()
        self._shaking: dict[Session, int] = {}  # and the bytes that came so far
        self._bytes = 0

    @property
    def busy(self) -> bool:
        """Whether there are as many handshakes as there may be."""
        return bool(self._max_handshakes) and len(self._shaking) >= self._max_handshakes

    def ask(self, address: str) -> str:
        """Why this address may not come in; "" if it may. No guard is held: the hook is not ours."""
        if self._hook is None:
            return ""
        try:
            return "" if self._hook(address) else "the accept hook does not want it"
        except (Exception, SystemExit) as error:  # noqa: BLE001  # the application's; told, and safe is safe
            self._complain(f"the accept hook raised {error!r}: {address} is refused")
            return f"the accept hook raised {error!r}"

    def find_place(self) -> str:
        """Why there is no place for one more; "" if there is."""
        if self._max_peers and len(self._peers) >= self._max_peers:
            return f"MAX_PEERS is {self._max_peers}"
        return ""

    def enter(self, session: Session, stream: Stream) -> None:
        """A connection was let in, and begins to shake hands."""
        self._shaking[session] = 0
        session.held = lambda size: self._hold(session, size)
        if stream.holds:
            stream.held = session.held

    def _hold(self, session: Session, size: int) -> None:
        if session not in self._shaking:
            return
        self._shaking[session] += size
        self._bytes += size
        if self._max_bytes and self._bytes > self._max_bytes:
            raise ProtocolError(f"handshakes under way hold more than HANDSHAKE_TOTAL_BYTES = {self._max_bytes}")

    def welcome(self, session: Session) -> str:
        """The handshake is done. Why the peer cannot stay all the same; "" if it can."""
        self._shook(session)
        refusal = self.find_place()
        if not refusal:
            self._peers.add(session)
        return refusal

    def leave(self, session: Session) -> None:
        """The connection is over."""
        self._shook(session)
        self._peers.discard(session)

    def _shook(self, session: Session) -> None:
        self._bytes -= self._shaking.pop(session, 0)
        session.held = None
