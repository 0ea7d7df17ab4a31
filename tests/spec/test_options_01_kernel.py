"""docs/spec/options.md, section 1: what the kernel is told, asked of the kernel."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

import zmqx

from . import kernel
from .lib import Lib
from .states import row, states

SOCKET, TCP, IP = socket.SOL_SOCKET, socket.IPPROTO_TCP, socket.IPPROTO_IP
PARTS = ["accepted", "connected"]

# Options that are set, one that is asked for, and the answer.
TOLD = [
    # Linux doubles the size of buffers.
    row("O1.11", {"sndbuf": 20_000}, SOCKET, socket.SO_SNDBUF, 40_000),
    row("O1.12", {"rcvbuf": 20_000}, SOCKET, socket.SO_RCVBUF, 40_000),
    row("O1.34", {"tcp_keepalive": 1}, SOCKET, socket.SO_KEEPALIVE, 1),
    row("O1.34", {"tcp_keepalive": 0}, SOCKET, socket.SO_KEEPALIVE, 0, name="O1.34-off"),
    row("O1.34", {}, SOCKET, socket.SO_KEEPALIVE, 0, name="O1.34-default"),
    row("O1.35", {"tcp_keepalive": 1, "tcp_keepalive_cnt": 3}, TCP, socket.TCP_KEEPCNT, 3),
    row("O1.36", {"tcp_keepalive": 1, "tcp_keepalive_idle": 17}, TCP, socket.TCP_KEEPIDLE, 17),
    row("O1.37", {"tcp_keepalive": 1, "tcp_keepalive_intvl": 5}, TCP, socket.TCP_KEEPINTVL, 5),
    row("O1.57", {"tos": 0x28}, IP, socket.IP_TOS, 0x28),
    row("O1.80", {"tcp_maxrt": 7000}, TCP, socket.TCP_USER_TIMEOUT, 7000),
]


def joined(lib: Lib, **options: Any) -> str:
    """Two sockets with these options, connected."""
    pull, push = lib.socket(zmqx.PULL, **options), lib.socket(zmqx.PUSH, **options)
    return lib.join(pull, push)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("options", "level", "name", "value"), TOLD)
def test_the_kernel_was_told(lib: Lib, part: str, options: dict[str, int], level: int, name: int, value: int) -> None:
    assert kernel.option(joined(lib, **options), part, level, name) == value


@states("O1.35", "O1.36", "O1.37")
def test_details_of_keepalive_do_nothing_without_it(lib: Lib) -> None:
    """The kernel of another machine may have other defaults: they are what a plain socket has."""
    endpoint = joined(lib, tcp_keepalive_cnt=3, tcp_keepalive_idle=17, tcp_keepalive_intvl=5)
    with socket.socket() as plain:
        for name in (socket.TCP_KEEPCNT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL):
            assert kernel.option(endpoint, "connected", TCP, name) == plain.getsockopt(TCP, name)


@states("O1.57")
@pytest.mark.parametrize("part", PARTS)
def test_the_traffic_class_of_ipv6(lib: Lib, part: str) -> None:
    pull, push = (lib.socket(kind, ipv6=1, tos=0x28) for kind in (zmqx.PULL, zmqx.PUSH))
    endpoint = lib.join(pull, push, transport="tcp6")
    assert kernel.option(endpoint, part, socket.IPPROTO_IPV6, socket.IPV6_TCLASS) == 0x28


@states("O1.19")
@pytest.mark.parametrize(("options", "length"), [({}, 100), ({"backlog": 7}, 7), ({"backlog": 0}, 0)])
def test_the_backlog_is_the_kernels(lib: Lib, options: dict[str, int], length: int) -> None:
    assert kernel.backlog(lib.bind(lib.socket(zmqx.PULL, **options))) == length


@states("O1.11", "O1.12", "O1.34", "O1.57")
def test_later_changes_are_for_later_endpoints(lib: Lib) -> None:
    """Column "When", B: an endpoint keeps what it was made with."""
    pull, push = lib.socket(zmqx.PULL, tcp_keepalive=1), lib.socket(zmqx.PUSH)
    first = lib.bind(pull)
    pull.setsockopt(zmqx.TCP_KEEPALIVE, 0)
    second = lib.bind(pull)
    for endpoint in (first, second):
        push.connect(endpoint)
    lib.await_peers(pull, 2)
    assert kernel.option(first, "accepted", SOCKET, socket.SO_KEEPALIVE) == 1
    assert kernel.option(second, "accepted", SOCKET, socket.SO_KEEPALIVE) == 0


def may_bind_to_devices() -> bool:
    """Whether we have the right to (CAP_NET_RAW)."""
    with socket.socket() as probe:
        try:
            probe.setsockopt(SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
            probe.bind(("127.0.0.1", 0))
        except PermissionError:
            return False
    return True


needs_rights = pytest.mark.skipif(not may_bind_to_devices(), reason="needs CAP_NET_RAW")


@needs_rights
@states("O1.92")
def test_a_socket_is_bound_to_its_device(lib: Lib) -> None:
    endpoint = joined(lib, bindtodevice=b"lo")
    for part in ("listening", "connected"):
        with kernel.socket_at(endpoint, part) as found:
            assert found.getsockopt(SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0") == b"lo"


@states("O1.92")
def test_a_device_that_is_not_there(lib: Lib) -> None:
    pull = lib.socket(zmqx.PULL, bindtodevice=b"zmqx-none")
    with pytest.raises(lib.zmq.ZMQError) as caught:
        pull.bind("tcp://127.0.0.1:*")
    assert caught.value.errno in (errno.ENODEV, errno.EPERM)


# -- drafts: a stable libzmq does not have them


@states("O1.112")
@pytest.mark.parametrize("part", [*PARTS, "listening"])
def test_the_priority(ours: Lib, part: str) -> None:
    assert kernel.option(joined(ours, priority=5), part, SOCKET, socket.SO_PRIORITY) == 5


SO_BUSY_POLL = 46


def most_busy_poll() -> int:
    """What we may ask for: older kernels want rights for more than the system has set."""
    with socket.socket() as probe:
        try:
            probe.setsockopt(SOCKET, SO_BUSY_POLL, 50)
        except PermissionError:
            return probe.getsockopt(SOCKET, SO_BUSY_POLL)
    return 50


@states("O1.113")
@pytest.mark.parametrize("part", PARTS)
def test_busy_polling(ours: Lib, part: str) -> None:
    wanted = most_busy_poll()
    assert kernel.option(joined(ours, busy_poll=wanted), part, SOCKET, SO_BUSY_POLL) == wanted


@states("O1.94")
def test_the_short_way_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other system has it; there, both libraries take the option and have nothing to do for it."""
    from zmqx.constants import SocketType
    from zmqx.options import Settings
    from zmqx.transports.kernel import prepare

    class WindowsSocket(socket.socket):
        asked: list[tuple[int, object]] = []

        def ioctl(self, control: int, value: object) -> None:
            self.asked.append((control, value))

    monkeypatch.setattr(socket, "SIO_LOOPBACK_FAST_PATH", 0x98000010, raising=False)
    settings = Settings(SocketType.PUSH)
    with WindowsSocket() as sock:
        prepare(sock, settings)
        assert sock.asked == []
        settings.loopback_fastpath = 1
        prepare(sock, settings)
        assert sock.asked == [(0x98000010, True)]


@states("O1.94")
def test_elsewhere_it_changes_nothing(lib: Lib) -> None:
    pull, push = (lib.socket(kind, loopback_fastpath=1) for kind in (zmqx.PULL, zmqx.PUSH))
    lib.join(pull, push)
    push.send(b"x")
    assert pull.recv() == b"x"
