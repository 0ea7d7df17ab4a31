"""XPUB and XSUB: subscriptions as messages."""

from __future__ import annotations

import pytest

import zmqx

from .conftest import Joiner


def told(xpub: zmqx.Socket, count: int = 1) -> list[bytes]:
    return [xpub.recv(timeout=5000) for _ in range(count)]


def nothing_more(xpub: zmqx.Socket, sub: zmqx.Socket) -> None:
    """Whatever the subscriber did so far, there is nothing more to read: a marker is next."""
    sub.subscribe(b"marker")
    assert told(xpub) == [b"\x01marker"]
    sub.unsubscribe(b"marker")
    assert told(xpub) == [b"\x00marker"]


@pytest.mark.parametrize("left_binds", [True, False], ids=["publisher-binds", "subscriber-binds"])
def test_subscriptions_can_be_read(joiner: Joiner, left_binds: bool) -> None:
    xpub, sub = joiner.pair(zmqx.XPUB, zmqx.SUB, left_binds)
    for topic in (b"", b"a", b"a" * 300):
        sub.subscribe(topic)
        assert told(xpub) == [b"\x01" + topic]
        sub.unsubscribe(topic)
        assert told(xpub) == [b"\x00" + topic]


# What is reported of: two subscribers, each subscribing "x", the first one twice; then each cancels, the
# first one for good only the second time.
VERBOSITY = {
    "default": ({}, [b"\x01x"], [], [b"\x00x"]),
    "verbose": ({"xpub_verbose": 1}, [b"\x01x"] * 3, [], [b"\x00x"]),
    "verboser": ({"xpub_verboser": 1}, [b"\x01x"] * 3, [b"\x00x"], [b"\x00x"]),
}


@pytest.mark.parametrize("name", VERBOSITY)
def test_what_is_reported_depends_on_verbosity(joiner: Joiner, name: str) -> None:
    options, on, one_off, both_off = VERBOSITY[name]
    xpub, subs = joiner.socket(zmqx.XPUB, **options), [joiner.socket(zmqx.SUB) for _ in range(2)]
    endpoint = joiner.bind(xpub)
    for sub in subs:
        sub.connect(endpoint)
        nothing_more(xpub, sub)
    subs[0].subscribe(b"x")
    subs[0].subscribe(b"x")
    got = told(xpub, len(on) - 1) if len(on) > 1 else []
    subs[1].subscribe(b"x")
    got += told(xpub, len(on) - len(got)) if len(on) > len(got) else []
    assert got == on
    for sub in subs:
        nothing_more(xpub, sub)
    subs[0].unsubscribe(b"x")
    subs[0].unsubscribe(b"x")
    assert told(xpub, len(one_off)) == one_off
    nothing_more(xpub, subs[0])
    subs[1].unsubscribe(b"x")
    assert told(xpub, len(both_off)) == both_off
    nothing_more(xpub, subs[1])


@pytest.mark.parametrize("verboser", [0, 1])
def test_a_peer_that_leaves_cancels_its_topics(joiner: Joiner, verboser: int) -> None:
    xpub, subs = joiner.socket(zmqx.XPUB, xpub_verboser=verboser), [joiner.socket(zmqx.SUB) for _ in range(2)]
    endpoint = joiner.bind(xpub)
    for sub, topics in zip(subs, ((b"both", b"own"), (b"both",)), strict=True):
        sub.connect(endpoint)
        for topic in topics:
            sub.subscribe(topic)
            if verboser or sub is subs[0]:
                assert told(xpub) == [b"\x01" + topic]
        nothing_more(xpub, sub)
    subs[0].close()
    assert sorted(told(xpub, 1 + verboser)) == [b"\x00both", b"\x00own"][1 - verboser :]
    nothing_more(xpub, subs[1])
    subs[1].close()
    assert told(xpub) == [b"\x00both"]


def test_an_xsub_sends_its_subscriptions_and_gets_everything_that_comes(joiner: Joiner) -> None:
    xpub, xsub = joiner.pair(zmqx.XPUB, zmqx.XSUB)
    xsub.send(b"\x01a")
    xsub.send(b"\x01a")
    xsub.send(b"\x01b")
    assert told(xpub, 2) == [b"\x01a", b"\x01b"]
    for body in (b"a1", b"c1", b"b1"):
        xpub.send_multipart([body, b"x"])
    assert xsub.recv_multipart(timeout=5000) == [b"a1", b"x"]
    assert xsub.recv_multipart(timeout=5000) == [b"b1", b"x"]
    for body in (b"\x00a", b"\x00b", b"\x00a", b"\x00never"):
        xsub.send(body)
    assert told(xpub, 2) == [b"\x00b", b"\x00a"]
    assert xsub.topics_count == 0


@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.XPUB], ids=["PUB", "XPUB"])
def test_other_messages_go_upstream_to_an_xpub_and_nowhere_else(joiner: Joiner, kind: int) -> None:
    publisher, xsub = joiner.pair(kind, zmqx.XSUB)
    messages = [[b"hello"], [b"\x02", b"parts", b""], [b""]]
    for message in messages:
        xsub.send_multipart(message)
    xsub.send(b"\x01topic")
    if kind == zmqx.XPUB:
        assert [publisher.recv_multipart(timeout=5000) for _ in range(4)] == [*messages, [b"\x01topic"]]
    while not xsub.poll(20):
        publisher.send(b"topic")
    assert xsub.recv(timeout=5000) == b"topic"


def test_manual_subscriptions_are_what_the_application_makes_of_them(joiner: Joiner) -> None:
    xpub, subs = joiner.socket(zmqx.XPUB, xpub_manual=1), [joiner.socket(zmqx.SUB) for _ in range(2)]
    endpoint = joiner.bind(xpub)
    for sub, topic in zip(subs, (b"A", b"B"), strict=True):
        sub.subscribe(b"")  # its own filter lets everything through
        sub.connect(endpoint)
        assert told(xpub) == [b"\x01"]
        xpub.subscribe(topic)
    for body in (b"A1", b"B1", b"C1"):
        xpub.send(body)
    assert subs[0].recv(timeout=5000) == b"A1"
    assert subs[1].recv(timeout=5000) == b"B1"
    subs[0].subscribe(b"stop")
    assert told(xpub) == [b"\x01stop"]
    xpub.unsubscribe(b"A")
    xpub.subscribe(b"C")
    for body in (b"A2", b"B2", b"C2"):
        xpub.send(body)
    assert subs[0].recv(timeout=5000) == b"C2"
    assert subs[1].recv(timeout=5000) == b"B2"
    subs[1].close()
    assert told(xpub) == [b"\x00"]


def test_the_last_value_goes_to_the_newcomer_alone(joiner: Joiner) -> None:
    xpub, subs = joiner.socket(zmqx.XPUB, xpub_manual_last_value=1), [joiner.socket(zmqx.SUB) for _ in range(3)]
    endpoint = joiner.bind(xpub)
    for number, sub in enumerate(subs):
        sub.subscribe(b"x")
        sub.connect(endpoint)
        assert told(xpub) == [b"\x01x"]
        xpub.subscribe(b"x")
        xpub.send_multipart([b"x", b"last value %d" % number])
    xpub.send(b"x for all")
    for number, sub in enumerate(subs):
        assert sub.recv_multipart(timeout=5000) == [b"x", b"last value %d" % number]
        assert sub.recv(timeout=5000) == b"x for all"


@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.XPUB], ids=["PUB", "XPUB"])
def test_a_welcome_greets_each_newcomer_that_wants_it(joiner: Joiner, kind: int) -> None:
    publisher = joiner.socket(kind, xpub_welcome_msg=b"Welcome!")
    endpoint = joiner.bind(publisher)
    for _ in range(2):
        sub = joiner.socket(zmqx.SUB)
        sub.subscribe(b"W")
        sub.connect(endpoint)
        assert sub.recv(timeout=5000) == b"Welcome!"
        assert sub.poll(0) == 0


@pytest.mark.parametrize("only_first", [0, 1])
def test_only_the_first_part_subscribes_if_so_told(joiner: Joiner, only_first: int) -> None:
    xpub = joiner.socket(zmqx.XPUB, only_first_subscribe=only_first)
    xsub = joiner.socket(zmqx.XSUB, only_first_subscribe=1)
    joiner.join(xpub, xsub)
    xsub.send_multipart([b"\x02x", b"\x01y"])
    assert xpub.recv_multipart(timeout=5000) == [b"\x02x", b"\x01y"]
    assert xpub.topics_count == 1 - only_first


def test_topics_pass_through_a_chain_of_forwarders(joiner: Joiner) -> None:
    publisher, sub = joiner.socket(zmqx.XPUB), joiner.socket(zmqx.SUB)
    chain = [(joiner.socket(zmqx.XSUB), joiner.socket(zmqx.XPUB)) for _ in range(2)]
    upstream = publisher
    for xsub, xpub in chain:
        xsub.connect(joiner.bind(upstream))
        upstream = xpub
    sub.connect(joiner.bind(upstream))

    def pass_up(frame: bytes) -> None:
        for xsub, xpub in reversed(chain):
            assert told(xpub) == [frame]
            xsub.send(frame)
        assert told(publisher) == [frame]

    sub.subscribe(b"news")
    pass_up(b"\x01news")
    publisher.send_multipart([b"old"])
    publisher.send_multipart([b"news", b"1"])
    for xsub, xpub in chain:
        assert xsub.recv_multipart(timeout=5000) == [b"news", b"1"]
        xpub.send_multipart([b"news", b"1"])
    assert sub.recv_multipart(timeout=5000) == [b"news", b"1"]
    sub.unsubscribe(b"news")
    pass_up(b"\x00news")
