"""docs/spec/patterns.md, section 1: pipes, high-water marks, whole messages."""

from __future__ import annotations

import select
from contextlib import ExitStack
from typing import Any

import pytest

import zmqx

from ..support.callers import Caller, until
from ..support.raw_peer import GREETING, RawListener, RawPeer, frame, ready
from .lib import Lib
from .states import states

MORE = 1  # the flag of a frame that is not the last


def taken(lib: Lib, socket: Any, most: int = 10_000, message: list[bytes] | None = None) -> int:
    """How many messages a socket takes before it would have to wait."""
    for count in range(most):
        try:
            socket.send_multipart(message or [b"%d" % count], zmqx.DONTWAIT)
        except lib.zmq.Again:
            return count
    return most


@states("P1.1", "P1.7")
def test_every_connection_has_a_queue_of_its_own(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH, sndhwm=2)
    pulls = [lib.socket(zmqx.PULL, rcvhwm=1) for _ in range(2)]
    lib.join(push, *pulls, transport="inproc")
    assert taken(lib, push) == 2 * (2 + 1)
    assert [pulls[0].recv() for _ in range(3)] == [b"0", b"2", b"4"]


@states("P1.7")
def test_each_direction_has_its_own_mark(lib: Lib) -> None:
    left, right = (lib.socket(zmqx.PAIR, sndhwm=2, rcvhwm=1) for _ in range(2))
    lib.join(left, right, transport="inproc")
    assert taken(lib, left) == 3
    assert taken(lib, right) == 3


@states("P1.2")
def test_a_connecting_socket_has_its_pipe_at_once(lib: Lib) -> None:
    """What is sent before anybody is there arrives when somebody is, also after the first one has gone."""
    push = lib.socket(zmqx.PUSH, reconnect_ivl=10)
    endpoint = lib.endpoint("ipc")
    push.connect(endpoint)
    for word in (b"first", b"second"):
        push.send(word, zmqx.DONTWAIT)
        pull = lib.socket(zmqx.PULL)
        pull.bind(endpoint)
        assert pull.recv() == word
        lib.close(pull)
        lib.await_loss(push)


@states("P1.3")
def test_an_accepting_socket_has_a_pipe_from_the_handshake_until_the_disconnect(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH)
    with RawPeer.connect(lib.bind(push)) as peer:
        peer.recv(10)  # it was accepted: there is half a greeting
        with lib.fails(zmqx.EAGAIN):
            push.send(b"early", zmqx.DONTWAIT)
        peer.send(GREETING)
        peer.recv(54)
        peer.send(ready("PULL"))
        lib.await_peers(push)
        push.send(b"in time", zmqx.DONTWAIT)
        assert peer.recv_message() == [b"in time"]
    lib.await_loss(push)
    with lib.fails(zmqx.EAGAIN):
        push.send(b"late", zmqx.DONTWAIT)


@states("P1.4", "O1.39")
def test_with_immediate_a_connecting_socket_is_like_an_accepting_one(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH, immediate=1, reconnect_ivl=10)
    endpoint = lib.endpoint("ipc")
    push.connect(endpoint)
    with lib.fails(zmqx.EAGAIN):
        push.send(b"early", zmqx.DONTWAIT)
    pull = lib.socket(zmqx.PULL)
    pull.bind(endpoint)
    lib.await_peers(push)
    push.send(b"in time", zmqx.DONTWAIT)
    assert pull.recv() == b"in time"
    lib.close(pull)
    lib.await_loss(push)
    with lib.fails(zmqx.EAGAIN):
        push.send(b"late", zmqx.DONTWAIT)


@states("P1.5", "P1.8")
def test_marks_count_messages_and_add_up_over_inproc(lib: Lib) -> None:
    push, pull = lib.socket(zmqx.PUSH, sndhwm=3), lib.socket(zmqx.PULL, rcvhwm=4)
    lib.join(pull, push, transport="inproc")
    assert taken(lib, push, message=[b"a" * 1000, b"b", b"c"]) == 7


@states("P1.8")
@pytest.mark.parametrize(("sndhwm", "rcvhwm"), [(0, 4), (3, 0)])
def test_no_mark_on_one_side_is_no_mark_over_inproc(lib: Lib, sndhwm: int, rcvhwm: int) -> None:
    push, pull = lib.socket(zmqx.PUSH, sndhwm=sndhwm), lib.socket(zmqx.PULL, rcvhwm=rcvhwm)
    lib.join(pull, push, transport="inproc")
    assert taken(lib, push, most=5000) == 5000


@states("P1.6")
@pytest.mark.parametrize(("sndhwm", "most"), [(0, 5000), (7, 7)])
def test_zero_is_no_mark(lib: Lib, sndhwm: int, most: int) -> None:
    push = lib.socket(zmqx.PUSH, sndhwm=sndhwm)
    push.connect(lib.endpoint("ipc"))
    assert taken(lib, push, most=5000) == most


@states("P1.9")
def test_more_than_both_marks_can_be_on_its_way_over_tcp(lib: Lib) -> None:
    push, pull = lib.socket(zmqx.PUSH, sndhwm=5), lib.socket(zmqx.PULL, rcvhwm=5)
    lib.join(pull, push)
    for number in range(100):
        push.send(b"%d" % number)
    assert [int(pull.recv()) for _ in range(100)] == list(range(100))


@states("P1.10")
def test_a_full_pipe_takes_again_when_half_of_it_is_read(lib: Lib) -> None:
    push, pull = lib.socket(zmqx.PUSH, sndhwm=5), lib.socket(zmqx.PULL, rcvhwm=5)
    lib.join(pull, push, transport="inproc")
    assert taken(lib, push) == 10
    read = 0
    while not push.poll(0, zmqx.POLLOUT):
        pull.recv()
        read += 1
    assert read <= 5  # it may be earlier
    assert lib.ours or read == 5
    push.send(b"again", zmqx.DONTWAIT)


@states("P1.11")
def test_no_frame_is_seen_before_the_last_is_there(lib: Lib) -> None:
    pull = lib.socket(zmqx.PULL)
    endpoint = lib.bind(pull)
    with RawPeer.connect(endpoint) as slow, RawPeer.connect(endpoint) as quick:
        slow.shake_hands("PUSH")
        quick.shake_hands("PUSH")
        slow.send(frame(b"a", MORE) + frame(b"b", MORE))
        quick.send(frame(b"other"))
        assert pull.recv_multipart() == [b"other"]
        assert lib.silent(pull)
        slow.send(frame(b"c"))
        assert pull.recv_multipart() == [b"a", b"b", b"c"]


@states("P1.12")
def test_half_a_message_is_not_received(lib: Lib) -> None:
    pull = lib.socket(zmqx.PULL)
    endpoint = lib.bind(pull)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PUSH")
        peer.send(frame(b"whole") + frame(b"half", MORE))
        assert pull.recv_multipart() == [b"whole"]
    lib.await_loss(pull)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PUSH")
        peer.send(frame(b"next"))
        assert pull.recv_multipart() == [b"next"]


@states("P1.12")
def test_half_a_message_is_not_sent(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH)
    endpoint = lib.bind(push)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PULL")
        lib.await_peers(push)
        push.send(b"half", zmqx.SNDMORE)
        assert peer.is_left_alone()
        push.send(b"whole")
        assert peer.recv_message() == [b"half", b"whole"]


@states("P1.13", "P1.14")
def test_a_message_goes_to_one_peer_whole(lib: Lib) -> None:
    push, pulls = lib.socket(zmqx.PUSH), [lib.socket(zmqx.PULL) for _ in range(2)]
    lib.join(push, *pulls)
    sent = [[b"%d.%d" % (number, part) for part in range(10)] for number in range(4)]
    for message in sent:
        for part in message[:-1]:
            push.send(part, zmqx.SNDMORE)
        push.send(message[-1])
    for number, message in enumerate(sent):
        pull = pulls[number % 2]
        assert pull.recv() == message[0]
        assert [pull.recv(zmqx.DONTWAIT) for _ in range(9)] == message[1:]
        assert not pull.getsockopt(zmqx.RCVMORE)


@states("P1.15")
def test_the_order_of_a_connection_is_kept(lib: Lib) -> None:
    pull, pushes = lib.socket(zmqx.PULL), [lib.socket(zmqx.PUSH) for _ in range(2)]
    lib.join(pull, *pushes)
    for number in range(500):
        for who, push in enumerate(pushes):
            push.send(b"%d %d" % (who, number))
    got: dict[int, list[int]] = {0: [], 1: []}
    for _ in range(1000):
        who, number = map(int, pull.recv().split())
        got[who].append(number)
    assert got == {0: list(range(500)), 1: list(range(500))}


@states("P1.16")
def test_what_came_before_a_disconnect_is_delivered(lib: Lib) -> None:
    pull = lib.socket(zmqx.PULL)
    endpoint = lib.bind(pull)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PUSH")
        lib.await_peers(pull)
        peer.send(frame(b"a") + frame(b"b", MORE) + frame(b"c"))
    lib.await_loss(pull)
    assert pull.recv_multipart() == [b"a"]
    assert pull.recv_multipart() == [b"b", b"c"]


LONG = bytes(1_000_000)


@states("P1.17")
def test_an_accepted_peer_takes_what_it_did_not_read_with_it(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH)
    endpoint = lib.bind(push)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PULL")
        lib.await_peers(push)
        for _ in range(30):  # more than the system takes
            push.send(LONG)
        peer.reset()
    lib.await_loss(push)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PULL")
        push.send(b"new")
        assert peer.recv_message() == [b"new"]


@states("P1.18")
def test_what_a_connected_peer_did_not_take_is_kept_for_it(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH, reconnect_ivl=10)
    with RawListener() as listener:
        push.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            for number in range(30):
                push.send_multipart([b"%d" % number, LONG])
            peer.reset()
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            first = int(peer.recv_message()[0])
            rest = [int(peer.recv_message()[0]) for _ in range(first + 1, 30)]
    assert rest == list(range(first + 1, 30))
    assert rest


@states("P1.19")
def test_a_context_that_ends_lets_nobody_send(lib: Lib) -> None:
    push = lib.bare_socket(zmqx.PUSH, linger=0)
    push.connect(lib.endpoint("ipc"))
    ending = Caller(lib.ctx.term)

    def ended() -> bool:
        try:
            push.send(b"x", zmqx.DONTWAIT)
        except lib.zmq.ZMQError as error:
            return error.errno == zmqx.ETERM
        return False

    until(ended)
    push.close()
    ending.result()


SINGLE = [zmqx.DEALER, zmqx.SUB, zmqx.PUB, zmqx.REQ]
DOUBLE = [zmqx.PUSH, zmqx.PULL, zmqx.XPUB, zmqx.XSUB, zmqx.ROUTER, zmqx.REP]


def connections(lib: Lib, kind: int) -> int:
    """How many connections two equal calls of connect make. A third, to another endpoint, shows that all were made."""
    with RawListener() as listener, RawListener() as last, ExitStack() as accepted:
        socket = lib.socket(kind)
        for endpoint in (listener.endpoint, listener.endpoint, last.endpoint):
            socket.connect(endpoint)
        accepted.enter_context(last.accept())
        count = 0
        while select.select([listener.sock], [], [], 0.1)[0]:
            accepted.enter_context(listener.accept())
            count += 1
        return count


@states("P1.20", "P1.21")
@pytest.mark.parametrize(
    ("kind", "count"), [*((kind, 1) for kind in SINGLE), *((kind, 2) for kind in DOUBLE)], ids=lambda value: str(value)
)
def test_connecting_twice(lib: Lib, kind: int, count: int) -> None:
    assert connections(lib, kind) == count
