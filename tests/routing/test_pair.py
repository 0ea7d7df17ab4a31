"""PAIR: one peer, both ways, and no other."""

from __future__ import annotations

from zmqx.routing.pair import Pair

from .ends import Far, received


def test_both_ways() -> None:
    pair = Pair()
    peer = Far(pair)
    assert pair.try_send([b"a", b"b"])
    assert peer.out() == [[b"a", b"b"]]
    peer.deliver(b"c", [b"d", b""])
    assert pair.can_recv()
    assert received(pair) == [b"c", [b"d", b""]]
    assert pair.sender() is peer.pipe


def test_no_peer() -> None:
    pair = Pair()
    assert not pair.can_send()
    assert not pair.can_recv()
    assert not pair.begin(b"m")
    assert pair.try_send(b"m") is False
    assert pair.try_recv() is None


def test_at_the_mark() -> None:
    pair = Pair()
    peer = Far(pair, send_mark=2)
    assert [pair.try_send(b"m") for _ in range(3)] == [True, True, False]
    assert not pair.can_send()
    peer.out()
    assert pair.can_send()


def test_a_second_peer_is_sent_away_and_the_first_stays() -> None:
    pair = Pair()
    first, second = Far(pair), Far(pair)
    assert first.refusals == []
    assert len(second.refusals) == 1
    second.leave()
    assert pair.try_send(b"m")
    assert first.out() == [b"m"]
    assert second.out() == []


def test_after_the_first_another_may_come_and_nothing_read_is_lost() -> None:
    pair = Pair()
    first = Far(pair)
    first.deliver(b"1", b"2")
    assert pair.try_recv() == b"1"
    first.leave()
    assert not pair.can_send()
    second = Far(pair)
    assert second.refusals == []
    second.deliver(b"3")
    assert received(pair) == [b"2", b"3"]
    assert pair.try_send(b"m")
    assert second.out() == [b"m"]
