"""Which mechanism the connections of an endpoint use, by its options (zmq_plain, zmq_curve)."""

from __future__ import annotations

from ..constants import SecurityMechanism
from ..errors import EINVAL, zmq_error
from ..wire.mechanisms.null import NullMechanism

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..options import Settings
    from ..wire.mechanisms.base import Mechanism, Properties

    MakeMechanism = Callable[[Properties], Mechanism]


def choose_mechanism(settings: Settings) -> MakeMechanism:
    """What makes the mechanism of each connection. EINVAL if a key is missing that CURVE cannot do without: no
    handshake would ever succeed."""
    if settings.mechanism == SecurityMechanism.PLAIN:
        from ..wire.mechanisms.plain import PlainClient, PlainServer

        if settings.plain_server:
            return PlainServer
        username, password = settings.plain_username, settings.plain_password
        return lambda properties: PlainClient(properties, username, password)
    if settings.mechanism == SecurityMechanism.CURVE:
        return _choose_curve(settings)
    asks = bool(settings.zap_domain)
    return lambda properties: NullMechanism(properties, asks)


def _choose_curve(settings: Settings) -> MakeMechanism:
    from os import urandom

    from ..wire.mechanisms import nacl
    from ..wire.mechanisms.curve import CurveClient, CurveServer

    secret = _key(settings, "curve_secretkey")
    if settings.curve_server:
        public = nacl.public_of(secret)
        return lambda properties: CurveServer(properties, public, secret, urandom)
    own, server = _key(settings, "curve_publickey"), _key(settings, "curve_serverkey")
    return lambda properties: CurveClient(properties, own, secret, server, urandom)


def _key(settings: Settings, name: str) -> bytes:
    key: bytes = getattr(settings, name)
    if not any(key):
        role = "server" if settings.curve_server else "client"
        raise zmq_error(EINVAL, f"a CURVE {role} needs {name.upper()}")
    return key
