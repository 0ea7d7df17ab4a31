"""udp:// sockets: where they are bound, what they send to, and what the options do to them."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Iterator

import pytest

from zmqx.constants import SocketType
from zmqx.errors import ZMQError
from zmqx.options import Settings
from zmqx.transports.base import Datagrams
from zmqx.transports.udp import Udp

UDP = Udp()


def _settings(**options: object) -> Settings:
    made = Settings(SocketType.DISH)
    for name, value in options.items():
        setattr(made, name, value)
    return made


class Bench:
    """Opens sockets, and closes all of them in the end."""

    def __init__(self) -> None:
        self._made: list[Datagrams] = []

    def bind(self, address: str, **options: object) -> Datagrams:
        made = UDP.listen(UDP.check_bind(address), _settings(**options))
        self._made.append(made)
        return made

    def aim(self, endpoint: str, **options: object) -> Datagrams:
        where = UDP.check_connect(endpoint.removeprefix("udp://"))
        settings = _settings(**options)
        candidates = UDP.candidates(where, settings) or UDP.look_up(where, settings)
        made = UDP.aim(where, candidates[0], settings)
        self._made.append(made)
        return made

    def close(self) -> None:
        for made in self._made:
            made.close()
            made.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def received(socket: Datagrams) -> tuple[bytes, str]:
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    assert poll.poll(10_000)
    return socket.receive()


def kernel(socket: Datagrams) -> socket.socket:
    return socket._socket  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("address", "ipv6", "shown"),
    [
        ("127.0.0.1:*", 0, "udp://127.0.0.1:"),
        ("*:0", 0, "udp://0.0.0.0:"),
        ("*:*", 1, "udp://[::]:"),
        ("lo:*", 0, "udp://127.0.0.1:"),
        ("[::1]:*", 1, "udp://[::1]:"),
        ("lo;239.1.2.3:*", 0, "udp://lo;239.1.2.3:"),
        ("127.0.0.1;239.1.2.3:*", 0, "udp://127.0.0.1;239.1.2.3:"),
        ("lo;239.1.2.3:*", 1, "udp://lo;239.1.2.3:"),
    ],
)
def test_bound_it_says_where(address: str, ipv6: int, shown: str, bench: Bench) -> None:
    endpoint = bench.bind(address, ipv6=ipv6).endpoint
    assert endpoint.startswith(shown)
    assert endpoint == shown + str(int(endpoint.removeprefix(shown)))


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("192.0.2.1:*", errno.EADDRNOTAVAIL),
        ("no such host!:5601", errno.ENODEV),
        ("[::1]:*", errno.ENODEV),
        ("nosuch;239.1.2.3:5604", errno.ENODEV),
        ("[ff02::1]:5604", errno.ENODEV),
        ("192.0.2.1;239.1.2.3:5604", errno.ENODEV),
    ],
)
def test_what_cannot_be_bound(address: str, number: int, bench: Bench) -> None:
    with pytest.raises(ZMQError, match="cannot bind to udp://") as caught:
        bench.bind(address)
    assert caught.value.errno == number


@pytest.mark.parametrize("interface", ["nosuch", "127.0.0.1"])
def test_a_group_of_ipv6_needs_the_name_of_an_interface(interface: str, bench: Bench) -> None:
    with pytest.raises(ZMQError) as caught:
        bench.bind(f"{interface};[ff02::1]:5604", ipv6=1)
    assert caught.value.errno == errno.ENODEV


def test_a_port_is_for_one(bench: Bench) -> None:
    endpoint = bench.bind("127.0.0.1:*").endpoint
    with pytest.raises(ZMQError) as caught:
        bench.bind(endpoint.removeprefix("udp://"))
    assert caught.value.errno == errno.EADDRINUSE


def test_a_group_is_for_many(bench: Bench) -> None:
    first = bench.bind("lo;239.1.2.3:*")
    second = bench.bind(first.endpoint.removeprefix("udp://"))
    bench.aim(first.endpoint).send(b"x")
    assert received(first)[0] == received(second)[0] == b"x"
    assert kernel(second).getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)


@pytest.mark.parametrize(("host", "ipv6"), [("127.0.0.1", 0), ("127.0.0.1", 1), ("[::1]", 1), ("localhost", 0)])
def test_there_and_back(host: str, ipv6: int, bench: Bench) -> None:
    numeric = "127.0.0.1" if host == "localhost" else host
    near, far = bench.bind(f"{numeric}:*", ipv6=ipv6), bench.bind("*:*", ipv6=ipv6)
    port = near.endpoint.rpartition(":")[2]
    aimed = bench.aim(f"udp://{host}:{port}", ipv6=ipv6)
    aimed.send(b"one")
    data, sender = received(near)
    assert data == b"one"
    assert sender == f"{numeric}:{kernel(aimed).getsockname()[1]}"
    address = f"{numeric}:{port}"
    far.send_to(b"two", address)
    data, sender = received(near)
    assert (data, sender.rpartition(":")[2]) == (b"two", far.endpoint.rpartition(":")[2])
    near.send_to(b"three", sender)
    assert received(far) == (b"three", address)


def test_the_longest_datagram_comes_whole(bench: Bench) -> None:
    near = bench.bind("127.0.0.1:*")
    bench.aim(near.endpoint).send(bytes(65507))
    assert len(received(near)[0]) == 65507
    with pytest.raises(BlockingIOError):
        near.receive()


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x"]
    + ["localhost:80", "1.2.3:80", "1.2.3.4%lo:80"],
)
def test_what_is_no_address_to_send_to(address: str, bench: Bench) -> None:
    near = bench.bind("127.0.0.1:*")
    with pytest.raises(ValueError, match="is not ip:port"):
        near.send_to(b"x", address)


def test_ipv6_is_out_of_reach_of_an_ipv4_socket(bench: Bench) -> None:
    near = bench.bind("127.0.0.1:*")
    with pytest.raises(OSError) as caught:  # noqa: PT011  # the number is looked at below
        near.send_to(b"x", "[::1]:80")
    assert caught.value.errno == errno.EAFNOSUPPORT


def test_options_of_a_group(bench: Bench) -> None:
    plain, far = bench.aim("udp://lo;239.1.2.3:5604"), bench.aim(
        "udp://239.1.2.3:5604", multicast_hops=1000, multicast_loop=0
    )
    for aimed, hops, loop, interface in ((plain, 1, 1, "127.0.0.1"), (far, 255, 0, "0.0.0.0")):
        made = kernel(aimed)
        assert made.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == hops
        assert made.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP) == loop
        chosen = made.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4)
        assert socket.inet_ntoa(chosen) == interface


def test_options_of_a_group_of_ipv6(bench: Bench) -> None:
    aimed = bench.aim("udp://lo;[ff02::1]:5604", ipv6=1, multicast_hops=7, multicast_loop=0)
    made = kernel(aimed)
    assert made.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS) == 7
    assert made.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP) == 0
    assert made.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF) == socket.if_nametoindex("lo")


def test_buffers_and_service_are_set(bench: Bench) -> None:
    for made in (bench.bind("127.0.0.1:*", rcvbuf=4096, tos=16), bench.aim("udp://127.0.0.1:9", rcvbuf=4096, tos=16)):
        assert kernel(made).getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 8192  # Linux doubles it
        assert kernel(made).getsockopt(socket.IPPROTO_IP, socket.IP_TOS) == 16


def test_a_descriptor_from_elsewhere_is_refused() -> None:
    with pytest.raises(ZMQError, match="udp://") as caught:
        UDP.adopt(0, _settings())
    assert caught.value.errno == errno.EINVAL
