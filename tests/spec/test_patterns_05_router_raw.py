"""docs/spec/patterns.md, section 5: ROUTER_RAW, ROUTER_NOTIFY and the state of peers."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.raw_peer import RawListener, RawPeer
from .lib import Lib
from .states import states


def raw(lib: Lib, **options: Any) -> Any:
    return lib.socket(zmqx.ROUTER, router_raw=1, **options)


@states("P5.19", "O1.41")
def test_a_raw_router_is_a_stream(lib: Lib) -> None:
    router = raw(lib)
    endpoint = lib.bind(router)
    with RawPeer.connect(endpoint) as peer:
        who, empty = router.recv_multipart()
        assert (len(who), who[:1], empty) == (5, b"\0", b"")
        peer.send(b"x" * 10_000)
        sizes = []
        while sum(sizes) < 10_000:
            sizes.append(len(router.recv_multipart()[1]))
        assert max(sizes) <= 8192
        router.send_multipart([who, b"hello"])
        router.send(who, zmqx.SNDMORE)
        router.send(b" again", zmqx.SNDMORE)  # which ends the message all the same
        router.send_multipart([who, b"!"])
        assert peer.recv(12) == b"hello again!"
    assert router.recv_multipart() == [who, b""]


@states("P5.19")
def test_a_raw_router_closes_by_an_empty_frame(lib: Lib) -> None:
    router = raw(lib)
    endpoint = lib.bind(router)
    with RawPeer.connect(endpoint) as peer, RawPeer.connect(endpoint) as other:
        who = router.recv_multipart()[0]
        second = router.recv_multipart()[0]
        other.send(b"which is which")
        mine, theirs = (peer, other) if router.recv_multipart()[0] == second else (other, peer)
        router.send_multipart([who, b"last words"])
        router.send_multipart([who, b""])
        assert mine.recv(10) == b"last words"
        until(lambda: lib.attend(router) or not mine.is_left_alone(0.001))
        assert mine.ended()
        theirs.send(b"still here")
        assert router.recv_multipart() == [second, b"still here"]


@states("P5.19")
def test_a_raw_router_has_no_say_in_notifications(lib: Lib) -> None:
    router = raw(lib)
    with lib.fails(zmqx.EINVAL):
        router.setsockopt(zmqx.STREAM_NOTIFY, 0)
    with lib.fails(zmqx.EINVAL):
        router.getsockopt(zmqx.ROUTER_RAW)
    for kind in (zmqx.DEALER, zmqx.STREAM):
        with lib.fails(zmqx.EINVAL):
            lib.bare_socket(kind).setsockopt(zmqx.ROUTER_RAW, 1)


@states("P5.19")
@pytest.mark.parametrize("mandatory", [0, 1])
def test_a_raw_router_and_unknown_ids(lib: Lib, mandatory: int) -> None:
    """They are a ROUTER's: dropped, unless ROUTER_MANDATORY is set."""
    router = raw(lib, router_mandatory=mandatory)
    endpoint = lib.bind(router)
    if mandatory:
        with lib.fails(zmqx.EHOSTUNREACH):
            router.send_multipart([b"nobody", b"x"])
    else:
        router.send_multipart([b"nobody", b"x"])
    with RawPeer.connect(endpoint) as peer:
        who = router.recv_multipart()[0]
        router.send_multipart([who, b"y"])
        assert peer.recv(1) == b"y"


@states("P5.19")
def test_a_raw_router_connects_and_comes_back(lib: Lib) -> None:
    router = raw(lib, connect_routing_id=b"server", reconnect_ivl=1)
    with RawListener() as listener:
        router.connect(listener.endpoint)
        router.send_multipart([b"server", b"early"])
        with listener.accept() as peer:
            assert peer.recv(5) == b"early"
            assert router.recv_multipart() == [b"server", b""]
        assert router.recv_multipart() == [b"server", b""]
        with listener.accept() as peer:
            assert router.recv_multipart() == [b"server", b""]
            peer.send(b"x")
            assert router.recv_multipart() == [b"server", b"x"]


@states("P5.20", "O1.97")
@pytest.mark.parametrize("bits", [0, 1, 2, 3])
def test_a_router_is_told_of_its_peers(ours: Lib, bits: int) -> None:
    router = ours.socket(zmqx.ROUTER, router_notify=bits)
    endpoint = ours.bind(router)
    assert router.router_notify == bits
    for name in (b"one", b"two"):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("DEALER", name)
            if bits & zmqx.NOTIFY_CONNECT:
                assert router.recv_multipart() == [name, b""]
            peer.send(b"\0\x01x\x01\x01un")  # a message, and the beginning of another
            assert router.recv_multipart() == [name, b"x"]
        if bits & zmqx.NOTIFY_DISCONNECT:
            assert router.recv_multipart() == [name, b""]
    with ours.fails(zmqx.EINVAL):
        router.setsockopt(zmqx.ROUTER_NOTIFY, 4)
    with ours.fails(zmqx.EINVAL):  # to a REP it would be no request: libzmq takes the option, and drops the message
        ours.socket(zmqx.REP).setsockopt(zmqx.ROUTER_NOTIFY, 1)


@states("P5.20")
def test_a_router_that_connects_is_told_at_each_connection(ours: Lib) -> None:
    router = ours.socket(zmqx.ROUTER, router_notify=3, reconnect_ivl=1)
    with RawListener() as listener:
        router.connect(listener.endpoint)
        for _ in range(3):
            with listener.accept() as peer:
                peer.shake_hands("DEALER", b"server")
                assert router.recv_multipart() == [b"server", b""]
            assert router.recv_multipart() == [b"server", b""]


@states("P5.20")
def test_what_never_was_a_peer_is_no_event(ours: Lib) -> None:
    """Neither who breaks off the handshake, nor who is not let in under a name that another has."""
    router = ours.socket(zmqx.ROUTER, router_notify=3)
    endpoint = ours.bind(router)
    with RawPeer.connect(endpoint) as peer:
        peer.greet()
    with RawPeer.connect(endpoint) as owner:
        owner.shake_hands("DEALER", b"name")
        assert router.recv_multipart() == [b"name", b""]
        with RawPeer.connect(endpoint) as second:
            second.shake_hands("DEALER", b"name")
            assert second.ended()
        owner.send(b"\0\x01x")
        assert router.recv_multipart() == [b"name", b"x"]
    assert router.recv_multipart() == [b"name", b""]
    assert ours.silent(router)


@states("P5.21")
def test_the_state_of_a_peer(ours: Lib) -> None:
    router = ours.socket(zmqx.ROUTER, sndhwm=1)
    with RawListener() as listener:
        router.setsockopt(zmqx.CONNECT_ROUTING_ID, b"server")
        router.connect(listener.endpoint)
        assert router.get_peer_state(b"server") == zmqx.POLLOUT
        router.send_multipart([b"server", b"x"])
        assert router.get_peer_state(b"server") == 0
        with listener.accept() as peer:
            peer.shake_hands("DEALER", b"")
            assert peer.recv_message() == [b"x"]
            until(lambda: router.get_peer_state(b"server") == zmqx.POLLOUT)
    with ours.fails(zmqx.EHOSTUNREACH):
        router.get_peer_state(b"nobody")
    for kind in sorted(set(zmqx.SocketType) - {zmqx.ROUTER}):
        with ours.fails(zmqx.ENOTSUP):
            ours.bare_socket(kind).get_peer_state(b"x")
    with pytest.raises(TypeError):
        router.get_peer_state("server")
    router.close()
    with ours.fails(zmqx.ENOTSOCK):
        router.get_peer_state(b"server")
