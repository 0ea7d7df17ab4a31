"""RADIO and DISH: groups, joined and left, over everything that carries them and over udp."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.curve import CLIENT_KEYS, SERVER_KEYS
from .conftest import Joiner


def groups_of(dish: Any, count: int) -> list[tuple[str, bytes]]:
    got = [dish.recv(copy=False, timeout=5000) for _ in range(count)]
    return [(frame.group, frame.bytes) for frame in got]


@pytest.mark.parametrize("radio_binds", [True, False])
def test_each_gets_its_groups(joiner: Joiner, radio_binds: bool) -> None:
    radio, dishes = joiner.socket(zmqx.RADIO), [joiner.socket(zmqx.DISH) for _ in range(2)]
    dishes[0].join("a")
    dishes[1].join(b"b")
    endpoint = joiner.bind(radio) if radio_binds else ""
    for dish in dishes:
        if radio_binds:
            dish.connect(endpoint)
        else:
            radio.connect(joiner.bind(dish))
    dishes[1].join("c")
    for group in "abc":
        assert radio.wait_for_subscribers(group, timeout=5000) == 1
    for group in ("a", "b", "c", "abc", ""):
        radio.send(group.encode(), group=group)
    radio.send(b"last", group="a")
    radio.send(b"last", group="b")
    assert groups_of(dishes[0], 2) == [("a", b"a"), ("a", b"last")]
    assert groups_of(dishes[1], 3) == [("b", b"b"), ("c", b"c"), ("b", b"last")]


def test_groups_that_are_left(joiner: Joiner) -> None:
    radio, dish = joiner.pair(zmqx.RADIO, zmqx.DISH)
    for group in "ab":
        dish.join(group)
        radio.wait_for_subscribers(group, timeout=5000)
    dish.leave("a")
    until(lambda: radio.wait_for_subscribers("a", 0) == 0)
    radio.send(b"1", group="a")
    radio.send(b"2", group="b")
    assert groups_of(dish, 1) == [("b", b"2")]


def test_a_frame_that_came_goes_out_to_its_group(joiner: Joiner) -> None:
    radio, dish = joiner.pair(zmqx.RADIO, zmqx.DISH)
    dish.join("ä")
    radio.wait_for_subscribers("ä", timeout=5000)
    radio.send_string("text", group="ä")
    got = dish.recv(copy=False, timeout=5000)
    assert (got.group, got.bytes) == ("ä", b"text")
    assert radio.send_many([got, b"to nobody", got]) == 3
    assert groups_of(dish, 2) == [("ä", b"text")] * 2
    radio.send(got, group="")
    radio.send(got)
    assert dish.recv(timeout=5000) == b"text"


def test_a_flood_to_a_crowd(joiner: Joiner) -> None:
    """Nothing is torn, and who has room misses nothing."""
    radio, dishes = joiner.socket(zmqx.RADIO, sndhwm=0), [joiner.socket(zmqx.DISH, rcvhwm=0) for _ in range(3)]
    endpoint = joiner.bind(radio)
    for dish in dishes:
        dish.join("g")
        dish.connect(endpoint)
    radio.wait_for_subscribers("g", 3, timeout=5000)
    for number in range(3000):
        radio.send(b"%d" % number, group="g" if number % 2 else "h")
    for dish in dishes:
        assert [int(dish.recv(timeout=5000)) for _ in range(1500)] == list(range(1, 3000, 2))


@pytest.fixture(params=["udp://127.0.0.1:*", "udp://lo;239.5.5.5:*"])
def air(request: pytest.FixtureRequest) -> str:
    return str(request.param)




@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
def test_over_udp(joiner: Joiner, air: str) -> None:
    radio, dish = joiner.socket(zmqx.RADIO), joiner.socket(zmqx.DISH)
    dish.join("a")
    endpoint = dish.bind(air)
    radio.connect(endpoint)
    radio.wait_connected(timeout=5000)
    dish.wait_connected(timeout=5000)
    for number in range(20):
        radio.send(b"%d" % number, group="b" if number % 2 else "a")
    assert groups_of(dish, 10) == [("a", b"%d" % number) for number in range(0, 20, 2)]
    radio.disconnect(endpoint)
    radio.send(b"nowhere", group="a")
    radio.connect(endpoint)
    radio.send(b"there", group="a")
    assert dish.recv(timeout=5000) == b"there"


@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
def test_a_radio_over_tcp_and_udp_at_once(joiner: Joiner) -> None:
    radio, near, far = joiner.socket(zmqx.RADIO), joiner.socket(zmqx.DISH), joiner.socket(zmqx.DISH)
    near.join("g")
    far.join("g")
    near.connect(joiner.bind(radio))
    radio.connect(far.bind("udp://127.0.0.1:*"))
    radio.wait_for_subscribers("g", timeout=5000)
    radio.send(b"both", group="g")
    assert groups_of(near, 1) == groups_of(far, 1) == [("g", b"both")]


@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
def test_datagrams_both_ways(joiner: Joiner) -> None:
    left, right = joiner.socket(zmqx.DGRAM), joiner.socket(zmqx.DGRAM)
    left.bind("udp://127.0.0.1:*")
    address = right.bind("udp://127.0.0.1:*").removeprefix("udp://").encode()
    for number in range(10):
        left.send_multipart([address, b"%d" % number])
        sender, body = right.recv_multipart(timeout=5000)
        right.send_multipart([sender, b"back " + body])
        assert left.recv_multipart(timeout=5000) == [address + b"\0", b"back %d" % number]


@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
@pytest.mark.parametrize("radio_binds", [True, False])
def test_groups_are_sealed_as_messages_are(joiner: Joiner, radio_binds: bool) -> None:
    """CURVE: who listens to the wire does not learn what is asked for."""
    keys = [SERVER_KEYS, CLIENT_KEYS] if radio_binds else [CLIENT_KEYS, SERVER_KEYS]
    radio, dish = joiner.socket(zmqx.RADIO, **keys[0]), joiner.socket(zmqx.DISH, **keys[1])
    dish.join("early")
    joiner.join(radio, dish, left_binds=radio_binds)
    dish.join("late")
    for group in ("early", "late"):
        assert radio.wait_for_subscribers(group, timeout=5000) == 1
        radio.send(b"x" * 1000, group=group)
    assert groups_of(dish, 2) == [("early", b"x" * 1000), ("late", b"x" * 1000)]
    dish.leave("early")
    until(lambda: radio.wait_for_subscribers("early", 0) == 0)
