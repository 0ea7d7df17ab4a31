"""The conformance kit: what every stream, dial and acceptor promises, whatever is underneath."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from zmqx.constants import SocketType
from zmqx.options import Settings
from zmqx.transports.base import Acceptor, Stream, Transport
from zmqx.transports.ipc import Ipc
from zmqx.transports.tcp import Tcp

from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_stream import VirtualNetwork

# Seconds: the end of a test that waits in vain.
DEADLINE = 10

KINDS = ["tcp", "tcp6", "ipc", "abstract", "virtual"]


class Kit:
    """One transport, an acceptor, and streams between the two."""

    def __init__(self, kind: str, endpoint: str) -> None:
        self.virtual = kind == "virtual"
        self.settings = Settings(SocketType.PAIR)
        # Small ones, so that a test has not much to fill.
        self.settings.sndbuf = self.settings.rcvbuf = 32768
        if kind == "tcp6":
            self.settings.ipv6 = 1
        self.transport: Transport = {"tcp": Tcp, "tcp6": Tcp, "ipc": Ipc, "abstract": Ipc}.get(
            kind, lambda: VirtualNetwork(VirtualReactor())
        )()
        address = endpoint.partition("://")[2]
        self.acceptor: Acceptor = self.transport.listen(self.transport.check_bind(address), self.settings)
        self._streams: list[Stream] = []

    @property
    def endpoint(self) -> str:
        return self.acceptor.endpoint

    def dial(self) -> Any:
        """A dial to the acceptor, ready to be finished."""
        address = self.transport.check_connect(self.endpoint.partition("://")[2])
        candidates = self.transport.candidates(address, self.settings)
        assert candidates
        made = self.transport.dial(address, candidates[0], self.settings)
        if not made.done:
            self.wait(made.fileno(), select.POLLOUT)
        return made

    def connect(self) -> Stream:
        made = self.dial()
        try:
            stream: Stream = made.finish()
        except OSError:
            made.close()
            raise
        self._streams.append(stream)
        return stream

    def accept(self) -> Stream:
        self.wait(self.acceptor.fileno(), select.POLLIN)
        stream = self.acceptor.accept()
        assert stream is not None
        self._streams.append(stream)
        return stream

    def pair(self) -> tuple[Stream, Stream]:
        return self.connect(), self.accept()

    def wait(self, fd: int, event: int) -> None:
        """Until a descriptor is ready; in memory everything is."""
        if not self.virtual:
            poll = select.poll()
            poll.register(fd, event)
            assert poll.poll(DEADLINE * 1000), "it never becomes ready"

    def read(self, stream: Stream, count: int) -> bytes:
        """Exactly so many bytes."""
        data = b""
        while len(data) < count:
            self.wait(stream.fileno(), select.POLLIN)
            more = stream.recv(count - len(data))
            assert more, "the stream ended"
            data += more
        return data

    def fill(self, stream: Stream) -> int:
        """Write until nothing more fits; how many bytes that was."""
        block = b"f" * 65536
        count = 0
        while True:
            try:
                count += stream.send(block)
            except BlockingIOError:
                return count

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        self.acceptor.close()


@pytest.fixture(params=KINDS)
def kit(request: pytest.FixtureRequest, endpoint_of: Callable[[str], str]) -> Iterator[Kit]:
    kind = request.param
    made = Kit(kind, "mem://kit" if kind == "virtual" else endpoint_of(kind))
    yield made
    made.close()


def test_bytes_go_both_ways(kit: Kit) -> None:
    near, far = kit.pair()
    assert near.send(b"to the far end") == 14
    assert far.send(b"and back") == 8
    assert kit.read(far, 14) == b"to the far end"
    assert kit.read(near, 8) == b"and back"


def test_nothing_to_read_is_not_the_end(kit: Kit) -> None:
    near, far = kit.pair()
    for stream in (near, far):
        with pytest.raises(BlockingIOError):
            stream.recv(10)


def test_a_read_returns_what_is_there(kit: Kit) -> None:
    near, far = kit.pair()
    near.send(b"12345")
    assert kit.read(far, 2) == b"12"
    assert far.recv(100) == b"345"
    with pytest.raises(BlockingIOError):
        far.recv(100)


def test_a_closed_end_is_the_end(kit: Kit) -> None:
    near, far = kit.pair()
    near.send(b"last")
    near.close()
    assert kit.read(far, 4) == b"last"
    kit.wait(far.fileno(), select.POLLIN)
    assert far.recv(10) == b""
    assert far.recv(10) == b""


def test_writing_to_a_closed_end_fails_in_the_end(kit: Kit) -> None:
    near, far = kit.pair()
    far.close()

    def write_on() -> None:
        for _ in range(1000):
            kit.wait(near.fileno(), select.POLLOUT)
            near.send(b"x")

    with pytest.raises(OSError, match=r"roken pipe|reset"):
        write_on()


def test_half_closed_the_other_direction_still_works(kit: Kit) -> None:
    near, far = kit.pair()
    near.send(b"all I have to say")
    near.end_writing()
    near.end_writing()
    assert kit.read(far, 17) == b"all I have to say"
    kit.wait(far.fileno(), select.POLLIN)
    assert far.recv(10) == b""
    assert far.send(b"answer") == 6
    assert kit.read(near, 6) == b"answer"
    with pytest.raises(OSError, match="roken pipe"):
        near.send(b"more")


def test_end_writing_on_a_broken_stream_is_harmless(kit: Kit) -> None:
    near, far = kit.pair()
    far.close()
    near.end_writing()
    near.close()
    near.close()
    assert near.fileno() == -1


def test_a_full_stream_blocks_and_opens_again(kit: Kit) -> None:
    near, far = kit.pair()
    count = kit.fill(near)
    assert count > 0
    with pytest.raises(BlockingIOError):
        near.send(b"x")
    assert near.write([b"one", b"two"]) == [b"one", b"two"]
    assert kit.read(far, count) == b"f" * count
    kit.wait(near.fileno(), select.POLLOUT)
    assert near.send(b"again") == 5
    assert kit.read(far, 5) == b"again"


def test_nothing_can_be_sent(kit: Kit) -> None:
    near, far = kit.pair()
    assert near.send(b"") == 0
    assert near.write([b""]) == []
    assert near.write([b"", b"x", b""]) == []
    assert kit.read(far, 1) == b"x"
    with pytest.raises(BlockingIOError):
        far.recv(1)


@pytest.mark.parametrize("count", [1, 2, 511, 512, 513, 3000])
def test_vectors_of_any_length(kit: Kit, count: int) -> None:
    near, far = kit.pair()
    buffers = [b"%d," % number for number in range(count)]
    whole = b"".join(buffers)
    assert near.write(list(buffers)) == []
    assert kit.read(far, len(whole)) == whole


def test_vectors_of_any_kind_of_buffer(kit: Kit) -> None:
    near, far = kit.pair()
    assert near.write([b"bytes", memoryview(b"view"), b"", memoryview(bytearray(b"array"))]) == []
    assert kit.read(far, 14) == b"bytesviewarray"


@pytest.mark.parametrize(
    "sizes",
    [[2_000_000], [1] * 2000 + [1_000_000], [200_000] * 8, [0, 1_000_000, 0, 1]],
    ids=["one", "many-small", "several-large", "empty-ones-between"],
)
def test_what_does_not_fit_is_returned_and_nothing_is_lost(kit: Kit, sizes: list[int]) -> None:
    near, far = kit.pair()
    whole = b"".join(bytes([index % 251]) * size for index, size in enumerate(sizes))
    rest: list[Any] = [bytes([index % 251]) * size for index, size in enumerate(sizes)]
    got = bytearray()
    rounds = 0
    while rest:
        rest = near.write(rest)
        rounds += 1
        while len(got) < len(whole):
            try:
                got += far.recv(1 << 20)
            except BlockingIOError:
                break
        assert rounds < 100_000
    assert rounds > 1, "it all fitted: the test proves nothing"
    got += kit.read(far, len(whole) - len(got))
    assert bytes(got) == whole


def test_a_closed_stream_says_so(kit: Kit) -> None:
    near, _ = kit.pair()
    near.close()
    near.close()
    assert near.fileno() == -1
    for attempt in (lambda: near.recv(1), lambda: near.send(b"x")):
        with pytest.raises(OSError, match="Bad file"):
            attempt()


def test_streams_know_both_ends(kit: Kit) -> None:
    near, far = kit.pair()
    assert near.remote == far.local == kit.endpoint
    if isinstance(kit.transport, Tcp):
        assert near.local == far.remote != kit.endpoint
        assert near.local.startswith("tcp://")


def test_an_acceptor_with_nobody_waiting(kit: Kit) -> None:
    assert kit.acceptor.accept() is None


def test_many_wait_and_are_accepted_one_by_one(kit: Kit) -> None:
    streams = [kit.connect() for _ in range(20)]
    for index, stream in enumerate(streams):
        stream.send(b"%02d" % index)
    assert {kit.read(kit.accept(), 2) for _ in range(20)} == {b"%02d" % index for index in range(20)}
    assert kit.acceptor.accept() is None


def test_a_closed_acceptor_refuses_and_frees_its_address(kit: Kit) -> None:
    endpoint = kit.endpoint
    address = endpoint.partition("://")[2]
    kit.acceptor.close()
    kit.acceptor.close()
    with pytest.raises(OSError, match=r"refused|No such file"):
        kit.connect()
    kit.acceptor = kit.transport.listen(kit.transport.check_bind(address), kit.settings)
    assert kit.acceptor.endpoint == endpoint
    near, far = kit.pair()
    near.send(b"x")
    assert kit.read(far, 1) == b"x"


def test_a_failed_dial_is_closed(kit: Kit) -> None:
    made = kit.dial()
    kit.acceptor.close()
    made.close()
    made.close()
    assert made.fileno() == -1


def test_descriptors_are_not_inherited(kit: Kit) -> None:
    """A program that we start must not hold our connections open."""
    if kit.virtual:
        pytest.skip("memory has no descriptors")
    import os

    near, far = kit.pair()
    for fd in (near.fileno(), far.fileno(), kit.acceptor.fileno()):
        assert not os.get_inheritable(fd)
        assert not socket.socket(fileno=os.dup(fd)).close()
