"""How a new connection speaks, by the options of its endpoint."""

from __future__ import annotations

from ..options import Settings
from ..wire.connection import Connection
from ..wire.mechanisms.null import NullMechanism
from ..wire.raw import RawConnection

#: What a session can make use of.
Speech = Connection | RawConnection


def open_connection(settings: Settings) -> Speech:
    """The protocol's state for one peer."""
    if settings.raw:
        return RawConnection(settings.in_batch_size)
    return Connection(
        settings.socket_type,
        NullMechanism,
        routing_id=settings.routing_id,
        max_message_size=settings.maxmsgsize,
    )
