"""Endpoints of datagrams: no connection, no handshake, and one pipe from their beginning to their end.

What a message looks like depends on the type: RADIO and DISH have the group in the datagram, DGRAM has the address
of the other side in the message. A datagram that cannot be sent, or means nothing, is lost and counted; it says
nothing about the next.
"""

from __future__ import annotations

from ..accounts import Drop
from ..constants import Event, SocketType
from ..errors import ZMQError
from ..pipes.pipe import nothing
from ..wire.datagrams import pack, unpack
from .monitor import SocketEvent
from .pauses import Failure, Pauses
from .reactor import READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..message import Item
    from ..options import Settings
    from ..pipes.pipe import Pipe
    from ..transports.base import Candidate, Datagrams, DatagramTransport
    from .ledger import Ledger
    from .reactor import Timer
    from .surroundings import Surroundings

# Datagrams read per turn of the reactor: a flood keeps nobody else waiting.
_PER_TURN = 64

# Seconds until the next attempt when the system has no room to watch one more descriptor.
_PAUSE = 0.1


class DatagramPort:
    """One bound or connected endpoint. Methods are called under the core's guard."""

    def __init__(
        self,
        endpoint: str,
        pipe: Pipe,
        settings: Settings,
        around: Surroundings,
        ledger: Ledger,
        *,
        up: Callable[[Pipe, bytes], None],
        lose: Callable[[Drop, int, Pipe], None],
        gone: Callable[[Any], None],
    ) -> None:
        """``up`` is told once there is a socket; ``lose`` counts a message that is lost, and why; ``gone`` is told
        when ``finish`` is done."""
        self.endpoint = endpoint
        self.pipe = pipe
        pipe.unasked = True
        pipe.endpoint = endpoint
        self.settings = settings
        self._around = around
        self._ledger = ledger
        self._up = up
        self._lose = lose
        self._gone = gone
        self._addressed = settings.socket_type is SocketType.DGRAM
        self._socket: Datagrams | None = None
        self._bound = False
        self._receives = False
        self._mask = 0
        self._timer: Timer | None = None
        self.linger: Timer | None = None  # after which the owner closes us, whatever is unsent
        self._pauses = Pauses()  # between look-ups
        self._finishing = False
        self.closed = False
        self.session = None  # there is none

    # -- beginning

    def open_bound(self, socket: Datagrams) -> None:
        """Receive, and answer, with a socket that is bound."""
        self._bound = self._receives = True
        self._open(socket)
        self._emit(Event.LISTENING, socket.fileno())

    def open_aimed(self, transport: DatagramTransport, address: object) -> None:
        """Send to an address, whose name may have to be looked up first. Raises ZMQError if it can be tried at once
        and that fails."""

        def start() -> None:
            self._timer = None
            self._around.reactor.offload(lambda: transport.look_up(address, self.settings), looked_up)

        def looked_up(found: Any) -> None:
            with self._around.guard.deferred, self._around.guard:
                if not self.closed:
                    if isinstance(found, Exception):
                        self._retry(str(found), start)
                    else:
                        aim(found)

        def aim(candidates: list[Candidate]) -> None:
            reason = ""
            for candidate in candidates:  # one may be of a family that this system has not
                try:
                    socket = transport.aim(address, candidate, self.settings)
                except ZMQError as error:
                    reason = reason or str(error)
                else:
                    self._aim(socket)
                    return
            self._retry(reason, start)

        candidates = transport.candidates(address, self.settings)
        if candidates is not None:
            self._aim(transport.aim(address, candidates[0], self.settings))
        else:
            start()

    def _aim(self, socket: Datagrams) -> None:
        self._emit(Event.CONNECTED, socket.fileno())
        self._open(socket)

    def _open(self, socket: Datagrams) -> None:
        self._socket = socket
        pipe = self.pipe
        pipe.wake = self._wake
        pipe.resume = self._watch
        self._watch()
        self._up(pipe, b"")
        self._flush()

    def _retry(self, reason: str, start: Callable[[], None]) -> None:
        pause = self._pauses.next(Failure.NETWORK, self.settings.reconnect_ivl, self.settings.reconnect_ivl_max)
        if pause is None:
            self._give_up()
            return
        self._emit(Event.CONNECT_RETRIED, round(pause * 1000), reason)
        self._later(pause, start)

    def _later(self, delay: float, action: Callable[[], None]) -> None:
        def run() -> None:
            with self._around.guard.deferred, self._around.guard:
                if not self.closed and timer is self._timer:
                    action()

        if self._timer is not None:
            self._timer.cancel()
        timer = self._timer = self._around.reactor.call_later(delay, run)

    def _watch(self) -> None:
        """Have the reactor tell of what we can use."""
        socket = self._socket
        if socket is None:
            return
        mask = (READ if self._receives and not self.pipe.stalled else 0) | (WRITE if self.pipe.pending else 0)
        if mask == self._mask:
            return
        self._mask = mask
        if not mask:
            self._around.reactor.unwatch(socket.fileno())
            return
        try:
            self._around.reactor.watch(socket.fileno(), mask, self._on_io)
        except OSError as error:
            self._mask = 0
            self._ledger.say_seldom("watch", f"{self.endpoint} cannot be watched for the time being: {error}")
            self._later(_PAUSE, self._watch)

    def _on_io(self, mask: int) -> None:
        with self._around.guard.deferred, self._around.guard:
            if mask != READ and not self.closed:
                self._flush()
            if mask != WRITE and not self.closed and self._receives:
                self._receive()

    # -- receiving

    def _receive(self) -> None:
        pipe = self.pipe
        socket = self._socket
        assert socket is not None
        for _ in range(_PER_TURN):
            if len(pipe.inbox) >= pipe.receive_limit:
                pipe.stall()  # the kernel keeps what comes meanwhile, as far as RCVBUF goes
                self._watch()
                break
            try:
                data, sender = socket.receive()
            except OSError:  # nothing there, or news of a datagram that did not arrive
                break
            item: Item | None = [sender.encode() + b"\0", data] if self._addressed else unpack(data)
            if item is None:
                self._lose(Drop.MALFORMED, 1, pipe)
            else:
                pipe.inbox.append(item)
                self._ledger.messages_in += 1
                self._ledger.bytes_in += len(data)
        if pipe.inbox and pipe.asleep:
            pipe.asleep = False
            self._around.readable(pipe)

    # -- sending

    def _wake(self) -> None:
        """The outbox has something to send (``pipe.wake``)."""
        if not self.pipe.pending:
            self._flush()

    def _flush(self) -> None:
        pipe = self.pipe
        socket = self._socket
        if socket is None:
            return
        outbox = pipe.outbox
        while outbox:
            try:
                self._send(socket, outbox[0])
            except BlockingIOError:
                pipe.pending = True
                self._watch()
                return
            except (OSError, ValueError) as error:
                self._lose(Drop.MALFORMED if isinstance(error, ValueError) else Drop.REFUSED, 1, pipe)
            outbox.popleft()
        pipe.pending = False
        self._watch()
        if pipe.blocked and pipe.unblocks():
            self._around.writable(pipe)
        if self._finishing:
            self._give_up()

    def _send(self, socket: Datagrams, item: Item) -> None:
        first, body = item  # type: ignore[misc]  # the routing sends messages of two frames
        if self._addressed:
            data = bytes(body)
            socket.send_to(data, bytes(first).rstrip(b"\0").decode("latin-1"))
        else:
            data = pack(first, body)  # type: ignore[arg-type]
            socket.send(data)
        self._ledger.messages_out += 1
        self._ledger.bytes_out += len(data)

    # -- ending

    def unsent(self) -> int:
        """How many messages have not left."""
        return len(self.pipe.outbox)

    def finish(self) -> None:
        """Send what is unsent, then close; ``gone`` tells."""
        self._finishing = True
        self._receives = False
        if self.pipe.outbox:
            self._watch()
        else:
            self._give_up()

    def _give_up(self) -> None:
        self.close()
        self._gone(self)

    def disown(self) -> None:
        """In a forked child: the parent goes on."""
        self.closed = True
        if self._socket is not None:
            self._socket.close()

    def close(self) -> None:
        """Close at once; what is unsent is lost."""
        if self.closed:
            return
        self.closed = True
        for timer in (self._timer, self.linger):
            if timer is not None:
                timer.cancel()
        self.pipe.wake = self.pipe.resume = nothing
        if self._socket is not None:
            fd = self._socket.fileno()
            self._around.reactor.unwatch(fd)
            self._socket.close()
            self._emit(Event.CLOSED, fd)

    def _emit(self, kind: Event, value: int = 0, reason: str = "") -> None:
        local, remote = (self.endpoint, "") if self._bound else ("", self.endpoint)
        self._around.emit(SocketEvent(kind, self.endpoint, value, reason, local=local, remote=remote))
