"""Through a SOCKS5 proxy to a TCP peer (RFC 1928; user names: RFC 1929)."""

from __future__ import annotations

import errno
import socket
import struct

from .base import Dial
from .sockets import SocketStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from ..address import TcpAddress
    from ..options import Settings
    from .base import Stream
    from .sockets import SocketDial

_VERSION = 5
_OPEN, _BY_NAME, _NO_METHOD = 0, 2, 255
_IPV4, _DOMAIN, _IPV6 = 1, 3, 4

_REFUSALS = {
    1: (errno.ECONNABORTED, "general failure"),
    2: (errno.EACCES, "its rules do not allow it"),
    3: (errno.ENETUNREACH, "network unreachable"),
    4: (errno.EHOSTUNREACH, "host unreachable"),
    5: (errno.ECONNREFUSED, "the peer refused the connection"),
    6: (errno.ETIMEDOUT, "TTL expired"),
    7: (errno.EPROTONOSUPPORT, "it does not know the command"),
    8: (errno.EAFNOSUPPORT, "it does not know this kind of address"),
}


def proxy_of(settings: Settings) -> tuple[str, int]:
    """Host and port of the proxy that is set."""
    proxy = settings.socks_proxy.decode("ascii")
    host, _, port = proxy.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


class SocksDial(Dial):
    """A connect to a proxy, and then what has to be said to it."""

    def __init__(self, dial: SocketDial, address: TcpAddress, settings: Settings) -> None:
        self._dial = dial
        self._address = address
        self._user = settings.socks_username
        self._password = settings.socks_password
        self._stream: Stream | None = None
        self._talk: Generator[None, None, None] | None = None
        self.done = dial.done

    def fileno(self) -> int:
        return self._dial.fileno()

    def finish(self) -> Stream:
        if self._talk is None:
            self._stream = self._dial.finish()
            self._talk = self._negotiate(self._stream)
        assert isinstance(self._stream, SocketStream)
        try:
            next(self._talk)
        except StopIteration:
            return self._stream
        except OSError:
            self.close()
            raise
        raise BlockingIOError(errno.EINPROGRESS, "the proxy has not answered yet")

    def close(self) -> None:
        self._dial.close()

    def _negotiate(self, stream: Stream) -> Generator[None, None, None]:
        """Yields whenever the stream is not ready."""
        method = _BY_NAME if self._user else _OPEN
        yield from self._say(stream, bytes([_VERSION, 1, method]))
        version, chosen = yield from self._hear(stream, 2)
        if version != _VERSION:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the proxy does not speak SOCKS5")
        if chosen != method:
            why = "asks for a user name" if chosen in (_BY_NAME, _NO_METHOD) else "wants another way to log in"
            raise PermissionError(errno.EACCES, f"the proxy {why}")
        if method == _BY_NAME:
            user, password = self._user, self._password
            yield from self._say(stream, b"\1" + bytes([len(user)]) + user + bytes([len(password)]) + password)
            _, status = yield from self._hear(stream, 2)
            if status:
                raise PermissionError(errno.EACCES, f"the proxy does not let user {user!r} in")
        yield from self._say(stream, bytes([_VERSION, 1, 0]) + _place(self._address))
        _, reply, _, kind = yield from self._hear(stream, 4)
        if reply:
            number, words = _REFUSALS.get(reply, (errno.ECONNABORTED, f"reply {reply}"))
            raise OSError(number, f"the proxy cannot connect: {words}")
        # Where it connected from; of no use, but it has to be read.
        length = {_IPV4: 4, _IPV6: 16}.get(kind) or (yield from self._hear(stream, 1))[0]
        yield from self._hear(stream, length + 2)

    def _say(self, stream: Stream, data: bytes) -> Generator[None, None, None]:
        while data:
            try:
                data = data[stream.send(data) :]
            except BlockingIOError:
                self.wants_read = False
                yield

    def _hear(self, stream: Stream, count: int) -> Generator[None, None, bytes]:
        """Exactly so many bytes: what follows is the peer's."""
        heard = b""
        while len(heard) < count:
            try:
                data = stream.recv(count - len(heard))
            except BlockingIOError:
                self.wants_read = True
                yield
                continue
            if not data:
                raise ConnectionResetError(errno.ECONNRESET, "the proxy hung up")
            heard += data
        return heard


def _place(address: TcpAddress) -> bytes:
    """Where to connect to; a name is for the proxy to look up."""
    host = str(address.host)
    port = struct.pack("!H", address.port)
    for family, kind in ((socket.AF_INET, _IPV4), (socket.AF_INET6, _IPV6)):
        try:
            return bytes([kind]) + socket.inet_pton(family, host) + port
        except OSError:
            continue
    name = host.encode("ascii")
    if len(name) > 255:
        raise OSError(errno.ENAMETOOLONG, f"a proxy takes names of up to 255 bytes, not {len(name)}")
    return bytes([_DOMAIN, len(name)]) + name + port
