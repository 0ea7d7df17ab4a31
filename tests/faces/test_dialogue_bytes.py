"""Requests and replies with a peer that says them byte by byte: what is out of the ordinary is read by the long way."""

from __future__ import annotations

import random
import socket as sockets
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

import zmqx
from zmqx.wire.frames import Decoder

from ..support.raw_peer import RawPeer, frame

WAIT = 5000


@pytest.fixture
def asking(ctx: zmqx.Context) -> Iterator[tuple[zmqx.Socket, RawPeer]]:
    """A REP, and a peer that asks byte by byte."""
    rep = ctx.socket(zmqx.REP, spin=0)
    with RawPeer.connect(rep.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("REQ")
        rep.wait_connected(timeout=WAIT)
        yield rep, peer


def request(body: bytes) -> bytes:
    return frame(b"", 1) + frame(body)


def receive_until_closed(socket: zmqx.Socket) -> None:
    with pytest.raises(zmqx.ZMQError) as caught:
        socket.recv()
    assert caught.value.errno == zmqx.ENOTSOCK


ODD = [
    frame(b"\x04PING\x00\x00", 4),
    frame(b"\x07UNKNOWN", 4),
    frame(b"", 1) + frame(b"a", 1) + frame(b"b"),  # two parts
    frame(b"id", 1) + request(b"a"),  # a longer way back
    b"\x03" + bytes(8) + frame(b"a"),  # the delimiter in a long frame
    b"\x01\x00\x02" + (1).to_bytes(8, "big") + b"a",  # a long frame of one byte
    frame(b"no way back"),
    frame(b"") + frame(b"a"),
    request(b"a") + request(b"b"),
    frame(b"", 1) + request(b"a"),  # cut behind the delimiter, a part of a message looks like a request
    frame(b"\0", 1) + frame(b"x"),  # as does this, behind the first byte
    frame(b"", 1) + frame(bytes(2000) + request(b"in a body")),
]
CUTS = [[], [1], [2], [-1], [-13], [1, 2]]


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("odd", ODD)
def test_what_is_out_of_the_ordinary_is_read_all_the_same(
    asking: Any, odd: bytes, cuts: list[int], apart: bool
) -> None:
    """Together with the request that follows, or piece by piece, each read before the next is sent."""
    rep, peer = asking
    stream = odd + request(b"last")
    expected = [split(item) for item in decode_all(stream) if type(item) is list and b"" in item[:-1]]
    places = sorted({place % len(odd) for place in cuts}) + ([len(odd)] if apart else [])
    got: list[list[bytes]] = []
    serving = threading.Thread(target=lambda: got.extend(serve_all(rep, len(expected))))
    serving.start()
    session = rep._core._ports.only_session
    for start, stop in zip([0, *places], [*places, len(stream)]):
        read = session.flow.bytes_in
        peer.send(stream[start:stop])
        deadline = monotonic() + WAIT / 1000
        while session.flow.bytes_in - read < stop - start:
            assert monotonic() < deadline
    for back, _ in expected:
        assert peer.recv_message() == [*back, b"reply"]
    serving.join(WAIT / 1000)
    assert got == [body for _, body in expected]


def split(item: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The way back, and the request."""
    at = item.index(b"") + 1
    return item[:at], item[at:]


def serve_all(rep: zmqx.Socket, count: int) -> Iterator[list[bytes]]:
    for _ in range(count):
        first = rep.recv()  # never with a timeout: that goes the long way
        yield [first, *(rep.recv_multipart() if rep.rcvmore else [])]
        rep.send(b"reply")


def decode_all(stream: bytes) -> list[Any]:
    decoder = Decoder()
    decoder.feed(stream)
    found = []
    while True:
        found += decoder.decode(1000)
        if decoder.trap is None:
            return found
        decoder.trap = None


@pytest.mark.parametrize("seed", range(8))
def test_a_stream_in_any_pieces_is_the_same_requests(asking: Any, seed: int) -> None:
    rep, peer = asking
    chance = random.Random(seed)
    bodies = [chance.randbytes(chance.choice([0, 3, 16, 200, 255, 256, 5000])) for _ in range(60)]
    stream = b"".join(
        request(body) + (frame(b"\x04PING\x00\x00c", 4) if chance.random() < 0.1 else b"") for body in bodies
    )

    def speak() -> None:
        at = 0
        while at < len(stream):
            count = chance.choice([1, 2, 3, 4, 20, 20, 300, 3000])
            peer.send(stream[at : at + count])
            at += count

    speaking = threading.Thread(target=speak)
    speaking.start()
    for body in bodies:
        assert rep.recv() == body
        rep.send(body)
    speaking.join(WAIT / 1000)
    for body in bodies:
        assert peer.recv_message() == [b"", body]


@pytest.mark.parametrize("maximum", [10, 300])
def test_longer_frames_than_are_allowed_end_the_connection(ctx: zmqx.Context, maximum: int) -> None:
    rep = ctx.socket(zmqx.REP, spin=0, maxmsgsize=maximum)
    with RawPeer.connect(rep.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("REQ")
        rep.wait_connected(timeout=WAIT)
        peer.send(request(bytes(maximum)))
        assert rep.recv() == bytes(maximum)
        rep.send(b"r")
        waiting = threading.Thread(target=receive_until_closed, args=(rep,))
        waiting.start()
        peer.send(request(bytes(maximum + 1)))
        assert peer.ended()
        rep.close()
        waiting.join(WAIT / 1000)
        assert not waiting.is_alive()


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_reply_that_is_not_taken_at_once_arrives_whole(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str
) -> None:
    """A peer that asks and asks and does not read: replies stop somewhere within a frame (ipc: with a small buffer)."""
    rep = ctx.socket(zmqx.REP, spin=0, **({"sndbuf": 1} if transport == "ipc" else {}))
    with RawPeer.connect(rep.bind(endpoint_of(transport))) as peer:
        peer.shake_hands("REQ")
        rep.wait_connected(timeout=WAIT)
        session = rep._core._ports.only_session
        replies: list[bytes] = []

        def answer(reply: bytes) -> None:
            peer.send(request(b"q"))
            assert rep.recv() == b"q"
            replies.append(reply)
            rep.send(reply)

        while not session.flow.unsent:
            answer(random.randbytes(3000 + len(replies) % 977 if replies else 100))
        begun = session.flow.unsent_bytes
        assert 0 < begun <= len(request(replies[-1]))
        assert transport == "tcp" or begun < len(request(replies[-1])), "a part was taken"
        for number in range(10):
            answer(b"%d" % number)  # these wait behind it
        assert rep._core.unsent() == {str(rep.last_endpoint.decode()): 11}
        taking = threading.Thread(target=lambda: rep.flush(WAIT))
        taking.start()
        for reply in replies:
            assert peer.recv_message() == [b"", reply]
        taking.join(WAIT / 1000)
        assert not taking.is_alive()
        assert (session.flow.messages_written, session.flow.unsent_bytes) == (len(replies), 0)
        answer(b"again")
        assert peer.recv_message() == [b"", b"again"]


def test_a_peer_that_goes_is_noticed_and_the_next_is_heard(asking: Any, ctx: zmqx.Context) -> None:
    rep, peer = asking
    got: list[bytes] = []
    waiting = threading.Thread(target=lambda: got.append(rep.recv()))
    waiting.start()
    peer.reset()
    with RawPeer.connect(rep.last_endpoint.decode()) as other:
        other.shake_hands("REQ")
        other.send(request(b"q"))
        waiting.join(WAIT / 1000)
        assert got == [b"q"]
        rep.send(b"r")
        assert other.recv_message() == [b"", b"r"]


def test_a_reply_without_a_delimiter_breaks_the_protocol(ctx: zmqx.Context) -> None:
    with sockets.create_server(("127.0.0.1", 0)) as listening:
        req = ctx.socket(zmqx.REQ, spin=0)
        req.connect(f"tcp://127.0.0.1:{listening.getsockname()[1]}")
        with RawPeer(listening.accept()[0]) as peer:
            peer.shake_hands("REP")
            req.send(b"q")
            assert peer.recv_message() == [b"", b"q"]
            events = req.events(zmqx.Event.DISCONNECTED)
            waiting = threading.Thread(target=receive_until_closed, args=(req,))
            waiting.start()
            peer.send(frame(b"no delimiter"))
            assert peer.ended()
            told = events.recv(WAIT)
            assert told is not None
            assert "envelope" in told.reason
            events.close()
            req.close()
            waiting.join(WAIT / 1000)
            assert not waiting.is_alive()
