"""Calls that wait: how long, for what, and what ends the wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import Caller, until

pytestmark = pytest.mark.parametrize("transport", ["tcp", "inproc"])

# Larger than what the system buffers of a connection: a few of them fill every queue on the way.
BIG = b"x" * 1_000_000


def fill(socket: zmqx.Socket, body: bytes = BIG, head: list[bytes] | None = None) -> int:
    """Send until nothing more can be sent at once; how many were."""
    count = 0
    while socket.poll(250, zmqx.POLLOUT):
        try:
            socket.send_multipart([*(head or []), b"%d" % count, body], zmqx.DONTWAIT)
        except zmqx.Again:
            break
        count += 1
        assert count < 1000, "nothing ever fills"
    return count


IMPATIENT: dict[str, Callable[[zmqx.Socket], object]] = {
    "DONTWAIT": lambda socket: socket.recv(zmqx.DONTWAIT),
    "NOBLOCK": lambda socket: socket.recv(flags=zmqx.NOBLOCK),
    "no-time": lambda socket: socket.recv(timeout=0),
    "some-time": lambda socket: socket.recv(timeout=10),
    "fraction": lambda socket: socket.recv(timeout=0.5),
    "multipart": lambda socket: socket.recv_multipart(timeout=10),
    "multipart-DONTWAIT": lambda socket: socket.recv_multipart(zmqx.DONTWAIT),
    "DONTWAIT-wins": lambda socket: socket.recv(zmqx.DONTWAIT, timeout=-1),
    "string": lambda socket: socket.recv_string(timeout=0),
    "json": lambda socket: socket.recv_json(timeout=0),
    "pyobj": lambda socket: socket.recv_pyobj(timeout=0),
    "serialized": lambda socket: socket.recv_serialized(len, timeout=0),
}


@pytest.mark.parametrize("call", IMPATIENT.values(), ids=IMPATIENT)
def test_receiving_nothing_raises_again(joiner: Joiner, call: Callable[[zmqx.Socket], object]) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    with pytest.raises(zmqx.Again) as caught:
        call(pull)
    assert caught.value.errno == zmqx.EAGAIN
    push.send(b"later")
    assert pull.recv(timeout=5000) == b"later"


@pytest.mark.parametrize("limit", [0, 10])
def test_the_time_limits_of_the_socket_hold_where_the_call_has_none(joiner: Joiner, limit: int) -> None:
    pair = joiner.socket(zmqx.PAIR, rcvtimeo=limit, sndtimeo=limit)
    for call in (pair.recv, pair.recv_multipart, lambda: pair.send(b"x"), lambda: pair.send_multipart([b"x", b"y"])):
        with pytest.raises(zmqx.Again):
            call()


def test_the_time_limit_of_the_call_wins(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    endless = pull.rcvtimeo == push.sndtimeo == -1
    assert endless
    for call in (lambda: pull.recv(timeout=5), lambda: push.send(b"x", timeout=5)):
        with pytest.raises(zmqx.Again):
            call()
    pull.rcvtimeo = push.sndtimeo = 0
    patient = Caller(pull.recv, timeout=-1).waits_for(pull), Caller(push.send, b"x", timeout=-1).waits_for(push)
    joiner.join(push, pull)
    assert [caller.result() for caller in patient] == [b"x", None]


def test_a_limit_that_is_not_reached_does_no_harm(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    receiver = Caller(pull.recv, timeout=60_000).waits_for(pull)
    push.send(b"x", timeout=60_000)
    assert receiver.result() == b"x"


@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.PAIR, zmqx.DEALER, zmqx.REQ], ids=["PUSH", "PAIR", "DEALER", "REQ"])
def test_sending_waits_for_a_peer(joiner: Joiner, kind: int) -> None:
    peer = {zmqx.PUSH: zmqx.PULL, zmqx.PAIR: zmqx.PAIR, zmqx.DEALER: zmqx.DEALER, zmqx.REQ: zmqx.REP}[kind]  # type: ignore[index]
    sender, receiver = joiner.socket(kind), joiner.socket(peer)
    with pytest.raises(zmqx.Again):
        sender.send(b"too early", zmqx.DONTWAIT)
    with pytest.raises(zmqx.Again):
        sender.send(b"too early", zmqx.DONTWAIT | zmqx.SNDMORE)
    assert sender.poll(0, zmqx.POLLOUT) == 0
    waiting = Caller(sender.send, b"in time").waits_for(sender)
    joiner.join(sender, receiver)
    waiting.result()
    assert receiver.recv_multipart(timeout=5000) == [b"in time"]


@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.PAIR, zmqx.DEALER], ids=["PUSH", "PAIR", "DEALER"])
def test_a_full_queue_holds_the_sender_up_until_the_receiver_reads(joiner: Joiner, kind: int) -> None:
    peer = {zmqx.PUSH: zmqx.PULL, zmqx.PAIR: zmqx.PAIR, zmqx.DEALER: zmqx.DEALER}[kind]  # type: ignore[index]
    sender, receiver = joiner.socket(kind, sndhwm=3), joiner.socket(peer, rcvhwm=3)
    joiner.join(sender, receiver)
    count = fill(sender)
    assert count >= 6
    if joiner.transport == "inproc":
        assert count == 6  # the marks of both ends, and nothing in between
    with pytest.raises(zmqx.Again):
        sender.send(BIG, timeout=20)
    with pytest.raises(zmqx.Again):
        sender.send(b"head", zmqx.DONTWAIT | zmqx.SNDMORE)
    waiting = Caller(sender.send_multipart, [b"last", b""]).waits_for(sender)
    for number in range(count):
        assert receiver.recv_multipart(timeout=5000) == [b"%d" % number, BIG]
    waiting.result()
    assert receiver.recv_multipart(timeout=5000) == [b"last", b""]


def test_raising_the_mark_frees_a_sender(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=2), joiner.socket(zmqx.PULL, rcvhwm=2)
    joiner.join(push, pull)
    count = fill(push)
    waiting = Caller(push.send, b"last").waits_for(push)
    push.sndhwm = 1000
    waiting.result()
    for _ in range(count):
        pull.recv_multipart(timeout=5000)
    assert pull.recv(timeout=5000) == b"last"


def test_a_mark_of_zero_is_none(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=0), joiner.socket(zmqx.PULL, rcvhwm=0)
    joiner.join(push, pull)
    for number in range(5000):
        push.send(b"%d" % number, zmqx.DONTWAIT)
    assert [int(pull.recv(timeout=5000)) for _ in range(5000)] == list(range(5000))


@pytest.mark.parametrize("kind", [zmqx.PUB, zmqx.XPUB], ids=["PUB", "XPUB"])
def test_a_publisher_never_waits_and_drops_whole_messages(joiner: Joiner, kind: int) -> None:
    publisher, sub = joiner.socket(kind, sndhwm=3), joiner.socket(zmqx.SUB, rcvhwm=3)
    sub.subscribe(b"")
    joiner.join(publisher, sub)
    until(lambda: publisher.topics_count)
    sent = 100
    for number in range(sent):
        assert publisher.poll(0, zmqx.POLLOUT) == zmqx.POLLOUT
        publisher.send(b"%d" % number, zmqx.SNDMORE)
        publisher.send_multipart([BIG[:300_000], b"%d" % number])
    got = []
    while not got or got[-1] != -1:
        publisher.send_multipart([b"-1", b"", b"-1"])
        first, _, last = sub.recv_multipart(timeout=5000)
        assert first == last
        got.append(int(first))
    numbers = [number for number in got if number >= 0]
    assert numbers == sorted(set(numbers))
    assert numbers[:3] == [0, 1, 2]
    assert len(numbers) < sent


def test_an_xpub_that_must_not_drop_waits(joiner: Joiner) -> None:
    xpub, sub = joiner.socket(zmqx.XPUB, sndhwm=3, xpub_nodrop=1), joiner.socket(zmqx.SUB, rcvhwm=3)
    sub.subscribe(b"")
    joiner.join(xpub, sub)
    assert xpub.recv(timeout=5000) == b"\x01"
    count = 0
    try:
        while count < 1000:
            xpub.send(BIG, timeout=250)
            count += 1
    except zmqx.Again:
        pass
    waiting = Caller(xpub.send, b"last").waits_for(xpub)
    assert [sub.recv(timeout=5000) for _ in range(count)] == [BIG] * count
    waiting.result()
    assert sub.recv(timeout=5000) == b"last"


def test_a_router_drops_what_it_cannot_route(joiner: Joiner) -> None:
    router, dealer = joiner.socket(zmqx.ROUTER), joiner.socket(zmqx.DEALER, routing_id=b"here")
    router.send_multipart([b"nobody", b"x"])
    joiner.join(router, dealer)
    assert router.poll(0, zmqx.POLLOUT) == zmqx.POLLOUT
    router.send_multipart([b"nobody", b"x"])
    router.send(b"nobody", zmqx.SNDMORE)
    router.send(b"x")
    router.send(b"here")  # an id alone addresses nothing
    router.send_multipart([b"here", b"arrives"])
    assert dealer.recv_multipart(timeout=5000) == [b"arrives"]


def test_a_mandatory_router_says_that_a_peer_is_unknown(joiner: Joiner) -> None:
    router, dealer = joiner.socket(zmqx.ROUTER, router_mandatory=1), joiner.socket(zmqx.DEALER, routing_id=b"here")
    assert router.poll(0, zmqx.POLLOUT) == 0
    joiner.join(router, dealer)
    assert router.poll(0, zmqx.POLLOUT) == zmqx.POLLOUT
    for call in (
        lambda: router.send_multipart([b"nobody", b"x"]),
        lambda: router.send(b"nobody", zmqx.SNDMORE),
        lambda: router.send_multipart([b"nobody", b"x"], zmqx.DONTWAIT),
    ):
        with pytest.raises(zmqx.ZMQError, match="nobody") as caught:
            call()
        assert caught.value.errno == zmqx.EHOSTUNREACH
    router.send(b"here", zmqx.SNDMORE)
    router.send(b"arrives")
    assert dealer.recv_multipart(timeout=5000) == [b"arrives"]


def test_a_mandatory_router_waits_for_a_peer_that_is_full(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER, router_mandatory=1, sndhwm=3)
    dealer = joiner.socket(zmqx.DEALER, routing_id=b"here", rcvhwm=3)
    joiner.join(router, dealer)
    count = fill(router, head=[b"here"])
    assert router.poll(0, zmqx.POLLOUT) == 0
    for call in (
        lambda: router.send_multipart([b"here", b"x"], zmqx.DONTWAIT),
        lambda: router.send_multipart([b"here", b"x"], timeout=20),
        lambda: router.send(b"here", zmqx.SNDMORE | zmqx.DONTWAIT),
    ):
        with pytest.raises(zmqx.Again):
            call()
    waiting = Caller(router.send_multipart, [b"here", b"last"]).waits_for(router)
    for number in range(count):
        assert dealer.recv_multipart(timeout=5000) == [b"%d" % number, BIG]
    waiting.result()
    assert dealer.recv_multipart(timeout=5000) == [b"last"]


def test_a_full_router_without_the_option_drops_and_goes_on(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER, sndhwm=3)
    dealer = joiner.socket(zmqx.DEALER, routing_id=b"here", rcvhwm=3)
    joiner.join(router, dealer)
    for number in range(50):
        router.send_multipart([b"here", b"%d" % number, BIG, b"%d" % number], timeout=0)
    got = []
    while not got or got[-1] != -1:
        router.send_multipart([b"here", b"-1", b"", b"-1"])
        first, _, last = dealer.recv_multipart(timeout=5000)
        assert first == last
        got.append(int(first))
    numbers = [number for number in got if number >= 0]
    assert numbers == sorted(set(numbers))
    assert len(numbers) < 50


@pytest.mark.parametrize("timeout", [0, 10])
def test_poll_says_when_nothing_happened(joiner: Joiner, timeout: int) -> None:
    _, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    assert pull.poll(timeout) == 0
    assert pull.poll(timeout, zmqx.POLLOUT) == 0


@pytest.mark.parametrize("timeout", [None, -1, 60_000])
def test_poll_waits_for_a_message_and_leaves_it_there(joiner: Joiner, timeout: int | None) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    waiting = Caller(pull.poll, timeout).waits_for(pull)
    push.send(b"x")
    assert waiting.result() == zmqx.POLLIN
    assert pull.poll(0) == zmqx.POLLIN
    assert pull.events_option == zmqx.POLLIN
    assert pull.recv(zmqx.DONTWAIT) == b"x"
    assert pull.poll(0) == 0


def test_poll_waits_for_room(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=2), joiner.socket(zmqx.PULL, rcvhwm=2)
    joiner.join(push, pull)
    count = fill(push)
    waiting = Caller(push.poll, None, zmqx.POLLOUT).waits_for(push)
    for _ in range(count):
        pull.recv_multipart(timeout=5000)
    assert waiting.result() == zmqx.POLLOUT
    push.send(b"x", zmqx.DONTWAIT)
