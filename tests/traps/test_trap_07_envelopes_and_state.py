"""Trap 7, REQ/REP envelopes and state: who adds, keeps and checks what, and when."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event
from ..support.judge import Judge
from ..support.raw_peer import RawListener, RawPeer, frame


def message(*parts: bytes) -> bytes:
    return b"".join(frame(part, 1) for part in parts[:-1]) + frame(parts[-1])


def refuses(call: object, *arguments: object) -> None:
    assert callable(call)
    with pytest.raises(zmqx.ZMQError) as caught:
        call(*arguments)
    assert caught.value.errno == zmqx.EFSM


@pytest.mark.parametrize(
    ("kind", "their_type", "delimiter"),
    [(zmqx.REQ, "REP", [b""]), (zmqx.DEALER, "REP", []), (zmqx.PAIR, "PAIR", []), (zmqx.PUSH, "PULL", [])],
)
def test_only_a_req_adds_a_delimiter(ctx: zmqx.Context, kind: int, their_type: str, delimiter: list[bytes]) -> None:
    sock = ctx.socket(kind)
    with RawPeer.connect(sock.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands(their_type)
        sock.send_multipart([b"a", b"", b"b"], timeout=10_000)
        assert peer.recv_message() == [*delimiter, b"a", b"", b"b"]


@pytest.mark.parametrize(
    ("envelope", "body"),
    [
        ([b""], [b"body"]),
        ([b"id", b""], [b"body"]),
        ([b"far", b"near", bytes(5), b""], [b"body", b"", b"tail"]),
        ([b""], [b"", b"body"]),
        ([b""], [b""]),
    ],
)
def test_a_rep_keeps_all_up_to_the_first_empty_frame(
    ctx: zmqx.Context, envelope: list[bytes], body: list[bytes]
) -> None:
    rep = ctx.socket(zmqx.REP)
    with RawPeer.connect(rep.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("DEALER")
        peer.send(message(*envelope, *body))
        assert rep.recv_multipart(timeout=10_000) == body
        rep.send_multipart([b"re", b"", b"ply"])
        assert peer.recv_message() == [*envelope, b"re", b"", b"ply"]


@pytest.mark.parametrize("request_", [message(b"x"), message(b"a", b"b"), message(b"a", b""), message(b"")])
def test_a_rep_passes_over_what_has_no_way_back(ctx: zmqx.Context, request_: bytes) -> None:
    rep = ctx.socket(zmqx.REP)
    with RawPeer.connect(rep.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("DEALER")
        peer.send(request_ + message(b"", b"good"))
        assert rep.recv_multipart(timeout=10_000) == [b"good"]
        rep.send(b"reply")
        assert peer.recv_message() == [b"", b"reply"]


@pytest.mark.parametrize("number", [[], [b"1234"]], ids=["plain", "with-number"])
@pytest.mark.parametrize("reply", [[b"body"], [b"x", b"body"], [b""], [b"long id", b"", b"body"]])
def test_a_req_parts_with_who_omits_the_delimiter(ctx: zmqx.Context, reply: list[bytes], number: list[bytes]) -> None:
    req = ctx.socket(zmqx.REQ, req_relaxed=1)
    events = req.events(Event.DISCONNECTED)
    endpoint = req.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("REP")
        req.send(b"question", timeout=10_000)
        assert peer.recv_message() == [b"", b"question"]
        peer.send(message(*number, *reply))
        assert "without the empty frame" in await_event(events, Event.DISCONNECTED).reason
        assert peer.ended()
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("REP")
        req.send(b"question", timeout=10_000)
        assert peer.recv_message() == [b"", b"question"]
        peer.send(message(b"", b"answer"))
        assert req.recv(timeout=10_000) == b"answer"


def test_a_good_reply_counts_though_nonsense_follows(ctx: zmqx.Context) -> None:
    """What was wholly received before a connection ends is delivered, in one burst or in two."""
    req = ctx.socket(zmqx.REQ)
    with RawPeer.connect(req.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("REP")
        req.send(b"question", timeout=10_000)
        assert peer.recv_message() == [b"", b"question"]
        peer.send(message(b"", b"answer") + message(b"nonsense"))
        assert req.recv(timeout=10_000) == b"answer"
        assert peer.ended()


def test_turns_are_kept(ctx: zmqx.Context, judge: Judge) -> None:
    req, rep = ctx.socket(zmqx.REQ), judge.socket("REP")
    req.connect(rep.bind("tcp://127.0.0.1:*"))
    refuses(req.recv)
    req.send(b"one")
    refuses(req.send, b"two")
    assert rep.recv_multipart() == [b"one"]
    rep.send_multipart([b"1"])
    assert req.recv(timeout=10_000) == b"1"
    refuses(req.recv)

    rep, req = ctx.socket(zmqx.REP), judge.socket("REQ")
    req.connect(rep.bind("tcp://127.0.0.1:*"))
    refuses(rep.send, b"unasked")
    req.send_multipart([b"one"])
    assert rep.recv(timeout=10_000) == b"one"
    refuses(rep.recv)
    rep.send(b"1")
    refuses(rep.send, b"again")
    assert req.recv_multipart() == [b"1"]


@pytest.mark.parametrize("relaxed", [0, 1])
def test_a_req_whose_peer_died_is_free_only_if_relaxed(ctx: zmqx.Context, relaxed: int) -> None:
    req = ctx.socket(zmqx.REQ, req_relaxed=relaxed, reconnect_ivl=10)
    events = req.events(Event.DISCONNECTED)
    with RawListener() as listener:
        req.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("REP")
            req.send(b"one", timeout=10_000)
            assert peer.recv_message() == [b"", b"one"]
        await_event(events, Event.DISCONNECTED)
        with listener.accept() as peer:
            peer.shake_hands("REP")
            req.wait_connected(timeout=10_000)
            if not relaxed:
                refuses(req.send, b"two")
                with pytest.raises(zmqx.Again):
                    req.recv(timeout=20)
                return
            req.send(b"two", timeout=10_000)
            assert peer.recv_message() == [b"", b"two"]
            peer.send(message(b"", b"2"))
            assert req.recv(timeout=10_000) == b"2"


def test_late_replies_are_told_apart_by_their_number(ctx: zmqx.Context) -> None:
    req = ctx.socket(zmqx.REQ, req_relaxed=1, req_correlate=1)
    with RawPeer.connect(req.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("REP")
        numbers = []
        for text in (b"one", b"two"):
            req.send(text, timeout=10_000)
            number, empty, body = peer.recv_message()
            assert (len(number), empty, body) == (4, b"", text)
            numbers.append(number)
        peer.send(message(b"", b"no number") + message(numbers[0], b"", b"1") + message(numbers[1], b"", b"2"))
        assert req.recv(timeout=10_000) == b"2"


def test_only_the_one_asked_may_answer(ctx: zmqx.Context) -> None:
    req = ctx.socket(zmqx.REQ)
    endpoint = req.bind("tcp://127.0.0.1:*")
    with RawPeer.connect(endpoint) as asked:
        asked.shake_hands("REP")
        req.send(b"question", timeout=10_000)
        assert asked.recv_message() == [b"", b"question"]
        with RawPeer.connect(endpoint) as other:
            other.shake_hands("REP")
            other.send(message(b"", b"meddling"))
            with pytest.raises(zmqx.Again):
                req.recv(timeout=30)
            asked.send(message(b"", b"answer"))
            assert req.recv(timeout=10_000) == b"answer"
