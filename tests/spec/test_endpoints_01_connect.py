"""docs/spec/endpoints.md, section 1: connecting over tcp."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.raw_peer import address_of
from . import kernel
from .lib import Lib
from .states import row, states
from .watching import watch


@pytest.fixture(autouse=True)
def no_look_up_is_left() -> Iterator[None]:
    """One that is under way when its socket closes ends by itself: nobody waits for a resolver."""
    yield
    until(lambda: not any(thread.name.endswith("-offload") for thread in threading.enumerate()))


TAKEN = [
    row("E1.22", "127.0.0.1:5999"),
    row("E1.22", "a-host.example:80", name="E1.22-name"),
    row("E1.22", "under_score:80", name="E1.22-underscore"),
    row("E1.22", "[::1]:80", name="E1.22-brackets"),
    row("E1.3 E1.22", "[::1%lo]:80"),
    row("E1.1 E1.22", "::1:80"),
    row("E1.22", "1.2.3.4:80:90", name="E1.22-colons"),
    row("E1.22 E1.24", "lo:5999"),
    row("E1.23", "nobody.invalid:80"),
    row("E1.26", "127.0.0.1:0;127.0.0.1:5999"),
    row("E1.26", "lo:0;127.0.0.1:5999", name="E1.26-interface"),
    row("E1.26", "nosuch:0;127.0.0.1:5999", name="E1.26-unknown"),
]


@pytest.mark.parametrize("address", TAKEN)
def test_only_the_form_is_looked_at(lib: Lib, address: str) -> None:
    """And the endpoint is remembered as it was given."""
    push = lib.socket(zmqx.PUSH)
    push.connect(f"tcp://{address}")
    assert lib.last_endpoint(push) == f"tcp://{address}"
    push.disconnect(f"tcp://{address}")


REFUSED = [
    *(row("E1.25", f"127.0.0.1{port}", name=f"E1.25-{port}") for port in ("", ":", ":abc", ":*", ":80/path")),
    *(row("E1.25", host, name=f"E1.25-{host}") for host in ("*:5999", "-x:80", "bad_host!:80", "b@d:80", "a b:80")),
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_has_not_even_the_form(lib: Lib, address: str) -> None:
    push = lib.socket(zmqx.PUSH)
    with lib.fails(zmqx.EINVAL):
        push.connect(f"tcp://{address}")
    assert lib.last_endpoint(push) == ""


NEVER = ["127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:59x", ":80", "127.0.0.1;127.0.0.1:5999"]


@pytest.mark.parametrize("address", [row("E1.24", address, name=f"E1.24-{address}") for address in NEVER])
def test_what_could_never_connect(lib: Lib, address: str) -> None:
    push = lib.socket(zmqx.PUSH)
    if lib.differs(ours=True, libzmq=False, see="0010"):
        with lib.fails(zmqx.EINVAL):
            push.connect(f"tcp://{address}")
    else:
        push.connect(f"tcp://{address}")


@states("E1.21", "E1.23")
def test_a_name_that_nobody_has_is_tried_for_ever(lib: Lib) -> None:
    """Names under .invalid (RFC 6761) do not exist; a resolver says so at once."""
    push, watcher = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    push.connect("tcp://nobody.invalid:80")
    for _ in range(3):
        watcher.until("CONNECT_RETRIED")


@states("E1.21")
def test_what_went_wrong_shows_in_events(lib: Lib) -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as once:
        endpoint = f"tcp://127.0.0.1:{once.getsockname()[1]}"
    push, watcher = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    push.connect(endpoint)
    assert watcher.kinds(3) == ["CONNECT_DELAYED", "CLOSED", "CONNECT_RETRIED"]


@states("E1.24")
def test_an_interface_has_no_peer(lib: Lib) -> None:
    """Names of interfaces are for our own end: as a host, "lo" is looked up like any."""
    push, watcher = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    push.connect("tcp://lo:5999")
    assert "CONNECTED" not in watcher.kinds_until("CONNECT_RETRIED")


@states("E1.26")
@pytest.mark.parametrize("source", ["127.0.0.2:0", "lo:0", "127.0.0.1:0", "{port}"])
def test_the_local_end_is_bound_first(lib: Lib, source: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH)
    endpoint = lib.bind(pull)
    given = f"127.0.0.1:{port}" if source == "{port}" else source
    push.connect(f"tcp://{given};{endpoint.removeprefix('tcp://')}")
    push.send(b"x")
    assert pull.recv() == b"x"
    with kernel.socket_at(endpoint, "connected") as found:
        host, number = found.getsockname()
        assert host == given.rpartition(":")[0].replace("lo", "127.0.0.1")
        assert number == port or source != "{port}"  # the system may happen to choose it, too
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1


@states("E1.26")
def test_a_source_is_never_looked_up(lib: Lib) -> None:
    """A name of a host is none of a source; it fails as a dial does, and is tried again."""
    pull = lib.socket(zmqx.PULL)
    where = lib.bind(pull).removeprefix("tcp://")
    push, watcher = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    push.connect(f"tcp://nobody.invalid:0;{where}")
    assert "CONNECTED" not in watcher.kinds_until("CONNECT_RETRIED")


@states("E1.27")
def test_the_last_endpoint_is_as_given(lib: Lib) -> None:
    pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH)
    port = address_of(lib.bind(pull))[1]
    for host in ("localhost", "127.0.0.1", "127.1"):
        push.connect(f"tcp://{host}:{port}")
        assert lib.last_endpoint(push) == f"tcp://{host}:{port}"
    lib.await_peers(push)


# -- families


@states("E1.28")
def test_with_ipv6_an_address_of_ipv4_will_do(lib: Lib) -> None:
    pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH, ipv6=1)
    push.connect(lib.bind(pull))
    push.send(b"x")
    assert pull.recv() == b"x"


@states("E1.28")
@pytest.mark.parametrize("transport", ["tcp", "tcp6"])
def test_with_ipv6_a_name_may_have_either(lib: Lib, transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """libzmq's localhost is what the machine says: often only the older family."""
    host = "127.0.0.1" if transport == "tcp" else "::1"
    if lib.ours:
        answers(monkeypatch, host)
    elif host not in {found[4][0] for found in socket.getaddrinfo("localhost", 0)}:
        host, transport = "127.0.0.1", "tcp"
    pull, push = lib.socket(zmqx.PULL, ipv6=int(":" in host)), lib.socket(zmqx.PUSH, ipv6=1)
    port = address_of(lib.bind(pull, transport))[1]
    push.connect(f"tcp://{'named.example' if lib.ours else 'localhost'}:{port}")
    push.send(b"x")
    assert pull.recv() == b"x"


@states("E1.29")
def test_without_ipv6_only_the_older_family_is_asked_for(ours: Lib, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, "127.0.0.1")
    pull, push = ours.socket(zmqx.PULL), ours.socket(zmqx.PUSH)
    push.connect(f"tcp://named.example:{address_of(ours.bind(pull))[1]}")
    push.send(b"x")
    assert pull.recv() == b"x"
    assert set(asked) == {socket.AF_INET}


@states("E1.29")
def test_without_ipv6_an_address_of_ipv6_is_none(lib: Lib) -> None:
    pull = lib.socket(zmqx.PULL, ipv6=1)
    port = address_of(lib.bind(pull, "tcp6"))[1]
    push, watcher = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    push.connect(f"tcp://[::1]:{port}")
    assert "CONNECTED" not in watcher.kinds_until("CONNECT_RETRIED")


@states("E1.30")
@pytest.mark.parametrize("first", ["::1", "127.0.0.9"])
def test_all_addresses_of_a_name_are_tried(ours: Lib, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """libzmq would stay with the first, where nobody is."""
    answers(monkeypatch, first, "127.0.0.1")
    pull, push = ours.socket(zmqx.PULL), ours.socket(zmqx.PUSH, ipv6=1, reconnect_ivl=-1)
    push.connect(f"tcp://named.example:{address_of(ours.bind(pull))[1]}")
    push.send(b"x")
    assert pull.recv() == b"x"


def answers(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> list[int]:
    """A resolver that knows one name, and in which families it was asked."""
    real = socket.getaddrinfo
    asked: list[int] = []

    def getaddrinfo(host: str, port: Any, family: int = 0, *rest: Any) -> list[Any]:
        if host != "named.example":
            return real(host, port, family, *rest)
        if rest[-1] & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not numeric")
        asked.append(family)
        return [found for each in hosts for found in real(each, port, 0, *rest)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked
