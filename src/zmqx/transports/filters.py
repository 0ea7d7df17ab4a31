"""Who may connect: TCP_ACCEPT_FILTER by address, IPC_FILTER_PID, UID and GID by what the kernel says of the peer."""

from __future__ import annotations

import errno
import socket
import struct

from ..constants import SocketOption as O
from ..errors import ENOTSUP, zmq_error
from .sockets import credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Network, IPv6Network

    from ..options import Settings

_SO_PEERGROUPS = 59  # asm-generic/socket.h; the socket module does not have it
_MOST_GROUPS = 256  # that the socket module reads


class Wanted:
    """Processes, users and groups that may connect: whoever is one of these, or in one."""

    __slots__ = ("groups", "processes", "users")

    def __init__(self, settings: Settings) -> None:
        values = settings.values
        self.processes: tuple[int, ...] = values.get(O.IPC_FILTER_PID, ())
        self.users: tuple[int, ...] = values.get(O.IPC_FILTER_UID, ())
        self.groups: tuple[int, ...] = values.get(O.IPC_FILTER_GID, ())

    def __bool__(self) -> bool:
        return bool(self.processes or self.users or self.groups)


def check_network(host: str, networks: Iterable[IPv4Network | IPv6Network]) -> None:
    """PermissionError if an address is in none of these. An IPv4 address is one, also as IPv6 writes it; and networks
    may be written so."""
    from ipaddress import IPv6Address, ip_address

    address = ip_address(host.partition("%")[0])
    forms = [address]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            forms.append(address.ipv4_mapped)
    else:
        forms.append(IPv6Address(f"::ffff:{address}"))
    if not any(form in network for form in forms for network in networks):
        raise PermissionError(errno.EACCES, f"{host} is in no network of TCP_ACCEPT_FILTER")


def wanted_ids(settings: Settings) -> Wanted | None:
    """Who may connect; None if anybody may. ENOTSUP if the system does not tell who connects."""
    wanted = Wanted(settings)
    if not wanted:
        return None
    if not hasattr(socket, "SO_PEERCRED"):
        raise zmq_error(ENOTSUP, "IPC_FILTER: this system does not tell who connects")
    return wanted


def check_ids(sock: socket.socket, wanted: Wanted) -> None:
    """PermissionError if the other end of a UNIX socket is not one of these."""
    process, user, group = credentials(sock)
    if process in wanted.processes or user in wanted.users or group in wanted.groups:
        return
    if wanted.groups and not _groups(sock, process).isdisjoint(wanted.groups):
        return
    raise PermissionError(errno.EACCES, f"process {process} of user {user}, group {group}, passes no IPC_FILTER")


def _groups(sock: socket.socket, process: int) -> set[int]:
    """The further groups of the other end: as they were when it connected or, if there are very many or the kernel is
    older than that question, as they are."""
    try:
        data = sock.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, 4 * _MOST_GROUPS)
    except OSError:
        try:
            with open(f"/proc/{process}/status") as status:
                lines = [line.split()[1:] for line in status if line.startswith("Groups:")]
        except OSError:
            return set()
        return {int(group) for line in lines for group in line}
    return set(struct.unpack(f"{len(data) // 4}I", data))
