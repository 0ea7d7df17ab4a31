"""What comes before an endpoint, without the guard: its address is taken apart, and what may block is done."""

from __future__ import annotations

from ..constants import Event
from ..errors import ZMQError, zmq_error
from ..transports.base import DatagramTransport
from ..transports.registry import find_transport
from .monitor import SocketEvent
from .speaking import connections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..options import Settings
    from ..transports.base import Acceptor, Datagrams


def prepare_bind(
    transport: str, address: str, settings: Settings, begin: Callable[[], object], emit: Callable[[SocketEvent], None]
) -> Acceptor | Datagrams | None:
    """A socket that is bound; None for inproc, which has nothing to prepare.

    ``begin`` raises if there can be no network endpoint; ``emit`` is called without the guard.
    """
    if transport == "inproc":
        return None
    speaker = find_transport(transport, address)
    try:
        where = speaker.check_bind(address) if settings.use_fd < 0 else None
        if not isinstance(speaker, DatagramTransport):
            connections(settings)  # or raise, before anybody can come
        begin()
        return speaker.listen(where, settings) if settings.use_fd < 0 else speaker.adopt(settings.use_fd, settings)
    except OSError as error:
        # The system had no descriptor or memory left for something on the way.
        raise not_bound(transport, address, error, emit) from error
    except ZMQError as error:
        if isinstance(error.__cause__, OSError):  # there was a descriptor already
            name = "" if transport == "tcp" else f"{transport}://{address}"  # that of tcp is not known yet
            emit(SocketEvent(Event.CLOSED, name, -1, str(error), local=name))
        emit(SocketEvent(Event.BIND_FAILED, address, error.errno or 0, str(error), local=address))
        raise


def not_bound(transport: str, address: str, error: OSError, emit: Callable[[SocketEvent], None]) -> ZMQError:
    """What to raise when the system refuses something that listening takes. It is told with ``emit``."""
    number = error.errno or 0
    wrong = zmq_error(number, f"cannot bind to {transport}://{address}")
    emit(SocketEvent(Event.BIND_FAILED, address, number, str(wrong), local=address))
    return wrong


def check_connect(transport: str, address: str) -> Any:
    """The parsed address; raises for what can never be connected to."""
    if transport == "inproc":
        return address
    try:
        return find_transport(transport, address).check_connect(address)
    except OSError as error:
        raise zmq_error(error.errno or 0, f"cannot connect to {transport}://{address}") from error
