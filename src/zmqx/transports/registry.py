"""Which transport speaks which scheme. inproc has no streams and is the engine's own."""

from __future__ import annotations

from importlib import import_module

from ..errors import EPROTONOSUPPORT, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import DatagramTransport, Transport

#: Those that have been used.
TRANSPORTS: dict[str, Transport | DatagramTransport] = {}

#: Each is a class of its module, and both have the name of the scheme; it is loaded when the first endpoint needs it.
SCHEMES = ("tcp", "ipc", "udp", "ws")


def find_transport(scheme: str, address: str) -> Transport | DatagramTransport:
    """What speaks this scheme; EPROTONOSUPPORT, with the endpoint in the text, if nothing does; EMFILE or the like if
    it was not used before, and the system cannot open its file now."""
    transport = TRANSPORTS.get(scheme)
    if transport is None:
        if scheme not in SCHEMES:
            raise zmq_error(EPROTONOSUPPORT, f"{scheme!r} in '{scheme}://{address}'")
        try:
            made = getattr(import_module(f".{scheme}", __package__), scheme.capitalize())()
        except OSError as error:  # no file can be opened
            raise zmq_error(error.errno or 0, f"what speaks {scheme}:// cannot be loaded") from error
        transport = TRANSPORTS.setdefault(scheme, made)
    return transport
