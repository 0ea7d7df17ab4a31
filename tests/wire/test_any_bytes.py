"""Whatever comes in: the protocol family is raised and nothing else, nothing hangs, nothing is invented."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zmqx.constants import SocketType
from zmqx.errors import ProtocolError
from zmqx.message import Item, Subscription
from zmqx.wire import commands
from zmqx.wire.connection import Connection
from zmqx.wire.frames import Decoder
from zmqx.wire.legacy import LegacyDecoder
from zmqx.wire.states import Phase

from ..support.chance import chances
from ..support.raw_peer import GREETING, SIGNATURE, frame, ready
from .driver import connection, no_more, pieces
from .test_frames import framed

PEER_OF = {
    "PAIR": "PAIR", "PUB": "SUB", "SUB": "PUB", "REQ": "REP", "REP": "REQ", "DEALER": "ROUTER", "ROUTER": "DEALER",
    "PULL": "PUSH", "PUSH": "PULL", "XPUB": "XSUB", "XSUB": "XPUB", "SERVER": "CLIENT", "CLIENT": "SERVER",
    "RADIO": "DISH", "DISH": "RADIO", "GATHER": "SCATTER", "SCATTER": "GATHER", "PEER": "PEER", "CHANNEL": "CHANNEL",
    "DGRAM": "DGRAM",
}  # fmt: skip

kinds = st.sampled_from([SocketType[name] for name in PEER_OF])
rubbish = st.one_of(
    st.binary(max_size=300),
    # What is nearly right goes deeper than noise.
    st.lists(
        st.builds(
            lambda flags, size, body: (
                bytes((flags,)) + (size.to_bytes(8, "big") if flags & 2 else size.to_bytes(8, "big")[7:]) + body
            ),
            st.integers(0, 255),
            st.one_of(st.integers(0, 20), st.integers(0, 2**64 - 1)),
            st.binary(max_size=20),
        ),
        max_size=8,
    ).map(b"".join),
    st.lists(
        st.builds(
            lambda name, data, flags: frame(bytes((len(name),)) + name + data, flags),
            st.sampled_from([b"READY", b"ERROR", b"PING", b"SUBSCRIBE", b"CANCEL", b"JOIN", b"LEAVE", b"HELLO", b""]),
            st.binary(max_size=40),
            st.sampled_from([0, 1, 4, 5]),
        ),
        max_size=8,
    ).map(b"".join),
)
openings = st.sampled_from(
    ["", "greeting", "handshake", "2.0", "revision 0", "1.0", "signature"],
)


def opened(kind: SocketType, opening: str, limit: int) -> tuple[Connection, bytes]:
    begin = {
        "": b"",
        "signature": SIGNATURE,
        "greeting": GREETING,
        "handshake": GREETING + ready(PEER_OF[kind.name]),
        "2.0": SIGNATURE + b"\x01\x05\0\0",
        "revision 0": SIGNATURE + b"\0\x05\x01\0",
        "1.0": b"\x01\0",
    }[opening]
    return connection(kind, max_message_size=limit), begin


def listen(made: Connection, chunks: list[bytes], most: int) -> tuple[list[Item], type | None]:
    """What came of the chunks, and the class of what ended it."""
    got: list[Item] = []
    try:
        for chunk in chunks:
            made.receive(chunk)
            while items := made.take(most):
                got += items
                no_more(got)
    except ProtocolError:
        return got, ProtocolError
    return got, None


@chances(300)
@given(kinds, openings, rubbish, st.integers(-1, 100), st.randoms(use_true_random=False), st.integers(1, 50))
def test_any_bytes_at_all(kind: SocketType, opening: str, data: bytes, limit: int, chance: object, most: int) -> None:
    """In one piece, in any pieces and byte by byte, with the same result."""
    made, begin = opened(kind, opening, limit)
    whole = listen(made, [begin + data] if begin + data else [], 1000)
    output = made.take_output()
    for chunks in (pieces(begin + data, chance), [bytes((byte,)) for byte in begin + data]):
        again, _ = opened(kind, opening, limit)
        assert listen(again, chunks, most) == whole
        assert again.phase is made.phase
        assert again.take_output() == output
    for item in whole[0]:
        parts = item if isinstance(item, list) else [item]
        assert parts
        assert all(isinstance(part, Subscription) or limit < 0 or len(part) <= limit for part in parts)
    assert made.phase is Phase.TRAFFIC or not whole[0]


@chances(150)
@given(st.binary(max_size=400), st.integers(-1, 300), st.randoms(use_true_random=False))
def test_any_bytes_into_the_decoders(data: bytes, limit: int, chance: object) -> None:
    for kind in (Decoder, LegacyDecoder):
        results = []
        for chunks in ([data], pieces(data, chance)):
            decoder = kind(limit)
            got: list[object] = []
            for chunk in chunks:
                decoder.feed(chunk)
                while (items := decoder.decode(7)) or decoder.trap is not None:
                    got += items
                    if decoder.trap is not None:
                        got.append((decoder.trap,))
                        decoder.trap = None
            results.append((got, None if decoder.error is None else str(decoder.error)))
        assert results[0] == results[1]


messages = st.one_of(st.binary(max_size=600), st.lists(st.binary(max_size=600), min_size=2, max_size=5))


@chances(60)
@given(st.lists(messages, min_size=1, max_size=60), st.randoms(use_true_random=False), st.integers(1, 100))
def test_what_is_encoded_is_what_is_decoded(items: list[Item], chance: object, most: int) -> None:
    for opening in ("handshake", "2.0", "1.0"):
        sender, begin = opened(SocketType.PUSH, opening, -1)
        sender.receive(begin)
        receiver, begin = opened(SocketType.PULL, opening, -1)
        receiver.receive(begin)
        data = b"".join(bytes(part) for part in sender.encode(items))
        if opening in ("handshake", "2.0"):
            assert data == b"".join(map(framed, items))
        assert listen(receiver, pieces(data, chance), most) == (items, None)


@chances(200)
@given(st.binary(max_size=120))
def test_the_parsers_of_commands_take_anything(data: bytes) -> None:
    commands.split(data)
    commands.parse_ping(b"\x04PING" + data)
    commands.parse_subscription(data)
    commands.parse_membership(b"\x04JOIN" + data)
    assert isinstance(commands.refusal(data), ProtocolError)
    try:
        properties = commands.parse_metadata(data)
    except ProtocolError:
        return
    assert commands.metadata(properties) == data
