"""Streams, and a network of them, in memory: for a VirtualReactor, and as deterministic as that.

A ``VirtualNetwork`` is a transport with the scheme ``mem``; names are whatever a test likes. A test takes
the other side itself (``VirtualPeer``), or lets two sockets meet.
"""

from __future__ import annotations

import errno
import os
import select
from collections import deque

from zmqx.engine.reactor import READ, WRITE
from zmqx.errors import EADDRINUSE, zmq_error
from zmqx.message import Part
from zmqx.options import Settings
from zmqx.transports.base import Acceptor, Candidate, Dial, Stream, Transport

from .raw_peer import GREETING, ready
from .virtual_reactor import VirtualReactor

_ROOM = 1 << 16


class VirtualStream(Stream):
    """One end. ``room`` is how many bytes it takes that its owner has not read yet."""

    def __init__(self, reactor: VirtualReactor, local: str, remote: str, fd: int = -1) -> None:
        self._reactor = reactor
        self._fd = reactor.adopt(self._readiness, fd)
        self._incoming = bytearray()
        self._ended = False  # the other end will write no more
        self._shut = False  # we will write no more
        self._broken: OSError | None = None
        self.peer: VirtualStream
        self.local = local
        self.remote = remote
        self.room = _ROOM

    @classmethod
    def pair(
        cls, reactor: VirtualReactor, local: str = "mem://left", remote: str = "mem://right", fd: int = -1
    ) -> tuple[VirtualStream, VirtualStream]:
        """Two ends of one duct; the first takes over a descriptor, if one is given."""
        left, right = cls(reactor, local, remote, fd), cls(reactor, remote, local)
        left.peer, right.peer = right, left
        return left, right

    def fileno(self) -> int:
        return self._fd

    @property
    def closed(self) -> bool:
        return self._fd < 0

    def recv(self, most: int) -> bytes:
        self._check()
        if self._incoming:
            data = bytes(self._incoming[:most])
            del self._incoming[:most]
            return data
        if self._ended:
            return b""
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def send(self, data: Part) -> int:
        self._check()
        if self._shut or self.peer.closed:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if not len(data):
            return 0
        room = self.peer.room - len(self.peer._incoming)
        if room <= 0:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        taken = bytes(data[:room])
        self.peer._incoming += taken
        return len(taken)

    def write(self, buffers: list[Part]) -> list[Part]:
        for index, data in enumerate(buffers):
            try:
                sent = self.send(data)
            except BlockingIOError:
                return buffers[index:]
            if sent < len(data):
                return [memoryview(data)[sent:], *buffers[index + 1 :]]
        return []

    def end_writing(self) -> None:
        self._shut = True
        self.peer._ended = True

    def end_reading(self) -> None:
        self._ended = True

    def close(self) -> None:
        if self._fd >= 0:
            self._reactor.release(self._fd)
            self._fd = -1
            self.peer._ended = True

    def break_off(self, number: int = errno.ECONNRESET) -> None:
        """The network lost the connection: both ends find it broken."""
        for end in (self, self.peer):
            end._incoming.clear()
            end._broken = OSError(number, os.strerror(number))

    def _check(self) -> None:
        if self._fd < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if self._broken is not None:
            raise self._broken

    def _readiness(self) -> int:
        if self._broken is not None:
            return READ | WRITE | select.POLLHUP
        found = READ if self._incoming or self._ended else 0
        if self._shut or self.peer.closed or len(self.peer._incoming) < self.peer.room:
            found |= WRITE
        return found


class VirtualPeer:
    """The other side, played by a test: it says exactly the bytes it is told to say."""

    def __init__(self, stream: VirtualStream, reactor: VirtualReactor) -> None:
        self.stream = stream
        self._reactor = reactor
        self._got = b""

    def send(self, data: bytes) -> None:
        """Say something, and let it have its effect."""
        rest: list[Part] = [data]
        while rest:
            before = len(rest[0])
            rest = self.stream.write(rest)
            self._reactor.settle()
            assert not rest or len(rest[0]) < before, "the other side does not read"

    def take(self) -> bytes:
        """Everything that was said to us and not taken yet."""
        self._reactor.settle()
        got, self._got = self._got, b""
        while True:
            try:
                data = self.stream.recv(1 << 20)
            except BlockingIOError:
                return got
            if not data:
                return got
            got += data
            self._reactor.settle()

    def take_frames(self) -> list[tuple[int, bytes]]:
        """The flags (without LONG) and the body of each frame said to us; an incomplete one stays."""
        data = self.take()
        frames = []
        at = 0
        while at < len(data):
            head = at + (9 if data[at] & 2 else 2)
            if head > len(data):
                break
            end = head + int.from_bytes(data[at + 1 : head], "big")
            if end > len(data):
                break
            frames.append((data[at] & ~2, data[head:end]))
            at = end
        self._got = data[at:]
        return frames

    def greet(self) -> None:
        """Exchange greetings."""
        self.send(GREETING)
        data = self.take()
        assert data[:1] == b"\xff", data
        self._got = data[64:]

    def shake_hands(self, socket_type: str, identity: bytes | None = b"") -> VirtualPeer:
        """Exchange greetings and READY."""
        self.greet()
        self.send(ready(socket_type, identity))
        frames = self.take_frames()
        assert [body[:6] for _, body in frames[:1]] == [b"\x05READY"], frames
        assert len(frames) == 1, frames
        return self

    @property
    def ended(self) -> bool:
        """Whether the other side has closed, or said that it writes no more."""
        self._reactor.settle()
        return self.stream._ended or self.stream._broken is not None

    @property
    def gone(self) -> bool:
        """Whether the other side has closed for good."""
        self._reactor.settle()
        return self.stream.peer.closed

    def close(self) -> None:
        self.stream.close()
        self._reactor.settle()


class VirtualDial(Dial):
    """A connect under way, or over: to an acceptor, to nobody (refused), or to silence."""

    def __init__(self, network: VirtualNetwork, name: str) -> None:
        self._network = network
        self._name = name
        self._fd = network.reactor.adopt(self._readiness)
        self.done = network.synchronous

    def fileno(self) -> int:
        return self._fd

    def _readiness(self) -> int:
        return 0 if self._name in self._network.silent else WRITE

    def finish(self) -> Stream:
        if self._name in self._network.silent:
            raise BlockingIOError(errno.EINPROGRESS, os.strerror(errno.EINPROGRESS))
        stream = self._network.join(self._name, self._fd)
        self._fd = -1  # the stream's now, as a connected socket is
        return stream

    def close(self) -> None:
        if self._fd >= 0:
            self._network.reactor.release(self._fd)
            self._fd = -1


class VirtualAcceptor(Acceptor):
    """A listener's end. ``failures`` are raised, one per call, instead of accepting."""

    def __init__(self, network: VirtualNetwork, name: str) -> None:
        self._network = network
        self._name = name
        self._fd = network.reactor.adopt(lambda: READ if self.waiting else 0)
        self.waiting: deque[VirtualStream] = deque()
        self.failures: deque[OSError] = deque()
        self.endpoint = f"mem://{name}"

    def fileno(self) -> int:
        return self._fd

    def accept(self) -> Stream | None:
        if self.failures:
            raise self.failures.popleft()
        return self.waiting.popleft() if self.waiting else None

    def close(self) -> None:
        if self._fd >= 0:
            self._network.reactor.release(self._fd)
            self._fd = -1
            del self._network.acceptors[self._name]
            while self.waiting:
                self.waiting.popleft().close()

    def disown(self) -> None:
        self._fd = -1


class VirtualNetwork(Transport):
    """The transport ``mem``."""

    scheme = "mem"

    def __init__(self, reactor: VirtualReactor) -> None:
        self.reactor = reactor
        self.acceptors: dict[str, VirtualAcceptor] = {}
        #: Names at which nobody ever answers, not even to refuse.
        self.silent: set[str] = set()
        #: Connects are over at once, as those of UNIX sockets are.
        self.synchronous = False
        #: Names that have to be looked up: what each look-up finds in turn, the last for ever.
        self.names: dict[str, list[list[str] | OSError]] = {}
        #: Every name that was dialed, with its time in ms.
        self.dialed: list[tuple[str, float]] = []
        #: What ``dial`` raises at once, by name.
        self.unreachable: dict[str, OSError] = {}

    def check_bind(self, address: str) -> str:
        return address

    def check_connect(self, address: str) -> str:
        return address

    def listen(self, address: str, settings: Settings) -> VirtualAcceptor:
        if address in self.acceptors:
            raise zmq_error(EADDRINUSE, f"cannot bind to mem://{address}")
        acceptor = self.acceptors[address] = VirtualAcceptor(self, address)
        return acceptor

    def candidates(self, address: str, settings: Settings) -> list[Candidate] | None:
        return None if address in self.names else [(0, address)]

    def look_up(self, address: str, settings: Settings) -> list[Candidate]:
        answers = self.names[address]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, OSError):
            raise answer
        return [(0, name) for name in answer]

    def dial(self, address: str, candidate: Candidate, settings: Settings) -> Dial:
        name = str(candidate[1])
        self.dialed.append((name, self.reactor.now() * 1000))
        if name in self.unreachable:
            raise self.unreachable[name]
        if self.synchronous and name not in self.acceptors:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        return VirtualDial(self, name)

    def join(self, name: str, fd: int = -1) -> VirtualStream:
        """A connection to whoever listens at a name; ECONNREFUSED if nobody does."""
        acceptor = self.acceptors.get(name)
        if acceptor is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        near, far = VirtualStream.pair(self.reactor, "mem://client", f"mem://{name}", fd)
        acceptor.waiting.append(far)
        return near

    # -- for the test's own side

    def call(self, name: str) -> VirtualPeer:
        """Connect to a socket that listens."""
        peer = VirtualPeer(self.join(name), self.reactor)
        self.reactor.settle()
        return peer

    def await_call(self, name: str) -> VirtualAcceptor:
        """Listen where sockets will connect to."""
        return self.listen(name, None)  # type: ignore[arg-type]  # no settings apply to memory

    def take_call(self, acceptor: VirtualAcceptor) -> VirtualPeer:
        """Accept a socket's connection, which must be there."""
        self.reactor.settle()
        assert acceptor.waiting, "nobody called"
        peer = VirtualPeer(acceptor.waiting.popleft(), self.reactor)
        self.reactor.settle()
        return peer
