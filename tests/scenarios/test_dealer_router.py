"""DEALER and ROUTER: who is called what, and what goes to whom."""

from __future__ import annotations

import pytest

import zmqx

from ..support.callers import until
from .conftest import TRANSPORTS, Joiner

NETWORK = [name for name in TRANSPORTS if name != "inproc"]


@pytest.mark.parametrize("left_binds", [True, False], ids=["router-binds", "dealer-binds"])
def test_a_name_given_by_the_peer(joiner: Joiner, left_binds: bool) -> None:
    router, dealer = joiner.socket(zmqx.ROUTER), joiner.socket(zmqx.DEALER, routing_id=b"Nan\x00cy")
    joiner.join(router, dealer, left_binds)
    router.send_multipart([b"Nan\x00cy", b"a", b"", b"b"])
    assert dealer.recv_multipart(timeout=5000) == [b"a", b"", b"b"]
    dealer.send_multipart([b"", b"c"])
    assert router.recv_multipart(timeout=5000) == [b"Nan\x00cy", b"", b"c"]


def test_peers_without_a_name_get_one_each(joiner: Joiner) -> None:
    router, dealers = joiner.socket(zmqx.ROUTER), [joiner.socket(zmqx.DEALER) for _ in range(4)]
    endpoint = joiner.bind(router)
    for number, dealer in enumerate(dealers):
        dealer.connect(endpoint)
        dealer.send(b"%d" % number)
    names = dict(router.recv_multipart(timeout=5000)[::-1] for _ in dealers)
    assert len(set(names.values())) == 4
    assert all(len(name) == 5 and name[0] == 0 for name in names.values())
    for number, name in names.items():
        router.send_multipart([name, b"for " + number])
    for number, dealer in enumerate(dealers):
        assert dealer.recv(timeout=5000) == b"for %d" % number


def test_a_name_of_our_own_choice_works_before_the_peer_is_there(joiner: Joiner) -> None:
    router, dealer = joiner.socket(zmqx.ROUTER, router_mandatory=1), joiner.socket(zmqx.DEALER, routing_id=b"its own")
    endpoint = joiner.bind(dealer)
    router.connect_routing_id = b"ours"
    router.connect(endpoint)
    router.send_multipart([b"ours", b"early"])
    assert dealer.recv(timeout=5000) == b"early"
    dealer.send(b"reply")
    assert router.recv_multipart(timeout=5000) == [b"ours", b"reply"]
    with pytest.raises(zmqx.ZMQError) as caught:
        router.send_multipart([b"its own", b"x"])
    assert caught.value.errno == zmqx.EHOSTUNREACH
    router.connect_routing_id = b"ours"
    with pytest.raises(zmqx.ZMQError, match="ours") as caught:
        router.connect("tcp://127.0.0.1:9")
    assert caught.value.errno == zmqx.EINVAL


@pytest.mark.parametrize("transport", NETWORK)
def test_a_second_peer_of_the_same_name_is_sent_away(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER)
    first, second = (joiner.socket(zmqx.DEALER, routing_id=b"me") for _ in range(2))
    joiner.join(router, first)
    with second.events(zmqx.Event.DISCONNECTED) as events:
        second.connect(router.last_endpoint)
        second.send(b"from the second")
        assert events.recv(timeout=5000) is not None
    router.send_multipart([b"me", b"for the first"])
    assert first.recv(timeout=5000) == b"for the first"
    first.send(b"from the first")
    assert router.recv_multipart(timeout=5000) == [b"me", b"from the first"]


@pytest.mark.parametrize("transport", NETWORK)
def test_with_handover_the_newcomer_takes_the_name(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER, router_handover=1)
    first = joiner.socket(zmqx.DEALER, routing_id=b"me", reconnect_ivl=-1)
    second = joiner.socket(zmqx.DEALER, routing_id=b"me")
    joiner.join(router, first)
    second.connect(router.last_endpoint)
    second.send(b"from the second")
    assert router.recv_multipart(timeout=5000) == [b"me", b"from the second"]
    router.send_multipart([b"me", b"for the second"])
    assert second.recv(timeout=5000) == b"for the second"
    assert first.poll(0) == 0


@pytest.mark.parametrize("left_binds", [True, False], ids=["prober-binds", "router-binds"])
@pytest.mark.parametrize("kind", [zmqx.DEALER, zmqx.ROUTER, zmqx.REQ], ids=["DEALER", "ROUTER", "REQ"])
def test_a_probe_introduces_the_peer(joiner: Joiner, kind: int, left_binds: bool) -> None:
    prober, router = joiner.socket(kind, probe_router=1, routing_id=b"me"), joiner.socket(zmqx.ROUTER)
    joiner.join(prober, router, left_binds)
    assert router.recv_multipart(timeout=5000) == [b"me", b""]


def test_two_routers_talk(joiner: Joiner) -> None:
    left, right = joiner.socket(zmqx.ROUTER, routing_id=b"left"), joiner.socket(zmqx.ROUTER, routing_id=b"right")
    joiner.join(left, right)
    left.send_multipart([b"right", b"hello"])
    assert right.recv_multipart(timeout=5000) == [b"left", b"hello"]
    right.send_multipart([b"left", b"hello yourself"])
    assert left.recv_multipart(timeout=5000) == [b"right", b"hello yourself"]


def test_a_dealer_serves_its_peers_in_turn_and_hears_them_all(joiner: Joiner) -> None:
    dealer, routers = joiner.socket(zmqx.DEALER, routing_id=b"d"), [joiner.socket(zmqx.ROUTER) for _ in range(3)]
    for router in routers:
        dealer.connect(joiner.bind(router))
    for router in routers:
        router.wait_connected(timeout=5000)
    dealer.wait_connected(3, timeout=5000)
    for number in range(9):
        dealer.send(b"%d" % number)
    for number, router in enumerate(routers):
        assert [router.recv_multipart(timeout=5000)[1] for _ in range(3)] == [
            b"%d" % (number + 3 * n) for n in range(3)
        ]
        router.send_multipart([b"d", b"from %d" % number])
    assert sorted(dealer.recv(timeout=5000) for _ in routers) == [b"from 0", b"from 1", b"from 2"]


@pytest.mark.parametrize("transport", NETWORK)
def test_a_peer_keeps_its_name_over_a_reconnection(joiner: Joiner) -> None:
    router, dealer = joiner.socket(zmqx.ROUTER), joiner.socket(zmqx.DEALER, routing_id=b"me", reconnect_ivl=5)
    joiner.join(router, dealer)
    endpoint = router.last_endpoint
    with dealer.events(zmqx.Event.DISCONNECTED) as events:
        router.unbind(endpoint)
        assert events.recv(timeout=5000) is not None
    dealer.send(b"sent meanwhile")
    router.bind(endpoint)
    assert router.recv_multipart(timeout=5000) == [b"me", b"sent meanwhile"]
    router.send_multipart([b"me", b"welcome back"])
    assert dealer.recv(timeout=5000) == b"welcome back"


@pytest.mark.parametrize("transport", NETWORK)
def test_a_name_that_was_taken_over_can_be_taken_back_by_whom_we_dialed(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER, router_handover=1, reconnect_ivl=5)
    first, second = (joiner.socket(zmqx.DEALER, routing_id=b"me") for _ in range(2))
    joiner.join(first, router)
    first.send(b"before")
    assert router.poll(5000)
    with router.events(zmqx.Event.CONNECT_RETRIED) as events:
        second.reconnect_ivl = -1
        second.connect(joiner.bind(router))
        assert events.recv(timeout=5000) is not None
    router.wait_connected(timeout=5000)
    until(lambda: [peer.endpoint for peer in router.peers()] == [first.last_endpoint.decode()])
    first.send(b"after")
    assert router.recv_multipart(timeout=5000) == [b"me", b"after"]
    router.send_multipart([b"me", b"welcome back"])
    assert first.recv(timeout=5000) == b"welcome back"
