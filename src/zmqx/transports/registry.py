"""Which transport speaks which scheme. inproc has no streams and is the engine's own."""

from __future__ import annotations

from ..errors import EPROTONOSUPPORT, zmq_error
from .base import Transport
from .ipc import Ipc
from .tcp import Tcp

TRANSPORTS: dict[str, Transport] = {"tcp": Tcp(), "ipc": Ipc()}


def find_transport(scheme: str, address: str) -> Transport:
    """What speaks this scheme; EPROTONOSUPPORT, with the endpoint in the text, if nothing does."""
    transport = TRANSPORTS.get(scheme)
    if transport is None:
        raise zmq_error(EPROTONOSUPPORT, f"{scheme!r} in '{scheme}://{address}'")
    return transport
