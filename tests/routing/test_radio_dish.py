"""RADIO and DISH: whole groups, counted joins, two frames on the way (RFC 48)."""

from __future__ import annotations

import pytest

from zmqx import EINVAL, ENOTSUP, ZMQError
from zmqx.accounts import Drop
from zmqx.constants import SocketOption
from zmqx.errors import EMSGSIZE, ProtocolError
from zmqx.message import DATAGRAM_LIMIT, Item, Labelled, Subscription
from zmqx.pipes.pipe import Pipe
from zmqx.routing.dish import Dish
from zmqx.routing.pull import Pull
from zmqx.routing.radio import Radio

from .ends import Far, received


def joined(radio: Radio, *groups: bytes, send_mark: int = 0) -> Far:
    far = Far(radio, send_mark=send_mark)
    far.deliver(*[Subscription(group, True) for group in groups])
    return far


def send(radio: Radio, body: bytes, group: bytes) -> bool:
    return radio.try_send(Labelled(body, group=group))


def test_to_those_of_the_group_and_no_prefix_of_it() -> None:
    radio = Radio()
    one, two, none = joined(radio, b"a"), joined(radio, b"a", b"ab"), joined(radio, b"abc", b"")
    for group in (b"a", b"ab", b"b"):
        assert send(radio, b"to " + group, group)
    assert one.out() == [[b"a", b"to a"]]
    assert two.out() == [[b"a", b"to a"], [b"ab", b"to ab"]]
    assert none.out() == []


def test_no_group_is_the_empty_group() -> None:
    radio = Radio()
    one, two = joined(radio, b""), joined(radio, b"a")
    assert radio.try_send(b"x")
    assert radio.try_send(memoryview(b"y"))
    assert one.out() == [[b"", b"x"], [b"", b"y"]]
    assert two.out() == []


def test_joins_are_counted_and_messages_sent_once() -> None:
    radio = Radio()
    far = joined(radio, b"a", b"a")
    send(radio, b"1", b"a")
    far.deliver(Subscription(b"a", False))
    send(radio, b"2", b"a")
    far.deliver(Subscription(b"a", False))
    send(radio, b"3", b"a")
    assert far.out() == [[b"a", b"1"], [b"a", b"2"]]


def test_leaving_what_one_is_not_in_means_nothing() -> None:
    radio = Radio()
    one, two = joined(radio), joined(radio, b"a")
    one.deliver(Subscription(b"a", False), Subscription(b"b", False), Subscription(b"b", True))
    for group in (b"a", b"b"):
        send(radio, b"x", group)
    assert one.out() == [[b"b", b"x"]]
    assert two.out() == [[b"a", b"x"]]


def test_messages_to_a_radio_are_thrown_away() -> None:
    radio = Radio()
    far = joined(radio)
    far.deliver(b"\x04JOINa", [b"x", b"y"])
    assert radio.drops == {Drop.UNWANTED: 2}
    send(radio, b"x", b"a")
    assert far.out() == []


def test_a_full_member_misses_the_message() -> None:
    radio = Radio()
    slow, quick = joined(radio, b"a", send_mark=1), joined(radio, b"a")
    assert send(radio, b"1", b"a")
    assert send(radio, b"2", b"a")
    assert slow.out() == [[b"a", b"1"]]
    assert quick.out() == [[b"a", b"1"], [b"a", b"2"]]
    assert radio.drops == {Drop.FULL: 1}


def test_nodrop_waits_for_a_full_member() -> None:
    radio = Radio()
    radio.set_option(SocketOption.XPUB_NODROP, 1)
    slow, quick = joined(radio, b"a", send_mark=1), joined(radio, b"a")
    assert send(radio, b"1", b"a")
    assert send(radio, b"2", b"a") is False
    assert send(radio, b"3", b"other")
    assert quick.out() == [[b"a", b"1"]]  # nobody got the second
    assert radio.can_send()
    slow.out()
    assert send(radio, b"2", b"a")


def test_who_leaves_or_breaks_off_is_in_no_group() -> None:
    radio = Radio()
    gone, lost = joined(radio, b"a"), joined(radio, b"a", b"b")
    gone.leave()
    radio.disconnected(lost.pipe)
    send(radio, b"x", b"a")
    assert lost.out() == []
    lost.deliver(Subscription(b"b", True))
    send(radio, b"y", b"b")
    assert lost.out() == [[b"b", b"y"]]


def test_who_left_joins_no_more() -> None:
    radio = Radio()
    far = joined(radio)
    far.leave()
    far.deliver(Subscription(b"a", True))
    assert radio.subscribers(b"a") == 0


def test_a_burst_to_a_crowd_goes_out_as_it_was_when_it_was_sent() -> None:
    """Members share what gathers; a change of groups must not reach back."""
    radio = Radio()
    fars = [Far(radio, gathers=True) for _ in range(3)]
    for far in fars:
        far.deliver(Subscription(b"a", True))
    for number in range(10):
        send(radio, b"%d" % number, b"a")
    late = joined(radio, b"a")
    fars[0].deliver(Subscription(b"a", False))
    send(radio, b"last", b"a")
    burst: list[Item] = [[b"a", b"%d" % number] for number in range(10)]
    assert fars[0].out() == burst
    assert fars[1].out() == [*burst, [b"a", b"last"]]
    assert late.out() == [[b"a", b"last"]]


def test_who_cannot_ask_gets_everything_that_fits() -> None:
    radio = Radio()
    pipe = Pipe(0, 0)
    pipe.unasked = True
    radio.attach(pipe)
    asking = joined(radio, b"a")
    send(radio, b"1", b"a")
    send(radio, b"2", b"b")
    assert pipe.drain(9) == [[b"a", b"1"], [b"b", b"2"]]
    assert asking.out() == [[b"a", b"1"]]
    assert send(radio, bytes(DATAGRAM_LIMIT - 2), b"g")
    with pytest.raises(ZMQError) as caught:
        send(radio, bytes(DATAGRAM_LIMIT - 1), b"g")
    assert caught.value.errno == EMSGSIZE
    radio.detach(pipe)
    assert send(radio, bytes(DATAGRAM_LIMIT), b"a")


def test_a_dish_tells_every_radio_of_its_groups() -> None:
    dish = Dish()
    dish.set_group(b"a", True)
    early = Far(dish, connected=False)
    one = Far(dish)
    assert one.out() == [Subscription(b"a", True)]
    dish.set_group(b"b", True)
    dish.set_group(b"a", False)
    assert one.out() == [Subscription(b"b", True), Subscription(b"a", False)]
    assert early.out() == []
    dish.connected(early.pipe, b"")
    assert early.out() == [Subscription(b"b", True)]


def test_a_radio_that_comes_back_is_told_anew() -> None:
    dish = Dish()
    far = Far(dish)
    dish.set_group(b"a", True)
    dish.disconnected(far.pipe)  # before that had left
    dish.set_group(b"b", True)
    dish.connected(far.pipe, b"")
    assert far.out() == [Subscription(b"a", True), Subscription(b"b", True)]


def test_groups_a_dish_cannot_join_or_leave() -> None:
    dish = Dish()
    dish.set_group(b"a", True)
    for group, on in ((b"a", True), (b"b", False)):
        with pytest.raises(ZMQError) as caught:
            dish.set_group(group, on)
        assert caught.value.errno == EINVAL
    dish.set_group(b"a", False)
    dish.set_group(b"a", True)
    with pytest.raises(ZMQError) as caught:
        Pull().set_group(b"a", True)
    assert caught.value.errno == ENOTSUP


def test_a_dish_takes_what_it_joined_only() -> None:
    dish = Dish()
    dish.set_group(b"a", True)
    one, two = Far(dish), Far(dish)
    one.deliver([b"a", b"1"], [b"ab", b"x"], [b"a", b"3"])
    two.deliver([b"a", b"2"], [b"", b"y"])
    assert dish.can_recv()
    assert dish.can_recv()
    assert [(message.group, message.part) for message in received(dish)] == [(b"a", b"1"), (b"a", b"2"), (b"a", b"3")]
    assert not dish.can_recv()
    assert (dish.filtered, dish.drops) == (2, {})


@pytest.mark.parametrize("item", [b"x", [b"g", b"x", b"y"], [b"g" * 256, b"x"], Subscription(b"g", True)])
def test_what_no_radio_sends(item: Item) -> None:
    check = Dish.check_message
    assert check is not None
    check([b"g" * 255, b"x"])
    with pytest.raises(ProtocolError):
        check(item)


def test_neither_does_what_the_other_does() -> None:
    for attempt in (Radio().try_recv, lambda: Dish().try_send(b"x"), lambda: Dish().begin(b"x")):
        with pytest.raises(ZMQError) as caught:
            attempt()
        assert caught.value.errno == ENOTSUP
