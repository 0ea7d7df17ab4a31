"""What the faces of a socket share: everything that never waits.

A face is what a person calls. It holds a core and adds nothing to it but the way of waiting.
"""

from __future__ import annotations

from .constants import DONTWAIT, POLLIN, SNDMORE, Event
from .errors import EADDRINUSE, EFSM, EINVAL, ENOTSOCK, ETERM, ZMQBindError, ZMQError, zmq_error
from .message import Frame, MessageTracker, as_group, as_labelled, as_part
from .monitoring import Monitored
from .options import SOCKET_TABLE, SocketOptions, find_option, settable
from .plain import all_plain
from .times import time_to_wait
from .unique import Unique
from .views import Views, as_topic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .constants import SocketType
    from .engine.reactor import Reactor
    from .message import Message, Part
    from .options import Option
    from .pipes.halves import PipeEnds

ALL_EVENTS = int(Event.ALL)


class Endpoint(str):
    """An endpoint, as ``bind`` and ``connect`` return it: a str that undoes itself at the end of a
    ``with`` block (``with sock.bind(...) as sock:``)."""

    __slots__ = ("_bound", "_socket")

    _socket: SocketFace
    _bound: bool

    def __new__(cls, text: str, socket: SocketFace, bound: bool) -> Endpoint:
        self = super().__new__(cls, text)
        self._socket = socket
        self._bound = bound
        return self

    def __enter__(self) -> SocketFace:
        return self._socket

    def __exit__(self, *exc: object) -> None:
        if not self._socket.closed:
            (self._socket.unbind if self._bound else self._socket.disconnect)(self)


class SocketFace(Unique, Monitored, Views, SocketOptions):
    """Endpoints, options and life of a socket. Safe to use from any thread."""

    __slots__ = ("__weakref__",)

    # -- endpoints

    def bind(self, addr: str | bytes) -> Endpoint:
        """Listen at an endpoint; returns the real one, ports and paths filled in.

        ``tcp://interface:port`` (``*`` for any), ``ipc://path``, ``ipc://@name``, ``ipc://*``,
        ``inproc://name``, ``ws://interface:port/path``; DISH and DGRAM also ``udp://[interface;]host:port``, where the
        host may be a multicast group. May block to look up a host name. Raises EINVAL, EPROTONOSUPPORT,
        ENOCOMPATPROTO, EADDRINUSE, EADDRNOTAVAIL, ENODEV, ENAMETOOLONG, ENOENT, EACCES, ETERM, ENOTSOCK, with the
        endpoint in the text. (zmq_bind)
        """
        self._context_core.reap()  # whoever was dropped may be bound there
        return Endpoint(self._core.bind(addr), self, True)

    def bind_socket(self, listening: Any) -> Endpoint:
        """Listen at a socket that is bound already: one that systemd passed on (its first is number 3), that a parent
        process made for its workers, or that the program prepared itself. Returns its endpoint.

        ``listening`` is a TCP or UNIX stream socket (a ``socket.socket``, which is detached, or the number of a
        descriptor), bound, and listening or about to; it is set to non-blocking. From now on this socket owns it:
        ``unbind`` and ``close`` close it. A file that belongs to it stays, and so do the copies of other processes.
        Raises EINVAL for anything else, ETERM, ENOTSOCK; the descriptor is then left as it was.
        """
        given = isinstance(listening, int)
        if not given and not hasattr(listening, "fileno"):
            raise TypeError(f"bind_socket takes a socket or a descriptor, not {type(listening).__name__}")
        endpoint = Endpoint(self._core.adopt(listening if given else listening.fileno()), self, True)
        if not given:
            listening.detach()
        return endpoint

    def connect(self, addr: str | bytes) -> Endpoint:
        """Begin to connect to an endpoint, and keep at it; returns it as given.

        ``tcp://[interface:port;]host:port``, ``ipc://path``, ``ipc://@name``, ``inproc://name``,
        ``ws://host:port/path``; RADIO also ``udp://[interface;]host:port``. Returns at once: whether anybody is there
        shows in ``wait_connected`` and ``events``. Raises EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO, ENODEV (udp),
        ENAMETOOLONG, ETERM, ENOTSOCK. (zmq_connect)
        """
        self._context_core.reap()
        return Endpoint(self._core.connect(addr), self, False)

    def unbind(self, addr: str | bytes) -> None:
        """Stop listening at an endpoint and close what was accepted there.

        Takes what ``bind`` was given or what it returned. The address is free when this returns.
        Raises ENOENT if the socket is not bound to it, EINVAL, ETERM, ENOTSOCK. (zmq_unbind)
        """
        self._core.unbind(addr)

    def disconnect(self, addr: str | bytes) -> None:
        """Drop the connection to an endpoint. Unsent messages follow LINGER in the background.

        Raises ENOENT if the socket is not connected to it, EINVAL, ETERM, ENOTSOCK. (zmq_disconnect)
        """
        self._core.disconnect(addr)

    def connect_peer(self, addr: str | bytes) -> int:
        """Begin to connect, as ``connect``; returns the routing id of the peer there (PEER).

        Messages may be sent to it at once. Raises ENOTSUP on other types, EFAULT with IMMEDIATE, and as
        ``connect``. (RFC 51, zmq_connect_peer)
        """
        return self._core.connect_peer(addr)

    def join(self, group: str | bytes) -> None:
        """Take the messages of a group, too (DISH).

        Raises EINVAL if the socket is in it, or for more than 255 bytes or a NUL; ENOTSUP on other types,
        ETERM, ENOTSOCK. (RFC 48, zmq_join)
        """
        self._core.set_group(as_group(group), True)

    def leave(self, group: str | bytes) -> None:
        """Take the messages of a group no more. Raises EINVAL if the socket is not in it, and as ``join``."""
        self._core.set_group(as_group(group), False)

    def bind_to_random_port(self, addr: str, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100) -> int:
        """Bind ``addr`` (without a port) to a free port of a range; returns the port.

        ``bind("tcp://host:*")`` is simpler where any port will do. Raises ZMQBindError after
        ``max_tries`` ports in use.
        """
        import random

        for _ in range(max_tries):
            port = random.randrange(min_port, max_port)
            try:
                self.bind(f"{addr}:{port}")
            except ZMQError as error:
                if error.errno != EADDRINUSE:
                    raise
            else:
                return port
        raise ZMQBindError(f"no free port for {addr} among {max_tries} tried in {min_port}..{max_port - 1}")

    # -- options

    def setsockopt(self, option: int, optval: Any) -> None:
        """Set an option by number. TypeError for a wrong type; EINVAL for an unknown option, a value
        out of range or a socket type that has no such option. (zmq_setsockopt)"""
        self._core.set_option(option, optval)

    def getsockopt(self, option: int) -> Any:
        """Read an option by number: an int, or bytes. EINVAL if there is none to read. (zmq_getsockopt)"""
        return self._core.get_option(option)

    set = setsockopt
    get = getsockopt

    def set_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """Set an option of bytes to text."""
        if not isinstance(optval, str):
            raise TypeError(f"set_string takes a str, not {type(optval).__name__}")
        self.setsockopt(option, optval.encode(encoding))

    def get_string(self, option: int, encoding: str = "utf-8") -> str:
        """Read an option of bytes as text."""
        value = self.getsockopt(option)
        if not isinstance(value, bytes):
            raise TypeError(f"{find_option(SOCKET_TABLE, option).name} is not text")
        return value.decode(encoding)

    setsockopt_string = setsockopt_unicode = set_string
    getsockopt_string = getsockopt_unicode = get_string

    def read_option(self, option: Option) -> Any:
        try:
            return self.getsockopt(option.number)
        except ZMQError as error:
            if error.errno != EINVAL:
                raise
            # hasattr, inspect and mock are to pass over what cannot be read (pyzmq).
            raise AttributeError(str(error)) from error

    def write_option(self, option: Option, value: Any) -> None:
        self.setsockopt(option.number, value)

    @settable
    def subscribe(self, topic: str | bytes) -> None:
        """Take messages that begin with ``topic`` (SUB; on an XPUB with XPUB_MANUAL, for its peer). It may be
        assigned, too: ``sock.subscribe = topic``, as pyzmq has it."""
        self.setsockopt(SocketOptions.subscribe_option.number, as_topic(topic))

    @settable
    def unsubscribe(self, topic: str | bytes) -> None:
        """Undo one ``subscribe``."""
        self.setsockopt(SocketOptions.unsubscribe_option.number, as_topic(topic))

    def get_peer_state(self, routing_id: bytes) -> int:
        """Whether a ROUTER's peer can be sent to: POLLOUT if there is room for another message, else 0.

        Raises EHOSTUNREACH if no peer has this routing id, ENOTSUP on other types than ROUTER, ETERM, ENOTSOCK.
        (zmq_socket_get_peer_state)
        """
        if not isinstance(routing_id, (bytes, bytearray, memoryview)):
            raise TypeError(f"a routing id is bytes, not {type(routing_id).__name__}")
        self._core.check_open()
        return self._core.overview.peer_state(bytes(routing_id))

    # -- life

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called, here or by the context."""
        return self._core.closed

    def fileno(self) -> int:
        """The descriptor of this socket, the option FD: for loops that can watch one and nothing else.

        It is readable as long as a message waits; once, when the socket can be sent on again after somebody was told
        that it cannot; and when the context has ended. Receive until there is nothing more, or ask EVENTS. Made when
        it is first asked for, which costs some speed, and closed with the socket. Raises EINVAL for CLIENT, SERVER
        and the other types without multipart messages, ETERM, ENOTSOCK. (ZMQ_FD)
        """
        return int(self.getsockopt(SocketOptions.fd.number))

    @property
    def socket_type(self) -> SocketType:
        return self._core.socket_type

    def _part(self, data: Any, copy: bool, group: str | bytes | None, routing_id: int | None) -> Part:
        """What the caller wants sent, for a core of this type."""
        if self._core.labelled:
            return as_labelled(data, copy, group, routing_id)  # type: ignore[no-any-return]  # who takes it knows
        return as_part(data, copy)

    def _as_parts(self, msg_parts: Any, copy: bool) -> list[Part]:
        """The frames that the caller wants sent, for a core of this type."""
        return as_parts(msg_parts, copy, self._core.labelled)

    def _wake(self, pipe: PipeEnds) -> None:
        """Tell the other end of a pipe of the message in its outbox."""
        guard = self._core.guard
        try:
            acquire = guard.acquire
            acquire()
            wake = pipe.wake
            wake()
        finally:
            # The end of ``with guard``, written out.
            try:
                unlock = guard.unlock
                unlock()
            except RuntimeError:
                pass
            finally:
                if guard.deferred:
                    try:
                        guard.deferred.settle()
                    except BaseException:
                        guard.deferred.settle()  # struck: others wait for these calls
                        raise

    def _more(self, flags: int, count: int) -> int:
        """The flags of a send that makes a message ``count`` frames long: SNDMORE means nothing where two are all
        (STREAM)."""
        return flags & ~SNDMORE if self._core.settings.raw and count % 2 == 0 else flags

    def _send_time(self, flags: int, timeout: float | None) -> float:
        """Milliseconds that a send may wait."""
        if flags & DONTWAIT:
            return 0
        return self._core.settings.sndtimeo if timeout is None else time_to_wait(timeout)

    def _recv_time(self, flags: int, timeout: float | None) -> float:
        """Milliseconds that a receive may wait."""
        if flags & DONTWAIT:
            return 0
        return self._core.settings.rcvtimeo if timeout is None else time_to_wait(timeout)

    def _ready(self, flags: int) -> Callable[[], int | None]:
        """Asks whether any of these bits is there."""
        core = self._core
        if self._unread():
            return lambda: (core.ready(flags) | (POLLIN & flags)) or None
        return lambda: core.ready(flags) or None

    def _unread(self) -> bool:
        """Whether the caller is in the middle of a message that it receives frame by frame."""
        return False

    def _check_turn(self) -> None:
        """The caller sends in the middle of a message that it receives: EFSM, unless REQ_RELAXED drops it."""
        if not self._core.settings.req_relaxed:
            raise zmq_error(EFSM, f"a {self.socket_type.name} socket has to receive the rest of the message first")

    def _is_the_end(self, error: ZMQError) -> bool:
        """Whether an error only says that there will be no more messages: the socket, or its context, was closed."""
        return error.errno in (ENOTSOCK, ETERM) and not self._core.inherited

    def _sender_properties(self) -> dict[str, str]:
        with self._core.guard.deferred, self._core.guard:
            pipe = self._core.sender()
        return pipe.properties if pipe is not None else {}

    def _used_reactor(self) -> Reactor | None:
        """What does the I/O of this socket, if it has any."""
        return self._context_core.reactor()

    def close(self, linger: float | None = None) -> None:
        """Close the socket. Returns at once, with listening addresses free again.

        Messages not yet sent are written in the background for ``linger`` ms: -1 as long as it
        takes, 0 not at all, None what LINGER says. Threads blocked in the socket wake with ENOTSOCK.
        May be called twice, and from any thread. (zmq_close)
        """
        self._core.close(linger if linger is None else time_to_wait(linger, "linger"))

    def __del__(self) -> None:
        # An initialiser that raised leaves no core behind.
        core = getattr(self, "_core", None)
        if core is not None and not core.closed:
            self._context_core.abandon(core)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__module__}.{type(self).__qualname__} {self.socket_type.name}, {state}, {id(self):#x}>"


def as_parts(msg_parts: Any, copy: bool, labelled: bool = False) -> list[Part]:
    """The frames of a multipart message; TypeError names the part that is none. ``labelled``: for a type that
    routes by what a Frame has beside its content."""
    take = as_labelled if labelled else as_part
    parts = []
    for index, part in enumerate(msg_parts):
        try:
            parts.append(take(part, copy))
        except (TypeError, BufferError) as error:
            raise TypeError(f"part {index} cannot be sent: {error}") from error
    if not parts:
        raise ValueError("a message has at least one part")
    return parts


def as_messages(messages: Iterable[Any], copy: bool, labelled: bool = False) -> list[Message]:
    """What ``send_many`` was given; TypeError names the message that is none. ``labelled`` as for ``as_parts``."""
    messages = list(messages)
    if not labelled and all_plain(messages):
        return messages
    take = as_labelled if labelled else as_part
    checked: list[Message] = []
    for index, message in enumerate(messages):
        try:
            if isinstance(message, (list, tuple)):
                parts = as_parts(message, copy, labelled)
                checked.append(parts if len(parts) > 1 else parts[0])
            else:
                checked.append(take(message, copy))
        except (TypeError, BufferError, ValueError) as error:
            raise TypeError(f"message {index} cannot be sent: {error}") from error
    return checked


def as_lists(messages: list[Message]) -> list[list[bytes]]:
    """Received messages, each a list of its frames."""
    if all_plain(messages):
        return [[message] for message in messages]  # type: ignore[list-item]  # as just seen
    return [list(map(bytes, message)) if isinstance(message, list) else [bytes(message)] for message in messages]


def as_bare(messages: list[Message]) -> list[Any]:
    """Received messages, as ``send_many`` takes them: those of one frame are that frame."""
    if all_plain(messages):
        return messages
    return [list(map(bytes, message)) if isinstance(message, list) else bytes(message) for message in messages]


def frames_of(parts: list[Part], properties: dict[str, str]) -> list[Frame]:
    """Received parts as Frames that know their sender and their place."""
    last = len(parts) - 1
    return [Frame(part, more=index < last, properties=properties) for index, part in enumerate(parts)]


def tracker_of(frames: Iterable[Frame]) -> MessageTracker:
    """One tracker for the buffers of several frames."""
    return MessageTracker(*[frame.part for frame in frames if isinstance(frame.part, memoryview)])
