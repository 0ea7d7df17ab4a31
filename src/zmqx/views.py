"""What a socket tells about itself. Nothing here waits: it is the same on every face."""

from __future__ import annotations

from .errors import EAGAIN, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .accounts import Peer, SocketStats
    from .engine.core import SocketCore
    from .errors import ZMQError


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

    @property
    def accept_hook(self) -> Callable[[str], object] | None:
        """Asked about every connection that comes to an endpoint bound from now on: it gets the address of the peer
        (``tcp://10.1.2.3:45678``), and what it returns decides. None lets everybody in.

        It is called before a byte is exchanged, in whatever thread does the I/O, and must not wait. If it raises, the
        peer is refused and the log told. A refused peer is closed, and shows as an ACCEPT_FAILED event and in
        ``stats().refused``. inproc asks nobody.
        """
        return self._core.accept_hook

    @accept_hook.setter
    def accept_hook(self, hook: Callable[[str], object] | None) -> None:
        if hook is not None and not callable(hook):
            raise TypeError(f"accept_hook takes a callable or None, not {type(hook).__name__}")
        self._core.accept_hook = hook

    def _enough(self, n: int) -> Callable[[], int | None]:
        """Asks whether ``n`` peers are there."""
        core = self._core

        def count() -> int | None:
            found = core.connections()
            return found if found >= n else None

        return count

    def _flushed(self) -> Callable[[], bool | None]:
        """Asks whether everything queued was handed to the system."""
        core = self._core
        return lambda: core.flushed() or None

    def _not_flushed(self, ms: float) -> ZMQError:
        """What is unsent when the time is up."""
        core = self._core
        return zmq_error(EAGAIN, f"after {ms:g} ms the {core.socket_type.name} has {core.unsent_in_words()}")

    def _asked(self, topic: str | bytes, n: int) -> Callable[[], int | None]:
        """Asks whether ``n`` peers subscribed to messages that begin so."""
        core = self._core
        wanted = as_topic(topic)

        def count() -> int | None:
            found = core.subscribers(wanted)
            return found if found >= n else None

        return count


def as_topic(topic: str | bytes) -> bytes:
    """A topic as it travels."""
    return topic.encode() if isinstance(topic, str) else topic
