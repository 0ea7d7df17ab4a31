"""A port of datagrams, with a socket that does what a test says."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from zmqx.accounts import Drop
from zmqx.constants import Event, SocketType
from zmqx.engine.datagrams import DatagramPort
from zmqx.engine.ledger import Ledger
from zmqx.engine.monitor import SocketEvent
from zmqx.engine.reactor import READ, WRITE, Guard
from zmqx.engine.surroundings import Surroundings
from zmqx.errors import EAFNOSUPPORT, ENODEV, ZMQError, zmq_error
from zmqx.options import Settings
from zmqx.pipes.pipe import Pipe, nothing
from zmqx.transports.base import Candidate, Datagrams, DatagramTransport

from ..support.virtual_reactor import VirtualReactor


class Air(Datagrams):
    """A socket without a system."""

    endpoint = "udp://test"

    def __init__(self, reactor: VirtualReactor) -> None:
        self.coming: list[bytes | OSError] = []
        self.sent: list[object] = []
        self.room = True
        self.failure: OSError | None = None
        self._reactor = reactor
        self._fd = reactor.adopt(lambda: (READ if self.coming else 0) | (WRITE if self.room else 0))

    def fileno(self) -> int:
        return self._fd

    def receive(self) -> tuple[bytes, str]:
        if not self.coming:
            raise BlockingIOError
        data = self.coming.pop(0)
        if isinstance(data, OSError):
            raise data
        return data, "1.2.3.4:5"

    def _take(self, what: object) -> None:
        if not self.room:
            raise BlockingIOError
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        self.sent.append(what)

    def send(self, data: bytes) -> None:
        self._take(data)

    def send_to(self, data: bytes, address: str) -> None:
        if address == "nowhere":
            raise ValueError(address)
        self._take((address, data))

    def close(self) -> None:
        self._reactor.release(self._fd)


class Aiming(DatagramTransport):
    """Looks up what a test says."""

    scheme = "udp"

    def __init__(self, air: Air, *found: Any) -> None:
        """``found``: for each look-up, candidates or what is raised; none for an address that needs no look-up."""
        self._air = air
        self._found = list(found)
        self.numeric = not found
        self.failure: ZMQError | None = None
        self.without = 0  # a family

    def check_bind(self, address: str) -> Any:
        return address

    def check_connect(self, address: str) -> Any:
        return address

    def listen(self, address: Any, settings: Settings) -> Datagrams:
        return self._air

    def candidates(self, address: Any, settings: Settings) -> list[Candidate] | None:
        return [(2, "numeric")] if self.numeric else None

    def look_up(self, address: Any, settings: Settings) -> list[Candidate]:
        found = self._found.pop(0)
        if isinstance(found, Exception):
            raise found
        return list(found)

    def aim(self, address: Any, candidate: Candidate, settings: Settings) -> Datagrams:
        if self.failure is not None:
            raise self.failure
        if candidate[0] == self.without:
            raise zmq_error(EAFNOSUPPORT, str(candidate[1]))
        return self._air


class Bench:
    """A port and everything round it."""

    def __init__(self, kind: SocketType, send_mark: int = 0, receive_mark: int = 0) -> None:
        self.reactor = VirtualReactor()
        self.guard = Guard()
        self.events: list[SocketEvent] = []
        self.lost: list[Drop] = []
        self.woken: list[str] = []
        self.gone: list[DatagramPort] = []
        self.pipe = Pipe(send_mark, receive_mark, local=True)
        self.settings = Settings(kind)
        self.ledger = Ledger(kind.name, self.guard, self.reactor.now)
        around = Surroundings(
            reactor=self.reactor,
            guard=self.guard,
            hot=set(),
            lockstep=False,
            copies=False,
            check=None,
            up=lambda session: None,
            readable=lambda pipe: self.woken.append("readable"),
            writable=lambda pipe: self.woken.append("writable"),
            ended=lambda session: None,
            authenticate=lambda request, answered: nothing,
            emit=self.events.append,
        )
        self.air = Air(self.reactor)
        self.port = DatagramPort(
            "udp://test",
            self.pipe,
            self.settings,
            around,
            self.ledger,
            up=lambda pipe, name: self.woken.append("up"),
            lose=lambda reason, count, pipe: self.lost.append(reason),
            gone=self.gone.append,
        )

    def bound(self) -> Bench:
        self.port.open_bound(self.air)
        return self

    def told(self) -> list[Event]:
        return [event.kind for event in self.events]

    def put(self, *items: Any) -> list[bool]:
        with self.guard.deferred, self.guard:
            return [self.pipe.put(item) for item in items]


def test_what_comes_goes_into_the_inbox() -> None:
    bench = Bench(SocketType.DISH).bound()
    assert bench.told() == [Event.LISTENING]
    assert bench.woken == ["up"]
    bench.air.coming += [b"\x01ga", b"\x05g", b"", b"\x00b"]
    bench.reactor.settle()
    assert list(bench.pipe.inbox) == [[b"g", b"a"], [b"", b"b"]]
    assert bench.lost == [Drop.MALFORMED] * 2
    assert bench.woken == ["up", "readable"]
    assert (bench.ledger.messages_in, bench.ledger.bytes_in) == (2, 5)


def test_news_of_a_datagram_that_did_not_arrive_is_passed_over() -> None:
    bench = Bench(SocketType.DISH).bound()
    bench.air.coming += [ConnectionRefusedError(errno.ECONNREFUSED, "refused"), b"\x00b"]
    bench.reactor.settle()
    assert list(bench.pipe.inbox) == [[b"", b"b"]]


def test_addresses_of_a_dgram() -> None:
    bench = Bench(SocketType.DGRAM).bound()
    bench.air.coming += [b"a", b""]
    bench.reactor.settle()
    assert list(bench.pipe.inbox) == [[b"1.2.3.4:5\0", b"a"], [b"1.2.3.4:5\0", b""]]
    bench.put([b"1.2.3.4:5\0", b"x"], [b"1.2.3.4:6", memoryview(b"y")], [b"nowhere", b"z"])
    assert bench.air.sent == [("1.2.3.4:5", b"x"), ("1.2.3.4:6", b"y")]
    assert bench.lost == [Drop.MALFORMED]
    assert (bench.ledger.messages_out, bench.ledger.bytes_out) == (2, 2)


def test_a_full_inbox_leaves_the_rest_to_the_system() -> None:
    bench = Bench(SocketType.DISH, receive_mark=4).bound()
    bench.air.coming += [b"\x00%d" % number for number in range(6)]
    bench.reactor.settle()
    assert len(bench.pipe.inbox) == 4
    assert bench.pipe.stalled
    assert bench.reactor.watched == {}
    for _ in range(2):
        bench.pipe.inbox.popleft()
    bench.pipe.eased()
    bench.reactor.settle()
    assert len(bench.pipe.inbox) == 4
    assert not bench.air.coming


def test_messages_leave_at_once() -> None:
    bench = Bench(SocketType.RADIO).bound()
    assert bench.put([b"g", b"a"], [b"", memoryview(b"b")]) == [True, True]
    assert bench.air.sent == [b"\x01ga", b"\x00b"]
    assert bench.port.unsent() == 0


def test_without_room_they_wait_up_to_the_mark() -> None:
    bench = Bench(SocketType.RADIO, send_mark=2)
    bench.port.open_aimed(Aiming(bench.air), "there")
    assert bench.reactor.watched == {}
    bench.air.room = False
    assert bench.put([b"", b"1"], [b"", b"2"], [b"", b"3"]) == [True, True, False]
    assert bench.port.unsent() == 2
    bench.reactor.settle()
    assert bench.air.sent == []
    bench.air.room = True
    bench.reactor.settle()
    assert bench.air.sent == [b"\x001", b"\x002"]
    assert bench.woken == ["up", "writable"]
    assert bench.reactor.watched == {}


@pytest.mark.parametrize("sends", [False, True])
def test_where_no_more_can_be_watched_it_tries_again(sends: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The call that wanted it watched has nothing to do with it."""
    bench = Bench(SocketType.RADIO if sends else SocketType.DISH)
    room = [OSError(errno.ENOSPC, "no room") for _ in range(3)]
    if sends:
        bench.port.open_aimed(Aiming(bench.air), "there")
        bench.air.room = False
        bench.reactor.no_room = room
        assert bench.put([b"", b"1"]) == [True]
        bench.air.room = True
    else:
        bench.reactor.no_room = room
        bench.bound()
        bench.air.coming += [b"\x00b"]
    bench.reactor.settle()
    assert room, "it tries again at once, and again"
    bench.reactor.advance(1000)
    assert not room
    assert (bench.air.sent, list(bench.pipe.inbox)) == (([b"\x001"], []) if sends else ([], [[b"", b"b"]]))
    (told,) = caplog.records
    assert "no room" in told.getMessage()
    bench.port.close()
    assert not bench.reactor.pending()


def test_what_the_system_refuses_is_lost_and_the_next_is_not() -> None:
    bench = Bench(SocketType.RADIO).bound()
    bench.air.failure = OSError(errno.ENETUNREACH, "unreachable")
    bench.put([b"", b"1"], [b"", b"2"])
    assert bench.air.sent == [b"\x002"]
    assert bench.lost == [Drop.REFUSED]


def test_a_name_is_looked_up_until_it_is_found() -> None:
    bench = Bench(SocketType.RADIO)
    air = bench.air
    bench.port.open_aimed(Aiming(air, OSError("who?"), OSError("who?"), [(2, "found")]), "name")
    bench.put([b"", b"early"])
    bench.reactor.settle()
    assert bench.told() == [Event.CONNECT_RETRIED]
    assert bench.woken == []
    bench.reactor.advance(4 * bench.settings.reconnect_ivl)  # with what chance adds
    assert bench.told() == [Event.CONNECT_RETRIED, Event.CONNECT_RETRIED, Event.CONNECTED]
    assert air.sent == [b"\x00early"]
    assert bench.woken == ["up"]


def test_pauses_between_look_ups_are_those_of_any_endpoint() -> None:
    """RECONNECT_IVL 0 is no end, and nobody spins."""
    bench = Bench(SocketType.RADIO)
    bench.settings.reconnect_ivl = 0
    bench.port.open_aimed(Aiming(bench.air, *[OSError("who?")] * 4, [(2, "found")]), "name")
    bench.reactor.settle()
    assert bench.told() == [Event.CONNECT_RETRIED] * 2
    assert bench.gone == []
    bench.reactor.advance(10)
    bench.reactor.advance(20)
    assert bench.told() == [Event.CONNECT_RETRIED] * 4
    bench.reactor.advance(40)
    assert bench.told()[-1] is Event.CONNECTED


def test_of_several_addresses_the_first_that_this_system_can_send_to_is_taken() -> None:
    bench = Bench(SocketType.RADIO)
    aiming = Aiming(bench.air, [(10, "of IPv6"), (2, "of IPv4")])
    aiming.without = 10
    bench.port.open_aimed(aiming, "name")
    bench.reactor.settle()
    assert bench.told() == [Event.CONNECTED]


def test_a_name_is_looked_up_once_if_there_is_no_second_try() -> None:
    bench = Bench(SocketType.RADIO)
    bench.settings.reconnect_ivl = -1
    bench.port.open_aimed(Aiming(bench.air, OSError("who?")), "name")
    bench.reactor.settle()
    assert bench.gone == [bench.port]
    assert bench.reactor.pending() == []


def test_what_cannot_work_fails_at_once_where_nothing_is_looked_up() -> None:
    bench = Bench(SocketType.RADIO)
    aiming = Aiming(bench.air)
    aiming.failure = zmq_error(ENODEV, "udp://nosuch")
    with pytest.raises(ZMQError, match="nosuch"):
        bench.port.open_aimed(aiming, "nosuch")
    later = Bench(SocketType.RADIO)
    aiming = Aiming(later.air, [(2, "found")], [(2, "found")])
    aiming.failure = zmq_error(ENODEV, "udp://nosuch")
    later.port.open_aimed(aiming, "name")
    later.reactor.settle()
    assert later.told() == [Event.CONNECT_RETRIED]
    aiming.failure = None
    later.reactor.advance(2 * later.settings.reconnect_ivl)
    assert later.told() == [Event.CONNECT_RETRIED, Event.CONNECTED]


def test_finishing_sends_what_is_left() -> None:
    bench = Bench(SocketType.DGRAM).bound()
    bench.air.room = False
    bench.put([b"1.2.3.4:5", b"last"])
    bench.port.finish()
    bench.air.coming.append(b"too late")
    bench.reactor.settle()
    assert not bench.gone
    assert not bench.pipe.inbox
    bench.air.room = True
    bench.reactor.settle()
    assert bench.air.sent == [("1.2.3.4:5", b"last")]
    assert bench.gone == [bench.port]
    assert bench.told() == [Event.LISTENING, Event.CLOSED]
    assert bench.reactor.open_descriptors == 0


def test_closing_ends_everything_once() -> None:
    bench = Bench(SocketType.DISH).bound()
    bench.port.close()
    bench.port.close()
    assert bench.told() == [Event.LISTENING, Event.CLOSED]
    assert bench.reactor.open_descriptors == 0
    waiting = Bench(SocketType.RADIO)
    waiting.port.open_aimed(Aiming(waiting.air, OSError("who?"), [(2, "found")]), "name")
    waiting.reactor.settle()
    waiting.port.close()
    assert waiting.reactor.pending() == []


def test_a_name_that_is_found_too_late() -> None:
    bench = Bench(SocketType.RADIO)
    bench.reactor.offload_hangs = True
    bench.port.open_aimed(Aiming(bench.air, [(2, "found")]), "name")
    bench.port.finish()
    bench.reactor.offload_hangs = False
    bench.reactor.settle()
    assert bench.gone == [bench.port]
    assert bench.told() == []
