"""Where a dialer goes: names and their addresses, IMMEDIATE, and the events of each path (spec: monitor)."""

from __future__ import annotations

import errno
import os
import socket

import pytest

import zmqx
from zmqx.accounts import Drop
from zmqx.constants import Event

from ..support.raw_peer import frame, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_stream import VirtualNetwork
from .conftest import MakeSocket

UNKNOWN = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


# -- names


def test_a_name_that_fails_at_first_is_looked_up_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [UNKNOWN, UNKNOWN, ["address"]]
    acceptor = network.await_call("address")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://host")
    assert push.kinds() == ["CONNECT_RETRIED"]
    reactor.advance(50)
    assert push.kinds() == ["CONNECT_RETRIED"]
    reactor.advance(50)
    network.take_call(acceptor).shake_hands("PULL", None)
    assert push.kinds() == ["CONNECT_DELAYED", "CONNECTED", "HANDSHAKE_SUCCEEDED"]
    acceptor.close()


def test_a_failed_look_up_is_told_in_words(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    network.names["host"] = [UNKNOWN]
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    (retried,) = push.events()
    assert "Name or service not known" in retried.reason


def test_failed_look_ups_back_off(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    network.names["host"] = [UNKNOWN]
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=200)
    push.connect("mem://host")
    reactor.advance(1000)
    assert [event.value for event in push.find(Event.CONNECT_RETRIED)] == [50, 100, 200, 200, 200, 200, 200]


def test_a_name_is_looked_up_at_every_attempt(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["old"], ["new"]]
    make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50).connect("mem://host")
    reactor.advance(50)
    assert [name for name, _ in network.dialed] == ["old", "new"]


def test_every_address_is_tried_before_the_attempt_has_failed(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["one", "two", "three"]]
    acceptor = network.await_call("three")
    network.unreachable["two"] = OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    network.take_call(acceptor).shake_hands("PULL", None)
    assert [name for name, _ in network.dialed] == ["one", "two", "three"]
    assert push.kinds()[-3:] == ["CONNECT_DELAYED", "CONNECTED", "HANDSHAKE_SUCCEEDED"]
    assert push.find(Event.CONNECT_RETRIED) == []
    acceptor.close()


def test_connect_timeout_is_for_each_address(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["mute", "good"]]
    network.silent.add("mute")
    acceptor = network.await_call("good")
    push = make_socket(zmqx.PUSH, connect_timeout=100)
    push.connect("mem://host")
    reactor.advance(100)
    network.take_call(acceptor).shake_hands("PULL", None)
    assert push.find(Event.CONNECT_RETRIED) == []
    acceptor.close()


def test_a_look_up_that_comes_back_too_late_is_ignored(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["address"]]
    reactor.offload_hangs = True
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    push.close(0)
    assert push.finished
    reactor.offload_hangs = False
    reactor.settle()
    assert network.dialed == []


def test_a_name_without_addresses_counts_as_failed(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    network.names["host"] = [[]]
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    (retried,) = push.events()
    assert retried.kind == Event.CONNECT_RETRIED
    assert retried.reason


# -- events


def test_the_events_of_a_connection_that_is_lost_and_made_again(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://here")
    for _ in range(3):
        network.take_call(acceptor).shake_hands("PULL", None).close()
        assert push.kinds() == [
            "CONNECT_DELAYED",
            "CONNECTED",
            "HANDSHAKE_SUCCEEDED",
            "DISCONNECTED",
            "CONNECT_RETRIED",
        ]
        reactor.advance(50)
    while acceptor.waiting:
        network.take_call(acceptor).close()
    acceptor.close()


def test_the_events_of_a_connect_without_a_wait(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """As ipc has it: no CONNECT_DELAYED."""
    network.synchronous = True
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://here")
    network.take_call(acceptor).shake_hands("PULL", None)
    assert push.kinds() == ["CONNECTED", "HANDSHAKE_SUCCEEDED"]
    acceptor.close()


def test_the_events_of_a_refused_connect(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://nobody")
    for _ in range(3):
        delayed, closed, retried = push.events()
        assert (delayed.kind, delayed.value) == (Event.CONNECT_DELAYED, errno.EINPROGRESS)
        assert closed.kind == Event.CLOSED
        assert (retried.kind, retried.value) == (Event.CONNECT_RETRIED, 50)
        assert os.strerror(errno.ECONNREFUSED) in closed.reason
        assert os.strerror(errno.ECONNREFUSED) in retried.reason
        reactor.advance(50)


def test_the_events_of_a_connect_that_fails_without_a_wait(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """As libzmq has it for an ipc path that is not there."""
    network.unreachable["nowhere"] = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    push = make_socket(zmqx.PUSH)
    push.connect("mem://nowhere")
    events = push.events()
    assert [event.kind for event in events] == [Event.CLOSED, Event.CONNECT_RETRIED]
    assert all(os.strerror(errno.ENOENT) in event.reason for event in events)


def test_events_carry_the_endpoint_as_it_was_given(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    network.names["host"] = [["address"]]
    acceptor = network.await_call("address")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    network.take_call(acceptor).shake_hands("PULL", None).close()
    assert {event.endpoint for event in push.events()} == {"mem://host"}
    acceptor.close()


def test_both_sides_of_one_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pull, push = make_socket(zmqx.PULL), make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    pull.bind("mem://here")
    push.connect("mem://here")
    assert pull.kinds() == ["LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED"]
    assert push.kinds() == ["CONNECT_DELAYED", "CONNECTED", "HANDSHAKE_SUCCEEDED"]
    push.send(b"hello")
    assert pull.recv() == b"hello"
    pull.close(0)
    assert push.kinds() == ["DISCONNECTED", "CONNECT_RETRIED"]
    reactor.advance(50)
    assert push.kinds() == ["CONNECT_DELAYED", "CLOSED", "CONNECT_RETRIED"]


# -- IMMEDIATE


def test_without_immediate_messages_wait_for_the_connection(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    push = make_socket(zmqx.PUSH)
    push.connect("mem://nobody")
    assert push.send(b"waits")


def test_with_immediate_nothing_is_queued_before_the_handshake(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, immediate=1)
    push.connect("mem://here")
    assert not push.send(b"nobody there")
    peer = network.take_call(acceptor)
    peer.greet()
    assert not push.send(b"still nobody")
    peer.send(ready("PULL", None))
    assert push.send(b"now")
    assert [body for _, body in peer.take_frames()][1:] == [b"now"]
    acceptor.close()


def test_with_immediate_a_lost_connection_takes_its_queue_along(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, immediate=1, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://here")
    peer = network.take_call(acceptor).shake_hands("PULL", None)
    peer.stream.room = 4
    for number in range(5):
        assert push.send(b"%d" % number)
    peer.close()
    assert not push.send(b"nobody there")
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.shake_hands("PULL", None)
    assert push.send(b"new")
    assert peer.take_frames() == [(0, b"new")]
    acceptor.close()


def test_without_immediate_the_queue_outlives_the_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://here")
    network.take_call(acceptor).shake_hands("PULL", None).close()
    for number in range(5):
        assert push.send(b"%d" % number)
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    assert [body for _, body in peer.take_frames()][1:] == [b"%d" % number for number in range(5)]
    acceptor.close()


def test_a_message_half_written_is_lost_not_repeated(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    """The next peer must never see the rest of a frame, nor the same message twice."""
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://here")
    peer = network.take_call(acceptor).shake_hands("PULL", None)
    peer.take()
    peer.stream.room = 100
    push.send(b"x" * 1000)
    reactor.settle()
    assert len(peer.stream._incoming) == 100
    peer.stream.break_off()
    reactor.settle()
    push.send(b"whole")
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    assert peer.take_frames()[1:] == [(0, b"whole")]
    acceptor.close()


@pytest.mark.parametrize("room", [0, 100, 1009, 1100])
def test_what_the_stream_took_nothing_of_is_for_the_next_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, room: int
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://here")
    peer = network.take_call(acceptor).shake_hands("PULL", None)
    peer.take()
    peer.stream.room = room
    for number in range(5):
        push.send(b"%d" % number * 1000)  # 9 bytes more on the wire
    reactor.settle()
    peer.stream.break_off()
    reactor.settle()
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    touched = -(-room // 1009)
    assert [body[:1] for _, body in peer.take_frames()[1:]] == [b"%d" % number for number in range(touched, 5)]
    assert push.core._routing.drops == ({Drop.BROKEN: 1} if room % 1009 else {})
    acceptor.close()


def test_what_a_broken_stream_refused_is_for_the_next_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    acceptor = network.await_call("here")
    push = make_socket(zmqx.PUSH, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://here")
    network.take_call(acceptor).shake_hands("PULL", None).stream.break_off()
    for number in range(3):
        push.send(b"%d" % number)  # the first of them finds the stream broken
    reactor.settle()
    reactor.advance(50)
    peer = network.take_call(acceptor)
    peer.greet()
    peer.send(ready("PULL", None))
    assert peer.take_frames()[1:] == [(0, b"%d" % number) for number in range(3)]
    acceptor.close()


@pytest.mark.parametrize("socket_type", [zmqx.SUB, zmqx.XSUB])
def test_subscriptions_are_sent_again_to_every_new_connection(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, socket_type: int
) -> None:
    acceptor = network.await_call("news")
    sub = make_socket(socket_type, reconnect_ivl=50, reconnect_ivl_max=50)
    if socket_type == zmqx.SUB:
        sub.core.set_option(zmqx.SUBSCRIBE, b"a")
    else:
        sub.send(b"\x01a")
    sub.connect("mem://news")
    for _ in range(2):
        peer = network.take_call(acceptor)
        peer.greet()
        peer.send(ready("PUB", None))
        assert peer.take_frames()[1:] == [(4, b"\x09SUBSCRIBEa")]
        peer.send(frame(b"abc"))
        assert sub.recv() == b"abc"
        peer.close()
        reactor.advance(50)
    while acceptor.waiting:
        network.take_call(acceptor).close()
    acceptor.close()
