"""Scenarios run on both faces, over every transport that can carry them, and whichever side binds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmqx

from ..support.bridge import BridgedContext, LoopThread

TRANSPORTS = ["tcp", "tcp6", "ipc", "abstract", "inproc", "ws"]


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Joiner:
    """Makes sockets and joins them, ready to talk."""

    def __init__(self, ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str) -> None:
        self.ctx = ctx
        self._endpoint_of = endpoint_of
        self.transport = transport

    def socket(self, socket_type: int, **options: Any) -> zmqx.Socket:
        made: zmqx.Socket = self.ctx.socket(socket_type, **options)
        if self.transport == "tcp6":
            made.ipv6 = 1
        return made

    def bind(self, socket: zmqx.Socket) -> str:
        return str(socket.bind(self._endpoint_of(self.transport)))

    def join(self, left: zmqx.Socket, right: zmqx.Socket, left_binds: bool = True) -> None:
        """Connect two sockets, and wait until both know it."""
        binder, connector = (left, right) if left_binds else (right, left)
        connector.connect(self.bind(binder))
        for socket in (left, right):
            socket.wait_connected(timeout=5000)

    def pair(self, left: int, right: int, left_binds: bool = True) -> tuple[zmqx.Socket, zmqx.Socket]:
        """Two new sockets of these types, joined."""
        sockets = self.socket(left), self.socket(right)
        self.join(*sockets, left_binds=left_binds)
        return sockets


@pytest.fixture
def blocking_joiner(ctx: zmqx.Context, endpoint_of: Callable[[str], str], transport: str) -> Joiner:
    """For tests of the blocking face alone."""
    return Joiner(ctx, endpoint_of, transport)


@pytest.fixture(params=["blocking", "asyncio"])
def joiner(request: pytest.FixtureRequest, endpoint_of: Callable[[str], str], transport: str) -> Iterator[Joiner]:
    if request.param == "blocking":
        yield Joiner(request.getfixturevalue("ctx"), endpoint_of, transport)
        return
    loop = LoopThread()
    context: Any = BridgedContext(loop)
    try:
        yield Joiner(context, endpoint_of, transport)
    finally:
        context.destroy(linger=0, timeout=10_000)
        loop.close()
