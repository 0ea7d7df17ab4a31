"""Many peers at one socket; and a slow one among them."""

from __future__ import annotations

import pytest

import zmqx

from .conftest import Joiner

CROWD = 100


def test_a_server_and_a_hundred_clients(joiner: Joiner) -> None:
    router, dealers = joiner.socket(zmqx.ROUTER), [joiner.socket(zmqx.DEALER) for _ in range(CROWD)]
    endpoint = joiner.bind(router)
    for dealer in dealers:
        dealer.connect(endpoint)
    assert router.wait_connected(CROWD, timeout=20_000) == CROWD
    for turn in range(3):
        for number, dealer in enumerate(dealers):
            dealer.send_multipart([b"%d" % number, b"%d" % turn])
        for _ in dealers:
            router.send_multipart(router.recv_multipart(timeout=10_000))
        for number, dealer in enumerate(dealers):
            assert dealer.recv_multipart(timeout=10_000) == [b"%d" % number, b"%d" % turn]


def test_a_publisher_and_a_hundred_subscribers(joiner: Joiner) -> None:
    xpub, subs = joiner.socket(zmqx.XPUB, xpub_verbose=1), [joiner.socket(zmqx.SUB) for _ in range(CROWD)]
    endpoint = joiner.bind(xpub)
    for number, sub in enumerate(subs):
        sub.subscribe(b"all")
        sub.subscribe(b"odd" if number % 2 else b"even")
        sub.connect(endpoint)
    for _ in range(2 * CROWD):
        xpub.recv(timeout=10_000)
    for turn in range(5):
        for topic in (b"all", b"odd", b"even", b"none", b"all"):
            xpub.send_multipart([topic, b"%d" % turn])
    for number, sub in enumerate(subs):
        own = b"odd" if number % 2 else b"even"
        for turn in range(5):
            for topic in (b"all", own, b"all"):
                assert sub.recv_multipart(timeout=10_000) == [topic, b"%d" % turn]


def test_a_crowd_comes_and_goes(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    for turn in range(3):
        pushes = [joiner.socket(zmqx.PUSH) for _ in range(CROWD)]
        for number, push in enumerate(pushes):
            push.connect(endpoint)
            push.send(b"%d:%d" % (turn, number))
        got = sorted(pull.recv(timeout=10_000) for _ in pushes)
        assert got == sorted(b"%d:%d" % (turn, number) for number in range(CROWD))
        for push in pushes:
            push.close()


@pytest.mark.parametrize("mandatory", [0, 1])
def test_a_slow_peer_of_a_router_does_not_hold_up_the_others(joiner: Joiner, mandatory: int) -> None:
    router = joiner.socket(zmqx.ROUTER, router_mandatory=mandatory, sndhwm=3)
    slow, quick = (joiner.socket(zmqx.DEALER, routing_id=name, rcvhwm=3) for name in (b"slow", b"quick"))
    endpoint = joiner.bind(router)
    for dealer in (slow, quick):
        dealer.connect(endpoint)
    router.wait_connected(2, timeout=5000)
    for number in range(60):
        try:
            router.send_multipart([b"slow", b"%d" % number, b"x" * 500_000], zmqx.DONTWAIT)
        except zmqx.Again:
            assert mandatory
        router.send_multipart([b"quick", b"%d" % number])
        assert quick.recv(timeout=5000) == b"%d" % number
        quick.send(b"thanks")
        assert router.recv_multipart(timeout=5000) == [b"quick", b"thanks"]
    assert slow.recv_multipart(timeout=5000) == [b"0", b"x" * 500_000]
