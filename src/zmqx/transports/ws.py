"""ws:// (zmq_ws, RFC 45): ZMTP in WebSocket messages, over TCP. Proxies, load balancers and browsers let it through.

The path is said to the server, which does not look at it.
"""

from __future__ import annotations

import os
from collections import deque

from ..address import format_tcp, invalid, parse_tcp_bind, parse_tcp_connect
from ..constants import SecurityMechanism
from ..errors import ZMQError, zmq_error
from ..wire.websocket import WebSocket, protocols_of
from .base import Acceptor, Dial, Stream, Transport
from .tcp import Tcp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..address import TcpAddress
    from ..message import Part
    from ..options import Settings
    from .base import Candidate

# Bytes that are put into frames and offered to the system at a time.
_AT_ONCE = 1 << 16


class WsAddress:
    """Where, and what to ask for there."""

    __slots__ = ("path", "tcp")

    def __init__(self, tcp: TcpAddress, path: str) -> None:
        self.tcp = tcp
        self.path = path


class WsStream(Stream):
    """A WebSocket. What is read and written is ZMTP; what travels is not."""

    holds = True

    def __init__(self, stream: Stream, socket: WebSocket, local: str, remote: str) -> None:
        self._stream = stream
        self._socket = socket
        self._out: list[Part] = []  # frames that the system has not taken yet
        self._sizes: deque[tuple[int, int]] = deque()  # of each: its bytes, and those of ZMTP it stands for
        self._behind: list[Part] = []  # of the WebSocket itself, which leaves between frames
        self.local = local
        self.remote = remote
        self.ping = self._send_ping
        self.shaken = socket.shaken

    def fileno(self) -> int:
        return self._stream.fileno()

    def peer_address(self) -> str:
        return self._stream.peer_address()

    def recv(self, most: int) -> bytes:
        """Up to so many bytes, and a few more: the headers of ZMTP are longer."""
        socket = self._socket
        if socket.over:
            return socket.receive(b"")
        data = self._stream.recv(most)
        if not data:
            return b""
        try:
            got = socket.receive(data)
        finally:
            self._try_say()
        if got:
            if socket.over:
                self.end_reading()  # that has to be found out, too, and the peer may wait for us
            return got
        self.held(len(data))
        if socket.closed:
            return b""
        if socket.heard:
            socket.heard = False
            self.heard()
        raise BlockingIOError

    def send(self, data: Part) -> int:
        return len(data) - sum(map(len, self.write([data])))

    def write(self, buffers: list[Part]) -> list[Part]:
        data = b"".join(buffers)
        pos = 0
        while True:
            done = self._flush()
            pos += done
            if pos >= len(data):
                return []
            if self._out or self._behind:
                return [memoryview(data)[pos:]]
            self._out, self._sizes = self._socket.encode(data[pos:] if pos else data, _AT_ONCE)

    def _flush(self) -> int:
        """Offer the system what is in frames already; of how many bytes of ZMTP it has taken all frames."""
        if not self._out:
            self._say()
            taken = sum(size for _, size in self._sizes)  # our greeting: nothing of it travels
            self._sizes.clear()
            return taken
        before = sum(map(len, self._out))
        self._out = self._stream.write(self._out)
        sent = before - sum(map(len, self._out))
        taken = 0
        while self._sizes and self._sizes[0][0] <= sent:
            size, stands_for = self._sizes.popleft()
            sent -= size
            taken += stands_for
        if self._sizes:
            size, stands_for = self._sizes[0]
            self._sizes[0] = (size - sent, stands_for)
        return taken

    def _say(self) -> None:
        """Send what the WebSocket itself has to say, unless a frame is under way."""
        if self._out:
            return
        # One lot at a time: what still waits there is bounded.
        if self._socket.control and not self._behind:
            self._behind = [self._socket.take_control()]
        if self._behind:
            self._behind = self._stream.write(self._behind)

    def _try_say(self) -> None:
        try:
            self._say()
        except OSError:
            pass  # broken: whoever reads finds out, after what has come; whoever writes, at once

    def _send_ping(self) -> None:
        self._socket.ping()
        self._try_say()

    def end_writing(self) -> None:
        self._stream.end_writing()

    def end_reading(self) -> None:
        self._stream.end_reading()

    def close(self) -> None:
        self._stream.close()


class WsDial(Dial):
    """A TCP connect, of which a WebSocket will come."""

    def __init__(self, dial: Dial, address: WsAddress, settings: Settings) -> None:
        self._dial = dial
        self._address = address
        self._settings = settings
        self.done = dial.done
        self.wants_read = dial.wants_read

    def fileno(self) -> int:
        return self._dial.fileno()

    def finish(self) -> Stream:
        try:
            stream = self._dial.finish()
        finally:
            self.wants_read = self._dial.wants_read
        # As a URI has it: what stands between may choose a server by it (RFC 9110, section 7.2).
        where = self._address.tcp
        host = format_tcp(str(where.host), where.port).removeprefix("tcp://").removesuffix(":80")
        socket = _socket(self._settings, host, self._address.path)
        return WsStream(stream, socket, _named(stream.local), _named(stream.remote, self._address.path))

    def close(self) -> None:
        self._dial.close()


class WsAcceptor(Acceptor):
    """A listening TCP socket, whose peers speak WebSocket."""

    def __init__(self, acceptor: Acceptor, path: str, settings: Settings) -> None:
        self._acceptor = acceptor
        self._settings = settings
        self.endpoint = _named(acceptor.endpoint, path)

    def fileno(self) -> int:
        return self._acceptor.fileno()

    def accept(self) -> Stream | None:
        stream = self._acceptor.accept()
        if stream is None:
            return None
        socket = _socket(self._settings)
        return WsStream(stream, socket, self.endpoint, _named(stream.remote))

    def close(self) -> None:
        self._acceptor.close()

    def disown(self) -> None:
        self._acceptor.disown()


class Ws(Transport):
    """WebSockets."""

    scheme = "ws"

    def __init__(self) -> None:
        self._tcp = Tcp()

    def check_bind(self, address: str) -> WsAddress:
        where, path = _split(address)
        return WsAddress(_parsed(parse_tcp_bind, where, address), path)

    def check_connect(self, address: str) -> WsAddress:
        where, path = _split(address)
        return WsAddress(_parsed(parse_tcp_connect, where, address), path)

    def listen(self, address: WsAddress, settings: Settings) -> Acceptor:
        try:
            acceptor = self._tcp.listen(address.tcp, settings)
        except ZMQError as error:
            shown = _named(format_tcp(address.tcp.host or "*", address.tcp.port), address.path)
            raise zmq_error(error.errno or 0, f"cannot bind to {shown}: {error}") from error.__cause__
        return WsAcceptor(acceptor, address.path, settings)

    def other_name(self, address: str, settings: Settings) -> str | None:
        where, path = _split(address)
        name = self._tcp.other_name(where, settings)
        return None if name is None else _named(name, path)

    def candidates(self, address: WsAddress, settings: Settings) -> list[Candidate] | None:
        return self._tcp.candidates(address.tcp, settings)

    def look_up(self, address: WsAddress, settings: Settings) -> list[Candidate]:
        return self._tcp.look_up(address.tcp, settings)

    def dial(self, address: WsAddress, candidate: Candidate, settings: Settings) -> Dial:
        return WsDial(self._tcp.dial(address.tcp, candidate, settings), address, settings)


def _protocols(settings: Settings) -> list[bytes]:
    mechanism = SecurityMechanism(settings.mechanism)
    bare = mechanism == SecurityMechanism.NULL and not settings.zap_domain
    return protocols_of(mechanism.name.encode(), bare)


def _socket(settings: Settings, host: str = "", path: str = "") -> WebSocket:
    protocols, limit, most = _protocols(settings), settings.handshake_bytes, settings.maxmsgsize
    return WebSocket(protocols, os.urandom, host, path, head_limit=limit, message_limit=most)


def _split(address: str) -> tuple[str, str]:
    where, slash, path = address.partition("/")
    if any(character <= " " or not character.isascii() for character in path):
        raise invalid(f"ws://{address}", "the path has characters that a path cannot have")
    return where, slash + path or "/"


def _parsed(parse: Callable[[str], TcpAddress], where: str, address: str) -> TcpAddress:
    try:
        return parse(where)
    except ZMQError as error:
        raise zmq_error(error.errno or 0, f"'ws://{address}': {error}") from error


def _named(endpoint: str, path: str = "/") -> str:
    """The name of a TCP endpoint, as one of ours."""
    return f"ws://{endpoint.removeprefix('tcp://')}{path}"
