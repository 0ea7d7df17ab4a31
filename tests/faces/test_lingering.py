"""What was sent before close() arrives, as long as LINGER allows; and term() says what it waits for."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterator

import pytest

import zmqx

from ..scenarios.conftest import TRANSPORTS, Joiner
from ..support.callers import Caller, until

NETWORK = [transport for transport in TRANSPORTS if transport != "inproc"]
BODIES = [b"%d" % number for number in range(500)] + [b"x" * 3_000_000, b"", b"end"]


@pytest.fixture
def far() -> Iterator[zmqx.Context]:
    """A second context: what the one that ends talks to."""
    context = zmqx.Context()
    try:
        yield context
    finally:
        context.destroy(linger=0, timeout=10_000)


def received(socket: zmqx.Socket, count: int = len(BODIES)) -> list[bytes]:
    return [socket.recv(timeout=10_000) for _ in range(count)]


@pytest.mark.parametrize("left_binds", [True, False], ids=["sender-binds", "receiver-binds"])
@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.DEALER, zmqx.PAIR], ids=["PUSH", "DEALER", "PAIR"])
def test_many_and_big_messages_survive_their_sender(joiner: Joiner, kind: int, left_binds: bool) -> None:
    peer = {zmqx.PUSH: zmqx.PULL, zmqx.DEALER: zmqx.DEALER, zmqx.PAIR: zmqx.PAIR}[kind]  # type: ignore[index]
    sender, receiver = joiner.pair(kind, peer, left_binds)
    for body in BODIES:
        sender.send(body)
    sender.close()
    assert received(receiver) == BODIES


@pytest.mark.parametrize("linger", [None, -1, 30_000])
def test_connect_send_close_at_once(joiner: Joiner, linger: int | None) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    push.connect(joiner.bind(pull))
    for body in BODIES:
        push.send(body)
    push.close(linger=linger)
    assert received(pull) == BODIES


@pytest.mark.parametrize("transport", NETWORK)
def test_term_waits_for_what_lingers(far: zmqx.Context, endpoint_of: Callable[[str], str], transport: str) -> None:
    pull = far.socket(zmqx.PULL, ipv6=1)
    with zmqx.Context() as ctx:
        push = ctx.socket(zmqx.PUSH, ipv6=1)
        push.connect(pull.bind(endpoint_of(transport)))
        for body in BODIES:
            push.send(body)
    assert ctx.closed
    assert received(pull) == BODIES


LAST_WORDS = {
    "PAIR": (zmqx.PAIR, zmqx.PAIR),
    "DEALER": (zmqx.DEALER, zmqx.ROUTER),
    "ROUTER": (zmqx.ROUTER, zmqx.DEALER),
    "REQ": (zmqx.REQ, zmqx.REP),
    "REP": (zmqx.REP, zmqx.REQ),
    "PUB": (zmqx.PUB, zmqx.SUB),
    "XPUB": (zmqx.XPUB, zmqx.SUB),
    "PUSH": (zmqx.PUSH, zmqx.PULL),
}


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
@pytest.mark.parametrize("left_binds", [True, False], ids=["speaker-binds", "listener-binds"])
@pytest.mark.parametrize("name", LAST_WORDS)
def test_the_last_word_of_every_type_arrives(joiner: Joiner, name: str, left_binds: bool) -> None:
    speaker, listener = (joiner.socket(kind) for kind in LAST_WORDS[name])
    if listener.socket_type in (zmqx.DEALER, zmqx.REQ):
        listener.routing_id = b"me"
    if listener.socket_type == zmqx.SUB:
        listener.subscribe(b"")
    joiner.join(speaker, listener, left_binds)
    head = [b"me"] if speaker.socket_type == zmqx.ROUTER else []
    if name == "REP":
        listener.send(b"question")
        speaker.recv(timeout=5000)
    if listener.socket_type == zmqx.SUB:
        until(lambda: speaker.topics_count)
    speaker.send_multipart([*head, b"last", b"word" * 100_000])
    speaker.close()
    assert listener.recv_multipart(timeout=10_000)[-2:] == [b"last", b"word" * 100_000]


@pytest.mark.parametrize("transport", NETWORK)
@pytest.mark.parametrize("linger", [-1, 60_000])
def test_a_peer_that_appears_late_gets_everything(joiner: Joiner, far: zmqx.Context, linger: int) -> None:
    pull = far.socket(zmqx.PULL, ipv6=1)
    endpoint = joiner.bind(pull)
    pull.unbind(endpoint)
    push = joiner.socket(zmqx.PUSH, linger=linger, reconnect_ivl=10)
    with push.events(zmqx.Event.CONNECT_RETRIED) as events:
        push.connect(endpoint)
        events.recv(timeout=5000)
    for body in BODIES:
        push.send(body)
    push.close()
    ending = Caller(joiner.ctx.term)
    pull.bind(endpoint)
    assert received(pull) == BODIES
    ending.result()


@pytest.mark.parametrize("transport", NETWORK)
@pytest.mark.parametrize("how", ["option", "argument", "destroy", "expiry"])
def test_what_must_not_linger_is_dropped(joiner: Joiner, how: str) -> None:
    pull = joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    pull.close()
    push = joiner.socket(zmqx.PUSH)
    push.connect(endpoint)
    push.send(b"nobody will get this")
    if how == "option":
        push.linger = 0
        push.close()
    elif how == "argument":
        push.close(0)
    elif how == "expiry":
        push.close(20)
    else:
        joiner.ctx.destroy(linger=0, timeout=10_000)
    joiner.ctx.term(timeout=10_000)
    assert push.stats().dropped == {zmqx.Drop.EXPIRED if how == "expiry" else zmqx.Drop.CLOSED: 1}


def test_linger_0_drops_what_the_peer_has_no_room_for(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=2), joiner.socket(zmqx.PULL, rcvhwm=2)
    joiner.join(push, pull)
    sent = 0
    while push.poll(100, zmqx.POLLOUT):
        push.send(b"x" * 1_000_000)
        sent += 1
    push.close(0)
    waiting = Caller(joiner.ctx.term)
    with pytest.raises(zmqx.ContextTerminated):
        collections.deque((pull.recv() for _ in itertools.count()), maxlen=0)
    pull.close()
    waiting.result()
    assert sent > 2


@pytest.mark.parametrize("transport", NETWORK)
def test_term_names_what_it_waits_for(joiner: Joiner, far: zmqx.Context) -> None:
    absent = far.socket(zmqx.PULL, ipv6=1)
    endpoint = joiner.bind(absent)
    absent.unbind(endpoint)
    push, rep = joiner.socket(zmqx.PUSH, reconnect_ivl=10), joiner.socket(zmqx.REP)
    push.connect(endpoint)
    for _ in range(3):
        push.send(b"x")
    push.close()
    with pytest.raises(zmqx.Again) as caught:
        joiner.ctx.term(timeout=20)
    told = str(caught.value)
    for word in ("PUSH (closed", f"3 unsent to {endpoint}", "REP (open", "conftest.py:"):
        assert word in told
    rep.close()
    with pytest.raises(zmqx.Again) as caught:
        joiner.ctx.term(timeout=20)
    assert "REP" not in str(caught.value)
    with pytest.raises(zmqx.ContextTerminated):
        joiner.ctx.socket(zmqx.PULL)
    absent.bind(endpoint)
    assert received(absent, 3) == [b"x"] * 3
    joiner.ctx.term(timeout=10_000)


@pytest.mark.parametrize("transport", NETWORK)
def test_term_tries_again_after_it_gave_up(joiner: Joiner, far: zmqx.Context) -> None:
    pull = far.socket(zmqx.PULL, ipv6=1)
    endpoint = joiner.bind(pull)
    pull.unbind(endpoint)
    push = joiner.socket(zmqx.PUSH, reconnect_ivl=10)
    push.connect(endpoint)
    push.send(b"patience")
    push.close()
    with pytest.raises(zmqx.Again):
        joiner.ctx.term(timeout=20)
    pull.bind(endpoint)
    joiner.ctx.term(timeout=10_000)
    assert pull.recv(timeout=5000) == b"patience"


def test_what_arrived_from_a_closed_peer_can_still_be_read(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    for number in range(3):
        push = joiner.socket(zmqx.PUSH)
        push.connect(endpoint)
        push.send_multipart([b"%d" % number, b"x"])
        push.close()
    assert sorted(pull.recv_multipart(timeout=5000) for _ in range(3)) == [[b"%d" % n, b"x"] for n in range(3)]


def test_disconnect_sends_what_is_unsent(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    push.connect(endpoint)
    for body in BODIES:
        push.send(body)
    push.disconnect(endpoint)
    assert received(pull) == BODIES


def test_unbind_sends_what_is_unsent(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(push)
    pull.connect(endpoint)
    push.wait_connected(timeout=5000)
    for body in BODIES:
        push.send(body)
    push.unbind(endpoint)
    assert received(pull) == BODIES


@pytest.mark.parametrize("transport", NETWORK)
def test_the_unfinished_message_of_a_closed_socket_is_not_sent(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(b"whole")
    push.send(b"first half", zmqx.SNDMORE)
    with pull.events(zmqx.Event.DISCONNECTED) as events:
        push.close()
        assert events.recv(timeout=5000) is not None
    assert pull.recv_multipart(timeout=5000) == [b"whole"]
    assert pull.poll(0) == 0
