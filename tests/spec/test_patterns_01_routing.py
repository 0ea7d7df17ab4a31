"""docs/spec/patterns.md, section 1: the rules that routing is made of, and what each type does of them."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawPeer, frame
from .lib import Lib
from .states import row, states
from .test_patterns_01_pipes import taken

AGAIN, OK, DROPPED = "EAGAIN", "ok", "dropped"


@states("P1.22")
def test_load_balancing_goes_round(lib: Lib) -> None:
    push, pulls = lib.socket(zmqx.PUSH), [lib.socket(zmqx.PULL) for _ in range(3)]
    lib.join(push, *pulls, transport="inproc")
    for number in range(9):
        push.send_multipart([b"%d" % number, b"more"])
    assert [[pull.recv_multipart()[0] for _ in range(3)] for pull in pulls] == [
        [b"0", b"3", b"6"],
        [b"1", b"4", b"7"],
        [b"2", b"5", b"8"],
    ]


@states("P1.22")
def test_load_balancing_passes_over_who_is_full(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH, sndhwm=1)
    narrow, wide = lib.socket(zmqx.PULL, rcvhwm=1), lib.socket(zmqx.PULL, rcvhwm=5)
    lib.join(push, narrow, wide, transport="inproc")
    assert taken(lib, push) == 2 + 6
    assert [narrow.recv() for _ in range(2)] == [b"0", b"2"]
    assert [wide.recv() for _ in range(6)] == [b"1", b"3", b"4", b"5", b"6", b"7"]
    # Emptied, both take their turns again.
    lib.attend(push)
    assert taken(lib, push) == 2 + 6
    assert len([narrow.recv() for _ in range(2)]) == 2


@states("P1.22")
def test_load_balancing_takes_new_peers_at_the_end(lib: Lib) -> None:
    push, pulls = lib.socket(zmqx.PUSH), [lib.socket(zmqx.PULL) for _ in range(3)]
    endpoint = lib.join(push, *pulls[:2], transport="inproc")
    push.send(b"0")
    pulls[2].connect(endpoint)
    lib.attend(push)
    for number in range(1, 7):
        push.send(b"%d" % number)
    assert pulls[0].recv() == b"0"
    for turn in range(2):
        order = sorted(range(3), key=lambda who: int(pulls[who].recv()))
        assert order == lib.differs(ours=[1, 0, 2], libzmq=[1, 2, 0], see="0010"), turn


@states("P1.22")
def test_load_balancing_without_anybody_waits(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH)
    lib.bind(push)
    with lib.fails(zmqx.EAGAIN):
        push.send(b"x", zmqx.DONTWAIT)


@states("P1.23")
def test_fair_queueing_takes_one_message_from_each_in_turn(lib: Lib) -> None:
    pull, pushes = lib.socket(zmqx.PULL), [lib.socket(zmqx.PUSH) for _ in range(3)]
    lib.join(pull, *pushes, transport="inproc")
    for who, push in enumerate(pushes):
        for word in (b"a", b"b"):
            push.send_multipart([b"%d" % who, word])
    got = [b"".join(pull.recv_multipart()) for _ in range(6)]
    assert got == [b"0a", b"1a", b"2a", b"0b", b"1b", b"2b"]


@states("P1.24")
def test_fan_out_drops_whole_messages_of_who_is_full(lib: Lib) -> None:
    pub = lib.socket(zmqx.PUB, sndhwm=1)
    narrow, wide = lib.socket(zmqx.SUB, rcvhwm=1, subscribe=b""), lib.socket(zmqx.SUB, rcvhwm=0, subscribe=b"")
    lib.join(pub, narrow, wide, transport="inproc")
    sent = [[b"%d" % number, b"more"] for number in range(10)]
    for message in sent:
        pub.send_multipart(message, zmqx.DONTWAIT)
    assert [wide.recv_multipart() for _ in range(10)] == sent
    assert [narrow.recv_multipart() for _ in range(2)] == sent[:2]
    with lib.fails(zmqx.EAGAIN):
        narrow.recv(zmqx.DONTWAIT)


@states("P1.24")
def test_fan_out_copies_to_those_that_match(lib: Lib) -> None:
    pub = lib.socket(zmqx.PUB)
    subs = [lib.socket(zmqx.SUB, subscribe=topic) for topic in (b"a", b"b", b"a")]
    lib.join(pub, *subs, transport="inproc")
    for word in (b"a1", b"b1", b"a2", b"b2"):
        pub.send(word)
    assert [[sub.recv() for _ in range(2)] for sub in subs] == [[b"a1", b"a2"], [b"b1", b"b2"], [b"a1", b"a2"]]


@states("P1.24")
def test_who_comes_in_the_middle_of_a_message_gets_no_part_of_it(lib: Lib) -> None:
    pub, early, late = lib.socket(zmqx.XPUB), lib.socket(zmqx.SUB, subscribe=b""), lib.socket(zmqx.SUB, subscribe=b"")
    endpoint = lib.join(pub, early, transport="inproc")
    assert pub.recv() == b"\x01"
    pub.send(b"1a", zmqx.SNDMORE)
    late.connect(endpoint)
    lib.attend(pub)
    pub.send(b"1b")
    pub.send(b"2")
    assert [early.recv_multipart() for _ in range(2)] == [[b"1a", b"1b"], [b"2"]]
    whole = [[b"1a", b"1b"], [b"2"]]
    expected = lib.differs(ours=whole, libzmq=whole[1:], see="0010")
    assert [late.recv_multipart() for _ in expected] == expected


@states("P1.25")
def test_the_first_frame_names_the_peer(lib: Lib) -> None:
    router, dealers = lib.socket(zmqx.ROUTER), [lib.socket(zmqx.DEALER, routing_id=name) for name in (b"A", b"B")]
    lib.join(router, *dealers)
    for name in (b"B", b"A", b"A"):
        router.send_multipart([name, b"for " + name])
    assert [dealers[0].recv() for _ in range(2)] == [b"for A", b"for A"]
    assert dealers[1].recv() == b"for B"


@states("P1.26", "P1.27", "P1.28")
@pytest.mark.parametrize("kind", [zmqx.PUSH, zmqx.DEALER])
def test_a_peer_that_goes_in_the_middle_of_a_message(lib: Lib, kind: int) -> None:
    """libzmq swallows the rest of it, and says so at most once; zmqx has the whole message still, for the next peer."""
    sender, receiver = lib.socket(kind), lib.socket(zmqx.PULL if kind == zmqx.PUSH else zmqx.DEALER)
    endpoint = lib.bind(sender)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PULL" if kind == zmqx.PUSH else "DEALER")
        lib.await_peers(sender)
        sender.send(b"1a", zmqx.SNDMORE)
        receiver.connect(endpoint)
        lib.await_peers(sender, 2)
    lib.await_loss(sender, 1)

    def outcome(data: bytes, flags: int) -> str:
        try:
            sender.send(data, flags | zmqx.DONTWAIT)
        except lib.zmq.Again:
            return AGAIN
        return OK

    said = [outcome(b"1b", zmqx.SNDMORE), outcome(b"1c", zmqx.SNDMORE), outcome(b"1d", 0), outcome(b"2", 0)]
    # Whether it says so depends on how far it has got with taking leave of the peer.
    assert said[0] in lib.differs(ours=[OK], libzmq=[AGAIN, OK], see="0010")
    assert said[1:] == [OK, OK, OK]
    if lib.ours:
        assert receiver.recv_multipart() == [b"1a", b"1b", b"1c", b"1d"]
    assert receiver.recv_multipart() == [b"2"]


# -- the summary

SUMMARY = [
    # no peer, full, the other side, what sends or receives in spite of the type
    row("P1.31", zmqx.DEALER, AGAIN, AGAIN, zmqx.DEALER, ""),
    row("P1.33", zmqx.PUB, OK, DROPPED, zmqx.SUB, "recv"),
    row("P1.34", zmqx.XPUB, OK, DROPPED, zmqx.SUB, ""),
    row("P1.37", zmqx.PUSH, AGAIN, AGAIN, zmqx.PULL, "recv"),
    row("P1.39", zmqx.PAIR, AGAIN, AGAIN, zmqx.PAIR, ""),
    row("P1.35", zmqx.SUB, None, None, zmqx.PUB, "send"),
    row("P1.38", zmqx.PULL, None, None, zmqx.PUSH, "send"),
]


@pytest.mark.parametrize(("kind", "no_peer", "full", "partner", "mismatch"), SUMMARY)
def test_what_each_type_does(
    lib: Lib, kind: int, no_peer: str | None, full: str | None, partner: int, mismatch: str
) -> None:
    socket, other = lib.socket(kind, sndhwm=1), lib.socket(partner, rcvhwm=1)
    if partner == zmqx.SUB:
        other.setsockopt(zmqx.SUBSCRIBE, b"")
    if mismatch == "recv":
        with lib.fails(zmqx.ENOTSUP):
            socket.recv(zmqx.DONTWAIT)
    if mismatch == "send":
        with lib.fails(zmqx.ENOTSUP):
            socket.send(b"x", zmqx.DONTWAIT)
        return
    assert taken(lib, socket, most=3) == (0 if no_peer == AGAIN else 3)
    lib.join(socket, other, transport="inproc")
    if kind == zmqx.XPUB:
        assert socket.recv() == b"\x01"
    assert taken(lib, socket, most=5) == (2 if full == AGAIN else 5)
    assert [other.recv() for _ in range(2)] == [b"0", b"1"]
    with lib.fails(zmqx.EAGAIN):
        other.recv(zmqx.DONTWAIT)


@states("P1.36")
def test_what_an_xsub_does(lib: Lib) -> None:
    """What it sends goes to all that have room; it does not filter what comes."""
    xsub = lib.socket(zmqx.XSUB, sndhwm=1)
    xsub.send(b"to nobody", zmqx.DONTWAIT)
    with RawPeer.connect(lib.bind(xsub)) as peer:
        peer.shake_hands("XPUB")
        lib.await_peers(xsub)
        for number in range(100):
            xsub.send_multipart([b"%d" % number, b"x" * 300_000], zmqx.DONTWAIT)
        got = [peer.recv_message()]
        while not peer.is_left_alone():
            got.append(peer.recv_message())
        peer.send(frame(b"anything"))
        assert xsub.recv() == b"anything"
    assert [len(message[1]) for message in got] == [300_000] * len(got)
    numbers = [int(message[0]) for message in got]
    assert numbers == sorted(set(numbers))
    assert len(numbers) < 100


@states("P1.29")
def test_what_a_req_does(lib: Lib) -> None:
    """It takes turns; with nobody there, or with who has no room, it waits."""
    req = lib.socket(zmqx.REQ, sndhwm=1)
    with lib.fails(zmqx.EFSM):
        req.recv(zmqx.DONTWAIT)
    with lib.fails(zmqx.EAGAIN):
        req.send(b"x", zmqx.DONTWAIT)
    router = lib.socket(zmqx.ROUTER, rcvhwm=1)
    lib.join(router, req, transport="inproc")
    req.send(b"0")
    who, empty, word = router.recv_multipart()
    assert (empty, word) == (b"", b"0")
    with lib.fails(zmqx.EFSM):
        req.send(b"x", zmqx.DONTWAIT)
    router.send_multipart([who, b"", b"answer"])
    assert req.recv() == b"answer"
    req.setsockopt(zmqx.REQ_RELAXED, 1)
    for word in (b"1", b"2"):
        req.send(word, zmqx.DONTWAIT)
    with lib.fails(zmqx.EAGAIN):
        req.send(b"3", zmqx.DONTWAIT)


@states("P1.30")
def test_what_a_rep_does(lib: Lib) -> None:
    """It asks each in turn, answers who asked, and drops an answer that nobody can take."""
    rep = lib.socket(zmqx.REP, sndhwm=1)
    with lib.fails(zmqx.EFSM):
        rep.send(b"x", zmqx.DONTWAIT)
    dealers = [lib.socket(zmqx.DEALER, rcvhwm=1) for _ in range(2)]
    lib.join(rep, *dealers, transport="inproc")
    for who, dealer in enumerate(dealers):
        for number in range(4):
            dealer.send_multipart([b"", b"%d%d" % (who, number)])
    for _ in range(4):
        for _who in range(2):
            rep.send(b"re " + rep.recv(), zmqx.DONTWAIT)
    for who, dealer in enumerate(dealers):
        assert [dealer.recv_multipart() for _ in range(2)] == [[b"", b"re %d%d" % (who, n)] for n in range(2)]
        with lib.fails(zmqx.EAGAIN):
            dealer.recv(zmqx.DONTWAIT)


@states("P1.32")
def test_what_a_router_does(lib: Lib) -> None:
    router, dealer = lib.socket(zmqx.ROUTER, sndhwm=1), lib.socket(zmqx.DEALER, rcvhwm=1, routing_id=b"D")
    lib.join(router, dealer, transport="inproc")
    dealer.send(b"here")
    assert router.recv_multipart() == [b"D", b"here"]
    router.send_multipart([b"nobody", b"x"], zmqx.DONTWAIT)
    for number in range(4):
        router.send_multipart([b"D", b"%d" % number], zmqx.DONTWAIT)
    router.setsockopt(zmqx.ROUTER_MANDATORY, 1)
    with lib.fails(zmqx.EHOSTUNREACH):
        router.send(b"nobody", zmqx.SNDMORE | zmqx.DONTWAIT)
    with lib.fails(zmqx.EAGAIN):
        router.send(b"D", zmqx.SNDMORE | zmqx.DONTWAIT)
    assert [dealer.recv() for _ in range(2)] == [b"0", b"1"]
    with lib.fails(zmqx.EAGAIN):
        dealer.recv(zmqx.DONTWAIT)


@states("P1.40")
def test_what_a_stream_does(lib: Lib) -> None:
    """By name, each in turn, bytes as they are."""
    stream = lib.socket(zmqx.STREAM, sndhwm=1)
    with lib.fails(zmqx.EHOSTUNREACH):
        stream.send_multipart([b"nobody", b"x"], zmqx.DONTWAIT)
    endpoint = lib.bind(stream)
    with RawPeer.connect(endpoint) as one, RawPeer.connect(endpoint) as two:
        one.send(b"one")
        two.send(b"two")
        messages = [stream.recv_multipart() for _ in range(4)]  # of each: that it is there, and what it said
        names = {data: who for who, data in messages if data}
        assert sorted(names) == [b"one", b"two"]
        for peer, word in ((two, b"two"), (one, b"one")):
            stream.send_multipart([names[word], b"for " + word])
            assert peer.recv(7) == b"for " + word
        assert taken(lib, stream, message=[names[b"one"], b"x" * 300_000]) < 1000


@states("P1.34")
def test_an_xpub_that_drops_nothing_waits(lib: Lib) -> None:
    pub, sub = lib.socket(zmqx.XPUB, sndhwm=1, xpub_nodrop=1), lib.socket(zmqx.SUB, rcvhwm=1, subscribe=b"")
    lib.join(pub, sub, transport="inproc")
    assert pub.recv() == b"\x01"
    assert taken(lib, pub, most=5) == 2


# -- ready to send

WRITABLE = [zmqx.PUB, zmqx.XPUB, zmqx.XSUB, zmqx.ROUTER, zmqx.SERVER, zmqx.STREAM, zmqx.RADIO, zmqx.DISH]


def can_send(socket: Any) -> bool:
    return bool(socket.poll(0, zmqx.POLLOUT))


@states("P1.50")
@pytest.mark.parametrize("kind", WRITABLE)
def test_some_can_always_send(lib: Lib, kind: int) -> None:
    # Not by poll, which libzmq has not for all of them.
    assert lib.socket(kind).getsockopt(zmqx.EVENTS) == zmqx.POLLOUT


@states("P1.51")
def test_a_mandatory_router_can_send_while_anybody_has_room(lib: Lib) -> None:
    router = lib.socket(zmqx.ROUTER, router_mandatory=1, sndhwm=1)
    assert not can_send(router)
    dealers = [lib.socket(zmqx.DEALER, rcvhwm=1, routing_id=name) for name in (b"A", b"B")]
    lib.join(router, *dealers, transport="inproc")
    for name in (b"A", b"B"):
        assert can_send(router)
        for number in range(2):
            router.send_multipart([name, b"%d" % number])
    assert not can_send(router)
    assert [dealers[1].recv() for _ in range(2)] == [b"0", b"1"]
    assert can_send(router)


@states("P1.52")
def test_a_rep_can_send_when_it_owes_an_answer(lib: Lib) -> None:
    rep, req = lib.pair(zmqx.REP, zmqx.REQ)
    assert not can_send(rep)
    req.send(b"x")
    rep.recv()
    assert can_send(rep)
    rep.send(b"y")
    assert not can_send(rep)


@states("P1.53")
def test_a_req_can_send_when_it_waits_for_no_answer(lib: Lib) -> None:
    rep, req = lib.pair(zmqx.REP, zmqx.REQ)
    assert can_send(req)
    req.send(b"x")
    assert not can_send(req)
    req.setsockopt(zmqx.REQ_RELAXED, 1)
    assert can_send(req)
    req.setsockopt(zmqx.REQ_RELAXED, 0)
    rep.send(rep.recv())
    assert not can_send(req)
    req.recv()
    assert can_send(req)


@states("P1.54")
@pytest.mark.parametrize(
    ("kind", "partner"), [(zmqx.PUSH, zmqx.PULL), (zmqx.DEALER, zmqx.DEALER), (zmqx.PAIR, zmqx.PAIR)]
)
def test_the_others_can_send_while_anybody_has_room(lib: Lib, kind: int, partner: int) -> None:
    socket, other = lib.socket(kind, sndhwm=1), lib.socket(partner, rcvhwm=1)
    assert not can_send(socket)
    lib.join(socket, other, transport="inproc")
    for _ in range(2):
        assert can_send(socket)
        socket.send(b"x")
    assert not can_send(socket)
    for _ in range(2):
        other.recv()
    assert can_send(socket)
