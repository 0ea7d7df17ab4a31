"""Misuse raises at once, says what is wrong, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import zmqx

from ..scenarios.conftest import Joiner

Call = Callable[[zmqx.Socket], object]

SENDS: dict[str, Call] = {
    "send": lambda socket: socket.send(b"x"),
    "send-now": lambda socket: socket.send(b"x", zmqx.DONTWAIT),
    "send-more": lambda socket: socket.send(b"x", zmqx.SNDMORE),
    "send-multipart": lambda socket: socket.send_multipart([b"x", b"y"]),
    "send-string": lambda socket: socket.send_string("x"),
}
RECEIVES: dict[str, Call] = {
    "recv": lambda socket: socket.recv(),
    "recv-now": lambda socket: socket.recv(zmqx.DONTWAIT),
    "recv-timed": lambda socket: socket.recv(timeout=10_000),
    "recv-multipart": lambda socket: socket.recv_multipart(),
    "recv-frame": lambda socket: socket.recv(copy=False),
}


def refused(call: Call, socket: zmqx.Socket, number: int) -> None:
    with pytest.raises(zmqx.ZMQError) as caught:
        call(socket)
    assert caught.value.errno == number


@pytest.mark.parametrize("call", SENDS.values(), ids=SENDS)
@pytest.mark.parametrize("kind", [zmqx.PULL, zmqx.SUB], ids=["PULL", "SUB"])
def test_receivers_do_not_send(ctx: zmqx.Context, kind: int, call: Call) -> None:
    refused(call, ctx.socket(kind), zmqx.ENOTSUP)


@pytest.mark.parametrize("call", RECEIVES.values(), ids=RECEIVES)
@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.PUB], ids=["PUSH", "PUB"])
def test_senders_do_not_receive(ctx: zmqx.Context, kind: int, call: Call) -> None:
    refused(call, ctx.socket(kind), zmqx.ENOTSUP)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("send", SENDS.values(), ids=SENDS)
def test_req_and_rep_send_in_their_turn_only(joiner: Joiner, send: Call) -> None:
    req, rep = joiner.pair(zmqx.REQ, zmqx.REP)
    refused(send, rep, zmqx.EFSM)
    for number in range(2):
        req.send(b"%d" % number)
        refused(send, req, zmqx.EFSM)
        assert rep.recv(timeout=5000) == b"%d" % number
        rep.send_multipart([b"re", b"ply"])
        refused(send, rep, zmqx.EFSM)
        assert req.recv_multipart(timeout=5000) == [b"re", b"ply"]


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("receive", RECEIVES.values(), ids=RECEIVES)
def test_req_and_rep_receive_in_their_turn_only(joiner: Joiner, receive: Call) -> None:
    req, rep = joiner.pair(zmqx.REQ, zmqx.REP)
    for number in range(2):
        refused(receive, req, zmqx.EFSM)
        req.send_multipart([b"%d" % number, b"more"])
        assert rep.recv_multipart(timeout=5000) == [b"%d" % number, b"more"]
        refused(receive, rep, zmqx.EFSM)
        rep.send(b"reply")
        assert req.recv(timeout=5000) == b"reply"
        refused(receive, req, zmqx.EFSM)


def test_poll_knows_whose_turn_it_is(joiner: Joiner) -> None:
    req, rep = joiner.pair(zmqx.REQ, zmqx.REP)
    both = zmqx.POLLIN | zmqx.POLLOUT
    assert (req.poll(0, both), rep.poll(0, both)) == (zmqx.POLLOUT, 0)
    req.send(b"request")
    assert rep.poll(5000, both) == zmqx.POLLIN
    assert req.poll(0, both) == 0
    rep.recv()
    assert rep.poll(0, both) == zmqx.POLLOUT
    rep.send(b"reply")
    assert req.poll(5000, both) == zmqx.POLLIN
    assert rep.poll(0, both) == 0
    req.recv()
    assert req.poll(0, both) == zmqx.POLLOUT


# Everything that an open socket can be asked for.
USES: dict[str, Call] = {
    **SENDS,
    **RECEIVES,
    "poll": lambda socket: socket.poll(0),
    "poll-for-ever": lambda socket: socket.poll(),
    "bind": lambda socket: socket.bind("tcp://127.0.0.1:*"),
    "bind-inproc": lambda socket: socket.bind("inproc://x"),
    "connect": lambda socket: socket.connect("tcp://127.0.0.1:1"),
    "connect-inproc": lambda socket: socket.connect("inproc://x"),
    "unbind": lambda socket: socket.unbind("tcp://127.0.0.1:1"),
    "disconnect": lambda socket: socket.disconnect("tcp://127.0.0.1:1"),
    "set": lambda socket: socket.setsockopt(zmqx.LINGER, 0),
    "set-attribute": lambda socket: setattr(socket, "linger", 0),
    "get": lambda socket: socket.getsockopt(zmqx.LINGER),
    "get-attribute": lambda socket: socket.linger,
    "get-events": lambda socket: socket.getsockopt(zmqx.EVENTS),
    "get-more": lambda socket: socket.getsockopt(zmqx.RCVMORE),
    "wait-connected": lambda socket: socket.wait_connected(timeout=0),
    "wait-for-nobody": lambda socket: socket.wait_connected(0),
    "events": lambda socket: socket.events(),
}


@pytest.mark.parametrize("kind", zmqx.SocketType, ids=lambda kind: kind.name)
def test_a_closed_socket_is_no_socket(ctx: zmqx.Context, kind: int) -> None:
    socket = ctx.socket(kind)
    socket.close()
    for call in USES.values():
        refused(call, socket, zmqx.ENOTSOCK)


def test_a_socket_that_had_peers_and_was_closed_is_no_socket(ctx: zmqx.Context) -> None:
    pair = [ctx.socket(zmqx.PAIR, linger=0) for _ in range(2)]
    pair[1].connect(pair[0].bind("tcp://127.0.0.1:*"))
    pair[0].wait_connected(timeout=5000)
    pair[0].send(b"open lanes")
    assert pair[1].recv(timeout=5000) == b"open lanes"
    for socket in pair:
        socket.close()
        for call in USES.values():
            refused(call, socket, zmqx.ENOTSOCK)


@pytest.mark.parametrize("kind", zmqx.SocketType, ids=lambda kind: kind.name)
def test_nothing_but_close_works_after_the_context_ended(ctx: zmqx.Context, kind: int) -> None:
    socket = ctx.socket(kind)
    ctx.shutdown()
    for call in USES.values():
        with pytest.raises(zmqx.ContextTerminated) as caught:
            call(socket)
        assert caught.value.errno == zmqx.ETERM
    socket.close()
    for call in USES.values():
        refused(call, socket, zmqx.ENOTSOCK)


def test_messages_queued_before_the_end_cannot_be_received_after_it(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    for _ in range(3):
        push.send(b"x")
    assert pull.recv(timeout=5000) == b"x"
    pull.close()
    refused(RECEIVES["recv"], pull, zmqx.ENOTSOCK)
    joiner.ctx.shutdown()
    refused(SENDS["send"], push, zmqx.ETERM)


def test_closing_twice_is_closing_once(ctx: zmqx.Context) -> None:
    socket = ctx.socket(zmqx.PULL)
    assert not socket.closed
    for _ in range(2):
        socket.close()
        assert socket.closed
    assert "PULL" in repr(socket)
    assert "closed" in repr(socket)


def test_a_with_block_closes(ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.PULL) as socket:
        assert "open" in repr(socket)
    assert socket.closed


@pytest.mark.parametrize("value", ["text", 5, None, 1.5, [b"x"]], ids=repr)
def test_a_message_is_bytes_and_a_refusal_names_what_it_is_not(joiner: Joiner, value: Any) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    named = "send_string" if isinstance(value, str) else type(value).__name__
    with pytest.raises(TypeError, match=named):
        push.send(value)
    with pytest.raises(TypeError, match=f"part 1.*{named}"):
        push.send_multipart([b"x", value])
    push.send(b"first", zmqx.SNDMORE)
    with pytest.raises(TypeError, match=named):
        push.send(value, zmqx.SNDMORE)
    push.send(b"last")
    push.send(b"end")
    assert pull.recv_multipart(timeout=5000) == [b"first", b"last"]
    assert pull.recv_multipart(timeout=5000) == [b"end"]


@pytest.mark.parametrize("value", [[], b"bytes", "text", None], ids=repr)
def test_a_multipart_message_is_a_list_of_frames(ctx: zmqx.Context, value: Any) -> None:
    pair = ctx.socket(zmqx.PAIR)
    with pytest.raises((TypeError, ValueError)):
        pair.send_multipart(value)


@pytest.mark.parametrize("kind", [21, 99, -1, "PUSH", None], ids=repr)
def test_an_unknown_socket_type_is_refused(ctx: zmqx.Context, kind: Any) -> None:
    with pytest.raises(zmqx.ZMQError, match=repr(kind)) as caught:
        ctx.socket(kind)
    assert caught.value.errno == zmqx.EINVAL
