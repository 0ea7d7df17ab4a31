"""Heartbeats on a clock of our own (RFC 37, section 3.4)."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.constants import Event

from ..support.raw_peer import GREETING, SIGNATURE, frame, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork, VirtualPeer
from .conftest import MakeSocket

PONG = frame(b"\x04PONG", 4)
OUR_PING = (4, b"\x04PING\0\0")


def _joined(make_socket: MakeSocket, network: VirtualNetwork, **options: object) -> tuple[VirtualSocket, VirtualPeer]:
    pair = make_socket(zmqx.PAIR, **options)
    pair.bind("mem://beat")
    peer = network.call("beat").shake_hands("PAIR", None)
    pair.events()
    return pair, peer


def _ping(tenths: int) -> bytes:
    return frame(b"\x04PING" + tenths.to_bytes(2, "big"), 4)


def test_none_by_default(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    _, peer = _joined(make_socket, network)
    reactor.advance(10_000_000)
    assert peer.take_frames() == []


def test_one_ping_per_interval(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    _, peer = _joined(make_socket, network, heartbeat_ivl=100)
    reactor.advance(99)
    assert peer.take_frames() == []
    reactor.advance(1)
    assert peer.take_frames() == [OUR_PING]
    for _ in range(5):
        peer.send(PONG)
        reactor.advance(100)
        assert peer.take_frames() == [OUR_PING]


def test_pings_are_sent_whatever_else_is(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair, peer = _joined(make_socket, network, heartbeat_ivl=100)
    for _ in range(10):
        reactor.advance(50)
        pair.send(b"busy")
        peer.send(frame(b"busy too"))
    assert peer.take_frames().count(OUR_PING) == 5


def test_none_before_the_handshake_is_over(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair = make_socket(zmqx.PAIR, heartbeat_ivl=100)
    pair.bind("mem://beat")
    peer = network.call("beat")
    peer.greet()
    peer.take()
    reactor.advance(1000)
    assert peer.take() == b""


@pytest.mark.parametrize(("ttl", "tenths"), [(0, 0), (99, 0), (100, 1), (1999, 19), (65_500, 655), (6_553_500, 655)])
def test_the_ttl_is_sent_in_tenths_and_never_more_than_libzmq_can_bear(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, ttl: int, tenths: int
) -> None:
    _, peer = _joined(make_socket, network, heartbeat_ivl=100, heartbeat_ttl=ttl)
    reactor.advance(100)
    assert peer.take_frames() == [(4, b"\x04PING" + tenths.to_bytes(2, "big"))]


@pytest.mark.parametrize(("options", "silence"), [({}, 100), ({"heartbeat_timeout": 500}, 500)], ids=["ivl", "timeout"])
def test_silence_closes_counted_from_the_first_ping(
    make_socket: MakeSocket,
    network: VirtualNetwork,
    reactor: VirtualReactor,
    options: dict[str, int],
    silence: int,
) -> None:
    pair, peer = _joined(make_socket, network, heartbeat_ivl=100, **options)
    assert reactor.run_until(lambda: peer.gone, 2000) == 100 + silence
    (lost,) = pair.events()
    assert lost.kind == Event.DISCONNECTED
    assert f"{silence} ms" in lost.reason


def test_timeout_0_never_closes(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    _, peer = _joined(make_socket, network, heartbeat_ivl=100, heartbeat_timeout=0)
    reactor.advance(100_000)
    assert not peer.gone


@pytest.mark.parametrize(
    "sign",
    [PONG, frame(b"a message"), frame(b"part", 1), b"\x02", _ping(0), frame(b"\x07UNKNOWN", 4)],
    ids=["pong", "message", "part", "first-byte-of-a-frame", "ping", "unknown-command"],
)
def test_any_byte_is_a_sign_of_life(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, sign: bytes
) -> None:
    _, peer = _joined(make_socket, network, heartbeat_ivl=100, heartbeat_timeout=300)
    reactor.advance(399)
    peer.send(sign)
    reactor.advance(1)
    assert not peer.gone
    assert reactor.run_until(lambda: peer.gone, 2000) <= 400


def test_a_long_frame_on_a_slow_line_is_no_silence(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair, peer = _joined(make_socket, network, heartbeat_ivl=100)
    data = frame(b"z" * 500)
    for start in range(0, len(data), 10):
        peer.send(data[start : start + 10])
        reactor.advance(60)
    assert pair.recv() == b"z" * 500
    assert not peer.gone


def test_a_ttl_from_the_peer_is_honoured(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair, peer = _joined(make_socket, network)
    peer.send(_ping(5))
    assert peer.take_frames() == [(4, b"\x04PONG")]
    assert reactor.run_until(lambda: peer.gone, 2000) == 500
    assert pair.kinds() == ["DISCONNECTED"]


def test_a_sign_of_life_stops_the_ttl(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    _, peer = _joined(make_socket, network)
    peer.send(_ping(5))
    reactor.advance(499)
    peer.send(frame(b"hello"))
    reactor.advance(100_000)
    assert not peer.gone


def test_each_ping_starts_its_ttl_anew(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    _, peer = _joined(make_socket, network)
    for _ in range(5):
        peer.send(_ping(5))
        reactor.advance(400)
    assert reactor.run_until(lambda: peer.gone, 2000) == 100


def test_a_large_ttl_does_not_wrap_round(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    """libzmq's arithmetic turns 65.6 s into 64 ms."""
    _, peer = _joined(make_socket, network)
    peer.send(_ping(656))
    assert reactor.run_until(lambda: peer.gone, 100_000) == 65_600


def test_a_ttl_that_comes_with_ready_is_honoured(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair = make_socket(zmqx.PAIR)
    pair.bind("mem://beat")
    peer = network.call("beat")
    peer.send(GREETING + ready("PAIR", None) + _ping(5))
    assert pair.peers == 1
    reactor.advance(500)
    assert peer.gone


def test_a_ttl_behind_a_full_inbox_is_honoured(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair, peer = _joined(make_socket, network, rcvhwm=2)
    peer.send(frame(b"1") + frame(b"2") + _ping(5))
    assert pair.recv_all() == [b"1", b"2"]
    assert peer.take_frames() == [(4, b"\x04PONG")]
    reactor.advance(500)
    assert peer.gone


def test_both_timers_of_one_connection_run_side_by_side(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    _, peer = _joined(make_socket, network, heartbeat_ivl=100, heartbeat_timeout=1000)
    peer.send(_ping(2))
    assert reactor.run_until(lambda: peer.gone, 2000) == 200


def test_old_peers_are_not_pinged(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    pair = make_socket(zmqx.PAIR, heartbeat_ivl=100)
    pair.bind("mem://beat")
    peer = network.call("beat")
    peer.send(SIGNATURE + b"\x01\x00" + frame(b""))
    assert pair.peers == 1
    peer.take()
    reactor.advance(1000)
    assert peer.take() == b""
    assert not peer.gone


def test_peers_of_zmtp_3_0_are_pinged(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair = make_socket(zmqx.PAIR, heartbeat_ivl=100)
    pair.bind("mem://beat")
    peer = network.call("beat")
    peer.send(GREETING[:11] + b"\0" + GREETING[12:] + ready("PAIR", None))
    peer.take()
    reactor.advance(100)
    assert peer.take_frames() == [OUR_PING]


def test_no_timer_outlives_the_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    _, peer = _joined(make_socket, network, heartbeat_ivl=100, heartbeat_timeout=500)
    peer.send(_ping(50))
    reactor.advance(250)
    peer.close()
    assert reactor.pending() == []


def test_a_dialer_comes_back_after_silence(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("home")
    pair = make_socket(zmqx.PAIR, heartbeat_ivl=100, reconnect_ivl=10, reconnect_ivl_max=10)
    pair.connect("mem://home")
    network.take_call(acceptor).shake_hands("PAIR", None)
    reactor.advance(210)
    network.take_call(acceptor).shake_hands("PAIR", None)
    assert pair.peers == 1
    assert pair.kinds()[3:5] == ["DISCONNECTED", "CONNECT_RETRIED"]
    acceptor.close()
