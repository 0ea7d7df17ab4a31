"""STREAM: bytes behind the id of their peer, pairs of frames out, and what is told of connections."""

from __future__ import annotations

import pytest

from zmqx.accounts import Drop
from zmqx.constants import SocketOption
from zmqx.errors import EHOSTUNREACH, EINVAL, ZMQError
from zmqx.message import Item
from zmqx.pipes.notices import Notices
from zmqx.routing.router import Router
from zmqx.routing.stream import Stream

from .ends import Far, received

TOLD = Notices(b"", True, (b"",))


def auto(number: int) -> bytes:
    return b"\0" + number.to_bytes(4, "big")


class RawFar(Far):
    """A peer whose connection can be closed by us."""

    def __init__(self, routing: Stream | Router, **rest: object) -> None:
        self.closed = 0
        super().__init__(routing, **rest)  # type: ignore[arg-type]
        self.pipe.leave = self._close

    def _close(self) -> None:
        self.closed += 1
        self.pipe.end()
        self.routing.detach(self.pipe)


# -- names


def test_every_peer_gets_a_number_and_the_last_can_be_read() -> None:
    socket = Stream(7)
    assert socket.given_id == b""
    peers = [RawFar(socket, connected=False) for _ in range(3)]
    assert [peer.pipe.peer_id for peer in peers] == [auto(7), auto(8), auto(9)]
    assert socket.given_id == auto(9)
    socket.set_option(SocketOption.ROUTING_ID, b"own")
    assert socket.given_id == b"own"


def test_but_one_that_was_named_keeps_that_name() -> None:
    socket = Stream(7)
    peer = RawFar(socket, peer_id=b"chosen", local=True)
    assert peer.pipe.peer_id == b"chosen"
    assert socket.given_id == b""
    with pytest.raises(ZMQError) as caught:
        socket.check_peer_id(b"chosen")
    assert caught.value.errno == EINVAL
    peer.break_off()
    peer.come_back()
    assert socket.try_send([b"chosen", b"x"])


# -- sending


@pytest.mark.parametrize("name", [auto(7), memoryview(auto(7))], ids=["bytes", "view"])
def test_the_bytes_go_to_whom_the_first_frame_names(name: Item) -> None:
    socket = Stream(7)
    first, second = RawFar(socket), RawFar(socket)
    assert socket.try_send([name, b"data"])  # type: ignore[list-item]
    assert (first.out(), second.out()) == ([b"data"], [])
    assert socket.can_send()


def test_every_two_frames_are_a_message() -> None:
    socket = Stream(7)
    first, second = RawFar(socket), RawFar(socket)
    assert socket.try_send([auto(7), b"1", auto(8), b"2", auto(7), b"3", auto(8)])
    assert (first.out(), second.out()) == ([b"1", b"3"], [b"2"])
    assert socket.drops == {Drop.MALFORMED: 1}


@pytest.mark.parametrize("message", [b"id", [b"id"], b""])
def test_an_id_alone_is_counted(message: bytes | list[bytes]) -> None:
    socket = Stream(7)
    assert socket.try_send(message)  # type: ignore[arg-type]
    assert socket.drops == {Drop.MALFORMED: 1}


def test_an_unknown_id_raises_before_anything_is_sent() -> None:
    socket = Stream(7)
    peer = RawFar(socket)
    for call in (lambda: socket.try_send([auto(7), b"x", b"nobody", b"y"]), lambda: socket.begin(b"nobody")):
        with pytest.raises(ZMQError, match="nobody") as caught:
            call()
        assert caught.value.errno == EHOSTUNREACH
    assert peer.out() == []
    assert socket.drops == {}


def test_a_full_peer_waits_and_nothing_is_sent() -> None:
    socket = Stream(7)
    full, other = RawFar(socket, send_mark=1), RawFar(socket)
    assert socket.begin(auto(7))
    assert socket.try_send([auto(7), b"1"])
    assert socket.begin(auto(7)) is False
    assert socket.try_send([auto(8), b"x", auto(7), b"2"]) is False
    assert (full.out(), other.out()) == ([b"1"], [])
    assert socket.try_send([auto(7), b"2", auto(7), b"3"]), "one call is one message: there was room for it"
    assert full.out() == [b"2", b"3"]
    assert socket.drops == {}


def test_no_bytes_close() -> None:
    socket = Stream(7)
    peer, other = RawFar(socket), RawFar(socket)
    assert socket.try_send([auto(7), b"last", auto(7), b""])
    assert (peer.closed, other.closed) == (1, 0)
    assert peer.out() == [b"last"]
    with pytest.raises(ZMQError):
        socket.try_send([auto(7), b"x"])
    assert socket.try_send([auto(8), b"x"])


def test_what_follows_the_end_in_one_message_is_counted() -> None:
    socket = Stream(7)
    RawFar(socket)
    assert socket.try_send([auto(7), b"", auto(7), b"too late"])
    assert socket.drops == {Drop.UNROUTABLE: 1}


# -- receiving


def test_what_comes_is_behind_the_id() -> None:
    socket = Stream(7)
    first, second = RawFar(socket), RawFar(socket)
    first.deliver(b"1", b"3")
    second.deliver(b"2")
    assert received(socket) == [[auto(7), b"1"], [auto(8), b"2"], [auto(7), b"3"]]


def test_connections_are_told_where_that_is_wanted() -> None:
    socket = Stream(7)
    peer = RawFar(socket, notices=TOLD)
    peer.deliver(b"x")
    peer.leave()
    assert received(socket) == [[auto(7), b""], [auto(7), b"x"], [auto(7), b""]]
    quiet = RawFar(socket)
    quiet.deliver(b"y")
    quiet.leave()
    assert received(socket) == [[auto(8), b"y"]]


def test_a_connection_that_comes_back_is_told_each_time() -> None:
    socket = Stream(7)
    peer = RawFar(socket, local=True, connected=False, notices=TOLD)
    assert received(socket) == []
    for _ in range(2):
        peer.come_back()
        peer.break_off()
    assert received(socket) == [[auto(7), b""]] * 4


def test_what_we_closed_is_not_told() -> None:
    socket = Stream(7)
    RawFar(socket, notices=TOLD)
    assert received(socket) == [[auto(7), b""]]
    socket.try_send([auto(7), b""])
    assert received(socket) == []


# -- a raw ROUTER


def raw_router(**options: int) -> Router:
    made = Router(7)
    for name, value in {"ROUTER_RAW": 1, **options}.items():
        made.set_option(SocketOption[name], value)
    return made


def test_a_raw_router_sends_in_pairs_and_closes_by_no_bytes() -> None:
    socket = raw_router()
    peer = RawFar(socket)
    assert socket.try_send([auto(7), b"1", auto(7), b"2", auto(7), b"", auto(7), b"too late"])
    assert peer.out() == [b"1", b"2"]
    assert peer.closed == 1
    assert socket.drops == {Drop.UNROUTABLE: 1}


def test_a_raw_router_drops_what_cannot_go() -> None:
    socket = raw_router()
    RawFar(socket, send_mark=1)
    assert socket.try_send([b"nobody", b"x", auto(7), b"1", auto(7), b"2"])
    assert socket.drops == {Drop.UNROUTABLE: 1, Drop.FULL: 1}


def test_a_raw_router_that_must_deliver_raises_or_waits() -> None:
    socket = raw_router(ROUTER_MANDATORY=1)
    RawFar(socket, send_mark=1)
    with pytest.raises(ZMQError) as caught:
        socket.try_send([auto(7), b"x", b"nobody", b"y"])
    assert caught.value.errno == EHOSTUNREACH
    assert socket.try_send([auto(7), b"1"])
    assert socket.try_send([auto(7), b"2"]) is False
    assert socket.drops == {}
