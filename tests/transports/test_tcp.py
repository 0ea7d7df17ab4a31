"""tcp:// addresses, and what the options do to its sockets. Answers of libzmq: spec, endpoints."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator

import pytest

import zmqx
from zmqx.constants import SocketType
from zmqx.errors import ZMQError
from zmqx.options import Settings
from zmqx.transports import resolve
from zmqx.transports.base import Acceptor, Stream
from zmqx.transports.registry import find_transport
from zmqx.transports.tcp import Tcp

TCP = Tcp()


def _settings(**options: object) -> Settings:
    made = Settings(SocketType.PAIR)
    for name, value in options.items():
        setattr(made, name, value)
    return made


class Bench:
    """Listens and connects, and closes all of it in the end."""

    def __init__(self) -> None:
        self._made: list[Acceptor | Stream] = []

    def listen(self, address: str, **options: object) -> Acceptor:
        made = TCP.listen(TCP.check_bind(address), _settings(**options))
        self._made.append(made)
        return made

    def connect(self, address: str, **options: object) -> Stream:
        settings = _settings(**options)
        where = TCP.check_connect(address)
        candidates = TCP.candidates(where, settings)
        if candidates is None:
            candidates = TCP.look_up(where, settings)
        dial = TCP.dial(where, candidates[0], settings)
        if not dial.done:
            self._wait(dial.fileno(), select.POLLOUT)
        made = dial.finish()
        self._made.append(made)
        return made

    def accept(self, acceptor: Acceptor) -> Stream:
        self._wait(acceptor.fileno(), select.POLLIN)
        made = acceptor.accept()
        assert made is not None
        self._made.append(made)
        return made

    def _wait(self, fd: int, event: int) -> None:
        poll = select.poll()
        poll.register(fd, event)
        assert poll.poll(10_000)

    def close(self) -> None:
        for made in self._made:
            made.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def _port(endpoint: str) -> str:
    return endpoint.rpartition(":")[2]


def _option(stream: Stream | Acceptor, level: int, name: int) -> int:
    """What the system says of an option."""
    duplicate = socket.socket(fileno=socket.dup(stream.fileno()))  # type: ignore[attr-defined]  # CPython has it
    try:
        return duplicate.getsockopt(level, name)
    finally:
        duplicate.close()


# -- binding


@pytest.mark.parametrize(
    ("address", "ipv6", "host"),
    [
        ("127.0.0.1:*", 0, "127.0.0.1"),
        ("127.0.0.1:0", 0, "127.0.0.1"),
        ("*:*", 0, "0.0.0.0"),
        ("[*]:*", 0, "0.0.0.0"),
        ("lo:*", 0, "127.0.0.1"),
        ("localhost:*", 0, "127.0.0.1"),
        ("*:*", 1, "[::]"),
        ("[::1]:*", 1, "[::1]"),
        ("::1:*", 1, "[::1]"),
        ("lo:*", 1, "[::1]"),
        ("127.0.0.1:*", 1, "[::ffff:127.0.0.1]"),
        ("eth0:1;127.0.0.1:*", 0, "127.0.0.1"),
    ],
)
def test_an_address_is_bound_and_shown_as_libzmq_does(bench: Bench, address: str, ipv6: int, host: str) -> None:
    endpoint = bench.listen(address, ipv6=ipv6).endpoint
    assert endpoint == f"tcp://{host}:{_port(endpoint)}"
    assert int(_port(endpoint)) > 0


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("127.0.0.1", zmqx.EINVAL),
        ("127.0.0.1:", zmqx.EINVAL),
        ("127.0.0.1:abc", zmqx.EINVAL),
        ("127.0.0.1:65536", zmqx.EINVAL),
        ("127.0.0.1:-1", zmqx.EINVAL),
        ("127.0.0.1:80x", zmqx.EINVAL),
        ("127.0.0.1: 80", zmqx.EINVAL),
        ("127.0.0.1:٣", zmqx.EINVAL),
        ("*", zmqx.EINVAL),
        ("eth0;127.0.0.1:1", zmqx.EINVAL),
        ("[::1]:*", zmqx.ENODEV),
        ("no-such-interface:*", zmqx.ENODEV),
        (":*", zmqx.ENODEV),
        ("256.1.1.1:*", zmqx.ENODEV),
        ("192.0.2.1:*", zmqx.EADDRNOTAVAIL),
    ],
)
def test_what_cannot_be_bound_is_refused_by_name(bench: Bench, address: str, number: int) -> None:
    with pytest.raises(ZMQError) as caught:
        bench.listen(address)
    assert caught.value.errno == number
    assert address.rpartition(":")[0].strip("[]") in str(caught.value)


@pytest.mark.parametrize("address", ["[fe80::1%]:*", "[fe80::1%nosuch]:*"])
def test_a_zone_that_is_no_interface(bench: Bench, address: str) -> None:
    with pytest.raises(ZMQError) as caught:
        bench.listen(address, ipv6=1)
    assert caught.value.errno == zmqx.EINVAL


def test_a_port_in_use(bench: Bench) -> None:
    endpoint = bench.listen("127.0.0.1:*").endpoint
    with pytest.raises(ZMQError) as caught:
        bench.listen(endpoint.removeprefix("tcp://"))
    assert caught.value.errno == zmqx.EADDRINUSE
    assert endpoint in str(caught.value)


def test_a_port_is_free_again_while_its_old_connections_are_not_forgotten(bench: Bench) -> None:
    acceptor = bench.listen("127.0.0.1:*")
    bench.connect(acceptor.endpoint.removeprefix("tcp://"))
    accepted = bench.accept(acceptor)
    acceptor.close()
    accepted.close()  # we close first: the system keeps the connection in TIME_WAIT
    assert bench.listen(acceptor.endpoint.removeprefix("tcp://")).endpoint == acceptor.endpoint


def test_the_wildcard_of_both_families_takes_both(bench: Bench) -> None:
    port = _port(bench.listen("*:*", ipv6=1).endpoint)
    bench.connect(f"127.0.0.1:{port}")
    bench.connect(f"[::1]:{port}", ipv6=1)


# -- connecting


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:abc",
        "127.0.0.1:*",
        "*:5999",
        "-x:80",
        "bad_host!:80",
        "127.0.0.1:80/path",
        "[]:80",
        "127.0.0.1:0x50",
    ],
)
def test_what_can_never_be_connected_to_is_refused_at_once(address: str) -> None:
    with pytest.raises(ZMQError) as caught:
        TCP.check_connect(address)
    assert caught.value.errno == zmqx.EINVAL
    assert address in str(caught.value)


@pytest.mark.parametrize(("bound", "ipv6"), [("127.0.0.1:*", 0), ("[::1]:*", 1)])
def test_names_are_looked_up(bench: Bench, bound: str, ipv6: int) -> None:
    acceptor = bench.listen(bound, ipv6=ipv6)
    where = TCP.check_connect(f"localhost:{_port(acceptor.endpoint)}")
    settings = _settings(ipv6=ipv6)
    assert TCP.candidates(where, settings) is None, "a name must not be looked up where it could block"
    hosts = {candidate[1][0] for candidate in TCP.look_up(where, settings)}  # type: ignore[index]  # sockaddr
    assert hosts & {"127.0.0.1", "::1"}
    assert ipv6 or hosts == {"127.0.0.1"}


def test_a_connection_under_way_is_not_finished_yet(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as later:
        # Nobody accepts: after the first the system answers no more.
        for _ in range(5):
            filler = later.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        where = TCP.check_connect(f"127.0.0.1:{full.getsockname()[1]}")
        dial = TCP.dial(where, (socket.AF_INET, full.getsockname()), _settings())
        later.callback(dial.close)
        assert not dial.done
        with pytest.raises(BlockingIOError):
            dial.finish()
        assert dial.fileno() >= 0, "given up while it may still succeed"


def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    where = TCP.check_connect("nowhere.invalid:80")
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(OSError, match="not known"):
        TCP.look_up(where, _settings())


def test_a_numeric_host_needs_no_look_up() -> None:
    assert resolve.numeric("127.0.0.1", 80, False) == [(socket.AF_INET, ("127.0.0.1", 80))]
    assert resolve.numeric("::1", 80, False) is None
    assert resolve.numeric("localhost", 80, False) is None


@pytest.mark.parametrize("source", ["127.0.0.1:0", "127.0.0.2:0", "lo:0", "127.0.0.1:*", "*:0"])
def test_the_source_address_is_bound_first(bench: Bench, source: str) -> None:
    acceptor = bench.listen("127.0.0.1:*")
    bench.connect(f"{source};{acceptor.endpoint.removeprefix('tcp://')}")
    host = "127.0.0.2" if source.startswith("127.0.0.2") else "127.0.0.1"
    assert bench.accept(acceptor).remote.startswith(f"tcp://{host}:")


def test_a_source_port_may_be_chosen(bench: Bench) -> None:
    acceptor, spare = bench.listen("127.0.0.1:*"), bench.listen("127.0.0.1:*")
    port = _port(spare.endpoint)
    spare.close()
    bench.connect(f"127.0.0.1:{port};{acceptor.endpoint.removeprefix('tcp://')}")
    assert bench.accept(acceptor).remote == f"tcp://127.0.0.1:{port}"


@pytest.mark.parametrize("source", ["192.0.2.1:0", "no-such-interface:0"])
def test_a_source_that_is_not_here_fails_as_a_dial_does(source: str) -> None:
    where = TCP.check_connect(f"{source};127.0.0.1:9")
    with pytest.raises(OSError, match=r"assign|interface|device"):
        TCP.dial(where, (socket.AF_INET, ("127.0.0.1", 9)), _settings())


# -- options


def _both(bench: Bench, **options: object) -> tuple[Stream, Stream]:
    acceptor = bench.listen("127.0.0.1:*", **options)
    return bench.connect(acceptor.endpoint.removeprefix("tcp://"), **options), bench.accept(acceptor)


def test_there_is_no_delay(bench: Bench) -> None:
    for stream in _both(bench):
        assert _option(stream, socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_keepalive_is_the_systems_unless_set(bench: Bench) -> None:
    for stream in _both(bench):
        assert _option(stream, socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
    for stream in _both(bench, tcp_keepalive=0, tcp_keepalive_cnt=3):
        assert _option(stream, socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0


def test_keepalive_and_its_details(bench: Bench) -> None:
    options = {"tcp_keepalive_cnt": 3, "tcp_keepalive_idle": 17, "tcp_keepalive_intvl": 5}
    for stream in _both(bench, tcp_keepalive=1, **options):
        assert _option(stream, socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert _option(stream, socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
        assert _option(stream, socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 17
        assert _option(stream, socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 5


def test_keepalive_details_do_nothing_alone(bench: Bench) -> None:
    for stream in _both(bench, tcp_keepalive_idle=17):
        assert _option(stream, socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) != 17


@pytest.mark.parametrize("ipv6", [0, 1])
def test_type_of_service(bench: Bench, ipv6: int) -> None:
    acceptor = bench.listen("lo:*", tos=0x28, ipv6=ipv6)
    stream = bench.connect(acceptor.endpoint.removeprefix("tcp://"), tos=0x28, ipv6=ipv6)
    level, name = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if ipv6 else (socket.IPPROTO_IP, socket.IP_TOS)
    for each in (stream, bench.accept(acceptor)):
        assert _option(each, level, name) == 0x28


@pytest.mark.parametrize(("option", "name"), [("sndbuf", socket.SO_SNDBUF), ("rcvbuf", socket.SO_RCVBUF)])
def test_buffers_take_effect(bench: Bench, option: str, name: int) -> None:
    for stream in _both(bench, **{option: 20_000}):
        assert _option(stream, socket.SOL_SOCKET, name) in (20_000, 40_000), "Linux doubles it"
    sizes = {_option(stream, socket.SOL_SOCKET, name) for stream in _both(bench)}
    assert 40_000 not in sizes


def test_max_retransmission_time(bench: Bench) -> None:
    for stream in _both(bench, tcp_maxrt=7000):
        assert _option(stream, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000


def test_the_backlog_is_handed_to_the_system(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    listen = socket.socket.listen

    def note(self: socket.socket, backlog: int) -> None:
        asked.append(backlog)
        listen(self, backlog)

    monkeypatch.setattr(socket.socket, "listen", note)
    bench.listen("127.0.0.1:*")
    bench.listen("127.0.0.1:*", backlog=7)
    assert asked == [100, 7]


def test_options_are_those_of_the_moment_of_binding(ctx: zmqx.Context) -> None:
    """A failing option must not leave a listener behind."""
    pull = ctx.socket(zmqx.PULL)
    pull.setsockopt(zmqx.BINDTODEVICE, b"nosuchdevice")
    with pytest.raises(ZMQError):
        pull.bind("tcp://127.0.0.1:*")
    pull.setsockopt(zmqx.BINDTODEVICE, b"")
    pull.bind("tcp://127.0.0.1:*")


@pytest.mark.parametrize("scheme", ["TCP", "UDP", "", " tcp", "pgm"])
def test_unknown_schemes(scheme: str) -> None:
    with pytest.raises(ZMQError) as caught:
        find_transport(scheme, "somewhere")
    assert caught.value.errno == zmqx.EPROTONOSUPPORT
    assert f"{scheme}://somewhere" in str(caught.value)


@pytest.mark.parametrize(
    "host", ["a" * 70 + ".example", "._", "\udc80x", "[::1%99999999999]", "[::1%no]", "[::1%\0]", "a\0b"]
)
@pytest.mark.parametrize("ipv6", [0, 1])
def test_what_cannot_be_the_name_of_a_host(bench: Bench, host: str, ipv6: int) -> None:
    """It fails as a name that nobody has, whoever finds out: the address, Python's codec or the system."""
    with pytest.raises(ZMQError) as caught:
        bench.listen(f"{host}:*", ipv6=ipv6)
    assert caught.value.errno in (zmqx.ENODEV, zmqx.EINVAL, zmqx.EADDRNOTAVAIL)
    try:
        where = TCP.check_connect(f"{host}:80")
    except ZMQError as error:
        assert error.errno == zmqx.EINVAL  # noqa: PT017  # one way out of two
        return
    assert TCP.candidates(where, _settings(ipv6=ipv6)) is None
    with pytest.raises(OSError, match=r"\S"):
        TCP.look_up(where, _settings(ipv6=ipv6))
