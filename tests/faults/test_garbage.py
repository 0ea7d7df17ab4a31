"""Random bytes at any stage of a connection end that connection, for a reason, and nobody else notices."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable

import pytest

from ..support.chance import seeded
from ..support.raw_peer import GREETING, RawPeer, frame, ready
from .conftest import FRIENDS, Company

STAGES = ["before-greeting", "inside-greeting", "in-handshake", "after-ready", "in-mid-frame"]


def attack(stage: str, kind: str, chance: random.Random) -> bytes:
    """What a peer says that goes wrong at a stage."""
    garbage = chance.randbytes(chance.choice([1, 7, 64, 500, 5000]))
    hello = GREETING + ready(FRIENDS[kind], None)
    if stage == "before-greeting":
        return garbage
    if stage == "inside-greeting":
        return GREETING[: chance.randrange(1, 64)] + garbage
    if stage == "in-handshake":
        return GREETING + garbage
    if stage == "after-ready":
        return hello + garbage
    body = chance.randbytes(chance.choice([100, 3000, 70_000]))
    whole = frame(b"", 1) + frame(body)
    return hello + whole[: chance.randrange(3, len(whole) - 1)]


def throw(endpoint: str, data: bytes) -> None:
    """Say it, and then nothing more."""
    with RawPeer.connect(endpoint) as peer:
        try:
            peer.send(data)
            peer.sock.shutdown(socket.SHUT_WR)
        except TimeoutError:
            raise
        except OSError:
            return  # thrown out in the middle of it
        assert peer.ended()


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", FRIENDS)
def test_garbage_ends_its_own_connection(
    company: Callable[..., Company], kind: str, stage: str, transport: str
) -> None:
    chance = seeded()
    good = company(kind, transport)
    good.talks()
    for _ in range(4):
        throw(good.endpoint, attack(stage, kind, chance))
    reasons = good.ended(4)
    assert all(reasons), reasons
    good.talks()
