"""SERVER and PEER: by a number out, the sender's number beside each message (RFCs 41 and 51)."""

from __future__ import annotations

import pytest

from zmqx import EHOSTUNREACH, ENOTSUP, ZMQError
from zmqx.accounts import Drop
from zmqx.message import Labelled
from zmqx.routing.peer import Peer
from zmqx.routing.server import Server

from .ends import Far, received


def numbered(server: Server) -> list[tuple[int, bytes]]:
    return [(message.routing_id, message.part) for message in received(server)]


def test_each_peer_has_a_number_and_they_count_up() -> None:
    server = Server(seed=7)
    for body in (b"a", b"b", b"c"):
        Far(server).deliver(body)
    assert numbered(server) == [(7, b"a"), (8, b"b"), (9, b"c")]


@pytest.mark.parametrize(("seed", "expected"), [(0, [1, 2]), (2**32 - 1, [2**32 - 1, 1])])
def test_no_peer_is_called_0(seed: int, expected: list[int]) -> None:
    server = Server(seed)
    for _ in expected:
        Far(server).deliver(b"x")
    assert [number for number, _ in numbered(server)] == expected


def test_a_number_that_is_taken_is_passed_over() -> None:
    server = Server(seed=2**32 - 1)
    far = [Far(server), Far(server)]
    server._peers._next = 2**32 - 1  # after four thousand million peers
    third = Far(server)
    third.deliver(b"x")
    assert numbered(server) == [(2, b"x")]
    assert not far[0].refusals


def test_sent_to_whom_it_names() -> None:
    server = Server(seed=7)
    one, two = Far(server), Far(server)
    assert server.try_send(Labelled(b"x", routing_id=8))
    assert (one.out(), two.out()) == ([], [b"x"])


@pytest.mark.parametrize("message", [b"x", Labelled(b"x"), Labelled(b"x", group=b"g"), Labelled(b"x", routing_id=9)])
def test_unknown_or_absent_numbers_are_unreachable(message: Labelled) -> None:
    server = Server(seed=7)
    Far(server)
    with pytest.raises(ZMQError) as caught:
        server.try_send(message)
    assert caught.value.errno == EHOSTUNREACH


def test_who_has_left_is_unreachable_and_what_it_sent_is_read() -> None:
    server = Server(seed=7)
    peer = Far(server)
    peer.deliver(b"last")
    peer.leave()
    assert numbered(server) == [(7, b"last")]
    with pytest.raises(ZMQError) as caught:
        server.try_send(Labelled(b"x", routing_id=7))
    assert caught.value.errno == EHOSTUNREACH


def test_a_full_peer_has_to_be_waited_for() -> None:
    server = Server(seed=7)
    peer = Far(server, send_mark=1)
    assert server.try_send(Labelled(b"1", routing_id=7))
    assert server.try_send(Labelled(b"2", routing_id=7)) is False
    assert server.can_send()  # libzmq: always
    assert peer.out() == [b"1"]
    assert server.try_send(Labelled(b"2", routing_id=7))


def test_several_frames_are_discarded() -> None:
    server = Server(seed=7)
    Far(server).deliver([b"a", b"b"], b"c")
    assert numbered(server) == [(7, b"c")]
    assert server.drops == {Drop.MALFORMED: 1}


def test_a_peer_tells_the_number_of_whom_it_connected_to_last() -> None:
    peer = Peer(seed=7)
    Far(peer, connected=False)
    assert peer.newest_peer() == 7
    far = Far(peer, connected=False)
    assert peer.newest_peer() == 8
    assert peer.try_send(Labelled(b"early", routing_id=8))
    assert far.out() == [b"early"]
    with pytest.raises(ZMQError) as caught:
        Server().newest_peer()
    assert caught.value.errno == ENOTSUP
