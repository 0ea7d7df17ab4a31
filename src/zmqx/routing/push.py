"""PUSH: to each peer in turn (RFC 30). What peers send is thrown away."""

from __future__ import annotations

from ..constants import SocketType
from .base import Giving


class Push(Giving):
    socket_type = SocketType.PUSH
