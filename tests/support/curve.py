"""Keys, and a random source without surprises, for tests of CURVE."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable

import pytest

from zmqx.wire.mechanisms.nacl import public_of

SERVER_SECRET = b"\x01" * 32
CLIENT_SECRET = b"\x02" * 32
SERVER_PUBLIC = public_of(SERVER_SECRET)
CLIENT_PUBLIC = public_of(CLIENT_SECRET)

SERVER_KEYS = {"curve_server": 1, "curve_secretkey": SERVER_SECRET}
CLIENT_KEYS = {"curve_publickey": CLIENT_PUBLIC, "curve_secretkey": CLIENT_SECRET, "curve_serverkey": SERVER_PUBLIC}


def random_of(*pieces: bytes) -> Callable[[int], bytes]:
    """A source of just these bytes, in pieces."""
    left = list(pieces)

    def random(count: int) -> bytes:
        piece = left.pop(0)
        assert len(piece) == count
        return piece

    return random


def hide_nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on PyNaCl is not installed."""
    for name in [name for name in sys.modules if name.split(".")[0] == "nacl"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "nacl", None)


def counting() -> Callable[[int], bytes]:
    """A source that never gives the same bytes twice."""
    numbers = iter(range(1 << 30))
    return lambda count: hashlib.blake2b(b"%d" % next(numbers), digest_size=count).digest()
