"""docs/spec/endpoints.md, section 3: inproc."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import Caller
from .lib import Lib
from .states import states
from .test_patterns_01_pipes import taken


def met(left: Any, right: Any) -> bool:
    """Whether two sockets of PAIR are tied to each other."""
    if not left.poll(0, zmqx.POLLOUT):
        return False
    left.send(b"met?", zmqx.DONTWAIT)
    return bool(right.poll(100)) and right.recv() == b"met?"


NAMES = ["a", "x" * 5000, "with blanks", "a:b/c?d#e", "*", "ü", "://"]


@states("E3.1", "E3.4")
@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:8])
def test_any_name_will_do(lib: Lib, name: str) -> None:
    left, right = lib.bare_socket(zmqx.PAIR), lib.bare_socket(zmqx.PAIR)
    left.bind(f"inproc://{name}")
    right.connect(f"inproc://{name}")
    assert met(left, right)
    # What pyzmq gives of a long one is cut off by its buffer.
    if len(name) < 200:
        for socket in (left, right):
            assert lib.last_endpoint(socket) == f"inproc://{name}"


@states("E3.1")
@pytest.mark.parametrize("call", ["bind", "connect"])
def test_no_name_will_not(lib: Lib, call: str) -> None:
    with lib.fails(zmqx.EINVAL):
        getattr(lib.socket(zmqx.PAIR), call)("inproc://")


@states("E3.2")
def test_a_name_belongs_to_a_context(lib: Lib) -> None:
    here, there = lib.context(), lib.context()
    binders = [lib.socket(zmqx.PAIR, context) for context in (here, there)]
    for binder in binders:
        binder.bind("inproc://name")
    connector = lib.socket(zmqx.PAIR, there)
    connector.connect("inproc://name")
    assert not met(binders[0], connector)
    assert met(binders[1], connector)


@states("E3.3")
@pytest.mark.parametrize("other", ["Name", "name/", "nam", "name ", "names"])
def test_every_letter_counts(lib: Lib, other: str) -> None:
    left, right, third = (lib.socket(zmqx.PAIR) for _ in range(3))
    left.bind("inproc://name")
    right.connect(f"inproc://{other}")
    assert not met(left, right)
    third.bind(f"inproc://{other}")
    assert met(third, right)


@states("E3.5")
def test_a_name_is_bound_once(lib: Lib) -> None:
    left, right = lib.socket(zmqx.PAIR), lib.socket(zmqx.PAIR)
    left.bind("inproc://name")
    for socket in (left, right):
        with lib.fails(zmqx.EADDRINUSE):
            socket.bind("inproc://name")
    left.unbind("inproc://name")
    right.bind("inproc://name")


@states("E3.6", "E3.7")
def test_connecting_may_come_first(lib: Lib) -> None:
    """Messages wait as far as the mark of who sends them allows; then both marks count."""
    push, pull = lib.socket(zmqx.PUSH, sndhwm=3), lib.socket(zmqx.PULL, rcvhwm=4)
    push.connect("inproc://name")
    assert taken(lib, push) == 3
    pull.bind("inproc://name")
    lib.attend(push)
    assert taken(lib, push) == 4
    assert [pull.recv() for _ in range(7)] == [b"0", b"1", b"2", b"0", b"1", b"2", b"3"]


@states("E3.8", "R3.10")
def test_nobody_waits_for_a_name_that_nobody_binds(lib: Lib) -> None:
    context = lib.context()
    push = lib.bare_socket(zmqx.PUSH, context, linger=-1)
    push.connect("inproc://name")
    push.send(b"x", zmqx.DONTWAIT)
    push.close()
    Caller(context.term).result()
    assert context.closed


@states("E3.9", "E3.10")
def test_nobody_is_asked_who_he_is(lib: Lib) -> None:
    """A server with passwords and somebody without one; whoever judges over passwords is not asked."""
    judge = lib.socket(zmqx.REP)
    judge.bind("inproc://zeromq.zap.01")
    server, client = lib.socket(zmqx.PAIR, handshake_ivl=1), lib.socket(zmqx.PAIR)
    server.setsockopt(zmqx.PLAIN_SERVER, 1)
    server.setsockopt(zmqx.ZAP_DOMAIN, b"domain")
    server.bind("inproc://name")
    client.connect("inproc://name")
    assert met(server, client)
    assert not judge.poll(0)


@states("E3.11")
def test_nothing_is_told_of_it(lib: Lib) -> None:
    left, right = lib.bare_socket(zmqx.PAIR), lib.bare_socket(zmqx.PAIR)
    monitors = [socket.get_monitor_socket(0xFFFF, f"inproc://m{who}") for who, socket in enumerate((left, right))]
    try:
        left.bind("inproc://name")
        right.connect("inproc://name")
        assert met(left, right)
        right.disconnect("inproc://name")
        left.unbind("inproc://name")
        for monitor in monitors:
            assert not monitor.poll(20)
    finally:
        for socket, monitor in zip((left, right), monitors):
            socket.disable_monitor()
            monitor.close(0)


@states("E3.12")
def test_nobody_has_to_give_signs_of_life(lib: Lib) -> None:
    options = {"heartbeat_ivl": 1, "heartbeat_timeout": 1, "heartbeat_ttl": 100}
    left, right = lib.socket(zmqx.PAIR, **options), lib.socket(zmqx.PAIR, **options)
    left.bind("inproc://name")
    right.connect("inproc://name")
    assert not right.poll(50)  # many times as long as they would bear
    assert met(left, right)


@states("E3.12", "E3.15")
def test_who_is_gone_does_not_come_back(lib: Lib) -> None:
    left, right, again = (lib.socket(zmqx.PAIR, reconnect_ivl=1) for _ in range(3))
    left.bind("inproc://name")
    right.connect("inproc://name")
    assert met(left, right)
    lib.close(left)
    lib.attend(right)
    lib.bind_again(again, "inproc://name")
    assert not met(again, right)
    with lib.fails(zmqx.EAGAIN):
        right.send(b"x", zmqx.DONTWAIT)


@states("E3.13")
def test_types_that_do_not_talk_to_each_other(lib: Lib) -> None:
    """libzmq ties them together all the same."""
    one, other = lib.socket(zmqx.PUSH), lib.socket(zmqx.PUSH)
    one.bind("inproc://name")
    other.connect("inproc://name")
    assert taken(lib, one, most=1) == lib.differs(ours=0, libzmq=1, see="0010")


@states("E3.14")
@pytest.mark.parametrize("router_binds", [True, False])
def test_names_are_told(lib: Lib, router_binds: bool) -> None:
    router, dealer = lib.socket(zmqx.ROUTER), lib.socket(zmqx.DEALER, routing_id=b"D")
    binder, connector = (router, dealer) if router_binds else (dealer, router)
    binder.bind("inproc://name")
    connector.connect("inproc://name")
    dealer.send(b"x")
    assert router.recv_multipart() == [b"D", b"x"]


@states("E3.14")
@pytest.mark.parametrize("router_binds", [True, False])
def test_hellos_and_goodbyes_are_told(ours: Lib, router_binds: bool) -> None:
    """A goodbye is for who was connected to."""
    router = ours.socket(zmqx.ROUTER, hello_msg=b"hello", disconnect_msg=b"gone")
    dealer = ours.socket(zmqx.DEALER, routing_id=b"D", hello_msg=b"hi")
    binder, connector = (router, dealer) if router_binds else (dealer, router)
    binder.bind("inproc://name")
    connector.connect("inproc://name")
    assert dealer.recv() == b"hello"
    assert router.recv_multipart() == [b"D", b"hi"]
    dealer.close()
    if router_binds:
        assert router.recv_multipart() == [b"D", b"gone"]
    else:
        assert ours.silent(router)


@states("E3.16")
@pytest.mark.parametrize("push_binds", [True, False])
@pytest.mark.parametrize(("sndhwm", "rcvhwm", "both"), [(3, 4, 7), (1, 1, 2), (0, 4, 3000), (3, 0, 3000)])
def test_both_marks_count(lib: Lib, sndhwm: int, rcvhwm: int, both: int, push_binds: bool) -> None:
    push, pull = lib.socket(zmqx.PUSH, sndhwm=sndhwm), lib.socket(zmqx.PULL, rcvhwm=rcvhwm)
    binder, connector = (push, pull) if push_binds else (pull, push)
    lib.join(binder, connector, transport="inproc")
    assert taken(lib, push, most=3000) == both


@states("E3.17")
@pytest.mark.parametrize("by_connector", [True, False])
@pytest.mark.parametrize("push_binds", [True, False])
def test_the_connecting_side_says_whether_to_conflate(lib: Lib, by_connector: bool, push_binds: bool) -> None:
    push, pull = lib.socket(zmqx.PUSH), lib.socket(zmqx.PULL)
    binder, connector = (push, pull) if push_binds else (pull, push)
    (connector if by_connector else binder).setsockopt(zmqx.CONFLATE, 1)
    lib.join(binder, connector, transport="inproc")
    for number in range(5):
        push.send(b"%d" % number)
    assert pull.recv() == (b"4" if by_connector else b"0")


@states("E3.18")
def test_leaving_where_one_is_not(lib: Lib) -> None:
    left, right = lib.socket(zmqx.PAIR), lib.socket(zmqx.PAIR)
    left.bind("inproc://name")
    with lib.fails(zmqx.ENOENT):
        right.disconnect("inproc://name")
    right.connect("inproc://name")
    right.disconnect("inproc://name")
    with lib.fails(zmqx.ENOENT):
        right.disconnect("inproc://name")


@states("E3.19")
def test_no_thread_is_needed(lib: Lib) -> None:
    context = lib.context(io_threads=0)
    left, right = lib.bare_socket(zmqx.PAIR, context), lib.bare_socket(zmqx.PAIR, context)
    left.bind("inproc://name")
    right.connect("inproc://name")
    assert met(left, right)


@states("E3.9")
def test_there_is_no_handshake(lib: Lib) -> None:
    """Nothing has to pass between the two before messages do: not even a moment."""
    context = lib.context(io_threads=0)
    pull, push = (lib.bare_socket(kind, context, handshake_ivl=1) for kind in (zmqx.PULL, zmqx.PUSH))
    pull.bind("inproc://at-once")
    push.connect("inproc://at-once")
    push.send(b"x", zmqx.DONTWAIT)
    assert pull.recv(zmqx.DONTWAIT) == b"x"
