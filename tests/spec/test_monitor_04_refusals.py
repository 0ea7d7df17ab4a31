"""docs/spec/monitor.md: who is not let in, or sent away for what it says; and udp, which has nothing to tell."""

from __future__ import annotations

import select
import socket
from typing import Any

import pytest

import zmqx

from ..support.callers import Caller
from ..support.curve import CLIENT_KEYS, SERVER_KEYS
from ..support.raw_peer import RawListener, RawPeer, address_of
from .lib import Lib
from .states import states
from .watching import watch


def answering(lib: Lib) -> Any:
    """Whoever answers the questions of this library's servers."""
    made = lib.bare_socket(zmqx.REP, linger=0, rcvtimeo=10_000)
    made.bind("inproc://zeromq.zap.01")
    return made


@states("M4.14", "M3.15")
@pytest.mark.parametrize("status", [400, 500])
def test_zap_says_no(lib: Lib, status: int) -> None:
    zap = answering(lib)
    server, near = watch(lib, zmqx.PULL, plain_server=1)
    client, far = watch(lib, zmqx.PUSH, reconnect_ivl=-1, plain_username=b"me", plain_password=b"wrong")
    client.connect(lib.bind(server))
    version, number, *_ = zap.recv_multipart()
    zap.send_multipart([version, number, b"%d" % status, b"no", b"", b""])
    refused = near.until("HANDSHAKE_FAILED_AUTH")[-1]
    assert refused.value == status
    assert near.next().kind == "DISCONNECTED"
    assert far.until("HANDSHAKE_FAILED_AUTH")[-1].value == status
    assert far.next().kind == "DISCONNECTED"


@states("M4.20", "M3.7")
def test_a_filter_says_no(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL, tcp_accept_filter=b"10.0.0.0/8")
    endpoint = lib.bind(pull)
    with RawPeer.connect(endpoint) as peer:
        assert peer.ended()
    assert told.next().kind == "LISTENING"
    failed = told.next()
    assert (failed.kind, failed.endpoint) == ("ACCEPT_FAILED", endpoint)
    assert told.rest() == []


class Tamperer:
    """Carries bytes between a client and a server; from a moment on it spoils what the client says."""

    def __init__(self, endpoint: str) -> None:
        self._listener = RawListener()
        self.endpoint = self._listener.endpoint
        self._server = address_of(endpoint)
        self.spoiling = False
        self._carrying = Caller(self._carry)

    def _carry(self) -> None:
        client = self._listener.accept().sock
        server = socket.create_connection(self._server, 10)
        with client, server:
            while True:
                for ready in select.select([client, server], [], [], 10)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if ready is client and self.spoiling:
                        data = data[:-1] + bytes((data[-1] ^ 1,))
                    (server if ready is client else client).sendall(data)

    def close(self) -> None:
        self._carrying.result()
        self._listener.close()


@states("M4.21")
def test_traffic_that_cannot_be_decrypted(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL, **SERVER_KEYS)
    push = lib.bare_socket(zmqx.PUSH, linger=0, reconnect_ivl=-1, **CLIENT_KEYS)
    between = Tamperer(lib.bind(pull))
    push.connect(between.endpoint)
    told.until("HANDSHAKE_SUCCEEDED")
    push.send(b"good")
    assert pull.poll(10_000)
    assert pull.recv() == b"good"
    between.spoiling = True
    push.send(b"bad")
    failed = told.next()
    assert (failed.kind, failed.value) == ("HANDSHAKE_FAILED_PROTOCOL", zmqx.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
    if lib.ours:  # libzmq loses the errno while it tells its monitor, and goes on or stops as it comes
        assert told.next().kind == "DISCONNECTED"
    push.close()
    between.close()


@states("M1.9")
def test_udp_tells_little(ours: Lib) -> None:
    """libzmq says nothing at all of it: that a descriptor is there, or a name is not, is ours to tell (0010)."""
    dish, near = watch(ours, zmqx.DISH)
    radio, far = watch(ours, zmqx.RADIO)
    dish.bind("udp://127.0.0.1:*")
    dish.join("group")
    dish.rcvtimeo = 10_000
    radio.connect(f"udp://{ours.last_endpoint(dish).removeprefix('udp://')}")
    radio.send(b"x", group="group")
    assert dish.recv() == b"x"
    assert near.rest(20) == ["LISTENING"]
    assert far.rest(20) == ["CONNECTED"]
