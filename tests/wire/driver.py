"""How bytes reach a decoder: every case of the wire runs through every feeding.

A feeding cuts the bytes into the pieces they arrive in, and says how many messages are taken at a
time. Nothing that a peer can see or an application can get may depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from zmqx.constants import SocketType
from zmqx.errors import ProtocolError
from zmqx.message import Item, Subscription
from zmqx.wire.connection import Connection
from zmqx.wire.events import Ping, Ready
from zmqx.wire.frames import Decoder
from zmqx.wire.legacy import LegacyDecoder
from zmqx.wire.mechanisms.null import NullMechanism

from ..support.chance import seeded
from ..support.raw_peer import GREETING, ready

# No message of a test is longer; a loop that goes on for ever is cut short.
_MOST_ITEMS = 200_000


@dataclass
class Feeding:
    name: str
    cut: Callable[[bytes], list[bytes]]
    most: int = 1000
    trailing: bool = False

    def chunks(self, data: bytes) -> list[bytes]:
        chunks = self.cut(data)
        assert b"".join(chunks) == data
        return chunks


def _whole(data: bytes) -> list[bytes]:
    return [data]


def _bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def at_random(data: bytes) -> list[bytes]:
    """Cut anywhere; a stream never gives nothing, that would be its end."""
    chance = seeded()
    cuts = sorted({0, len(data), *(chance.randrange(len(data) + 1) for _ in range(chance.randrange(1, 12)))})
    return [data[start:stop] for start, stop in pairwise(cuts)]


FEEDINGS = [
    Feeding("whole", _whole),
    Feeding("whole, one at a time", _whole, most=1),
    Feeding("byte by byte", _bytewise),
    Feeding("split", at_random),
    Feeding("split, one at a time", at_random, most=1),
    Feeding("whole, with more behind", _whole, trailing=True),
    Feeding("byte by byte, with more behind", _bytewise, trailing=True),
    Feeding("split, with more behind", at_random, trailing=True),
]

every_feeding = pytest.mark.parametrize("feeding", FEEDINGS, ids=lambda feeding: feeding.name.replace(" ", "-"))


@dataclass
class Outcome:
    """All that came of some bytes."""

    items: list[Item] = field(default_factory=list)
    pings: list[int] = field(default_factory=list)
    readies: int = 0
    output: bytes = b""
    error: ProtocolError | None = None

    @property
    def code(self) -> int | None:
        return None if self.error is None else self.error.code


# -- decoders alone


def decode(decoder: Decoder | LegacyDecoder, feeding: Feeding, data: bytes, push: bool = False) -> list[Item]:
    """Feed and take messages; commands are taken as ``(body,)``. The error stays in the decoder."""
    out: list[Item] = []
    for chunk in feeding.chunks(data):
        if push:
            got = decoder.push(chunk, feeding.most)
        else:
            decoder.feed(chunk)
            got = decoder.decode(feeding.most)
        while True:
            assert len(got) <= feeding.most
            out += got
            if decoder.trap is not None:
                out.append((decoder.trap,))  # type: ignore[arg-type]  # how these tests show a command
                decoder.trap = None
            elif not got:
                break
            assert len(out) < _MOST_ITEMS
            got = decoder.decode(feeding.most)
        if decoder.error is not None:
            break
    return out


# -- connections


def connection(socket_type: int = SocketType.DEALER, **rest: object) -> Connection:
    """A NULL connection that has not heard anything yet."""
    return Connection(SocketType(socket_type), NullMechanism, **rest)  # type: ignore[arg-type]


def met(socket_type: int, peer: str, greeting: bytes = GREETING, **rest: object) -> Connection:
    """A connection in traffic with a peer of that type, its output taken."""
    made = connection(socket_type, **rest)
    made.receive(greeting + ready(peer, None))
    made.take_output()
    assert [type(event) for event in made.take_events()] == [Ready]
    return made


def converse(made: Connection, feeding: Feeding, data: bytes) -> Outcome:
    """Feed a connection, and do with it what a session does."""
    outcome = Outcome()
    for chunk in feeding.chunks(data):
        try:
            made.receive(chunk)
            while got := made.take(feeding.most):
                outcome.items += got
                assert len(outcome.items) < _MOST_ITEMS
        except ProtocolError as error:
            outcome.error = error
        outcome.output += made.take_output()
        for event in made.take_events():
            if isinstance(event, Ready):
                outcome.readies += 1
            elif isinstance(event, Ping):
                outcome.pings.append(event.ttl)
        if outcome.error is not None:
            break
    return outcome


def proven(
    made: Connection, feeding: Feeding, data: bytes, tail: tuple[bytes, bytes] = (b"\x00\x04ta", b"il")
) -> Outcome:
    """``converse``; a trailing feeding adds half a message, and sees that it becomes a whole one.

    ``tail`` is a message of ``tail`` in the peer's framing, in two halves.
    """
    if not feeding.trailing:
        return converse(made, feeding, data)
    outcome = converse(made, feeding, data + tail[0])
    if outcome.error is None:
        assert converse(made, FEEDINGS[0], tail[1]).items == [b"tail"]
    return outcome


def topics(*changes: str) -> list[Subscription]:
    """``+a`` and ``-a`` as the values they arrive as."""
    return [Subscription(change[1:].encode(), change[0] == "+") for change in changes]


def pieces(data: bytes, chance: object) -> list[bytes]:
    """Cut by a random source of hypothesis, which shrinks."""
    cuts = sorted({0, len(data), *(chance.randint(0, len(data)) for _ in range(6))})  # type: ignore[attr-defined]
    return [data[start:stop] for start, stop in pairwise(cuts)]


def no_more(items: list[Item]) -> None:
    """Fail where a loop would go on for ever."""
    assert len(items) < _MOST_ITEMS
