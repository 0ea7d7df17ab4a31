"""Names: looked up aside and afresh, all their addresses tried, and nobody waits for a resolver."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

import zmqx

from ..support.bridge import BridgedContext, LoopThread
from ..support.callers import PATIENCE, until
from ..support.events import await_event
from ..support.raw_peer import address_of

E = zmqx.Event


class Resolver:
    """Knows names that end in .example, as a test tells it; others are the system's to know."""

    def __init__(self, real: Callable[..., list[Any]]) -> None:
        self._real = real
        self.release = threading.Event()
        #: What each name has, a list of addresses or an error; None: no answer until ``release``.
        self.names: dict[str, list[str] | OSError | None] = {}
        #: Who asked: the name, and the thread.
        self.asked: list[tuple[str, str]] = []

    def __call__(self, host: str, port: Any, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0) -> Any:
        if not host.endswith(".example"):
            return self._real(host, port, family, kind, proto, flags)
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        self.asked.append((host, threading.current_thread().name))
        found = self.names[host]
        if found is None:
            self.release.wait(PATIENCE)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if isinstance(found, OSError):
            raise found
        return [answer for address in found for answer in self._real(address, port, 0, kind, proto)]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    made = Resolver(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", made)
    yield made
    made.release.set()
    until(lambda: not any(thread.name.endswith("-offload") for thread in threading.enumerate()))


@pytest.fixture(params=["blocking", "asyncio"])
def context(request: pytest.FixtureRequest, resolver: Resolver) -> Iterator[Any]:
    """A context of either face, which must end whatever the resolver does."""
    if request.param == "blocking":
        made = zmqx.Context()
        yield made
        made.destroy(linger=0, timeout=10_000)
        return
    loop = LoopThread()
    bridged: Any = BridgedContext(loop)
    try:
        yield bridged
    finally:
        bridged.destroy(linger=0, timeout=10_000)
        loop.close()


def port_of(endpoint: str) -> int:
    return address_of(endpoint)[1]


def test_a_name_is_looked_up_by_a_thread_of_its_own(context: Any, resolver: Resolver) -> None:
    resolver.names["here.example"] = ["127.0.0.1"]
    pull, push = context.socket(zmqx.PULL), context.socket(zmqx.PUSH)
    push.connect(f"tcp://here.example:{port_of(pull.bind('tcp://127.0.0.1:*'))}")
    push.send(b"x")
    assert pull.recv(timeout=10_000) == b"x"
    assert [(name, thread.endswith("-offload")) for name, thread in resolver.asked] == [("here.example", True)]


def test_a_resolver_that_hangs_keeps_nobody_waiting(context: Any, resolver: Resolver) -> None:
    """Not the caller, not other sockets, not other names, and not the same socket's other peers."""
    resolver.names.update({"mute.example": None, "here.example": ["127.0.0.1"]})
    pull, push = context.socket(zmqx.PULL), context.socket(zmqx.PUSH)
    port = port_of(pull.bind("tcp://127.0.0.1:*"))
    for number in range(5):
        push.connect(f"tcp://mute.example:{1000 + number}")
    until(lambda: len(resolver.asked) == 5)
    push.immediate = 1
    push.connect(f"tcp://here.example:{port}")
    push.wait_connected(timeout=10_000)
    other, another = context.socket(zmqx.REQ), context.socket(zmqx.REP)
    other.connect(another.bind("tcp://127.0.0.1:*"))
    other.send(b"?")
    assert another.recv(timeout=10_000) == b"?"
    another.send(b"!")
    assert other.recv(timeout=10_000) == b"!"


@pytest.mark.parametrize("how", ["disconnect", "close", "context"])
def test_ending_does_not_wait_for_the_resolver(context: Any, resolver: Resolver, how: str) -> None:
    resolver.names["mute.example"] = None
    push = context.socket(zmqx.PUSH, linger=0)
    push.connect("tcp://mute.example:1000")
    until(lambda: resolver.asked)
    start = monotonic()
    if how == "disconnect":
        push.disconnect("tcp://mute.example:1000")
    elif how == "close":
        push.close()
    else:
        context.destroy(linger=0, timeout=10_000)
    assert monotonic() - start < PATIENCE / 2
    assert not resolver.release.is_set()


def test_a_name_is_looked_up_afresh_each_time(context: Any, resolver: Resolver) -> None:
    """A server that moved is found."""
    resolver.names["moves.example"] = ["127.0.0.1"]
    first, push = context.socket(zmqx.PULL), context.socket(zmqx.PUSH, reconnect_ivl=10)
    port = port_of(first.bind("tcp://127.0.0.1:*"))
    push.connect(f"tcp://moves.example:{port}")
    push.send(b"first")
    assert first.recv(timeout=10_000) == b"first"
    second = context.socket(zmqx.PULL)
    second.bind(f"tcp://127.0.0.2:{port}")
    resolver.names["moves.example"] = ["127.0.0.2"]
    with push.events(E.DISCONNECTED) as events:
        first.close()
        await_event(events, E.DISCONNECTED)
    push.send(b"second")
    assert second.recv(timeout=10_000) == b"second"


def test_what_the_resolver_says_is_told(context: Any, resolver: Resolver) -> None:
    resolver.names["nobody.example"] = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    push = context.socket(zmqx.PUSH, reconnect_ivl=10)
    with push.events(E.CONNECT_RETRIED) as events:
        push.connect("tcp://nobody.example:1000")
        for _ in range(2):
            event = await_event(events, E.CONNECT_RETRIED)
            assert "Name or service not known" in event.reason
            assert event.endpoint == "tcp://nobody.example:1000"


@contextlib.contextmanager
def silent(host: str, port: int) -> Iterator[None]:
    """A host that answers nobody: its queue is full, and the system lets the rest wait."""
    with socket.create_server((host, port), backlog=0) as full, contextlib.ExitStack() as fillers:
        for _ in range(5):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield


@pytest.mark.parametrize("dead", [["127.0.0.2"], ["127.0.0.2", "::1"], ["::1", "127.0.0.9"]])
def test_a_dead_address_costs_a_moment(context: Any, resolver: Resolver, dead: list[str]) -> None:
    """One that is silent a quarter of a second, one that refuses nothing; the system alone would try for minutes."""
    pull, push = context.socket(zmqx.PULL), context.socket(zmqx.PUSH, ipv6=1)
    port = port_of(pull.bind("tcp://127.0.0.1:*"))
    resolver.names["many.example"] = [*dead, "127.0.0.1"]
    with silent("127.0.0.2", port):
        start = monotonic()
        push.connect(f"tcp://many.example:{port}")
        push.send(b"x")
        assert pull.recv(timeout=10_000) == b"x"
        if "127.0.0.2" in dead:
            assert monotonic() - start > 0.2


def test_families_take_turns(resolver: Resolver) -> None:
    """So that one that leads nowhere does not keep us from the other (RFC 8305, section 4)."""
    from zmqx.transports import resolve

    resolver.names["many.example"] = ["::1", "::2", "::3", "127.0.0.1", "127.0.0.2"]
    found = [address[0] for _, address in resolve.names("many.example", 80, True)]  # type: ignore[index]  # sockaddr
    assert found == ["::1", "127.0.0.1", "::2", "127.0.0.2", "::3"]
    resolver.names["many.example"] = ["127.0.0.1", "::1", "::2"]
    found = [address[0] for _, address in resolve.names("many.example", 80, True)]  # type: ignore[index]  # sockaddr
    assert found == ["127.0.0.1", "::1", "::2"]


def test_binding_to_a_name_looks_it_up_where_it_is_called(context: Any, resolver: Resolver) -> None:
    resolver.names["here.example"] = ["127.0.0.3"]
    pull = context.socket(zmqx.PULL)
    assert pull.bind("tcp://here.example:*").startswith("tcp://127.0.0.3:")
    assert not resolver.asked[0][1].endswith("-offload")


def test_a_name_to_connect_from_is_not_looked_up(context: Any, resolver: Resolver) -> None:
    """It would be by whoever calls, or does the I/O. An interface or an address is what one connects from."""
    pull, push = context.socket(zmqx.PULL), context.socket(zmqx.PUSH, reconnect_ivl=10)
    port = port_of(pull.bind("tcp://127.0.0.1:*"))
    resolver.names["here.example"] = ["127.0.0.1"]
    with push.events(E.CONNECT_RETRIED) as events:
        push.connect(f"tcp://here.example:0;127.0.0.1:{port}")
        assert "here.example" in await_event(events, E.CONNECT_RETRIED).reason
    assert resolver.asked == []


@pytest.mark.parametrize("host", ["*", "127.0.0.1", "lo", "localhost"])
@pytest.mark.parametrize("transport", ["tcp", "ws"])
def test_where_the_system_knows_no_ipv6_ipv4_will_do(
    context: Any, monkeypatch: pytest.MonkeyPatch, transport: str, host: str
) -> None:
    """As with libzmq: a program that sets IPV6 runs there too."""
    _without_ipv6(monkeypatch)
    pull, push = context.socket(zmqx.PULL, ipv6=1), context.socket(zmqx.PUSH, ipv6=1)
    endpoint = pull.bind(f"{transport}://{host}:*")
    assert "[" not in endpoint
    push.connect(endpoint.replace("0.0.0.0", "localhost").replace("127.0.0.1", "localhost"))
    push.send(b"x")
    assert pull.recv(timeout=10_000) == b"x"


def test_where_the_system_knows_no_ipv6_its_addresses_are_none(ctx: zmqx.Context, monkeypatch: Any) -> None:
    _without_ipv6(monkeypatch)
    assert ctx.socket(zmqx.DISH, ipv6=1).bind("udp://*:*").startswith("udp://0.0.0.0:")
    with pytest.raises(zmqx.ZMQError) as caught:
        ctx.socket(zmqx.PULL, ipv6=1).bind("tcp://[::1]:*")
    assert caught.value.errno == errno.ENODEV


def _without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    class Limited(socket.socket):
        def __init__(self, family: int = -1, kind: int = -1, proto: int = -1, fileno: int | None = None) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, kind, proto, fileno)

    monkeypatch.setattr(socket, "socket", Limited)
