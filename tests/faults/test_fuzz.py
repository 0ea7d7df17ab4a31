"""Whatever is thrown at a listening socket, it still serves a good peer afterwards."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable

import pytest

from zmqx.constants import Event

from ..support.chance import seeded
from ..support.events import await_event
from ..support.raw_peer import GREETING, SIGNATURE, RawPeer, frame, greeting, ready
from .conftest import FRIENDS, Company

ROUNDS = 60
ENDS = Event.DISCONNECTED | Event.ACCEPT_FAILED


def session(kind: str, chance: random.Random) -> bytes:
    """What a good peer might say."""
    out = [chance.choice([GREETING, greeting(minor=0), greeting(5)]), ready(FRIENDS[kind], chance.randbytes(3))]
    for _ in range(chance.randrange(8)):
        body = chance.randbytes(chance.choice([0, 1, 5, 255, 256, 5000]))
        out.append(
            chance.choice(
                [
                    frame(body),
                    frame(body, 1) + frame(b""),
                    frame(b"", 1) + frame(body),
                    frame(b"\x09SUBSCRIBE" + body[:5], 4),
                    frame(b"\x06CANCEL" + body[:5], 4),
                    frame(b"\x04PING\0\0" + body[:20], 4),
                    frame(b"\x01" + body[:5]),
                ]
            )
        )
    return b"".join(out)


def old_session(chance: random.Random) -> bytes:
    start = chance.choice([SIGNATURE + b"\0", SIGNATURE + b"\1\x05", b""])
    return start + b"".join(
        bytes((size + 1, chance.randrange(2))) + chance.randbytes(size)
        for size in [chance.randrange(200) for _ in range(chance.randrange(1, 6))]
    )


def damaged(data: bytes, chance: random.Random) -> bytes:
    """With some bytes changed, left out, doubled or put in."""
    out = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(out) + 1)
        what = chance.randrange(4)
        if what == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif what == 1:
            del out[at : at + chance.randrange(1, 10)]
        elif what == 2:
            out[at:at] = out[at : at + chance.randrange(1, 50)]
        else:
            out[at:at] = chance.randbytes(chance.randrange(1, 10))
    return bytes(out)


def anything(kind: str, chance: random.Random) -> bytes:
    choice = chance.randrange(6)
    if choice == 0:
        return chance.randbytes(chance.randrange(1, 300))
    if choice == 1:
        return old_session(chance)
    if choice == 2:
        return damaged(old_session(chance), chance)
    if choice == 3:
        return session(kind, chance)[: chance.randrange(1, 300)]
    return damaged(session(kind, chance), chance)


def throw(endpoint: str, data: bytes, chance: random.Random) -> None:
    """Say it in one piece or several, and leave in one way or another."""
    with RawPeer.connect(endpoint) as peer:
        try:
            for piece in range(0, len(data), step := chance.choice([len(data) or 1, 1 + len(data) // 3, 64])):
                peer.send(data[piece : piece + step])
            leave = chance.randrange(3)
            if leave == 0:
                peer.reset()
            elif leave == 1:
                peer.sock.shutdown(socket.SHUT_WR)
                assert peer.ended()
        except TimeoutError:
            raise
        except OSError:
            pass  # shown out


@pytest.mark.parametrize("kind", FRIENDS)
def test_anything_may_be_thrown_at(company: Callable[..., Company], kind: str) -> None:
    chance = seeded()
    good = company(kind, chance.choice(["tcp", "ipc"]), maxmsgsize=chance.choice([-1, 1000]))
    good.talks()
    events = good.sock.events(ENDS, limit=10_000)
    for _ in range(ROUNDS):
        throw(good.endpoint, anything(kind, chance), chance)
    # Each that came has left, for a reason. One that resets at once may be gone before it is accepted.
    ends = [await_event(events, ENDS) for _ in range(ROUNDS)]
    assert all(event.reason for event in ends)
    good.alone()
    good.talks()
