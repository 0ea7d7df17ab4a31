"""Every mistake of a peer is told of in words, with libzmq's number where it has one."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.errors import ProtocolError as P

from ..support.events import await_event
from ..support.raw_peer import GREETING, SIGNATURE, RawListener, RawPeer, frame, greeting, ready
from .conftest import Company

AUTH, PROTOCOL = Event.HANDSHAKE_FAILED_AUTH, Event.HANDSHAKE_FAILED_PROTOCOL
NAME = b"\x05READY\x0bSocket-Type"
HUGE = (1 << 62).to_bytes(8, "big")

IN_HANDSHAKE = {
    "mechanism": (greeting(mechanism=b"PLAIN"), PROTOCOL, P.MECHANISM_MISMATCH, "the peer's mechanism is 'PLAIN'"),
    "socket-type": (GREETING + ready("PUB"), PROTOCOL, P.INVALID_METADATA, "a PULL does not talk to a 'PUB'"),
    "type-in-lower-case": (GREETING + ready("push"), PROTOCOL, P.INVALID_METADATA, "does not talk to a 'push'"),
    "second-type-wrong": (
        GREETING + frame(NAME + b"\0\0\0\4PUSH" + NAME[6:] + b"\0\0\0\3PUB", 4),
        PROTOCOL,
        P.INVALID_METADATA,
        "does not talk to a 'PUB'",
    ),
    "truncated-value": (
        GREETING + frame(NAME + b"\0\0\0\5PUSH", 4),
        PROTOCOL,
        P.INVALID_METADATA,
        "metadata ends within a value",
    ),
    "trailing-byte": (
        GREETING + frame(NAME + b"\0\0\0\4PUSHx", 4),
        PROTOCOL,
        P.INVALID_METADATA,
        "metadata ends within a property",
    ),
    "huge-value": (
        GREETING + frame(NAME + b"\xff\xff\xff\xffPUSH", 4),
        PROTOCOL,
        P.INVALID_METADATA,
        "metadata ends within a value",
    ),
    "unknown-command": (GREETING + frame(b"\x05HELLO", 4), PROTOCOL, P.UNEXPECTED_COMMAND, "HELLO where READY is due"),
    "ping": (GREETING + frame(b"\x04PING\0\0", 4), PROTOCOL, P.UNEXPECTED_COMMAND, "PING where READY is due"),
    "empty-command": (GREETING + frame(b"", 4), PROTOCOL, P.UNEXPECTED_COMMAND, "a malformed command"),
    "malformed-command": (GREETING + frame(b"\x20READY", 4), PROTOCOL, P.UNEXPECTED_COMMAND, "a malformed command"),
    "message": (GREETING + frame(b"hello"), PROTOCOL, P.UNEXPECTED_COMMAND, "where READY is due"),
    "multipart": (
        GREETING + frame(b"a", 1) + frame(b"b"),
        PROTOCOL,
        P.UNEXPECTED_COMMAND,
        "a message where a command is due",
    ),
    "error-400": (
        GREETING + frame(b"\x05ERROR\x03400", 4),
        AUTH,
        400,
        "the peer refused the handshake with status 400",
    ),
    "error-500": (GREETING + frame(b"\x05ERROR\x03500", 4), AUTH, 500, "status 500"),
    "error-in-words": (
        GREETING + frame(b"\x05ERROR\x02no", 4),
        PROTOCOL,
        P.ZMTP_UNSPECIFIED,
        "refused the handshake: no",
    ),
    "malformed-error": (GREETING + frame(b"\x05ERROR\x09no", 4), PROTOCOL, P.MALFORMED_ERROR, "a malformed ERROR"),
    "huge-command": (GREETING + b"\x06" + HUGE, PROTOCOL, P.ZMTP_UNSPECIFIED, f"a frame of {1 << 62} bytes exceeds"),
    "2.0-command": (
        SIGNATURE + b"\1\x08" + frame(b"id", 4),
        PROTOCOL,
        P.ZMTP_UNSPECIFIED,
        "a command from a peer of ZMTP 2.0",
    ),
    "2.0-identity": (
        SIGNATURE + b"\1\x08" + frame(b"a", 1) + frame(b"b"),
        PROTOCOL,
        P.ZMTP_UNSPECIFIED,
        "an identity of several frames",
    ),
    "2.0-huge-identity": (
        SIGNATURE + b"\1\x08\x02" + HUGE,
        PROTOCOL,
        P.ZMTP_UNSPECIFIED,
        f"a frame of {1 << 62} bytes",
    ),
    "1.0-empty": (b"\0", PROTOCOL, P.ZMTP_UNSPECIFIED, "a ZMTP 1.0 frame of length 0"),
    "1.0-identity": (b"\2\1a\2\0b", PROTOCOL, P.ZMTP_UNSPECIFIED, "an identity of several frames"),
    "1.0-huge-identity": (
        SIGNATURE[:1] + HUGE + b"\0",
        PROTOCOL,
        P.ZMTP_UNSPECIFIED,
        f"a frame of {(1 << 62) - 1} bytes",
    ),
}

IN_TRAFFIC = {
    "over-long": (frame(bytes(1001)), "a frame of 1001 bytes exceeds the limit of 1000"),
    "over-long-part": (frame(b"", 1) + frame(bytes(1001), 1), "a frame of 1001 bytes exceeds the limit of 1000"),
    "over-long-command": (frame(b"\x04PING" + bytes(2000), 4), "exceeds the limit of 1000"),
    "huge": (b"\x02" + HUGE, f"a frame of {1 << 62} bytes exceeds the limit of 1000"),
    "all-ones": (b"\xff" * 9, f"a frame of {(1 << 64) - 1} bytes exceeds the limit of 1000"),
}


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("mistake", IN_HANDSHAKE)
def test_mistakes_in_the_handshake(company: Callable[..., Company], transport: str, mistake: str) -> None:
    data, kind, value, reason = IN_HANDSHAKE[mistake]
    good = company("PULL", transport, handshake_ivl=0)
    events = good.sock.events(AUTH | PROTOCOL | Event.DISCONNECTED)
    with RawPeer.connect(good.endpoint) as peer:
        peer.send(data)
        failed = await_event(events, AUTH | PROTOCOL | Event.DISCONNECTED)
        assert (failed.kind, failed.value) == (kind, value)
        assert reason in failed.reason
        assert failed.endpoint == good.endpoint
        assert await_event(events, Event.DISCONNECTED).reason == failed.reason
        assert peer.ended()
    good.talks()


@pytest.mark.parametrize("we_bind", [True, False], ids=["accepted", "dialed"])
@pytest.mark.parametrize("mistake", IN_TRAFFIC)
def test_mistakes_in_traffic(ctx: zmqx.Context, mistake: str, we_bind: bool) -> None:
    data, reason = IN_TRAFFIC[mistake]
    pull = ctx.socket(zmqx.PULL, maxmsgsize=1000)
    events = pull.events(Event.DISCONNECTED)
    with RawListener() as listener:
        if we_bind:
            peer = RawPeer.connect(pull.bind("tcp://127.0.0.1:*"))
        else:
            pull.connect(listener.endpoint)
            peer = listener.accept()
        with peer:
            peer.shake_hands("PUSH")
            peer.send(frame(b"good", 1) + frame(bytes(1000)) + data)
            assert reason in await_event(events, Event.DISCONNECTED).reason
            assert peer.ended()
    # What had arrived before stays.
    assert pull.recv_multipart(timeout=10_000) == [b"good", bytes(1000)]
    assert not pull.poll(0)


CUT_SHORT = {
    "nothing": b"",
    "signature": SIGNATURE,
    "greeting": GREETING,
    "half-a-ready": GREETING + ready("PUSH")[:9],
    "1.0-identity": b"\x05\0ab",
}


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("said", CUT_SHORT)
def test_a_peer_that_leaves_in_the_handshake(company: Callable[..., Company], transport: str, said: str) -> None:
    good = company("PULL", transport, handshake_ivl=0)
    events = good.sock.events(Event.HANDSHAKE_FAILED_NO_DETAIL | Event.DISCONNECTED)
    with RawPeer.connect(good.endpoint) as peer:
        peer.send(CUT_SHORT[said])
    failed = await_event(events, Event.HANDSHAKE_FAILED_NO_DETAIL | Event.DISCONNECTED)
    assert failed.kind == Event.HANDSHAKE_FAILED_NO_DETAIL
    # Closing with our bytes unread makes a RST of it.
    assert failed.value in (errno.EPIPE, errno.ECONNRESET)
    assert failed.reason in ("the peer closed the connection", "Connection reset by peer", "Broken pipe")
    assert await_event(events, Event.DISCONNECTED).reason == failed.reason
    good.talks()


@pytest.mark.parametrize("said", CUT_SHORT)
def test_a_peer_that_resets_in_the_handshake(company: Callable[..., Company], said: str) -> None:
    """It may be gone before we look at it, or before we answer; either way it leaves nothing behind."""
    good = company("PULL", handshake_ivl=0)
    events = good.sock.events(Event.DISCONNECTED | Event.ACCEPT_FAILED)
    for _ in range(5):
        with RawPeer.connect(good.endpoint) as peer:
            peer.send(CUT_SHORT[said])
            peer.reset()
        event = events.recv(timeout=5000)
        assert event is not None
        assert event.reason
    good.talks()


@pytest.mark.parametrize("leave", ["close", "reset", "half-close"])
def test_a_peer_that_leaves_in_traffic(company: Callable[..., Company], leave: str) -> None:
    good = company("PULL")
    with RawPeer.connect(good.endpoint) as peer:
        peer.shake_hands("PUSH")
        peer.send(frame(b"whole", 1) + frame(b"message") + frame(b"half"[:2], 1) + b"\x02\0\0")
        assert good.sock.recv_multipart(timeout=10_000) == [b"whole", b"message"]
        if leave == "reset":
            peer.reset()
        elif leave == "close":
            peer.close()
        else:
            peer.sock.shutdown(1)
            assert peer.ended()
        [reason] = good.ended(1)
        assert reason == ("Connection reset by peer" if leave == "reset" else "the peer closed the connection")
    assert not good.sock.poll(0)
    good.talks()
