"""docs/spec/endpoints.md, section 5: ws. The stable build of libzmq has none."""

from __future__ import annotations

import re

import pytest

import zmqx

from ..support.raw_peer import RawListener
from .lib import Lib
from .states import states


@states("E5.1")
@pytest.mark.parametrize("where", ["127.0.0.1:*", "*:*", "lo:*"])
def test_where_to_listen(ours: Lib, where: str) -> None:
    socket = ours.bare_socket(zmqx.PULL)
    bound = socket.bind(f"ws://{where}")
    assert re.fullmatch(r"ws://[\d.]+:\d+/", bound)
    assert ours.last_endpoint(socket) == bound


@pytest.mark.parametrize("path", ["/p", "/a/b"])
@states("E5.2", "E5.3")
def test_paths_are_kept(ours: Lib, path: str) -> None:
    assert ours.bare_socket(zmqx.PULL).bind(f"ws://127.0.0.1:*{path}").endswith(path)


@states("E5.4")
def test_names_can_be_bound_to(ours: Lib) -> None:
    bound = ours.bare_socket(zmqx.PULL).bind("ws://localhost:*")
    push = ours.socket(zmqx.PUSH)
    push.connect(bound)
    ours.await_peers(push)


@states("E5.5")
@pytest.mark.parametrize("verb", ["bind", "connect"])
@pytest.mark.parametrize("where", ["127.0.0.1", "127.0.0.1/path", "127.0.0.1:", "127.0.0.1:x/path"])
def test_a_port_is_needed(ours: Lib, verb: str, where: str) -> None:
    with ours.fails(zmqx.EINVAL):
        getattr(ours.bare_socket(zmqx.PULL), verb)(f"ws://{where}")


@states("E5.6")
def test_a_name_that_there_is_not(ours: Lib) -> None:
    socket = ours.bare_socket(zmqx.PULL)
    events = socket.events(zmqx.EVENT_CONNECT_RETRIED)
    socket.connect("ws://no-such-name.invalid:5555/")
    assert events.recv(timeout=10_000) is not None


@states("E5.7")
def test_what_is_asked_for(ours: Lib) -> None:
    socket = ours.bare_socket(zmqx.PULL)
    with RawListener() as server:
        socket.connect(f"ws://{server.endpoint.removeprefix('tcp://')}/pa/th?x")
        with server.accept() as peer:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                request += peer.recv(1)
    host = server.endpoint.removeprefix("tcp://")
    assert request.startswith(f"GET /pa/th?x HTTP/1.1\r\nHost: {host}\r\n".encode())


@states("E5.8")
@pytest.mark.parametrize("verb", ["bind", "connect"])
def test_nothing_over_tls(lib: Lib, verb: str) -> None:
    with lib.fails(zmqx.EPROTONOSUPPORT):
        getattr(lib.bare_socket(zmqx.PULL), verb)("wss://127.0.0.1:5555/")
