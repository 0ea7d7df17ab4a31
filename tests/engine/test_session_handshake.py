"""The handshake, seen from a socket: what a peer does to it, and what the socket makes of that."""

from __future__ import annotations

import errno

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.errors import ProtocolError

from ..support.raw_peer import GREETING, SIGNATURE, frame, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork, VirtualPeer
from .conftest import MakeSocket


@pytest.fixture
def pull(make_socket: MakeSocket) -> VirtualSocket:
    made = make_socket(zmqx.PULL, handshake_ivl=1000)
    made.bind("mem://here")
    made.events()
    return made


@pytest.fixture
def peer(network: VirtualNetwork, pull: VirtualSocket) -> VirtualPeer:
    found = network.call("here")
    assert pull.kinds() == ["ACCEPTED"]
    return found


def test_success_is_announced_and_the_peer_counts(pull: VirtualSocket, peer: VirtualPeer) -> None:
    assert pull.peers == 0
    peer.shake_hands("PUSH", None)
    assert pull.kinds() == ["HANDSHAKE_SUCCEEDED"]
    assert pull.peers == 1


def test_the_signature_is_sent_before_the_peer_says_anything(peer: VirtualPeer) -> None:
    assert peer.take()[:10] == SIGNATURE


def test_a_greeting_may_come_byte_by_byte(pull: VirtualSocket, peer: VirtualPeer) -> None:
    for byte in GREETING + ready("PUSH", None):
        peer.send(bytes([byte]))
    assert pull.kinds() == ["HANDSHAKE_SUCCEEDED"]


def test_messages_behind_ready_in_one_burst_are_received(pull: VirtualSocket, peer: VirtualPeer) -> None:
    peer.send(GREETING + ready("PUSH", None) + frame(b"early") + frame(b"bird"))
    assert pull.recv_all() == [b"early", b"bird"]


def test_our_ready_is_out_before_a_message_that_waited(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("there")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://there")
    assert push.send(b"waiting")
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    (_, first), second = peer.take_frames()
    assert first.startswith(b"\x05READY")
    assert second == (0, b"waiting")
    acceptor.close()


@pytest.mark.parametrize(
    "said", [b"", SIGNATURE, GREETING, GREETING + ready("PUSH", None)[:-1], b"G"], ids=lambda said: f"{len(said)}-bytes"
)
def test_a_slow_handshake_ends_when_its_time_is_up(
    pull: VirtualSocket, peer: VirtualPeer, reactor: VirtualReactor, said: bytes
) -> None:
    peer.send(said)
    reactor.advance(999)
    assert not peer.gone
    reactor.advance(1)
    assert peer.gone
    failed, lost = pull.events()
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_NO_DETAIL, errno.EAGAIN)
    assert lost.kind == Event.DISCONNECTED
    assert "handshake" in failed.reason
    assert "handshake" in lost.reason


def test_an_http_request_does_not_stay_for_ever(
    pull: VirtualSocket, peer: VirtualPeer, reactor: VirtualReactor
) -> None:
    """libzmq takes it for a peer of ZMTP 1.0 with a long identity, and keeps it."""
    peer.send(b"GET / HTTP/1.1\r\n\r\n")
    reactor.advance(1000)
    assert peer.gone


def test_handshake_ivl_0_waits_for_ever(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pull = make_socket(zmqx.PULL, handshake_ivl=0)
    pull.bind("mem://patient")
    peer = network.call("patient")
    reactor.advance(10_000_000)
    assert not peer.gone
    peer.shake_hands("PUSH", None)
    assert pull.peers == 1


def test_the_handshake_timer_ends_with_the_handshake(
    pull: VirtualSocket, peer: VirtualPeer, reactor: VirtualReactor
) -> None:
    reactor.advance(900)
    peer.shake_hands("PUSH", None)
    reactor.advance(100_000)
    assert pull.kinds() == ["HANDSHAKE_SUCCEEDED"]
    assert not peer.gone


@pytest.mark.parametrize("after", [0, 5, 10, 30, 64, 80])
def test_a_peer_that_closes_in_the_handshake(pull: VirtualSocket, peer: VirtualPeer, after: int) -> None:
    peer.send((GREETING + ready("PUSH", None))[:after])
    peer.close()
    failed, lost = pull.events()
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_NO_DETAIL, errno.EPIPE)
    assert lost.kind == Event.DISCONNECTED
    assert failed.reason
    assert pull.peers == 0


def test_a_reset_in_the_handshake(pull: VirtualSocket, peer: VirtualPeer) -> None:
    peer.stream.break_off(errno.ECONNRESET)
    failed, lost = pull.events()
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_NO_DETAIL, errno.ECONNRESET)
    assert lost.kind == Event.DISCONNECTED


_OTHER_MECHANISM = GREETING[:12] + b"PLAIN".ljust(20, b"\0") + GREETING[32:]
_LOWER_CASE = GREETING[:12] + b"null".ljust(20, b"\0") + GREETING[32:]
_PADDED = GREETING[:12] + b"NULL ".ljust(20, b"\0") + GREETING[32:]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (_OTHER_MECHANISM, ProtocolError.MECHANISM_MISMATCH),
        (_LOWER_CASE, ProtocolError.MECHANISM_MISMATCH),
        (_PADDED, ProtocolError.MECHANISM_MISMATCH),
        (GREETING + frame(b"\x05HELLO", 4), ProtocolError.UNEXPECTED_COMMAND),
        (GREETING + frame(b"\x04PING\0\0", 4), ProtocolError.UNEXPECTED_COMMAND),
        (GREETING + frame(b"a message"), ProtocolError.UNEXPECTED_COMMAND),
        (GREETING + frame(b"", 4), ProtocolError.UNEXPECTED_COMMAND),
        (GREETING + frame(b"\xffREADY", 4), ProtocolError.UNEXPECTED_COMMAND),
        (GREETING + frame(b"\x05ERROR\x09x", 4), ProtocolError.MALFORMED_ERROR),
        (GREETING + ready("PULL", None), ProtocolError.INVALID_METADATA),
        (GREETING + ready("push", None), ProtocolError.INVALID_METADATA),
        (GREETING + frame(b"\x05READY\x0bSocket-Type\0\0\0\x09PUSH", 4), ProtocolError.INVALID_METADATA),
        (GREETING + frame(b"\x05READY\x0bSocket-Type\0\0\0\x04PUSH\x01", 4), ProtocolError.INVALID_METADATA),
    ],
    ids=[
        "other-mechanism",
        "lower-case-mechanism",
        "padded-mechanism",
        "hello",
        "ping",
        "message",
        "empty-command",
        "name-past-the-end",
        "malformed-error",
        "incompatible-type",
        "type-in-lower-case",
        "truncated-value",
        "trailing-byte",
    ],
)
def test_a_broken_rule_ends_the_handshake_with_words(
    pull: VirtualSocket, peer: VirtualPeer, said: bytes, code: int
) -> None:
    peer.send(said)
    assert peer.gone
    failed, lost = pull.events()
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_PROTOCOL, code)
    assert lost.kind == Event.DISCONNECTED
    assert failed.reason == lost.reason != ""
    assert pull.peers == 0


@pytest.mark.parametrize("status", [300, 400, 500])
def test_an_error_with_a_status_is_a_failed_authentication(pull: VirtualSocket, peer: VirtualPeer, status: int) -> None:
    peer.send(GREETING + frame(b"\x05ERROR\x03%d" % status, 4))
    failed, lost = pull.events()
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_AUTH, status)
    assert lost.kind == Event.DISCONNECTED
    assert peer.gone


def test_an_error_in_words_is_passed_on(pull: VirtualSocket, peer: VirtualPeer) -> None:
    peer.send(GREETING + frame(b"\x05ERROR\x07go away", 4))
    assert peer.gone
    assert "go away" in pull.events()[-1].reason


def test_mismatches_name_both_sides(pull: VirtualSocket, peer: VirtualPeer, network: VirtualNetwork) -> None:
    peer.send(_OTHER_MECHANISM)
    network.call("here").send(GREETING + ready("SUB", None))
    reasons = [event.reason for event in pull.events() if event.kind == Event.HANDSHAKE_FAILED_PROTOCOL]
    assert "PLAIN" in reasons[0]
    assert "NULL" in reasons[0]
    assert "PULL" in reasons[1]
    assert "SUB" in reasons[1]


@pytest.mark.parametrize("size", [70_000, 1 << 40, (1 << 64) - 1])
def test_an_endless_handshake_command_is_refused_by_its_header(
    pull: VirtualSocket, peer: VirtualPeer, size: int
) -> None:
    peer.send(GREETING + b"\x06" + size.to_bytes(8, "big"))
    assert peer.gone
    assert pull.find(Event.HANDSHAKE_FAILED_PROTOCOL)[0].reason


def test_maxmsgsize_is_about_messages_not_the_handshake(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pull = make_socket(zmqx.PULL, maxmsgsize=3)
    pull.bind("mem://narrow")
    network.call("narrow").shake_hands("PUSH", None)
    assert pull.peers == 1


def test_other_peers_are_not_touched_by_one_that_errs(
    pull: VirtualSocket, peer: VirtualPeer, network: VirtualNetwork
) -> None:
    good = network.call("here").shake_hands("PUSH", None)
    peer.send(_OTHER_MECHANISM)
    good.send(frame(b"still here"))
    assert pull.recv() == b"still here"
    assert pull.peers == 1


def test_ready_comes_twice_and_the_second_is_passed_over(pull: VirtualSocket, peer: VirtualPeer) -> None:
    peer.shake_hands("PUSH", None)
    peer.send(ready("PUSH", None) + frame(b"after"))
    assert pull.recv_all() == [b"after"]
    assert pull.kinds() == ["HANDSHAKE_SUCCEEDED"]
