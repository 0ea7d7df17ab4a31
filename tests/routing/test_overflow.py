"""OVERFLOW: what becomes of a message for a peer whose queue is full, by type and policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zmqx.accounts import Drop
from zmqx.constants import NativeOption, Overflow, SocketOption
from zmqx.errors import EAGAIN, EHOSTUNREACH, ZMQError
from zmqx.message import Labelled, Message, Subscription
from zmqx.routing.base import Routing
from zmqx.routing.channel import Channel
from zmqx.routing.client import Client
from zmqx.routing.dealer import Dealer
from zmqx.routing.pair import Pair
from zmqx.routing.peer import Peer
from zmqx.routing.pub import Pub
from zmqx.routing.push import Push
from zmqx.routing.radio import Radio
from zmqx.routing.router import Router
from zmqx.routing.scatter import Scatter
from zmqx.routing.server import Server
from zmqx.routing.xpub import Xpub

from .ends import Far

SHARING: list[type[Routing]] = [Push, Dealer, Scatter, Client, Pair, Channel]
CHOOSING: list[type[Routing]] = [Pub, Xpub, Radio, Router, Server, Peer]
MARK = 3

Send = Callable[[int], bool]


def full(kind: type[Routing], policy: Overflow, **options: int) -> tuple[Routing, Far, Send]:
    """A routing with this policy and one peer whose queue is full of 0, 1, 2; and how to send a number."""
    routing = kind(seed=7)
    for name, value in options.items():
        routing.set_option(SocketOption[name], value)
    routing.set_option(NativeOption.OVERFLOW, policy)
    far = Far(routing, b"me", send_mark=MARK, gathers=True)
    if kind in (Pub, Xpub, Radio):
        far.deliver(Subscription(b"g" if kind is Radio else b"", True))

    def send(number: int) -> bool:
        body = b"%d" % number
        message: Message | Labelled = body
        if kind is Router:
            message = [b"me", body]
        elif kind in (Server, Peer):
            message = Labelled(body, routing_id=7)
        elif kind is Radio:
            message = Labelled(body, group=b"g")
        return routing.try_send(message)  # type: ignore[arg-type]  # what each type takes

    for number in range(MARK):
        assert send(number)
    return routing, far, send


def numbers(far: Far) -> list[int]:
    return [int(item[-1] if isinstance(item, list) else item) for item in far.out()]  # type: ignore[arg-type]


every_type = pytest.mark.parametrize("kind", SHARING + CHOOSING, ids=lambda kind: kind.__name__)


@every_type
def test_block_waits(kind: type[Routing]) -> None:
    routing, far, send = full(kind, Overflow.BLOCK)
    assert not send(3)
    assert not send(3)
    assert numbers(far) == [0, 1, 2]
    assert send(3)
    assert numbers(far) == [3]
    assert routing.drops == {}


@every_type
def test_fail_raises_at_once_and_changes_nothing(kind: type[Routing]) -> None:
    routing, far, send = full(kind, Overflow.FAIL)
    with pytest.raises(ZMQError) as caught:
        send(3)
    assert caught.value.errno == EAGAIN
    assert numbers(far) == [0, 1, 2]
    assert send(3)
    assert numbers(far) == [3]
    assert routing.drops == {}


@every_type
def test_drop_newest(kind: type[Routing]) -> None:
    routing, far, send = full(kind, Overflow.DROP_NEWEST)
    assert send(3)
    assert send(4)
    assert numbers(far) == [0, 1, 2]
    assert routing.drops == far.pipe.drops == {Drop.FULL: 2}
    assert routing.can_send()


@every_type
def test_drop_oldest(kind: type[Routing]) -> None:
    routing, far, send = full(kind, Overflow.DROP_OLDEST)
    for number in range(3, 10):
        assert send(number)
    assert routing.can_send()
    assert numbers(far) == [7, 8, 9]
    assert routing.drops == far.pipe.drops == {Drop.REPLACED: 7}


@pytest.mark.parametrize("kind", CHOOSING, ids=lambda kind: kind.__name__)
def test_disconnect_sends_the_slow_peer_away(kind: type[Routing]) -> None:
    routing, far, send = full(kind, Overflow.DISCONNECT)
    assert send(3)
    assert far.refusals == ["it takes messages too slowly"]
    assert routing.drops == {Drop.FULL: 1, Drop.PEER_GONE: 3}
    assert numbers(far) == []


@pytest.mark.parametrize("kind", CHOOSING, ids=lambda kind: kind.__name__)
def test_where_nobody_is_there_is_nobody_to_disconnect(kind: type[Routing]) -> None:
    """A pipe we dialed, between two connections: what is queued is for the next."""
    routing, far, send = full(kind, Overflow.DISCONNECT)
    from zmqx.pipes.pipe import nothing

    far.pipe.wake = nothing
    assert send(3)
    assert far.refusals == []
    assert routing.drops == {Drop.FULL: 1}
    assert numbers(far) == [0, 1, 2]


@every_type
def test_who_may_do_what(kind: type[Routing]) -> None:
    assert kind.overflows == frozenset(Overflow) - ({Overflow.DISCONNECT} if kind in SHARING else set())


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        (Push, {}, Overflow.BLOCK),
        (Pair, {}, Overflow.BLOCK),
        (Server, {}, Overflow.BLOCK),
        (Pub, {}, Overflow.DROP_NEWEST),
        (Router, {}, Overflow.DROP_NEWEST),
        (Radio, {}, Overflow.DROP_NEWEST),
        (Xpub, {"XPUB_NODROP": 1}, Overflow.BLOCK),
        (Radio, {"XPUB_NODROP": 1}, Overflow.BLOCK),
        (Router, {"ROUTER_MANDATORY": 1}, Overflow.BLOCK),
    ],
)
def test_the_default_is_libzmqs(kind: type[Routing], options: dict[str, int], expected: Overflow) -> None:
    routing, _, send = full(kind, Overflow.DEFAULT, **options)
    assert routing.policy is expected
    assert send(3) == (expected is Overflow.DROP_NEWEST)
    for name in options:
        routing.set_option(SocketOption[name], 0)
        assert routing.policy is routing.default_overflow


@pytest.mark.parametrize(("kind", "option"), [(Xpub, "XPUB_NODROP"), (Router, "ROUTER_MANDATORY")])
def test_a_choice_outweighs_the_older_option(kind: type[Routing], option: str) -> None:
    routing, far, send = full(kind, Overflow.DROP_OLDEST, **{option: 1})
    assert send(3)
    assert numbers(far) == [1, 2, 3]
    routing.set_option(NativeOption.OVERFLOW, Overflow.DEFAULT)
    assert routing.policy is Overflow.BLOCK


def test_of_several_workers_the_one_with_room_gets_it() -> None:
    """A policy is for when all are full."""
    routing = Push()
    routing.set_option(NativeOption.OVERFLOW, Overflow.DROP_OLDEST)
    one, two = Far(routing, send_mark=2), Far(routing, send_mark=2)
    for number in range(4):
        assert routing.try_send(b"%d" % number)
    assert numbers(one) == [0, 2]
    assert routing.try_send(b"4")
    assert (numbers(two), numbers(one), routing.drops) == ([1, 3], [4], {})


def test_when_all_are_full_they_lose_in_turn() -> None:
    routing = Push()
    routing.set_option(NativeOption.OVERFLOW, Overflow.DROP_OLDEST)
    one, two = Far(routing, send_mark=2), Far(routing, send_mark=2)
    for number in range(8):
        assert routing.try_send(b"%d" % number)
    assert (numbers(one), numbers(two)) == ([4, 6], [5, 7])
    assert one.pipe.drops == two.pipe.drops == {Drop.REPLACED: 2}


@pytest.mark.parametrize("policy", [Overflow.DROP_NEWEST, Overflow.DROP_OLDEST])
@pytest.mark.parametrize("kind", SHARING, ids=lambda kind: kind.__name__)
def test_without_a_peer_there_is_none_to_be_full(kind: type[Routing], policy: Overflow) -> None:
    routing = kind()
    routing.set_option(NativeOption.OVERFLOW, policy)
    assert not routing.try_send(b"x")
    assert not routing.can_send()
    assert routing.drops == {}


@pytest.mark.parametrize("kind", SHARING, ids=lambda kind: kind.__name__)
def test_fail_without_a_peer(kind: type[Routing]) -> None:
    routing = kind()
    routing.set_option(NativeOption.OVERFLOW, Overflow.FAIL)
    with pytest.raises(ZMQError) as caught:
        routing.try_send(b"x")
    assert caught.value.errno == EAGAIN


@pytest.mark.parametrize("kind", [Pub, Xpub, Radio], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("policy", [Overflow.BLOCK, Overflow.FAIL])
def test_a_publisher_that_does_not_drop_gives_all_or_nobody_a_message(kind: type[Routing], policy: Overflow) -> None:
    _, slow, send = full(kind, policy)
    routing = slow.routing
    quick = Far(routing, send_mark=100)
    quick.deliver(Subscription(b"g" if kind is Radio else b"", True))
    if policy is Overflow.FAIL:
        with pytest.raises(ZMQError):
            send(3)
    else:
        assert not send(3)
    assert numbers(quick) == []
    assert numbers(slow) == [0, 1, 2]
    assert send(3)
    assert numbers(quick) == numbers(slow) == [3]


def test_frames_one_by_one_are_begun_as_whole_messages_are_sent() -> None:
    for kind, first in ((Push, b"x"), (Pair, b"x"), (Router, b"me")):
        routing, far, _ = full(kind, Overflow.BLOCK)
        assert not routing.begin(first)
        far.out()
        assert routing.begin(first)
        routing, far, _ = full(kind, Overflow.FAIL)
        with pytest.raises(ZMQError) as caught:
            routing.begin(first)
        assert caught.value.errno == EAGAIN
        for policy in (Overflow.DROP_NEWEST, Overflow.DROP_OLDEST):
            assert full(kind, policy)[0].begin(first)


def test_an_unroutable_message_is_none_for_a_full_peer() -> None:
    routing, _, _ = full(Router, Overflow.BLOCK)
    assert routing.begin(b"nobody")
    assert routing.try_send([b"nobody", b"x"])
    assert routing.drops == {Drop.UNROUTABLE: 1}
    routing.set_option(SocketOption.ROUTER_MANDATORY, 1)
    for attempt in (lambda: routing.begin(b"nobody"), lambda: routing.try_send([b"nobody", b"x"])):
        with pytest.raises(ZMQError) as caught:
            attempt()
        assert caught.value.errno == EHOSTUNREACH
