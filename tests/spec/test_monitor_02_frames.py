"""docs/spec/monitor.md, section 2: frames."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.monitoring import parse_monitor_message

from .lib import DEADLINE, Lib
from .states import states
from .watching import watch


def versioned(lib: Lib, kind: int, events: int = zmqx.EVENT_ALL_V2, **options: Any) -> tuple[Any, Any]:
    """A new socket, and what reads its events in frames of version 2."""
    socket = lib.bare_socket(kind, **{"linger": 0, **options})
    endpoint = f"inproc://{id(socket)}"
    socket.monitor_versioned(endpoint, events)
    reader = lib.bare_socket(zmqx.PAIR, linger=0, rcvtimeo=DEADLINE)
    reader.connect(endpoint)
    return socket, reader


@states("M2.1", "M2.2", "M2.3")
def test_version_1(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    reader = pull.get_monitor_socket()
    endpoint = lib.bind(pull)
    head, name = reader.recv_multipart()
    assert len(head) == 6
    kind, value = int.from_bytes(head[:2], sys.byteorder), int.from_bytes(head[2:], sys.byteorder)
    assert kind == zmqx.EVENT_LISTENING
    assert 2 < value < 1 << 16
    assert name == endpoint.encode()


@states("M2.2")
@pytest.mark.skipif(sys.byteorder != "little", reason="the example is of a little-endian machine")
def test_the_example() -> None:
    frames = zmqx.SocketEvent(Event.LISTENING, "tcp://127.0.0.1:5555", 17).frames(1)
    assert frames == [bytes.fromhex("08 00 11 00 00 00"), b"tcp://127.0.0.1:5555"]


@states("M2.1", "M2.4", "M2.5", "M2.6", "M2.7", "M2.8", "M2.9")
def test_version_2(ours: Lib) -> None:
    """libzmq has it in builds with drafts only."""
    pull, reader = versioned(ours, zmqx.PULL)
    endpoint = ours.bind(pull)
    numbers = struct.Struct("=Q")
    kind, size, value, local, remote = reader.recv_multipart()
    assert numbers.unpack(kind) == (zmqx.EVENT_LISTENING,)
    assert numbers.unpack(size) == (1,)
    assert 2 < numbers.unpack(value)[0] < 1 << 16
    assert (local, remote) == (endpoint.encode(), b"")


@states("M2.9", "M3.17", "R2.22")
def test_the_queues_of_all_pipes(ours: Lib) -> None:
    push, reader = versioned(ours, zmqx.PUSH, zmqx.EVENT_PIPES_STATS)
    with ours.fails(zmqx.EAGAIN):
        push.monitor_pipes_stats()
    there, nobody = ours.socket(zmqx.PULL), "inproc://nobody"
    push.connect(nobody)
    push.send(b"1")
    push.send(b"2")
    endpoint = ours.bind(there)
    push.connect(endpoint)
    ours.await_peers(there)
    ours.await_peers(push)
    push.monitor_pipes_stats()
    told = {found["remote"]: found for found in (parse_monitor_message(reader.recv_multipart()) for _ in range(2))}
    assert told[nobody.encode()]["values"] == (2, 0)
    assert told[endpoint.encode()]["values"] == (0, 0)
    assert told[endpoint.encode()]["local"].startswith(b"tcp://127.0.0.1:")


@states("M2.9", "M3.17")
def test_what_waits_to_be_received_counts(ours: Lib) -> None:
    pull, reader = versioned(ours, zmqx.PULL, zmqx.EVENT_PIPES_STATS)
    push = ours.socket(zmqx.PUSH)
    endpoint = ours.join(pull, push)
    for number in range(3):
        push.send(b"%d" % number)
    assert pull.recv() == b"0"
    while True:
        pull.monitor_pipes_stats()
        found = parse_monitor_message(reader.recv_multipart())
        if found["values"] == (0, 2):
            break
        assert found["values"] in ((0, 0), (0, 1))
        pull.poll(10)
    assert found["local"] == endpoint.encode()
    assert found["remote"].startswith(b"tcp://127.0.0.1:")


@states("R2.22")
def test_pipes_that_nobody_asked_for(ours: Lib) -> None:
    push, _ = watch(ours, zmqx.PUSH)
    push.connect(ours.endpoint("inproc"))
    with ours.fails(zmqx.EINVAL):
        push.monitor_pipes_stats()


@pytest.mark.parametrize(
    ("kind", "version", "told"),
    [
        pytest.param("LISTENING", 2, ("here", ""), marks=states("M3.18")),
        pytest.param("CLOSED", 2, ("here", ""), marks=states("M3.18")),
        pytest.param("ACCEPTED", 2, ("here", "there"), marks=states("M3.20")),
        pytest.param("HANDSHAKE_SUCCEEDED", 2, ("here", "there"), marks=states("M3.20")),
        pytest.param("DISCONNECTED", 2, ("here", "there"), marks=states("M3.20")),
        pytest.param("MONITOR_STOPPED", 2, ("", ""), marks=states("M3.21")),
    ],
)
def test_both_ends_at_the_server(ours: Lib, kind: str, version: int, told: tuple[str, str]) -> None:
    pull, reader = versioned(ours, zmqx.PULL)
    push = ours.socket(zmqx.PUSH)
    endpoint = ours.join(pull, push)
    ours.close(push)
    ours.await_loss(pull)
    pull.unbind(endpoint)
    pull.disable_monitor()
    found = _find(reader, kind)
    assert (found["local"], found["remote"] != b"") == (endpoint.encode() if told[0] else b"", bool(told[1]))
    if told[1]:
        assert found["remote"].startswith(b"tcp://127.0.0.1:")
        assert found["remote"] != endpoint.encode()


@pytest.mark.parametrize(
    ("kind", "local"),
    [
        pytest.param("CONNECT_DELAYED", False, marks=states("M3.19")),
        pytest.param("CONNECT_RETRIED", False, marks=states("M3.19")),
        pytest.param("CLOSED", False, marks=states("M3.19")),
        pytest.param("CONNECTED", True, marks=states("M3.20")),
        pytest.param("HANDSHAKE_SUCCEEDED", True, marks=states("M3.20")),
        pytest.param("DISCONNECTED", True, marks=states("M3.20")),
    ],
)
def test_both_ends_at_the_client(ours: Lib, kind: str, local: bool) -> None:
    pull = ours.socket(zmqx.PULL)
    push, reader = versioned(ours, zmqx.PUSH, reconnect_ivl=10)
    endpoint = ours.join(pull, push)
    ours.close(pull)
    found = _find(reader, kind)
    assert found["remote"] == endpoint.encode()
    assert found["local"].startswith(b"tcp://127.0.0.1:") == local
    assert local or not found["local"]


def _find(reader: Any, kind: str) -> dict[str, Any]:
    """The next event of this kind."""
    while True:
        found = parse_monitor_message(reader.recv_multipart())
        if found["event"] == Event[kind]:
            return found
