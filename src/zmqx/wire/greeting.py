"""The greeting (RFC 37, section 3.3) and what the first bytes of a peer tell about its age.

libzmq sends its greeting in three parts, each only when the matching part of the peer has come,
because an older peer would read the rest as frames. We do the same.
"""

from __future__ import annotations

from .states import Dialect

SIGNATURE_SIZE = 10
GREETING_SIZE = 64
MAJOR = b"\x03"
_MINOR = b"\x01"


def signature(routing_id: bytes) -> bytes:
    """The first ten bytes. A ZMTP 1.0 peer reads them as the header of a long identity frame."""
    return b"\xff" + (len(routing_id) + 1).to_bytes(8, "big") + b"\x7f"


def rest(mechanism: bytes, as_server: bool) -> bytes:
    """The last 53 bytes: minor version, mechanism, role, filler."""
    return _MINOR + mechanism.ljust(20, b"\0") + (b"\x01" if as_server else b"\0") + bytes(31)


def unversioned(received: bytes) -> bool:
    """Whether these first bytes (at least one) belong to a peer of ZMTP 1.0."""
    return received[0] != 0xFF or (len(received) >= SIGNATURE_SIZE and not received[9] & 1)


def dialect_of(revision: int, minor: int) -> Dialect:
    """The dialect a versioned peer speaks, by its 11th and 12th byte."""
    if revision == 0:
        return Dialect.V1_REVISION
    if revision == 1:
        return Dialect.V2
    # Revision 2 never existed in the field; libzmq answers it, and whatever comes after 3, with 3.1.
    return Dialect.V3_0 if revision == 3 and minor == 0 else Dialect.V3_1
