"""docs/spec/patterns.md, section 5: ROUTER."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import Caller, until
from ..support.raw_peer import RawListener, RawPeer, frame
from . import apart
from .lib import Lib
from .states import states
from .test_patterns_02_req import message
from .test_patterns_03_rep import asking


@states("P5.1", "P5.10")
def test_a_peer_is_called_as_it_calls_itself(lib: Lib) -> None:
    router = lib.socket(zmqx.ROUTER)
    endpoint = lib.bind(router)
    for name in (b"me", b"\x00zero", b"x" * 255):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("DEALER", name)
            peer.send(message(b"hello", b"world"))
            assert router.recv() == name
            assert router.getsockopt(zmqx.RCVMORE)
            assert router.recv_multipart() == [b"hello", b"world"]


@states("P5.2", "P5.3")
@pytest.mark.parametrize("identity", [None, b""], ids=["none", "empty"])
def test_others_are_called_by_numbers(lib: Lib, identity: bytes | None) -> None:
    firsts = set()
    for _ in range(2):
        router = lib.socket(zmqx.ROUTER)
        endpoint = lib.bind(router)
        names = []
        for _peer in range(3):
            with RawPeer.connect(endpoint) as peer:
                peer.shake_hands("DEALER", identity)
                peer.send(message(b"x"))
                names.append(router.recv_multipart()[0])
        assert [(len(name), name[:1]) for name in names] == [(5, b"\0")] * 3
        numbers = [int.from_bytes(name[1:], "big") for name in names]
        assert [(number - numbers[0]) % 2**32 for number in numbers] == [0, 1, 2]
        firsts.add(numbers[0])
    assert len(firsts) == 2


@states("P5.4", "O1.61")
def test_who_is_connected_to_can_be_named_beforehand(lib: Lib) -> None:
    """The name counts at once, for one connection, and above the one that the peer gives itself."""
    router = lib.socket(zmqx.ROUTER, router_mandatory=1, connect_routing_id=b"server", reconnect_ivl=10)
    with RawListener() as listener, RawListener() as other:
        router.connect(listener.endpoint)
        router.send_multipart([b"server", b"early"])
        router.connect(other.endpoint)  # the name is used up
        with listener.accept() as peer, other.accept() as second:
            peer.shake_hands("DEALER", b"its own")
            second.shake_hands("DEALER", b"second")
            assert peer.recv_message() == [b"early"]
            lib.await_peers(router, 2)
            peer.send(message(b"x"))
            assert router.recv_multipart() == [b"server", b"x"]
            with lib.fails(zmqx.EHOSTUNREACH):
                router.send_multipart([b"its own", b"x"])
            second.send(message(b"y"))
            assert router.recv_multipart() == [b"second", b"y"]


@states("P5.5")
def test_who_is_connected_to_is_unknown_before_the_handshake(lib: Lib) -> None:
    router = lib.socket(zmqx.ROUTER, router_mandatory=1)
    with RawListener() as listener:
        router.connect(listener.endpoint)
        with listener.accept() as peer:
            with lib.fails(zmqx.EHOSTUNREACH):
                router.send_multipart([b"server", b"early"], zmqx.DONTWAIT)
            router.setsockopt(zmqx.ROUTER_MANDATORY, 0)
            router.send_multipart([b"server", b"dropped"])
            peer.shake_hands("DEALER", b"server")
            lib.await_peers(router)
            router.send_multipart([b"server", b"in time"])
            assert peer.recv_message() == [b"in time"]


def name_twice(lib: Any) -> str:
    """Connect two peers under one name."""
    router = lib.socket(zmqx.ROUTER)
    for _ in range(2):
        router.setsockopt(zmqx.CONNECT_ROUTING_ID, b"same")
        try:
            router.connect("tcp://127.0.0.1:9")
        except lib.zmq.ZMQError as error:
            return f"errno {error.errno}"
    return "nothing"


@states("P5.6")
def test_one_name_for_two_is_an_error(ours: Lib) -> None:
    assert name_twice(ours) == f"errno {zmqx.EINVAL}"


@states("P5.6")
def test_one_name_for_two_kills_libzmq() -> None:
    assert apart.run(name_twice, ours=False).signal == 6  # SIGABRT


@states("P5.7")
def test_a_second_peer_of_one_name_is_not_heard(lib: Lib) -> None:
    """libzmq leaves its connection open for ever; zmqx closes it."""
    router = lib.socket(zmqx.ROUTER)
    endpoint = lib.bind(router)
    with RawPeer.connect(endpoint) as second:
        with RawPeer.connect(endpoint) as first:
            first.shake_hands("DEALER", b"name")
            lib.await_peers(router)
            second.shake_hands("DEALER", b"name")
            if lib.ours:
                assert second.ended()
            else:
                lib.await_peers(router, 2)
                second.send(message(b"from the second"))
            first.send(message(b"from the first"))
            assert router.recv_multipart() == [b"name", b"from the first"]
            router.send_multipart([b"name", b"to the first"])
            assert first.recv_message() == [b"to the first"]
        if lib.ours:
            return
        lib.await_loss(router, 1)
        router.send_multipart([b"name", b"to nobody"])
        assert second.is_left_alone()
        assert lib.silent(router)


@states("P5.8", "P5.9", "O1.56")
def test_a_second_peer_of_one_name_can_take_it_over(lib: Lib) -> None:
    router = lib.socket(zmqx.ROUTER, router_handover=1)
    endpoint = lib.bind(router)
    with RawPeer.connect(endpoint) as first, RawPeer.connect(endpoint) as second:
        first.shake_hands("DEALER", b"name")
        first.send(message(b"from the first"))
        assert router.recv_multipart() == [b"name", b"from the first"]
        second.shake_hands("DEALER", b"name")
        second.send(message(b"from the second"))
        assert router.recv_multipart() == [b"name", b"from the second"]
        if lib.ours:
            assert first.ended()
        else:
            first.send(message(b"from a zombie"))
        router.send_multipart([b"name", b"to the second"])
        assert second.recv_message() == [b"to the second"]
        assert lib.ours or first.is_left_alone()
        second.send(message(b"the last"))
        assert router.recv_multipart() == [b"name", b"the last"]


@states("P5.9")
def test_what_was_unread_of_who_lost_its_name(lib: Lib) -> None:
    router = lib.socket(zmqx.ROUTER, router_handover=1)
    endpoint = lib.bind(router)
    with RawPeer.connect(endpoint) as first, RawPeer.connect(endpoint) as second:
        first.shake_hands("DEALER", b"name")
        lib.await_peers(router)
        first.send(message(b"one") + message(b"two") + message(b"three"))
        assert router.recv_multipart() == [b"name", b"one"]
        second.shake_hands("DEALER", b"name")
        if lib.ours:
            assert first.ended()
        else:
            lib.await_peers(router, 2)
        second.send(message(b"from the second"))
        got = [router.recv_multipart()]
        while router.poll(100):
            got.append(router.recv_multipart())
        assert got[-1] == [b"name", b"from the second"]
        # libzmq may have taken one in advance, to see whether it is readable.
        assert got[:-1] in ([[]] if lib.ours else [[], [[b"name", b"two"]]])


@states("P5.11")
def test_the_name_is_taken_off_what_is_sent(lib: Lib) -> None:
    with asking(lib, zmqx.ROUTER) as (router, peer):
        peer.send(message(b"x"))
        name = router.recv_multipart()[0]
        router.send_multipart([name, b"hello", b"", b"world"])
        expected = message(b"hello", b"", b"world")
        assert peer.recv(len(expected)) == expected


@states("P5.12")
@pytest.mark.parametrize("mandatory", [0, 1])
def test_a_name_alone_is_no_message(lib: Lib, mandatory: int) -> None:
    with asking(lib, zmqx.ROUTER, router_mandatory=mandatory) as (router, peer):
        peer.send(message(b"x"))
        name = router.recv_multipart()[0]
        for word in (name, b"nobody"):
            router.send(word)
        router.send_multipart([name, b"right"])
        assert peer.recv_message() == [b"right"]


@states("P5.13", "P5.14", "O1.33")
def test_a_message_for_nobody(lib: Lib) -> None:
    with asking(lib, zmqx.ROUTER) as (router, peer):
        peer.send(message(b"x"))
        name = router.recv_multipart()[0]
        router.send_multipart([b"nobody", b"dropped"])
        router.setsockopt(zmqx.ROUTER_MANDATORY, 1)
        with lib.fails(zmqx.EHOSTUNREACH):
            router.send(b"nobody", zmqx.SNDMORE)
        # The failed frame began no message: this is the first frame of the next.
        router.send_multipart([name, b"right"])
        assert peer.recv_message() == [b"right"]


@states("P5.15", "P5.16")
def test_a_peer_that_has_no_room(lib: Lib) -> None:
    router, dealer = lib.socket(zmqx.ROUTER, sndhwm=1), lib.socket(zmqx.DEALER, rcvhwm=1, routing_id=b"D")
    lib.join(router, dealer, transport="inproc")
    dealer.send(b"here")
    assert router.recv_multipart() == [b"D", b"here"]
    for number in range(5):
        router.send_multipart([b"D", b"%d" % number])
    router.setsockopt(zmqx.ROUTER_MANDATORY, 1)
    with lib.fails(zmqx.EAGAIN):
        router.send_multipart([b"D", b"x"], zmqx.DONTWAIT)
    router.setsockopt(zmqx.SNDTIMEO, 50)
    with lib.fails(zmqx.EAGAIN):
        router.send_multipart([b"D", b"x"])
    router.setsockopt(zmqx.SNDTIMEO, 10_000)
    waiting = Caller(router.send_multipart, [b"D", b"waited"])
    assert [dealer.recv() for _ in range(2)] == [b"0", b"1"]
    waiting.result()
    assert dealer.recv() == b"waited"


@states("P5.17")
def test_a_peer_that_goes_in_the_middle_of_a_message(lib: Lib) -> None:
    with asking(lib, zmqx.ROUTER) as (router, peer):
        peer.send(message(b"x"))
        name = router.recv_multipart()[0]
        router.send(name, zmqx.SNDMORE)
        router.send(b"one", zmqx.SNDMORE)
    lib.await_loss(router)
    router.send(b"two", zmqx.SNDMORE)
    router.send(b"three")
    with RawPeer.connect(lib.last_endpoint(router)) as peer:
        peer.shake_hands("DEALER", b"name")
        lib.await_peers(router)
        router.send_multipart([b"name", b"right"])
        assert peer.recv_message() == [b"right"]


@states("P5.18")
def test_a_router_probes_every_new_peer(lib: Lib) -> None:
    with asking(lib, zmqx.ROUTER, probe_router=1) as (router, peer):
        assert peer.recv(2) == b"\x00\x00"
    lib.await_loss(router)
    with RawListener() as listener:
        router.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("ROUTER", b"name")
            assert peer.recv(2) == b"\x00\x00"


@states("P5.18")
def test_a_probe_is_received_as_an_empty_message(lib: Lib) -> None:
    router, dealer = lib.socket(zmqx.ROUTER), lib.socket(zmqx.DEALER, probe_router=1, routing_id=b"D")
    lib.join(router, dealer)
    assert router.recv_multipart() == [b"D", b""]
    until(lambda: not router.poll(0))
    with asking(lib, zmqx.ROUTER) as (router, peer):
        peer.send(frame(b""))
        assert router.recv_multipart()[1:] == [b""]
