"""Two connections that secure what they say, and every byte of it, for tests to spoil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zmqx.constants import SocketType
from zmqx.message import Item
from zmqx.wire.connection import Connection
from zmqx.wire.events import Asked
from zmqx.wire.mechanisms.curve import CurveClient, CurveServer
from zmqx.wire.mechanisms.null import NullMechanism
from zmqx.wire.mechanisms.plain import PlainClient, PlainServer
from zmqx.wire.states import Phase

from ..support.curve import CLIENT_PUBLIC, CLIENT_SECRET, SERVER_PUBLIC, SERVER_SECRET, counting

MECHANISMS = ["NULL", "PLAIN", "CURVE"]


def client_of(mechanism: str, kind: int = SocketType.PUSH, **rest: object) -> Connection:
    source = counting()
    make = {
        "NULL": NullMechanism,
        "PLAIN": lambda properties: PlainClient(properties, b"me", b"secret"),
        "CURVE": lambda properties: CurveClient(properties, CLIENT_PUBLIC, CLIENT_SECRET, SERVER_PUBLIC, source),
    }[mechanism]
    return Connection(SocketType(kind), make, **rest)  # type: ignore[arg-type]


def server_of(mechanism: str, kind: int = SocketType.PULL, **rest: object) -> Connection:
    source = counting()
    rest = {"allow_legacy": False, **rest}
    make = {
        "NULL": lambda properties: NullMechanism(properties, True),
        "PLAIN": PlainServer,
        "CURVE": lambda properties: CurveServer(properties, SERVER_PUBLIC, SERVER_SECRET, source),
    }[mechanism]
    return Connection(SocketType(kind), make, **rest)  # type: ignore[arg-type]


@dataclass
class Talk:
    """A client and a server, and what the client said: one piece for each time that it had something to say."""

    client: Connection
    server: Connection
    said: list[bytes]

    def exchange(self) -> None:
        """Pass on what the protocol wants said, until both have said all."""
        while True:
            out, back = self.client.take_output(), self.server.take_output()
            if not out and not back:
                return
            if out:
                self.said.append(out)
                self.server.receive(out)
                admit(self.server)
            if back:
                self.client.receive(back)

    def send(self, items: Sequence[Item]) -> bytes:
        """The bytes of some messages of the client, which are not passed on."""
        return b"".join(bytes(part) for part in self.client.encode(items))


def admit(server: Connection) -> None:
    """Let in whoever asks."""
    for event in server.take_events():
        if isinstance(event, Asked):
            server.admit()


def talk(mechanism: str, client: int = SocketType.PUSH, server: int = SocketType.PULL, **rest: object) -> Talk:
    """Two connections that have shaken hands. The same every time, to the byte."""
    made = Talk(client_of(mechanism, client, **rest), server_of(mechanism, server, **rest), [])
    made.exchange()
    assert made.client.phase is Phase.TRAFFIC
    assert made.server.phase is Phase.TRAFFIC
    made.client.take_events()
    made.server.take_events()
    return made
