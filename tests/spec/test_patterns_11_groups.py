"""docs/spec/patterns.md, section 11: RADIO and DISH over streams, and their rows in section 1.

pyzmq joins no groups without drafts, so libzmq judges little of this here; see tests/interop/test_drafts.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import zmqx
from tests.support.raw_peer import RawListener, RawPeer, frame

from .lib import DEADLINE, Lib
from .states import row, states


@contextmanager
def radio_with(ours: Lib, joins: bytes) -> Iterator[tuple[zmqx.Socket, RawPeer]]:
    """A RADIO, and a raw DISH that sent these commands, all of them heard."""
    radio = ours.socket(zmqx.RADIO)
    with RawPeer.connect(ours.bind(radio)) as raw:
        raw.shake_hands("DISH", None)
        raw.send(joins + join(b"last"))
        radio.wait_for_subscribers("last", timeout=DEADLINE)
        yield radio, raw


def join(group: bytes) -> bytes:
    return frame(b"\x04JOIN" + group, 4)


def leave(group: bytes) -> bytes:
    return frame(b"\x05LEAVE" + group, 4)


@states("P11.11", "P1.44")
def test_two_frames_a_message_by_whole_groups(ours: Lib) -> None:
    with radio_with(ours, join(b"a") + join(b"") + join(b"g" * 255)) as (radio, raw):
        for group in ("ab", "", "b", "a"):
            radio.send(b"to " + group.encode(), group=group)
        radio.send(b"no group")
        radio.send(b"long", group="g" * 255)
        wire = b"\x01\x00\x00\x03to " + b"\x01\x01a\x00\x04to a" + b"\x01\x00\x00\x08no group"
        wire += b"\x01\xff" + b"g" * 255 + b"\x00\x04long"
        assert raw.recv(len(wire)) == wire


@states("P11.11")
@pytest.mark.parametrize("group", ["g" * 256, "a\0b", b"g" * 256])
def test_what_is_no_group(group: str, ours: Lib) -> None:
    """We cut nothing off (decision 0010)."""
    radio = ours.socket(zmqx.RADIO)
    with ours.fails(zmqx.EINVAL):
        radio.send(b"x", group=group)
    with ours.fails(zmqx.EINVAL):
        zmqx.Frame(b"x").group = group
    with ours.fails(zmqx.EINVAL):
        ours.socket(zmqx.DISH).join(group)


@states("P11.11")
def test_joins_are_counted_and_a_message_is_sent_once(ours: Lib) -> None:
    joins = join(b"a") * 2 + leave(b"a") + join(b"b") * 2 + leave(b"b") * 2 + join(b"c") * 2
    with radio_with(ours, joins) as (radio, raw):
        for body, group in ((b"1", "b"), (b"2", "a"), (b"3", "c"), (b"4", "a")):
            radio.send(body, group=group)
        assert [raw.recv_message() for _ in range(3)] == [[b"a", b"2"], [b"c", b"3"], [b"a", b"4"]]


@states("P11.11", "P1.44", "P1.50")
def test_a_full_member_misses_messages_or_is_waited_for(ours: Lib) -> None:
    for nodrop in (0, 1):
        radio, dish = ours.socket(zmqx.RADIO, sndhwm=1), ours.socket(zmqx.DISH, rcvhwm=1)
        radio.setsockopt(zmqx.XPUB_NODROP, nodrop)
        dish.join("g")
        dish.connect(ours.bind(radio, "inproc"))
        for body in (b"1", b"2"):
            radio.send(body, zmqx.DONTWAIT, group="g")
        assert radio.getsockopt(zmqx.EVENTS) == zmqx.POLLOUT
        if nodrop:
            with ours.fails(zmqx.EAGAIN):
                radio.send(b"3", zmqx.DONTWAIT, group="g")
        else:
            radio.send(b"3", zmqx.DONTWAIT, group="g")
        assert [dish.recv(), dish.recv()] == [b"1", b"2"]
        radio.send(b"4", group="g")
        assert dish.recv() == b"4"


@states("P1.44")
def test_a_radio_alone_loses_what_it_sends(lib: Lib) -> None:
    radio = lib.bare_socket(zmqx.RADIO, linger=0, sndtimeo=DEADLINE)
    radio.send(b"x")
    assert radio.getsockopt(zmqx.EVENTS) == zmqx.POLLOUT


@pytest.mark.parametrize(("kind", "call"), [row("P1.44", zmqx.RADIO, "recv"), row("P1.45", zmqx.DISH, "send")])
def test_who_does_not_send_or_receive(kind: int, call: str, lib: Lib) -> None:
    socket = lib.bare_socket(kind, linger=0)
    with lib.fails(zmqx.ENOTSUP):
        if call == "send":
            socket.send(b"x", zmqx.DONTWAIT)
        else:
            socket.recv(zmqx.DONTWAIT)


@states("P1.50")
def test_a_dish_is_always_writable(lib: Lib) -> None:
    assert lib.bare_socket(zmqx.DISH, linger=0).getsockopt(zmqx.EVENTS) == zmqx.POLLOUT


@states("P11.12", "P1.45")
def test_a_dish_hears_its_radios_in_turn_and_filters(ours: Lib) -> None:
    dish = ours.socket(zmqx.DISH)
    dish.join("a")
    endpoint = ours.bind(dish)
    raws = [RawPeer.connect(endpoint) for _ in range(2)]
    for number, raw in enumerate(raws):
        raw.shake_hands("RADIO", None)
        for group in (b"a", b"b", b"a"):
            raw.send(frame(group, 1) + frame(b"%d" % number))
    got = [dish.recv(copy=False) for _ in range(4)]
    assert [frame.group for frame in got] == ["a"] * 4
    assert sorted(frame.bytes for frame in got) == [b"0", b"0", b"1", b"1"]
    assert not dish.poll(0)
    for raw in raws:
        raw.close()


@states("P11.12")
def test_what_a_dish_says(ours: Lib) -> None:
    dish = ours.socket(zmqx.DISH)
    dish.join("early")
    with RawPeer.connect(ours.bind(dish)) as raw:
        raw.shake_hands("RADIO", None)
        assert raw.recv(2 + 10) == b"\x04\x0a\x04JOINearly"
        dish.join(b"AB")
        dish.leave("AB")
        assert raw.recv(9 + 10) == b"\x04\x07\x04JOINAB" + b"\x04\x08\x05LEAVEAB"


@states("P11.12")
def test_groups_that_cannot_be_joined_or_left(ours: Lib) -> None:
    dish = ours.socket(zmqx.DISH)
    dish.join("a")
    for call, group in ((dish.join, "a"), (dish.leave, "b"), (dish.join, "g" * 256)):
        with ours.fails(zmqx.EINVAL):
            call(group)
    for kind in (zmqx.RADIO, zmqx.SUB, zmqx.CLIENT):
        socket = ours.socket(kind)
        for call in (socket.join, socket.leave):
            with ours.fails(zmqx.ENOTSUP):
                call("a")


@states("P11.12")
def test_groups_are_told_anew_to_a_radio_that_comes_back(ours: Lib) -> None:
    dish = ours.socket(zmqx.DISH, reconnect_ivl=10)
    dish.join("a")
    with RawListener() as listener:
        dish.connect(listener.endpoint)
        for _ in range(2):
            with listener.accept() as raw:
                raw.shake_hands("RADIO", None)
                assert raw.recv_frame() == (4, b"\x04JOINa")


@states("P11.12")
@pytest.mark.parametrize("wrong", [frame(b"a"), frame(b"a", 1) + frame(b"b", 1) + frame(b"c")], ids=["one", "three"])
def test_a_radio_that_sends_anything_but_two_frames_is_closed(wrong: bytes, ours: Lib) -> None:
    dish = ours.socket(zmqx.DISH)
    dish.join("a")
    with RawPeer.connect(ours.bind(dish)) as raw:
        raw.shake_hands("RADIO", None)
        raw.send(frame(b"a", 1) + frame(b"good") + wrong)
        assert dish.recv() == b"good"
        assert raw.ended()


@states("P11.13")
def test_a_join_that_is_a_message_means_nothing(ours: Lib) -> None:
    with radio_with(ours, frame(b"\x04JOINa") + join(b"b")) as (radio, raw):
        radio.send(b"1", group="a")
        radio.send(b"2", group="b")
        assert raw.recv_message() == [b"b", b"2"]
