"""The runners-up: smaller oddities of libzmq that are easily copied by accident."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event
from ..support.judge import Judge
from ..support.raw_peer import RawListener, RawPeer, frame


def test_no_reconnect_interval_means_never(ctx: zmqx.Context) -> None:
    push = ctx.socket(zmqx.PUSH, reconnect_ivl=-1)
    events = push.events(Event.DISCONNECTED | Event.CONNECT_RETRIED)
    with RawListener() as listener:
        endpoint = push.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            push.wait_connected(timeout=10_000)
        await_event(events, Event.DISCONNECTED)
        with pytest.raises(zmqx.Again):
            events.recv(timeout=30)
        with pytest.raises(zmqx.ZMQError) as caught:
            push.disconnect(endpoint)
        assert caught.value.errno == zmqx.ENOENT


@pytest.mark.parametrize(
    ("kind", "their_type", "options", "stays", "reason"),
    [
        (zmqx.PAIR, "PAIR", {}, 0, "this PAIR socket has a peer already"),
        (zmqx.ROUTER, "DEALER", {}, 0, "another peer has the routing id b'same'"),
        (zmqx.ROUTER, "DEALER", {"router_handover": 1}, 1, "another peer took over the routing id b'same'"),
    ],
    ids=["second-pair", "same-id", "handover"],
)
def test_nobody_is_kept_as_a_zombie(
    ctx: zmqx.Context, kind: int, their_type: str, options: dict[str, int], stays: int, reason: str
) -> None:
    sock = ctx.socket(kind, **options)
    events = sock.events(Event.DISCONNECTED)
    endpoint = sock.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as first:
        first.shake_hands(their_type, b"same")
        sock.wait_connected(timeout=10_000)
        with RawPeer.connect(endpoint) as second:
            second.shake_hands(their_type, b"same")
            assert await_event(events, Event.DISCONNECTED).reason == reason
            peers = [first, second]
            assert peers[1 - stays].ended()
            peers[stays].send(frame(b"hello"))
            assert sock.recv_multipart(timeout=10_000)[-1] == b"hello"


def test_a_wildcard_bind_is_undone_by_its_own_string(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    with RawListener() as free:
        port = free.endpoint.rsplit(":", 1)[1]
    for undo in (f"tcp://*:{port}", f"tcp://0.0.0.0:{port}"):
        assert pull.bind(f"tcp://*:{port}") == f"tcp://0.0.0.0:{port}"
        pull.unbind(undo)
    with pytest.raises(zmqx.ZMQError) as caught:
        pull.unbind(f"tcp://*:{port}")
    assert caught.value.errno == zmqx.ENOENT


def test_an_id_is_any_four_bytes_to_whom_it_returns(ctx: zmqx.Context, judge: Judge) -> None:
    """A request's number is in the asker's byte order: a ROUTER hands it back untouched, and it fits."""
    req, router = ctx.socket(zmqx.REQ, req_correlate=1), judge.socket("ROUTER")
    req.connect(router.bind("tcp://127.0.0.1:*"))
    numbers = []
    for _ in range(2):
        req.send(b"question")
        own, number, empty, _ = router.recv_multipart()
        assert (len(number), empty) == (4, b"")
        router.send_multipart([own, number[::-1], b"", b"wrong"])
        router.send_multipart([own, number, b"", b"right"])
        # A palindrome is as good in either order.
        assert req.recv(timeout=10_000) == (b"right" if number != number[::-1] else b"wrong")
        numbers.append(number)
    assert numbers[0] != numbers[1]


def test_a_taken_name_of_ours_is_an_error_not_an_abort(ctx: zmqx.Context) -> None:
    router = ctx.socket(zmqx.ROUTER)
    with RawListener() as listener:
        router.connect_routing_id = b"name"
        router.connect(listener.endpoint)
        router.connect_routing_id = b"name"
        with pytest.raises(zmqx.ZMQError, match="names a peer already") as caught:
            router.connect(listener.endpoint)
        assert caught.value.errno == zmqx.EINVAL


def test_a_cancel_of_others_topics_is_not_passed_on(ctx: zmqx.Context) -> None:
    """libzmq's XPUB reports it, and a proxy would take the topic away from those who have it."""
    xpub = ctx.socket(zmqx.XPUB)
    endpoint = xpub.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as holder, RawPeer.connect(endpoint) as other:
        for peer in (holder, other):
            peer.shake_hands("SUB", None)
        holder.send(frame(b"\x09SUBSCRIBEtopic", 4))
        assert xpub.recv(timeout=10_000) == b"\1topic"
        other.send(frame(b"\x06CANCELtopic", 4) + frame(b"\x06CANCELunknown", 4) + frame(b"\x09SUBSCRIBEend", 4))
        assert xpub.recv(timeout=10_000) == b"\1end"
        xpub.send(b"topic")
        assert holder.recv_message() == [b"topic"]


def test_a_get_request_does_not_idle_for_ever(ctx: zmqx.Context) -> None:
    """Its first byte makes it a ZMTP 1.0 peer, and libzmq stops the clock for those."""
    pull = ctx.socket(zmqx.PULL, handshake_ivl=200)
    events = pull.events(Event.HANDSHAKE_FAILED_NO_DETAIL)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.send(b"GET / HTTP/1.1\r\n\r\n")
        assert await_event(events, Event.HANDSHAKE_FAILED_NO_DETAIL).reason == "the handshake took too long"
        assert peer.ended()
