"""What tests of the questions of RFC 27 share: a server that asks, a client in question, and whoever answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.errors import ProtocolError
from zmqx.message import Message
from zmqx.wire.connection import Connection
from zmqx.wire.states import Phase

from ..support.curve import CLIENT_PUBLIC, SERVER_KEYS
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork, VirtualPeer
from ..wire.secured import MECHANISMS, client_of

Call = Callable[..., "tuple[VirtualSocket, Client]"]

ZAP = "inproc://zeromq.zap.01"
SERVER: dict[str, dict[str, Any]] = {
    "NULL": {"zap_domain": b"domain"},
    "PLAIN": {"plain_server": 1},
    "CURVE": SERVER_KEYS,
}
CREDENTIALS = {"NULL": [], "PLAIN": [b"me", b"secret"], "CURVE": [CLIENT_PUBLIC]}
GOOD = [b"200", b"OK", b"user", b"\x05level\0\0\0\x04high"]

every_mechanism = pytest.mark.parametrize("mechanism", MECHANISMS)


class Client:
    """A peer that speaks a mechanism, over a stream of its own."""

    def __init__(self, network: VirtualNetwork, mechanism: str, kind: int = zmqx.PUSH, **rest: Any) -> None:
        self.peer: VirtualPeer = network.call("server")
        self.connection: Connection = client_of(mechanism, kind, **rest)
        self.error: ProtocolError | None = None

    def go_on(self) -> Client:
        """Say and hear all there is to say and to hear."""
        while self.error is None:
            out = self.connection.take_output()
            if out and not self.peer.gone:
                self.peer.send(out)
            heard = self.peer.take()
            if not heard:
                return self
            try:
                self.connection.receive(heard)
            except ProtocolError as error:
                self.error = error
        return self

    @property
    def up(self) -> bool:
        return self.go_on().connection.phase is Phase.TRAFFIC

    def send(self, item: Message) -> None:
        self.peer.send(b"".join(map(bytes, self.connection.encode([item]))))


@pytest.fixture
def call(network: VirtualNetwork, make_socket: Callable[..., VirtualSocket]) -> Call:
    """A server with these options, and a client that has said what it could."""

    def make(mechanism: str, kind: int = zmqx.PULL, peer: int = zmqx.PUSH, **options: Any) -> Any:
        server = make_socket(kind, **{"handshake_ivl": 1000, **SERVER[mechanism], **options})
        server.bind("mem://server")
        client = Client(network, mechanism, peer).go_on()
        server.kinds()
        return server, client

    return make


@pytest.fixture
def zap(make_socket: Callable[..., VirtualSocket]) -> VirtualSocket:
    """Who is asked, in the form that sees who asks."""
    made = make_socket(zmqx.ROUTER)
    made.bind(ZAP)
    return made


def asked(zap: VirtualSocket) -> tuple[list[bytes], list[bytes]]:
    """The next question: the envelope to answer in, and the question behind version and number."""
    message = zap.recv()
    assert isinstance(message, list), "nobody asked"
    peer, delimiter, version, number, *question = map(bytes, message)
    assert (delimiter, version, number) == (b"", b"1.0", b"1")
    return [peer, b"", version, number], question


def answer(zap: VirtualSocket, reply: list[bytes]) -> list[bytes]:
    """Answer the next question; the question."""
    envelope, question = asked(zap)
    assert zap.send([*envelope, *reply])
    zap.reactor.settle()
    return question


def told(server: VirtualSocket) -> list[tuple[str, int]]:
    """What happened to connections, but for the descriptors."""
    return [(event.kind.name or "", event.value * (event.kind != Event.DISCONNECTED)) for event in server.events()]
