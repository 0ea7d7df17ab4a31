"""CURVE and PLAIN on both faces: everybody who may gets everything; whoever is asked waits for nobody."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx
from zmqx.constants import Event

from ..support.bodies import fill
from ..support.callers import Caller, until
from ..support.curve import CLIENT_KEYS, CLIENT_PUBLIC, SERVER_KEYS
from .conftest import Joiner

ZAP = "inproc://zeromq.zap.01"


@pytest.fixture(params=["tcp", "ipc"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def zap(joiner: Joiner) -> Any:
    """Who is asked, on the same face."""
    sock = joiner.ctx.socket(zmqx.REP)
    sock.bind(ZAP)
    return sock


def answer(zap: zmqx.Socket, status: bytes = b"200") -> list[bytes]:
    _, number, *question = zap.recv_multipart(timeout=10_000)
    zap.send_multipart([b"1.0", number, status, b"", b"user", b""], timeout=10_000)
    return question


def test_a_publisher_seals_for_each_subscriber(joiner: Joiner) -> None:
    publisher = joiner.socket(zmqx.PUB, **SERVER_KEYS)
    subscribers = [joiner.socket(zmqx.SUB, **CLIENT_KEYS) for _ in range(3)]
    endpoint = joiner.bind(publisher)
    for sub in subscribers:
        sub.subscribe("")
        sub.connect(endpoint)
    publisher.wait_for_subscribers("", 3, timeout=10_000)
    messages = [[b"%d" % number, fill(number)] for number in range(300)]
    for message in messages:
        publisher.send_multipart(message, timeout=10_000)
    for sub in subscribers:
        assert [sub.recv_multipart(timeout=10_000) for _ in messages] == messages


def test_a_dialogue_and_long_messages(joiner: Joiner) -> None:
    req, rep = joiner.socket(zmqx.REQ, **CLIENT_KEYS), joiner.socket(zmqx.REP, **SERVER_KEYS)
    joiner.join(rep, req)
    for size in (0, 1, 255, 256, 4095, 4096, 65_536, 3_000_000):
        req.send(fill(size), timeout=10_000)
        assert rep.recv(timeout=10_000) == fill(size)
        rep.send_multipart([b"", fill(size)], timeout=10_000)
        assert req.recv_multipart(timeout=10_000) == [b"", fill(size)]


def test_both_directions_at_once(joiner: Joiner) -> None:
    """The numbers of what is sealed go up without a gap that matters, whoever writes when."""
    beats = {"heartbeat_ivl": 5, "heartbeat_timeout": 60_000}
    left, right = joiner.socket(zmqx.PAIR, **beats, **CLIENT_KEYS), joiner.socket(zmqx.PAIR, **SERVER_KEYS)
    joiner.join(right, left)
    events = right.events(Event.DISCONNECTED)
    count = 3000

    def talk(sock: zmqx.Socket) -> None:
        for number in range(count):
            sock.send(b"%d" % number, timeout=10_000)

    talkers = [Caller(talk, sock) for sock in (left, right)]
    for sock in (left, right):
        assert [sock.recv(timeout=10_000) for _ in range(count)] == [b"%d" % number for number in range(count)]
    for talker in talkers:
        talker.result()
    with pytest.raises(zmqx.Again):
        events.recv(timeout=0)


def test_a_server_comes_back(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, reconnect_ivl=5, **CLIENT_KEYS), joiner.socket(zmqx.PULL, **SERVER_KEYS)
    endpoint = joiner.bind(pull)
    push.connect(endpoint)
    push.send(b"one", timeout=10_000)
    assert pull.recv(timeout=10_000) == b"one"
    lost = push.events(Event.DISCONNECTED)
    pull.close(0)
    assert lost.recv(timeout=10_000) is not None
    again = joiner.socket(zmqx.PULL, **SERVER_KEYS)
    until(lambda: _binds(again, endpoint))
    push.send(b"two", timeout=10_000)
    assert again.recv(timeout=10_000) == b"two"


def _binds(sock: zmqx.Socket, endpoint: str) -> bool:
    try:
        sock.bind(endpoint)
    except zmqx.ZMQError:
        return False
    return True


def test_whoever_is_asked_holds_up_nobody(joiner: Joiner, zap: zmqx.Socket) -> None:
    """One client is in question; another, who is in already, goes on meanwhile."""
    server = joiner.socket(zmqx.PULL, **SERVER_KEYS)
    first, second = joiner.socket(zmqx.PUSH, **CLIENT_KEYS), joiner.socket(zmqx.PUSH, **CLIENT_KEYS)
    endpoint = joiner.bind(server)
    first.connect(endpoint)
    assert answer(zap)[3:] == [b"CURVE", CLIENT_PUBLIC]
    first.wait_connected(timeout=10_000)
    second.connect(endpoint)
    assert zap.poll(10_000)
    second.send(b"in question")
    first.send(b"goes on", timeout=10_000)
    assert server.recv(timeout=10_000) == b"goes on"
    answer(zap)
    assert server.recv(timeout=10_000) == b"in question"


def test_the_application_knows_who_it_was(joiner: Joiner, zap: zmqx.Socket) -> None:
    server = joiner.socket(zmqx.ROUTER, plain_server=1, zap_domain=b"shop", metadata=b"X-shop:hats")
    client = joiner.socket(zmqx.DEALER, plain_username=b"me", plain_password=b"secret", metadata=b"X-wants:a hat")
    client.connect(joiner.bind(server))
    domain, address, *rest = answer(zap)
    assert domain == b"shop"
    assert address == b"127.0.0.1" or address.startswith(b"localhost:")
    assert rest == [b"", b"PLAIN", b"me", b"secret"]
    client.send(b"hello", timeout=10_000)
    frames = server.recv_multipart(copy=False, timeout=10_000)
    for frame in frames:
        assert frame.get("User-Id") == "user"
        assert frame.get("X-wants") == "a hat"
        assert frame.get("Peer-Address") == address.decode()
    server.send_multipart([frames[0].bytes, b"good day"], timeout=10_000)
    assert client.recv(copy=False, timeout=10_000).get("X-shop") == "hats"


def test_who_is_refused_tries_again_until_it_is_not(joiner: Joiner, zap: zmqx.Socket) -> None:
    """libzmq would never come back."""
    server = joiner.socket(zmqx.PULL, plain_server=1)
    client = joiner.socket(zmqx.PUSH, plain_username=b"me", plain_password=b"secret", reconnect_ivl=5)
    events = client.events(Event.HANDSHAKE_FAILED_AUTH)
    client.connect(joiner.bind(server))
    client.send(b"at last")
    for status in (b"400", b"500"):
        answer(zap, status)
        event = events.recv(timeout=10_000)
        assert event is not None
        assert event.value == int(status)
    answer(zap)
    assert server.recv(timeout=10_000) == b"at last"


def test_a_context_ends_with_questions_open(joiner: Joiner, zap: zmqx.Socket) -> None:
    server = joiner.socket(zmqx.PULL, plain_server=1)
    client = joiner.socket(zmqx.PUSH, plain_username=b"me", plain_password=b"secret", linger=0)
    client.connect(joiner.bind(server))
    assert zap.poll(10_000)
