"""udp:// (zmq_udp): datagrams to one receiver or to a multicast group, over IPv4 and IPv6."""

from __future__ import annotations

import os
import socket
import struct
from errno import EAFNOSUPPORT

from ..address import TcpAddress
from ..address_udp import UdpAddress, parse_udp
from ..errors import ENODEV, ZMQError, zmq_error
from . import resolve
from .base import Datagrams, DatagramTransport
from .kernel import prepare_new

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..options import Settings
    from .base import Candidate

# Bytes of the longest datagram there can be.
_LONGEST = 65535

_MAPPED = "::ffff:"


class UdpSocket(Datagrams):
    """A socket that is bound, or knows where to send."""

    __slots__ = ("_socket", "_target", "endpoint")

    def __init__(self, sock: socket.socket, endpoint: str, target: object = None) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._target = target
        self.endpoint = endpoint

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> tuple[bytes, str]:
        data, sender = self._socket.recvfrom(_LONGEST)
        return data, _join(sender[0].removeprefix(_MAPPED), sender[1])

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self._target)  # type: ignore[call-overload]  # the family's own form

    def send_to(self, data: bytes, address: str) -> None:
        self._socket.sendto(data, self._parse(address))

    def _parse(self, address: str) -> tuple[str, int]:
        host, colon, port = address.rpartition(":")
        if not colon or not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError(f"{address!r} is not ip:port")
        host = host.removeprefix("[").removesuffix("]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            # A zone belongs to IPv6. Behind an IPv4 address it would make a name of it, to be looked up here and now.
            socket.inet_pton(family, host.partition("%")[0] if family == socket.AF_INET6 else host)
        except OSError as error:
            raise ValueError(f"{address!r} is not ip:port") from error
        if family != self._socket.family:
            if family == socket.AF_INET6:
                raise OSError(EAFNOSUPPORT, os.strerror(EAFNOSUPPORT))
            host = _MAPPED + host
        return host, int(port)

    def close(self) -> None:
        self._socket.close()


class Udp(DatagramTransport):
    """UDP, without broadcasts."""

    scheme = "udp"

    def check_bind(self, address: str) -> UdpAddress:
        return parse_udp(address, bind=True)

    def check_connect(self, address: str) -> UdpAddress:
        return parse_udp(address, bind=False)

    def listen(self, address: UdpAddress, settings: Settings) -> Datagrams:
        shown = _endpoint(address, address.port)
        sock = None
        try:
            sock, sockaddr = _to_bind(address, settings)
            prepare_new(sock, settings)
            if sock.family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            if address.multicast:
                # Receivers of one group share its port.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if hasattr(socket, "SO_REUSEPORT"):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind(sockaddr)  # type: ignore[arg-type]  # the family's own form
            if address.multicast:
                _join_group(sock, address)
            name: Any = sock.getsockname()
            endpoint = _endpoint(address if address.multicast else UdpAddress(name[0], 0, None, False), name[1])
            return UdpSocket(sock, endpoint)
        except OSError as error:
            if sock is not None:
                sock.close()
            raise zmq_error(error.errno or 0, f"cannot bind to {shown}") from error
        except ZMQError as error:
            if sock is not None:
                sock.close()
            raise zmq_error(error.errno or 0, f"cannot bind to {shown}: {error}") from error

    def candidates(self, address: UdpAddress, settings: Settings) -> list[Candidate] | None:
        return resolve.numeric(str(address.host), address.port, bool(settings.ipv6))

    def look_up(self, address: UdpAddress, settings: Settings) -> list[Candidate]:
        return resolve.names(str(address.host), address.port, bool(settings.ipv6))

    def aim(self, address: UdpAddress, candidate: Candidate, settings: Settings) -> Datagrams:
        sock = None
        try:
            sock = socket.socket(candidate[0], socket.SOCK_DGRAM)
            prepare_new(sock, settings)
            if address.multicast:
                _prepare_sending(sock, address, settings)
        except (OSError, ZMQError) as error:
            if sock is not None:
                sock.close()
            raise zmq_error(error.errno or 0, f"cannot send to {_endpoint(address, address.port)}: {error}") from error
        return UdpSocket(sock, _endpoint(address, address.port), candidate[1])


def _to_bind(address: UdpAddress, settings: Settings) -> tuple[socket.socket, object]:
    if not address.multicast:
        where = TcpAddress(address.host, address.port)
        return resolve.socket_to_bind(where, bool(settings.ipv6), socket.SOCK_DGRAM)
    if ":" in str(address.host):
        if not settings.ipv6:
            raise zmq_error(ENODEV, f"{address.host!r} needs IPV6")
        return socket.socket(socket.AF_INET6, socket.SOCK_DGRAM), ("::", address.port)
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("0.0.0.0", address.port)


def _join_group(sock: socket.socket, address: UdpAddress) -> None:
    """Receive what is sent to the group, by the interface of the address."""
    host = str(address.host).partition("%")[0]
    if sock.family == socket.AF_INET6:
        request = socket.inet_pton(socket.AF_INET6, host) + struct.pack("@I", _index_of(address))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
    else:
        request = socket.inet_aton(host) + socket.inet_aton(_address_of(address) or "0.0.0.0")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)


def _prepare_sending(sock: socket.socket, address: UdpAddress, settings: Settings) -> None:
    """How far what we send to the group goes, by which interface, and whether this machine gets it too."""
    hops, loop = min(settings.multicast_hops, 255), settings.multicast_loop
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, loop)
        index = _index_of(address)
        if index:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        return
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, loop)
    own = _address_of(address)
    if own:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))


def _index_of(address: UdpAddress) -> int:
    """The number of the interface, for IPv6; 0 for the system's choice. ENODEV unless it is named."""
    zone = str(address.host).partition("%")[2]
    name = address.interface or zone
    if not name:
        return 0
    try:
        return socket.if_nametoindex(name)
    except OSError as error:
        raise zmq_error(ENODEV, f"{name!r} is not the name of an interface") from error


def _address_of(address: UdpAddress) -> str:
    """The IPv4 address of the interface; "" for the system's choice. ENODEV if there is no such thing."""
    if address.interface is None:
        return ""
    return str(resolve.literal_address(address.interface, False))


def _endpoint(address: UdpAddress, port: int) -> str:
    interface = f"{address.interface};" if address.interface is not None else ""
    return f"udp://{interface}{_join(address.host or '*', port)}"


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
