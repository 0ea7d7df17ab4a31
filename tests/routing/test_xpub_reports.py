"""XPUB: what the application hears of subscriptions."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketOption
from zmqx.message import Item, Subscription
from zmqx.routing import xpub as xpub_module
from zmqx.routing.pub import Pub

from .ends import Far, received
from .publishing import asks, reports, xpub

MODES = {"default": {}, "verbose": {"XPUB_VERBOSE": 1}, "verboser": {"XPUB_VERBOSER": 1}}


@pytest.mark.parametrize(
    ("mode", "again", "early_cancel"),
    [("default", [], []), ("verbose", [b"\x01a"], []), ("verboser", [b"\x01a"], [b"\0a"])],
)
def test_what_the_application_hears_of_a_topic(mode: str, again: list[bytes], early_cancel: list[bytes]) -> None:
    socket = xpub(**MODES[mode])
    one, two, three = Far(socket), Far(socket), Far(socket)
    asks(one, "+a")
    assert socket.can_recv()
    assert reports(socket) == [b"\x01a"]
    assert socket.sender() is one.pipe
    asks(one, "+a")
    assert reports(socket) == again
    asks(two, "+a")
    assert reports(socket) == again
    asks(three, "-a", "-unknown")
    assert reports(socket) == []  # it never had it
    asks(one, "-a")
    assert reports(socket) == early_cancel
    asks(two, "-a")
    assert reports(socket) == [b"\0a"]


@pytest.mark.parametrize("mode", MODES)
def test_what_the_application_hears_when_a_peer_leaves(mode: str) -> None:
    socket = xpub(**MODES[mode])
    one, two = Far(socket), Far(socket)
    asks(one, "+shared", "+own", "+")
    asks(two, "+shared")
    received(socket)
    one.leave()
    gone = [b"\0shared", b"\0own", b"\0"] if mode == "verboser" else [b"\0own", b"\0"]
    assert sorted(reports(socket)) == sorted(gone)  # type: ignore[type-var]
    two.leave()
    assert reports(socket) == [b"\0shared"]
    assert socket.topics_count() == 0


def test_the_last_verbosity_set_counts() -> None:
    socket = xpub(XPUB_VERBOSER=1)
    socket.set_option(SocketOption.XPUB_VERBOSE, 1)
    one, two = Far(socket), Far(socket)
    asks(one, "+a")
    asks(two, "+a", "-a")
    assert reports(socket) == [b"\x01a", b"\x01a"]
    socket.set_option(SocketOption.XPUB_VERBOSER, 0)
    asks(two, "+a", "-a")
    assert reports(socket) == []


@pytest.mark.parametrize("form", [b"\x01topic", memoryview(b"\x01topic"), Subscription(b"topic", True)])
def test_both_forms_are_reported_in_the_older_one(form: Item) -> None:
    socket = xpub()
    peer = Far(socket)
    peer.deliver(form)
    assert [bytes(item) for item in reports(socket)] == [b"\x01topic"]  # type: ignore[call-overload]
    assert socket.topics_count() == 1
    peer.deliver(b"\0topic")
    assert reports(socket) == [b"\0topic"]


def test_other_messages_come_through_as_they_are() -> None:
    socket = xpub()
    Far(socket).deliver(b"", b"\x02x", [b"\x02a", b"", b"b"], b"text")
    assert reports(socket) == [b"", b"\x02x", [b"\x02a", b"", b"b"], b"text"]
    assert socket.topics_count() == 0


@pytest.mark.parametrize(
    ("only_first", "parts", "report", "topics"),
    [
        (0, [b"\x02hello", b"\x01part2"], [[b"\x02hello", b"\x01part2"]], [b"part2"]),
        (1, [b"\x02hello", b"\x01part2"], [[b"\x02hello", b"\x01part2"]], []),
        (0, [b"\x01a", b"\x01b"], [[b"\x01a", b"\x01b"]], [b"a", b"b"]),
        (1, [b"\x01a", b"\x01b"], [[b"\x01a", b"\x01b"]], [b"a", b"b"]),
        (1, [b"\x01a", b"rest"], [[b"\x01a", b"rest"]], [b"a"]),
        (0, [b"\x01a", b"\x01a"], [b"\x01a"], [b"a"]),
        (0, [b"\0never", b"\0had"], [], []),
        (1, [b"", b"\x01b"], [[b"", b"\x01b"]], []),
    ],
)
def test_each_part_or_only_the_first_may_subscribe(
    only_first: int, parts: Item, report: list[object], topics: list[bytes]
) -> None:
    socket = xpub(ONLY_FIRST_SUBSCRIBE=only_first)
    peer = Far(socket)
    peer.deliver(parts)
    assert reports(socket) == report
    assert socket.topics_count() == len(topics)
    for topic in topics:
        socket.try_send(topic)
    assert peer.out() == topics


def test_pub_reports_nothing_and_counts_what_it_throws_away() -> None:
    socket = Pub()
    peer = Far(socket)
    asks(peer, "+a")
    peer.deliver(b"\x01b")
    assert not socket.can_recv()
    assert socket.topics_count() == 2
    assert socket.drops == {}
    peer.deliver(b"not a subscription", [b"two", b"parts"])
    assert not socket.can_recv()
    assert sum(socket.drops.values()) == 2


def test_a_peer_that_floods_an_unread_publisher_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xpub_module, "_UNREAD_REPORTS", 10)
    socket = xpub()
    peer = Far(socket)
    for _ in range(20):
        asks(peer, "+a", "-a")
    assert peer.refusals
    assert sum(socket.drops.values()) > 0
    assert len(reports(socket)) <= 12


def test_topics_that_stand_are_all_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xpub_module, "_UNREAD_REPORTS", 10)
    socket = xpub()
    peer = Far(socket)
    asks(peer, *(f"+{number}" for number in range(100)))
    assert not peer.refusals
    assert len(reports(socket)) == socket.topics_count() == 100
