"""Host and interface names to addresses. ``numeric`` never blocks; the others may."""

from __future__ import annotations

import errno
import socket
import struct

from ..errors import EINVAL, ENODEV, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..address import TcpAddress
    from .base import Candidate

_FAMILY = {False: socket.AF_INET, True: socket.AF_UNSPEC}


def numeric(host: str, port: int, ipv6: bool) -> list[Candidate] | None:
    """The address that ``host`` spells out; None if it is a name."""
    try:
        # The usual form first: for a str that may be a name, Python loads all it knows of names in other alphabets.
        return [(socket.AF_INET, (socket.inet_ntoa(socket.inet_pton(socket.AF_INET, host)), port))]
    except (OSError, ValueError):
        pass
    try:
        return _ask(host, port, _FAMILY[ipv6], socket.AI_NUMERICHOST)
    except OSError:
        return None


def names(host: str, port: int, ipv6: bool) -> list[Candidate]:
    """Every address of a host, in the system's order of preference, but IPv6 and IPv4 in turn, so that a family
    that leads nowhere does not keep us from the other (RFC 8305, section 4). Blocks; OSError if there is none."""
    found = _ask(host, port, _FAMILY[ipv6], 0)
    first = [candidate for candidate in found if candidate[0] == found[0][0]]
    second = [candidate for candidate in found if candidate[0] != found[0][0]]
    turns = min(len(first), len(second))
    in_turn = [candidate for pair in zip(first, second) for candidate in pair]
    return in_turn + first[turns:] + second[turns:]


def _ask(host: str, port: int, family: int, flags: int) -> list[Candidate]:
    bare, percent, zone = host.partition("%")
    try:
        if percent and family == socket.AF_UNSPEC:
            # The system takes a zone with link-local addresses only.
            (candidate,) = _ask(bare, port, socket.AF_INET6, socket.AI_NUMERICHOST)
            return [(candidate[0], (*candidate[1][:3], _zone_index(zone)))]  # type: ignore[index]  # of IPv6, four things
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, socket.IPPROTO_TCP, flags)
    except ValueError as error:  # it could not even be asked for
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} cannot be the name of a host") from error
    return [(answer[0], answer[4]) for answer in found]


def _zone_index(zone: str) -> int:
    index = int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
    if index >= 1 << 32:
        raise socket.gaierror(socket.EAI_NONAME, f"there is no interface {zone}")
    return index


def local_address(address: TcpAddress, ipv6: bool, *, by_name: bool = True) -> Candidate:
    """Where to bind: any interface, an interface's name, an address or, ``by_name``, a host's name.

    With ``ipv6`` the family is always IPv6, an IPv4 address mapped into it, as libzmq has it. Raises
    ENODEV if there is no such thing, EINVAL for an IPv6 zone that is none; OSError if the system has no descriptor
    left to look for it. May block, if it is a host's name.
    """
    host, port = address.host, address.port
    if host is None:
        return (socket.AF_INET6, ("::", port)) if ipv6 and socket.has_ipv6 else (socket.AF_INET, ("0.0.0.0", port))
    if not host:
        raise zmq_error(ENODEV, "'' is no interface, address or host")
    _, percent, zone = host.partition("%")
    if percent and (not zone or not _is_interface(zone)):
        raise zmq_error(EINVAL, f"{zone!r} in {host!r} is not an interface")
    on_interface = _interface_address(host, ipv6)
    try:
        found = numeric(on_interface or host, port, ipv6) or (names(host, port, ipv6) if by_name else [])
    except OSError as error:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()  # without a descriptor left, nothing can be found
        raise zmq_error(ENODEV, f"{host!r} is no interface, address or host") from error
    if not found:
        raise zmq_error(ENODEV, f"{host!r} is no interface or address")
    family, sockaddr = found[0]
    if ipv6 and family == socket.AF_INET:
        return socket.AF_INET6, (f"::ffff:{sockaddr[0]}", port)  # type: ignore[index]
    return family, sockaddr


def socket_to_bind(address: TcpAddress, ipv6: bool, kind: int) -> tuple[socket.socket, object]:
    """A socket of the family that ``local_address`` says, and where to bind it. On a system that knows no IPv6, IPv4
    will do (libzmq). Raises as ``local_address``, and OSError."""
    family, sockaddr = local_address(address, ipv6)
    try:
        return socket.socket(family, kind), sockaddr
    except OSError as error:
        if family != socket.AF_INET6 or error.errno != errno.EAFNOSUPPORT:
            raise
    family, sockaddr = local_address(address, False)
    return socket.socket(family, kind), sockaddr


def literal_address(host: str, ipv6: bool) -> object:
    """The address of an interface given by name or address; ENODEV if there is none. Never blocks."""
    found = numeric(_interface_address(host, ipv6) or host, 0, ipv6)
    if not found:
        raise zmq_error(ENODEV, f"{host!r} is no interface or address")
    return found[0][1][0]  # type: ignore[index]


def _is_interface(zone: str) -> bool:
    if zone.isdecimal():
        return True
    try:
        socket.if_nametoindex(zone)
    except (OSError, ValueError):
        return False
    return True


def _interface_address(name: str, ipv6: bool) -> str | None:
    """The first address of a network interface; None if there is none of that name."""
    try:
        socket.if_nametoindex(name)
    except (OSError, ValueError, AttributeError):
        return None
    if ipv6:
        try:
            with open("/proc/net/if_inet6") as table:
                for line in table:
                    fields = line.split()
                    if fields[5] == name:
                        text = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(fields[0]))
                        return f"{text}%{name}" if text.startswith("fe80") else text
        except OSError:
            pass
    return _interface_ipv4(name)


def _interface_ipv4(name: str) -> str | None:
    try:
        from fcntl import ioctl
    except ImportError:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # struct ifreq: 16 bytes of name, then a sockaddr_in; SIOCGIFADDR on Linux.
            answer = ioctl(probe.fileno(), 0x8915, struct.pack("16s24x", name.encode()))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])
