"""Messages that come in several WebSocket frames (RFC 6455, section 5.4): put together, within limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.wire.frames import COMMAND, MORE, frame
from zmqx.wire.websocket import WebSocket

from ..support.chance import chances
from .driver import pieces
from .test_websocket import MASK, NULL, client, encoded, fails, masked, opened, random, server

BINARY, CONTINUATION, PING, FIN = 2, 0, 9, 0x80


def piece(payload: bytes, opcode: int, *, last: bool, mask: bool = True) -> bytes:
    """One frame of a WebSocket, as a client sends it, or a server."""
    first = bytes((opcode | FIN * last,))
    size = len(payload)
    length = bytes((size | FIN * mask,)) if size < 126 else bytes((126 | FIN * mask,)) + size.to_bytes(2, "big")
    return first + length + (MASK + masked(payload) if mask else payload)


def in_pieces(payloads: list[bytes], between: bytes = b"", mask: bool = True) -> bytes:
    """A message of these, with something between them."""
    made = []
    for index, payload in enumerate(payloads):
        opcode = CONTINUATION if index else BINARY
        made.append(piece(payload, opcode, last=index == len(payloads) - 1, mask=mask))
    return between.join(made)


def after_handshake(most: int = -1) -> WebSocket:
    """The server's side, once hands have been shaken, with this limit for messages."""
    left, right = client(), WebSocket(NULL, random, message_limit=most)
    right.receive(left.take_control())
    right.take_control()
    right.shaken()
    return right


@pytest.mark.parametrize(
    "payloads",
    [
        [b"\0he", b"llo"],
        [b"\0", b"hello"],
        [b"", b"\0hello"],
        [b"\0hello", b""],
        [b"", b"\0", b"", b"hello", b""],
        [b"\0" + b"h", *(b"%c" % byte for byte in b"ello")],
    ],
)
@pytest.mark.parametrize("mask", [True, False], ids=["client", "server"])
def test_a_message_in_pieces(payloads: list[bytes], mask: bool) -> None:
    left, right = opened()
    assert (right if mask else left).receive(in_pieces(payloads, mask=mask) * 2) == frame(b"hello") * 2


@pytest.mark.parametrize("size", [253, 254, 255, 256, 70_000])
@pytest.mark.parametrize(("mark", "flags"), [(0, 0), (1, MORE), (2, COMMAND)])
def test_pieces_have_the_length_and_the_flags_of_the_message(size: int, mark: int, flags: int) -> None:
    _, right = opened()
    body = bytes(range(256)) * (size // 256 + 1)
    said = bytes((mark,)) + body[:size]
    assert right.receive(in_pieces([said[at : at + 5000] for at in range(0, len(said), 5000)])) == frame(
        body[:size], flags
    )


def test_control_frames_may_come_in_between() -> None:
    _, right = opened()
    ping = piece(b"abc", PING, last=True)
    assert right.receive(in_pieces([b"\0he", b"l", b"lo"], between=ping)) == frame(b"hello")
    assert right.take_control() == b"\x8a\x03abc" * 2


def test_every_piece_is_a_sign_of_life() -> None:
    """A long message may take longer to come than a peer may be silent."""
    _, right = opened()
    for data in (piece(b"\0a", BINARY, last=False), piece(b"b", CONTINUATION, last=False)):
        right.heard = False
        assert right.receive(data[:-1]) == b""
        right.heard = False
        assert right.receive(data[-1:]) == b""
        assert right.heard


@pytest.mark.parametrize(
    ("said", "text", "status"),
    [
        (piece(b"\0", CONTINUATION, last=True), "no frame of ZMTP", 1003),
        (piece(b"\0", 1, last=False), "no frame of ZMTP", 1003),
        (piece(b"\0", BINARY, last=False) + piece(b"\0", BINARY, last=False), "in the middle of another", 1002),
        (piece(b"\0", BINARY, last=False) + piece(b"\0", BINARY, last=True), "in the middle of another", 1002),
        (piece(b"\0", BINARY, last=False) + piece(b"\0", 1, last=True), "in the middle of another", 1002),
        (piece(b"", PING, last=False), "control frame in pieces", 1002),
        (in_pieces([b"", b"", b""]), "no frame of ZMTP", 1003),
        (in_pieces([b"\0", b"x"]).replace(b"\x80\x81", b"\xc0\x81"), "extension", 1002),
    ],
    ids=["no first", "text", "two at once", "one inside", "text inside", "ping", "empty", "compressed"],
)
def test_pieces_that_break_the_rules(said: bytes, text: str, status: int) -> None:
    _, right = opened()
    fails(lambda: right.receive(said), text)
    assert right.take_control() == b"\x88\x02" + status.to_bytes(2, "big")


# -- limits


def test_the_limit_is_for_all_pieces_together() -> None:
    right = after_handshake(most=1000)
    assert right.receive(in_pieces([b"\0" + b"a" * 500, b"b" * 500])) == frame(b"a" * 500 + b"b" * 500)
    assert right.receive(piece(b"\0" + b"a" * 500, BINARY, last=False)) == b""
    fails(lambda: right.receive(b"\x80\xfe" + (501).to_bytes(2, "big") + MASK), "MAXMSGSIZE = 1000")
    assert right.take_control() == b"\x88\x02\x03\xf1", "refused before it has come"


def test_a_limit_of_nothing_holds_for_pieces_too() -> None:
    right = after_handshake(most=0)
    assert right.receive(in_pieces([b"", b"\0", b""])) == frame(b"")
    fails(lambda: right.receive(in_pieces([b"\0", b"x"])), "MAXMSGSIZE = 0")


def test_a_stranger_holds_no_more_than_a_handshake_may() -> None:
    """And a read more, whatever MAXMSGSIZE says."""
    right = server()
    right.receive(client().take_control())
    right.take_control()
    one = piece(b"x" * 60_000, CONTINUATION, last=False)
    assert right.receive(piece(b"\2", BINARY, last=False) + one) == b""
    fails(lambda: right.receive(one), "longer than a handshake may be")
    assert right.take_control() == b"\x88\x02\x03\xf1"


def test_what_comes_with_the_end_of_the_handshake_is_none_of_it() -> None:
    """The peer may send the first message right behind its READY: it is read before anybody has seen that."""
    right = WebSocket(NULL, random, head_limit=500)
    right.receive(client().take_control())
    said = encoded(opened()[0], frame(b"\x05READY", COMMAND)) + piece(b"\0" + b"a" * 1000, BINARY, last=False)
    assert right.receive(said) == frame(b"\x05READY", COMMAND)
    right.shaken()
    assert right.receive(piece(b"b", CONTINUATION, last=True)) == frame(b"a" * 1000 + b"b")


@chances(150)
@given(
    st.lists(st.lists(st.binary(max_size=200), min_size=1, max_size=5), max_size=5),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_any_pieces_in_any_chunks(messages: list[list[bytes]], pings: bool, chance: object) -> None:
    _, right = opened()
    between = piece(b"p", PING, last=True) if pings else b""
    said = b"".join(in_pieces([b"\0", *message], between) for message in messages)
    got = b"".join(map(right.receive, pieces(said, chance))) if said else b""
    assert got == b"".join(frame(b"".join(message)) for message in messages)
