"""What a socket tells about itself. Nothing here waits: it is the same on every face."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .accounts import Peer, SocketStats
    from .engine.core import SocketCore


class Views:
    """Under every face. Safe to use from any thread."""

    __slots__ = ()

    if TYPE_CHECKING:
        _core: SocketCore

    def stats(self) -> SocketStats:
        """What this socket has sent, received and dropped since it was made, what is queued, and how its connections
        fared. One moment's values, which never change. Works on a closed socket too: what LINGER left unsent
        is among ``dropped`` then.
        """
        return self._core.overview.stats()

    def peers(self) -> list[Peer]:
        """The peers that are there, handshake done: one moment's values, each with ``disconnect()``. A closed
        socket has none to show."""
        return self._core.overview.peers()
