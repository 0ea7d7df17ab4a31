"""docs/spec/patterns.md, sections 3, 4 and 8: REP, DEALER, PUSH and PULL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawPeer
from .lib import Lib
from .states import row, states
from .test_patterns_02_req import message


@contextmanager
def asking(lib: Lib, kind: int = zmqx.REP, claimed: str = "DEALER", **options: Any) -> Iterator[tuple[Any, RawPeer]]:
    """A bound socket and a peer that says whatever a test wants."""
    socket = lib.socket(kind, **options)
    with RawPeer.connect(lib.bind(socket)) as peer:
        peer.shake_hands(claimed)
        lib.await_peers(socket)
        yield socket, peer


@states("P3.1", "P3.5")
@pytest.mark.parametrize("envelope", [[b""], [b"a", b""], [b"a", b"b", b"c", b""]], ids=repr)
def test_the_envelope_is_kept_for_the_answer(lib: Lib, envelope: list[bytes]) -> None:
    with asking(lib) as (rep, peer):
        peer.send(message(*envelope, b"question", b"", b"more"))
        assert rep.recv_multipart() == [b"question", b"", b"more"]
        rep.send_multipart([b"answer", b"more"])
        assert peer.recv_message() == [*envelope, b"answer", b"more"]


@states("P3.5")
def test_the_answer_goes_to_who_asked(lib: Lib) -> None:
    rep, dealers = lib.socket(zmqx.REP), [lib.socket(zmqx.DEALER) for _ in range(3)]
    lib.join(rep, *dealers)
    for number in (2, 0, 1, 1):
        dealers[number].send_multipart([b"", b"%d" % number])
        assert rep.recv() == b"%d" % number
        rep.send(b"re %d" % number)
        assert dealers[number].recv_multipart() == [b"", b"re %d" % number]


@states("P3.2", "P3.4")
@pytest.mark.parametrize("parts", [(b"no",), (b"no", b"envelope"), (b"",), (b"a", b"")], ids=repr)
def test_a_question_without_an_envelope_is_passed_over(lib: Lib, parts: tuple[bytes, ...]) -> None:
    with asking(lib) as (rep, peer):
        peer.send(message(*parts) + message(b"", b"right"))
        assert rep.recv_multipart() == [b"right"]
        rep.send(b"answer")
        assert peer.recv_message() == [b"", b"answer"]


@states("P3.3")
def test_an_empty_question_is_one(lib: Lib) -> None:
    with asking(lib) as (rep, peer):
        peer.send(message(b"", b""))
        assert rep.recv_multipart() == [b""]
        rep.send(b"")
        assert peer.recv_message() == [b"", b""]


@states("P3.6", "P3.7")
def test_an_answer_to_who_is_gone_is_dropped(lib: Lib) -> None:
    with asking(lib) as (rep, peer):
        peer.send(message(b"", b"question"))
        assert rep.recv() == b"question"
    lib.await_loss(rep)
    rep.send(b"to nobody", zmqx.DONTWAIT)
    with lib.fails(zmqx.EAGAIN):  # and not EFSM
        rep.recv(zmqx.DONTWAIT)
    with RawPeer.connect(lib.last_endpoint(rep)) as peer:
        peer.shake_hands("DEALER")
        peer.send(message(b"", b"next"))
        assert rep.recv() == b"next"
        rep.send(b"answer")
        assert peer.recv_message() == [b"", b"answer"]


@states("P3.6", "P3.7")
def test_an_answer_to_who_has_no_room_is_dropped(lib: Lib) -> None:
    rep, dealer = lib.socket(zmqx.REP, sndhwm=1), lib.socket(zmqx.DEALER, rcvhwm=1)
    lib.join(rep, dealer, transport="inproc")
    for number in range(4):
        dealer.send_multipart([b"", b"%d" % number])
        assert rep.recv() == b"%d" % number
        rep.send(b"re %d" % number, zmqx.DONTWAIT)
    assert [dealer.recv_multipart() for _ in range(2)] == [[b"", b"re 0"], [b"", b"re 1"]]
    with lib.fails(zmqx.EAGAIN):
        dealer.recv(zmqx.DONTWAIT)


@states("P3.8", "P3.9")
def test_a_rep_takes_turns(lib: Lib) -> None:
    with asking(lib) as (rep, peer):
        with lib.fails(zmqx.EFSM):
            rep.send(b"x", zmqx.DONTWAIT)
        peer.send(message(b"", b"one") + message(b"", b"two"))
        assert rep.recv() == b"one"
        with lib.fails(zmqx.EFSM):
            rep.recv(zmqx.DONTWAIT)
        rep.send(b"re one")
        with lib.fails(zmqx.EFSM):
            rep.send(b"x", zmqx.DONTWAIT)
        assert rep.recv() == b"two"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        row("P3.10", zmqx.ROUTER_MANDATORY, 1, name="mandatory"),
        row("P3.10", zmqx.ROUTER_HANDOVER, 1, name="handover"),
        row("P3.10", zmqx.CONNECT_ROUTING_ID, b"x", name="connect-id"),
    ],
)
def test_the_options_of_a_router_do_nothing_to_a_rep(lib: Lib, option: int, value: int | bytes) -> None:
    with asking(lib) as (rep, peer):
        rep.setsockopt(option, value)
        peer.send(message(b"", b"question"))
        assert rep.recv() == b"question"
        rep.send(b"answer")
        assert peer.recv_message() == [b"", b"answer"]
        peer.send(message(b"", b"another"))
        assert rep.recv() == b"another"
    lib.await_loss(rep)
    rep.send(b"to nobody", zmqx.DONTWAIT)


# -- DEALER


@states("P4.1")
def test_a_dealer_adds_and_takes_nothing(lib: Lib) -> None:
    with asking(lib, zmqx.DEALER) as (dealer, peer):
        for parts in ([b"one"], [b"", b"two"], [b"three", b"", b"more"], [b""]):
            dealer.send_multipart(parts)
            assert peer.recv_message() == parts
            peer.send(message(*parts))
            assert dealer.recv_multipart() == parts


@states("P4.1")
def test_a_dealer_deals_and_collects_in_turn(lib: Lib) -> None:
    dealer, others = lib.socket(zmqx.DEALER), [lib.socket(zmqx.DEALER) for _ in range(3)]
    lib.join(dealer, *others, transport="inproc")
    for number in range(6):
        dealer.send(b"%d" % number)
    assert [[other.recv() for _ in range(2)] for other in others] == [[b"0", b"3"], [b"1", b"4"], [b"2", b"5"]]
    for who, other in enumerate(others):
        for word in b"ab":
            other.send(b"%d%c" % (who, word))
    assert [dealer.recv() for _ in range(6)] == [b"0a", b"1a", b"2a", b"0b", b"1b", b"2b"]


@states("P4.2")
def test_a_dealer_talks_to_a_rep_with_an_empty_frame_of_its_own(lib: Lib) -> None:
    rep, dealer = lib.pair(zmqx.REP, zmqx.DEALER)
    dealer.send(b"not heard")
    dealer.send_multipart([b"", b"heard"])
    assert rep.recv_multipart() == [b"heard"]
    rep.send(b"answer")
    assert dealer.recv_multipart() == [b"", b"answer"]


@states("P4.3", "O1.51")
def test_a_dealer_probes_every_new_peer(lib: Lib) -> None:
    dealer = lib.socket(zmqx.DEALER, probe_router=1)
    endpoint = lib.bind(dealer)
    for _ in range(2):
        with RawPeer.connect(endpoint) as peer:
            peer.shake_hands("ROUTER")
            lib.await_peers(dealer)
            assert peer.recv(2) == b"\x00\x00"
        lib.await_loss(dealer)


# -- PUSH and PULL


@states("P8.1")
def test_work_is_dealt_and_collected_in_turn(lib: Lib) -> None:
    push, pulls = lib.socket(zmqx.PUSH), [lib.socket(zmqx.PULL) for _ in range(2)]
    lib.join(push, *pulls)
    for number in range(6):
        push.send(b"%d" % number)
    assert [[pull.recv() for _ in range(3)] for pull in pulls] == [[b"0", b"2", b"4"], [b"1", b"3", b"5"]]
    pull, pushes = lib.socket(zmqx.PULL), [lib.socket(zmqx.PUSH) for _ in range(2)]
    lib.join(pull, *pushes, transport="inproc")
    for who, push in enumerate(pushes):
        for word in b"ab":
            push.send(b"%d%c" % (who, word))
    assert [pull.recv() for _ in range(4)] == [b"0a", b"1a", b"0b", b"1b"]


@states("P8.2")
def test_a_push_throws_away_what_comes(lib: Lib) -> None:
    with asking(lib, zmqx.PUSH, "PULL") as (push, peer):
        peer.send(message(b"a") * 3000 + message(b"b", b"c"))
        for number in range(100):
            push.send(b"%d" % number)
            assert peer.recv_message() == [b"%d" % number]
        assert lib.peers(push) == 1


@states("P8.3")
@pytest.mark.parametrize("parts", [[b"one"], [b"", b"two"], [b"", b""]], ids=repr)
def test_work_has_no_envelope(lib: Lib, parts: list[bytes]) -> None:
    with asking(lib, zmqx.PUSH, "PULL") as (push, peer):
        push.send_multipart(parts)
        assert peer.recv(sum(len(part) + 2 for part in parts)) == message(*parts)
    with asking(lib, zmqx.PULL, "PUSH") as (pull, peer):
        peer.send(message(*parts))
        assert pull.recv_multipart() == parts
