"""Every socket and context option: ONE declarative table.

An entry is a descriptor: it gives the option its number, type, default, range and scope, and it is
the typed attribute (``sock.linger``) of whatever inherits the table. What an option *does* stands
where it does it; ``apply`` says when a change takes hold:

=========  =======================================================================================
NOW        at once, on live connections too
ENDPOINT   copied by ``bind`` and ``connect``; later changes reach later endpoints only
CLOSE      read when the socket closes (or an endpoint is disconnected)
ACTION     not a stored value: setting it does something, or reading it computes something
=========  =======================================================================================
"""

from __future__ import annotations

from .constants import ContextOption as X
from .constants import SocketOption as O
from .constants import SocketType as T
from .errors import EINVAL, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeVar, overload

    D = TypeVar("D", bound="Option")

NOW, ENDPOINT, CLOSE, ACTION = "now", "endpoint", "close", "action"

_INT_MAX = 2**31 - 1
_EVERY = frozenset(T)
_ROUTERS = frozenset({T.ROUTER, T.REP})
_PUBLISHERS = frozenset({T.XPUB, T.PUB})


class Option:
    """One row of the table. ``access`` is "rw", "r" or "w"; ``types`` may set or read it."""

    def __init__(
        self,
        number: O | X,
        *,
        apply: str = ENDPOINT,
        access: str = "rw",
        types: frozenset[T] = _EVERY,
        doc: str = "",
    ) -> None:
        self.number = int(number)
        self.name = number.name
        self.apply = apply
        self.access = access
        self.types = types
        self.__doc__ = doc

    def convert(self, value: Any) -> Any:
        """The value as it is stored; TypeError or EINVAL names the option and the value."""
        raise TypeError(f"{self.name} has no value")

    def refuse(self, value: object, why: str) -> Exception:
        return zmq_error(EINVAL, f"{self.name} = {value!r}: {why}")

    default: Any = None


class IntOption(Option):
    """A whole number between ``low`` and ``high``; a ``flag`` is stored as 0 or 1."""

    def __init__(
        self,
        number: O | X,
        default: int = 0,
        *,
        low: int = 0,
        high: int = _INT_MAX,
        flag: bool = False,
        **rest: Any,
    ) -> None:
        super().__init__(number, **rest)
        self.default = default
        self.low = low
        self.high = high
        self.flag = flag

    if TYPE_CHECKING:

        @overload
        def __get__(self: D, table: None, owner: type) -> D: ...
        @overload
        def __get__(self, table: OptionTable, owner: type) -> int: ...

    def __get__(self, table: OptionTable | None, owner: type) -> Any:
        return self if table is None else table.read_option(self)

    def __set__(self, table: OptionTable, value: int) -> None:
        table.write_option(self, value)

    def convert(self, value: Any) -> int:
        if not isinstance(value, int):
            raise TypeError(f"{self.name} takes an int, not {type(value).__name__}")
        number = int(value)
        if not self.low <= number <= self.high:
            raise self.refuse(value, f"not in {self.low}..{self.high}")
        return int(bool(number)) if self.flag else number


class BytesOption(Option):
    """Bytes, ``least`` to ``most`` of them."""

    default = b""

    def __init__(self, number: O | X, *, least: int = 0, most: int = _INT_MAX, **rest: Any) -> None:
        super().__init__(number, **rest)
        self.least = least
        self.most = most

    if TYPE_CHECKING:

        @overload
        def __get__(self: D, table: None, owner: type) -> D: ...
        @overload
        def __get__(self, table: OptionTable, owner: type) -> bytes: ...

    def __get__(self, table: OptionTable | None, owner: type) -> Any:
        return self if table is None else table.read_option(self)

    def __set__(self, table: OptionTable, value: bytes) -> None:
        table.write_option(self, value)

    def convert(self, value: Any) -> bytes:
        if isinstance(value, str):
            raise TypeError(f"{self.name} takes bytes; use set_string for text")
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(f"{self.name} takes bytes, not {type(value).__name__}")
        data = bytes(value)
        if not self.least <= len(data) <= self.most:
            raise self.refuse(data, f"takes {self.least} to {self.most} bytes")
        return data


class TenthsOption(IntOption):
    """Milliseconds that travel as tenths of a second (ZMTP PING): kept in steps of 100 ms."""

    def convert(self, value: Any) -> int:
        return max(0, super().convert(value)) // 100 * 100


class OptionTable:
    """Whatever has these options as attributes: it says how one is read and written."""

    __slots__ = ()

    def read_option(self, option: Option) -> Any:
        raise TypeError("a table without values")

    def write_option(self, option: Option, value: Any) -> None:
        raise TypeError("a table without values")


class SocketOptions(OptionTable):
    """The socket options. Times are milliseconds, sizes bytes, marks messages."""

    __slots__ = ()

    # -- the life of messages and sockets
    linger = IntOption(O.LINGER, -1, low=-1, apply=CLOSE, doc="ms that unsent messages survive close(); -1 for ever")
    sndhwm = IntOption(O.SNDHWM, 1000, apply=NOW, doc="messages queued per peer for sending; 0 without limit")
    rcvhwm = IntOption(O.RCVHWM, 1000, apply=NOW, doc="messages queued per peer for receiving; 0 without limit")
    sndtimeo = IntOption(O.SNDTIMEO, -1, low=-1, apply=NOW, doc="ms a send waits; -1 for ever, 0 not at all")
    rcvtimeo = IntOption(O.RCVTIMEO, -1, low=-1, apply=NOW, doc="ms a recv waits; -1 for ever, 0 not at all")
    maxmsgsize = IntOption(
        O.MAXMSGSIZE, -1, low=-(2**63), high=2**63 - 1, doc="bytes of the largest frame a peer may send; < 0 any"
    )
    conflate = IntOption(O.CONFLATE, high=1, doc="1: keep only the newest message (DEALER PULL PUSH PUB SUB)")
    immediate = IntOption(O.IMMEDIATE, high=1, doc="1: queue only to completed connections")

    # -- connections
    reconnect_ivl = IntOption(O.RECONNECT_IVL, 100, low=-1, doc="ms before the first new try; 0 and -1: none")
    reconnect_ivl_max = IntOption(O.RECONNECT_IVL_MAX, 0, doc="ms the growing pause may reach; 0: it does not grow")
    reconnect_stop = IntOption(O.RECONNECT_STOP, low=-(2**31), doc="bits: what ends an endpoint (ReconnectStop)")
    handshake_ivl = IntOption(O.HANDSHAKE_IVL, 30000, doc="ms a handshake may take; 0 any time")
    connect_timeout = IntOption(O.CONNECT_TIMEOUT, doc="ms a TCP connect may take; 0: the system's limit")
    heartbeat_ivl = IntOption(O.HEARTBEAT_IVL, doc="ms between PINGs; 0: none")
    heartbeat_timeout = IntOption(O.HEARTBEAT_TIMEOUT, -1, doc="ms of silence after a PING; -1: HEARTBEAT_IVL")
    heartbeat_ttl = TenthsOption(
        O.HEARTBEAT_TTL, low=-99, high=6553599, doc="ms of silence the peer should bear; 0: not said"
    )
    backlog = IntOption(O.BACKLOG, 100, doc="connections the kernel queues for a listener")

    # -- the network
    ipv6 = IntOption(O.IPV6, high=1, doc="1: IPv6 (and IPv4 mapped into it)")
    ipv4only = IntOption(O.IPV4ONLY, 1, high=1, apply=ACTION, doc="the inverse of IPV6")
    sndbuf = IntOption(O.SNDBUF, -1, low=-1, doc="bytes, SO_SNDBUF; -1: the system's choice")
    rcvbuf = IntOption(O.RCVBUF, -1, low=-1, doc="bytes, SO_RCVBUF; -1: the system's choice")
    tos = IntOption(O.TOS, doc="IP type of service / traffic class")
    tcp_keepalive = IntOption(O.TCP_KEEPALIVE, -1, low=-1, high=1, doc="SO_KEEPALIVE; -1: the system's choice")
    tcp_keepalive_cnt = IntOption(O.TCP_KEEPALIVE_CNT, -1, low=-1, doc="probes before giving up; -1: system")
    tcp_keepalive_idle = IntOption(O.TCP_KEEPALIVE_IDLE, -1, low=-1, doc="s before the first probe; -1: system")
    tcp_keepalive_intvl = IntOption(O.TCP_KEEPALIVE_INTVL, -1, low=-1, doc="s between probes; -1: system")
    tcp_maxrt = IntOption(O.TCP_MAXRT, doc="ms unacknowledged data may wait (TCP_USER_TIMEOUT); 0: system")
    bindtodevice = BytesOption(O.BINDTODEVICE, most=16, doc="name of the network interface to use")

    # -- who is who
    routing_id = BytesOption(O.ROUTING_ID, least=1, most=255, doc="the name this socket gives itself to a ROUTER")
    identity = routing_id
    connect_routing_id = BytesOption(
        O.CONNECT_ROUTING_ID,
        least=1,
        most=255,
        access="w",
        types=_ROUTERS,
        apply=ACTION,
        doc="the name of the peer of the next connect()",
    )
    router_mandatory = IntOption(
        O.ROUTER_MANDATORY, flag=True, access="w", types=_ROUTERS, apply=NOW, doc="1: unroutable raises EHOSTUNREACH"
    )
    router_handover = IntOption(
        O.ROUTER_HANDOVER, flag=True, access="w", types=_ROUTERS, apply=NOW, doc="1: a newcomer takes over a known id"
    )
    probe_router = IntOption(
        O.PROBE_ROUTER,
        flag=True,
        access="w",
        apply=NOW,
        types=frozenset({T.REQ, T.DEALER, T.ROUTER, T.REP}),
        doc="1: an empty message opens every new connection",
    )
    req_correlate = IntOption(
        O.REQ_CORRELATE, flag=True, access="w", types=frozenset({T.REQ}), apply=NOW, doc="1: number the requests"
    )
    req_relaxed = IntOption(
        O.REQ_RELAXED, flag=True, access="w", types=frozenset({T.REQ}), apply=NOW, doc="1: send again without a reply"
    )

    # -- publish and subscribe
    subscribe_option = BytesOption(
        O.SUBSCRIBE, access="w", apply=ACTION, types=_PUBLISHERS | {T.SUB}, doc="take messages with this prefix"
    )
    unsubscribe_option = BytesOption(
        O.UNSUBSCRIBE, access="w", apply=ACTION, types=_PUBLISHERS | {T.SUB}, doc="undo one SUBSCRIBE"
    )
    invert_matching = IntOption(
        O.INVERT_MATCHING, low=-(2**31), flag=True, apply=NOW, doc="1: messages that match no subscription"
    )
    xpub_verbose = IntOption(
        O.XPUB_VERBOSE, flag=True, access="w", types=_PUBLISHERS, apply=NOW, doc="1: report repeated subscriptions"
    )
    xpub_verboser = IntOption(
        O.XPUB_VERBOSER, flag=True, access="w", types=_PUBLISHERS, apply=NOW, doc="1: and repeated cancellations"
    )
    xpub_nodrop = IntOption(
        O.XPUB_NODROP, flag=True, access="w", types=_PUBLISHERS, apply=NOW, doc="1: a full peer makes send wait"
    )
    xpub_manual = IntOption(
        O.XPUB_MANUAL, flag=True, access="w", types=_PUBLISHERS, apply=NOW, doc="1: the application subscribes peers"
    )
    xpub_manual_last_value = IntOption(
        O.XPUB_MANUAL_LAST_VALUE,
        flag=True,
        access="w",
        types=_PUBLISHERS,
        apply=NOW,
        doc="1: MANUAL, and the next send goes to the last subscriber only",
    )
    xpub_welcome_msg = BytesOption(
        O.XPUB_WELCOME_MSG, access="w", types=_PUBLISHERS, apply=NOW, doc="greets each new subscriber; b'': none"
    )
    only_first_subscribe = IntOption(
        O.ONLY_FIRST_SUBSCRIBE,
        flag=True,
        access="w",
        types=_PUBLISHERS | {T.XSUB},
        apply=NOW,
        doc="1: only the first part of a message may be a subscription",
    )
    xsub_verbose_unsubscribe = IntOption(
        O.XSUB_VERBOSE_UNSUBSCRIBE,
        low=-(2**31),
        flag=True,
        access="w",
        types=frozenset({T.XSUB}),
        apply=NOW,
        doc="1: forward every cancellation",
    )

    # -- read only
    rcvmore = IntOption(O.RCVMORE, access="r", apply=ACTION, doc="1: the message last received has more parts")
    events_option = IntOption(O.EVENTS, access="r", apply=ACTION, doc="POLLIN and POLLOUT as they stand")
    type = IntOption(O.TYPE, access="r", apply=ACTION, doc="the socket type")
    mechanism = IntOption(O.MECHANISM, access="r", apply=ACTION, doc="the security mechanism")
    last_endpoint = BytesOption(O.LAST_ENDPOINT, access="r", apply=ACTION, doc="the endpoint last bound or connected")
    topics_count = IntOption(
        O.TOPICS_COUNT,
        access="r",
        apply=ACTION,
        types=_PUBLISHERS | {T.SUB, T.XSUB},
        doc="distinct topics subscribed",
    )
    hwm = IntOption(O.HWM, 1000, apply=ACTION, doc="SNDHWM and RCVHWM together")


class ContextOptions(OptionTable):
    """The context options."""

    __slots__ = ()

    io_threads = IntOption(X.IO_THREADS, 1, doc="0: inproc only. One reactor serves every other value")
    max_sockets = IntOption(X.MAX_SOCKETS, 1023, low=1, high=65535, doc="sockets open at one time")
    socket_limit = IntOption(X.SOCKET_LIMIT, 65535, access="r", doc="the largest MAX_SOCKETS")
    ipv6 = IntOption(X.IPV6, flag=True, doc="IPV6 of new sockets")
    blocky = IntOption(X.BLOCKY, 1, flag=True, doc="0: new sockets get LINGER 0")


def _rows(table: type) -> Iterator[Option]:
    return (row for row in vars(table).values() if isinstance(row, Option))


SOCKET_TABLE: dict[int, Option] = {row.number: row for row in _rows(SocketOptions)}
for _name, _member in O.__members__.items():
    # pyzmq's other spelling: sock.RCVTIMEO = 1000.
    setattr(SocketOptions, _name, SOCKET_TABLE[_member])
CONTEXT_TABLE: dict[int, Option] = {row.number: row for row in _rows(ContextOptions)}


def find_option(table: dict[int, Option], number: object, what: str = "socket") -> Option:
    """The row of an option number; EINVAL when there is none."""
    if not isinstance(number, int):
        raise TypeError(f"an option is an int, not {number.__class__.__name__}")
    row = table.get(int(number))
    if row is None:
        raise zmq_error(EINVAL, f"no {what} option has the number {int(number)}")
    return row


class Settings(SocketOptions):
    """The stored values of one socket, or of one endpoint: a copy made by bind or connect."""

    def __init__(self, socket_type: T, values: dict[int, Any] | None = None) -> None:
        self.socket_type = socket_type
        self.values: dict[int, Any] = {} if values is None else values
        if values is None and socket_type in (T.SUB, T.XSUB):
            # A subscriber has nothing to send but subscriptions: nothing to linger for.
            self.values[SocketOptions.linger.number] = 0

    def read_option(self, option: Option) -> Any:
        return self.values.get(option.number, option.default)

    def write_option(self, option: Option, value: Any) -> None:
        self.values[option.number] = option.convert(value)

    def copy(self) -> Settings:
        return Settings(self.socket_type, dict(self.values))
