"""The book of inproc names."""

from __future__ import annotations

import threading

import pytest

import zmqx
from zmqx.errors import ZMQError
from zmqx.transports.inproc import Names


def test_an_owner_is_found_until_it_gives_the_name_back() -> None:
    names = Names()
    assert names.bind("a", "owner") == []
    assert names.find("a", "me") == "owner"
    names.unbind("a")
    assert names.find("a", "me") is None


def test_a_name_has_one_owner() -> None:
    names = Names()
    names.bind("a", "first")
    with pytest.raises(ZMQError) as caught:
        names.bind("a", "second")
    assert caught.value.errno == zmqx.EADDRINUSE
    assert "inproc://a" in str(caught.value)
    assert names.find("a", "me") == "first"
    names.bind("b", "second")


def test_who_looked_too_early_waits_and_is_handed_over_once() -> None:
    names = Names()
    for who in ("one", "two", "other"):
        assert names.find("b" if who == "other" else "a", who) is None
    assert names.bind("a", "owner") == ["one", "two"]
    names.unbind("a")
    assert names.bind("a", "owner") == []


def test_who_forgets_does_not_wait() -> None:
    names = Names()
    names.find("a", "one")
    names.find("a", "two")
    names.forget("a", "one")
    names.forget("a", "one")
    names.forget("b", "stranger")
    assert names.bind("a", "owner") == ["two"]


def test_giving_back_what_nobody_has_is_harmless() -> None:
    names = Names()
    names.bind("b", "owner")
    names.unbind("a")
    assert names.find("b", "me") == "owner"
    assert names.bind("a", "another") == []


def test_nobody_is_missed_between_finding_and_binding() -> None:
    """Whoever does not find the owner is handed to it."""
    for _ in range(100):
        names = Names()
        barrier = threading.Barrier(3)
        found: list[object] = []

        def look(who: str, book: tuple[Names, threading.Barrier, list[object]]) -> None:
            book[1].wait(10)
            book[2].append(book[0].find("a", who))

        args = (names, barrier, found)
        threads = [threading.Thread(target=look, args=(who, args)) for who in ("one", "two")]
        for thread in threads:
            thread.start()
        barrier.wait(10)
        handed = names.bind("a", "owner")
        for thread in threads:
            thread.join()
        assert len(handed) + found.count("owner") == 2
