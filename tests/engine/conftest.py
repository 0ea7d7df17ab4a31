"""What the tests of the engine share: virtual time, a network in memory, and sockets on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zmqx.transports.inproc import Names
from zmqx.transports.registry import TRANSPORTS

from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork
from .asking import call, zap

__all__ = ["call", "zap"]

MakeSocket = Callable[..., VirtualSocket]


@pytest.fixture
def reactor() -> VirtualReactor:
    return VirtualReactor()


@pytest.fixture
def network(reactor: VirtualReactor, monkeypatch: pytest.MonkeyPatch) -> VirtualNetwork:
    """The transport ``mem://``."""
    made = VirtualNetwork(reactor)
    monkeypatch.setitem(TRANSPORTS, "mem", made)
    return made


@pytest.fixture
def make_socket(reactor: VirtualReactor, network: VirtualNetwork) -> Iterator[MakeSocket]:
    """Makes sockets on the virtual reactor. In the end they close, and must leave nothing in it."""
    names = Names()
    sockets: list[VirtualSocket] = []

    def make(socket_type: int, **options: Any) -> VirtualSocket:
        made = VirtualSocket(reactor, names, socket_type, **options)
        sockets.append(made)
        return made

    yield make
    for made in sockets:
        made.close(0)
        made.core.abort()
    reactor.settle()
    assert all(made.finished for made in sockets), "a closed socket did not finish"
    assert not reactor.watched
    assert not reactor.outliving
    reactor.advance(600_000)
    assert not reactor.pending(), "timers left behind"
