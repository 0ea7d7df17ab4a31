"""Trap 4 is about CURVE's framing. Where only NULL is spoken, a peer that wants more is refused, at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.errors import ProtocolError

from ..support.events import await_event
from ..support.raw_peer import GREETING, RawListener, RawPeer, frame, greeting, ready

HELLO = {
    b"PLAIN": frame(b"\x05HELLO\x05admin\x06secret", 4),
    b"CURVE": frame(b"\x05HELLO\x01\x00" + bytes(192), 4),
    b"GSSAPI": frame(b"\x08INITIATE" + bytes(8), 4),
    b"null": ready("PUSH"),
    b"NULL\0x": ready("PUSH"),
    b"": ready("PUSH"),
}


@pytest.mark.parametrize("mechanism", HELLO, ids=lambda name: name.decode().replace("\0", "-") or "empty")
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_caller_with_another_mechanism_is_refused(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str, mechanism: bytes
) -> None:
    # Nothing here waits for the handshake's limit of time.
    pull = ctx.socket(zmqx.PULL, handshake_ivl=0)
    events = pull.events(Event.HANDSHAKE_FAILED_PROTOCOL | Event.DISCONNECTED)
    endpoint = pull.bind(endpoint_of(transport))
    with RawPeer.connect(endpoint) as friend, RawPeer.connect(endpoint) as peer:
        friend.shake_hands("PUSH")
        peer.send(greeting(mechanism=mechanism) + HELLO[mechanism])
        event = await_event(events, Event.HANDSHAKE_FAILED_PROTOCOL)
        assert event.value == ProtocolError.MECHANISM_MISMATCH
        assert event.reason == f"the peer's mechanism is {mechanism.decode()!r}, ours is 'NULL'"
        assert await_event(events, Event.DISCONNECTED).reason == event.reason
        assert peer.ended()
        friend.send(frame(b"hello"))
        assert pull.recv(timeout=10_000) == b"hello"


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"CURVE"])
def test_a_server_with_another_mechanism_is_left(ctx: zmqx.Context, mechanism: bytes) -> None:
    push = ctx.socket(zmqx.PUSH, handshake_ivl=0, reconnect_ivl=10)
    events = push.events(Event.HANDSHAKE_FAILED_PROTOCOL)
    with RawListener() as listener:
        push.connect(listener.endpoint)
        push.send(b"for better days")
        with listener.accept() as peer:
            peer.send(greeting(mechanism=mechanism))
            assert repr(mechanism.decode()) in await_event(events, Event.HANDSHAKE_FAILED_PROTOCOL).reason
            assert peer.ended()
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            assert peer.recv_message() == [b"for better days"]


@pytest.mark.parametrize("hello", [HELLO[b"PLAIN"], HELLO[b"CURVE"]], ids=["PLAIN", "CURVE"])
def test_another_mechanisms_command_is_no_ready(ctx: zmqx.Context, hello: bytes) -> None:
    pull = ctx.socket(zmqx.PULL, handshake_ivl=0)
    events = pull.events(Event.HANDSHAKE_FAILED_PROTOCOL)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.send(GREETING + hello)
        event = await_event(events, Event.HANDSHAKE_FAILED_PROTOCOL)
        assert event.value == ProtocolError.UNEXPECTED_COMMAND
        assert event.reason == "HELLO where READY is due"
        assert peer.ended()


def test_data_in_a_command_frame_is_no_message(ctx: zmqx.Context) -> None:
    """What libzmq does with CURVE's MESSAGE in a COMMAND frame, we do with any: it is dropped."""
    pull = ctx.socket(zmqx.PULL)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("PUSH")
        peer.send(frame(b"\x07MESSAGE" + bytes(30), 4) + frame(b"plain", 4) + frame(b"real"))
        assert pull.recv_multipart(timeout=10_000) == [b"real"]
