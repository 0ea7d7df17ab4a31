"""Waiting for subscribers, instead of sleeping."""

from __future__ import annotations

import pytest

import zmqx

from ..support.callers import Caller, until
from .conftest import Joiner


@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.XPUB])
def test_who_waits_for_subscribers_loses_nothing(joiner: Joiner, kind: int) -> None:
    pub = joiner.socket(kind)
    endpoint = joiner.bind(pub)
    waiting = Caller(lambda: pub.wait_for_subscribers("news", 3, timeout=10_000)).waits_for(pub)
    subs = []
    for topic in ("news", "new", ""):
        sub = joiner.socket(zmqx.SUB)
        sub.subscribe(topic)
        sub.connect(endpoint)
        subs.append(sub)
    assert waiting.result() == 3
    pub.send(b"news of the day")
    for sub in subs:
        assert sub.recv(timeout=5000) == b"news of the day"


def test_only_those_count_who_get_every_such_message(joiner: Joiner) -> None:
    pub, sub = joiner.socket(zmqx.PUB), joiner.socket(zmqx.SUB)
    sub.subscribe(b"news.sport")
    joiner.join(pub, sub)
    assert pub.wait_for_subscribers(b"news.sport", timeout=5000) == 1
    assert pub.wait_for_subscribers(b"news.sport.chess", timeout=5000) == 1
    for other in (b"news", b"", b"weather"):
        assert pub.wait_for_subscribers(other, 0) == 0
        with pytest.raises(zmqx.Again):
            pub.wait_for_subscribers(other, timeout=0)
    with pytest.raises(zmqx.Again):
        pub.wait_for_subscribers(b"news.sport", 2, timeout=20)
    sub.unsubscribe(b"news.sport")
    until(lambda: pub.wait_for_subscribers(b"news.sport", 0) == 0)


def test_granting_a_subscription_by_hand_wakes_who_waits(joiner: Joiner) -> None:
    pub, sub = joiner.socket(zmqx.XPUB), joiner.socket(zmqx.SUB)
    pub.xpub_manual = 1
    sub.subscribe(b"asked")
    joiner.join(pub, sub)
    assert pub.recv(timeout=5000) == b"\x01asked"
    assert pub.wait_for_subscribers(b"asked", 0) == 0
    waiting = Caller(lambda: pub.wait_for_subscribers(b"granted", timeout=10_000)).waits_for(pub)
    pub.subscribe(b"granted")
    assert waiting.result() == 1


def test_a_radio_waits_for_members(joiner: Joiner) -> None:
    radio, dish = joiner.socket(zmqx.RADIO), joiner.socket(zmqx.DISH)
    dish.join("group")
    joiner.join(radio, dish)
    assert radio.wait_for_subscribers("group", timeout=5000) == 1
    assert radio.wait_for_subscribers("grou", 0) == 0


@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.SUB, zmqx.ROUTER])
def test_others_have_no_subscribers(joiner: Joiner, kind: int) -> None:
    socket = joiner.socket(kind)
    with pytest.raises(zmqx.ZMQError) as caught:
        socket.wait_for_subscribers(b"", timeout=5000)
    assert caught.value.errno == zmqx.ENOTSUP


@pytest.mark.parametrize("end", ["close", "term"])
def test_the_end_ends_the_wait(blocking_joiner: Joiner, end: str) -> None:
    pub = blocking_joiner.socket(zmqx.PUB)
    waiting = Caller(lambda: pub.wait_for_subscribers(timeout=10_000)).waits_for(pub)
    if end == "close":
        pub.close()
    else:
        blocking_joiner.ctx.shutdown()
    with pytest.raises(zmqx.ZMQError) as caught:
        waiting.result()
    assert caught.value.errno == (zmqx.ENOTSOCK if end == "close" else zmqx.ETERM)
