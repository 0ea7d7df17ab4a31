"""PUB: to every peer that asked for a prefix of the message; a full one misses it (RFC 29)."""

from __future__ import annotations

from ..constants import SocketType
from ..errors import ENOTSUP, zmq_error
from .xpub import Xpub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Message


class Pub(Xpub):
    socket_type = SocketType.PUB
    reports = False

    def try_recv(self) -> Message | None:
        raise zmq_error(ENOTSUP, "a PUB socket does not receive")
