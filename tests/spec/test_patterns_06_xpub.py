"""docs/spec/patterns.md, section 6: PUB and XPUB, topics and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawPeer, frame
from .lib import Lib
from .states import row, states
from .test_patterns_02_req import message


def subscribe(topic: bytes) -> bytes:
    """A subscription, as XSUB sockets send it."""
    return frame(b"\x01" + topic)


def cancel(topic: bytes) -> bytes:
    return frame(b"\x00" + topic)


@contextmanager
def published(lib: Lib, peers: int = 1, kind: int = zmqx.XPUB, **options: Any) -> Iterator[tuple[Any, list[RawPeer]]]:
    """A bound publisher and raw subscribers."""
    publisher = lib.socket(kind, **options)
    endpoint = lib.bind(publisher)
    with ExitStack() as stack:
        joined = []
        for count in range(1, peers + 1):
            joined.append(stack.enter_context(RawPeer.connect(endpoint)))
            joined[-1].shake_hands("SUB")
            lib.await_peers(publisher, count)
        yield publisher, joined


def reported(publisher: Any, peer: RawPeer) -> list[bytes]:
    """What an XPUB has reported; the peer says something that comes after it."""
    peer.send(frame(b"\x02fence"))
    got = []
    while (word := publisher.recv()) != b"\x02fence":
        got.append(word)
    return got


@states("P6.1", "P6.3")
def test_a_topic_is_the_beginning_of_the_first_frame(lib: Lib) -> None:
    with published(lib) as (publisher, (peer,)):
        peer.send(subscribe(b"ab"))
        assert publisher.recv() == b"\x01ab"
        for parts in ([b"a"], [b"ba"], [b"x", b"ab"], [b"", b"ab"], [b"ab", b"x"], [b"abc", b"y", b"z"], [b"end"]):
            publisher.send_multipart(parts)
        assert peer.recv_message() == [b"ab", b"x"]
        assert peer.recv_message() == [b"abc", b"y", b"z"]
        assert peer.is_left_alone()


@states("P6.2")
def test_the_empty_topic_is_everything(lib: Lib) -> None:
    with published(lib) as (publisher, (peer,)):
        peer.send(subscribe(b""))
        assert publisher.recv() == b"\x01"
        for parts in ([b""], [b"\xff"], [b"x", b"y"]):
            publisher.send_multipart(parts)
            assert peer.recv_message() == parts


@states("P6.4", "P6.5", "P6.6")
def test_a_topic_has_a_set_of_peers(lib: Lib) -> None:
    """Twice subscribed is subscribed; the message comes once, one cancel ends it, and others are not touched."""
    with published(lib, 2) as (publisher, (one, two)):
        one.send(subscribe(b"t") + subscribe(b"t"))
        assert reported(publisher, one) == [b"\x01t"]
        two.send(subscribe(b"t"))
        assert reported(publisher, two) == []
        publisher.send(b"t1")
        assert one.recv_message() == two.recv_message() == [b"t1"]
        one.send(cancel(b"t"))
        assert reported(publisher, one) == []
        publisher.send(b"t2")
        assert two.recv_message() == [b"t2"]
        assert one.is_left_alone()
        two.send(cancel(b"t"))
        assert reported(publisher, two) == [b"\x00t"]


VERBOSE, VERBOSER = {"xpub_verbose": 1}, {"xpub_verboser": 1}
T, NOT_T = b"\x01t", b"\x00t"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        row("P6.7 P6.8", {}, [T], name="default"),
        row("P6.7 P6.8 O1.40", VERBOSE, [T, T, T], name="verbose"),
        row("P6.7 P6.8 O1.78", VERBOSER, [T, T, T], name="verboser"),
    ],
)
def test_what_an_xpub_tells_of_subscriptions(lib: Lib, options: dict[str, int], expected: list[bytes]) -> None:
    with published(lib, 2, **options) as (publisher, (one, two)):
        one.send(subscribe(b"t"))
        got = reported(publisher, one)
        assert got == [T]
        one.send(subscribe(b"t"))
        got += reported(publisher, one)
        two.send(subscribe(b"t"))
        got += reported(publisher, two)
        assert got == expected


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        row("P6.9 P6.10", {}, [], [NOT_T], name="default"),
        row("P6.9 P6.10", VERBOSE, [], [NOT_T], name="verbose"),
        row("P6.9 P6.10 O1.78", VERBOSER, [NOT_T], [NOT_T], name="verboser"),
    ],
)
def test_what_an_xpub_tells_of_cancels(
    lib: Lib, options: dict[str, int], first: list[bytes], last: list[bytes]
) -> None:
    with published(lib, 2, **options) as (publisher, (one, two)):
        for peer in (one, two):
            peer.send(subscribe(b"t"))
            reported(publisher, peer)
        one.send(cancel(b"t"))
        assert reported(publisher, one) == first
        two.send(cancel(b"t"))
        assert reported(publisher, two) == last


@states("P6.11", "P6.14")
@pytest.mark.parametrize("options", [{}, VERBOSE, VERBOSER], ids=["default", "verbose", "verboser"])
@pytest.mark.parametrize("held", [False, True], ids=["unknown", "of-another"])
def test_a_cancel_by_who_has_nothing_to_cancel(lib: Lib, options: dict[str, int], held: bool) -> None:
    """libzmq reports it, and a proxy then gives up what others still want. zmqx does not: nothing has changed."""
    with published(lib, 2, **options) as (publisher, (one, two)):
        if held:
            two.send(subscribe(b"t"))
            assert reported(publisher, two) == [T]
        one.send(cancel(b"t"))
        told = reported(publisher, one)
        assert told == lib.differs(ours=[], libzmq=[NOT_T], see="0010")
        publisher.send(b"t1")
        assert not held or two.recv_message() == [b"t1"]


@pytest.mark.parametrize(
    ("options", "first"),
    [
        row("P6.12", {}, [b"\x00own"], name="default"),
        row("P6.12", VERBOSE, [b"\x00own"], name="verbose"),
        row("P6.12", VERBOSER, [b"\x00own", NOT_T], name="verboser"),
    ],
)
def test_what_an_xpub_tells_of_who_is_gone(lib: Lib, options: dict[str, int], first: list[bytes]) -> None:
    with published(lib, 2, **options) as (publisher, (one, two)):
        two.send(subscribe(b"t"))
        one.send(subscribe(b"t") + subscribe(b"own"))
        for peer in (one, two):
            reported(publisher, peer)
        one.close()
        lib.await_loss(publisher, 1)
        assert sorted(reported(publisher, two)) == sorted(first)
        two.close()
        assert publisher.recv() == NOT_T


@states("P6.13")
@pytest.mark.parametrize("last", [zmqx.XPUB_VERBOSE, zmqx.XPUB_VERBOSER])
def test_of_two_kinds_of_verbosity_the_last_counts(lib: Lib, last: int) -> None:
    first = zmqx.XPUB_VERBOSER if last == zmqx.XPUB_VERBOSE else zmqx.XPUB_VERBOSE
    with published(lib, 2) as (publisher, (one, two)):
        publisher.setsockopt(first, 1)
        publisher.setsockopt(last, 1)
        for peer in (one, two):
            peer.send(subscribe(b"t"))
            assert reported(publisher, peer) == [T]
        one.send(cancel(b"t"))
        assert reported(publisher, one) == ([NOT_T] if last == zmqx.XPUB_VERBOSER else [])


@states("P6.15", "P6.16")
def test_a_pub_delivers_nothing(lib: Lib) -> None:
    with published(lib, kind=zmqx.PUB) as (publisher, (peer,)):
        peer.send(frame(b"\x02hello") + frame(b"") + message(b"a", b"b") + subscribe(b"t"))
        lib.await_topics(publisher, 1)
        with lib.fails(zmqx.ENOTSUP):
            publisher.recv(zmqx.DONTWAIT)
        assert not publisher.poll(0)
        publisher.send(b"t1")
        assert peer.recv_message() == [b"t1"]


@states("P6.17")
@pytest.mark.parametrize("parts", [(b"",), (b"\x02x",), (b"hello", b"", b"world"), (b"", b"x")], ids=repr)
def test_an_xpub_delivers_what_is_no_subscription(lib: Lib, parts: tuple[bytes, ...]) -> None:
    with published(lib) as (publisher, (peer,)):
        peer.send(message(*parts))
        assert publisher.recv_multipart() == list(parts)


@states("P6.18")
def test_a_message_that_begins_so_is_a_subscription(lib: Lib) -> None:
    with published(lib) as (publisher, (peer,)):
        peer.send(subscribe(b"t") + cancel(b"t") + frame(b"\x01") + frame(b"\x00"))
        assert reported(publisher, peer) == [b"\x01t", b"\x00t", b"\x01", b"\x00"]


@states("P6.19")
def test_every_part_may_be_a_subscription(lib: Lib) -> None:
    with published(lib) as (publisher, (peer,)):
        peer.send(message(b"\x02hello", b"\x01part2"))
        assert publisher.recv_multipart() == [b"\x02hello", b"\x01part2"]
        publisher.send(b"part2 comes")
        assert peer.recv_message() == [b"part2 comes"]


@states("P6.20")
def test_a_part_that_subscribes_again_is_left_out(lib: Lib) -> None:
    """libzmq forgets to end the message then."""
    with published(lib) as (publisher, (peer,)):
        peer.send(message(b"\x02hello", b"\x01part2") * 2 + frame(b"\x02next"))
        assert publisher.recv_multipart() == [b"\x02hello", b"\x01part2"]
        got = [publisher.recv_multipart()]
        while publisher.poll(100):
            got.append(publisher.recv_multipart())
        apart, together = [[b"\x02hello"], [b"\x02next"]], [[b"\x02hello", b"\x02next"]]
        assert got == lib.differs(ours=apart, libzmq=together, see="0010")


@states("P6.21", "P6.22", "O1.108")
def test_with_only_first_the_first_part_decides(lib: Lib) -> None:
    with published(lib, only_first_subscribe=1) as (publisher, (peer,)):
        peer.send(message(b"\x02hello", b"\x01part2"))
        assert publisher.recv_multipart() == [b"\x02hello", b"\x01part2"]
        publisher.send(b"part2 does not come")
        peer.send(subscribe(b"p"))
        assert publisher.recv() == b"\x01p"
        publisher.send(b"p")
        assert peer.recv_message() == [b"p"]


@states("P6.23")
def test_with_only_first_a_subscription_may_have_more_in_it(lib: Lib) -> None:
    with published(lib, only_first_subscribe=1) as (publisher, (peer,)):
        peer.send(message(b"\x01a", b"\x01b"))
        for _ in range(2):
            assert publisher.recv() in (b"\x01a", b"\x01b")
        for topic in (b"a", b"b"):
            publisher.send(topic)
            assert peer.recv_message() == [topic]
