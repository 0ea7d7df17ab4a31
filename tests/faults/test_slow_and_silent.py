"""Peers that take their time: slow ones are served, silent ones are shown out, and nobody else waits."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

import zmqx
from zmqx.constants import Event

from ..support.bodies import fill
from ..support.events import await_event
from ..support.raw_peer import GREETING, SIGNATURE, RawListener, RawPeer, frame, ready
from .conftest import FRIENDS, Company

# Each type that receives, what a peer of it says, and what is received of that.
RECEIVERS: dict[str, tuple[bytes, list[bytes], list[bytes]]] = {
    "PULL": (b"", [], []),
    "PAIR": (b"", [], []),
    "SUB": (b"", [], []),
    "XSUB": (b"", [], []),
    "DEALER": (b"", [], []),
    "ROUTER": (b"", [], [b"name"]),
    "REP": (frame(b"", 1), [b""], []),
    "XPUB": (b"", [], []),
}


def drip(peer: RawPeer, data: bytes) -> None:
    for at in range(len(data)):
        peer.send(data[at : at + 1])


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("kind", RECEIVERS)
def test_one_byte_at_a_time_is_as_good(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], kind: str, transport: str
) -> None:
    before, _, own = RECEIVERS[kind]
    sock = ctx.socket(getattr(zmqx, kind))
    if kind == "SUB":
        sock.subscribe(b"")
    with RawPeer.connect(sock.bind(endpoint_of(transport))) as peer:
        drip(peer, GREETING + ready(FRIENDS[kind], b"name"))
        drip(peer, frame(b"\x04PING\0\0slowly", 4))
        messages = [[b"x"], [b"", fill(300), b""], [fill(2000)]]
        for message in messages:
            drip(peer, before + b"".join(frame(part, 1) for part in message[:-1]) + frame(message[-1]))
            assert sock.recv_multipart(timeout=10_000) == [*own, *message]
            if kind == "REP":
                sock.send(b"thank you")
        assert peer.recv(64) == GREETING
        while (got := peer.recv_frame()) != (4, b"\x04PONGslowly"):
            assert got[0] in (0, 1, 4)


def test_an_old_peer_may_be_slow_too(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    for hello in (SIGNATURE + b"\1\x08" + frame(b"name"), SIGNATURE + b"\0\x08" + b"\5\0name", b"\5\0name"):
        with RawPeer.connect(endpoint) as peer:
            body = fill(400)
            old = not hello.startswith(SIGNATURE + b"\1")
            drip(peer, hello + (b"\xff" + (401).to_bytes(8, "big") + b"\0" + body if old else frame(body)))
            assert pull.recv(timeout=10_000) == body


SAID = {
    "nothing": b"",
    "one-byte": b"\xff",
    "signature": SIGNATURE,
    "most-of-the-greeting": GREETING[:63],
    "greeting": GREETING,
    "half-a-ready": GREETING + ready("PUSH")[:7],
    "a-letter": b"G",
    "half-an-identity": SIGNATURE + b"\1\x08\0\x05ab",
}


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_silence_in_the_handshake_is_ended(company: Callable[..., Company], transport: str) -> None:
    good = company("PULL", transport, handshake_ivl=200)
    events = good.sock.events(Event.HANDSHAKE_FAILED_NO_DETAIL)
    peers = [RawPeer.connect(good.endpoint) for _ in SAID]
    for peer, said in zip(peers, SAID.values()):
        peer.send(said)
    good.talks()
    for peer in peers:
        event = await_event(events, Event.HANDSHAKE_FAILED_NO_DETAIL)
        assert event.value == errno.EAGAIN
        assert event.reason == "the handshake took too long"
        assert peer.ended()
        peer.close()
    assert good.ended(len(peers)) == ["the handshake took too long"] * len(peers)
    good.talks()


def test_silence_after_the_handshake_is_nobodys_fault(company: Callable[..., Company]) -> None:
    good = company("PULL", handshake_ivl=50)
    events = good.sock.events(Event.DISCONNECTED)
    with RawPeer.connect(good.endpoint) as peer:
        peer.shake_hands("PUSH")
        good.sock.wait_connected(2, timeout=10_000)
        with pytest.raises(zmqx.Again):
            events.recv(timeout=150)
        peer.send(frame(b"at last"))
        assert good.sock.recv(timeout=10_000) == b"at last"


def test_a_server_that_says_nothing_is_tried_again(ctx: zmqx.Context) -> None:
    push = ctx.socket(zmqx.PUSH, handshake_ivl=50, reconnect_ivl=10)
    events = push.events(Event.HANDSHAKE_FAILED_NO_DETAIL | Event.CONNECT_RETRIED)
    with RawListener() as listener:
        push.connect(listener.endpoint)
        push.send(b"patience")
        for _ in range(2):
            with listener.accept() as peer:
                assert await_event(events, Event.HANDSHAKE_FAILED_NO_DETAIL).reason == "the handshake took too long"
                assert await_event(events, Event.CONNECT_RETRIED).reason == "the handshake took too long"
                assert peer.ended()
        push.handshake_ivl = 0  # for endpoints to come: not for this one
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            assert peer.recv_message() == [b"patience"]


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_flood_of_callers_who_never_speak(company: Callable[..., Company], transport: str) -> None:
    count = 200
    good = company("ROUTER", transport, handshake_ivl=400, backlog=count)
    events = good.sock.events(Event.ACCEPTED, limit=1000)
    peers = [RawPeer.connect(good.endpoint) for _ in range(count)]
    try:
        for _ in range(count):
            await_event(events, Event.ACCEPTED)
        good.talks()
        assert good.ended(count) == ["the handshake took too long"] * count
        assert all(peer.ended() for peer in peers)
    finally:
        for peer in peers:
            peer.close()
    good.talks()
