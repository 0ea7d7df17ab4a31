"""docs/spec/patterns.md, section 2: REQ. The other side is a plain socket: it says what no REP would."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawListener, RawPeer, frame
from .lib import Lib
from .states import states

MORE = 1


def message(*parts: bytes) -> bytes:
    """The bytes of a message."""
    return b"".join(frame(part, MORE) for part in parts[:-1]) + frame(parts[-1])


@contextmanager
def answering(lib: Lib, **options: Any) -> Iterator[tuple[Any, RawPeer]]:
    """A bound REQ and a peer that calls itself REP."""
    req = lib.socket(zmqx.REQ, **options)
    with RawPeer.connect(lib.bind(req)) as peer:
        peer.shake_hands("REP")
        lib.await_peers(req)
        yield req, peer


@states("P2.1")
def test_a_request_begins_with_an_empty_frame(lib: Lib) -> None:
    with answering(lib) as (req, peer):
        req.send_multipart([b"hello", b"world"])
        assert peer.recv(2 + 7 + 7) == b"\x01\x00" + b"\x01\x05hello" + b"\x00\x05world"


@states("P2.2", "P2.3", "O1.52")
def test_a_correlated_request_begins_with_its_number(lib: Lib) -> None:
    with answering(lib, req_correlate=1, req_relaxed=1) as (req, peer):
        numbers = []
        for _ in range(3):
            req.send(b"x")
            assert peer.recv(2) == b"\x01\x04"
            numbers.append(int.from_bytes(peer.recv(4), sys.byteorder))
            assert peer.recv(5) == b"\x01\x00" + b"\x00\x01x"
    assert [(number - numbers[0]) % 2**32 for number in numbers] == [0, 1, 2]


@states("P2.3")
def test_numbers_begin_anywhere(lib: Lib) -> None:
    first = set()
    for _ in range(2):
        with answering(lib, req_correlate=1) as (req, peer):
            req.send(b"x")
            first.add(peer.recv_message()[0])
    assert len(first) == 2


@states("P2.4", "P2.5")
def test_a_req_takes_turns(lib: Lib) -> None:
    with answering(lib) as (req, peer):
        with lib.fails(zmqx.EFSM):
            req.recv(zmqx.DONTWAIT)
        req.send(b"one")
        with lib.fails(zmqx.EFSM):
            req.send(b"two", zmqx.DONTWAIT)
        assert peer.recv_message() == [b"", b"one"]
        peer.send(message(b"", b"answer"))
        assert req.recv() == b"answer"
        with lib.fails(zmqx.EFSM):
            req.recv(zmqx.DONTWAIT)
        req.send(b"two")
        assert peer.recv_message() == [b"", b"two"]


@states("P2.6")
def test_in_the_middle_of_a_request_a_req_only_sends(lib: Lib) -> None:
    with answering(lib) as (req, peer):
        req.send(b"one", zmqx.SNDMORE)
        with lib.fails(zmqx.EFSM):
            req.recv(zmqx.DONTWAIT)
        req.send(b"two")
        assert peer.recv_message() == [b"", b"one", b"two"]


@states("P2.7")
def test_only_who_was_asked_is_heard(lib: Lib) -> None:
    with answering(lib) as (req, asked), RawPeer.connect(lib.last_endpoint(req)) as other:
        other.shake_hands("REP")
        lib.await_peers(req, 2)
        req.send(b"question")
        assert asked.recv_message() == [b"", b"question"]
        other.send(message(b"", b"wrong"))
        req.setsockopt(zmqx.RCVTIMEO, 100)
        with lib.fails(zmqx.EAGAIN):
            req.recv()
        req.setsockopt(zmqx.RCVTIMEO, 10_000)
        asked.send(message(b"", b"right"))
        assert req.recv() == b"right"


@states("P2.8")
def test_what_nobody_asked_for_is_gone_with_the_next_request(lib: Lib) -> None:
    with answering(lib) as (req, peer):
        req.send(b"one")
        peer.recv_message()
        peer.send(message(b"", b"answer one") + message(b"", b"and another"))
        assert req.recv() == b"answer one"
        req.send(b"two")
        assert peer.recv_message() == [b"", b"two"]
        peer.send(message(b"", b"answer two"))
        assert req.recv() == b"answer two"


@states("P2.9")
@pytest.mark.parametrize("body", [[b"answer"], [b"", b""], [b"a", b"b"]], ids=["one", "empty", "two"])
def test_an_answer_begins_with_an_empty_frame(lib: Lib, body: list[bytes]) -> None:
    with answering(lib) as (req, peer):
        req.send(b"question")
        peer.recv_message()
        peer.send(message(b"", *body))
        assert req.recv_multipart() == body


@states("P2.9", "P2.11")
def test_an_answer_has_the_number_of_the_request(lib: Lib) -> None:
    with answering(lib, req_correlate=1) as (req, peer):
        req.send(b"question")
        number = peer.recv_message()[0]
        wrong = bytes((number[0] ^ 1,)) + number[1:]
        peer.send(message(wrong, b"", b"wrong") + message(number, b"", b"right", b"more"))
        assert req.recv_multipart() == [b"right", b"more"]


MALFORMED = [(b"answer",), (b"a", b"answer"), (b"abcd", b"b", b"answer"), (b"",), (b"abcd", b"")]


@states("P2.9", "P2.10")
@pytest.mark.parametrize("parts", MALFORMED, ids=repr)
def test_who_answers_wrongly_is_cut_off(lib: Lib, parts: tuple[bytes, ...]) -> None:
    with answering(lib) as (req, peer):
        req.send(b"question")
        peer.recv_message()
        peer.send(message(*parts))
        assert peer.ended()


@states("P2.10")
def test_who_answers_wrongly_is_not_dialed_again(lib: Lib) -> None:
    """By libzmq. zmqx dials again, and says in an event why it hung up."""
    req = lib.socket(zmqx.REQ, reconnect_ivl=10)
    with RawListener() as listener:
        req.connect(listener.endpoint)
        req.send(b"question")
        with listener.accept() as peer:
            peer.shake_hands("REP")
            assert peer.recv_message() == [b"", b"question"]
            peer.send(message(b"answer"))
            assert peer.ended()
        again = bool(select.select([listener.sock], [], [], lib.differs(ours=10, libzmq=0.2, see="0010"))[0])
    assert again is lib.ours


@states("P2.12")
def test_without_correlation_a_numbered_answer_is_passed_over(lib: Lib) -> None:
    with answering(lib) as (req, peer):
        req.send(b"question")
        peer.recv_message()
        peer.send(message(b"abcd", b"", b"wrong") + message(b"", b"right"))
        assert req.recv() == b"right"


@states("P2.13")
def test_a_req_whose_peer_went_is_stuck(lib: Lib) -> None:
    with answering(lib) as (req, peer):
        req.send(b"question")
        peer.recv_message()
    lib.await_loss(req)
    with RawPeer.connect(lib.last_endpoint(req)) as peer:
        peer.shake_hands("REP")
        lib.await_peers(req)
        with lib.fails(zmqx.EAGAIN):
            req.recv(zmqx.DONTWAIT)
        with lib.fails(zmqx.EFSM):
            req.send(b"another", zmqx.DONTWAIT)
        req.setsockopt(zmqx.REQ_RELAXED, 1)
        req.send(b"another", zmqx.DONTWAIT)
        assert peer.recv_message() == [b"", b"another"]


@states("P2.14")
def test_a_req_whose_peer_went_takes_any_answer(lib: Lib) -> None:
    with answering(lib) as (req, peer):
        req.send(b"question")
        peer.recv_message()
    lib.await_loss(req)
    with RawPeer.connect(lib.last_endpoint(req)) as peer:
        peer.shake_hands("REP")
        peer.send(message(b"", b"from another"))
        assert req.recv() == b"from another"


@states("P2.14")
def test_a_req_that_connected_hears_whom_it_asked_when_he_is_back(lib: Lib) -> None:
    req = lib.socket(zmqx.REQ, reconnect_ivl=10)
    with RawListener() as one, RawListener() as two:
        for listener in (one, two):
            req.connect(listener.endpoint)
        with one.accept() as asked, two.accept() as other:
            for peer in (asked, other):
                peer.shake_hands("REP")
            lib.await_peers(req, 2)
            req.send(b"question")
            assert asked.recv_message() == [b"", b"question"]
            asked.close()
            with one.accept() as back:
                back.shake_hands("REP")
                other.send(message(b"", b"from another"))
                req.setsockopt(zmqx.RCVTIMEO, 100)
                with lib.fails(zmqx.EAGAIN):
                    req.recv()
                req.setsockopt(zmqx.RCVTIMEO, 10_000)
                back.send(message(b"", b"from whom it asked"))
                assert req.recv() == b"from whom it asked"


@states("P2.15", "O1.53")
def test_a_relaxed_req_may_ask_anew(lib: Lib) -> None:
    with answering(lib, req_relaxed=1) as (req, peer):
        req.send(b"one")
        req.send(b"two")
        assert [peer.recv_message() for _ in range(2)] == [[b"", b"one"], [b"", b"two"]]
        peer.send(message(b"", b"answer"))
        assert req.recv() == b"answer"
        with lib.fails(zmqx.EFSM):
            req.recv(zmqx.DONTWAIT)


@states("P2.16", "P2.11")
def test_a_late_answer_is_passed_over_by_its_number(lib: Lib) -> None:
    with answering(lib, req_relaxed=1, req_correlate=1) as (req, peer):
        req.send(b"one")
        req.send(b"two")
        numbers = [peer.recv_message()[0] for _ in range(2)]
        peer.send(message(numbers[0], b"", b"answer one") + message(numbers[1], b"", b"answer two"))
        assert req.recv() == b"answer two"


@states("P2.17")
def test_without_numbers_a_late_answer_is_taken_for_the_new_one(lib: Lib) -> None:
    with answering(lib, req_relaxed=1) as (req, peer):
        req.send(b"one")
        assert peer.recv_message() == [b"", b"one"]
        req.send(b"two")
        assert peer.recv_message() == [b"", b"two"]
        peer.send(message(b"", b"answer one"))
        assert req.recv() == b"answer one"


@states("P2.18", "O1.51")
def test_a_req_can_probe(lib: Lib) -> None:
    with answering(lib, probe_router=1) as (req, peer):
        assert peer.recv(2) == b"\x00\x00"
        req.send(b"question")
        assert peer.recv_message() == [b"", b"question"]


@states("P2.19")
def test_without_a_peer_a_req_waits(lib: Lib) -> None:
    req = lib.socket(zmqx.REQ)
    lib.bind(req)
    with lib.fails(zmqx.EAGAIN):
        req.send(b"x", zmqx.DONTWAIT)
    req.setsockopt(zmqx.SNDTIMEO, 50)
    with lib.fails(zmqx.EAGAIN):
        req.send(b"x")


@states("P2.20")
@pytest.mark.parametrize("immediate", [0, 1])
def test_who_is_being_connected_counts_as_a_peer(lib: Lib, immediate: int) -> None:
    req = lib.socket(zmqx.REQ, immediate=immediate, reconnect_ivl=10)
    endpoint = lib.endpoint("ipc")
    req.connect(endpoint)
    if immediate:
        with lib.fails(zmqx.EAGAIN):
            req.send(b"x", zmqx.DONTWAIT)
        return
    req.send(b"x", zmqx.DONTWAIT)
    rep = lib.socket(zmqx.REP)
    rep.bind(endpoint)
    assert rep.recv() == b"x"
