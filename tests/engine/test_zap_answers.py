"""Who may come in: what comes of the answers of whoever is bound to inproc://zeromq.zap.01 (RFC 27)."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.errors import AuthenticationError, ProtocolError

from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket, held
from ..support.virtual_stream import VirtualNetwork
from .asking import CREDENTIALS, GOOD, ZAP, Client, answer, asked, every_mechanism, told
from .conftest import MakeSocket

# -- asked and answered


@every_mechanism
@pytest.mark.parametrize("domain", [b"", b"domain"])
def test_the_question(mechanism: str, domain: bytes, call: Any, zap: VirtualSocket) -> None:
    options = {"zap_domain": domain} if domain else {}
    _, client = call(mechanism, zmqx.ROUTER, zmqx.DEALER, routing_id=b"our name", **options)
    if mechanism == "NULL":
        domain = b"domain"
    assert not client.up
    assert answer(zap, GOOD) == [
        domain, b"mem://client", b"our name", mechanism.encode(), *CREDENTIALS[mechanism]
    ]  # fmt: skip
    assert client.up


@every_mechanism
def test_what_the_answer_says_is_told_of_every_message(mechanism: str, call: Any, zap: VirtualSocket) -> None:
    server, client = call(mechanism)
    answer(zap, [b"200", b"", b"user", b"\x05level\0\0\0\x04high\x0bSocket-Type\0\0\0\x04fake"])
    assert client.up
    client.send(b"hello")
    assert server.recv() == b"hello"
    with held(server.core.guard):
        sender = server.core.sender()
    assert sender is not None
    said = sender.properties
    assert said["User-Id"] == "user"
    assert said["level"] == "high"
    assert said["Socket-Type"] == "fake", "whom we ask knows better than the peer"
    assert said["Peer-Address"] == "mem://client"
    assert told(server) == [("HANDSHAKE_SUCCEEDED", 0)]


def test_a_peer_cannot_say_who_or_where_it_is(network: VirtualNetwork, make_socket: MakeSocket) -> None:
    """Nobody was asked about it: what it says of itself must not look like an answer."""
    server = make_socket(zmqx.PULL)
    server.bind("mem://server")
    claims = [(b"User-Id", b"root"), (b"Peer-Address", b"10.0.0.1"), (b"X-note", b"hi")]
    client = Client(network, "NULL", properties=claims).go_on()
    assert client.up
    client.send(b"hello")
    assert server.recv() == b"hello"
    with held(server.core.guard):
        sender = server.core.sender()
    assert sender is not None
    assert "User-Id" not in sender.properties
    assert sender.properties["Peer-Address"] == "mem://client"
    assert sender.properties["X-note"] == "hi"


def test_a_rep_may_answer(make_socket: MakeSocket, call: Any) -> None:
    rep = make_socket(zmqx.REP)
    rep.bind(ZAP)
    _, client = call("PLAIN")
    assert rep.recv() == [b"1.0", b"1", b"", b"mem://client", b"", b"PLAIN", b"me", b"secret"]
    rep.send([b"1.0", b"1", b"200", b"", b"", b""])
    assert client.up


@pytest.mark.parametrize("status", [400, 500])
@every_mechanism
def test_a_peer_that_is_refused(
    mechanism: str, status: int, call: Any, zap: VirtualSocket, reactor: VirtualReactor
) -> None:
    server, client = call(mechanism)
    answer(zap, [b"%d" % status, b"not today", b"", b""])
    (event,) = server.events()
    assert (event.kind, event.value) == (Event.HANDSHAKE_FAILED_AUTH, status)
    assert f"{status} not today" in event.reason
    client.go_on()
    assert isinstance(client.error, AuthenticationError)
    assert client.error.status == status
    assert not client.peer.gone
    client.peer.close()
    assert told(server) == [("DISCONNECTED", 0)]
    assert server.peers == 0


@every_mechanism
def test_a_peer_that_is_refused_and_stays(
    mechanism: str, call: Any, zap: VirtualSocket, reactor: VirtualReactor
) -> None:
    """libzmq waits for it to go. It may also go on talking."""
    server, client = call(mechanism, handshake_ivl=0)
    answer(zap, [b"400", b"", b"", b""])
    client.peer.send(b"\x04\x05\x04PING" * 10)
    reactor.advance(200)
    assert not client.peer.gone
    reactor.advance(50)
    assert client.peer.gone
    assert told(server) == [("HANDSHAKE_FAILED_AUTH", 400), ("DISCONNECTED", 0)]


@every_mechanism
def test_a_peer_that_is_to_come_back_later(
    mechanism: str, call: Any, zap: VirtualSocket, reactor: VirtualReactor
) -> None:
    server, client = call(mechanism)
    answer(zap, [b"300", b"overload", b"", b""])
    assert told(server) == [("HANDSHAKE_FAILED_AUTH", 300)]
    assert not client.up
    assert client.error is None
    reactor.advance(1000)
    assert client.peer.gone
    assert told(server) == [("DISCONNECTED", 0)], "why, was said before"


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
def test_a_peer_that_does_not_take_the_hint(mechanism: str, call: Any, zap: VirtualSocket) -> None:
    server, client = call(mechanism)
    answer(zap, [b"300", b"", b"", b""])
    client.peer.send(b"\x04\x09\x08INITIATE")
    assert client.peer.gone
    assert told(server)[1:] == [("HANDSHAKE_FAILED_PROTOCOL", ProtocolError.ZMTP_UNSPECIFIED), ("DISCONNECTED", 0)]


# -- answers that are none

BAD_REPLIES = {
    "too few frames": ([b"1.0", b"1", b"200", b"", b""], ProtocolError.ZAP_MALFORMED_REPLY),
    "too many frames": ([b"1.0", b"1", b"200", b"", b"", b"", b""], ProtocolError.ZAP_MALFORMED_REPLY),
    "one frame": ([], ProtocolError.ZAP_MALFORMED_REPLY),
    "another version": ([b"2.0", b"1", b"200", b"", b"", b""], ProtocolError.ZAP_BAD_VERSION),
    "another number": ([b"1.0", b"2", b"200", b"", b"", b""], ProtocolError.ZAP_BAD_REQUEST_ID),
    "another status": ([b"1.0", b"1", b"201", b"", b"", b""], ProtocolError.ZAP_INVALID_STATUS_CODE),
    "no status": ([b"1.0", b"1", b"", b"", b"", b""], ProtocolError.ZAP_INVALID_STATUS_CODE),
    "a long status": ([b"1.0", b"1", b"2000", b"", b"", b""], ProtocolError.ZAP_INVALID_STATUS_CODE),
    "metadata cut": ([b"1.0", b"1", b"200", b"", b"", b"\x05level\0\0\0\x05high"], ProtocolError.ZAP_INVALID_METADATA),
    "metadata too long": ([b"1.0", b"1", b"200", b"", b"", b"\x00\0\0\0\0x"], ProtocolError.ZAP_INVALID_METADATA),
}


@pytest.mark.parametrize(("reply", "code"), BAD_REPLIES.values(), ids=BAD_REPLIES.keys())
@every_mechanism
def test_a_malformed_answer(mechanism: str, reply: list[bytes], code: int, call: Any, zap: VirtualSocket) -> None:
    server, client = call(mechanism)
    envelope, _ = asked(zap)
    zap.send([envelope[0], b"", *reply])
    assert client.peer.gone
    failed, gone = server.events()
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_PROTOCOL, code)
    assert "ZAP reply" in failed.reason
    assert gone.kind == Event.DISCONNECTED


def test_an_answer_without_a_delimiter(call: Any, zap: VirtualSocket) -> None:
    server, _ = call("PLAIN")
    envelope, _ = asked(zap)
    zap.send([envelope[0], b"something", b"1.0", b"1", *GOOD])
    assert told(server) == [("HANDSHAKE_FAILED_PROTOCOL", ProtocolError.ZAP_UNSPECIFIED), ("DISCONNECTED", 0)]
