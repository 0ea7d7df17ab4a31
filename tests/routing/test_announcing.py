"""Who says what when a connection comes and goes."""

from __future__ import annotations

import pytest

from zmqx.constants import RouterNotify, SocketOption, SocketType
from zmqx.options import Settings
from zmqx.pipes.notices import Notices, notices_of
from zmqx.routing.base import Routing
from zmqx.routing.dealer import Dealer
from zmqx.routing.registry import ROUTINGS
from zmqx.routing.router import Router

from .ends import Far, received

GREETED = Notices(b"hello", False, ())
TOLD = Notices(b"", True, (b"", b"gone"))


# -- what an endpoint's options say


def notices(kind: SocketType, *, accepted: bool = True, inproc: bool = False, **options: object) -> Notices | None:
    settings = Settings(kind)
    for name, value in options.items():
        setattr(settings, name, value)
    return notices_of(settings, accepted=accepted, inproc=inproc)


@pytest.mark.parametrize("kind", sorted(set(SocketType) - {SocketType.STREAM}), ids=lambda kind: kind.name)
@pytest.mark.parametrize("accepted", [True, False])
def test_as_a_rule_there_is_nothing_to_say(kind: SocketType, accepted: bool) -> None:
    assert notices(kind, accepted=accepted) is None


def told(found: Notices | None) -> tuple[bytes, bool, tuple[bytes, ...]] | None:
    return None if found is None else (found.hello, found.arrival, found.loss)


def test_each_side_has_its_own_last_words() -> None:
    options = {"hello_msg": b"hello", "disconnect_msg": b"gone", "hiccup_msg": b"hiccup"}
    assert told(notices(SocketType.PEER, **options)) == (b"hello", False, (b"gone",))
    assert told(notices(SocketType.PEER, accepted=False, **options)) == (b"hello", False, (b"hiccup",))


def test_over_inproc_there_are_hellos_and_farewells_of_peers_that_came() -> None:
    options = {"hello_msg": b"hello", "disconnect_msg": b"gone", "hiccup_msg": b"hiccup", "router_notify": 3}
    assert told(notices(SocketType.ROUTER, inproc=True, **options)) == (b"hello", False, (b"gone",))
    assert told(notices(SocketType.ROUTER, inproc=True, accepted=False, **options)) == (b"hello", False, ())


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (0, None),
        (RouterNotify.CONNECT, (b"", True, ())),
        (RouterNotify.DISCONNECT, (b"", False, (b"",))),
        (3, (b"", True, (b"",))),
    ],
)
def test_a_router_notifies_by_bits(bits: int, expected: object) -> None:
    assert told(notices(SocketType.ROUTER, router_notify=bits)) == expected


def test_raw_bytes_are_notified_of_unless_a_stream_says_no() -> None:
    everything = (b"", True, (b"",))
    assert told(notices(SocketType.STREAM)) == everything
    assert notices(SocketType.STREAM, stream_notify=0) is None
    assert told(notices(SocketType.ROUTER, router_raw=1, router_notify=1)) == everything


# -- what the routings make of it

GREETERS = [SocketType.ROUTER, SocketType.DEALER, SocketType.REP, SocketType.SERVER, SocketType.CLIENT, SocketType.PEER]


def made(kind: SocketType) -> Routing:
    return ROUTINGS[kind](7)


@pytest.mark.parametrize("kind", GREETERS, ids=lambda kind: kind.name)
def test_a_hello_goes_before_what_is_queued(kind: SocketType) -> None:
    routing = made(kind)
    peer = Far(routing, local=True, connected=False, notices=GREETED)
    peer.pipe.put(b"queued")
    peer.come_back(b"name")
    assert peer.out() == [b"hello", b"queued"]
    peer.break_off()
    peer.come_back(b"name")
    assert peer.out() == [b"hello"]


@pytest.mark.parametrize("routing", [Router(7), Dealer(7)], ids=["ROUTER", "DEALER"])
def test_a_hello_goes_before_a_probe(routing: Routing) -> None:
    routing.set_option(SocketOption.PROBE_ROUTER, 1)
    assert Far(routing, b"name", notices=GREETED).out() == [b"hello", b""]


def test_nobody_sent_away_is_greeted_or_told_of() -> None:
    socket = Router(7)
    Far(socket, b"name")
    second = Far(socket, b"name", notices=Notices(b"hello", True, (b"gone",)))
    assert second.refusals
    assert second.out() == []
    second.leave()
    assert received(socket) == []


def test_nobody_taken_over_is_told_of() -> None:
    socket = Router(7)
    socket.set_option(SocketOption.ROUTER_HANDOVER, 1)
    first = Far(socket, b"name", notices=TOLD)
    assert received(socket) == [[b"name", b""]]
    second = Far(socket, b"name", notices=TOLD)
    first.leave()
    assert received(socket) == [[b"name", b""]]
    second.leave()
    assert received(socket) == [[b"name", b""], [b"name", b"gone"]]


@pytest.mark.parametrize("kind", [SocketType.DEALER, SocketType.CLIENT], ids=lambda kind: kind.name)
def test_a_loss_is_heard_after_what_came_before_it(kind: SocketType) -> None:
    routing = made(kind)
    peer = Far(routing, local=True, notices=Notices(b"", False, (b"hiccup",)))
    peer.deliver(b"1", b"2")
    peer.break_off()
    assert received(routing) == [b"1", b"2", b"hiccup"]
    peer.break_off()
    assert received(routing) == [b"hiccup"]
    assert routing.can_recv() is False


def test_a_rep_is_not_told_by_raw_bytes_either() -> None:
    routing = made(SocketType.REP)
    peer = Far(routing, notices=notices(SocketType.REP, router_raw=1))
    peer.leave()
    assert routing.drops == {}
    assert routing.can_recv() is False
