"""docs/spec/options.md, section 1: what options do to sockets and connections that no other file looks at."""

from __future__ import annotations

import select
import socket as plain
from time import monotonic

import pytest

import zmqx

from ..support.callers import Caller
from ..support.raw_peer import RawListener, RawPeer, frame, ready
from .lib import Lib
from .states import states
from .test_patterns_01_pipes import taken
from .test_patterns_02_req import message
from .test_patterns_03_rep import asking
from .watching import watch

COMMAND = 4
AFFINITY = 4


@states("O1.4")
@pytest.mark.parametrize("call", ["bind", "connect"])
def test_a_thread_that_is_not_there(lib: Lib, call: str) -> None:
    socket = lib.bare_socket(zmqx.PULL, linger=0)
    socket.setsockopt(AFFINITY, 2)  # the second of one
    with lib.fails(zmqx.EMTHREAD):
        getattr(socket, call)("tcp://127.0.0.1:5555")
    for threads in (1, 3, 0):
        socket.setsockopt(AFFINITY, threads)
        socket.bind("tcp://127.0.0.1:*")


@states("O1.5")
def test_a_name_is_for_endpoints_to_come(lib: Lib) -> None:
    dealer, routers = lib.socket(zmqx.DEALER), [lib.socket(zmqx.ROUTER) for _ in range(2)]
    for name, router in zip((b"one", b"two"), routers):
        dealer.setsockopt(zmqx.ROUTING_ID, name)
        dealer.connect(lib.bind(router))
    dealer.setsockopt(zmqx.ROUTING_ID, b"three")
    for _ in range(2):
        dealer.send(b"x")
    assert [router.recv_multipart()[0] for router in routers] == [b"one", b"two"]


@states("O1.13")
def test_whether_there_is_more(lib: Lib) -> None:
    pull, push = lib.pair(zmqx.PULL, zmqx.PUSH)
    assert pull.getsockopt(zmqx.RCVMORE) == 0
    push.send_multipart([b"a", b"b", b"c"])
    push.send(b"d")
    assert [(pull.recv(), pull.getsockopt(zmqx.RCVMORE)) for _ in range(4)] == [
        (b"a", 1),
        (b"b", 1),
        (b"c", 0),
        (b"d", 0),
    ]


@states("O1.15")
def test_what_a_socket_is_ready_for(lib: Lib) -> None:
    left, right = lib.socket(zmqx.PAIR, sndhwm=1, rcvhwm=1), lib.socket(zmqx.PAIR, sndhwm=1, rcvhwm=1)
    assert left.getsockopt(zmqx.EVENTS) == 0
    lib.join(left, right, transport="inproc")
    assert left.getsockopt(zmqx.EVENTS) == zmqx.POLLOUT
    right.send(b"x")
    assert left.getsockopt(zmqx.EVENTS) == zmqx.POLLIN | zmqx.POLLOUT
    assert taken(lib, left) == 2
    assert left.getsockopt(zmqx.EVENTS) == zmqx.POLLIN
    left.recv()
    assert left.getsockopt(zmqx.EVENTS) == 0


@states("O1.16")
@pytest.mark.parametrize("kind", [*range(12), *range(12, 21)])
def test_of_what_type_it_is(lib: Lib, kind: int) -> None:
    assert lib.bare_socket(kind).getsockopt(zmqx.TYPE) == kind


@states("O1.22")
def test_a_frame_that_is_too_long(lib: Lib) -> None:
    with asking(lib, zmqx.PULL, "PUSH", maxmsgsize=100) as (pull, peer):
        longest = b"x" * 100
        peer.send(message(longest, longest, longest))
        assert pull.recv_multipart() == [longest] * 3
        peer.send(frame(longest + b"x"))
        assert peer.ended()
        assert lib.silent(pull)


@states("O1.22")
def test_the_longest_frame_and_the_handshake(lib: Lib) -> None:
    """libzmq counts the handshake, too: with a small limit nobody comes in."""
    pull = lib.socket(zmqx.PULL, maxmsgsize=10)
    with RawPeer.connect(lib.bind(pull)) as peer:
        peer.greet()
        peer.send(ready("PUSH"))
        if lib.differs(ours=True, libzmq=False, see="0010"):
            peer.send(frame(b"x" * 10))
            assert pull.recv() == b"x" * 10
        else:
            assert peer.ended()


@states("O1.23")
def test_the_mark_of_what_is_sent_can_be_moved(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH, sndhwm=3)
    push.connect(lib.endpoint("ipc"))
    push.send(b"x")
    push.setsockopt(zmqx.SNDHWM, 5)
    assert taken(lib, push, most=2) == 2
    push.setsockopt(zmqx.SNDHWM, 4)
    assert taken(lib, push) == 1


@states("O1.24")
def test_the_mark_of_what_is_received_can_be_moved(lib: Lib) -> None:
    pull, push = lib.socket(zmqx.PULL, rcvhwm=4), lib.socket(zmqx.PUSH, sndhwm=3)
    lib.join(pull, push, transport="inproc")
    push.send(b"x")
    pull.setsockopt(zmqx.RCVHWM, 6)
    lib.attend(push)
    before, now = 3 + 4 - 1, 3 + 6 - 1
    # libzmq puts the new mark in the place of the sender's, beside the old one.
    assert taken(lib, push) in ([now] if lib.ours else range(before + 1, 20))


@states("O1.27", "O1.28")
@pytest.mark.parametrize("sends", [False, True])
def test_how_long_a_call_waits(lib: Lib, sends: bool) -> None:
    socket = lib.bare_socket(zmqx.DEALER, lib.context(), linger=0)
    option = zmqx.SNDTIMEO if sends else zmqx.RCVTIMEO
    call, arguments = (socket.send, [b"x"]) if sends else (socket.recv, [])
    for ms in (0, 60):
        socket.setsockopt(option, ms)
        start = monotonic()
        with lib.fails(zmqx.EAGAIN):
            call(*arguments)
        assert ms <= (monotonic() - start) * 1000 + 5 < 5000
    socket.setsockopt(option, -1)
    waiting = Caller(call, *arguments)
    assert waiting.lasts(0.15)
    term = Caller(socket.context.term)
    with lib.fails(zmqx.ETERM):
        waiting.result()
    socket.close()
    term.result()


@states("O1.66")
@pytest.mark.parametrize("interval", [80, 0])
def test_how_long_a_handshake_may_take(lib: Lib, interval: int) -> None:
    pull = lib.socket(zmqx.PULL, handshake_ivl=interval)
    with RawPeer.connect(lib.bind(pull)) as peer:
        peer.recv(10)
        if interval:
            assert peer.ended()
        else:
            assert peer.is_left_alone(0.3)


@states("O1.75", "O1.76")
@pytest.mark.parametrize(("ttl", "said"), [(0, 0), (700, 7), (199, 1)])
def test_signs_of_life_are_asked_for(lib: Lib, ttl: int, said: int) -> None:
    options = {"heartbeat_ivl": 30, "heartbeat_ttl": ttl, "heartbeat_timeout": 10_000}
    with asking(lib, zmqx.PULL, "PUSH", **options) as (pull, peer):
        for _ in range(2):
            flags, body = peer.recv_frame()
            assert flags == COMMAND
            assert body[:7] == b"\x04PING" + said.to_bytes(2, "big")
        peer.send(frame(b"\x04PONG", COMMAND) + message(b"x"))
        assert pull.recv() == b"x"


@states("O1.75")
def test_signs_of_life_are_not_asked_for(lib: Lib) -> None:
    with asking(lib, zmqx.PULL, "PUSH") as (_, peer):
        assert peer.is_left_alone(0.2)


@states("O1.76")
def test_a_ttl_is_how_long_the_other_side_waits(lib: Lib) -> None:
    """It was told in a PING, and nothing follows."""
    with asking(lib, zmqx.PULL, "PUSH") as (pull, peer):
        peer.send(frame(b"\x04PING" + (2).to_bytes(2, "big") + b"ctx", COMMAND))
        assert peer.recv_frame() == (COMMAND, b"\x04PONGctx")
        start = monotonic()
        assert peer.ended()
        assert 0.1 < monotonic() - start < 5
    lib.await_loss(pull)


@states("O1.77")
@pytest.mark.parametrize("options", [{"heartbeat_ivl": 40, "heartbeat_timeout": 150}, {"heartbeat_ivl": 150}])
def test_who_gives_no_sign_of_life_is_left(lib: Lib, options: dict[str, int]) -> None:
    with asking(lib, zmqx.PULL, "PUSH", **options) as (pull, peer):
        peer.recv_frame()
        start = monotonic()
        assert peer.ended()
        assert 0.1 < monotonic() - start < 5
    lib.await_loss(pull)


@states("O1.79")
def test_how_long_a_connect_may_take(lib: Lib) -> None:
    """To a listener that has its queue full, and so lets the next one wait."""
    with plain.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [plain.socket() for _ in range(3)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(full.getsockname())
            assert select.select([], fillers, [], 5)[1]
            push, told = watch(lib, zmqx.PUSH, connect_timeout=100, reconnect_ivl=10)
            start = monotonic()
            push.connect(f"tcp://127.0.0.1:{full.getsockname()[1]}")
            assert told.kinds(3) == ["CONNECT_DELAYED", "CLOSED", "CONNECT_RETRIED"]
            assert 0.09 < monotonic() - start < 5
        finally:
            for filler in fillers:
                filler.close()


@states("O1.95")
@pytest.mark.parametrize("binds", [True, False])
def test_what_is_told_of_oneself(lib: Lib, binds: bool) -> None:
    """Of two values of one name the first counts."""
    socket = lib.socket(zmqx.DEALER)
    for said in (b"X-one:first", b"X-two:a:b", b"X-one:second"):
        socket.setsockopt(95, said)
    with RawListener() as listener:
        if not binds:
            socket.connect(listener.endpoint)
        with RawPeer.connect(lib.bind(socket)) if binds else listener.accept() as peer:
            told = peer.shake_hands("DEALER")
    assert b"\x05X-one\0\0\0\x05first" in told
    assert b"\x05X-two\0\0\0\x03a:b" in told
    assert b"second" not in told
