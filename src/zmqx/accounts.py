"""What can be seen of a socket: values, taken at one moment. And the words for why a message was not delivered."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Drop(Enum):
    """Why a message was dropped. There are no other reasons."""

    FULL = "the peer's queue is full"
    REPLACED = "a newer message took its place"
    UNROUTABLE = "no peer has that routing id"
    PEER_GONE = "the peer went away before it was sent"
    BROKEN = "the connection broke while it was being sent"
    CLOSED = "the socket or its endpoint was closed before it was sent"
    EXPIRED = "it was not sent within LINGER"
    UNREAD = "it arrived, and was not read before its peer or the socket was given up"
    REFUSED = "the system did not take the datagram"
    UNASKED = "a reply that nobody waits for"
    MALFORMED = "it has not the form that its type of socket asks for"
    UNWANTED = "this type of socket does not receive"

    # Enum's own asks for the name first, which takes longer than the counting.
    __hash__ = object.__hash__


class _Value:
    """Attributes that never change."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, **values: Any) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, values[name])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} says what was, and cannot be changed")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._shown())

    __hash__ = None  # type: ignore[assignment]  # some attributes are mappings

    def _shown(self) -> list[str]:
        return [name for name in self.__slots__ if not name.startswith("_")]

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown())
        return f"{type(self).__name__}({told})"


class SocketStats(_Value):
    """One socket, counted since it was made.

    Messages and bytes in and out are those that crossed a connection: counted once per system call, as the
    system gave or took them, with ZMTP's own bytes; subscriptions count as messages. What sockets of one
    context tell each other (inproc) crosses none and is not among them; what is queued and dropped there is.

    A message sent over a network is in one of three places: ``messages_out`` (handed to the system), ``queued_out``,
    ``dropped``. What a publisher has no subscriber for is in none of them, as no peer asked for it; what went over
    inproc is with its receiver.
    """

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "connections",
        "connections_ever",
        "dropped",
        "filtered",
        "handshake_failures",
        "messages_in",
        "messages_out",
        "queued_bytes_in",
        "queued_bytes_out",
        "queued_in",
        "queued_out",
        "reconnects",
        "refused",
    )

    #: Over the network: see above.
    messages_in: int
    messages_out: int
    bytes_in: int
    bytes_out: int
    #: Messages that wait to be received, or to leave, and the bytes of their frames.
    queued_in: int
    queued_out: int
    queued_bytes_in: int
    queued_bytes_out: int
    #: Messages dropped, by reason; reasons that did not occur are not in it.
    dropped: Mapping[Drop, int]
    #: Messages that a SUB or DISH received and had not subscribed to, or joined (any more).
    filtered: int
    #: Peers that are there, handshake done, and that ever were.
    connections: int
    connections_ever: int
    #: Connections of ours that were lost and came back.
    reconnects: int
    handshake_failures: int
    #: Connections that a listener did not let in (limits, accept hook).
    refused: int


class Peer(_Value):
    """One peer of a socket, handshake done. Times are seconds since the epoch, as ``time.time()``."""

    __slots__ = (
        "_end",
        "address",
        "bytes_in",
        "bytes_out",
        "connected_since",
        "dropped",
        "endpoint",
        "last_seen",
        "mechanism",
        "messages_in",
        "messages_out",
        "queued_bytes_in",
        "queued_bytes_out",
        "queued_in",
        "queued_out",
        "routing_id",
        "socket_type",
        "user_id",
        "version",
    )

    _end: Callable[[], None]
    #: Where the peer is, and the endpoint of ours, bound or connected, that it came by.
    address: str
    endpoint: str
    #: What a ROUTER calls it; elsewhere what it calls itself (b"": nothing).
    routing_id: bytes
    #: As the peer says ("DEALER"); "" if it did not (ZMTP 1.0 and 2.0).
    socket_type: str
    #: "NULL", "PLAIN", "CURVE"; "" over inproc, which has none.
    mechanism: str
    #: Who it is, as far as its mechanism proved that; "" otherwise.
    user_id: str
    #: "ZMTP 3.1", or older; "inproc".
    version: str
    #: As in SocketStats, of this connection; 0 over inproc.
    messages_in: int
    messages_out: int
    bytes_in: int
    bytes_out: int
    #: Messages from it that nobody has received yet, those that wait to leave for it, and their bytes.
    queued_in: int
    queued_out: int
    queued_bytes_in: int
    queued_bytes_out: int
    #: Messages to and from this peer that were dropped, by reason.
    dropped: Mapping[Drop, int]
    connected_since: float
    #: When its last byte arrived; None over inproc.
    last_seen: float | None

    def disconnect(self) -> None:
        """End this connection, at once. What is queued for a peer that connected to us is dropped, and counted; what
        it sent before can still be read. A side that connects comes back, if its options say so: where that is
        this socket, ``Socket.disconnect`` is what ends it for good. Harmless if the connection is over.
        """
        self._end()
