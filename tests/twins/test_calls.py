"""The calls of a socket in both halves: the same bytes, and the same exceptions for the same trouble."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .conftest import compiled


class Own:
    """The Python half: the socket's own calls."""

    def __init__(self, sock: socket.socket) -> None:
        self.recv, self.send = sock.recv, sock.send
        self.close = sock.close


@pytest.fixture
def ends(half: str) -> Iterator[tuple[Any, socket.socket, socket.socket]]:
    """The calls of one end, that end, and the other."""
    near, far = socket.socketpair()
    near.setblocking(False)
    duct = Own(near) if half == "python" else compiled("calls").Duct(near.fileno())
    yield duct, near, far
    near.close()
    far.close()


def errno_of(call: Callable[..., Any], *args: Any) -> tuple[type[OSError], int | None]:
    with pytest.raises(OSError) as caught:  # noqa: PT011  # its number is what is looked at
        call(*args)
    return caught.type, caught.value.errno


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 100_000])
def test_what_is_there_is_read_up_to_a_size(ends: Any, size: int) -> None:
    duct, _, far = ends
    far.sendall(bytes(range(256)) * 400)
    assert duct.recv(size) == (bytes(range(256)) * 400)[:size]


def test_a_large_read_of_little_is_just_as_long_as_what_came(ends: Any) -> None:
    duct, _, far = ends
    for size in (1, 60_000):
        far.sendall(b"x" * size)
        assert duct.recv(1 << 20) == b"x" * size


@pytest.mark.parametrize("data", [b"", b"x", bytearray(b"yy"), memoryview(b"zzz")])
def test_what_is_written_arrives(ends: Any, data: Any) -> None:
    duct, _, far = ends
    assert duct.send(data) == len(data)
    assert far.recv(10) == bytes(data) if len(data) else True


def test_a_full_stream_takes_a_part_and_then_nothing(ends: Any) -> None:
    duct, _, far = ends
    sent: list[int] = []
    with pytest.raises(BlockingIOError):
        sent.extend(duct.send(b"x" * 100_000) for _ in range(10_000))
    assert all(0 < count <= 100_000 for count in sent)
    far.setblocking(False)
    got: list[int] = []
    with pytest.raises(BlockingIOError):
        got.extend(len(far.recv(1 << 20)) for _ in range(10_000))
    assert sum(got) == sum(sent)


def test_trouble_has_its_numbers(ends: Any) -> None:
    duct, _near, far = ends
    assert errno_of(duct.recv, 10) == (BlockingIOError, errno.EAGAIN)
    assert errno_of(duct.recv, 1 << 20) == (BlockingIOError, errno.EAGAIN)
    far.close()
    assert duct.recv(10) == b""
    assert duct.recv(1 << 20) == b""
    assert errno_of(duct.send, b"x") == (BrokenPipeError, errno.EPIPE)
    assert errno_of(duct.send, b"x" * 100_000) == (BrokenPipeError, errno.EPIPE)
    duct.close()
    assert errno_of(duct.recv, 10) == (OSError, errno.EBADF)
    assert errno_of(duct.send, b"x") == (OSError, errno.EBADF)


def test_wrong_arguments(ends: Any) -> None:
    duct, _, _ = ends
    with pytest.raises(ValueError, match="negative"):
        duct.recv(-1)
    with pytest.raises(TypeError):
        duct.send("text")


# -- the spin, which only the compiled half has


@pytest.fixture
def spun() -> Iterator[tuple[Any, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    yield compiled("calls").Duct(near.fileno()), far
    near.close()
    far.close()


def test_a_spin_sees_what_is_there_and_leaves_it(spun: Any) -> None:
    duct, far = spun
    far.send(b"x")
    assert duct.spin(0.0) is True
    assert duct.recv(10) == b"x"
    assert duct.spin(0.0) is False


def test_a_spin_ends_with_its_time(spun: Any) -> None:
    duct, _ = spun
    start = time.monotonic()
    assert duct.spin(0.02) is False
    assert time.monotonic() - start >= 0.02


def test_a_spin_does_not_keep_the_interpreter(spun: Any) -> None:
    duct, far = spun
    thread = threading.Thread(target=lambda: far.send(b"x"))
    thread.start()
    assert duct.spin(10.0) is True
    thread.join(10)


def test_a_spin_ends_with_the_stream(spun: Any) -> None:
    duct, far = spun
    far.close()
    assert duct.spin(10.0) is True
    duct.close()
    assert duct.spin(10.0) is True  # an error: whoever reads will see it


def test_a_signal_in_a_large_read_is_handled(ends: Any) -> None:
    """Nothing blocks here, so nothing is interrupted; but a handler runs, and the call goes on as ever."""
    duct, _, far = ends
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    try:
        far.sendall(b"x" * 1000)
        os.kill(os.getpid(), signal.SIGUSR1)
        assert duct.recv(1 << 20) == b"x" * 1000
        assert seen == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)
