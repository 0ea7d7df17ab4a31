"""GATHER: from each peer in turn (RFC 49)."""

from __future__ import annotations

from ..constants import SocketType
from .single import SingleTaking


class Gather(SingleTaking):
    socket_type = SocketType.GATHER
