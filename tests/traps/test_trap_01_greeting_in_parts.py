"""Trap 1, waiting for a full greeting: libzmq sends 10 bytes, then 1, then 53, each for the matching part of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import zmqx

from ..support.raw_peer import GREETING, RawListener, RawPeer, frame, ready


@pytest.fixture(params=["accepted", "dialed"])
def peer(ctx: zmqx.Context, request: pytest.FixtureRequest) -> Iterator[RawPeer]:
    """A PUSH peer of our PULL, before the first byte."""
    pull = ctx.socket(zmqx.PULL)
    if request.param == "accepted":
        with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
            yield peer
    else:
        with RawListener() as listener:
            pull.connect(listener.endpoint)
            with listener.accept() as peer:
                yield peer


def test_the_signature_comes_unasked(peer: RawPeer) -> None:
    assert peer.recv(10) == GREETING[:10]
    assert peer.is_left_alone()


def test_each_part_is_answered_with_the_next(peer: RawPeer) -> None:
    assert peer.recv(10) == GREETING[:10]
    peer.send(GREETING[:10])
    assert peer.recv(1) == b"\3"
    peer.send(GREETING[10:11])
    assert peer.recv(53) == GREETING[11:]
    peer.send(GREETING[11:])
    assert peer.recv_frame() == (4, b"\x05READY\x0bSocket-Type\0\0\0\x04PULL")


@pytest.mark.parametrize("step", [1, 3, 10, 11, 12, 63, 64])
def test_a_greeting_may_come_in_any_pieces(peer: RawPeer, step: int) -> None:
    for start in range(0, 64, step):
        peer.send(GREETING[start : start + step])
    assert peer.recv(64) == GREETING
    assert peer.recv_frame()[1].startswith(b"\x05READY")


def test_libzmqs_waits_are_satisfied(peer: RawPeer) -> None:
    """A peer that sends each part of its greeting only for the part of ours that goes before."""
    peer.send(GREETING[:10])
    peer.recv(10)
    peer.send(GREETING[10:11])
    peer.recv(1)
    peer.send(GREETING[11:])
    peer.recv(53)
    peer.send(ready("PUSH"))
    assert peer.recv_frame()[1].startswith(b"\x05READY")
    peer.send(frame(b"hello"))
    peer.close()


def test_old_peers_never_see_the_long_greeting(ctx: zmqx.Context) -> None:
    """To ZMTP 2.0 all that follows the major version is the socket type, to 1.0 not even that."""
    dealer = ctx.socket(zmqx.DEALER)
    endpoint = dealer.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as two, RawPeer.connect(endpoint) as one:
        two.send(GREETING[:10] + b"\1\5" + frame(b""))
        assert two.recv(12) == GREETING[:10] + b"\3\5"
        assert two.recv_frame() == (0, b"")
        two.send(frame(b"from 2.0"))
        assert dealer.recv(timeout=10_000) == b"from 2.0"
        one.send(b"\1\0" + b"\x09\0from 1.0")
        assert dealer.recv(timeout=10_000) == b"from 1.0"
        assert one.recv(10) == GREETING[:10]
        assert one.is_left_alone()
