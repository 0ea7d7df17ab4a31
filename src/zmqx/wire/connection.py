"""The ZMTP state of one peer: bytes in, messages and events out; messages in, bytes out.

``receive`` takes what came from the stream. ``take`` gives messages and subscription changes in the
order in which they were sent, ``take_events`` what else there is to know, ``take_output`` the bytes
the protocol itself wants sent (greeting, handshake, PONG), and ``encode`` the bytes of messages.
Once in traffic, a pump may call ``decoder`` and ``encode_small`` directly.
``receive`` and ``take`` raise ProtocolError when the peer breaks a rule; the connection is then over.

No greeting or handshake costs more memory than ``handshake_limit``, whatever a peer announces.
"""

from __future__ import annotations

from ..errors import ProtocolError
from ..message import Subscription
from . import commands, frames, greeting
from .codec import Decoder, encode, encode_small
from .events import Asked, Peer, Ping, Ready
from .states import COMPATIBLE, GROUPED, NAMED, PUBLISHERS, Dialect, Phase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..constants import SocketType
    from ..message import Item, Part
    from .events import Notice
    from .legacy import LegacyDecoder
    from .mechanisms.base import Channel, Mechanism, Properties
    from .sealed import SealedDecoder, SealingEncoder

# Bytes of one handshake command or legacy identity. MAXMSGSIZE is about messages and does not apply.
_HANDSHAKE_LIMIT = 65536

# Answers to PINGs wait at most in this many bytes; a peer that does not read gets no more of them.
_PONG_LIMIT = 4096


class _Unsealed(bytes):
    """A command that is sealed when it is taken: boxes are numbered in the order in which they leave."""


class Connection:
    """One peer, from its first byte to its last."""

    #: Whether there is anything to agree on before traffic flows.
    shakes_hands = True

    def __init__(
        self,
        socket_type: SocketType,
        mechanism: Callable[[Properties], Mechanism],
        *,
        routing_id: bytes = b"",
        properties: Sequence[tuple[bytes, bytes]] = (),
        max_message_size: int = -1,
        allow_legacy: bool = True,
        handshake_limit: int = _HANDSHAKE_LIMIT,
    ) -> None:
        """``mechanism`` is called with our own properties; ``allow_legacy`` lets peers in that
        cannot authenticate (ZMTP 1.0 and 2.0); ``max_message_size`` is per frame, negative for any.
        ``handshake_limit`` is the most bytes of one handshake command or legacy identity."""
        own = [(b"Socket-Type", socket_type.name.encode())]
        if socket_type in NAMED:
            own.append((b"Identity", routing_id))
        self._mechanism = mechanism([*own, *properties])
        self._socket_type = socket_type
        self._routing_id = routing_id
        self._max_message_size = max_message_size
        self._allow_legacy = allow_legacy
        self._handshake_limit = handshake_limit
        self.phase = Phase.GREETING
        self.peer: Peer | None = None
        self.dialect = Dialect.V3_1
        self._buffer = b""
        self._sent = greeting.SIGNATURE_SIZE
        self.output = [greeting.signature(routing_id)]
        self.events: list[Notice] = []
        self._early: list[Item] = []  # what goes before the peer's first message
        self.answered = 0  # so many of the next PINGs have been answered already, by whoever read them
        self._held = -1  # bytes that came while the peer is in question; -1: it is not
        self._sealing: SealingEncoder | None = None
        self.decoder: Decoder | LegacyDecoder | SealedDecoder = Decoder(handshake_limit)
        self._encode = encode
        self.encode_small = encode_small
        grouped = socket_type in GROUPED
        self._parse_change = commands.parse_membership if grouped else commands.parse_subscription
        self._change = commands.membership if grouped else commands.subscription
        self._encode_subscription: Callable[[Subscription], bytes] = self._frame_change

    # -- what the session asks for

    @property
    def mechanism(self) -> str:
        """The name of the security mechanism."""
        return self._mechanism.name.decode()

    @property
    def has_commands(self) -> bool:
        """Whether the peer understands PING."""
        return self.dialect in (Dialect.V3_0, Dialect.V3_1)

    @property
    def sealed(self) -> bool:
        """Whether what ``encode`` returns is for this peer, this time, alone."""
        return self._sealing is not None

    def take_output(self) -> bytes:
        """The bytes the protocol wants sent now (``output`` tells whether there are any)."""
        sealing = self._sealing
        if sealing is None:
            out = b"".join(self.output)
        else:
            out = b"".join(sealing.command(data) if type(data) is _Unsealed else data for data in self.output)
        self.output.clear()
        return out

    def take_events(self) -> list[Notice]:
        """What there is to know (``events`` tells whether there is anything)."""
        events, self.events = self.events, []
        return events

    def encode(self, items: Sequence[Item]) -> list[Part]:
        """The bytes of messages for this peer, as buffers to be written in order."""
        return self._encode(items, self._encode_subscription)

    def ping(self, ttl_ms: int) -> None:
        """Put a PING into the output."""
        self._put_command(commands.ping(ttl_ms))

    def _put_command(self, body: bytes) -> None:
        self.output.append(frames.frame(body, frames.COMMAND) if self._sealing is None else _Unsealed(body))

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer."""
        if self._held >= 0:
            self._held += len(data)
            if self._held > self._handshake_limit:
                raise ProtocolError("the peer goes on while it is in question")
        if self.phase is not Phase.GREETING:
            self.decoder.feed(data)
        else:
            self._buffer += data
            self._greet()
        if self.phase is Phase.HANDSHAKE:
            self._shake_hands()
        elif self.phase is Phase.IDENTITY:
            self._identify()

    def admit(self) -> None:
        """The peer in question (``Asked``) may come in."""
        self._held = -1
        self._send_commands(self._mechanism.admit())
        self._shake_hands()

    def refuse(self, status: int) -> None:
        """The peer in question may not come in, for a reason of RFC 27: 300, 400 or 500."""
        self._held = -1
        self._send_commands(self._mechanism.refuse(status))
        self._shake_hands()

    def take(self, most: int) -> list[Item]:
        """Up to ``most`` messages and subscription changes, in the peer's order."""
        if self.phase is not Phase.TRAFFIC:
            return []
        items, self._early = self._early, []
        items += self.decoder.decode(most)
        return self.sort(items, most)

    def sort(self, items: list[Item], most: int) -> list[Item]:
        """Complete what the decoder returned by acting on the commands in between.

        For a pump, which calls the decoder itself and leaves the rest to us when it stops at a command
        (``trap``) or an error. Raises that error once there are no more items before it.
        """
        decoder = self.decoder
        while decoder.trap is not None:
            body, decoder.trap = decoder.trap, None
            self._obey(body, items)
            if len(items) >= most:
                break
            items += decoder.decode(most - len(items))
        if decoder.error is not None and not items:
            raise decoder.error
        return items

    # -- greeting

    def _greet(self) -> None:
        data = self._buffer
        if greeting.unversioned(data):
            self._begin_legacy(Dialect.V1, data)
            return
        if len(data) < greeting.SIGNATURE_SIZE:
            return
        if self._sent == greeting.SIGNATURE_SIZE:
            self._send(greeting.MAJOR)
        if len(data) == greeting.SIGNATURE_SIZE:
            return
        major_sent = self._sent == greeting.SIGNATURE_SIZE + 1
        if data[10] < 2:
            if major_sent:
                self._send(bytes((self._socket_type,)))
            # Byte 12 of an old peer is its socket type, which libzmq does not look at either.
            dialect = greeting.dialect_of(data[10], 0)
            if len(data) > 11:
                self._begin_legacy(dialect, data[12:])
            return
        if major_sent:
            self._send(greeting.rest(self._mechanism.name, self._mechanism.as_server))
        if len(data) < greeting.GREETING_SIZE:
            return
        self.dialect = greeting.dialect_of(data[10], data[11])
        theirs = data[12:32]
        if theirs != self._mechanism.name.ljust(20, b"\0"):
            raise ProtocolError(
                f"the peer's mechanism is {theirs.rstrip(bytes(1)).decode('latin-1')!r},"
                f" ours is {self._mechanism.name.decode()!r}",
                ProtocolError.MECHANISM_MISMATCH,
            )
        self.phase = Phase.HANDSHAKE
        self._buffer = b""
        self.decoder.feed(data[greeting.GREETING_SIZE :])
        self._send_commands(self._mechanism.start())

    def _send(self, data: bytes) -> None:
        self._sent += len(data)
        self.output.append(data)

    def _begin_legacy(self, dialect: Dialect, data: bytes) -> None:
        if not self._allow_legacy or self._mechanism.name != b"NULL":
            raise ProtocolError(f"a peer of {dialect.value} cannot authenticate itself")
        if self._socket_type in GROUPED:
            raise ProtocolError(f"a peer of {dialect.value} knows no groups")
        self.dialect = dialect
        self.phase = Phase.IDENTITY
        self._buffer = b""
        if dialect is Dialect.V2:
            self.decoder = Decoder(self._handshake_limit)
            self._encode_subscription = _subscription_v2
            self.output.append(frames.frame(self._routing_id))
        else:
            from . import legacy

            self.decoder = legacy.LegacyDecoder(self._handshake_limit)
            self._encode = legacy.encode
            self.encode_small = legacy.encode_small
            self._encode_subscription = lambda change: legacy.frame(change.as_message())
            # Our signature was the header of an identity frame to a peer without a revision byte;
            # only the body of that frame is still due.
            own = self._routing_id
            self.output.append(own if dialect is Dialect.V1 else legacy.frame(own))
            if dialect is Dialect.V1 and self._socket_type in PUBLISHERS:
                # Such a peer filters by itself and forwards no subscription: it gets everything.
                self._early.append(Subscription(b"", True))
        self.decoder.feed(data)

    # -- handshake

    def _send_commands(self, bodies: Sequence[bytes]) -> None:
        self.output += [frames.frame(body, frames.COMMAND) for body in bodies]

    def _shake_hands(self) -> None:
        decoder = self.decoder
        assert isinstance(decoder, Decoder)
        while self._mechanism.peer_properties is None:
            if self._mechanism.question is not None:
                if self._held < 0:
                    self._held = 0
                    self.events.append(Asked(self._mechanism.question))
                return
            # libzmq peers do not always set the COMMAND flag in a handshake; the order tells anyway.
            got = decoder.decode(1)
            if decoder.unfinished:
                raise ProtocolError("a message where a command is due", ProtocolError.UNEXPECTED_COMMAND)
            if decoder.error is not None:
                raise decoder.error
            if got:
                if type(got[0]) is not bytes:
                    raise ProtocolError("a message where a command is due", ProtocolError.UNEXPECTED_COMMAND)
                body = got[0]
            elif decoder.trap is not None:
                body, decoder.trap = decoder.trap, None
            else:
                return
            self._send_commands(self._mechanism.receive(body))
        peer = Peer(self.dialect, b"", self._mechanism.peer_properties)
        for name, value in self._mechanism.peer_properties:
            if name.lower() == b"socket-type" and value not in COMPATIBLE[self._socket_type]:
                raise ProtocolError(
                    f"a {self._socket_type.name} does not talk to a {value[:32].decode('latin-1')!r}",
                    ProtocolError.INVALID_METADATA,
                )
        peer.routing_id = peer.properties.get("identity", b"")
        if self._mechanism.channel is not None:
            self._seal(self._mechanism.channel, decoder)
        elif self.dialect is Dialect.V3_0 and self._socket_type not in GROUPED:
            self._encode_subscription = _subscription_v2
        self._enter_traffic(peer)

    def _seal(self, channel: Channel, decoder: Decoder) -> None:
        """From now on everything is sealed, both ways."""
        from .sealed import SealedDecoder, SealingEncoder

        sealing = self._sealing = SealingEncoder(channel)
        self.decoder = SealedDecoder(channel, decoder)
        self._encode = sealing.encode
        self.encode_small = sealing.encode_small
        if self.dialect is Dialect.V3_0 and self._socket_type not in GROUPED:
            self._encode_subscription = lambda change: sealing.message(change.as_message())
        else:
            self._encode_subscription = lambda change: sealing.command(self._change(change))

    def _identify(self) -> None:
        got = self.decoder.decode(1)
        if self.decoder.error is not None:
            raise self.decoder.error
        if self.decoder.trap is not None:
            raise ProtocolError(f"a command from a peer of {self.dialect.value}")
        if self.decoder.unfinished:
            raise ProtocolError("an identity of several frames")
        if not got:
            return
        identity = got[0]
        if type(identity) is not bytes:
            raise ProtocolError("an identity of several frames")
        self._enter_traffic(Peer(self.dialect, identity, []))

    def _enter_traffic(self, peer: Peer) -> None:
        self.decoder.set_limit(self._max_message_size)
        self.phase = Phase.TRAFFIC
        self.peer = peer
        self.events.append(Ready(peer))

    def _frame_change(self, change: Subscription) -> bytes:
        return frames.frame(self._change(change), frames.COMMAND)

    # -- traffic

    def _obey(self, body: bytes, items: list[Item]) -> None:
        """Act on a command. Unknown and malformed ones are passed over, as libzmq does."""
        change = self._parse_change(body)
        if change is not None:
            # Anybody else would have to deliver it as a message; it is not one.
            if self._socket_type in PUBLISHERS:
                items.append(change)
            return
        asked = commands.parse_ping(body)
        if asked is not None:
            ttl, context = asked
            if self.answered:
                self.answered -= 1
            elif sum(map(len, self.output)) < _PONG_LIMIT:
                self._put_command(commands.pong(context))
            if ttl:
                self.events.append(Ping(ttl))


def _subscription_v2(change: Subscription) -> bytes:
    return frames.frame(change.as_message())
