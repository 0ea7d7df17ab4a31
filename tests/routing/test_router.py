"""ROUTER: who is called what, to whom a message goes, and what becomes of it otherwise."""

from __future__ import annotations

import pytest

from zmqx.accounts import Drop
from zmqx.constants import SocketOption
from zmqx.errors import EHOSTUNREACH, EINVAL, ZMQError
from zmqx.message import Item
from zmqx.routing.router import Router

from .ends import Far, received


def router(seed: int = 7, **options: int) -> Router:
    made = Router(seed)
    for name, value in options.items():
        made.set_option(SocketOption[name], value)
    return made


def auto(number: int) -> bytes:
    return b"\0" + number.to_bytes(4, "big")


# -- names


def test_the_sender_is_the_first_frame() -> None:
    socket = router()
    far, near = Far(socket, b"far"), Far(socket, b"near")
    far.deliver(b"1", [b"2", b"3"])
    near.deliver(b"")
    assert received(socket) == [[b"far", b"1"], [b"near", b""], [b"far", b"2", b"3"]]
    assert socket.sender() is far.pipe


def test_anonymous_peers_are_numbered_from_a_random_start() -> None:
    socket = router(seed=0x515F007C)
    names = []
    for _ in range(3):
        peer = Far(socket)
        peer.deliver(b"m")
        names.append(socket.try_recv()[0])  # type: ignore[index]
    assert names == [bytes.fromhex("00515f007c"), bytes.fromhex("00515f007d"), bytes.fromhex("00515f007e")]
    assert socket.try_send([names[1], b"hello"])


def test_numbers_wrap_around() -> None:
    socket = router(seed=0xFFFFFFFF)
    peers = [Far(socket), Far(socket)]
    assert [peer.pipe.peer_id for peer in peers] == [auto(0xFFFFFFFF), auto(0)]


def test_an_anonymous_peer_never_takes_the_name_of_another() -> None:
    """A peer may call itself anything, also what the next number would be."""
    socket = router(seed=7)
    sly = Far(socket, auto(7))
    plain = Far(socket)
    assert plain.refusals == []
    assert plain.pipe.peer_id != auto(7)
    socket.try_send([auto(7), b"for the sly one"])
    assert sly.out() == [b"for the sly one"]
    assert plain.out() == []


@pytest.mark.parametrize("routing_id", [b"a", b"\0", b"\0abcd", b"x" * 255, b"y" * 300])
def test_a_chosen_name_may_be_any(routing_id: bytes) -> None:
    socket = router()
    peer = Far(socket, routing_id)
    socket.try_send([routing_id, b"m"])
    assert peer.out() == [b"m"]


def test_a_name_is_free_again_when_its_owner_leaves() -> None:
    socket = router()
    first = Far(socket, b"id")
    first.leave()
    socket.try_send([b"id", b"lost"])
    second = Far(socket, b"id")
    assert second.refusals == []
    socket.try_send([b"id", b"m"])
    assert second.out() == [b"m"]


def test_a_second_peer_of_a_name_is_sent_away() -> None:
    socket = router()
    first, second = Far(socket, b"id"), Far(socket, b"id")
    assert len(second.refusals) == 1
    assert "id" in second.refusals[0]
    second.leave()
    socket.try_send([b"id", b"m"])
    assert first.out() == [b"m"]
    assert first.refusals == []


def test_with_handover_the_second_takes_over() -> None:
    socket = router(ROUTER_HANDOVER=1)
    first, second = Far(socket, b"id"), Far(socket, b"id")
    assert second.refusals == []
    assert len(first.refusals) == 1
    socket.try_send([b"id", b"m"])
    assert (first.out(), second.out()) == ([], [b"m"])
    first.leave()  # late: the name is no longer its own
    socket.try_send([b"id", b"n"])
    assert second.out() == [b"n"]


@pytest.mark.parametrize("named", [False, True])
def test_one_we_dialed_takes_its_name_back_when_it_returns(named: bool) -> None:
    """It would be heard under a name that leads to another, or nowhere."""
    socket = router(ROUTER_HANDOVER=1, ROUTER_MANDATORY=1)
    dialed = Far(socket, b"id", local=True, peer_id=b"id" if named else b"")
    newcomer = Far(socket, b"id")
    assert len(dialed.refusals) == 1
    dialed.break_off()
    dialed.come_back(b"id")
    assert len(newcomer.refusals) == 1
    newcomer.leave()
    assert socket.try_send([b"id", b"m"])
    assert (dialed.out(), newcomer.out()) == ([b"m"], [])


def test_without_handover_one_we_dialed_does_not_come_back_into_the_place_of_another() -> None:
    socket = router(ROUTER_HANDOVER=1)
    dialed = Far(socket, b"id", local=True)
    newcomer = Far(socket, b"id")
    socket.set_option(SocketOption.ROUTER_HANDOVER, 0)
    dialed.break_off()
    dialed.come_back(b"id")
    assert len(dialed.refusals) == 2
    assert newcomer.refusals == []


def test_what_the_one_taken_over_had_sent_is_delivered_or_counted() -> None:
    socket = router(ROUTER_HANDOVER=1)
    first = Far(socket, b"id")
    first.deliver(b"1", b"2")
    Far(socket, b"id")
    first.leave()
    assert len(received(socket)) + sum(socket.drops.values()) == 2


def test_a_peer_we_named_is_addressed_before_it_is_there_and_keeps_that_name() -> None:
    socket = router()
    socket.check_peer_id(b"chosen")
    peer = Far(socket, peer_id=b"chosen", local=True, connected=False)
    assert socket.try_send([b"chosen", b"early"])
    peer.come_back(b"its own")
    assert peer.out() == [b"early"]
    peer.deliver(b"m")
    assert received(socket) == [[b"chosen", b"m"]]
    with pytest.raises(ZMQError, match="chosen") as caught:
        socket.check_peer_id(b"chosen")
    assert caught.value.errno == EINVAL


def test_a_peer_we_dialed_without_naming_it_has_to_be_there_first() -> None:
    socket = router(ROUTER_MANDATORY=1)
    peer = Far(socket, local=True, connected=False)
    assert not socket.can_send()
    with pytest.raises(ZMQError):
        socket.try_send([b"later", b"m"])
    peer.come_back(b"later")
    assert socket.try_send([b"later", b"m"])


def test_a_peer_that_comes_back_is_who_it_was() -> None:
    socket = router()
    peer, anonymous = Far(socket, b"id", local=True), Far(socket, local=True)
    number = anonymous.pipe.peer_id
    for far, name in ((peer, b"id"), (anonymous, b"")):
        far.break_off()
        far.come_back(name)
        assert far.refusals == []
    socket.try_send([b"id", b"m"])
    socket.try_send([number, b"n"])
    assert (peer.out(), anonymous.out()) == ([b"m"], [b"n"])


def test_a_peer_that_comes_back_as_another_is_that_one() -> None:
    socket = router(ROUTER_MANDATORY=1)
    peer = Far(socket, b"old", local=True)
    peer.break_off()
    peer.come_back(b"new")
    assert socket.try_send([b"new", b"m"])
    with pytest.raises(ZMQError):
        socket.try_send([b"old", b"m"])


# -- sending


@pytest.mark.parametrize("name", [b"id", memoryview(b"id")], ids=["bytes", "view"])
def test_the_first_frame_names_the_peer_and_stays_here(name: Item) -> None:
    socket = router()
    peer, other = Far(socket, b"id"), Far(socket, b"other")
    for message, wire in (([name, b"m"], b"m"), ([name, b"", b"x"], [b"", b"x"]), ([name, b""], b"")):
        assert socket.try_send(message)  # type: ignore[arg-type]
        assert peer.out() == [wire]
    assert other.out() == []


@pytest.mark.parametrize("mandatory", [0, 1])
@pytest.mark.parametrize("message", [b"id", [b"id"], b"nobody", b""])
def test_a_name_alone_is_swallowed_and_counted(message: bytes | list[bytes], mandatory: int) -> None:
    socket = router(ROUTER_MANDATORY=mandatory)
    peer = Far(socket, b"id")
    assert socket.try_send(message)  # type: ignore[arg-type]
    assert peer.out() == []
    assert socket.drops == {Drop.MALFORMED: 1}


def test_to_nobody_is_dropped_and_counted() -> None:
    socket = router()
    assert socket.can_send()
    assert socket.begin(b"nobody")
    assert socket.try_send([b"nobody", b"m"])
    assert socket.drops == {Drop.UNROUTABLE: 1}


def test_to_a_full_peer_is_dropped_and_counted() -> None:
    socket = router()
    peer = Far(socket, b"id", send_mark=1)
    assert all(socket.try_send([b"id", b"%d" % number]) for number in range(3))
    assert socket.drops == {Drop.FULL: 2}
    assert peer.out() == [b"0"]


def test_mandatory_to_nobody_raises_and_sends_nothing() -> None:
    socket = router(ROUTER_MANDATORY=1)
    peer = Far(socket, b"id")
    for call in (lambda: socket.try_send([b"nobody", b"m"]), lambda: socket.begin(b"nobody")):
        with pytest.raises(ZMQError, match="nobody") as caught:
            call()
        assert caught.value.errno == EHOSTUNREACH
    assert peer.out() == []
    assert socket.drops == {}


def test_mandatory_to_a_full_peer_waits() -> None:
    socket = router(ROUTER_MANDATORY=1)
    peer = Far(socket, b"id", send_mark=1)
    assert socket.can_send()
    assert socket.begin(b"id")
    assert socket.try_send([b"id", b"1"])
    assert socket.try_send([b"id", b"2"]) is False
    assert socket.begin(b"id") is False
    assert not socket.can_send()
    assert peer.out() == [b"1"]
    assert socket.can_send()
    assert socket.try_send([b"id", b"2"])
    assert socket.drops == {}


def test_mandatory_can_send_while_anybody_has_room() -> None:
    socket = router(ROUTER_MANDATORY=1)
    assert not socket.can_send()
    full, empty = Far(socket, b"full", send_mark=1), Far(socket, b"empty")
    full.pipe.put(b"m")
    assert socket.can_send()
    empty.leave()
    assert not socket.can_send()
    socket.set_option(SocketOption.ROUTER_MANDATORY, 0)
    assert socket.can_send()


# -- the rest


def test_a_probe_opens_every_connection() -> None:
    socket = router(PROBE_ROUTER=1)
    peer = Far(socket, peer_id=b"named", local=True, connected=False)
    socket.try_send([b"named", b"m"])
    peer.come_back()
    assert peer.out() == [b"", b"m"]
    assert Far(socket, b"other").out() == [b""]


def test_a_probe_received_is_an_empty_message_of_its_sender() -> None:
    socket = router()
    Far(socket, b"id").deliver(b"")
    assert received(socket) == [[b"id", b""]]


def test_a_peer_sent_away_is_not_probed() -> None:
    socket = router(PROBE_ROUTER=1)
    Far(socket, b"id")
    assert Far(socket, b"id").out() == []


def test_messages_of_a_peer_that_left_still_bear_its_name() -> None:
    socket = router()
    peer = Far(socket, b"id")
    peer.deliver(b"1", b"2")
    peer.leave()
    assert received(socket) == [[b"id", b"1"], [b"id", b"2"]]
