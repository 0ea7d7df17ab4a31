"""Links and bindings: two sockets of one context without a stream in between."""

from __future__ import annotations

import pytest

import zmqx

from ..support.virtual_socket import VirtualSocket
from .conftest import MakeSocket

NAME = "inproc://name"


@pytest.mark.parametrize("connect_first", [False, True])
def test_either_side_may_come_first(make_socket: MakeSocket, connect_first: bool) -> None:
    push, pull = make_socket(zmqx.PUSH), make_socket(zmqx.PULL)
    if connect_first:
        push.connect(NAME)
        assert push.send(b"early")
        assert push.peers == 0
        pull.bind(NAME)
    else:
        pull.bind(NAME)
        push.connect(NAME)
        assert push.send(b"early")
    assert (push.peers, pull.peers) == (1, 1)
    assert push.send(b"late")
    assert pull.recv_all() == [b"early", b"late"]


def test_close_before_the_name_is_bound(make_socket: MakeSocket) -> None:
    push, pull = make_socket(zmqx.PUSH), make_socket(zmqx.PULL)
    push.connect(NAME)
    push.send(b"never read")
    push.close(-1)
    assert push.finished, "a pending inproc connect blocks"
    pull.bind(NAME)
    assert pull.peers == 0
    assert pull.recv() is None


def test_disconnect_before_the_name_is_bound(make_socket: MakeSocket) -> None:
    push, pull = make_socket(zmqx.PUSH), make_socket(zmqx.PULL)
    push.connect(NAME)
    push.core.disconnect(NAME)
    pull.bind(NAME)
    assert pull.peers == 0
    assert not push.send(b"nobody")
    assert push.error_of(push.core.disconnect, NAME) == zmqx.ENOENT


def test_a_name_has_one_owner(make_socket: MakeSocket) -> None:
    one, two = make_socket(zmqx.PULL), make_socket(zmqx.PULL)
    one.bind(NAME)
    assert two.error_of(two.core.bind, NAME) == zmqx.EADDRINUSE
    assert one.error_of(one.core.bind, NAME) == zmqx.EADDRINUSE


@pytest.mark.parametrize("how", ["close", "unbind"])
def test_a_name_can_be_bound_again(make_socket: MakeSocket, how: str) -> None:
    old, new, push = make_socket(zmqx.PULL), make_socket(zmqx.PULL), make_socket(zmqx.PUSH)
    old.bind(NAME)
    if how == "close":
        old.core.close()
    else:
        old.core.unbind(NAME)
    new.bind(NAME)
    push.connect(NAME)
    push.send(b"to the new one")
    assert new.recv() == b"to the new one"


def test_a_connection_does_not_come_back_with_a_new_owner(make_socket: MakeSocket) -> None:
    old, new, push = make_socket(zmqx.PULL), make_socket(zmqx.PULL), make_socket(zmqx.PUSH)
    old.bind(NAME)
    push.connect(NAME)
    old.close()
    new.bind(NAME)
    assert push.peers == 0
    assert not push.send(b"nobody")
    assert new.peers == 0


def test_unbind_keeps_the_connections_there_are(make_socket: MakeSocket) -> None:
    pull, push = make_socket(zmqx.PULL), make_socket(zmqx.PUSH)
    pull.bind(NAME)
    push.connect(NAME)
    pull.core.unbind(NAME)
    assert push.send(b"still")
    assert pull.recv() == b"still"


@pytest.mark.parametrize("binder_leaves", [True, False])
def test_what_was_sent_before_an_end_can_still_be_read(make_socket: MakeSocket, binder_leaves: bool) -> None:
    binder, connector = make_socket(zmqx.PAIR), make_socket(zmqx.PAIR)
    binder.bind(NAME)
    connector.connect(NAME)
    leaver, stayer = (binder, connector) if binder_leaves else (connector, binder)
    leaver.send(b"my")
    leaver.send(b"words")
    leaver.close(0)
    assert leaver.finished
    assert stayer.peers == 0
    assert stayer.recv_all() == [b"my", b"words"]
    assert not stayer.send(b"nobody")


def test_disconnect_ends_both_sides(make_socket: MakeSocket) -> None:
    pull, push = make_socket(zmqx.PULL), make_socket(zmqx.PUSH)
    pull.bind(NAME)
    push.connect(NAME)
    push.core.disconnect(NAME)
    assert (push.peers, pull.peers) == (0, 0)
    push.connect(NAME)
    assert (push.peers, pull.peers) == (1, 1)


def _fill(push: VirtualSocket) -> int:
    count = 0
    while push.send(b"%d" % count):
        count += 1
        assert count < 10_000, "no limit"
    return count


@pytest.mark.parametrize("connect_first", [False, True])
@pytest.mark.parametrize(("send_mark", "receive_mark"), [(1, 1), (3, 4), (10, 1)])
def test_the_marks_of_both_ends_add_up(
    make_socket: MakeSocket, send_mark: int, receive_mark: int, connect_first: bool
) -> None:
    push, pull = make_socket(zmqx.PUSH, sndhwm=send_mark), make_socket(zmqx.PULL, rcvhwm=receive_mark)
    for step in (push.connect, pull.bind) if connect_first else (pull.bind, push.connect):
        step(NAME)
    assert _fill(push) == send_mark + receive_mark
    assert len(pull.recv_all()) == send_mark + receive_mark
    assert _fill(push) == send_mark + receive_mark


@pytest.mark.parametrize(("send_mark", "receive_mark"), [(0, 5), (5, 0), (0, 0)])
def test_no_mark_at_one_end_is_none_at_all(make_socket: MakeSocket, send_mark: int, receive_mark: int) -> None:
    push, pull = make_socket(zmqx.PUSH, sndhwm=send_mark), make_socket(zmqx.PULL, rcvhwm=receive_mark)
    pull.bind(NAME)
    push.connect(NAME)
    for number in range(5000):
        assert push.send(b"%d" % number)
    assert len(pull.recv_all()) == 5000


def test_before_the_name_is_bound_our_own_mark_counts(make_socket: MakeSocket) -> None:
    push, pull = make_socket(zmqx.PUSH, sndhwm=3), make_socket(zmqx.PULL, rcvhwm=4)
    push.connect(NAME)
    assert _fill(push) == 3
    pull.bind(NAME)
    assert len(pull.recv_all()) == 3


def test_a_sender_that_was_full_before_the_name_was_bound_goes_on(make_socket: MakeSocket) -> None:
    push, pull = make_socket(zmqx.PUSH, sndhwm=10), make_socket(zmqx.PULL, rcvhwm=10)
    push.connect(NAME)
    _fill(push)
    pull.bind(NAME)
    pull.recv_all()
    assert push.send(b"more"), "stuck for ever"
    assert pull.recv() == b"more"


def test_a_full_connection_opens_when_half_of_it_is_read(make_socket: MakeSocket) -> None:
    push, pull = make_socket(zmqx.PUSH, sndhwm=5), make_socket(zmqx.PULL, rcvhwm=5)
    pull.bind(NAME)
    push.connect(NAME)
    _fill(push)
    assert push.core.events() & zmqx.POLLOUT == 0
    for _ in range(5):
        pull.recv()
    assert push.core.events() & zmqx.POLLOUT


@pytest.mark.parametrize("connect_first", [False, True])
def test_routing_ids_are_exchanged(make_socket: MakeSocket, connect_first: bool) -> None:
    left = make_socket(zmqx.ROUTER, routing_id=b"left")
    right = make_socket(zmqx.ROUTER, routing_id=b"right")
    for step in (right.connect, left.bind) if connect_first else (left.bind, right.connect):
        step(NAME)
    assert left.send([b"right", b"hello"])
    assert right.recv() == [b"left", b"hello"]
    assert right.send([b"left", b"hello yourself"])
    assert left.recv() == [b"right", b"hello yourself"]


def test_many_connects_to_one_name(make_socket: MakeSocket) -> None:
    router = make_socket(zmqx.ROUTER)
    dealers = [make_socket(zmqx.DEALER, routing_id=b"%d" % number) for number in range(50)]
    for dealer in dealers[:25]:
        dealer.connect(NAME)
    router.bind(NAME)
    for dealer in dealers[25:]:
        dealer.connect(NAME)
    assert router.peers == 50
    for number, dealer in enumerate(dealers):
        dealer.send(b"from %d" % number)
    got = router.recv_all()
    assert sorted(got, key=str) == sorted(([b"%d" % n, b"from %d" % n] for n in range(50)), key=str)
    for number, dealer in enumerate(dealers):
        router.send([b"%d" % number, b"to %d" % number])
        assert dealer.recv() == b"to %d" % number


def test_a_socket_may_connect_to_itself(make_socket: MakeSocket) -> None:
    dealer = make_socket(zmqx.DEALER)
    dealer.bind(NAME)
    dealer.connect(NAME)
    dealer.send(b"echo")
    assert dealer.recv() == b"echo"


def test_a_refused_peer_hears_of_it(make_socket: MakeSocket) -> None:
    one, two, three = (make_socket(zmqx.PAIR) for _ in range(3))
    one.bind(NAME)
    two.connect(NAME)
    three.connect(NAME)
    assert (one.peers, two.peers, three.peers) == (1, 1, 0)
    assert not three.send(b"nobody")
    two.send(b"me")
    assert one.recv_all() == [b"me"]


def test_unread_messages_of_a_closed_socket_do_not_hold_it(make_socket: MakeSocket) -> None:
    push, pull = make_socket(zmqx.PUSH), make_socket(zmqx.PULL)
    pull.bind(NAME)
    push.connect(NAME)
    push.send(b"unread")
    pull.close(-1)
    push.close(-1)
    assert pull.finished
    assert push.finished


def test_subscriptions_cross(make_socket: MakeSocket) -> None:
    pub, sub = make_socket(zmqx.PUB), make_socket(zmqx.SUB)
    sub.core.set_option(zmqx.SUBSCRIBE, b"a")
    sub.connect(NAME)
    pub.bind(NAME)
    pub.send(b"b")
    pub.send(b"a")
    assert sub.recv_all() == [b"a"]
