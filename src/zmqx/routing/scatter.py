"""SCATTER: to each peer in turn (RFC 49). What peers send is thrown away."""

from __future__ import annotations

from ..constants import SocketType
from .single import SingleGiving


class Scatter(SingleGiving):
    socket_type = SocketType.SCATTER
