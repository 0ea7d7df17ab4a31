"""udp endpoints, taken apart and checked (zmq_udp): ``[interface;]host:port``."""

from __future__ import annotations

from .address import host_and_port, invalid, port_number


class UdpAddress:
    """``host`` None is every interface, ``port`` 0 one of the system's choice. ``interface`` is for a group of
    several receivers (``multicast``): a name, an address, or None for the system's choice."""

    __slots__ = ("host", "interface", "multicast", "port")

    def __init__(self, host: str | None, port: int, interface: str | None, multicast: bool) -> None:
        self.host = host
        self.port = port
        self.interface = interface
        self.multicast = multicast


def parse_udp(address: str, *, bind: bool) -> UdpAddress:
    """The address, or EINVAL. ``*`` for the host or the port is for those who bind; nothing is looked up."""
    endpoint = f"udp://{address}"
    interface, semicolon, rest = address.rpartition(";")
    host, port = host_and_port(rest, endpoint)
    number = 0 if port == "*" and bind else port_number(port, endpoint)
    if not host:
        raise invalid(endpoint, "a host is missing")
    multicast = _is_multicast(host)
    if semicolon:
        if not multicast:
            raise invalid(endpoint, f"{host!r} is not a multicast group: an interface means nothing to it")
        if not interface or _is_multicast(interface):
            raise invalid(endpoint, f"{interface!r} is not an interface")
    if not bind and (host == "*" or number == 0):
        raise invalid(endpoint, "nothing can be sent to any host, or port 0")
    named = interface if interface not in ("", "*") else None
    return UdpAddress(None if host == "*" else host, number, named, multicast)


def _is_multicast(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host.partition("%")[0]).is_multicast
    except ValueError:
        return False  # a name
