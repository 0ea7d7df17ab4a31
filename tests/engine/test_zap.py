"""Who may come in: whether anybody is asked, and what happens without an answer (RFC 27)."""

from __future__ import annotations

import errno
from typing import Any

import pytest

import zmqx
from zmqx.constants import Event

from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork
from .asking import GOOD, SERVER, ZAP, Client, answer, asked, every_mechanism, told
from .conftest import MakeSocket

# -- no answer


@every_mechanism
def test_an_answer_that_never_comes_and_then_does(
    mechanism: str, call: Any, zap: VirtualSocket, reactor: VirtualReactor
) -> None:
    server, client = call(mechanism)
    envelope, _ = asked(zap)
    reactor.advance(999)
    assert not client.peer.gone
    reactor.advance(1)
    assert client.peer.gone
    assert told(server) == [("HANDSHAKE_FAILED_NO_DETAIL", errno.EAGAIN), ("DISCONNECTED", 0)]
    zap.send([*envelope, *GOOD])
    assert told(server) == []
    assert server.peers == 0


@every_mechanism
def test_a_peer_that_leaves_before_the_answer(mechanism: str, call: Any, zap: VirtualSocket) -> None:
    server, client = call(mechanism)
    envelope, _ = asked(zap)
    client.peer.close()
    assert told(server) == [("HANDSHAKE_FAILED_NO_DETAIL", errno.EPIPE), ("DISCONNECTED", 0)]
    zap.send([*envelope, *GOOD])
    assert told(server) == []


@pytest.mark.parametrize("how", ["close", "unbind", "after the question"])
@every_mechanism
def test_whoever_is_asked_goes_away(mechanism: str, how: str, call: Any, zap: VirtualSocket) -> None:
    """Unbinding takes the name away, and leaves those who have asked."""
    server, client = call(mechanism)
    if how == "unbind":
        zap.core.unbind(ZAP)
        answer(zap, GOOD)
        assert client.up
        return
    if how == "after the question":
        asked(zap)
    zap.close(0)
    assert client.peer.gone
    failed, gone = server.events()
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_NO_DETAIL, errno.EFAULT)
    assert "went away" in failed.reason
    assert gone.kind == Event.DISCONNECTED


def test_whoever_is_asked_answers_and_goes_away(call: Any, zap: VirtualSocket) -> None:
    _, client = call("PLAIN")
    envelope, _ = asked(zap)
    zap.send([*envelope, *GOOD])
    zap.close(0)
    assert client.up


@pytest.mark.parametrize("how", ["close", "terminate", "unbind"])
@every_mechanism
def test_the_server_goes_away(mechanism: str, how: str, call: Any, zap: VirtualSocket) -> None:
    server, client = call(mechanism)
    envelope, _ = asked(zap)
    if how == "terminate":
        server.core.terminate()
    elif how == "unbind":
        server.core.unbind("mem://server")
    if how != "unbind":
        server.close()
        assert server.finished
    zap.send([*envelope, *GOOD])
    assert client.peer.gone
    assert zap.peers == 0


# -- several


def test_questions_do_not_wait_for_each_other(call: Any, zap: VirtualSocket, network: VirtualNetwork) -> None:
    _, first = call("PLAIN")
    second = Client(network, "PLAIN").go_on()
    waiting, _ = asked(zap)
    answer(zap, GOOD)
    assert second.up
    assert not first.up
    zap.send([*waiting, *GOOD])
    assert first.up
    assert zap.peers == 0, "a connection asks once, and takes its leave"


def test_an_answer_to_another(call: Any, zap: VirtualSocket, network: VirtualNetwork) -> None:
    """Whom an answer is for, its envelope says; the number is always the same."""
    _, first = call("PLAIN")
    second = Client(network, "PLAIN").go_on()
    (one, *_), _ = asked(zap)
    (two, *_), _ = asked(zap)
    zap.send([two, b"", b"1.0", b"1", b"400", b"", b"", b""])
    zap.send([one, b"", b"1.0", b"1", *GOOD])
    assert first.up
    assert not second.up


def test_who_is_asked_may_be_bound_late(call: Any, make_socket: MakeSocket, network: VirtualNetwork) -> None:
    server, client = call("PLAIN")
    assert client.peer.gone
    zap = make_socket(zmqx.ROUTER)
    zap.bind(ZAP)
    again = Client(network, "PLAIN").go_on()
    answer(zap, GOOD)
    assert again.up
    assert server.peers == 1


def test_what_was_said_before_the_answer_is_heard_after_it(call: Any, zap: VirtualSocket) -> None:
    """A NULL peer has said READY, and may have gone on."""
    server, client = call("NULL")
    client.peer.send(b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PUSH\x00\x05early")
    answer(zap, GOOD)
    assert server.recv_all() == [b"early"]
    assert server.peers == 1


# -- who is asked, by domain and presence

ASK, ADMIT, FAIL = "ask", "admit", "fail"
COURSES = [
    # mechanism, domain, somebody is there, not enforced, enforced
    ("NULL", False, True, ADMIT, ADMIT),
    ("NULL", False, False, ADMIT, ADMIT),
    ("NULL", True, True, ASK, ASK),
    ("NULL", True, False, ADMIT, FAIL),
    ("PLAIN", False, True, ASK, FAIL),
    ("PLAIN", True, True, ASK, ASK),
    ("PLAIN", False, False, FAIL, FAIL),
    ("PLAIN", True, False, FAIL, FAIL),
    ("CURVE", True, True, ASK, ASK),
    ("CURVE", False, True, ASK, ADMIT),
    ("CURVE", True, False, ADMIT, FAIL),
    ("CURVE", False, False, ADMIT, ADMIT),
]


@pytest.mark.parametrize("enforced", [False, True])
@pytest.mark.parametrize(("mechanism", "domain", "present", "free", "strict"), COURSES)
def test_whether_to_ask(
    mechanism: str, domain: bool, present: bool, free: str, strict: str, enforced: bool,
    make_socket: MakeSocket, network: VirtualNetwork,
) -> None:  # fmt: skip
    zap = make_socket(zmqx.ROUTER)
    if present:
        zap.bind(ZAP)
    options = {name: value for name, value in SERVER[mechanism].items() if name != "zap_domain"}
    if domain:
        options["zap_domain"] = b"domain"
    server = make_socket(zmqx.PULL, zap_enforce_domain=int(enforced), **options)
    server.bind("mem://server")
    client = Client(network, mechanism).go_on()
    course = strict if enforced else free
    if course == ASK:
        assert not client.up
        answer(zap, GOOD)
    else:
        assert zap.recv() is None
    assert client.up == (course != FAIL)
    if course == FAIL:
        assert client.peer.gone
        (failed,) = server.find(Event.HANDSHAKE_FAILED_NO_DETAIL)
        assert failed.value == errno.EFAULT
        assert "may come in" in failed.reason


@pytest.mark.parametrize("kind", [zmqx.PULL, zmqx.DEALER, zmqx.PAIR, zmqx.SUB], ids=lambda kind: kind.name)
def test_only_rep_and_router_are_asked(kind: zmqx.SocketType, call: Any, make_socket: MakeSocket) -> None:
    """libzmq aborts the process."""
    make_socket(kind).bind(ZAP)
    server, client = call("CURVE")
    assert client.peer.gone
    (failed,) = server.find(Event.HANDSHAKE_FAILED_NO_DETAIL)
    assert failed.value == errno.EFAULT
    assert f"is a {kind.name}" in failed.reason


def test_a_connecting_socket_with_a_domain_asks_too(
    make_socket: MakeSocket, network: VirtualNetwork, zap: VirtualSocket
) -> None:
    acceptor = network.await_call("there")
    push = make_socket(zmqx.PUSH, zap_domain=b"domain")
    push.connect("mem://there")
    peer = network.take_call(acceptor)
    peer.greet()
    assert peer.take_frames() == []
    assert answer(zap, GOOD) == [b"domain", b"mem://there", b"", b"NULL"]
    assert [body[:6] for _, body in peer.take_frames()] == [b"\x05READY"]
    acceptor.close()
