"""REP: the whole way back is kept and put before the reply, to just that peer."""

from __future__ import annotations

import pytest

from zmqx.accounts import Drop
from zmqx.errors import EFSM, ZMQError
from zmqx.message import Item
from zmqx.routing.rep import Rep

from .ends import Far


def efsm(call: object, *args: object) -> bool:
    try:
        call(*args)  # type: ignore[operator]
    except ZMQError as error:
        return error.errno == EFSM and "REP" in str(error)
    return False


@pytest.mark.parametrize(
    ("wire", "envelope", "body"),
    [
        ([b"", b"q"], [b""], b"q"),
        ([b"", b""], [b""], b""),
        ([b"", b"a", b"", b"b"], [b""], [b"a", b"", b"b"]),
        ([b"", b"", b"b"], [b""], [b"", b"b"]),
        ([b"id", b"", b"q"], [b"id", b""], b"q"),
        ([b"far", b"near", b"\0\0\0\0\1", b"", b"q", b"r"], [b"far", b"near", b"\0\0\0\0\1", b""], [b"q", b"r"]),
        ([b"x" * 300, b"", b""], [b"x" * 300, b""], b""),
        ([memoryview(b"id"), memoryview(b""), b"q"], [b"id", b""], b"q"),
    ],
)
@pytest.mark.parametrize("reply", [b"r", b"", [b"r", b"", b"s"]])
def test_the_whole_stack_is_restored(
    wire: Item, envelope: list[bytes], body: object, reply: bytes | list[bytes]
) -> None:
    socket = Rep()
    peer, other = Far(socket), Far(socket)
    peer.deliver(wire)
    assert socket.try_recv() == body
    assert socket.try_send(reply)  # type: ignore[arg-type]
    assert peer.out() == [envelope + (reply if isinstance(reply, list) else [reply])]
    assert other.out() == []
    assert reply in (b"r", b"", [b"r", b"", b"s"])


@pytest.mark.parametrize("bad", [b"", b"q", [b"a", b"b"], [b"a", b""], [b"a", b"b", b""]])
def test_requests_without_an_envelope_are_passed_over(bad: Item) -> None:
    socket = Rep()
    peer = Far(socket)
    peer.deliver(bad)
    assert not socket.can_recv()
    assert socket.try_recv() is None
    assert efsm(socket.try_send, b"r")
    peer.deliver(bad, [b"", b"good"])
    assert socket.try_recv() == b"good"
    assert socket.drops == {Drop.MALFORMED: 2}


def test_requests_and_replies_take_turns() -> None:
    socket = Rep()
    peer = Far(socket)
    assert not socket.can_send()
    assert efsm(socket.try_send, b"r")
    assert efsm(socket.begin, b"r")
    assert socket.try_recv() is None
    peer.deliver([b"", b"1"], [b"", b"2"])
    assert socket.can_recv()
    assert not socket.can_send()  # seen, and not received yet
    assert efsm(socket.try_send, b"r")
    assert socket.try_recv() == b"1"
    assert not socket.can_recv()
    assert efsm(socket.try_recv)
    assert socket.can_send()
    assert socket.begin(b"r")
    socket.try_send(b"r1")
    assert efsm(socket.try_send, b"r")
    assert socket.try_recv() == b"2"
    socket.try_send(b"r2")
    assert peer.out() == [[b"", b"r1"], [b"", b"r2"]]


def test_each_peer_has_its_turn_and_its_own_reply() -> None:
    socket = Rep()
    peers = [Far(socket) for _ in range(3)]
    for number, peer in enumerate(peers):
        peer.deliver(*([b"%d" % number, b"", b"%d" % turn] for turn in range(2)))
    heard = []
    for _ in range(6):
        request = socket.try_recv()
        heard.append(request)
        socket.try_send(b"re %s" % request)  # type: ignore[arg-type,str-bytes-safe]
    assert heard == [b"0"] * 3 + [b"1"] * 3
    assert [peer.out() for peer in peers] == [
        [[b"%d" % number, b"", b"re 0"], [b"%d" % number, b"", b"re 1"]] for number in range(3)
    ]


@pytest.mark.parametrize("why", [Drop.PEER_GONE, Drop.FULL])
def test_a_reply_nobody_can_take_is_lost_and_counted(why: Drop) -> None:
    socket = Rep()
    peer = Far(socket, send_mark=1)
    peer.deliver([b"", b"q"])
    assert socket.try_recv() == b"q"
    if why is Drop.PEER_GONE:
        peer.leave()
    else:
        peer.pipe.put(b"in the way")
    assert socket.can_send()
    assert socket.try_send(b"r")
    assert socket.drops == peer.pipe.drops == {why: 1}
    other = Far(socket)
    other.deliver([b"", b"next"])
    assert socket.try_recv() == b"next"


def test_a_request_of_a_peer_that_left_is_still_answered_in_form() -> None:
    socket = Rep()
    peer = Far(socket)
    peer.deliver([b"", b"1"])
    peer.leave()
    assert socket.try_recv() == b"1"
    assert socket.try_send(b"r")
    assert socket.try_recv() is None
