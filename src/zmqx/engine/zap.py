"""Asking the application who may come in (RFC 27): over a pipe to whatever socket of the context is bound to
``inproc://zeromq.zap.01``.

Every connection asks by a pipe of its own, so none waits for another's answer, and the one who answers finds
each question from a peer of its own. Called under the guard of the core that asks.
"""

from __future__ import annotations

from ..constants import SocketType
from ..errors import ProtocolError
from ..options import Settings
from ..pipes.pipe import Pipe
from ..wire import zap
from .inproc import Link, Party

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..message import Part
    from ..transports.inproc import Names
    from ..wire.zap import Outcome
    from .inproc import Binding
    from .reactor import Guard

_ANSWERING = (SocketType.REP, SocketType.ROUTER)


class ZapClient:
    """The questions of one core."""

    def __init__(self, names: Names, guard: Guard) -> None:
        self._names = names
        self._guard = guard

    def ask(
        self,
        settings: Settings,
        address: str,
        mechanism: bytes,
        credentials: Sequence[bytes],
        answered: Callable[[Outcome], None],
    ) -> Callable[[], None]:
        """Ask about a peer, if the options say so. ``answered`` is called once, under the guard, perhaps at
        once; not after the call of what is returned, which asks no more."""
        binding: Binding | None = self._names.owner(zap.NAME)
        domain, enforced = settings.zap_domain, bool(settings.zap_enforce_domain)
        course = zap.course(mechanism, domain, enforced, binding is not None)
        if course is zap.Course.ADMIT:
            answered(None)
        elif course is zap.Course.FAIL or binding is None:
            answered("there is no ZAP_DOMAIN" if binding is not None else f"nobody is bound to inproc://{zap.NAME}")
        elif binding.socket_type not in _ANSWERING:
            answered(f"the socket bound to inproc://{zap.NAME} is a {binding.socket_type.name}")
        else:
            request = zap.request(domain, address.encode(), settings.routing_id, mechanism, credentials)
            return _Inquiry(self._guard, binding, request, answered).close
        return _nothing


class _Inquiry:
    """One question on its way."""

    def __init__(
        self, guard: Guard, binding: Binding, request: list[Part], answered: Callable[[Outcome], None]
    ) -> None:
        self._answered = answered
        self._done = False
        self._sent = False
        party = Party(
            guard,
            attach=lambda pipe: not self._done,
            connected=lambda pipe, routing_id: None,
            readable=self._readable,
            writable=lambda pipe: None,
            ended=self._ended,
            gone=self._ended,
            emit=lambda event: None,
        )
        self._pipe = Pipe(0, 0)
        self._pipe.put(request)
        link = Link(zap.NAME, party, Settings(SocketType.DEALER), self._pipe)

        def meet() -> None:
            if not self._sent:
                self._sent = True
                binding.meet(link)

        guard.defer(meet)

    def _readable(self, pipe: Pipe) -> None:
        if self._done or not pipe.inbox:
            return
        message = pipe.inbox.popleft()
        self.close()
        outcome: Outcome
        try:
            outcome = zap.parse_reply(message if isinstance(message, list) else [])
        except ProtocolError as error:
            outcome = error
        self._answered(outcome)

    def _ended(self, pipe: Pipe) -> None:
        """The other side is gone; it may have answered before."""
        self._readable(pipe)
        if not self._done:
            self._done = True
            self._answered(f"the socket bound to inproc://{zap.NAME} went away without an answer")

    def close(self) -> None:
        """Ask no more."""
        self._done = True
        self._pipe.refuse("")
        self._pipe.end()


def _nothing() -> None:
    return None
