"""docs/spec/options.md, section 1: who may connect, by address and by what the kernel says of the peer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import GREETING, RawPeer, address_of
from . import kernel
from .lib import Lib
from .states import row, states


def is_let_in(endpoint: str, source: str | None = None) -> bool:
    """Whether a listener talks to whoever comes, from this address."""
    if endpoint.startswith("tcp://"):
        sock = socket.create_connection(address_of(endpoint), 10, source and (source, 0))
        peer = RawPeer(sock)
    else:
        peer = RawPeer.connect(endpoint)
    with peer:
        try:
            peer.sock.sendall(GREETING)
            return bool(peer.sock.recv(64))
        except ConnectionError:
            return False


# -- TCP_ACCEPT_FILTER


FILTERS = [
    row("O1.38", [], True, True, name="O1.38-none"),
    row("O1.38", [b"127.0.0.1"], True, False, name="O1.38-ip"),
    row("O1.38", [b"127.0.0.2/32"], False, True, name="O1.38-32-bits"),
    row("O1.38", [b"127.0.0.0/8"], True, True, name="O1.38-8-bits"),
    row("O1.38", [b"127.0.0.9/8"], True, True, name="O1.38-within"),
    row("O1.38", [b"0.0.0.0/0"], True, True, name="O1.38-all"),
    row("O1.38", [b"10.0.0.0/8"], False, False, name="O1.38-other"),
    row("O1.38", [b"10.0.0.0/8", b"127.0.0.2"], False, True, name="O1.38-two"),
]


@pytest.mark.parametrize(("filters", "first", "second"), FILTERS)
def test_only_these_networks_are_let_in(lib: Lib, filters: list[bytes], first: bool, second: bool) -> None:
    pull = lib.socket(zmqx.PULL)
    for network in filters:
        pull.setsockopt(zmqx.TCP_ACCEPT_FILTER, network)
    endpoint = lib.bind(pull)
    assert (is_let_in(endpoint, "127.0.0.1"), is_let_in(endpoint, "127.0.0.2")) == (first, second)


@states("O1.38")
@pytest.mark.parametrize(("network", "source", "let_in"), [(b"::1", "::1", True), (b"2001:db8::/32", "::1", False)])
def test_networks_of_ipv6(lib: Lib, network: bytes, source: str, let_in: bool) -> None:
    pull = lib.socket(zmqx.PULL, ipv6=1, tcp_accept_filter=network)
    assert is_let_in(lib.bind(pull, "tcp6"), source) is let_in


@states("O1.38")
@pytest.mark.parametrize(("network", "let_in"), [(b"127.0.0.1", True), (b"10.0.0.1", False), (b"10.0.0.0/8", False)])
def test_an_address_of_ipv4_is_one_at_a_listener_for_both(lib: Lib, network: bytes, let_in: bool) -> None:
    if b"/" in network:
        # libzmq counts the bits from the left of the mapped address, ::ffff:10.0.0.0, and lets everybody in.
        let_in = lib.differs(ours=False, libzmq=True, see="0010")
    listens_for_both(lib, network, bool(let_in))


@states("O1.38")
@pytest.mark.parametrize(
    ("network", "let_in"),
    [(b"::ffff:127.0.0.1", 1), (b"::ffff:127.0.0.0/104", 1), (b"::ffff:0:0/96", 1), (b"::ffff:10.0.0.1", 0)],
)
def test_networks_of_ipv4_may_be_written_as_ipv6_writes_them(lib: Lib, network: bytes, let_in: int) -> None:
    listens_for_both(lib, network, bool(let_in))


def listens_for_both(lib: Lib, network: bytes, let_in: bool) -> None:
    pull = lib.socket(zmqx.PULL, ipv6=1)
    pull.setsockopt(zmqx.TCP_ACCEPT_FILTER, network)
    pull.bind("tcp://*:*")
    port = address_of(lib.last_endpoint(pull))[1]
    assert is_let_in(f"tcp://127.0.0.1:{port}") is let_in


@states("O1.38")
def test_a_filter_is_for_later_endpoints_and_can_be_taken_away(ours: Lib) -> None:
    """NULL with pyzmq's binding there is no way to say; here it is None, or no bytes."""
    pull = ours.socket(zmqx.PULL)
    open_one = ours.bind(pull)
    for nothing in (None, b""):
        pull.setsockopt(zmqx.TCP_ACCEPT_FILTER, b"10.0.0.0/8")
        closed = ours.bind(pull)
        pull.setsockopt(zmqx.TCP_ACCEPT_FILTER, nothing)
        assert [is_let_in(endpoint) for endpoint in (open_one, closed, ours.bind(pull))] == [True, False, True]


@states("O1.38")
def test_the_refusal_is_an_event_in_words(ours: Lib) -> None:
    pull = ours.socket(zmqx.PULL, tcp_accept_filter=b"10.0.0.0/8")
    endpoint = ours.bind(pull)
    with pull.events(zmqx.EVENT_ACCEPT_FAILED) as events:
        assert not is_let_in(endpoint)
        reason = events.recv(timeout=10_000).reason
    assert "127.0.0.1" in reason
    assert "TCP_ACCEPT_FILTER" in reason


# -- IPC_FILTER


def ids(*given: tuple[str, int]) -> list[tuple[int, int]]:
    return [(getattr(zmqx, f"IPC_FILTER_{name}"), number) for name, number in given]


ME = {"PID": os.getpid(), "UID": os.getuid(), "GID": os.getgid()}
NOBODY = 2**31 - 2

IDS = [
    *(row(f"O1.{58 + at}", [(name, ME[name])], True, name=f"O1.{58 + at}-me") for at, name in enumerate(ME)),
    *(row(f"O1.{58 + at}", [(name, NOBODY)], False, name=f"O1.{58 + at}-other") for at, name in enumerate(ME)),
    row("O1.58 O1.59", [("PID", NOBODY), ("UID", ME["UID"])], True, name="O1.58-or-59"),
    row("O1.59", [("UID", NOBODY), ("UID", ME["UID"])], True, name="O1.59-two"),
    row("O1.58 O1.59 O1.60", [("PID", NOBODY), ("UID", NOBODY), ("GID", NOBODY)], False, name="none-of-them"),
]


@pytest.mark.parametrize("transport", ["ipc", "abstract"])
@pytest.mark.parametrize(("given", "let_in"), IDS)
def test_only_these_processes_are_let_in(lib: Lib, transport: str, given: Any, let_in: bool) -> None:
    pull = lib.socket(zmqx.PULL)
    for option, number in ids(*given):
        pull.setsockopt(option, number)
    assert is_let_in(lib.bind(pull, transport)) is let_in


def may_set_groups() -> bool:
    """Whether we have the right to (CAP_SETGID)."""
    try:
        os.setgroups(os.getgroups())
    except PermissionError:
        return False
    return True


@states("O1.60")
@pytest.mark.skipif(not may_set_groups(), reason="needs CAP_SETGID")
def test_further_groups_count_too(ours: Lib) -> None:
    """libzmq asks the list of groups of the machine for it; the kernel knows what the process really has."""
    group = 54321
    pull = ours.socket(zmqx.PULL, ipc_filter_gid=group)
    endpoint = ours.bind(pull, "abstract")
    assert not is_let_in(endpoint)
    name = endpoint.removeprefix("ipc://@")
    code = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('\\0{name}'); print(len(s.recv(64)))"
    said = subprocess.run(
        [sys.executable, "-c", code], extra_groups=[group], capture_output=True, text=True, timeout=30, check=True
    )
    assert int(said.stdout) > 0


@states("O1.58", "O1.59", "O1.60")
@pytest.mark.parametrize("name", ME)
def test_none_takes_a_filter_away(ours: Lib, name: str) -> None:
    pull = ours.socket(zmqx.PULL)
    option = getattr(zmqx, f"IPC_FILTER_{name}")
    pull.setsockopt(option, NOBODY)
    pull.setsockopt(option, None)
    assert is_let_in(ours.bind(pull, "ipc"))


@states("O1.59")
def test_whoever_is_refused_may_try_again(lib: Lib) -> None:
    """It is sent away, and its dialer keeps at it as if the connection had been lost."""
    pull, push = lib.socket(zmqx.PULL, ipc_filter_uid=NOBODY), lib.socket(zmqx.PUSH, reconnect_ivl=10)
    endpoint = lib.bind(pull, "ipc")
    push.connect(endpoint)
    push.send(b"kept")
    assert lib.silent(pull)
    pull.unbind(endpoint)
    late = lib.socket(zmqx.PULL)
    kernel.bind_once_free(lib, late, endpoint)
    assert late.recv() == b"kept"
