"""libzmq peers that want to authenticate, and sockets of ours that cannot: refused, and nobody else notices."""

from __future__ import annotations

import errno

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.errors import ProtocolError

from ..support.judge import Judge

FAILED = Event.HANDSHAKE_FAILED_PROTOCOL | Event.HANDSHAKE_FAILED_NO_DETAIL
KEY = bytes(range(32))

CLIENTS = {
    "PLAIN": {"plain_username": b"admin", "plain_password": b"secret"},
    "CURVE": {"curve_publickey": KEY, "curve_secretkey": KEY, "curve_serverkey": KEY},
}
SERVERS = {"PLAIN": {"plain_server": 1}, "CURVE": {"curve_server": 1, "curve_secretkey": KEY}}


def check(event: zmqx.SocketEvent | None, mechanism: str) -> None:
    """libzmq may hang up on our greeting before it has sent all of its own."""
    assert event is not None
    if event.kind == Event.HANDSHAKE_FAILED_PROTOCOL:
        assert event.value == ProtocolError.MECHANISM_MISMATCH
        assert f"the peer's mechanism is '{mechanism}', ours is 'NULL'" in event.reason
    else:
        assert event.value in (errno.EPIPE, errno.ECONNRESET)
        assert event.reason


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
def test_a_client_with_credentials_is_refused(ctx: zmqx.Context, judge: Judge, mechanism: str) -> None:
    router = ctx.socket(zmqx.ROUTER)
    endpoint = router.bind("tcp://127.0.0.1:*")
    friend = judge.socket("DEALER")
    friend.connect(endpoint)
    router.wait_connected(timeout=10_000)
    events = router.events(FAILED)
    stranger = judge.socket("DEALER", **CLIENTS[mechanism])
    stranger.connect(endpoint)
    check(events.recv(timeout=10_000), mechanism)
    friend.send_multipart([b"hello"])
    own, _ = router.recv_multipart(timeout=10_000)
    router.send_multipart([own, b"you"])
    assert friend.recv_multipart() == [b"you"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
def test_a_server_that_asks_for_credentials_is_left_and_tried_again(
    ctx: zmqx.Context, judge: Judge, mechanism: str
) -> None:
    dealer = ctx.socket(zmqx.DEALER, reconnect_ivl=20)
    events = dealer.events(FAILED)
    server = judge.socket("ROUTER", **SERVERS[mechanism])
    dealer.connect(server.bind("tcp://127.0.0.1:*"))
    for _ in range(2):
        check(events.recv(timeout=10_000), mechanism)
    assert dealer.wait_connected(0) == 0
