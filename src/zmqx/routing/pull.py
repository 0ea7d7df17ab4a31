"""PULL: from each peer in turn (RFC 30)."""

from __future__ import annotations

from ..constants import SocketType
from .base import Taking


class Pull(Taking):
    socket_type = SocketType.PULL
