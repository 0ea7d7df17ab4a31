"""XSUB and SUB: topics counted here, told upstream once too often rather than too rarely, filtered or not."""

from __future__ import annotations

import pytest

from zmqx.accounts import Drop
from zmqx.constants import SocketOption
from zmqx.errors import EINVAL, ENOTSUP, ZMQError
from zmqx.message import Item, Subscription
from zmqx.routing.sub import Sub
from zmqx.routing.xsub import Xsub

from .ends import Far, received


def told(peer: Far) -> list[object]:
    """What goes upstream, subscriptions of both forms as ``+a`` and ``-a``."""
    found: list[object] = []
    for item in peer.out():
        if isinstance(item, Subscription):
            item = item.as_message()
        if isinstance(item, bytes) and item[:1] in (b"\0", b"\x01"):
            found.append("-+"[item[0]] + item[1:].decode())
        else:
            found.append(item)
    return found


def ask(socket: Xsub, *changes: str) -> None:
    """Subscribe, as it is done on a socket of this type."""
    for text in changes:
        topic = text[1:].encode()
        if isinstance(socket, Sub):
            socket.subscribe(topic, text[0] == "+")
        else:
            assert socket.try_send((b"\x01" if text[0] == "+" else b"\0") + topic)


both = pytest.mark.parametrize("kind", [Sub, Xsub])


@both
def test_every_subscription_goes_up_and_only_the_last_cancel(kind: type[Xsub]) -> None:
    socket = kind()
    peers = [Far(socket), Far(socket)]
    ask(socket, "+a", "+a", "+", "-a", "-a", "-a", "-never", "-")
    for peer in peers:
        assert told(peer) == ["+a", "+a", "+", "-a", "-"]
    assert socket.topics_count() == 0


@both
def test_a_new_publisher_hears_each_topic_once(kind: type[Xsub]) -> None:
    socket = kind()
    ask(socket, "+b", "+a", "+a", "+c", "-c", "+")
    assert socket.topics_count() == 3
    assert sorted(told(Far(socket))) == ["+", "+a", "+b"]  # type: ignore[type-var]


@both
def test_a_publisher_we_dialed_hears_it_when_it_is_there(kind: type[Xsub]) -> None:
    socket = kind()
    ask(socket, "+a")
    peer = Far(socket, local=True, connected=False)
    ask(socket, "+b", "+c", "-c")
    assert told(peer) == []
    peer.come_back()
    assert told(peer) == ["+a", "+b"]


@both
def test_a_publisher_that_comes_back_hears_it_all_again(kind: type[Xsub]) -> None:
    socket = kind()
    peer = Far(socket, local=True)
    ask(socket, "+a", "+b")
    told(peer)
    peer.break_off()
    ask(socket, "-a", "+c", "+c")
    peer.come_back()
    assert told(peer) == ["+b", "+c"]
    ask(socket, "-c")
    assert told(peer) == []


@both
@pytest.mark.parametrize(
    ("before", "while_away", "asked"),
    [(["+a"], ["-a"], []), (["+a", "-a"], ["+a"], ["a"]), (["+a", "+b"], ["-b", "+c"], ["a", "c"])],
)
def test_what_was_unsent_when_the_connection_broke_does_not_come_back(
    kind: type[Xsub], before: list[str], while_away: list[str], asked: list[str]
) -> None:
    """The publisher ends with just the topics that stand, whatever was still on its way."""
    socket = kind()
    peer = Far(socket, local=True)
    ask(socket, *before)
    peer.break_off()
    ask(socket, *while_away)
    peer.come_back()
    store: set[str] = set()
    for text in told(peer):
        assert isinstance(text, str)
        (store.add if text[0] == "+" else store.discard)(text[1:])
    assert sorted(store) == asked


@both
def test_subscriptions_are_not_lost_at_the_mark(kind: type[Xsub]) -> None:
    socket = kind()
    peer = Far(socket, send_mark=1)
    ask(socket, "+a", "+b", "-a", "+c")
    assert told(peer) == ["+a", "+b", "-a", "+c"]


@both
def test_each_publisher_in_turn(kind: type[Xsub]) -> None:
    socket = kind()
    ask(socket, "+")
    peers = [Far(socket) for _ in range(2)]
    peers[0].deliver(b"0a", [b"0b", b"x"])
    peers[1].deliver(b"1a")
    assert received(socket) == [b"0a", b"1a", [b"0b", b"x"]]


# -- SUB


def test_sub_takes_what_it_asked_for() -> None:
    socket = Sub()
    peer = Far(socket)
    ask(socket, "+a", "+bc")
    peer.deliver(b"a", b"b", b"", [b"bcd", b"x"], [b"x", b"a"], memoryview(b"ax"), b"A")
    assert received(socket) == [b"a", [b"bcd", b"x"], b"ax"]
    assert (socket.filtered, socket.drops) == (4, {})


def test_sub_without_a_topic_takes_nothing() -> None:
    socket = Sub()
    Far(socket).deliver(b"a", b"")
    assert not socket.can_recv()
    assert socket.try_recv() is None


def test_sub_counts_its_topics() -> None:
    socket = Sub()
    peer = Far(socket)
    ask(socket, "+a", "+a", "-a")
    peer.deliver(b"a1")
    assert received(socket) == [b"a1"]
    ask(socket, "-a")
    peer.deliver(b"a2")
    assert received(socket) == []


def test_what_sub_has_shown_it_delivers() -> None:
    socket = Sub()
    peer = Far(socket)
    ask(socket, "+")
    peer.deliver(b"1", b"2")
    assert socket.can_recv()
    assert socket.can_recv()
    ask(socket, "-")
    assert received(socket) == [b"1"]


def test_sub_inverted_takes_the_rest() -> None:
    socket = Sub()
    socket.set_option(SocketOption.INVERT_MATCHING, 1)
    peer = Far(socket)
    ask(socket, "+a")
    peer.deliver(b"a", b"b", b"")
    assert received(socket) == [b"b", b""]


def test_subs_lane_is_open_only_while_it_wants_everything() -> None:
    socket = Sub()
    peer = Far(socket)

    def lane() -> bool:
        peer.deliver(b"1", b"2")
        socket.try_recv()
        is_open = socket.in_lane.only is peer.pipe
        received(socket)
        return is_open

    assert not lane()
    ask(socket, "+a")
    assert not lane()
    ask(socket, "+")
    assert lane()
    socket.set_option(SocketOption.INVERT_MATCHING, 1)
    assert not lane()
    socket.set_option(SocketOption.INVERT_MATCHING, 0)
    peer.deliver(b"1", b"2", b"3")
    assert socket.try_recv() == b"1"
    assert socket.can_recv()  # found, and first in line
    assert socket.in_lane.only is None
    assert received(socket) == [b"2", b"3"]
    ask(socket, "-")
    assert not lane()


def test_sub_does_not_send() -> None:
    socket = Sub()
    Far(socket)
    for call in (socket.try_send, socket.begin):
        with pytest.raises(ZMQError, match="SUB") as caught:
            call(b"\x01a")
        assert caught.value.errno == ENOTSUP
    assert not socket.can_send()


# -- XSUB


def test_xsub_filters_nothing() -> None:
    socket = Xsub()
    Far(socket).deliver(b"anything", b"", [b"a", b"b"])
    assert received(socket) == [b"anything", b"", [b"a", b"b"]]


def test_xsub_has_no_subscribe_option() -> None:
    with pytest.raises(ZMQError, match="XSUB") as caught:
        Xsub().subscribe(b"a", True)
    assert caught.value.errno == EINVAL


def test_xsub_asks_with_plain_messages() -> None:
    socket = Xsub()
    peer = Far(socket)
    assert socket.can_send()
    socket.try_send(b"\x01a")
    socket.try_send(memoryview(b"\0a"))
    assert [bytes(item) for item in peer.out()] == [b"\x01a", b"\0a"]  # type: ignore[arg-type]


@pytest.mark.parametrize("message", [b"", b"\x02x", b"text", [b"\x02a", b"b"], [b"", b""]])
def test_other_messages_go_to_every_publisher(message: Item) -> None:
    socket = Xsub()
    peers = [Far(socket), Far(socket), Far(socket, local=True, connected=False)]
    assert socket.try_send(message)  # type: ignore[arg-type]
    assert [peer.out() for peer in peers] == [[message]] * 3


def test_a_full_publisher_misses_them_and_that_is_counted() -> None:
    socket = Xsub()
    full, other = Far(socket, send_mark=1), Far(socket)
    for number in range(3):
        assert socket.try_send(b"text %d" % number)
    assert full.out() == [b"text 0"]
    assert len(other.out()) == 3
    assert socket.drops == {Drop.FULL: 2}


def test_nobody_upstream_is_no_reason_to_wait() -> None:
    socket = Xsub()
    assert socket.can_send()
    assert socket.try_send(b"text")
    assert socket.try_send(b"\x01a")
    assert socket.topics_count() == 1


def test_verbose_unsubscribe_forwards_every_cancel() -> None:
    socket = Xsub()
    socket.set_option(SocketOption.XSUB_VERBOSE_UNSUBSCRIBE, 1)
    peer = Far(socket)
    ask(socket, "+a", "+a", "-a", "-a", "-a")
    assert told(peer) == ["+a", "+a", "-a", "-a", "-a"]
    assert socket.topics_count() == 0


@pytest.mark.parametrize(
    ("only_first", "parts", "wire", "count"),
    [
        (0, [b"\x01a", b"\x01b"], [[b"\x01a", b"\x01b"]], 2),
        (0, [b"\x02x", b"\x01b"], [[b"\x02x", b"\x01b"]], 1),
        (1, [b"\x02x", b"\x01b"], [[b"\x02x", b"\x01b"]], 0),
        (1, [b"\x01a", b"\x01b"], [[b"\x01a", b"\x01b"]], 2),
        (0, [b"\0never", b"text"], [b"text"], 0),
        (0, [b"\0never", b"\0had"], [], 0),
    ],
)
def test_each_part_or_only_the_first_may_be_a_subscription(
    only_first: int, parts: list[bytes], wire: list[Item], count: int
) -> None:
    socket = Xsub()
    socket.set_option(SocketOption.ONLY_FIRST_SUBSCRIBE, only_first)
    peer = Far(socket)
    assert socket.try_send(parts)  # type: ignore[arg-type]
    assert peer.out() == wire
    assert socket.topics_count() == count


def test_subscriptions_in_parts_are_not_lost_at_the_mark_either() -> None:
    socket = Xsub()
    peer = Far(socket, send_mark=1)
    socket.try_send(b"in the way")
    socket.try_send([b"\x01a", b"\x01b"])
    assert socket.topics_count() == 2
    assert peer.out() == [b"in the way", [b"\x01a", b"\x01b"]]
