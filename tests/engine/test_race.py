"""The addresses of a name race each other (RFC 8305)."""

from __future__ import annotations

import errno
import os

import pytest

import zmqx
from zmqx.constants import Event, ReconnectStop

from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_stream import VirtualNetwork
from .conftest import MakeSocket

HEAD_START = 250


def test_a_silent_address_keeps_the_next_waiting_for_a_moment_only(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["mute", "good", "spare"]]
    network.silent.add("mute")
    acceptor = network.await_call("good")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    reactor.advance(HEAD_START - 1)
    assert [name for name, _ in network.dialed] == ["mute"]
    reactor.advance(1)
    network.take_call(acceptor).shake_hands("PULL", None)
    assert [name for name, _ in network.dialed] == ["mute", "good"]
    assert push.peers == 1
    acceptor.close()


def test_the_others_are_given_up_and_it_is_told(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["mute", "good", "spare"]]
    network.silent.update(["mute", "spare"])
    acceptor = network.await_call("good")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    reactor.advance(HEAD_START)
    network.take_call(acceptor)
    assert push.kinds() == ["CONNECT_DELAYED", "CONNECT_DELAYED", "CLOSED", "CONNECTED"]
    assert push.find(Event.CLOSED)[0].reason == "another address answered first"
    reactor.advance(10_000)
    assert [name for name, _ in network.dialed] == ["mute", "good"]
    acceptor.close()


def test_the_first_may_still_win(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    network.names["host"] = [["slow", "mute"]]
    network.silent.update(["slow", "mute"])
    acceptor = network.await_call("slow")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    reactor.advance(HEAD_START)
    network.silent.discard("slow")
    network.take_call(acceptor).shake_hands("PULL", None)
    assert push.peers == 1
    acceptor.close()


def test_one_that_fails_lets_the_next_go_at_once(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["refuses", "mute", "good"]]
    network.silent.add("mute")
    acceptor = network.await_call("good")
    push = make_socket(zmqx.PUSH)
    start = reactor.now() * 1000
    push.connect("mem://host")
    reactor.advance(HEAD_START)
    assert network.dialed == [("refuses", start), ("mute", start), ("good", start + HEAD_START)]
    network.take_call(acceptor).shake_hands("PULL", None)
    assert push.peers == 1
    acceptor.close()


def test_it_is_lost_when_the_last_has_failed_not_before(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    network.names["host"] = [["mute", "refuses"]]
    network.silent.add("mute")
    push = make_socket(zmqx.PUSH, connect_timeout=1000, reconnect_ivl=50, reconnect_ivl_max=50)
    push.connect("mem://host")
    reactor.advance(999)
    assert push.kinds() == ["CONNECT_DELAYED", "CONNECT_DELAYED", "CLOSED"]
    reactor.advance(1)
    assert push.kinds() == ["CLOSED", "CONNECT_RETRIED"]
    assert os.strerror(errno.ETIMEDOUT) in push.find(Event.CONNECT_RETRIED)[0].reason
    reactor.advance(50)
    assert [name for name, _ in network.dialed] == ["mute", "refuses", "mute"]


@pytest.mark.parametrize(("others", "ends"), [([], True), (["refuses-too"], True), (["mute"], False)])
def test_stop_when_refused_means_by_all(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, others: list[str], ends: bool
) -> None:
    network.names["host"] = [[*others, "refuses"]]
    network.silent.add("mute")
    push = make_socket(zmqx.PUSH, reconnect_stop=ReconnectStop.CONN_REFUSED, connect_timeout=1000)
    push.connect("mem://host")
    reactor.advance(5000)
    assert (not push.find(Event.CONNECT_RETRIED)) == ends


def test_closing_ends_all_of_them(make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor) -> None:
    network.names["host"] = [["mute", "mute", "mute"]]
    network.silent.add("mute")
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    reactor.advance(HEAD_START)
    assert reactor.open_descriptors == 2
    push.close(0)
    assert reactor.open_descriptors == 0
    reactor.advance(10_000)
    assert len(network.dialed) == 2


def test_a_thousand_addresses_nobody_can_reach(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    names = [f"no-{number}" for number in range(2000)]
    network.names["host"] = [names]
    network.unreachable.update({name: OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH)) for name in names})
    push = make_socket(zmqx.PUSH)
    push.connect("mem://host")
    assert len(network.dialed) == 2000
    assert len(push.find(Event.CONNECT_RETRIED)) == 1
