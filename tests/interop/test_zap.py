"""Who may come in, with both libraries: the same questions, answers, outcomes and events (RFC 27)."""

from __future__ import annotations

from typing import Any

import pytest
import zmq

import zmqx
from zmqx import z85

from ..spec.lib import Lib
from ..spec.watching import Watcher, watch

ZAP = "inproc://zeromq.zap.01"
MECHANISMS = ["NULL", "PLAIN", "CURVE"]
KEY, SECRET_KEY = zmq.curve_keypair()
OTHER_KEY, OTHER_SECRET_KEY = zmq.curve_keypair()
SERVER: dict[str, dict[str, Any]] = {
    "NULL": {},
    "PLAIN": {"plain_server": 1},
    "CURVE": {"curve_server": 1, "curve_secretkey": SECRET_KEY},
}
CLIENT: dict[str, dict[str, Any]] = {
    "NULL": {},
    "PLAIN": {"plain_username": b"me", "plain_password": b"secret"},
    "CURVE": {"curve_publickey": OTHER_KEY, "curve_secretkey": OTHER_SECRET_KEY, "curve_serverkey": KEY},
}
CREDENTIALS = {"NULL": [], "PLAIN": [b"me", b"secret"], "CURVE": [z85.decode(OTHER_KEY)]}

every_mechanism = pytest.mark.parametrize("mechanism", MECHANISMS)


def answering(lib: Lib) -> Any:
    zap = lib.socket(zmqx.REP)
    zap.bind(ZAP)
    return zap


def meet(lib: Lib, mechanism: str, transport: str = "tcp", **options: Any) -> tuple[Any, Watcher, Any, Watcher]:
    """A server and a client that has called it, once, and what happens to them from the connection on."""
    options = {"zap_domain": b"domain", "handshake_ivl": 10_000, **SERVER[mechanism], **options}
    server, near = watch(lib, zmqx.ROUTER, rcvtimeo=10_000, **options)
    client, far = watch(lib, zmqx.DEALER, reconnect_ivl=-1, rcvtimeo=10_000, **CLIENT[mechanism])
    endpoint = lib.bind(server, transport)
    client.connect(endpoint)
    near.until("ACCEPTED")
    far.until("CONNECTED")
    return server, near, client, far


def told(watcher: Watcher, count: int) -> list[tuple[str, int]]:
    return [(event.kind, 0 if event.kind == "DISCONNECTED" else event.value) for event in watcher.take(count)]


def answer(zap: Any, *reply: bytes) -> list[bytes]:
    """Answer the next question; the question."""
    question: list[bytes] = zap.recv_multipart()
    zap.send_multipart([*reply[:1], *([question[1]] if reply[1:2] == (b"",) else reply[1:2]), *reply[2:]])
    return question


GOOD = [b"1.0", b"", b"200", b"OK", b"somebody", b"\x05level\0\0\0\x04high"]


@every_mechanism
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_who_is_let_in(lib: Lib, mechanism: str, transport: str) -> None:
    zap = answering(lib)
    server, near, client, far = meet(lib, mechanism, transport, routing_id=b"server")
    version, number, domain, address, identity, name, *credentials = answer(zap, *GOOD)
    assert (version, number, domain, identity, name) == (b"1.0", b"1", b"domain", b"server", mechanism.encode())
    assert credentials == CREDENTIALS[mechanism]
    assert (address == b"127.0.0.1") if transport == "tcp" else address.startswith(b"localhost:")
    assert told(near, 1) == told(far, 1) == [("HANDSHAKE_SUCCEEDED", 0)]
    client.send(b"hello")
    for part in server.recv_multipart(copy=False):
        assert part.get("User-Id") == "somebody"
        assert part.get("level") == "high"
        assert part.get("Socket-Type") == "DEALER"
        assert part.get("Peer-Address") == address.decode()


@every_mechanism
def test_who_is_to_come_back_later(lib: Lib, mechanism: str) -> None:
    zap = answering(lib)
    _, near, _, far = meet(lib, mechanism, handshake_ivl=300)
    answer(zap, b"1.0", b"", b"300", b"later", b"", b"")
    assert told(near, 1) == [("HANDSHAKE_FAILED_AUTH", 300)]
    assert told(near, 1) == [("DISCONNECTED", 0)]
    failed, gone = far.take(2)
    assert (failed.kind, gone.kind) == ("HANDSHAKE_FAILED_NO_DETAIL", "DISCONNECTED")


@every_mechanism
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ([b"1.0", b"", b"200", b"", b""], 0x20000001),
        ([b"1.0", b"", b"200", b"", b"", b"", b""], 0x20000001),
        ([b"1.1", b"", b"200", b"", b"", b""], 0x20000003),
        ([b"1.0", b"2", b"200", b"", b"", b""], 0x20000002),
        ([b"1.0", b"", b"201", b"", b"", b""], 0x20000004),
        ([b"1.0", b"", b"2000", b"", b"", b""], 0x20000004),
        ([b"1.0", b"", b"200", b"", b"", b"\x05level\0\0\0\x05high"], 0x20000005),
    ],
    ids=["short", "long", "version", "number", "status", "long-status", "metadata"],
)
def test_an_answer_that_is_none(lib: Lib, mechanism: str, reply: list[bytes], code: int) -> None:
    zap = answering(lib)
    _, near, _, _ = meet(lib, mechanism)
    answer(zap, *reply)
    assert told(near, 1) == [("HANDSHAKE_FAILED_PROTOCOL", code)]
    if lib.ours or mechanism != "NULL":  # libzmq may keep a NULL peer until the handshake timer
        assert told(near, 1) == [("DISCONNECTED", 0)]


@pytest.mark.parametrize("enforced", [0, 1])
@pytest.mark.parametrize("domain", [b"", b"domain"])
@pytest.mark.parametrize("present", [False, True])
@every_mechanism
def test_whether_anybody_is_asked(lib: Lib, mechanism: str, present: bool, domain: bytes, enforced: int) -> None:
    """libzmq aborts where PLAIN is to enforce a domain that there is not."""
    if mechanism == "PLAIN" and enforced and not domain and not lib.ours:
        pytest.skip("libzmq aborts")
    zap = answering(lib) if present else None
    options = {name: value for name, value in {"zap_domain": domain, "zap_enforce_domain": enforced}.items() if value}
    server, near = watch(lib, zmqx.ROUTER, handshake_ivl=200 if not present else 10_000, **SERVER[mechanism], **options)
    client = lib.bare_socket(zmqx.DEALER, linger=0, reconnect_ivl=-1, **CLIENT[mechanism])
    client.connect(lib.bind(server))
    asks = present and (mechanism == "PLAIN" or bool(domain) or (mechanism == "CURVE" and not enforced))
    fails = (mechanism == "PLAIN" and (not present or (enforced and not domain))) or (
        not present and bool(domain) and bool(enforced)
    )
    if zap is not None and asks and not fails:
        assert answer(zap, *GOOD)[2] == domain
    near.until("ACCEPTED")
    event = near.next()
    assert event.kind == ("HANDSHAKE_FAILED_NO_DETAIL" if fails else "HANDSHAKE_SUCCEEDED")
    if fails:
        assert event.value == 14
    if zap is not None and not asks:
        assert not zap.poll(0)
