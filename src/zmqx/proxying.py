"""What the proxies of all faces share: the sockets, the flows, and everything that never waits."""

from __future__ import annotations

from .engine.relay import Relay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .engine.relay import Flow
    from .face import SocketFace


class Proxying:
    """Two sockets that pass on to each other what they receive.

    A message is taken from one side only when the other can send, so the marks of both keep their meaning, and
    nothing is lost whenever it stops. The sockets stay open, and may be used otherwise meanwhile. ``capture`` is sent
    a copy of every message. ``control`` takes the commands PAUSE, RESUME, TERMINATE and STATISTICS, and answers each,
    if it can send, with an empty message; STATISTICS with eight numbers of 64 bits in the byte order of this machine:
    frames and bytes that the frontend received, and sent, and the same of the backend. (zmq_proxy,
    zmq_proxy_steerable)
    """

    #: What its sockets have to be: those of another face are waited for in another way.
    face: type[SocketFace]

    def __init__(self, frontend: Any, backend: Any, capture: Any = None, control: Any = None) -> None:
        """Sockets of this face, else TypeError. ENOTSUP if the capture cannot send."""
        named = {"frontend": frontend, "backend": backend, "capture": capture, "control": control}
        for name, socket in named.items():
            if not isinstance(socket, self.face) and (socket is not None or name in ("frontend", "backend")):
                wanted = f"{self.face.__module__}.{self.face.__qualname__}"
                raise TypeError(f"the {name} of this proxy has to be a {wanted}, not {socket!r}")
        self._sockets: list[SocketFace] = [frontend, backend]
        self._sockets += [socket for socket in (capture, control) if socket is not None]
        cores = [None if socket is None else socket._core for socket in (frontend, backend, capture, control)]
        self._relay = Relay(*cores)  # type: ignore[arg-type]  # only the last two may be None

    @property
    def forward(self) -> Flow:
        """What has passed from the frontend to the backend: ``messages``, ``frames`` and ``bytes``."""
        return self._relay.forward

    @property
    def backward(self) -> Flow:
        """What has passed from the backend to the frontend."""
        return self._relay.backward

    @property
    def paused(self) -> bool:
        return self._relay.paused

    def pause(self) -> None:
        """Pass on nothing until ``resume``: what comes waits in the sockets, up to their marks. From any thread."""
        self._relay.pause()

    def resume(self) -> None:
        """Go on after ``pause``. From any thread."""
        self._relay.resume()
