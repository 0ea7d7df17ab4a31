"""docs/spec/patterns.md, section 12: messages about connections. A stable libzmq has none of them."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.raw_peer import RawListener, RawPeer
from .lib import Lib
from .states import states

HELLO = [("ROUTER", "DEALER"), ("DEALER", "ROUTER"), ("REP", "REQ"), ("SERVER", "CLIENT"), ("CLIENT", "SERVER")]
HELLO.append(("PEER", "PEER"))


def types(pairs: list[tuple[str, str]]) -> Any:
    return pytest.mark.parametrize(("kind", "other"), pairs, ids=[kind for kind, _ in pairs])


def heard(socket: Any) -> bytes:
    """The body of the next message, without what a ROUTER puts before it."""
    return bytes(socket.recv_multipart()[-1])


@states("P12.1", "P12.4", "O1.110")
@types(HELLO)
def test_hello_is_what_an_accepted_peer_hears_first(ours: Lib, kind: str, other: str) -> None:
    """One frame, without an envelope."""
    socket = ours.socket(zmqx.SocketType[kind], hello_msg=b"hello")
    endpoint = ours.bind(socket)
    for _ in range(2):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands(other)
            assert peer.recv_frame() == (0, b"hello")
            assert peer.is_left_alone()
    assert ours.silent(socket)


@states("P12.1")
@types(HELLO)
def test_hello_is_what_a_server_hears_first_at_every_connection(ours: Lib, kind: str, other: str) -> None:
    socket = ours.socket(zmqx.SocketType[kind], hello_msg=b"hello", reconnect_ivl=1)
    with RawListener() as listener:
        if kind == "ROUTER":
            socket.setsockopt(zmqx.CONNECT_ROUTING_ID, b"server")
        socket.connect(listener.endpoint)
        if kind in ("ROUTER", "DEALER", "CLIENT"):
            socket.send_multipart([b"server", b"queued"] if kind == "ROUTER" else [b"queued"])
        else:
            socket = None
        for number in range(3):
            with listener.accept() as peer:
                peer.shake_hands(other)
                assert peer.recv_frame() == (0, b"hello")
                if socket is not None and number == 0:
                    assert peer.recv_frame() == (0, b"queued")


@states("P12.1")
def test_hello_goes_before_a_probe(ours: Lib) -> None:
    router = ours.socket(zmqx.ROUTER, hello_msg=b"hello", probe_router=1)
    endpoint = ours.bind(router)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("DEALER")
        assert [peer.recv_frame(), peer.recv_frame()] == [(0, b"hello"), (0, b"")]


@states("P12.1", "P12.2", "P12.3", "O1.110", "O1.111", "O1.114")
def test_who_has_which_message(ours: Lib) -> None:
    """To a REP or a REQ it would be neither request nor reply: libzmq takes the option there, and drops the message."""
    having = {
        "HELLO_MSG": {"ROUTER", "DEALER", "REP", "SERVER", "CLIENT", "PEER"},
        "DISCONNECT_MSG": {"ROUTER", "SERVER", "PEER"},
        "HICCUP_MSG": {"DEALER", "CLIENT", "PEER"},
    }
    for option, kinds in having.items():
        number = zmqx.SocketOption[option]
        for kind in zmqx.SocketType:
            socket = ours.bare_socket(kind)
            if kind.name in kinds:
                for value in (b"", b"x" * 100_000):
                    socket.setsockopt(number, value)
            else:
                with ours.fails(zmqx.EINVAL):
                    socket.setsockopt(number, b"x")
            with ours.fails(zmqx.EINVAL):
                socket.getsockopt(number)


@states("P12.1", "O1.110")
def test_an_option_counts_for_endpoints_to_come(ours: Lib) -> None:
    router = ours.socket(zmqx.ROUTER, hello_msg=b"first")
    endpoints = [ours.bind(router)]
    for value in (b"second", b""):
        router.setsockopt(zmqx.HELLO_MSG, value)
        endpoints.append(ours.bind(router))
    for endpoint, expected in zip(endpoints, (b"first", b"second", b""), strict=True):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("DEALER")
            assert peer.recv_frame() == (0, expected) if expected else peer.is_left_alone()


@states("P12.2", "P12.4", "O1.111")
@types([("ROUTER", "DEALER"), ("SERVER", "CLIENT"), ("PEER", "PEER")])
@pytest.mark.parametrize("way", ["close", "reset", "nonsense"])
def test_an_accepted_peer_that_goes_says_so(ours: Lib, kind: str, other: str, way: str) -> None:
    """In its own name, after everything it sent."""
    socket = ours.socket(zmqx.SocketType[kind], disconnect_msg=b"gone")
    endpoint = ours.bind(socket)
    with RawPeer.connect(endpoint) as peer:
        peer.greet()  # this one never gets as far
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands(other, b"its name")
        peer.send(b"\0\x02hi")
        assert heard(socket) == b"hi"
        if way == "reset":
            peer.reset()
        elif way == "nonsense":
            peer.send(b"\x02" + b"\xff" * 8)
    message = socket.recv_multipart()
    assert message == ([b"its name", b"gone"] if kind == "ROUTER" else [b"gone"])
    assert ours.silent(socket)


@states("P12.2")
@types([("ROUTER", "DEALER"), ("SERVER", "CLIENT"), ("PEER", "PEER")])
def test_a_peer_that_we_connected_to_says_nothing(ours: Lib, kind: str, other: str) -> None:
    socket = ours.socket(zmqx.SocketType[kind], disconnect_msg=b"gone", reconnect_ivl=1)
    with RawListener() as listener:
        socket.connect(listener.endpoint)
        for _ in range(2):
            with listener.accept() as peer:
                peer.shake_hands(other, b"its name")
                peer.send(b"\0\x02hi")
                assert heard(socket) == b"hi"


@states("P12.2")
@pytest.mark.parametrize("way", ["close", "disconnect"])
@types([("ROUTER", "DEALER"), ("SERVER", "CLIENT"), ("PEER", "PEER")])
def test_an_inproc_peer_that_goes_says_so(ours: Lib, kind: str, other: str, way: str) -> None:
    socket = ours.socket(zmqx.SocketType[kind], disconnect_msg=b"gone")
    peer = ours.socket(zmqx.SocketType[other])
    endpoint = ours.bind(socket, "inproc")
    if other == "PEER":
        number = peer.connect_peer(endpoint)
        peer.send(b"hi", routing_id=number)
    else:
        peer.connect(endpoint)
        peer.send(b"hi")
    assert heard(socket) == b"hi"
    if way == "close":
        peer.close()
    else:
        peer.disconnect(endpoint)
    assert heard(socket) == b"gone"
    assert ours.silent(socket)


@states("P12.1")
@pytest.mark.parametrize("first", ["bind", "connect"])
def test_hello_over_inproc(ours: Lib, first: str) -> None:
    router, dealer = ours.socket(zmqx.ROUTER, hello_msg=b"from router"), ours.socket(zmqx.DEALER, hello_msg=b"dealer's")
    endpoint = ours.endpoint("inproc")
    if first == "bind":
        router.bind(endpoint)
        dealer.connect(endpoint)
    else:
        dealer.connect(endpoint)
        dealer.send(b"queued")
        router.bind(endpoint)
    assert dealer.recv() == b"from router"
    assert heard(router) == b"dealer's"
    if first == "connect":
        assert heard(router) == b"queued"


@states("P12.2")
def test_we_do_not_tell_ourselves_that_we_closed(ours: Lib) -> None:
    router = ours.socket(zmqx.ROUTER, disconnect_msg=b"gone", router_notify=2)
    endpoint = ours.bind(router)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("DEALER", b"name")
        peer.send(b"\0\x02hi")
        assert heard(router) == b"hi"
        router.unbind(endpoint)
        assert peer.ended()
    assert ours.silent(router)


@states("P12.2")
def test_a_notification_goes_before_the_message(ours: Lib) -> None:
    router = ours.socket(zmqx.ROUTER, disconnect_msg=b"gone", router_notify=3)
    endpoint = ours.bind(router)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("DEALER", b"name")
    assert [router.recv_multipart()[1] for _ in range(3)] == [b"", b"", b"gone"]


@states("P12.3", "O1.114")
@types([("DEALER", "ROUTER"), ("CLIENT", "SERVER"), ("PEER", "PEER")])
@pytest.mark.parametrize("immediate", [0, 1])
def test_a_connection_of_ours_that_is_lost_says_so(ours: Lib, kind: str, other: str, immediate: int) -> None:
    socket = ours.socket(zmqx.SocketType[kind], hiccup_msg=b"hiccup", reconnect_ivl=1, immediate=immediate)
    with RawListener() as listener:
        socket.connect(listener.endpoint)
        for _ in range(3):
            with listener.accept() as peer:
                peer.shake_hands(other)
                peer.send(b"\0\x02hi")
                assert heard(socket) == b"hi"
            assert heard(socket) == b"hiccup"
        with listener.accept() as peer:
            peer.greet()  # it was no connection yet
        with listener.accept() as peer:
            peer.shake_hands(other)
            peer.send(b"\0\x02hi")
            assert heard(socket) == b"hi"
            socket.disconnect(listener.endpoint)
            assert peer.ended()
    assert ours.silent(socket)


@states("P12.3")
def test_an_accepted_connection_has_no_hiccups(ours: Lib) -> None:
    dealer = ours.socket(zmqx.DEALER, hiccup_msg=b"hiccup")
    endpoint = ours.bind(dealer)
    for number in range(2):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("DEALER")
            peer.send(b"\0\x01%d" % number)
            assert dealer.recv() == b"%d" % number
        until(lambda: not ours.peers(dealer))
