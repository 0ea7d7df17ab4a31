"""Servers go and come back: clients carry on where they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import zmqx

from ..support.callers import Caller, until
from .conftest import TRANSPORTS, Joiner

pytestmark = pytest.mark.parametrize("transport", [name for name in TRANSPORTS if name != "inproc"])


@contextmanager
def loss_of(client: zmqx.Socket) -> Iterator[None]:
    """A block in which the client loses its connection."""
    with client.events(zmqx.Event.DISCONNECTED) as events:
        yield
        assert events.recv(timeout=5000) is not None
    until(lambda: client.wait_connected(0) == 0)


def quick(joiner: Joiner, kind: int, **options: Any) -> zmqx.Socket:
    return joiner.socket(kind, reconnect_ivl=5, **options)


@pytest.mark.parametrize("how", ["close", "unbind"])
def test_messages_queued_meanwhile_arrive(joiner: Joiner, how: str) -> None:
    push, pull = quick(joiner, zmqx.PUSH), joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    push.connect(endpoint)
    for turn in range(3):
        push.send(b"before")
        assert pull.recv(timeout=5000) == b"before"
        with loss_of(push):
            if how == "close":
                pull.close()
                pull = joiner.socket(zmqx.PULL)
            else:
                pull.unbind(endpoint)
        for number in range(500):
            push.send(b"%d:%d" % (turn, number), zmqx.DONTWAIT)
        pull.bind(endpoint)
        assert [pull.recv(timeout=5000) for _ in range(500)] == [b"%d:%d" % (turn, number) for number in range(500)]


def test_with_immediate_nothing_is_queued_meanwhile(joiner: Joiner) -> None:
    push, pull = quick(joiner, zmqx.PUSH, immediate=1), joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    push.connect(endpoint)
    push.send(b"before", timeout=5000)
    assert pull.recv(timeout=5000) == b"before"
    with loss_of(push):
        pull.unbind(endpoint)
    assert push.poll(0, zmqx.POLLOUT) == 0
    with pytest.raises(zmqx.Again):
        push.send(b"meanwhile", zmqx.DONTWAIT)
    waiting = Caller(push.send, b"after").waits_for(push)
    pull.bind(endpoint)
    waiting.result()
    assert pull.recv(timeout=5000) == b"after"


def test_with_immediate_a_connect_alone_is_no_peer(joiner: Joiner) -> None:
    pull, push, eager = joiner.socket(zmqx.PULL), quick(joiner, zmqx.PUSH, immediate=1), quick(joiner, zmqx.PUSH)
    endpoint = joiner.bind(pull)
    pull.unbind(endpoint)
    for socket in (push, eager):
        socket.connect(endpoint)
    eager.send(b"queued", zmqx.DONTWAIT)
    with pytest.raises(zmqx.Again):
        push.send(b"not queued", zmqx.DONTWAIT)
    pull.bind(endpoint)
    assert pull.recv(timeout=5000) == b"queued"
    push.send(b"sent", timeout=5000)
    assert pull.recv(timeout=5000) == b"sent"


@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.XPUB], ids=["PUB", "XPUB"])
def test_a_subscriber_subscribes_anew(joiner: Joiner, kind: int) -> None:
    publisher, sub = joiner.socket(kind), quick(joiner, zmqx.SUB)
    endpoint = joiner.bind(publisher)
    for topic in (b"a", b"b", b"b", b"gone"):
        sub.subscribe(topic)
    sub.connect(endpoint)
    until(lambda: publisher.topics_count == 3)
    with loss_of(sub):
        publisher.close()
    sub.unsubscribe(b"gone")
    sub.unsubscribe(b"b")
    sub.subscribe(b"new")
    heir = joiner.socket(kind)
    heir.bind(endpoint)
    until(lambda: heir.topics_count == 3)
    for topic in (b"gone", b"a", b"b", b"new"):
        heir.send(topic)
    assert [sub.recv(timeout=5000) for _ in range(3)] == [b"a", b"b", b"new"]
    if kind == zmqx.XPUB:
        assert sorted(heir.recv(timeout=5000) for _ in range(3)) == [b"\x01a", b"\x01b", b"\x01new"]
        assert heir.poll(0) == 0


def test_an_xsub_subscribes_anew(joiner: Joiner) -> None:
    xpub, xsub = joiner.socket(zmqx.XPUB), quick(joiner, zmqx.XSUB)
    endpoint = joiner.bind(xpub)
    xsub.connect(endpoint)
    for message in (b"\x01a", b"\x01a", b"\x01b"):
        xsub.send(message)
    assert [xpub.recv(timeout=5000) for _ in range(2)] == [b"\x01a", b"\x01b"]
    with loss_of(xsub):
        xpub.unbind(endpoint)
    xsub.send(b"\x00b")
    xpub.bind(endpoint)
    assert {xpub.recv(timeout=5000) for _ in range(3)} == {b"\x00a", b"\x00b", b"\x01a"}
    xpub.send(b"a")
    assert xsub.recv(timeout=5000) == b"a"


def test_a_dealer_gets_along_without_its_router_for_a_while(joiner: Joiner) -> None:
    dealer, router = quick(joiner, zmqx.DEALER, routing_id=b"me"), joiner.socket(zmqx.ROUTER)
    endpoint = joiner.bind(router)
    dealer.connect(endpoint)
    for turn in range(5):
        dealer.send(b"%d" % turn)
        assert router.recv_multipart(timeout=5000) == [b"me", b"%d" % turn]
        router.send_multipart([b"me", b"re %d" % turn])
        assert dealer.recv(timeout=5000) == b"re %d" % turn
        with loss_of(dealer):
            router.close()
        router = joiner.socket(zmqx.ROUTER)
        router.bind(endpoint)


def test_what_was_received_before_the_loss_can_still_be_read(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), quick(joiner, zmqx.PULL)
    endpoint = joiner.bind(push)
    pull.connect(endpoint)
    push.wait_connected(timeout=5000)
    for number in range(10):
        push.send(b"%d" % number)
    with loss_of(pull):
        push.close()
    assert [int(pull.recv(timeout=5000)) for _ in range(10)] == list(range(10))
    heir = joiner.socket(zmqx.PUSH)
    heir.bind(endpoint)
    heir.send(b"from the heir")
    assert pull.recv(timeout=5000) == b"from the heir"


def test_without_reconnection_a_loss_is_final(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, reconnect_ivl=-1), joiner.socket(zmqx.PULL)
    joiner.join(pull, push)
    endpoint = pull.last_endpoint
    with loss_of(push):
        pull.unbind(endpoint)
    pull.bind(endpoint)
    with pytest.raises(zmqx.Again):
        push.send(b"x", timeout=50)
    push.connect(endpoint)
    push.send(b"a new try")
    assert pull.recv(timeout=5000) == b"a new try"


def test_clients_wait_for_a_server_that_comes_late(joiner: Joiner) -> None:
    server = joiner.socket(zmqx.ROUTER)
    endpoint = joiner.bind(server)
    server.close()
    clients = [quick(joiner, zmqx.REQ) for _ in range(5)]
    for number, client in enumerate(clients):
        client.connect(endpoint)
        client.send(b"%d" % number)
    with clients[0].events(zmqx.Event.CONNECT_RETRIED) as events:
        for _ in range(3):
            assert events.recv(timeout=5000) is not None
    server = joiner.socket(zmqx.REP)
    server.bind(endpoint)
    for _ in clients:
        server.send(b"re " + server.recv(timeout=5000))
    for number, client in enumerate(clients):
        assert client.recv(timeout=5000) == b"re %d" % number
