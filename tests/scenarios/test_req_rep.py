"""REQ and REP: requests in turn, replies to whom they belong."""

from __future__ import annotations

import pytest

import zmqx

from .conftest import TRANSPORTS, Joiner

NETWORK = [name for name in TRANSPORTS if name != "inproc"]


@pytest.mark.parametrize("left_binds", [True, False], ids=["client-binds", "server-binds"])
def test_requests_and_replies_of_any_shape(joiner: Joiner, left_binds: bool) -> None:
    req, rep = joiner.pair(zmqx.REQ, zmqx.REP, left_binds)
    for parts in ([b""], [b"", b""], [b"x"], [b"", b"x", b""], [b"abcd", b"", b"x"], [b"x" * 100_000] * 3):
        req.send_multipart(parts)
        assert rep.recv_multipart(timeout=5000) == parts
        rep.send_multipart(parts[::-1])
        assert req.recv_multipart(timeout=5000) == parts[::-1]


def test_several_servers_are_asked_in_turn(joiner: Joiner) -> None:
    req, servers = joiner.socket(zmqx.REQ), [joiner.socket(zmqx.REP) for _ in range(3)]
    for server in servers:
        req.connect(joiner.bind(server))
    req.wait_connected(3, timeout=5000)
    for turn in range(9):
        req.send(b"%d" % turn)
        assert servers[turn % 3].recv(timeout=5000) == b"%d" % turn
        servers[turn % 3].send(b"reply")
        assert req.recv(timeout=5000) == b"reply"


def test_a_server_answers_each_client_its_own(joiner: Joiner) -> None:
    rep, clients = joiner.socket(zmqx.REP), [joiner.socket(zmqx.REQ) for _ in range(5)]
    endpoint = joiner.bind(rep)
    for number, client in enumerate(clients):
        client.connect(endpoint)
        client.send(b"%d" % number)
    for _ in clients:
        rep.send(b"re " + rep.recv(timeout=5000))
    for number, client in reversed(list(enumerate(clients))):
        assert client.recv(timeout=5000) == b"re %d" % number


def test_a_client_that_dies_costs_the_server_nothing(joiner: Joiner) -> None:
    rep, patient = joiner.socket(zmqx.REP), joiner.socket(zmqx.REQ)
    endpoint = joiner.bind(rep)
    for _ in range(3):
        client = joiner.socket(zmqx.REQ)
        client.connect(endpoint)
        client.send(b"and dies")
        assert rep.recv(timeout=5000) == b"and dies"
        client.close()
        rep.send(b"to nobody")
    patient.connect(endpoint)
    patient.send(b"still there?")
    assert rep.recv(timeout=5000) == b"still there?"
    rep.send(b"yes")
    assert patient.recv(timeout=5000) == b"yes"


@pytest.mark.parametrize("transport", NETWORK)
def test_a_client_whose_server_died_waits_unless_it_is_relaxed(joiner: Joiner) -> None:
    for relaxed in (0, 1):
        req, rep = joiner.socket(zmqx.REQ, req_relaxed=relaxed, reconnect_ivl=5), joiner.socket(zmqx.REP)
        endpoint = joiner.bind(rep)
        req.connect(endpoint)
        req.send(b"lost")
        assert rep.recv(timeout=5000) == b"lost"
        with req.events(zmqx.Event.DISCONNECTED) as events:
            rep.close()
            assert events.recv(timeout=5000) is not None
        heir = joiner.socket(zmqx.REP)
        heir.bind(endpoint)
        req.wait_connected(timeout=5000)
        if not relaxed:
            with pytest.raises(zmqx.Again):
                req.recv(timeout=10)
            with pytest.raises(zmqx.ZMQError) as caught:
                req.send(b"again")
            assert caught.value.errno == zmqx.EFSM
            continue
        req.send(b"again")
        assert heir.recv(timeout=5000) == b"again"
        heir.send(b"reply")
        assert req.recv(timeout=5000) == b"reply"


@pytest.mark.parametrize("poll", [False, True], ids=["recv", "poll-first"])
def test_late_replies_to_abandoned_requests_are_skipped(joiner: Joiner, poll: bool) -> None:
    req = joiner.socket(zmqx.REQ, req_relaxed=1, req_correlate=1)
    router = joiner.socket(zmqx.ROUTER)
    joiner.join(router, req)
    asked = []
    for number in range(3):
        req.send(b"%d" % number)
        asked.append(router.recv_multipart(timeout=5000))
    for client, request, delimiter, body in asked:
        assert (len(request), delimiter) == (4, b"")
        router.send_multipart([client, request, b"", b"re " + body])
    if poll:
        assert req.poll(5000) == zmqx.POLLIN
    assert req.recv(timeout=5000) == b"re 2"
    assert len({request for _, request, _, _ in asked}) == 3
    with pytest.raises(zmqx.ZMQError) as caught:
        req.recv(timeout=0)
    assert caught.value.errno == zmqx.EFSM


def test_correlated_requests_pass_through_a_server(joiner: Joiner) -> None:
    req, rep = joiner.socket(zmqx.REQ, req_correlate=1), joiner.socket(zmqx.REP)
    joiner.join(rep, req)
    for number in range(5):
        req.send_multipart([b"%d" % number, b"x"])
        assert rep.recv_multipart(timeout=5000) == [b"%d" % number, b"x"]
        rep.send(b"reply")
        assert req.recv(timeout=5000) == b"reply"


def test_a_reply_of_somebody_else_is_none(joiner: Joiner) -> None:
    req, routers = joiner.socket(zmqx.REQ, routing_id=b"me"), [joiner.socket(zmqx.ROUTER) for _ in range(2)]
    for router in routers:
        req.connect(joiner.bind(router))
    for router in routers:
        router.wait_connected(timeout=5000)
    req.wait_connected(2, timeout=5000)
    req.send(b"question")
    assert routers[0].recv_multipart(timeout=5000) == [b"me", b"", b"question"]
    routers[1].send_multipart([b"me", b"", b"unasked"])
    routers[0].send_multipart([b"me", b"", b"asked"])
    assert req.recv(timeout=5000) == b"asked"


def test_the_way_back_is_kept_through_a_chain(joiner: Joiner) -> None:
    """REQ, two brokers of ROUTER and DEALER, REP; by hand, to see the envelope grow."""
    req, rep = joiner.socket(zmqx.REQ, routing_id=b"client"), joiner.socket(zmqx.REP)
    fronts = [joiner.socket(zmqx.ROUTER) for _ in range(2)]
    backs = [joiner.socket(zmqx.DEALER, routing_id=b"broker%d" % number) for number in range(2)]
    req.connect(joiner.bind(fronts[0]))
    backs[0].connect(joiner.bind(fronts[1]))
    backs[1].connect(joiner.bind(rep))
    req.send_multipart([b"a", b"", b"b"])
    envelope: list[bytes] = []
    for front, back, hop in zip(fronts, backs, (b"client", b"broker0"), strict=True):
        message = front.recv_multipart(timeout=5000)
        envelope.insert(0, hop)
        assert message == [*envelope, b"", b"a", b"", b"b"]
        back.send_multipart(message)
    assert rep.recv_multipart(timeout=5000) == [b"a", b"", b"b"]
    rep.send_multipart([b"re", b"", b"ply"])
    for front, back in zip(fronts[::-1], backs[::-1], strict=True):
        message = back.recv_multipart(timeout=5000)
        assert message == [*envelope, b"", b"re", b"", b"ply"]
        front.send_multipart(message)
        envelope.pop(0)
    assert req.recv_multipart(timeout=5000) == [b"re", b"", b"ply"]


def test_a_server_skips_requests_without_an_envelope(joiner: Joiner) -> None:
    dealer, rep = joiner.pair(zmqx.DEALER, zmqx.REP)
    for parts in ([b"no delimiter"], [b"a", b"b"], [b""], [b"a", b""]):
        dealer.send_multipart(parts)
    dealer.send_multipart([b"way", b"back", b"", b"request"])
    assert rep.recv_multipart(timeout=5000) == [b"request"]
    rep.send(b"reply")
    assert dealer.recv_multipart(timeout=5000) == [b"way", b"back", b"", b"reply"]
    dealer.send_multipart([b"", b""])
    assert rep.recv_multipart(timeout=5000) == [b""]


def test_receiving_many_gets_the_one_there_may_be(joiner: Joiner) -> None:
    """In a dialogue the next is not to be had before something was sent: no reason to lose the first."""
    req, rep = joiner.pair(zmqx.REQ, zmqx.REP)
    for _ in range(3):
        req.send(b"question")
        assert rep.recv_many(timeout=5000) == [[b"question"]]
        with pytest.raises(zmqx.ZMQError) as caught:
            rep.recv_many(timeout=5000)
        assert caught.value.errno == zmqx.EFSM
        rep.send(b"answer")
        assert req.recv_many(timeout=5000) == [[b"answer"]]
        with pytest.raises(zmqx.ZMQError) as caught:
            req.recv_many(timeout=5000)
        assert caught.value.errno == zmqx.EFSM
