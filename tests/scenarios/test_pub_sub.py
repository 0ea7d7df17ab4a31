"""PUB and SUB: who gets what."""

from __future__ import annotations

import pytest

import zmqx

from ..support.callers import Caller, until
from .conftest import Joiner

END = b"\xffend"


def subscribed(publisher: zmqx.Socket, count: int) -> None:
    """Wait until the publisher knows of so many topics."""
    until(lambda: publisher.topics_count == count)


def received(sub: zmqx.Socket) -> list[list[bytes]]:
    """What a SUB gets before the end, which it has subscribed to."""
    messages = []
    while (message := sub.recv_multipart(timeout=10_000)) != [END]:
        messages.append(message)
    return messages


@pytest.fixture(params=[zmqx.PUB, zmqx.XPUB], ids=["PUB", "XPUB"])
def kind(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.parametrize("left_binds", [True, False], ids=["publisher-binds", "subscriber-binds"])
def test_a_topic_is_a_prefix_of_the_first_frame(joiner: Joiner, kind: int, left_binds: bool) -> None:
    publisher, sub = joiner.socket(kind), joiner.socket(zmqx.SUB)
    for topic in (b"a", b"bc", b"bcd", b"x" * 300, b"\x00", END):
        sub.subscribe(topic)
    joiner.join(publisher, sub, left_binds)
    subscribed(publisher, 6)
    wanted = [[b"a"], [b"abc", b"x"], [b"bc"], [b"bcdef", b"", b""], [b"x" * 300], [b"x" * 301], [b"\x00\x01"]]
    unwanted = [[b""], [b"b"], [b"c", b"a"], [b"x" * 299], [b"A"], [b"\x01"]]
    for good, bad in zip(wanted, [*unwanted, [b"bd", b"bc"]], strict=True):
        publisher.send_multipart(bad)
        publisher.send_multipart(good)
    publisher.send(END)
    assert received(sub) == wanted


def test_the_empty_topic_is_everything(joiner: Joiner, kind: int) -> None:
    publisher, sub = joiner.socket(kind), joiner.socket(zmqx.SUB)
    sub.subscribe("")
    joiner.join(publisher, sub)
    subscribed(publisher, 1)
    messages = [[b""], [b"x"], [b"", b"x"], [b"y" * 100_000]]
    for message in messages:
        publisher.send_multipart(message)
    publisher.send(END)
    assert received(sub) == messages


def test_subscriptions_are_counted(joiner: Joiner, kind: int) -> None:
    publisher, sub = joiner.socket(kind), joiner.socket(zmqx.SUB)
    for topic in (b"twice", b"twice", b"once", END):
        sub.subscribe(topic)
    joiner.join(publisher, sub)
    subscribed(publisher, 3)
    sub.unsubscribe(b"twice")
    sub.unsubscribe(b"once")
    sub.unsubscribe(b"never")
    assert sub.topics_count == 2
    subscribed(publisher, 2)
    for topic in (b"once", b"twice", b"never", END):
        publisher.send(topic)
    assert received(sub) == [[b"twice"]]
    sub.unsubscribe(b"twice")
    subscribed(publisher, 1)
    for topic in (b"twice", END):
        publisher.send(topic)
    assert received(sub) == []


def test_a_late_subscriber_gets_what_is_sent_from_then_on(joiner: Joiner, kind: int) -> None:
    publisher = joiner.socket(kind)
    endpoint = joiner.bind(publisher)
    publisher.send(b"too early")
    early, late = joiner.socket(zmqx.SUB), joiner.socket(zmqx.SUB)
    for sub, topic in ((early, b""), (late, b"l"), (late, END)):
        sub.subscribe(topic)
    early.connect(endpoint)
    subscribed(publisher, 1)
    publisher.send(b"lonely")
    late.connect(endpoint)
    subscribed(publisher, 3)
    publisher.send(b"lucky")
    late.subscribe(b"m")
    subscribed(publisher, 4)
    publisher.send(b"more")
    publisher.send(END)
    assert received(late) == [[b"lucky"], [b"more"]]
    assert received(early) == [[b"lonely"], [b"lucky"], [b"more"]]


def test_a_subscriber_hears_several_publishers(joiner: Joiner, kind: int) -> None:
    sub, publishers = joiner.socket(zmqx.SUB), [joiner.socket(kind) for _ in range(3)]
    sub.subscribe(b"news")
    for number, publisher in enumerate(publishers):
        if number:
            sub.connect(joiner.bind(publisher))
        else:
            publisher.connect(joiner.bind(sub))
    for number, publisher in enumerate(publishers):
        subscribed(publisher, 1)
        publisher.send_multipart([b"old", b"%d" % number])
        publisher.send_multipart([b"news", b"%d" % number])
    assert sorted(sub.recv_multipart(timeout=5000)[1] for _ in publishers) == [b"0", b"1", b"2"]


def test_every_subscriber_gets_its_own_choice(joiner: Joiner, kind: int) -> None:
    publisher, subs = joiner.socket(kind), [joiner.socket(zmqx.SUB) for _ in range(5)]
    endpoint = joiner.bind(publisher)
    for number, sub in enumerate(subs):
        sub.connect(endpoint)
        for topic in range(number + 1):
            sub.subscribe(b"%d" % topic)
        sub.subscribe(END + b"%d" % number)
    subscribed(publisher, 10)
    for number in range(200):
        publisher.send_multipart([b"%d" % (number % 6), b"%d" % number])
    for number, sub in enumerate(subs):
        publisher.send(END + b"%d" % number)
        expected = [[b"%d" % (n % 6), b"%d" % n] for n in range(200) if n % 6 <= number]
        assert [sub.recv_multipart(timeout=5000) for _ in expected] == expected
        assert sub.recv(timeout=5000) == END + b"%d" % number


def test_a_subscriber_that_leaves_takes_its_topics_along(joiner: Joiner, kind: int) -> None:
    publisher, staying, leaving = joiner.socket(kind), joiner.socket(zmqx.SUB), joiner.socket(zmqx.SUB)
    endpoint = joiner.bind(publisher)
    for sub, topics in ((staying, (b"both", END)), (leaving, (b"both", b"own"))):
        for topic in topics:
            sub.subscribe(topic)
        sub.connect(endpoint)
    subscribed(publisher, 3)
    leaving.close()
    subscribed(publisher, 2)
    for topic in (b"own", b"both", END):
        publisher.send(topic)
    assert received(staying) == [[b"both"]]


def test_inverted_matching(joiner: Joiner, kind: int) -> None:
    publisher, sub = joiner.socket(kind, invert_matching=1), joiner.socket(zmqx.SUB, invert_matching=1)
    sub.subscribe(b"un")
    joiner.join(publisher, sub)
    subscribed(publisher, 1)
    for topic in (b"wanted", b"unwanted", b"u", END):
        publisher.send(topic)
    assert received(sub) == [[b"wanted"], [b"u"]]


def test_conflation_keeps_the_newest_only(joiner: Joiner) -> None:
    pub, sub = joiner.socket(zmqx.PUB), joiner.socket(zmqx.SUB, conflate=1)
    sub.subscribe(b"")
    joiner.join(pub, sub)
    subscribed(pub, 1)
    for number in range(500):
        pub.send(b"%d" % number)
    seen = []
    while not seen or seen[-1] != 499:
        seen.append(int(sub.recv(timeout=5000)))
    assert seen == sorted(set(seen))
    assert sub.poll(0) == 0


@pytest.mark.parametrize("topics", [1, 3])
def test_a_subscriber_that_stalls_does_not_hold_up_the_others(joiner: Joiner, kind: int, topics: int) -> None:
    publisher = joiner.socket(kind, sndhwm=3)
    busy, idle = joiner.socket(zmqx.SUB, rcvhwm=3), joiner.socket(zmqx.SUB, rcvhwm=3)
    endpoint = joiner.bind(publisher)
    for sub, own in ((busy, b"busy"), (idle, b"idle")):
        for topic in (b"all", b"a", b"al")[:topics]:
            sub.subscribe(topic)
        sub.subscribe(own)
        sub.connect(endpoint)
    subscribed(publisher, topics + 2)
    for number in range(60):
        publisher.send_multipart([b"all", b"%d" % number, b"x" * 300_000])
        assert busy.recv_multipart(timeout=5000)[1] == b"%d" % number
    first = idle.recv_multipart(timeout=5000)
    assert first[1] == b"0"
    missed = Caller(lambda: [idle.recv_multipart(timeout=5000) for _ in iter(lambda: idle.poll(100), 0)])
    assert len(missed.result()) < 59
    publisher.send(b"idle")
    assert idle.recv(timeout=5000) == b"idle"
