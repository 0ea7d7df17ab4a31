"""The newer socket types against a libzmq that has them: one that was built with drafts, named by ZMQX_DRAFTS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.judge import Judge

pytestmark = pytest.mark.skipif("ZMQX_DRAFTS" not in os.environ, reason="ZMQX_DRAFTS names no libzmq with drafts")

LONG = bytes(range(256)) * 300


class Theirs:
    """A socket of libzmq."""

    def __init__(self, judge: Judge, kind: int) -> None:
        self._judge = judge
        self._number = judge.call("open", int(kind))

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self._judge.call(name, self._number, *arguments)

    def send(self, body: bytes, routing_id: int = 0, group: str = "", flags: int = 0) -> None:
        self._judge.call("send", self._number, body.hex(), routing_id, group, flags)

    def recv(self) -> tuple[bytes, int, str]:
        body, routing_id, group, _ = self._judge.call("recv", self._number, 10_000)
        return bytes.fromhex(body), routing_id, group


@pytest.fixture(scope="module")
def process() -> Iterator[Judge]:
    with Judge("drafts_program") as judge:
        yield judge


@pytest.fixture
def drafts(process: Judge) -> Iterator[Judge]:
    yield process
    process.reset()


@pytest.fixture(params=["we bind", "they bind"])
def pair(request: pytest.FixtureRequest, drafts: Judge, ctx: zmqx.Context) -> Any:
    """Joins a socket of ours with one of theirs."""

    def make(ours: int, theirs: int) -> tuple[zmqx.Socket, Theirs]:
        own, other = ctx.socket(ours, rcvtimeo=10_000, sndtimeo=10_000), Theirs(drafts, theirs)
        if request.param == "we bind":
            other.connect(own.bind("tcp://127.0.0.1:*"))
        else:
            own.connect(other.bind("tcp://127.0.0.1:*"))
        own.wait_connected(timeout=10_000)
        return own, other

    return make


def test_server(pair: Any) -> None:
    server, client = pair(zmqx.SERVER, zmqx.CLIENT)
    for body in (b"", b"x", LONG):
        client.send(body)
        got = server.recv(copy=False)
        assert got.bytes == body
        server.send(got)
        assert client.recv()[0] == body


def test_client(pair: Any) -> None:
    client, server = pair(zmqx.CLIENT, zmqx.SERVER)
    for body in (b"", b"x", LONG):
        client.send(body)
        got, number, _ = server.recv()
        assert got == body
        server.send(body, number)
        assert client.recv() == body


def test_radio(pair: Any) -> None:
    radio, dish = pair(zmqx.RADIO, zmqx.DISH)
    dish.join("g")
    until(lambda: dish.poll() and radio.wait_for_subscribers("g", 0) == 1)
    radio.send(b"no", group="other")
    for body in (b"", b"x", LONG):
        radio.send(body, group="g")
        assert dish.recv() == (body, 0, "g")
    dish.leave("g")
    dish.join("h" * 255)
    radio.wait_for_subscribers("h" * 255, timeout=10_000)
    radio.send(b"no", group="g")
    radio.send(b"yes", group="h" * 255)
    assert dish.recv() == (b"yes", 0, "h" * 255)


def test_dish(pair: Any) -> None:
    dish, radio = pair(zmqx.DISH, zmqx.RADIO)
    for group in ("", "g", "h" * 255):
        dish.join(group)
        # libzmq has heard of a group when its messages come.
        until(lambda group=group: radio.send(b"sync", 0, group) or dish.poll(10))
        while dish.poll(50):
            assert dish.recv() == b"sync"
        for body in (b"", LONG):
            radio.send(body, 0, group)
            got = dish.recv(copy=False)
            assert (got.bytes, got.group) == (body, group)


def test_scatter_and_gather(pair: Any) -> None:
    scatter, gather = pair(zmqx.SCATTER, zmqx.GATHER)
    for body in (b"", b"x", LONG):
        scatter.send(body)
        assert gather.recv()[0] == body
    gather, scatter = pair(zmqx.GATHER, zmqx.SCATTER)
    for body in (b"", b"x", LONG):
        scatter.send(body)
        assert gather.recv() == body


def test_channel(pair: Any) -> None:
    own, other = pair(zmqx.CHANNEL, zmqx.CHANNEL)
    for body in (b"", b"x", LONG):
        own.send(body)
        assert other.recv()[0] == body
        other.send(body)
        assert own.recv() == body


def test_peer(drafts: Judge, ctx: zmqx.Context) -> None:
    own, other = ctx.socket(zmqx.PEER, rcvtimeo=10_000), Theirs(drafts, zmqx.PEER)
    number = own.connect_peer(other.bind("tcp://127.0.0.1:*"))
    own.send(b"there", routing_id=number)
    body, back, _ = other.recv()
    other.send(body + b" and back", back)
    got = own.recv(copy=False)
    assert (got.bytes, got.routing_id) == (b"there and back", number)
    own, other = ctx.socket(zmqx.PEER, rcvtimeo=10_000), Theirs(drafts, zmqx.PEER)
    number = other.connect_peer(own.bind("tcp://127.0.0.1:*"))
    other.send(b"there", number)
    own.send(own.recv(copy=False))
    assert other.recv()[:2] == (b"there", number)


@pytest.mark.parametrize("address", ["127.0.0.1:*", "lo;239.6.6.6:*"])
def test_what_a_libzmq_sends_by_udp(address: str, drafts: Judge, ctx: zmqx.Context) -> None:
    dish, radio = ctx.socket(zmqx.DISH, rcvtimeo=10_000), Theirs(drafts, zmqx.RADIO)
    dish.join("g")
    radio.connect(dish.bind(f"udp://{address}"))
    for body in (b"", b"x", LONG[:8190]):
        radio.send(b"no", 0, "other")
        radio.send(body, 0, "g")
        got = dish.recv(copy=False)
        assert (got.bytes, got.group) == (body, "g")


@pytest.mark.parametrize("address", ["127.0.0.1", "lo;239.6.6.6"])
def test_what_a_libzmq_receives_by_udp(address: str, drafts: Judge, ctx: zmqx.Context) -> None:
    # libzmq cannot tell which port it got: ours finds one that is free.
    with ctx.socket(zmqx.DGRAM) as probe:
        port = probe.bind("udp://127.0.0.1:*").rpartition(":")[2]
    radio, dish = ctx.socket(zmqx.RADIO), Theirs(drafts, zmqx.DISH)
    dish.join("g")
    dish.bind(f"udp://{address}:{port}")
    radio.connect(f"udp://{address}:{port}")
    # It binds some time after it said so.
    until(lambda: radio.send(b"sync", group="g") or dish.poll() & zmqx.POLLIN)
    radio.send(b"no", group="other")
    radio.send(LONG[:8190], group="g")
    while (got := dish.recv())[0] == b"sync":
        pass
    assert got == (LONG[:8190], 0, "g")


def test_datagrams(drafts: Judge, ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.DGRAM) as probe:
        port = probe.bind("udp://127.0.0.1:*").rpartition(":")[2]
    own, other = ctx.socket(zmqx.DGRAM, rcvtimeo=10_000), Theirs(drafts, zmqx.DGRAM)
    endpoint = own.bind("udp://127.0.0.1:*")
    other.bind(f"udp://127.0.0.1:{port}")
    other.send(endpoint.removeprefix("udp://").encode(), flags=zmqx.SNDMORE)
    other.send(b"question")
    sender, body = own.recv_multipart()
    assert (sender, body) == (f"127.0.0.1:{port}\0".encode(), b"question")
    own.send_multipart([sender, b"answer"])
    assert [other.recv()[0], other.recv()[0]] == [endpoint.removeprefix("udp://").encode() + b"\0", b"answer"]
