"""The door of one socket: the calls that add and remove endpoints, as the application makes them.

What may block (looking up a name to bind to) is done without the guard; everything else under it.
"""

from __future__ import annotations

from .. import address
from ..constants import SocketType
from ..errors import EFAULT, EMTHREAD, ENOCOMPATPROTO, ENOENT, zmq_error
from ..transports.registry import find_transport
from .preparing import check_connect, not_bound, prepare_bind
from .reactor import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..options import Settings
    from ..routing.base import Routing
    from .desk import OptionDesk
    from .monitor import SocketEvent
    from .ports import Ports


# Who uses udp, and how. DGRAM uses nothing else.
_BY_BINDING = frozenset({SocketType.DISH, SocketType.DGRAM})
_BY_CONNECTING = frozenset({SocketType.RADIO})

# Transports that carry whole messages: bytes without ZMTP are nothing to them.
_MESSAGES_ONLY = frozenset({"inproc", "ws", "wss"})


class Door:
    """See the module. Methods take the guard themselves."""

    __slots__ = (
        "_check_open",
        "_desk",
        "_guard",
        "_ports",
        "_routing",
        "_settings",
        "_threads",
        "gate",
        "last_endpoint",
        "making",
        "passive",
    )

    def __init__(
        self,
        guard: Guard,
        ports: Ports,
        desk: OptionDesk,
        routing: Routing,
        settings: Settings,
        check_open: Callable[[], None],
        threads: Callable[[], int],
    ) -> None:
        """``check_open`` raises if the socket is not to be used any more; ``threads`` is how many I/O threads
        the context is said to have."""
        self._guard = guard
        self._ports = ports
        self._desk = desk
        self._routing = routing
        self._settings = settings
        self._check_open = check_open
        self._threads = threads
        #: For each bind under way a lock, held while it may have a descriptor that nobody knows of yet. A fork waits
        #: for that, and lets no other begin. Both are taken before any guard.
        self.making: list[Guard] = []
        self.gate = Guard()
        self.last_endpoint = b""
        self.passive = True  # no network endpoint yet

    def bind(self, endpoint: str | bytes) -> str:
        """Listen; the endpoint as it is really bound. May block to look up a name."""
        transport, where = address.split(endpoint)
        return self._bind(transport, where)

    def adopt(self, fd: int) -> str:
        """Listen at a descriptor that is bound already, and own it; the endpoint."""
        from ..transports.adopting import scheme_of

        return self._bind(scheme_of(fd), f"descriptor {fd}", fd)

    def _bind(self, transport: str, where: str, fd: int = -1) -> str:
        self._check_transport(transport, where, _BY_BINDING)
        with self._guard.deferred, self._guard:
            self._check_open()
            settings = self._settings.copy()
            if fd >= 0:
                settings.use_fd = fd
            elif transport != "inproc":
                self._settings.use_fd = -1  # it is ours now: nobody may own it twice
        try:
            return self._bind_by(settings, transport, where)
        except BaseException:
            if fd < 0 and settings.use_fd >= 0:
                with self._guard.deferred, self._guard:
                    if self._settings.use_fd < 0:
                        self._settings.use_fd = settings.use_fd  # nothing was changed
            raise

    def _bind_by(self, settings: Settings, transport: str, where: str) -> str:
        self._check_affinity(transport)
        making = Guard()
        with making:
            with self.gate:
                self.making.append(making)
            try:
                bound, then = self._bind_now(settings, transport, where)
            finally:
                self.making.remove(making)
        if then is not None:
            then()
        return bound

    def _bind_now(self, settings: Settings, transport: str, where: str) -> tuple[str, Any]:
        acceptor = prepare_bind(transport, where, settings, self._ports.surroundings, self._emit)
        self.passive = self.passive and acceptor is None
        with self._guard.deferred, self._guard:
            try:
                self._check_open()
                bound, then = self._ports.bind(f"{transport}://{where}", where, acceptor, settings)
            except BaseException as error:
                if acceptor is not None:
                    acceptor.abandon()
                if isinstance(error, OSError):  # the system has no room to watch one more
                    raise not_bound(transport, where, error, self._emit) from error
                raise
            self.last_endpoint = bound.encode(errors="surrogateescape")
        return bound, then

    def connect(self, endpoint: str | bytes) -> str:
        """Begin to connect; the endpoint as given."""
        return self._connect(endpoint, numbered=False)[0]

    def connect_peer(self, endpoint: str | bytes) -> int:
        """Begin to connect; the routing id that the peer has here. ENOTSUP for types that give none, EFAULT
        with IMMEDIATE."""
        return self._connect(endpoint, numbered=True)[1]

    def _connect(self, endpoint: str | bytes, *, numbered: bool) -> tuple[str, int]:
        transport, where = address.split(endpoint)
        self._check_transport(transport, where, _BY_CONNECTING)
        parsed = check_connect(transport, where)
        self._check_affinity(transport)
        name = f"{transport}://{where}"
        with self._guard.deferred, self._guard:
            self._check_open()
            if numbered:
                self._routing.newest_peer()  # raises, if there is no such thing here
                if self._settings.immediate:
                    raise zmq_error(EFAULT, "with IMMEDIATE a peer has no routing id before it is connected")
            peer_id = self._desk.next_peer_id
            if peer_id:
                self._routing.check_peer_id(peer_id)
            then = self._ports.connect(name, transport, parsed, self._settings.copy(), peer_id)
            self.passive = self.passive and transport == "inproc"
            self._desk.next_peer_id = b""
            self.last_endpoint = name.encode(errors="surrogateescape")
            number = self._routing.newest_peer() if numbered else 0
        if then is not None:
            then()
        return name, number

    def _check_transport(self, transport: str, where: str, datagrams: frozenset[SocketType]) -> None:
        """Raise EPROTONOSUPPORT if there is no such transport, ENOCOMPATPROTO if this type does not use it so. That the
        socket is closed comes first."""
        with self._guard.deferred, self._guard:
            self._check_open()
        if transport != "inproc":
            find_transport(transport, where)
        kind = self._settings.socket_type
        wrong = kind not in datagrams if transport == "udp" else kind is SocketType.DGRAM
        if wrong or (self._settings.raw and transport in _MESSAGES_ONLY):
            raise zmq_error(ENOCOMPATPROTO, f"a {kind.name} socket, '{transport}://{where}'")

    def disown(self) -> None:
        """In a forked child: nobody is making anything."""
        self.gate.disown()
        self.making.clear()

    def _emit(self, event: SocketEvent) -> None:
        with self._guard.deferred, self._guard:
            self._ports.emit(event)

    def _check_affinity(self, transport: str) -> None:
        affinity, threads = self._settings.affinity, self._threads()
        if transport != "inproc" and affinity and not affinity & ((1 << min(threads, 64)) - 1):
            raise zmq_error(EMTHREAD, f"AFFINITY {affinity:#x} names no thread of IO_THREADS {threads}")

    def undo(self, endpoint: str | bytes, *, bound_first: bool) -> None:
        """Unbind or disconnect, whichever the endpoint is; ENOENT if it is neither."""
        transport, where = address.split(endpoint)
        speaker = find_transport(transport, where) if transport != "inproc" else None
        name = f"{transport}://{where}"
        if self._undo(name, bound_first):
            return
        resolved = speaker.other_name(where, self._settings) if speaker is not None else None
        if resolved is None or not self._undo(resolved, bound_first):
            raise zmq_error(ENOENT, f"not {'bound' if bound_first else 'connected'} to {name!r}")

    def _undo(self, name: str, bound_first: bool) -> bool:
        """Whether there was such an endpoint."""
        with self._guard.deferred, self._guard:
            self._check_open()
            ports = self._ports
            bound, connected = name in ports.bound, name in ports.connected
            if bound and (bound_first or not connected):
                ports.unbind(name)
            elif connected:
                ports.disconnect(name, self._settings.linger)
            return bound or connected
