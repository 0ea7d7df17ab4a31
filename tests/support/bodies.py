"""Message bodies that two processes agree on, and their way through a JSON line."""

from __future__ import annotations

import hashlib

# Bodies up to this size travel as they are; longer ones by name.
_PLAIN = 1024

_BLOCK = bytes(range(ord("2"), 251))


def fill(size: int) -> bytes:
    """The body of this size: never looks like a subscription, and no shift of it equals it."""
    return (_BLOCK * (size // len(_BLOCK) + 1))[:size]


def packed(parts: list[bytes]) -> list[str | int]:
    """A message as JSON can carry it."""
    out: list[str | int] = []
    for part in parts:
        if len(part) <= _PLAIN:
            out.append(part.hex())
        elif part == fill(len(part)):
            out.append(len(part))
        else:
            out.append(hashlib.sha256(part).hexdigest())
    return out


def unpacked(parts: list[str | int]) -> list[bytes]:
    """The message that ``packed`` was given; of a long body that is not a ``fill``, its digest."""
    return [fill(part) if isinstance(part, int) else bytes.fromhex(part) for part in parts]
