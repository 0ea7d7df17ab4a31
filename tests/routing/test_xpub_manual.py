"""XPUB_MANUAL: the application decides who is subscribed to what."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketOption
from zmqx.errors import EINVAL, ZMQError
from zmqx.routing.xpub import Xpub

from .ends import Far, received
from .publishing import asks, both, reports, xpub


@both
def test_without_manual_the_application_subscribes_nobody(kind: type[Xpub]) -> None:
    with pytest.raises(ZMQError, match=kind.socket_type.name) as caught:
        kind().subscribe(b"a", True)
    assert caught.value.errno == EINVAL


def manual(**options: object) -> tuple[Xpub, Far, Far]:
    socket = xpub(XPUB_MANUAL=1, **options)
    return socket, Far(socket), Far(socket)


def test_manual_reports_each_request_and_grants_none() -> None:
    socket, one, two = manual()
    asks(one, "+a", "+a", "-a", "-never")
    asks(two, "+a")
    assert reports(socket) == [b"\x01a", b"\x01a", b"\0a", b"\0never", b"\x01a"]
    socket.try_send(b"a")
    assert one.out() == two.out() == []
    assert socket.topics_count() == 0


def test_manual_grants_to_whose_request_was_read_last() -> None:
    socket, one, two = manual()
    asks(one, "+a")
    asks(two, "+b")
    socket.subscribe(b"early", True)  # nothing was read yet
    assert socket.try_recv() == b"\x01a"
    socket.subscribe(b"A", True)
    socket.subscribe(b"AA", True)
    assert socket.try_recv() == b"\x01b"
    socket.subscribe(b"B", True)
    for message in (b"A", b"B", b"a", b"b", b"early"):
        socket.try_send(message)
    assert (one.out(), two.out()) == ([b"A"], [b"B"])
    assert socket.topics_count() == 3
    socket.subscribe(b"B", False)
    socket.subscribe(b"A", False)  # not its own
    socket.try_send(b"B")
    socket.try_send(b"A")
    assert (one.out(), two.out()) == ([b"A"], [])


def test_manual_means_the_last_request_even_after_other_messages() -> None:
    """Seen with libzmq: a message that is no subscription does not change whom SUBSCRIBE is for."""
    socket, one, two = manual()
    asks(one, "+a")
    assert socket.try_recv() == b"\x01a"
    two.deliver(b"just a message")
    assert socket.try_recv() == b"just a message"
    socket.subscribe(b"a", True)
    socket.try_send(b"a")
    assert (one.out(), two.out()) == ([b"a"], [])


def test_manual_reports_what_a_leaving_peer_had_asked_for() -> None:
    socket, one, two = manual()
    asks(one, "+a", "+b", "-b", "+a")
    asks(two, "+a")
    received(socket)
    socket.subscribe(b"other", True)
    two.leave()
    assert reports(socket) == [b"\0a"]
    assert socket.topics_count() == 0
    socket.subscribe(b"late", True)  # for nobody: it is gone
    assert socket.topics_count() == 0
    one.leave()
    assert reports(socket) == [b"\0a"]


def last_value(**options: object) -> tuple[Xpub, Far, Far]:
    socket, one, two = manual(XPUB_MANUAL_LAST_VALUE=1, **options)
    for peer, topic in ((one, b"a"), (two, b"a")):
        asks(peer, "+a")
        assert socket.try_recv() == b"\x01a"
        socket.subscribe(topic, True)
    return socket, one, two


def test_last_value_sends_once_to_the_newcomer_alone() -> None:
    socket, one, two = last_value()
    socket.try_send(b"a cached")
    socket.try_send(b"a new")
    assert (one.out(), two.out()) == ([b"a new"], [b"a cached", b"a new"])


def test_last_value_for_a_newcomer_that_wants_something_else_is_for_nobody() -> None:
    """Seen with libzmq: the one send goes to the last subscriber, or to nobody."""
    socket, one, two = last_value()
    socket.try_send(b"a cached")
    two.out()
    asks(two, "+b")
    assert socket.try_recv() == b"\x01b"
    socket.subscribe(b"a", False)
    socket.subscribe(b"b", True)
    socket.try_send(b"a for others")
    assert (one.out(), two.out()) == ([], [])
    socket.try_send(b"a again")
    assert (one.out(), two.out()) == ([b"a again"], [])


def test_last_value_that_has_to_wait_is_still_for_the_newcomer() -> None:
    """A send that could not be done now changes nothing."""
    socket, one, two = last_value(XPUB_NODROP=1)
    two.pipe.set_marks(1, 0)
    two.pipe.put(b"in the way")
    assert socket.try_send(b"a cached") is False
    two.out()
    assert socket.try_send(b"a cached")
    assert (one.out(), two.out()) == ([], [b"a cached"])


def test_last_value_forgets_a_newcomer_that_left() -> None:
    socket, one, two = last_value()
    two.leave()
    received(socket)
    socket.set_option(SocketOption.XPUB_MANUAL_LAST_VALUE, 1)
    socket.try_send(b"a")
    assert one.out() == [b"a"]
