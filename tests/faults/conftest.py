"""A socket under attack, and a good peer whose traffic must not notice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event

# Each socket type, and a type of good peer for it.
FRIENDS = {
    "PAIR": "PAIR",
    "PUB": "SUB",
    "SUB": "PUB",
    "XPUB": "SUB",
    "XSUB": "PUB",
    "REQ": "REP",
    "REP": "REQ",
    "DEALER": "DEALER",
    "ROUTER": "DEALER",
    "PUSH": "PULL",
    "PULL": "PUSH",
}

# What a peer calls itself to be let in.
_SENDERS = ("PUSH", "PUB", "XPUB")


class Company:
    """A bound socket and its good peer."""

    def __init__(self, ctx: zmqx.Context, kind: str, endpoint: str, **options: Any) -> None:
        self.kind = kind
        self.friend_kind = FRIENDS[kind]
        self.sock: zmqx.Socket = ctx.socket(getattr(zmqx, kind), **options)
        self.events = self.sock.events(Event.DISCONNECTED, limit=100_000)
        self.friend: zmqx.Socket = ctx.socket(getattr(zmqx, self.friend_kind))
        self._friends_events = self.friend.events(Event.DISCONNECTED)
        self.endpoint = str(self.sock.bind(endpoint))
        self._count = 0
        for sock in (self.sock, self.friend):
            if sock.socket_type == zmqx.SUB:
                sock.subscribe(b"")
            elif sock.socket_type == zmqx.XSUB:
                sock.send(b"\1")
        self.friend.connect(self.endpoint)
        for sock in (self.sock, self.friend):
            sock.wait_connected(timeout=10_000)

    def ended(self, count: int) -> list[str]:
        """Wait until so many connections have ended; the reasons."""
        reasons = [await_event(self.events, Event.DISCONNECTED).reason for _ in range(count)]
        self.alone()
        return reasons

    def alone(self) -> None:
        """Wait until only the good peer is left."""
        until = time.monotonic() + 10
        while self.sock.wait_connected(0) > 1:
            assert time.monotonic() < until, "somebody is still there"
            self.sock.poll(5, 0)

    def talks(self) -> None:
        """The good peer and we exchange messages; it has never been disconnected."""
        for _ in range(3):
            self._count += 1
            text = b"message %d" % self._count
            if self.kind in _SENDERS:
                self._published(self.sock, self.friend, text)
            elif self.friend_kind in _SENDERS:
                self._published(self.friend, self.sock, text)
            elif self.kind == "REQ":
                self._asked(self.sock, self.friend, text)
            else:
                self._asked(self.friend, self.sock, text)
        with pytest.raises(zmqx.Again):
            self._friends_events.recv(timeout=0)

    def _published(self, sender: zmqx.Socket, receiver: zmqx.Socket, text: bytes) -> None:
        until = time.monotonic() + 10
        while True:
            assert time.monotonic() < until, f"{text!r} did not arrive"
            # A subscription may still be under way the first time.
            sender.send_multipart([b"", text], timeout=10_000)
            while receiver.poll(20 if sender.socket_type in (zmqx.PUB, zmqx.XPUB) else 10_000):
                # Garbage can look like a message; that is no fault.
                if receiver.recv_multipart() == [b"", text]:
                    return

    def _asked(self, asker: zmqx.Socket, answerer: zmqx.Socket, text: bytes) -> None:
        asker.send_multipart([b"", text], timeout=10_000)
        while (message := answerer.recv_multipart(timeout=10_000))[-1] != text:
            if answerer.socket_type == zmqx.REP:
                answerer.send(b"what?")
        answerer.send_multipart([*message[:-1], b"re: " + text])
        while asker.recv_multipart(timeout=10_000)[-1] != b"re: " + text:
            pass


@pytest.fixture
def company(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> Callable[..., Company]:
    """Makes them, of a socket type and over a transport."""

    def make(kind: str, transport: str = "tcp", **options: Any) -> Company:
        return Company(ctx, kind, endpoint_of(transport), **options)

    return make
