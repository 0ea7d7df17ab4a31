"""XPUB and PUB: who gets what."""

from __future__ import annotations

import pytest

from zmqx.accounts import Drop
from zmqx.constants import SocketOption
from zmqx.message import Item
from zmqx.routing.xpub import Xpub

from .ends import Far
from .publishing import asks, both, xpub

gathering = pytest.mark.parametrize("gathers", [False, True], ids=["writes-at-once", "gathers"])


# -- who gets what


@both
@gathering
def test_a_message_goes_to_whom_it_begins_for(kind: type[Xpub], gathers: bool) -> None:
    socket = kind()
    peers = {topic: Far(socket, gathers=gathers) for topic in ("", "a", "ab", "b", "abc")}
    nobody = Far(socket, gathers=gathers)
    for topic, peer in peers.items():
        asks(peer, f"+{topic}")
    messages: list[Item] = [b"abx", b"a", b"", [b"ab", b"c"], [b"", b"ab"], b"c", b"abcd", memoryview(b"bb")]
    for message in messages * 3:
        assert socket.can_send()
        assert socket.try_send(message)  # type: ignore[arg-type]
    for topic, peer in peers.items():
        first = [bytes(message[0] if isinstance(message, list) else message) for message in messages]  # type: ignore[arg-type]
        expected = [message for message, head in zip(messages, first) if head.startswith(topic.encode())]
        assert peer.out() == expected * 3
    assert nobody.out() == []


@both
@gathering
def test_once_however_many_topics_match(kind: type[Xpub], gathers: bool) -> None:
    socket = kind()
    peer = Far(socket, gathers=gathers)
    asks(peer, "+", "+a", "+ab", "+ab")
    for _ in range(3):
        socket.try_send(b"abc")
    assert peer.out() == [b"abc"] * 3


@both
def test_one_cancel_undoes_any_number_of_subscriptions(kind: type[Xpub]) -> None:
    socket = kind()
    peer, other = Far(socket), Far(socket)
    asks(peer, "+a", "+a", "+a", "-a")
    asks(other, "+a")
    socket.try_send(b"a")
    assert (peer.out(), other.out()) == ([], [b"a"])
    asks(other, "-ab", "-", "-b")
    socket.try_send(b"a")
    assert other.out() == [b"a"]


@both
@gathering
def test_changes_take_effect_between_messages(kind: type[Xpub], gathers: bool) -> None:
    socket = kind()
    one, two = Far(socket, gathers=gathers), Far(socket, gathers=gathers)
    asks(one, "+a")
    asks(two, "+a")
    sent = 0

    def send(count: int) -> list[Item]:
        nonlocal sent
        batch: list[Item] = [b"a%d" % number for number in range(sent, sent + count)]
        sent += count
        for message in batch:
            socket.try_send(message)  # type: ignore[arg-type]
        return batch

    first = send(4)
    asks(two, "-a")
    second = send(4)
    three = Far(socket, gathers=gathers)
    asks(three, "+a")
    asks(two, "+a")
    third = send(4)
    one.leave()
    send(4)
    assert one.out() == first + second + third
    assert two.out()[:8] == first + third
    assert three.out()[:4] == third


@both
@gathering
@pytest.mark.parametrize("mark", [1, 2, 5])
def test_a_full_subscriber_loses_whole_messages_and_nobody_else_does(
    kind: type[Xpub], gathers: bool, mark: int
) -> None:
    socket = kind()
    slow, quick = Far(socket, send_mark=mark, gathers=gathers), Far(socket, gathers=gathers)
    for peer in (slow, quick):
        asks(peer, "+")
    messages: list[Item] = [[b"%d" % number, b"x", b"y"] for number in range(8)]
    for message in messages:
        assert socket.try_send(message)  # type: ignore[arg-type]
    assert slow.out() == messages[:mark]
    assert quick.out() == messages
    assert socket.drops == {Drop.FULL: 8 - mark}
    socket.try_send(b"again")
    assert slow.out() == quick.out() == [b"again"]


@both
def test_nobody_there_is_no_reason_to_wait(kind: type[Xpub]) -> None:
    socket = kind()
    assert socket.can_send()
    assert socket.begin(b"m")
    assert socket.try_send(b"m")


@both
def test_inverted_it_goes_to_everybody_else(kind: type[Xpub]) -> None:
    socket = xpub(kind, INVERT_MATCHING=1)
    asked, other, silent = Far(socket), Far(socket), Far(socket)
    asks(asked, "+a")
    asks(other, "+b")
    socket.try_send(b"ab")
    assert (asked.out(), other.out(), silent.out()) == ([], [b"ab"], [b"ab"])
    socket.set_option(SocketOption.INVERT_MATCHING, 0)
    socket.try_send(b"ab")
    assert (asked.out(), other.out(), silent.out()) == ([b"ab"], [], [])


@both
def test_nodrop_waits_for_the_slowest_that_wants_it(kind: type[Xpub]) -> None:
    socket = xpub(kind, XPUB_NODROP=1)
    slow, quick, full = Far(socket, send_mark=1), Far(socket), Far(socket, send_mark=1)
    for peer in (slow, quick):
        asks(peer, "+a")
    asks(full, "+b")
    assert socket.try_send(b"a1")
    assert socket.try_send(b"b1")
    assert socket.try_send(b"a2") is False
    assert socket.can_send()
    assert quick.out() == [b"a1"]  # nobody got the second
    assert slow.out() == [b"a1"]
    assert socket.try_send(b"a2")
    assert (slow.out(), quick.out()) == ([b"a2"], [b"a2"])
    assert socket.drops == {}


@both
def test_the_welcome_goes_first_to_everybody_new(kind: type[Xpub]) -> None:
    socket = xpub(kind, XPUB_WELCOME_MSG=b"hello")
    peer = Far(socket)
    assert peer.out() == [b"hello"]
    asks(peer, "+")
    socket.try_send(b"m")
    assert peer.out() == [b"m"]
    socket.set_option(SocketOption.XPUB_WELCOME_MSG, b"")
    assert Far(socket).out() == []
