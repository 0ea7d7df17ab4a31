"""REQ: its turns, its envelope, whose reply counts, and what RELAXED and CORRELATE change."""

from __future__ import annotations

import sys

import pytest

from zmqx.constants import SocketOption
from zmqx.errors import EFSM, ProtocolError, ZMQError
from zmqx.message import Item
from zmqx.routing.req import Req

from .ends import Far


def req(**options: int) -> Req:
    made = Req(seed=41)
    for name, value in options.items():
        made.set_option(SocketOption[name], value)
    return made


def efsm(call: object, *args: object) -> bool:
    try:
        call(*args)  # type: ignore[operator]
    except ZMQError as error:
        return error.errno == EFSM and "REQ" in str(error)
    return False


def number(count: int) -> bytes:
    return count.to_bytes(4, sys.byteorder)


@pytest.mark.parametrize(
    ("message", "wire"),
    [(b"q", [b"", b"q"]), (b"", [b"", b""]), ([b"a", b"", b"c"], [b"", b"a", b"", b"c"])],
)
def test_a_request_goes_out_behind_the_delimiter(message: bytes | list[bytes], wire: list[bytes]) -> None:
    socket = req()
    peer = Far(socket)
    assert socket.try_send(message)  # type: ignore[arg-type]
    assert peer.out() == [wire]
    assert message in (b"q", b"", [b"a", b"", b"c"])  # the caller's list is as it was


@pytest.mark.parametrize(
    ("wire", "message"), [([b"", b"r"], b"r"), ([b"", b""], b""), ([b"", b"a", b"", b"c"], [b"a", b"", b"c"])]
)
def test_a_reply_comes_in_without_it(wire: Item, message: object) -> None:
    socket = req()
    peer = Far(socket)
    socket.try_send(b"q")
    peer.deliver(wire)
    assert socket.try_recv() == message


def test_requests_and_replies_take_turns() -> None:
    socket = req()
    peer = Far(socket)
    assert efsm(socket.try_recv)
    assert not socket.can_recv()
    for turn in range(3):
        assert socket.can_send()
        assert socket.begin(b"q")
        assert socket.try_send(b"q")
        assert efsm(socket.try_send, b"again")
        assert efsm(socket.begin, b"again")
        assert not socket.can_send()
        assert socket.try_recv() is None
        peer.deliver([b"", b"%d" % turn])
        assert socket.can_recv()
        assert efsm(socket.try_send, b"before the reply is read")
        assert socket.try_recv() == b"%d" % turn
        assert efsm(socket.try_recv)
    assert peer.out() == [[b"", b"q"]] * 3


def test_each_peer_is_asked_in_turn() -> None:
    socket = req()
    peers = [Far(socket) for _ in range(3)]
    for turn in range(6):
        assert socket.try_send(b"%d" % turn)
        peers[turn % 3].deliver([b"", b"r"])
        assert socket.try_recv() == b"r"
    assert [peer.out() for peer in peers] == [[[b"", b"%d" % turn], [b"", b"%d" % (turn + 3)]] for turn in range(3)]


def test_nobody_to_ask_changes_nothing() -> None:
    socket = req()
    assert not socket.can_send()
    assert socket.try_send(b"q") is False
    assert efsm(socket.try_recv)
    peer = Far(socket, send_mark=1)
    peer.pipe.put(b"full")
    assert socket.try_send(b"q") is False
    assert efsm(socket.try_recv)
    peer.out()
    assert socket.try_send(b"q")


def test_only_the_peer_that_was_asked_may_answer() -> None:
    socket = req()
    asked, other = Far(socket), Far(socket)
    socket.try_send(b"q")
    other.deliver([b"", b"uninvited"])
    assert not socket.can_recv()
    assert socket.try_recv() is None
    asked.deliver([b"", b"reply"])
    assert socket.try_recv() == b"reply"
    assert sum(socket.drops.values()) == 1


def test_what_came_before_the_request_is_no_answer_to_it() -> None:
    socket = req()
    peer = Far(socket)
    peer.deliver([b"", b"early"], [b"", b"earlier"])
    socket.try_send(b"q")
    assert not socket.can_recv()
    peer.deliver([b"", b"reply"])
    assert socket.try_recv() == b"reply"
    assert sum(socket.drops.values()) == 2


def test_a_second_reply_is_no_answer_to_the_next_request() -> None:
    socket = req()
    peer = Far(socket)
    socket.try_send(b"1")
    peer.deliver([b"", b"first"], [b"", b"twice"])
    assert socket.try_recv() == b"first"
    socket.try_send(b"2")
    assert socket.try_recv() is None
    assert sum(socket.drops.values()) == 1


def test_without_correlation_a_numbered_reply_is_passed_over() -> None:
    socket = req()
    peer = Far(socket)
    socket.try_send(b"q")
    peer.deliver([b"abcd", b"", b"numbered"], [b"", b"reply"])
    assert socket.can_recv()
    assert socket.try_recv() == b"reply"
    assert sum(socket.drops.values()) == 1


# -- the peer leaves


def test_a_request_whose_peer_is_gone_waits_on() -> None:
    """Whoever answers then is heard (libzmq)."""
    socket = req()
    asked, other = Far(socket, local=True), Far(socket)
    socket.try_send(b"q")
    asked.out()
    asked.leave()
    assert socket.try_recv() is None
    assert efsm(socket.try_send, b"again")
    other.deliver([b"", b"by chance"])
    assert socket.try_recv() == b"by chance"
    assert socket.try_send(b"next")


def test_a_request_whose_connection_broke_off_waits_for_the_next_one() -> None:
    """Its peer may come back and answer; others are still not heard (libzmq)."""
    socket = req()
    asked, other = Far(socket, local=True), Far(socket)
    socket.try_send(b"q")
    asked.out()
    asked.break_off()
    other.deliver([b"", b"by chance"])
    assert socket.try_recv() is None
    asked.deliver([b"", b"back again"])
    assert socket.try_recv() == b"back again"


@pytest.mark.parametrize("how", ["leaves", "breaks off"])
def test_a_reply_sent_before_the_peer_left_counts(how: str) -> None:
    socket = req()
    asked = Far(socket, local=True)
    socket.try_send(b"q")
    asked.deliver([b"", b"goodbye"])
    asked.leave() if how == "leaves" else asked.break_off()
    assert socket.can_recv()
    assert socket.try_recv() == b"goodbye"


# -- RELAXED and CORRELATE


def test_relaxed_gives_up_the_request_before() -> None:
    socket = req(REQ_RELAXED=1)
    peer = Far(socket)
    assert socket.try_send(b"1")
    assert socket.can_send()
    assert socket.begin(b"2")
    assert socket.try_send(b"2")
    assert efsm(req().try_recv)
    assert peer.out() == [[b"", b"1"], [b"", b"2"]]
    peer.deliver([b"", b"r"])
    assert socket.try_recv() == b"r"
    assert efsm(socket.try_recv)


def test_relaxed_alone_takes_a_late_reply_for_the_new_one() -> None:
    socket = req(REQ_RELAXED=1)
    peer = Far(socket)
    socket.try_send(b"1")
    socket.try_send(b"2")
    peer.deliver([b"", b"to 1"], [b"", b"to 2"])
    assert socket.try_recv() == b"to 1"


def test_correlated_requests_are_numbered_from_a_random_start() -> None:
    socket = req(REQ_CORRELATE=1)
    peer = Far(socket)
    for turn in range(3):
        socket.try_send(b"q")
        (sent,) = peer.out()
        assert sent == [number(42 + turn), b"", b"q"]
        peer.deliver([number(42 + turn), b"", b"r", b"s"])
        assert socket.try_recv() == [b"r", b"s"]


def test_numbers_wrap_around() -> None:
    socket = Req(seed=0xFFFFFFFF)
    socket.set_option(SocketOption.REQ_CORRELATE, 1)
    peer = Far(socket)
    socket.try_send(b"q")
    assert peer.out() == [[number(0), b"", b"q"]]
    peer.deliver([number(0), b"", b"r"])
    assert socket.try_recv() == b"r"


def test_relaxed_and_correlated_skips_late_replies() -> None:
    socket = req(REQ_RELAXED=1, REQ_CORRELATE=1)
    peer = Far(socket)
    socket.try_send(b"1")
    socket.try_send(b"2")
    peer.deliver([number(42), b"", b"to 1"])
    assert not socket.can_recv()
    peer.deliver([b"", b"without a number"], [number(43), b"", b"to 2"])
    assert socket.try_recv() == b"to 2"
    assert sum(socket.drops.values()) == 2


def test_a_request_that_found_no_room_has_no_number() -> None:
    socket = req(REQ_CORRELATE=1)
    assert socket.try_send(b"q") is False
    peer = Far(socket)
    socket.try_send(b"q")
    assert peer.out() == [[number(42), b"", b"q"]]


def test_a_reply_that_was_seen_and_then_given_up_is_counted() -> None:
    socket = req(REQ_RELAXED=1)
    peer = Far(socket)
    socket.try_send(b"1")
    peer.deliver([b"", b"to 1"])
    assert socket.can_recv()  # poll
    socket.try_send(b"2")
    assert socket.try_recv() is None
    assert sum(socket.drops.values()) == 1


def test_a_relaxed_request_that_cannot_be_sent_leaves_the_reply_alone() -> None:
    """What raises, or waits, changes nothing."""
    socket = req(REQ_RELAXED=1)
    peer = Far(socket, send_mark=1)
    socket.try_send(b"1")
    peer.deliver([b"", b"to 1"])
    assert socket.try_send(b"2") is False
    assert socket.try_recv() == b"to 1"


# -- what breaks the protocol


@pytest.mark.parametrize(
    "item",
    [
        b"",
        b"r",
        b"abcd",
        [b"r", b"x"],
        [b"abcd", b"x"],
        [b"abcd", b"x", b""],
        [b"abc", b"", b"x"],
        [b"abcd", b""],
        [b"abcde", b"", b"x"],
    ],
)
def test_a_reply_without_the_delimiter_ends_the_connection(item: Item) -> None:
    check = Req().check_message
    assert check is not None
    with pytest.raises(ProtocolError):
        check(item)


@pytest.mark.parametrize(
    "item", [[b"", b"r"], [b"", b""], [b"", b"a", b"b"], [b"abcd", b"", b"r"], [b"abcd", b"", b""]]
)
def test_a_reply_with_the_delimiter_passes(item: Item) -> None:
    check = Req().check_message
    assert check is not None
    check(item)


def test_a_probe_goes_before_the_first_request() -> None:
    socket = req(PROBE_ROUTER=1)
    peer = Far(socket, connected=False)
    socket.try_send(b"q")
    peer.come_back()
    assert peer.out() == [b"", [b"", b"q"]]
