"""Which transport speaks which scheme. inproc has no streams and is the engine's own."""

from __future__ import annotations

from ..errors import EPROTONOSUPPORT, zmq_error
from .ipc import Ipc
from .tcp import Tcp
from .udp import Udp
from .ws import Ws

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import DatagramTransport, Transport

TRANSPORTS: dict[str, Transport | DatagramTransport] = {"tcp": Tcp(), "ipc": Ipc(), "udp": Udp(), "ws": Ws(Tcp())}


def find_transport(scheme: str, address: str) -> Transport | DatagramTransport:
    """What speaks this scheme; EPROTONOSUPPORT, with the endpoint in the text, if nothing does."""
    transport = TRANSPORTS.get(scheme)
    if transport is None:
        raise zmq_error(EPROTONOSUPPORT, f"{scheme!r} in '{scheme}://{address}'")
    return transport
