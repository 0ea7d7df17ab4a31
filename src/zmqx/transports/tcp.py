"""tcp:// (zmq_tcp): IPv4 and IPv6, host names, interfaces, source addresses."""

from __future__ import annotations

import socket

from ..address import format_tcp, parse_tcp_bind, parse_tcp_connect
from ..constants import SocketOption as O
from ..errors import ZMQError, zmq_error
from . import resolve
from .base import Transport
from .kernel import prepare, prepare_new
from .sockets import SocketAcceptor, SocketDial, SocketStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..address import TcpAddress
    from ..options import Settings
    from .base import Acceptor, Candidate, Dial


class Tcp(Transport):
    """TCP; always without Nagle's delay."""

    scheme = "tcp"

    def check_bind(self, address: str) -> TcpAddress:
        return parse_tcp_bind(address)

    def check_connect(self, address: str) -> TcpAddress:
        return parse_tcp_connect(address)

    def listen(self, address: TcpAddress, settings: Settings) -> Acceptor:
        shown = format_tcp(address.host or "*", address.port)
        sock = None
        try:
            sock, sockaddr = resolve.socket_to_bind(address, bool(settings.ipv6), socket.SOCK_STREAM)
            prepare_new(sock, settings)
            if sock.family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            if _REUSE_IS_SAFE:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(sockaddr)  # type: ignore[arg-type]  # the family's own form
            sock.listen(settings.backlog)
        except OSError as error:
            if sock is not None:
                sock.close()
            raise zmq_error(error.errno or 0, f"cannot bind to {shown}") from error
        except ZMQError as error:  # there is no such address
            raise zmq_error(error.errno or 0, f"cannot bind to {shown}: {error}") from error
        return SocketAcceptor(sock, *_welcoming(sock, settings))

    def other_name(self, address: str, settings: Settings) -> str | None:
        try:
            return _endpoint(resolve.local_address(parse_tcp_bind(address), bool(settings.ipv6))[1])
        except (OSError, ZMQError):
            return None

    def adopt(self, fd: int, settings: Settings) -> Acceptor:
        from . import adopting

        sock = adopting.adopt(fd, self.scheme, settings)
        return adopting.AdoptedAcceptor(sock, *_welcoming(sock, settings))

    def candidates(self, address: TcpAddress, settings: Settings) -> list[Candidate] | None:
        return resolve.numeric(*_towards(address, settings), bool(settings.ipv6))

    def look_up(self, address: TcpAddress, settings: Settings) -> list[Candidate]:
        return resolve.names(*_towards(address, settings), bool(settings.ipv6))

    def dial(self, address: TcpAddress, candidate: Candidate, settings: Settings) -> Dial:
        family = candidate[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            prepare_new(sock, settings)
            _prepare_traffic(sock, settings)
            if address.source is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                # A host's name would have to be looked up, which blocks (libzmq does not take one here, either).
                source = resolve.local_address(address.source, family == socket.AF_INET6, by_name=False)
                sock.bind(source[1])  # type: ignore[arg-type]  # the family's own form
        except ZMQError as error:
            sock.close()
            raise OSError(error.errno, str(error)) from error
        except OSError:
            sock.close()
            raise
        if not settings.socks_proxy:
            return SocketDial(sock, candidate, _names)
        from .socks import SocksDial

        peer = format_tcp(str(address.host), address.port)
        dial = SocketDial(sock, candidate, lambda connected: (_endpoint(connected.getsockname()), peer))
        return SocksDial(dial, address, settings)


# On Windows SO_REUSEADDR lets a second socket take over a port that is in use.
_REUSE_IS_SAFE = hasattr(socket, "AF_UNIX")


def _welcoming(sock: socket.socket, settings: Settings) -> tuple[str, Callable[[socket.socket, Any], SocketStream]]:
    """The endpoint of a listening socket, and what makes a stream of a peer."""
    endpoint = _endpoint(sock.getsockname())
    networks = settings.values.get(O.TCP_ACCEPT_FILTER, ())
    if networks:
        from .filters import check_network

    def welcome(accepted: socket.socket, peer: Any) -> SocketStream:
        if networks:
            check_network(peer[0], networks)
        prepare(accepted, settings)
        _prepare_traffic(accepted, settings)
        return SocketStream(accepted, endpoint, _endpoint(peer))

    return endpoint, welcome


def _towards(address: TcpAddress, settings: Settings) -> tuple[str, int]:
    """The host and port that we connect to ourselves."""
    if not settings.socks_proxy:
        return str(address.host), address.port
    from .socks import proxy_of

    return proxy_of(settings)


def _endpoint(sockaddr: Any) -> str:
    return format_tcp(sockaddr[0], sockaddr[1])


def _names(sock: socket.socket) -> tuple[str, str]:
    return _endpoint(sock.getsockname()), _endpoint(sock.getpeername())


def _prepare_traffic(sock: socket.socket, settings: Settings) -> None:
    """The options of a connection."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if settings.tcp_keepalive >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, settings.tcp_keepalive)
        for name, value in (
            ("TCP_KEEPCNT", settings.tcp_keepalive_cnt),
            ("TCP_KEEPIDLE", settings.tcp_keepalive_idle),
            ("TCP_KEEPINTVL", settings.tcp_keepalive_intvl),
        ):
            if value > 0 and hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    if settings.tcp_maxrt and hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, settings.tcp_maxrt)
