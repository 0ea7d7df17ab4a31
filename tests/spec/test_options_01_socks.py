"""docs/spec/options.md, section 1: SOCKS5 proxies, byte by byte."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest

import zmqx

from ..support.events import await_event
from ..support.raw_peer import address_of
from ..support.socks_proxy import SUCCESS, SocksProxy
from .lib import Lib
from .states import states

E = zmqx.Event


def port_of(endpoint: str) -> int:
    return address_of(endpoint)[1]


def exchange(pull: Any, push: Any) -> None:
    push.send(b"through")
    assert pull.recv() == b"through"


@states("O1.68", "O1.210", "O1.211", "O1.212")
def test_an_address_goes_as_four_bytes(lib: Lib) -> None:
    with SocksProxy() as proxy:
        pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH, socks_proxy=proxy.address.encode())
        endpoint = lib.bind(pull)
        push.connect(endpoint)
        exchange(pull, push)
        port = struct.pack("!H", port_of(endpoint))
        assert proxy.heard == [b"\5\1\0", b"\5\1\0\1\x7f\0\0\1" + port]
        lib.close(push)


@states("O1.211", "O1.213")
def test_a_name_is_for_the_proxy_to_look_up(lib: Lib) -> None:
    """Nobody here knows this one."""
    with SocksProxy(find=lambda host, port: ("127.0.0.1", port)) as proxy:
        pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH, socks_proxy=proxy.address.encode())
        number = port_of(lib.bind(pull))
        push.connect(f"tcp://inside.invalid:{number}")
        exchange(pull, push)
        assert proxy.heard[1] == b"\5\1\0\3\x0einside.invalid" + struct.pack("!H", number)
        lib.close(push)


@states("O1.211")
def test_an_address_of_ipv6_goes_as_sixteen(lib: Lib) -> None:
    with SocksProxy() as proxy:
        pull, push = lib.socket(zmqx.PULL, ipv6=1), lib.socket(zmqx.PUSH, ipv6=1, socks_proxy=proxy.address.encode())
        endpoint = lib.bind(pull, "tcp6")
        push.connect(endpoint)
        exchange(pull, push)
        port = struct.pack("!H", port_of(endpoint))
        assert proxy.heard[1] == b"\5\1\0\4" + socket.inet_pton(socket.AF_INET6, "::1") + port
        lib.close(push)


@states("O1.99", "O1.100", "O1.210")
@pytest.mark.parametrize("password", [b"secret", b"", b"p" * 254])
def test_a_user_logs_in(lib: Lib, password: bytes) -> None:
    with SocksProxy(method=2) as proxy:
        pull = lib.socket(zmqx.PULL)
        options = {"socks_username": b"me", "socks_password": password}
        push = lib.socket(zmqx.PUSH, socks_proxy=proxy.address.encode(), **options)
        push.connect(lib.bind(pull))
        exchange(pull, push)
        assert proxy.heard[:2] == [b"\5\1\2", b"\1\2me" + bytes([len(password)]) + password]
        lib.close(push)


@states("O1.100")
def test_a_password_without_a_user_is_not_told(lib: Lib) -> None:
    with SocksProxy() as proxy:
        pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH, socks_password=b"secret")
        push.setsockopt(zmqx.SOCKS_PROXY, proxy.address.encode())
        push.connect(lib.bind(pull))
        exchange(pull, push)
        assert proxy.heard[0] == b"\5\1\0"
        lib.close(push)


@states("O1.68")
def test_only_tcp_connects_go_through_it(lib: Lib) -> None:
    """Not binds, and not other transports: this one leads nowhere."""
    for transport in ("tcp", "ipc", "inproc"):
        pull, push = lib.socket(zmqx.PULL, socks_proxy=b"127.0.0.1:1"), lib.socket(zmqx.PUSH)
        endpoint = lib.bind(pull, transport)
        if transport != "tcp":
            push.setsockopt(zmqx.SOCKS_PROXY, b"127.0.0.1:1")
        push.connect(endpoint)
        exchange(pull, push)


@states("O1.68")
def test_websockets_go_through_it_as_well(ours: Lib) -> None:
    with SocksProxy(waits=False) as proxy:  # the client of a WebSocket speaks first
        pull, push = ours.socket(zmqx.PULL), ours.socket(zmqx.PUSH, socks_proxy=proxy.address.encode())
        push.connect(pull.bind("ws://127.0.0.1:*"))
        exchange(pull, push)
        assert proxy.heard[0] == b"\5\1\0"
        ours.close(push)


@states("O1.68")
def test_a_lost_connection_is_made_again_through_it(ours: Lib) -> None:
    """libzmq dies of it now and then: EBADF from epoll_ctl."""
    with SocksProxy() as proxy:
        push = ours.socket(zmqx.PUSH, socks_proxy=proxy.address.encode(), reconnect_ivl=10)
        endpoint = ""
        for _ in range(2):
            pull = ours.socket(zmqx.PULL)
            pull.bind(endpoint or ours.endpoint())
            if not endpoint:
                endpoint = ours.last_endpoint(pull)
                push.connect(endpoint)
            exchange(pull, push)
            ours.close(pull)
            ours.await_loss(push)
        assert proxy.heard.count(b"\5\1\0") >= 2
        ours.close(push)


@states("O1.68")
@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ({"method": 255}, "asks for a user name"),
        ({"method": 2}, "asks for a user name"),
        ({"method": 7}, "another way to log in"),
        ({"method": 2, "status": 1}, "does not let user b'me' in"),
        ({"reply": b"\5\2" + SUCCESS[2:]}, "its rules do not allow it"),
        ({"reply": b"\5\4" + SUCCESS[2:]}, "host unreachable"),
        ({"reply": b"\5\5" + SUCCESS[2:]}, "refused the connection"),
        ({"reply": b"\5\x63" + SUCCESS[2:]}, "reply 99"),
    ],
    ids=["no-method", "name", "other-method", "password", "rules", "unreachable", "refused", "unknown"],
)
def test_a_refusal_is_told_in_words(ours: Lib, proxy: dict[str, Any], words: str) -> None:
    """And tried again."""
    with SocksProxy(**proxy) as made:
        options = {"socks_username": b"me"} if proxy.get("status") else {}
        push = ours.socket(zmqx.PUSH, socks_proxy=made.address.encode(), reconnect_ivl=10, **options)
        with push.events(E.CLOSED | E.CONNECT_RETRIED) as events:
            push.connect("tcp://127.0.0.1:9")
            for kind in (E.CLOSED, E.CONNECT_RETRIED) * 2:
                event = await_event(events, kind)
                assert words in event.reason
        ours.close(push)


@states("O1.68")
@pytest.mark.parametrize("options", [{"connect_timeout": 50}, {"handshake_ivl": 50}])
def test_a_proxy_that_says_nothing(ours: Lib, options: dict[str, int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        place = f"127.0.0.1:{mute.getsockname()[1]}"
        push = ours.socket(zmqx.PUSH, socks_proxy=place.encode(), reconnect_ivl=10, **options)
        with push.events(E.CONNECT_RETRIED) as events:
            push.connect("tcp://127.0.0.1:9")
            assert "timed out" in await_event(events, E.CONNECT_RETRIED).reason
        ours.close(push)


@states("O1.68")
def test_a_proxy_that_hangs_up_or_speaks_otherwise(ours: Lib) -> None:
    for said, words in ((b"", "hung up"), (b"HTTP/1.1 400\r\n", "does not speak SOCKS5")):
        with socket.create_server(("127.0.0.1", 0)) as server:
            place = f"127.0.0.1:{server.getsockname()[1]}"
            push = ours.socket(zmqx.PUSH, socks_proxy=place.encode())
            with push.events(E.CONNECT_RETRIED) as events:
                push.connect("tcp://127.0.0.1:9")
                client, _ = server.accept()
                with client:
                    assert client.recv(3, socket.MSG_WAITALL) == b"\5\1\0"
                    client.sendall(said)
                assert words in await_event(events, E.CONNECT_RETRIED).reason
            ours.close(push)


@states("O1.68")
def test_the_name_of_the_proxy_is_looked_up_here(lib: Lib) -> None:
    with SocksProxy() as proxy:
        pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH)
        push.setsockopt(zmqx.SOCKS_PROXY, proxy.address.replace("127.0.0.1", "localhost").encode())
        push.connect(lib.bind(pull))
        exchange(pull, push)
        lib.close(push)


@states("O1.68")
@pytest.mark.parametrize("given", [b"", None])
def test_it_can_be_taken_away(ours: Lib, given: bytes | None) -> None:
    pull, push = ours.socket(zmqx.PULL), ours.socket(zmqx.PUSH, socks_proxy=b"127.0.0.1:1")
    push.setsockopt(zmqx.SOCKS_PROXY, given)
    push.connect(ours.bind(pull))
    exchange(pull, push)


@states("O1.68")
@pytest.mark.parametrize("given", [b"h", b":1", b"h:", b"h:0", b"h:65536", b"h:x", b"h:" + b"1" * 5000])
def test_what_is_no_proxy_is_refused(ours: Lib, given: bytes) -> None:
    push = ours.socket(zmqx.PUSH)
    with ours.fails(zmqx.EINVAL):
        push.setsockopt(zmqx.SOCKS_PROXY, given)
    assert push.getsockopt(zmqx.SOCKS_PROXY) == b""
