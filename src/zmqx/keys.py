"""Keys for CURVE (zmq_curve_keypair, zmq_curve_public)."""

from __future__ import annotations

import os

from . import z85
from .errors import EINVAL, ENOTSUP, zmq_error
from .wire.mechanisms import nacl


def curve_keypair() -> tuple[bytes, bytes]:
    """A new pair of keys for CURVE: the public and the secret one, as Z85 (40 bytes each).

    ENOTSUP without PyNaCl (``pip install 'zmqx[curve]'``). (zmq_curve_keypair)
    """
    _check_available()
    secret = os.urandom(nacl.KEY_SIZE)
    return z85.encode(nacl.public_of(secret)), z85.encode(secret)


def curve_public(secret_key: bytes | str) -> bytes:
    """The public key that belongs to a secret one, both as Z85.

    EINVAL if that is no key; ENOTSUP without PyNaCl (``pip install 'zmqx[curve]'``). (zmq_curve_public)
    """
    _check_available()
    try:
        secret = z85.decode(secret_key)
    except ValueError as error:
        raise zmq_error(EINVAL, f"a secret key: {error}") from error
    if len(secret) != nacl.KEY_SIZE:
        raise zmq_error(EINVAL, f"a secret key has 40 characters of Z85, not {len(secret_key)}")
    return z85.encode(nacl.public_of(secret))


def _check_available() -> None:
    if not nacl.available():
        raise zmq_error(ENOTSUP, nacl.MISSING)
