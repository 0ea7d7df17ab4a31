"""Which transport speaks which scheme. inproc has no streams and is the engine's own."""

from __future__ import annotations

from ..errors import EPROTONOSUPPORT, zmq_error
from ..rooms import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import DatagramTransport, Transport

#: Those that have been used.
TRANSPORTS: dict[str, Transport | DatagramTransport] = {}

#: Each is a class of its module, and both have the name of the scheme; it is loaded when the first endpoint needs it.
SCHEMES = ("tcp", "ipc", "udp", "ws")


def find_transport(scheme: str, address: str) -> Transport | DatagramTransport:
    """What speaks this scheme; EPROTONOSUPPORT, with the endpoint in the text, if nothing does."""
    transport = TRANSPORTS.get(scheme)
    if transport is None:
        if scheme not in SCHEMES:
            raise zmq_error(EPROTONOSUPPORT, f"{scheme!r} in '{scheme}://{address}'")
        made = load(scheme, __package__, scheme.capitalize())()
        transport = TRANSPORTS.setdefault(scheme, made)
    return transport
