"""The ports of one core: everything it is bound and connected to, and the sessions that came of it.

Methods are called under the core's guard unless they say otherwise.
"""

from __future__ import annotations

from ..accounts import Drop
from ..constants import SocketType
from ..errors import ENOENT, ZMQError, zmq_error
from ..transports.base import Datagrams, DatagramTransport
from ..transports.registry import find_transport
from .admission import Admission
from .attached import AttachedPipes
from .dialer import Dialer
from .endpoints import EndpointTable
from .inproc import Binding, Link, Party
from .listener import Listener
from .session import Session
from .speaking import connections
from .surroundings import Surroundings
from .zap import ZapClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..options import Settings
    from ..pipes.pipe import Pipe
    from ..routing.base import Routing
    from ..transports.base import Acceptor, Stream
    from ..transports.inproc import Names
    from .admission import Hook
    from .datagrams import DatagramPort
    from .ledger import Ledger
    from .monitor import SocketEvent
    from .reactor import Guard, Reactor
    from .speaking import Speech

# These ignore a second connect to the same endpoint; the others make a second connection (libzmq).
_ONE_CONNECTION = frozenset({SocketType.DEALER, SocketType.SUB, SocketType.PUB, SocketType.REQ})


class Ports:
    """Endpoints and sessions of one core."""

    def __init__(
        self,
        routing: Routing,
        guard: Guard,
        names: Names,
        reactor: Callable[[], Reactor],
        ledger: Ledger,
        *,
        hot: set[Session],
        readable: Callable[[Pipe], None],
        changed: Callable[[], None],
        idle: Callable[[], None],
        lone: Callable[[Session | None], None],
        emit: Callable[[SocketEvent], None],
    ) -> None:
        """``reactor`` makes one at the first network endpoint, or raises. ``readable`` takes a pipe that was asleep and
        has messages; ``changed`` says that a waiter should look again, ``idle`` that sessions and dialers are gone,
        ``lone`` which session is the only one, and up."""
        self._routing = routing
        self._ledger = ledger
        self._guard = guard
        self._names = names
        self._make_reactor = reactor
        self._hot = hot
        self._readable = readable
        self._idle = idle
        self._lone = lone
        self.emit = emit
        self._around: Surroundings | None = None
        self.pipes = AttachedPipes(routing, ledger, changed)
        self._party = Party(
            guard,
            attach=self._attach_inproc,
            connected=self.pipes.met,
            readable=readable,
            writable=self.pipes.writable,
            ended=self.pipes.end,
            gone=self.pipes.gone,
            emit=emit,
        )
        self.bound = EndpointTable()  # of Listeners, Bindings and DatagramPorts
        self.connected = EndpointTable()  # of Dialers, Links and DatagramPorts
        self.sessions: set[Session] = set()
        self.dialers: set[Dialer | DatagramPort] = set()
        self._closed = False
        self.only_session: Session | None = None  # if there is just one, and it is up
        self.accept_hook: Hook | None = None  # of listeners to come

    # -- binding

    def bind(
        self, endpoint: str, address: str, acceptor: Acceptor | Datagrams | None, settings: Settings
    ) -> tuple[str, Any]:
        """Listen; returns the endpoint as it is really bound, and what else to do without the guard."""
        if acceptor is None:
            binding = Binding(address, self._party, settings)
            waiting = self._names.bind(address, binding)
            self.bound.add(binding, endpoint)
            return endpoint, lambda: binding.meet_all(waiting)
        if isinstance(acceptor, Datagrams):
            port = self._add_datagrams(acceptor.endpoint, settings)
            self.bound.add(port, port.endpoint, endpoint)
            port.open_bound(acceptor)
            return port.endpoint, None
        around = self.surroundings()
        make, log = connections(settings), self._ledger.say_of_socket
        self._ledger.make_ready()
        listener = Listener(
            acceptor,
            around.reactor,
            self._guard,
            lambda stream, listener: self._open_session(stream, settings, listener.endpoint, listener, make),
            self.emit,
            log,
            Admission(settings, self.accept_hook, lambda text: self._ledger.say_seldom("hook", text)),
        )
        listener.start()
        self.bound.add(listener, listener.endpoint, endpoint)
        return listener.endpoint, None

    # -- connecting

    def connect(self, endpoint: str, transport: str, where: Any, settings: Settings, peer_id: bytes) -> Any:
        """Begin to connect; returns what else to do without the guard, or None."""
        if endpoint in self.connected and settings.socket_type in _ONE_CONNECTION:
            return None
        if transport == "inproc":
            link = Link(where, self._party, settings, self.pipes.make(settings, peer_id, inproc=True))
            self.pipes.add_own(link.pipe)
            self.connected.add(link, endpoint)
            return lambda: self._meet(where, link)
        speaker = find_transport(transport, endpoint)
        if isinstance(speaker, DatagramTransport):
            port = self._add_datagrams(endpoint, settings)
            self.connected.add(port, endpoint)
            try:
                port.open_aimed(speaker, where)
            except ZMQError:
                self._abort_dialer(port)
                raise
            return None
        make = connections(settings)
        around = self.surroundings()
        pipe = None
        if not settings.immediate or peer_id:
            pipe = self.pipes.make(settings, peer_id)
            self.pipes.add_own(pipe)
        dialer = Dialer(
            speaker,
            where,
            endpoint,
            settings,
            around.reactor,
            self._guard,
            pipe=pipe,
            connected=lambda stream, dialer: self._open_session(stream, settings, endpoint, dialer, make),
            gone=self._dialer_gone,
            emit=self.emit,
            log=self._ledger.say_of_socket,
        )
        self.connected.add(dialer, endpoint)
        self.dialers.add(dialer)
        if pipe is not None:
            pipe.leave = lambda: self._drop(dialer, -1)
        dialer.start()
        return None

    def _add_datagrams(self, endpoint: str, settings: Settings) -> DatagramPort:
        from .datagrams import DatagramPort

        pipe, around, lose = self.pipes.make(settings), self.surroundings(), self._routing.lose
        gone, met = self._dialer_gone, self.pipes.met
        port = DatagramPort(endpoint, pipe, settings, around, self._ledger, up=met, lose=lose, gone=gone)
        self.pipes.add_own(pipe)
        self.dialers.add(port)
        return port

    def _meet(self, name: str, link: Link) -> None:
        binding = self._names.find(name, link)
        if binding is not None:
            binding.meet(link)

    # -- sessions

    def surroundings(self) -> Surroundings:
        """What all sessions share; with a reactor, made now if there was none, or it raises."""
        around = self._around
        if around is None:
            routing = self._routing
            around = self._around = Surroundings(
                reactor=self._make_reactor(),
                guard=self._guard,
                hot=self._hot,
                lockstep=routing.lockstep,
                copies=routing.copies,
                check=routing.check_message,
                up=self._session_up,
                readable=self._readable,
                writable=self.pipes.writable,
                ended=self._session_ended,
                authenticate=ZapClient(self._names, self._guard).ask,
                emit=self.emit,
            )
            self._ledger.live_by(around.reactor)
        return around

    def _open_session(
        self, stream: Stream, settings: Settings, endpoint: str, origin: Listener | Dialer, make: Callable[[], Speech]
    ) -> Session:
        session = Session(stream, make(), self.surroundings(), settings, endpoint, origin)
        self.sessions.add(session)
        self._count_sessions()
        session.start()
        return session

    def _session_up(self, session: Session) -> None:
        origin = session.origin
        dialer = origin if isinstance(origin, Dialer) else None
        if isinstance(origin, Listener) and not origin.welcome(session):
            return
        pipe = dialer.pipe if dialer is not None else None
        if pipe is None:
            pipe = self.pipes.make(session.settings, accepted=dialer is None)
            pipe.leave = lambda: self._let_go(session) if dialer is None else self._drop(dialer, -1)
            session.attach(pipe)
            self.pipes.add(pipe)
        else:
            session.attach(pipe)
        pipe.properties = session.properties()
        if session.ended is None and not pipe.ended:
            self.pipes.met(pipe, session.peer.routing_id)
        self._count_sessions()
        if dialer is not None and session.ended is None:
            self._ledger.reconnects += dialer.been_up
            dialer.came_up()

    def _count_sessions(self) -> None:
        up = next(iter(self.sessions)) if len(self.sessions) == 1 else None
        self._note_lone(up if up is not None and up.up else None)

    def _note_lone(self, session: Session | None) -> None:
        self.only_session = session
        self._lone(session)

    def _session_ended(self, session: Session) -> None:
        """No guard is held."""
        with self._guard.deferred, self._guard:
            if session not in self.sessions:
                return  # another thread made this call too
            pipe = session.pipe
            flow = session.flow
            dialer = session.origin if isinstance(session.origin, Dialer) else None
            if pipe is not None:
                if dialer is None or dialer.pipe is None or dialer.closed:
                    self.pipes.gone(pipe, flow.unbegun)
                else:
                    self.pipes.lost(pipe, flow.unbegun)
            self._routing.lose(Drop.UNREAD, flow.leave_undelivered(), pipe)
            self._ledger.close_account(flow)
            lost_because = self.pipes.why_lost(pipe)
            # What was written in part; the peer is there and the connection is not.
            lost_because = Drop.BROKEN if lost_because is Drop.PEER_GONE else lost_because
            self._routing.lose(lost_because, flow.unsent_messages, pipe)
            self.sessions.discard(session)
            self._count_sessions()
            session.origin.lost(session)  # type: ignore[attr-defined]  # a Listener or a Dialer
            self._settle()

    def _dialer_gone(self, dialer: Dialer | DatagramPort) -> None:
        """It gave up, or has finished."""
        self.dialers.discard(dialer)
        self.connected.remove(dialer)
        self.bound.remove(dialer)
        if dialer.pipe is not None:
            self.pipes.end(dialer.pipe)
        self._settle()

    def _settle(self) -> None:
        if self._closed and not self.sessions and not self.dialers:
            self._idle()

    # -- inproc

    def _attach_inproc(self, pipe: Pipe) -> bool:
        if self._closed:
            return False
        self.pipes.add(pipe)
        return True

    # -- undoing

    def unbind(self, endpoint: str) -> None:
        """Stop listening and close what came of it; ENOENT if this is no endpoint of ours."""
        port = self.bound.take(endpoint)
        if port is None:
            raise zmq_error(ENOENT, f"not bound to {endpoint!r}")
        if isinstance(port, Binding):
            self._names.unbind(port.name)
            return
        if port in self.dialers:  # of datagrams
            self._drop(port, 0)
            return
        port.close()
        for session in [session for session in self.sessions if session.origin is port]:
            self._let_go(session)

    def _let_go(self, session: Session) -> None:
        """Nothing more is to go to this peer but what is on its way."""
        if session.pipe is not None:
            self.pipes.end(session.pipe, unsent_is_lost=False)
        session.finish()

    def disconnect(self, endpoint: str, linger: int) -> None:
        """Drop one connection to an endpoint; what is unsent may take ``linger`` ms (-1: for ever)."""
        port = self.connected.take(endpoint)
        if port is None:
            raise zmq_error(ENOENT, f"not connected to {endpoint!r}")
        while port is not None:  # all the connections to it
            self._drop(port, linger)
            port = self.connected.take(endpoint)

    def _drop(self, port: Dialer | DatagramPort | Link, linger: int) -> None:
        if isinstance(port, Link):
            self._drop_link(port)
            return
        self.connected.remove(port)
        pipe = port.pipe or (port.session.pipe if port.session is not None else None)
        if pipe is not None:
            self.pipes.end(pipe, unsent_is_lost=linger == 0, because=None if linger else Drop.CLOSED)
        if linger == 0:
            self._abort_dialer(port)
            return
        if linger > 0:
            port.linger = self.surroundings().reactor.call_later(linger / 1000, lambda: self._abort_later(port))
        if isinstance(port, Dialer):
            port.disconnected = True
        port.finish()

    def _abort_later(self, dialer: Dialer | DatagramPort) -> None:
        with self._guard.deferred, self._guard:
            if not dialer.closed:
                pipe = dialer.pipe or (dialer.session.pipe if dialer.session is not None else None)
                if pipe is not None:
                    pipe.lost_because = Drop.EXPIRED
                self._abort_dialer(dialer)

    def _abort_dialer(self, dialer: Dialer | DatagramPort) -> None:
        dialer.close()
        self._dialer_gone(dialer)

    def _drop_link(self, link: Link) -> None:
        self._names.forget(link.name, link)
        if link.pipe.peer is not None:
            link.pipe.refuse("")
        else:
            self.pipes.end(link.pipe, because=Drop.CLOSED)  # nobody was ever there

    def finish(self) -> None:
        """Take and deliver nothing more; write what is unsent. ``idle`` tells when that is done."""
        self._closed = True
        for port in self.bound:
            if isinstance(port, Binding):
                self._names.unbind(port.name)
            elif isinstance(port, Listener):
                port.close()
        for port in self.connected:
            if isinstance(port, Link):
                self._drop_link(port)
        self.bound.clear()
        self.connected.clear()
        self.pipes.leave_inproc()
        for session in list(self.sessions):
            if isinstance(session.origin, Listener):
                session.finish()
        for dialer in list(self.dialers):
            dialer.finish()
        self._settle()

    def abort(self, lost_because: Drop) -> None:
        """Close everything that ``finish`` left open; what is unsent is lost."""
        self.pipes.lost_because = lost_because
        for dialer in list(self.dialers):
            self._abort_dialer(dialer)
        for session in list(self.sessions):
            session.close()
        self._settle()

    def disown(self) -> None:
        """In a forked child: close our copies of the descriptors, and touch nothing that the parent uses."""
        self._note_lone(None)
        for one in (*self.bound.clear(), *self.dialers, *self.sessions):
            one.disown()
