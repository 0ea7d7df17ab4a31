"""The table of context options."""

from __future__ import annotations

from ..constants import ContextOption as X
from .kinds import IntOption, OptionTable


class ContextOptions(OptionTable):
    """The context options."""

    __slots__ = ()

    io_threads = IntOption(X.IO_THREADS, 1, doc="0: inproc only. One reactor serves every other value")
    max_sockets = IntOption(X.MAX_SOCKETS, 1023, low=1, high=65535, doc="sockets open at one time")
    socket_limit = IntOption(X.SOCKET_LIMIT, 65535, access="r", doc="the largest MAX_SOCKETS")
    ipv6 = IntOption(X.IPV6, flag=True, doc="IPV6 of new sockets")
    blocky = IntOption(X.BLOCKY, 1, flag=True, doc="0: new sockets get LINGER 0")
