"""CLIENT: to each server in turn, from each in turn (RFC 41)."""

from __future__ import annotations

from ..constants import SocketType
from .single import SingleGiving, SingleTaking


class Client(SingleGiving, SingleTaking):
    socket_type = SocketType.CLIENT
