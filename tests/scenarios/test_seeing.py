"""What a socket tells of itself: every message is somewhere, and every peer can be asked about."""

from __future__ import annotations

import time
from typing import Any

import pytest

import zmqx
from zmqx import Drop

from ..support.callers import until
from .conftest import Joiner


@pytest.fixture(params=["tcp", "ipc", "inproc"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def over_a_network(joiner: Joiner) -> bool:
    return joiner.transport != "inproc"


def test_a_new_socket_has_nothing_to_tell(joiner: Joiner) -> None:
    socket = joiner.socket(zmqx.DEALER)
    stats = socket.stats()
    assert stats.dropped == {}
    assert {name: getattr(stats, name) for name in stats.__slots__ if name != "dropped"} == {
        name: 0 for name in stats.__slots__ if name != "dropped"
    }
    assert socket.peers() == []


def test_values_do_not_change(joiner: Joiner) -> None:
    left, _ = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    before = left.stats()
    (peer,) = left.peers()
    left.send(b"x")
    assert before.queued_out == 0
    with pytest.raises(AttributeError, match="messages_out"):
        before.messages_out = 7
    with pytest.raises(AttributeError, match="address"):
        peer.address = ""
    assert "messages_out=0" in repr(before)


def test_messages_and_bytes_are_counted_where_they_cross(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    handshake = push.stats().bytes_out
    for number in range(20):
        push.send(b"%03d" % number)
    push.send_multipart([b"a" * 1000, b"b" * 5])
    got = [pull.recv_multipart(timeout=5000) for _ in range(21)]
    assert len(got) == 21
    sent, received = push.stats(), pull.stats()
    assert (sent.queued_out, received.queued_in) == (0, 0)
    if over_a_network(joiner):
        assert (sent.messages_out, received.messages_in) == (21, 21)
        assert sent.bytes_out - handshake == 20 * (3 + 2) + (1000 + 9) + (5 + 2)
        assert received.bytes_in == sent.bytes_out
        assert received.bytes_out == sent.bytes_in
    else:
        assert (sent.messages_out, received.messages_in, sent.bytes_out) == (0, 0, 0)
    assert sent.dropped == received.dropped == {}


def test_what_waits_is_counted_on_the_side_where_it_waits(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    for _ in range(7):
        push.send_multipart([b"12345", b"678"])
    until(lambda: pull.stats().queued_in == 7)
    assert pull.stats().queued_bytes_in == 7 * 8
    (peer,) = pull.peers()
    assert (peer.queued_in, peer.queued_bytes_in, peer.queued_out) == (7, 56, 0)
    pull.recv_multipart(timeout=5000)
    assert (pull.stats().queued_in, pull.stats().queued_bytes_in) == (6, 48)


def test_unread_messages_count_even_when_their_peer_has_left(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL, left_binds=False)
    for _ in range(5):
        push.send(b"x")
    until(lambda: pull.stats().queued_in == 5)
    push.close()
    until(lambda: pull.stats().connections == 0)
    assert pull.stats().queued_in == 5
    pull.close()
    assert pull.stats().dropped == {Drop.UNREAD: 5}
    assert pull.stats().queued_in == 0


def test_peers_say_who_they_are(joiner: Joiner) -> None:
    router, dealer = joiner.socket(zmqx.ROUTER), joiner.socket(zmqx.DEALER)
    dealer.routing_id = b"me"
    start = time.time()
    joiner.join(router, dealer)
    dealer.send(b"x")
    assert router.recv_multipart(timeout=5000) == [b"me", b"x"]
    (ours,), (theirs,) = dealer.peers(), router.peers()
    assert (theirs.routing_id, theirs.socket_type) == (b"me", "DEALER")
    assert ours.socket_type == "ROUTER"
    assert start - 1 <= theirs.connected_since <= time.time() + 1
    assert theirs.endpoint == router.last_endpoint.decode()
    assert theirs.user_id == ""
    if over_a_network(joiner):
        assert (theirs.mechanism, theirs.version) == ("NULL", "ZMTP 3.1")
        assert theirs.last_seen is not None
        assert theirs.connected_since <= theirs.last_seen <= time.time() + 1
        assert (theirs.messages_in, ours.messages_out) == (1, 1)
        assert theirs.bytes_in == ours.bytes_out > 3
    else:
        assert (theirs.mechanism, theirs.version, theirs.last_seen) == ("", "inproc", None)
    if joiner.transport.startswith("tcp"):
        assert ours.address == router.last_endpoint.decode()
        assert theirs.address != ours.address
        assert theirs.address.startswith("tcp://")


def test_a_peer_can_be_sent_away(joiner: Joiner) -> None:
    """It comes back by itself only if it is the one who connects."""
    router, dealers = joiner.socket(zmqx.ROUTER), [joiner.socket(zmqx.DEALER) for _ in range(2)]
    endpoint = joiner.bind(router)
    for number, dealer in enumerate(dealers):
        dealer.routing_id = b"%d" % number
        dealer.reconnect_ivl = -1
        dealer.connect(endpoint)
    router.wait_connected(2, timeout=5000)
    first = next(peer for peer in router.peers() if peer.routing_id == b"0")
    first.disconnect()
    until(lambda: [peer.routing_id for peer in router.peers()] == [b"1"])
    until(lambda: dealers[0].stats().connections == 0)
    first.disconnect()
    stats = router.stats()
    assert (stats.connections, stats.connections_ever) == (1, 2)
    dealers[1].send(b"still here")
    assert router.recv_multipart(timeout=5000) == [b"1", b"still here"]


def test_a_connection_that_comes_back_is_counted(joiner: Joiner) -> None:
    if not over_a_network(joiner):
        pytest.skip("over inproc nothing comes back by itself")
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    push.reconnect_ivl = 1
    joiner.join(push, pull, left_binds=False)
    assert push.stats().reconnects == 0
    for times in (1, 2):
        pull.peers()[0].disconnect()
        until(lambda times=times: push.stats().reconnects == times)
    stats = push.stats()
    assert (stats.connections_ever, stats.handshake_failures) == (3, 0)
    push.send(b"x")
    assert pull.recv(timeout=5000) == b"x"
    assert push.stats().messages_out == 1


def test_failed_handshakes_are_counted(joiner: Joiner) -> None:
    pull, other = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUB)
    other.reconnect_ivl = -1
    other.connect(joiner.bind(pull))
    until(lambda: other.stats().handshake_failures == 1)
    assert pull.stats().connections_ever == other.stats().connections_ever == 0


def drain(sub: Any, pub: Any, sent: int) -> int:
    """Receive until every message is accounted for, or nothing more comes for seconds."""
    count = 0
    while count + sum(pub.stats().dropped.values()) < sent and sub.poll(5000):
        count += len(sub.recv_many(1000))
    return count


@pytest.mark.parametrize("size", [10, 5000])
def test_a_publisher_accounts_for_every_message(joiner: Joiner, size: int) -> None:
    """sent == received + dropped, when the subscriber was too slow."""
    pub, sub = joiner.socket(zmqx.PUB), joiner.socket(zmqx.SUB)
    pub.sndhwm = 100
    sub.rcvhwm = 100
    pub.sndbuf = sub.rcvbuf = 4096
    sub.subscribe(b"")
    joiner.join(pub, sub)
    until(lambda: pub.topics_count == 1)
    sent = 5000
    for _ in range(sent):
        pub.send(b"x" * size)
    received = drain(sub, pub, sent)
    assert not sub.poll(0)
    stats = pub.stats()
    assert stats.dropped.keys() == {Drop.FULL}
    assert received + stats.dropped[Drop.FULL] == sent
    assert pub.peers()[0].dropped == stats.dropped
    assert stats.queued_out == 0
    if over_a_network(joiner):
        assert stats.messages_out == received


def test_without_subscribers_nothing_is_dropped(joiner: Joiner) -> None:
    pub = joiner.socket(zmqx.PUB)
    joiner.bind(pub)
    pub.send(b"x")
    assert pub.stats().dropped == {}


def test_what_a_subscriber_did_not_ask_for_is_filtered_not_dropped(joiner: Joiner) -> None:
    pub, sub = joiner.socket(zmqx.XPUB), joiner.socket(zmqx.SUB)
    pub.xpub_welcome_msg = b"welcome"
    sub.subscribe(b"a")
    joiner.join(pub, sub)
    pub.recv(timeout=5000)
    pub.send(b"abc")
    assert sub.recv(timeout=5000) == b"abc"
    assert (sub.stats().filtered, sub.stats().dropped) == (1, {})


@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.PUB])
def test_conflation_counts_what_it_replaces(joiner: Joiner, kind: int) -> None:
    sender, receiver = joiner.socket(kind), joiner.socket(zmqx.PULL if kind == zmqx.PUSH else zmqx.SUB)
    for socket in (sender, receiver):
        socket.conflate = 1
    if kind == zmqx.PUB:
        receiver.subscribe(b"")
    joiner.join(sender, receiver)
    if kind == zmqx.PUB:
        until(lambda: sender.topics_count == 1)
    for number in range(1000):
        sender.send(b"%d" % number)
    received = 0
    last = b""
    while last != b"999":
        last = receiver.recv(timeout=5000)
        received += 1
    replaced = sum(socket.stats().dropped.get(Drop.REPLACED, 0) for socket in (sender, receiver))
    assert received + replaced == 1000


def test_what_is_unsent_at_the_end_is_told(joiner: Joiner) -> None:
    if not over_a_network(joiner):
        pytest.skip("over inproc it is with the receiver already")
    for linger, reason in ((0, Drop.CLOSED), (20, Drop.EXPIRED)):
        push = joiner.socket(zmqx.PUSH)
        push.connect("tcp://127.0.0.1:1")
        for _ in range(3):
            push.send(b"x")
        push.close(linger)
        until(lambda push=push: push.stats().queued_out == 0)
        assert push.stats().dropped == {reason: 3}
        assert push.peers() == []


@pytest.mark.parametrize("how", ["disconnect", "close"])
@pytest.mark.parametrize("linger", [0, 20])
def test_what_a_peer_does_not_take_is_told(blocking_joiner: Joiner, how: str, linger: int) -> None:
    """No peer went away: it was our doing. Some of it is on its way already, and some was encoded."""
    joiner = blocking_joiner
    if not over_a_network(joiner):
        pytest.skip("over inproc it is with the receiver already")
    push, pull = joiner.socket(zmqx.PUSH, linger=linger, sndhwm=0), joiner.socket(zmqx.PULL, rcvhwm=1)
    endpoints = [joiner.bind(pull), "tcp://127.0.0.1:1"]
    for endpoint in endpoints:
        push.connect(endpoint)
    push.wait_connected(timeout=5000)
    for number, size in enumerate((100_000, 100) * 300, 1):
        push.send(bytes(size))
        stats = push.stats()
        assert stats.messages_out + stats.queued_out == number
    if how == "close":
        push.close()
    else:
        for endpoint in endpoints:
            push.disconnect(endpoint)
    until(lambda: push.stats().queued_out == 0)
    stats = push.stats()
    assert sum(stats.dropped.values()) + stats.messages_out == 600
    assert set(stats.dropped) == {Drop.EXPIRED if linger else Drop.CLOSED}


def test_what_came_is_received_or_told(blocking_joiner: Joiner) -> None:
    """Also what a peer still sends when we have let it go."""
    joiner = blocking_joiner
    if not over_a_network(joiner):
        pytest.skip("there is no connection that would be read to its end")
    pull, push = joiner.socket(zmqx.PULL, rcvhwm=1), joiner.socket(zmqx.PUSH, linger=0)
    endpoint = joiner.bind(pull)
    push.connect(endpoint)
    for _ in range(200):
        push.send(bytes(50_000))
    pull.poll(5000)
    pull.unbind(endpoint)
    until(lambda: not pull.peers() and not pull._core._ports.sessions)
    received = 0
    while pull.poll(0):
        pull.recv()
        received += 1
    stats = pull.stats()
    assert stats.dropped.get(Drop.UNREAD, 0) > 0
    assert stats.messages_in == received + stats.dropped[Drop.UNREAD]


def test_what_was_sent_to_a_name_that_nobody_bound_is_told(joiner: Joiner) -> None:
    for how in ("disconnect", "close"):
        push = joiner.socket(zmqx.PUSH)
        push.connect("inproc://nobody")
        push.send(b"x")
        if how == "disconnect":
            push.disconnect("inproc://nobody")
        push.close()
        assert push.stats().dropped == {Drop.CLOSED: 1}


def test_what_was_sent_to_somebody_who_has_a_peer_already(blocking_joiner: Joiner) -> None:
    if over_a_network(blocking_joiner):
        pytest.skip("over a network it stays with the sender, who tries again")
    pair, first, second = (blocking_joiner.socket(zmqx.PAIR) for _ in range(3))
    for socket in (first, second):
        socket.connect("inproc://taken")
        for _ in range(3):
            socket.send(b"x")
    pair.bind("inproc://taken")
    assert [pair.recv(timeout=5000) for _ in range(3)] == [b"x"] * 3
    assert not pair.poll(0)
    assert pair.stats().dropped == {Drop.UNREAD: 3}


def test_a_router_says_what_it_could_not_route(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER)
    joiner.bind(router)
    router.send_multipart([b"nobody", b"x"])
    router.send(b"alone")
    assert router.stats().dropped == {Drop.UNROUTABLE: 1, Drop.MALFORMED: 1}
