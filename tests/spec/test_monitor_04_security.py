"""docs/spec/monitor.md, section 4: what is told of peers that may not come in, and of traffic that does not open."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx
from zmqx.wire.frames import frame

from ..interop.test_zap import answer, answering, every_mechanism, meet, told
from ..support.callers import until
from ..support.raw_peer import RawPeer
from ..wire.secured import client_of
from .lib import Lib
from .states import states
from .watching import watch


@states("M4.14")
@every_mechanism
@pytest.mark.parametrize("status", [400, 500])
def test_who_is_refused(lib: Lib, mechanism: str, status: int) -> None:
    zap = answering(lib)
    _, near, _, far = meet(lib, mechanism)
    answer(zap, b"1.0", b"", b"%d" % status, b"no", b"", b"")
    assert told(near, 2) == told(far, 2) == [("HANDSHAKE_FAILED_AUTH", status), ("DISCONNECTED", 0)]
    assert near.rest() == far.rest() == []


PLAIN_TEXT = {"no command": frame(b"x" * 40), "another": frame(b"\x04PING" + bytes(40)), "short": frame(b"\x07MESSAGE")}
CODES = {
    "repeated": 0x10000002,
    "touched": 0x11000001,
    "no command": 0x10000011,
    "another": 0x10000001,
    "short": 0x10000012,
}


@states("M4.21")
@pytest.mark.parametrize("fault", CODES)
def test_traffic_that_does_not_open(lib: Lib, fault: str) -> None:
    server, near = watch(lib, zmqx.PULL, curve_server=1, curve_secretkey=b"\x01" * 32, rcvtimeo=10_000)
    client = client_of("CURVE")
    with RawPeer.connect(lib.bind(server)) as peer:
        _shake_hands(peer, client)
        assert near.kinds_until("HANDSHAKE_SUCCEEDED")
        good = b"".join(map(bytes, client.encode([b"good"])))
        peer.send(good)
        assert server.recv() == b"good"
        bad = {"repeated": good, "touched": b"".join(map(bytes, client.encode([b"bad"]))), **PLAIN_TEXT}
        data = bad[fault] if fault != "touched" else bad[fault][:-1] + bytes((bad[fault][-1] ^ 1,))
        peer.send(data)
        failed = near.next()
        assert (failed.kind, failed.value) == ("HANDSHAKE_FAILED_PROTOCOL", CODES[fault])
        if lib.ours or near.some(1000):  # libzmq sometimes forgets to hang up, and reads no more
            assert near.next().kind == "DISCONNECTED"
            assert peer.ended()


def _shake_hands(peer: Any, client: Any) -> None:
    """Do what the client's connection says until it is in traffic."""

    def done() -> bool:
        out = client.take_output()
        if out:
            peer.send(out)
        if client.peer is None:
            client.receive(peer.sock.recv(65536))
        return client.peer is not None

    until(done)
