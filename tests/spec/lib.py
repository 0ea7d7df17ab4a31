"""zmqx and pyzmq behind one door, so that a scenario is written once and both are held to it.

Both have pyzmq's API; what they do not have in common is how to wait without sleeping, and how to clean up. Numbers
(socket types, options, flags, errnos) are the same in both: tests take them from ``zmqx``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zmq
from zmq.utils.monitor import parse_monitor_message

import zmqx
from zmqx.constants import Event

from ..support.callers import PATIENCE, until

# ms that a call of a test's socket may take: a bound, never a measure.
DEADLINE = 10_000

_DECISIONS = Path(__file__).parents[2] / "docs/design/decisions"


class _Watch:
    """How many peers a socket of pyzmq has: counted from its monitor."""

    def __init__(self, socket: Any) -> None:
        # With a name of ours: pyzmq's is made of the FD, which not every type has.
        name = f"inproc://watch-{id(socket)}"
        self._monitor = socket.get_monitor_socket(Event.HANDSHAKE_SUCCEEDED | Event.DISCONNECTED, name)
        self._monitor.linger = 0
        self._peers = 0

    def peers(self) -> int:
        while self._monitor.poll(0):
            event = parse_monitor_message(self._monitor.recv_multipart())["event"]
            self._peers = self._peers + 1 if event == Event.HANDSHAKE_SUCCEEDED else max(0, self._peers - 1)
        return self._peers

    def close(self, socket: Any) -> None:
        try:
            socket.disable_monitor()
        except zmq.ZMQError:
            pass  # closed already, or its context is
        self._monitor.close(0)


class Lib:
    """One of the two libraries, for one test. Closes at the end what was made through it."""

    def __init__(self, ours: bool, endpoint_of: Callable[[str], str]) -> None:
        self.ours = ours
        self.zmq: Any = zmqx if ours else zmq
        self.name = "zmqx" if ours else "pyzmq"
        self._endpoint_of = endpoint_of
        self._contexts: list[Any] = []
        self._sockets: list[Any] = []
        self._watches: dict[int, _Watch] = {}
        self._echoes: dict[Any, tuple[Any, Any]] = {}

    # -- making

    def context(self, **options: Any) -> Any:
        """A new context, ended after the test."""
        made = self.zmq.Context()
        self._contexts.append(made)
        for name, value in options.items():
            made.set(getattr(zmqx, name.upper()), value)
        return made

    @property
    def ctx(self) -> Any:
        """The context of sockets that are not told another."""
        return self._contexts[0] if self._contexts else self.context()

    def bare_socket(self, kind: int, context: Any = None, **options: Any) -> Any:
        """A new socket with nothing set and nobody watching: for tests of defaults and of monitors."""
        made = (context or self.ctx).socket(kind)
        self._sockets.append(made)
        for name, value in options.items():
            made.setsockopt(getattr(zmqx, name.upper()), value)
        return made

    def socket(self, kind: int, context: Any = None, **options: Any) -> Any:
        """A new socket with these options whose calls end after ten seconds with Again."""
        waits = {"rcvtimeo": DEADLINE, "sndtimeo": DEADLINE, "linger": 0}
        made = self.bare_socket(kind, context, **{**waits, **options})
        if not self.ours:
            self._watches[id(made)] = _Watch(made)
        return made

    def keep(self, socket: Any) -> None:
        """Close this one too, after the test."""
        self._sockets.append(socket)

    # -- joining

    def endpoint(self, transport: str = "tcp") -> str:
        """What to bind to: tcp, tcp6, ipc, abstract or inproc, with a port or a name that is free."""
        return self._endpoint_of(transport)

    def bind(self, socket: Any, transport: str = "tcp") -> str:
        """Bind to something free; the real endpoint."""
        socket.bind(self.endpoint(transport))
        return self.last_endpoint(socket)

    def bind_again(self, socket: Any, endpoint: str) -> None:
        """Bind to what another socket was bound to. libzmq gives it back before long, not at once."""

        def bound() -> bool:
            try:
                socket.bind(endpoint)
            except self.zmq.ZMQError as error:
                if error.errno == zmqx.EADDRINUSE:
                    return False
                raise
            return True

        until(bound)

    def last_endpoint(self, socket: Any) -> str:
        return str(socket.getsockopt(zmqx.LAST_ENDPOINT).rstrip(b"\0").decode())

    def join(self, binder: Any, *connectors: Any, transport: str = "tcp") -> str:
        """Connect sockets to one, one after another, and wait until all know it; the endpoint."""
        endpoint = self.bind(binder, transport)
        for count, connector in enumerate(connectors, 1):
            connector.connect(endpoint)
            if transport != "inproc" or self.ours:
                self.await_peers(binder, count)
                self.await_peers(connector)
        self.attend(binder, *connectors)
        return endpoint

    def pair(self, binder: int, connector: int, transport: str = "tcp") -> tuple[Any, Any]:
        """Two new sockets of these types, joined."""
        sockets = self.socket(binder), self.socket(connector)
        self.join(*sockets, transport=transport)
        return sockets

    # -- waiting

    def peers(self, socket: Any) -> int:
        """How many peers a socket has, handshake done. pyzmq cannot tell over inproc."""
        if self.ours:
            return int(socket.wait_connected(0))
        count = self._watches[id(socket)].peers()
        self.attend(socket)
        return count

    def await_peers(self, socket: Any, count: int = 1) -> None:
        """Wait until a socket has at least so many peers."""
        until(lambda: self.peers(socket) >= count)

    def await_loss(self, socket: Any, left: int = 0) -> None:
        """Wait until a socket has no more peers than this. pyzmq does not count those it left by itself."""
        until(lambda: self.peers(socket) <= left)
        self.settle(socket)

    def settle(self, socket: Any) -> None:
        """Have libzmq finish what its network thread has begun (the event comes before the deed), and have the socket
        notice it."""
        if self.ours:
            return
        context = socket.context
        if context not in self._echoes:
            pair = self.bare_socket(zmqx.PAIR, context, linger=0), self.bare_socket(zmqx.PAIR, context, linger=0)
            pair[1].connect(self.bind(pair[0]))
            self._echoes[context] = pair
        near, far = self._echoes[context]
        near.send(b"")  # through the same thread, after whatever it was doing
        assert far.poll(DEADLINE)
        far.recv()
        self.attend(socket)

    def await_topics(self, publisher: Any, count: int) -> None:
        """Wait until a publisher knows so many different topics."""
        until(lambda: self.attend(publisher) or publisher.getsockopt(zmqx.TOPICS_COUNT) == count)

    def attend(self, *sockets: Any) -> None:
        """Have libzmq's sockets notice what happened: they do so only when they are called."""
        for socket in sockets:
            socket.getsockopt(zmqx.EVENTS)

    def silent(self, socket: Any, ms: int = 100) -> bool:
        """Whether nothing comes for a moment. Where something can be sent that comes after it, that is better."""
        return not socket.poll(ms)

    # -- judging

    @contextmanager
    def fails(self, errno: int) -> Iterator[None]:
        """The block raises this library's ZMQError with this number."""
        with pytest.raises(self.zmq.ZMQError) as caught:
            yield
        assert caught.value.errno == errno, f"errno {caught.value.errno} ({caught.value}) instead of {errno}"

    def differs(self, *, ours: Any, libzmq: Any, see: str) -> Any:
        """What is expected of this library, where the two differ on purpose. ``see``: the number of the decision."""
        assert list(_DECISIONS.glob(f"{see}-*.md")), f"there is no decision {see}"
        return ours if self.ours else libzmq

    # -- ending

    def close(self, socket: Any, linger: int = 0) -> None:
        """Close a socket, and what watches it."""
        watch = self._watches.pop(id(socket), None)
        if watch is not None:
            watch.close(socket)
        socket.close(linger)

    def end(self) -> None:
        """Close everything within a deadline."""
        for socket in self._sockets:
            if not socket.closed or id(socket) in self._watches:
                self.close(socket)
        for context in self._contexts:
            ending = threading.Thread(target=context.destroy, args=(0,), daemon=True)
            ending.start()
            ending.join(PATIENCE)
            assert not ending.is_alive(), f"a context of {self.name} does not end"
