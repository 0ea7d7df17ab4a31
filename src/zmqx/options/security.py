"""The table of security options, and how they choose the mechanism and the role of a socket."""

from __future__ import annotations

from ..constants import SecurityMechanism as M
from ..constants import SocketOption as O
from ..errors import EINVAL, zmq_error
from .kinds import ACTION, BytesOption, IntOption, OptionTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEY_SIZE = 32


class SecretOption(BytesOption):
    """Bytes that no text of an error shows."""

    def refuse(self, value: object, why: str) -> Exception:
        return zmq_error(EINVAL, f"{self.name}: {why}")


class KeyOption(SecretOption):
    """A key of CURVE: 32 raw bytes, 40 characters of Z85 (bytes or str), or 41 with a NUL at the end. Stored raw,
    read as Z85."""

    default = bytes(_KEY_SIZE)

    def convert(self, value: Any) -> bytes:
        data = super().convert(value.encode() if isinstance(value, str) else value)
        if len(data) == _KEY_SIZE:
            return data
        if len(data) == 41 and data[-1] == 0:
            data = data[:-1]
        if len(data) != 40:
            raise self.refuse(data, f"takes a key of 32 bytes, or 40 characters of Z85, not {len(data)}")
        try:
            from ..z85 import decode

            return decode(data)
        except ValueError as error:
            raise self.refuse(data, str(error)) from error

    def show(self, value: bytes) -> bytes:
        from ..z85 import encode

        return encode(value)


class CredentialOption(SecretOption):
    """A user name or a password. None ends the use of PLAIN (libzmq's NULL)."""

    def convert(self, value: Any) -> Any:
        return None if value is None else super().convert(value)

    def stored(self, before: Any, value: Any) -> Any:
        return value if value is not None else before or b""


class MetadataOption(BytesOption):
    """A property ``X-name:value``. Stored are all that were set, the first of each name, as pairs."""

    def convert(self, value: Any) -> Any:
        data = super().convert(value)
        name, colon, content = data.partition(b":")
        # libzmq takes four bytes for a number.
        if not colon or not content or not name.startswith(b"X-") or len(name) > 255 or len(data) == 4:
            raise self.refuse(data, "takes X-name:value")
        return data

    def stored(self, before: Any, value: Any) -> Any:
        name, _, content = value.partition(b":")
        known = before or ()
        return known if name in dict(known) else tuple(sorted([*known, (name, content)]))


class SecurityOptions(OptionTable):
    """The security options. The last one set decides which mechanism a socket uses, and in which role."""

    __slots__ = ()

    mechanism = IntOption(O.MECHANISM, access="r", apply=ACTION, doc="the security mechanism (SecurityMechanism)")
    plain_server = IntOption(O.PLAIN_SERVER, high=1, doc="1: a PLAIN server; 0: NULL")
    plain_username = CredentialOption(O.PLAIN_USERNAME, least=1, most=255, doc="makes a PLAIN client; None: NULL")
    plain_password = CredentialOption(O.PLAIN_PASSWORD, least=1, most=255, doc="makes a PLAIN client; None: NULL")
    curve_server = IntOption(O.CURVE_SERVER, high=1, doc="1: a CURVE server; 0: NULL")
    curve_publickey = KeyOption(O.CURVE_PUBLICKEY, doc="our own public key (CURVE client)")
    curve_secretkey = KeyOption(O.CURVE_SECRETKEY, doc="our own secret key (CURVE)")
    curve_serverkey = KeyOption(O.CURVE_SERVERKEY, doc="the server's public key; makes a CURVE client")
    zap_domain = BytesOption(O.ZAP_DOMAIN, least=1, most=255, doc="the domain named to the ZAP handler (RFC 27)")
    zap_enforce_domain = IntOption(
        O.ZAP_ENFORCE_DOMAIN, low=-(2**31), flag=True, doc="1: with a ZAP_DOMAIN, nobody comes in without a handler"
    )
    metadata = MetadataOption(O.METADATA, access="w", doc="X-name:value, told to every peer; repeatable")


CURVE_OPTIONS = frozenset({O.CURVE_SERVER, O.CURVE_PUBLICKEY, O.CURVE_SECRETKEY, O.CURVE_SERVERKEY})
_PLAIN_CLIENT = frozenset({O.PLAIN_USERNAME, O.PLAIN_PASSWORD})
_SERVERS = {O.PLAIN_SERVER: M.PLAIN, O.CURVE_SERVER: M.CURVE}

# Not an option: the role, which survives a change of the mechanism (libzmq).
_AS_SERVER = -1


def settle_mechanism(values: dict[int, Any], number: int, value: Any) -> None:
    """Draw the conclusions of an option of this table that was set to ``value``, and is stored."""
    mechanism, as_server = values.get(O.MECHANISM, M.NULL), values.get(_AS_SERVER, 0)
    if number in _SERVERS:
        as_server = value
        mechanism = _SERVERS[O(number)] if value else M.NULL
    elif number in _PLAIN_CLIENT:
        mechanism, as_server = (M.PLAIN, 0) if value is not None else (M.NULL, as_server)
    elif number in CURVE_OPTIONS:
        mechanism = M.CURVE
        if number == O.CURVE_SERVERKEY:
            as_server = 0
    values[O.MECHANISM] = int(mechanism)
    values[_AS_SERVER] = as_server
    for option, kind in _SERVERS.items():
        values[option] = int(as_server and mechanism == kind)
