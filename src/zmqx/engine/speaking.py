"""How new connections speak, by the options of their endpoint."""

from __future__ import annotations

from ..constants import SecurityMechanism, SocketOption
from ..wire.connection import Connection
from .security import choose_mechanism

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..options import Settings
    from ..wire.raw import RawConnection

    #: What a session can make use of.
    Speech = Connection | RawConnection


def connections(settings: Settings) -> Callable[[], Speech]:
    """What makes the protocol's state for each peer. EINVAL if the options of its mechanism do not suffice."""
    if settings.raw:
        from ..wire.raw import RawConnection

        return lambda: RawConnection(settings.in_batch_size)
    mechanism = choose_mechanism(settings)
    bare = settings.mechanism == SecurityMechanism.NULL and not settings.zap_domain
    return lambda: Connection(
        settings.socket_type,
        mechanism,
        routing_id=settings.routing_id,
        properties=settings.values.get(SocketOption.METADATA, ()),
        max_message_size=settings.maxmsgsize,
        allow_legacy=bare,
        handshake_limit=settings.handshake_bytes,
    )
