"""proxy(): between all kinds of sockets, with or without a capture, until it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import Caller

Proxy = Callable[..., tuple[str, str]]


@pytest.fixture
def between(joiner: Joiner) -> Iterator[Proxy]:
    """Runs a proxy between two bound sockets of these types; returns their endpoints."""
    running: list[tuple[Caller, list[zmqx.Socket]]] = []

    def start(front: int, back: int, capture: zmqx.Socket | None = None) -> tuple[str, str]:
        sockets = [joiner.socket(front), joiner.socket(back)]
        ends = joiner.bind(sockets[0]), joiner.bind(sockets[1])
        running.append((Caller(zmqx.proxy, *sockets, capture), sockets))
        return ends

    yield start
    for caller, sockets in running:
        sockets[0].close()
        with pytest.raises(zmqx.ZMQError) as caught:
            caller.result()
        assert caught.value.errno in (zmqx.ENOTSOCK, zmqx.ETERM)


def test_requests_and_replies(joiner: Joiner, between: Proxy) -> None:
    front, back = between(zmqx.ROUTER, zmqx.DEALER)
    clients = [joiner.socket(zmqx.REQ) for _ in range(3)]
    servers = [joiner.socket(zmqx.REP) for _ in range(2)]
    for socket in clients:
        socket.connect(front)
    for socket in servers:
        socket.connect(back)
    for turn in range(4):
        for number, client in enumerate(clients):
            client.send_multipart([b"%d" % number, b"", b"%d" % turn])
        answered = 0
        poller = zmqx.Poller()
        for server in servers:
            poller.register(server, zmqx.POLLIN)
        while answered < len(clients):
            for server, _ in poller.poll(5000):
                server.send_multipart(server.recv_multipart()[::-1])
                answered += 1
        for number, client in enumerate(clients):
            assert client.recv_multipart(timeout=5000) == [b"%d" % turn, b"", b"%d" % number]


def test_publishers_and_subscribers(joiner: Joiner, between: Proxy) -> None:
    front, back = between(zmqx.XSUB, zmqx.XPUB)
    publishers = [joiner.socket(zmqx.XPUB) for _ in range(2)]
    sub = joiner.socket(zmqx.SUB)
    sub.subscribe(b"news")
    sub.connect(back)
    for publisher in publishers:
        publisher.connect(front)
        assert publisher.recv(timeout=5000) == b"\x01news"
    for number, publisher in enumerate(publishers):
        publisher.send_multipart([b"weather", b"not for us"])
        publisher.send_multipart([b"news", b"%d" % number])
    assert sorted(sub.recv_multipart(timeout=5000) for _ in publishers) == [[b"news", b"0"], [b"news", b"1"]]
    sub.unsubscribe(b"news")
    for publisher in publishers:
        assert publisher.recv(timeout=5000) == b"\x00news"


def test_pipelines(joiner: Joiner, between: Proxy) -> None:
    front, back = between(zmqx.PULL, zmqx.PUSH)
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    push.connect(front)
    pull.connect(back)
    count = 3000

    def send_all() -> None:
        for number in range(count):
            push.send_multipart([b"%d" % number, b"x" * (number % 300)])

    sending = Caller(send_all)
    for number in range(count):
        assert pull.recv_multipart(timeout=10_000) == [b"%d" % number, b"x" * (number % 300)]
    sending.result()


def test_big_messages_both_ways_at_once(joiner: Joiner, between: Proxy) -> None:
    ends = between(zmqx.PAIR, zmqx.PAIR)
    sockets = [joiner.socket(zmqx.PAIR) for _ in ends]
    for socket, end in zip(sockets, ends, strict=True):
        socket.connect(end)

    def send_all(socket: zmqx.Socket) -> None:
        for number in range(20):
            socket.send_multipart([b"%d" % number, b"x" * 500_000])

    sending = [Caller(send_all, socket) for socket in sockets]
    for number in range(20):
        for socket in sockets:
            assert socket.recv_multipart(timeout=10_000) == [b"%d" % number, b"x" * 500_000]
    for caller in sending:
        caller.result()


@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.PUSH, zmqx.PAIR], ids=["PUB", "PUSH", "PAIR"])
def test_the_capture_sees_what_passes_both_ways(joiner: Joiner, between: Proxy, kind: int) -> None:
    peer = {zmqx.PUB: zmqx.SUB, zmqx.PUSH: zmqx.PULL, zmqx.PAIR: zmqx.PAIR}[kind]  # type: ignore[index]
    capture, spy = joiner.socket(kind), joiner.socket(peer)
    if peer == zmqx.SUB:
        spy.subscribe(b"")
    joiner.join(capture, spy)
    if peer == zmqx.SUB:
        while not spy.poll(20):
            capture.send(b"are you there?")
        while spy.poll(50):
            spy.recv()
    front, back = between(zmqx.ROUTER, zmqx.DEALER, capture)
    req, rep = joiner.socket(zmqx.REQ, routing_id=b"me"), joiner.socket(zmqx.REP)
    req.connect(front)
    rep.connect(back)
    req.send(b"request")
    assert rep.recv(timeout=5000) == b"request"
    assert spy.recv_multipart(timeout=5000) == [b"me", b"", b"request"]
    rep.send_multipart([b"re", b"ply"])
    assert req.recv_multipart(timeout=5000) == [b"re", b"ply"]
    assert spy.recv_multipart(timeout=5000) == [b"me", b"", b"re", b"ply"]


def test_a_proxy_takes_nothing_that_it_cannot_pass_on(joiner: Joiner, between: Proxy) -> None:
    front, back = between(zmqx.PULL, zmqx.PUSH)
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    push.connect(front)
    for number in range(100):
        push.send(b"%d" % number)
    pull.connect(back)
    assert [int(pull.recv(timeout=5000)) for _ in range(100)] == list(range(100))


def test_a_proxy_of_one_socket_gives_back_what_it_gets(joiner: Joiner) -> None:
    echo, dealer = joiner.pair(zmqx.ROUTER, zmqx.DEALER)
    running = Caller(zmqx.proxy, echo, echo)
    for number in range(10):
        dealer.send_multipart([b"%d" % number, b"x"])
    assert [dealer.recv_multipart(timeout=5000) for _ in range(10)] == [[b"%d" % n, b"x"] for n in range(10)]
    joiner.ctx.shutdown()
    with pytest.raises(zmqx.ContextTerminated):
        running.result()


def test_the_end_of_the_context_ends_the_proxy(joiner: Joiner) -> None:
    sockets = [joiner.socket(zmqx.ROUTER), joiner.socket(zmqx.DEALER)]
    for socket in sockets:
        joiner.bind(socket)
    running = Caller(zmqx.proxy, *sockets).waits_for(*sockets)
    ending = Caller(joiner.ctx.term)
    with pytest.raises(zmqx.ContextTerminated):
        running.result()
    for socket in sockets:
        socket.close()
    ending.result()


@pytest.mark.parametrize("closed", [0, 1], ids=["front", "back"])
def test_closing_either_socket_ends_the_proxy(joiner: Joiner, closed: int) -> None:
    sockets = [joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)]
    for socket in sockets:
        joiner.bind(socket)
    running = Caller(zmqx.proxy, *sockets).waits_for(*sockets)
    sockets[closed].close()
    with pytest.raises(zmqx.ZMQError) as caught:
        running.result()
    assert caught.value.errno == zmqx.ENOTSOCK


def test_groups_are_passed_on_with_their_messages(joiner: Joiner) -> None:
    dish, radio, capture = joiner.socket(zmqx.DISH), joiner.socket(zmqx.RADIO), joiner.socket(zmqx.PUSH)
    for group in ("a", "b"):
        dish.join(group)
    source, listener, seen = joiner.socket(zmqx.RADIO), joiner.socket(zmqx.DISH), joiner.socket(zmqx.PULL)
    listener.join("b")
    source.connect(joiner.bind(dish))
    listener.connect(joiner.bind(radio))
    seen.connect(joiner.bind(capture))
    radio.wait_for_subscribers("b", timeout=5000)
    source.wait_for_subscribers("b", timeout=5000)
    running = Caller(zmqx.proxy, dish, radio, capture)
    for group in ("a", "b"):
        source.send(b"to " + group.encode(), group=group)
    got = listener.recv(copy=False, timeout=5000)
    assert (got.group, got.bytes) == ("b", b"to b")
    assert [seen.recv(timeout=5000), seen.recv(timeout=5000)] == [b"to a", b"to b"]
    dish.close()
    with pytest.raises(zmqx.ZMQError):
        running.result()


def test_what_a_server_hears_goes_on_without_its_number(joiner: Joiner, between: Proxy) -> None:
    front, back = between(zmqx.SERVER, zmqx.PUSH)
    client, pull = joiner.socket(zmqx.CLIENT), joiner.socket(zmqx.PULL)
    client.connect(front)
    pull.connect(back)
    client.send(b"x")
    assert pull.recv(timeout=5000) == b"x"
