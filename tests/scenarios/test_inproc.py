"""inproc: what is different without a wire."""

from __future__ import annotations

import pytest

import zmqx

from ..support.callers import Caller
from .conftest import Joiner

pytestmark = pytest.mark.parametrize("transport", ["inproc"])


def test_connect_before_bind(joiner: Joiner) -> None:
    pushes, pull = [joiner.socket(zmqx.PUSH) for _ in range(3)], joiner.socket(zmqx.PULL)
    for number, push in enumerate(pushes):
        push.connect("inproc://later")
        push.send_multipart([b"%d" % number, b"x"])
    pull.bind("inproc://later")
    assert sorted(pull.recv_multipart(timeout=5000) for _ in pushes) == [[b"%d" % n, b"x"] for n in range(3)]


def test_connect_before_bind_knows_its_own_mark_only(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=3), joiner.socket(zmqx.PULL, rcvhwm=4)
    push.connect("inproc://later")
    for number in range(3):
        push.send(b"%d" % number, zmqx.DONTWAIT)
    with pytest.raises(zmqx.Again):
        push.send(b"too many", zmqx.DONTWAIT)
    waiting = Caller(push.send, b"3").waits_for(push)
    pull.bind("inproc://later")
    assert [int(pull.recv(timeout=5000)) for _ in range(4)] == list(range(4))
    waiting.result()


def test_the_marks_of_both_ends_add_up(joiner: Joiner) -> None:
    for send_mark, receive_mark, room in ((3, 4, 7), (1, 1, 2)):
        push, pull = joiner.socket(zmqx.PUSH, sndhwm=send_mark), joiner.socket(zmqx.PULL, rcvhwm=receive_mark)
        joiner.join(pull, push)
        for _ in range(room):
            push.send(b"x", zmqx.DONTWAIT)
        with pytest.raises(zmqx.Again):
            push.send(b"x", zmqx.DONTWAIT)


@pytest.mark.parametrize("connect_first", [True, False])
def test_a_dialogue_whoever_comes_first(joiner: Joiner, connect_first: bool) -> None:
    req, rep = joiner.socket(zmqx.REQ), joiner.socket(zmqx.REP)
    if not connect_first:
        rep.bind("inproc://x")
    req.connect("inproc://x")
    req.send(b"request")
    if connect_first:
        rep.bind("inproc://x")
    assert rep.recv(timeout=5000) == b"request"
    rep.send(b"reply")
    assert req.recv(timeout=5000) == b"reply"


def test_a_subscription_made_before_the_bind(joiner: Joiner) -> None:
    pub, sub = joiner.socket(zmqx.PUB), joiner.socket(zmqx.SUB)
    sub.subscribe(b"a")
    sub.connect("inproc://x")
    sub.subscribe(b"b")
    pub.bind("inproc://x")
    for topic in (b"a", b"b", b"c", b"a"):
        pub.send(topic)
    assert [sub.recv(timeout=5000) for _ in range(3)] == [b"a", b"b", b"a"]


def test_names_belong_to_their_context(joiner: Joiner) -> None:
    near = joiner.socket(zmqx.PULL)
    near.bind("inproc://x")
    with zmqx.Context() as other:
        far, push = other.socket(zmqx.PULL), other.socket(zmqx.PUSH, linger=0)
        push.connect("inproc://x")
        far.bind("inproc://x")
        push.send(b"x")
        assert far.recv(timeout=5000) == b"x"
        assert near.poll(0) == 0


def test_a_name_is_free_when_its_socket_is_closed(joiner: Joiner) -> None:
    for number in range(100):
        pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
        pull.bind("inproc://x")
        push.connect("inproc://x")
        push.send(b"%d" % number)
        assert pull.recv(timeout=5000) == b"%d" % number
        for socket in (push, pull)[:: 1 - 2 * (number % 2)]:
            socket.close()


def test_when_the_binder_closes_the_connection_is_gone_for_good(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    endpoint = pull.last_endpoint
    pull.close()
    joiner.socket(zmqx.PULL).bind(endpoint)
    with pytest.raises(zmqx.Again):
        push.send(b"x", timeout=20)


def test_a_pending_connect_never_holds_up_the_end(joiner: Joiner) -> None:
    push = joiner.socket(zmqx.PUSH)
    push.connect("inproc://never")
    push.send(b"x")
    push.close()
    joiner.ctx.term(timeout=10_000)
    assert push.stats().dropped == {zmqx.Drop.CLOSED: 1}


def test_a_disconnected_name_is_not_met_later(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    push.connect("inproc://x")
    push.send(b"dropped")
    push.disconnect("inproc://x")
    pull.bind("inproc://x")
    assert pull.poll(0) == 0
    with pytest.raises(zmqx.Again):
        push.send(b"x", zmqx.DONTWAIT)


def test_a_thousand_connections(joiner: Joiner) -> None:
    joiner.ctx.set(zmqx.MAX_SOCKETS, 2000)
    router, dealers = joiner.socket(zmqx.ROUTER), [joiner.socket(zmqx.DEALER) for _ in range(1000)]
    for number, dealer in enumerate(dealers):
        if number == 500:
            router.bind("inproc://x")
        dealer.connect("inproc://x")
        dealer.send(b"%d" % number)
    for _ in dealers:
        router.send_multipart(router.recv_multipart(timeout=5000))
    assert [int(dealer.recv(timeout=5000)) for dealer in dealers] == list(range(1000))


@pytest.mark.parametrize("shape", [1, 3], ids=["frames", "multipart"])
def test_large_counts(joiner: Joiner, shape: int) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    count = 50_000

    def send_all() -> None:
        for number in range(count):
            push.send_multipart([b"%d" % number] * shape)

    sending = Caller(send_all)
    for number in range(count):
        assert pull.recv_multipart(timeout=10_000) == [b"%d" % number] * shape
    sending.result()


def test_a_socket_may_talk_to_itself(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER, routing_id=b"me", router_handover=1)
    dealer = joiner.socket(zmqx.DEALER)
    dealer.bind("inproc://self")
    dealer.connect("inproc://self")
    dealer.send(b"one")
    dealer.send(b"two")
    assert sorted(dealer.recv(timeout=5000) for _ in range(2)) == [b"one", b"two"]
    router.close()


@pytest.mark.parametrize("later", [False, True], ids=["bound-before", "bound-later"])
@pytest.mark.parametrize("case", ["second-pair", "same-id", "by-the-application"])
def test_who_is_sent_away_is_told_why(joiner: Joiner, case: str, later: bool) -> None:
    kinds = {"second-pair": (zmqx.PAIR, zmqx.PAIR)}.get(case, (zmqx.ROUTER, zmqx.DEALER))
    keeper = joiner.socket(kinds[0])
    first, second = joiner.socket(kinds[1]), joiner.socket(kinds[1])
    with first.events() as before, second.events() as events:
        if not later:
            keeper.bind("inproc://one")
        for guest in (first, second):
            if case == "same-id":
                guest.routing_id = b"me"
            guest.connect("inproc://one")
        if later:
            keeper.bind("inproc://one")
        reason = {"second-pair": "has a peer already", "same-id": "another peer has the routing id b'me'"}.get(case)
        if reason is None:
            keeper.peers()[1].disconnect()
            reason = "disconnected by the application"
        event = events.recv(timeout=5000)
        assert event is not None
        assert (event.kind, event.endpoint) == (zmqx.Event.DISCONNECTED, "inproc://one")
        assert reason in event.reason
        keeper.close()
        for stream in (before, events):
            with pytest.raises(zmqx.Again):
                stream.recv(timeout=0)  # whoever just leaves makes no event
