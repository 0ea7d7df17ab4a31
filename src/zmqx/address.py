"""Endpoint strings: ``transport://address``, taken apart and checked, without asking the network.

A wrong string is the caller's mistake and raises at once, with the string in the text. What only
the system can know (does the host exist, is the port free) is for ``transports``.
"""

from __future__ import annotations

import re

from .errors import EINVAL, ENAMETOOLONG, zmq_error

# sockaddr_un.sun_path on Linux; a path needs one byte for its terminating zero.
_SUN_PATH = 108

_CONNECT_HOST = re.compile(r"[A-Za-z0-9\[:][A-Za-z0-9.\-:%\[\]_*]*\Z")


class TcpAddress:
    """``host`` None is every interface, ``port`` 0 one of the system's choice."""

    __slots__ = ("host", "port", "source")

    def __init__(self, host: str | None, port: int, source: TcpAddress | None = None) -> None:
        self.host = host
        self.port = port
        self.source = source


class IpcAddress:
    """``path`` as the system takes it (a leading NUL: abstract), or None for a path of our choice."""

    __slots__ = ("path",)

    def __init__(self, path: str | bytes | None) -> None:
        self.path = path


def split(endpoint: str | bytes) -> tuple[str, str]:
    """The transport and the address of an endpoint; TypeError or EINVAL if it is none."""
    if isinstance(endpoint, bytes):
        try:
            endpoint = endpoint.decode()
        except UnicodeDecodeError as error:
            raise zmq_error(EINVAL, f"{endpoint!r} is not text in UTF-8") from error
    if not isinstance(endpoint, str):
        raise TypeError(f"an endpoint is a str, not {type(endpoint).__name__}")
    transport, mark, address = endpoint.partition("://")
    if not mark:
        raise zmq_error(EINVAL, f"{endpoint!r} is not of the form transport://address")
    if not transport or not address:
        raise zmq_error(EINVAL, f"{endpoint!r} lacks its {'address' if transport else 'transport'}")
    return transport, address


def invalid(endpoint: str, why: str) -> Exception:
    """EINVAL, naming the endpoint at fault."""
    return zmq_error(EINVAL, f"'{endpoint}': {why}")


def host_and_port(address: str, endpoint: str) -> tuple[str, str]:
    """The host, out of its brackets, and the port; EINVAL for ``endpoint`` if there is none."""
    host, colon, port = address.rpartition(":")
    if not colon:
        raise invalid(endpoint, "a port is missing")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host, port


def port_number(port: str, endpoint: str) -> int:
    """The number of a port; EINVAL for ``endpoint`` if it is none."""
    # isdecimal() alone would let the digits of other scripts through.
    if not (port.isascii() and port.isdecimal()) or len(port) > 5 or int(port) > 65535:
        raise invalid(endpoint, f"{port!r} is not a port (0 to 65535)")
    return int(port)


def parse_tcp_bind(address: str) -> TcpAddress:
    """``host:port``, where ``*`` is any interface or any free port (zmq_tcp, bind)."""
    endpoint = f"tcp://{address}"
    source, semicolon, rest = address.rpartition(";")
    if semicolon:
        # A source means nothing to a listener; libzmq checks its form and goes on.
        port_number(host_and_port(source, endpoint)[1].replace("*", "0"), endpoint)
    host, port = host_and_port(rest, endpoint)
    number = 0 if port == "*" else port_number(port, endpoint)
    if number == 0 and port not in ("0", "*"):
        raise invalid(endpoint, f"{port!r} is not a port; 0 and * are any")
    return TcpAddress(None if host == "*" else host, number)


def parse_tcp_connect(address: str) -> TcpAddress:
    """``[source;]host:port`` (zmq_tcp, connect). The host may be a name; nothing is looked up."""
    endpoint = f"tcp://{address}"
    source, semicolon, rest = address.rpartition(";")
    host, colon, port = rest.rpartition(":")
    if not colon:
        raise invalid(endpoint, "a port is missing")
    if not _CONNECT_HOST.match(host):
        raise invalid(endpoint, f"{host!r} is not a host one can connect to")
    number = port_number(port, endpoint)
    if number == 0:
        raise invalid(endpoint, "port 0 cannot be connected to")
    local = None
    if semicolon:
        source_host, source_port = host_and_port(source, endpoint)
        number_there = 0 if source_port == "*" else port_number(source_port, endpoint)
        local = TcpAddress(None if source_host == "*" else source_host, number_there)
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not bare:
        raise invalid(endpoint, "a host is missing")
    return TcpAddress(bare, number, local)


def parse_ipc(address: str, *, bind: bool) -> IpcAddress:
    """A path, ``@name`` (Linux abstract names) or, to bind, ``*`` (zmq_ipc)."""
    if bind and address.startswith("*"):
        return IpcAddress(None)
    if address == "@":
        raise zmq_error(EINVAL, "'ipc://@': an abstract name is missing")
    if "\0" in address:
        raise zmq_error(EINVAL, f"'ipc://{address}': a path cannot hold a NUL")
    # Names of files need not be text; Python spells the bytes that are none as surrogates.
    encoded = address.encode(errors="surrogateescape")
    if len(encoded) >= _SUN_PATH:
        raise zmq_error(ENAMETOOLONG, f"'ipc://{address}' has {len(encoded)} bytes, at most {_SUN_PATH - 1} fit")
    if address.startswith("@"):
        return IpcAddress(b"\0" + encoded[1:])
    return IpcAddress(address)


def format_tcp(host: str, port: int) -> str:
    """The endpoint of a resolved address, IPv6 in brackets."""
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"
