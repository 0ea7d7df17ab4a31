"""What all types have in common: who does what, and how misuse is refused."""

from __future__ import annotations

import pytest

from zmqx.accounts import Drop
from zmqx.constants import SocketOption, SocketType
from zmqx.errors import EINVAL, ENOTSOCK, ENOTSUP, ZMQError, zmq_error
from zmqx.routing.closed import Closed
from zmqx.routing.registry import ROUTINGS

from .ends import Far

T = SocketType
MUTE = [T.SUB, T.PULL, T.GATHER, T.DISH]
DEAF = [T.PUB, T.PUSH, T.SCATTER, T.RADIO]
COUNTING = [T.PUB, T.XPUB, T.SUB, T.XSUB]

every = pytest.mark.parametrize("kind", list(T), ids=lambda kind: kind.name)


@every
def test_every_type_has_its_rule(kind: SocketType) -> None:
    assert ROUTINGS[kind].socket_type is kind
    assert ROUTINGS[kind]().socket_type is kind
    assert ROUTINGS[kind].sends is (kind not in MUTE)


@pytest.mark.parametrize("kind", MUTE, ids=lambda kind: kind.name)
def test_who_does_not_send_says_so(kind: SocketType) -> None:
    routing = ROUTINGS[kind]()
    peer = Far(routing)
    for call in (routing.try_send, routing.begin):
        with pytest.raises(ZMQError, match=kind.name) as caught:
            call(b"m")
        assert caught.value.errno == ENOTSUP
    assert routing.can_send() is (kind is T.DISH)  # it can always join a group: libzmq calls that writable
    assert peer.out() == []


@pytest.mark.parametrize("kind", DEAF, ids=lambda kind: kind.name)
def test_who_does_not_receive_says_so(kind: SocketType) -> None:
    routing = ROUTINGS[kind]()
    Far(routing).deliver(b"m")
    with pytest.raises(ZMQError, match=kind.name) as caught:
        routing.try_recv()
    assert caught.value.errno == ENOTSUP
    assert not routing.can_recv()


def test_what_a_push_is_sent_is_thrown_away_and_counted() -> None:
    routing = ROUTINGS[T.PUSH]()
    peer = Far(routing, receive_mark=4)
    resumed: list[int] = []
    peer.pipe.resume = lambda: resumed.append(1)
    peer.pipe.stall()
    peer.deliver(b"1", [b"2", b"3"])
    assert not peer.pipe.inbox
    assert resumed
    assert routing.drops == {Drop.UNWANTED: 2}
    peer.deliver(b"4")
    assert routing.drops == {Drop.UNWANTED: 3}


@every
def test_nothing_there_is_nothing_to_receive(kind: SocketType) -> None:
    routing = ROUTINGS[kind]()
    assert not routing.can_recv()
    assert routing.sender() is None
    assert routing.topics_count() == 0
    assert routing.drops == {}


@every
def test_a_peer_may_come_and_go_unused(kind: SocketType) -> None:
    routing = ROUTINGS[kind]()
    for _ in range(3):
        peer = Far(routing)
        peer.break_off()
        peer.come_back()
        peer.leave()
        assert peer.refusals == []
    assert routing.drops == {}


@every
def test_subscribe_is_for_subscribers(kind: SocketType) -> None:
    routing = ROUTINGS[kind]()
    if kind is T.SUB:
        routing.subscribe(b"a", True)
        assert routing.topics_count() == 1
        return
    for on in (True, False):
        with pytest.raises(ZMQError, match=kind.name) as caught:
            routing.subscribe(b"a", on)
        assert caught.value.errno == EINVAL


@every
def test_options_of_other_types_mean_nothing(kind: SocketType) -> None:
    routing = ROUTINGS[kind]()
    before = dict(vars(routing))
    routing.set_option(SocketOption.TCP_KEEPALIVE, 1)
    assert vars(routing) == before
    assert routing.check_peer_id(b"any") is None


def test_a_closed_socket_only_says_so() -> None:
    def refuse() -> None:
        raise zmq_error(ENOTSOCK)

    routing = Closed(refuse)
    for call in (lambda: routing.try_send(b"m"), routing.try_recv):
        with pytest.raises(ZMQError) as caught:
            call()
        assert caught.value.errno == ENOTSOCK


@pytest.mark.parametrize("kind", [T.DEALER, T.REQ, T.ROUTER], ids=lambda kind: kind.name)
@pytest.mark.parametrize("on", [0, 1])
def test_probes_are_sent_where_they_were_asked_for(kind: SocketType, on: int) -> None:
    routing = ROUTINGS[kind]()
    routing.set_option(SocketOption.PROBE_ROUTER, on)
    peer = Far(routing, b"id", local=True)
    assert peer.out() == [b""] * on
    peer.break_off()
    peer.come_back(b"id")
    assert peer.out() == [b""] * on


def test_dealer_leaves_envelopes_alone() -> None:
    routing = ROUTINGS[T.DEALER]()
    peer = Far(routing)
    for message in (b"", [b"", b"body"], [b"id", b"", b"x"]):
        routing.try_send(message)  # type: ignore[arg-type]
        assert peer.out() == [message]
        peer.deliver(message)  # type: ignore[arg-type]
        assert routing.try_recv() == message
