"""docs/spec/errors.md, section 2: calls that not every socket, or not every build, has."""

from __future__ import annotations

import errno
from typing import Any

import pytest
import zmq

import zmqx

from .lib import Lib
from .states import row, states

EVERY = [zmqx.REQ, zmqx.REP, zmqx.DEALER, zmqx.ROUTER, zmqx.PUB, zmqx.SUB, zmqx.XPUB, zmqx.XSUB, zmqx.PUSH, zmqx.PULL]


@pytest.mark.parametrize(
    ("kind", "call", "number"),
    [
        row("R2.9", zmqx.DISH, "send", zmqx.ENOTSUP, name="DISH-sends"),
        row("R2.9", zmqx.GATHER, "send", zmqx.ENOTSUP, name="GATHER-sends"),
        row("R2.10", zmqx.RADIO, "recv", zmqx.ENOTSUP, name="RADIO-receives"),
        row("R2.10", zmqx.SCATTER, "recv", zmqx.ENOTSUP, name="SCATTER-receives"),
    ],
)
def test_a_type_that_goes_one_way(lib: Lib, kind: int, call: str, number: int) -> None:
    socket = lib.socket(kind)
    with lib.fails(number):
        getattr(socket, call)(*([b"x"] if call == "send" else []), zmqx.DONTWAIT)


@states("R2.9")
@pytest.mark.parametrize("kind", [zmqx.CLIENT, zmqx.SERVER, zmqx.SCATTER, zmqx.RADIO, zmqx.PEER, zmqx.CHANNEL])
def test_a_type_of_single_frames(lib: Lib, kind: int) -> None:
    socket = lib.socket(kind)
    with lib.fails(zmqx.EINVAL):
        socket.send(b"x", zmqx.SNDMORE | zmqx.DONTWAIT)


@states("R2.9")
@pytest.mark.parametrize("kind", [zmqx.SERVER, zmqx.PEER])
def test_a_type_that_needs_to_know_where(ours: Lib, kind: int) -> None:
    socket = ours.socket(kind)
    with ours.fails(zmqx.EHOSTUNREACH):
        socket.send(b"x", routing_id=4711)


@states("R2.12")
def test_groups(ours: Lib) -> None:
    dish = ours.socket(zmqx.DISH)
    dish.join("group")
    for wrong in (lambda: dish.join("group"), lambda: dish.leave("other"), lambda: dish.join("x" * 256)):
        with ours.fails(zmqx.EINVAL):
            wrong()
    dish.join("x" * 255)
    dish.leave("group")
    with ours.fails(zmqx.EINVAL):
        dish.leave("group")


@states("R2.12")
@pytest.mark.parametrize("kind", [*EVERY, zmqx.RADIO])
def test_groups_are_for_a_dish(ours: Lib, kind: int) -> None:
    socket = ours.socket(kind)
    for call in (socket.join, socket.leave):
        with ours.fails(zmqx.ENOTSUP):
            call("group")


@states("R2.13")
def test_connecting_to_a_peer_by_number(ours: Lib) -> None:
    """C has 0 for a failure; here it is raised."""
    peer = ours.socket(zmqx.PEER)
    assert peer.connect_peer("tcp://127.0.0.1:1") > 0
    with ours.fails(zmqx.EPROTONOSUPPORT):
        peer.connect_peer("foo://bar")
    with ours.fails(zmqx.EINVAL):
        peer.connect_peer("nothing")
    peer.setsockopt(zmqx.IMMEDIATE, 1)
    with ours.fails(errno.EFAULT):
        peer.connect_peer("tcp://127.0.0.1:1")


@states("R2.13")
@pytest.mark.parametrize("kind", EVERY)
def test_connecting_by_number_is_for_a_peer(ours: Lib, kind: int) -> None:
    with ours.fails(zmqx.ENOTSUP):
        ours.socket(kind).connect_peer("tcp://127.0.0.1:1")


# -- monitors


@pytest.mark.parametrize(
    ("endpoint", "events", "number"),
    [
        row("R2.14", "nothing", 1, zmqx.EINVAL, name="no-endpoint"),
        row("R2.14", "inproc://m", 0x10000, zmqx.EINVAL, name="events-of-version-2"),
        row("R2.14", "tcp://127.0.0.1:5555", 1, zmqx.EPROTONOSUPPORT, name="tcp"),
        row("R2.14", "inproc://taken", 1, zmqx.EADDRINUSE, name="taken"),
    ],
)
def test_monitors(lib: Lib, endpoint: str, events: int, number: int) -> None:
    taken, socket = lib.bare_socket(zmqx.PAIR), lib.bare_socket(zmqx.PAIR)
    taken.bind("inproc://taken")
    with lib.fails(number):
        socket.monitor(endpoint, events)


@states("R2.14")
@pytest.mark.parametrize("kind", [zmqx.SUB, zmqx.PULL, zmqx.ROUTER])
def test_a_monitor_of_another_type(ours: Lib, kind: int) -> None:
    with ours.fails(zmqx.EINVAL):
        ours.socket(zmqx.PAIR).monitor_versioned("inproc://m", type=kind)


@states("R2.15")
def test_what_pipes_hold(ours: Lib) -> None:
    socket: Any = ours.bare_socket(zmqx.PUSH)
    with ours.fails(zmqx.EINVAL):
        socket.monitor_pipes_stats()
    socket.monitor_versioned("inproc://m", 0xFFFF)
    with ours.fails(zmqx.EINVAL):
        socket.monitor_pipes_stats()
    socket.monitor_versioned("inproc://m", 0x10000)
    with ours.fails(zmqx.EAGAIN):
        socket.monitor_pipes_stats()
    socket.connect("inproc://elsewhere")
    socket.monitor_pipes_stats()


# -- capabilities


@states("R2.25")
@pytest.mark.parametrize("word", ["ipc", "pgm", "norm", "gssapi", "vmci", "nothing"])
def test_what_both_have_or_lack(lib: Lib, word: str) -> None:
    assert lib.zmq.has(word) is (word == "ipc")


@states("R2.25")
@pytest.mark.parametrize("word", ["tipc", "curve", "draft", "ws", "wss"])
def test_what_depends_on_the_build(lib: Lib, word: str) -> None:
    """A bool either way; ours says of drafts that they are there, and of tipc that it is not."""
    said = lib.zmq.has(word)
    assert type(said) is bool
    assert zmqx.has("draft")
    assert not zmqx.has("tipc")
    assert not zmq.has("draft")
