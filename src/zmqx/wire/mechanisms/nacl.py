"""The one door to PyNaCl: the few primitives of NaCl that CURVE is made of. Keys are 32 raw bytes.

PyNaCl is the extra ``zmqx[curve]``. It is imported by the first call, never with this module.
"""

from __future__ import annotations

from ...errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Primitive = Callable[[bytes, bytes, bytes], bytes]

KEY_SIZE = 32
#: Bytes that a box is longer than what is in it.
MAC_SIZE = 16

MISSING = "CURVE needs PyNaCl: pip install 'zmqx[curve]'"


def available() -> bool:
    """Whether PyNaCl is installed."""
    try:
        import nacl.bindings  # noqa: F401
    except ImportError:
        return False
    return True


def public_of(secret: bytes) -> bytes:
    """The public key that belongs to a secret one."""
    from nacl.bindings import crypto_scalarmult_base

    return crypto_scalarmult_base(secret)


def shared_key(public: bytes, secret: bytes) -> bytes:
    """The key that only the owners of these two pairs have. ProtocolError if the public key is none."""
    from nacl.bindings import crypto_box_beforenm
    from nacl.exceptions import CryptoError

    try:
        return crypto_box_beforenm(public, secret)
    except CryptoError as error:
        raise ProtocolError("a public key that is none", ProtocolError.CRYPTOGRAPHIC) from error


def seal(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """A box, by a key that both sides have (crypto_box_afternm, which is crypto_secretbox)."""
    from nacl.bindings import crypto_secretbox

    return crypto_secretbox(data, nonce, key)


def unseal(key: bytes, nonce: bytes, box: bytes, what: str) -> bytes:
    """What is in a box. ProtocolError, naming ``what``, if it was not made with this key and nonce."""
    from nacl.bindings import crypto_secretbox_open
    from nacl.exceptions import CryptoError

    try:
        return crypto_secretbox_open(box, nonce, key)
    except CryptoError as error:
        raise ProtocolError(f"{what} does not open", ProtocolError.CRYPTOGRAPHIC) from error


def same(left: bytes, right: bytes) -> bool:
    """Whether two keys are the same; how long it takes does not tell where they differ."""
    from nacl.bindings import sodium_memcmp

    return sodium_memcmp(left, right)


def primitives() -> tuple[Primitive, Primitive, type[Exception]]:
    """For traffic, where a look-up per frame would show: make a box, open one (both of data, nonce, key), and
    what the latter raises."""
    from nacl.bindings import crypto_secretbox, crypto_secretbox_open
    from nacl.exceptions import CryptoError

    return crypto_secretbox, crypto_secretbox_open, CryptoError
