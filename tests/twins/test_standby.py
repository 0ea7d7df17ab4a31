"""The standby: what it does for a line while nobody waits is as if somebody had read, or written, after all."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zmqx.errors import ProtocolError
from zmqx.wire import frames

from .conftest import compiled
from .looked import PING, PLENTY, PONG, Looked, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no standby")


def test_what_was_taken_in_is_announced_until_it_is_received(look: Callable[..., Looked]) -> None:
    line = look()
    line.come(b"\0\x03abc\0\x01d")
    for _ in range(2):
        assert (line.near.fileno(), 1) in line.watch.wait(0.0, 128)
    assert line.receive() == [b"abc", b"d"]
    assert line.duct.got == 8
    assert line.watch.wait(0.0, 128) == []
    assert line.receive() is None


def test_who_is_not_watched_for_reading_is_not_announced(look: Callable[..., Looked]) -> None:
    line = look()
    line.come(b"\0\x03abc")
    line.watch.change(line.near.fileno(), 0)
    assert all(fd != line.near.fileno() for fd, _ in line.watch.wait(0.0, 128))
    line.watch.change(line.near.fileno(), 1)
    assert (line.near.fileno(), 1) in line.watch.wait(0.0, 128)
    line.watch.remove(line.near.fileno())
    assert line.watch.wait(0.0, 128) == []
    line.watch.lend(line.near.fileno(), 1, line.duct)
    assert (line.near.fileno(), 1) in line.watch.wait(0.0, 128)


def test_pings_are_answered_in_order_and_counted(look: Callable[..., Looked]) -> None:
    line = look()
    line.come(b"\0\x03abc" + b"\x04\x09\x04PING\0\0hi" + b"\0\x01d" + PING)
    assert line.says(16) == b"\x04\x07\x04PONGhi" + PONG
    assert line.silent
    assert line.receive() == [b"abc"]
    assert line.decoder.trap == b"\x04PING\0\0hi"
    assert line.duct.answered == 2
    assert line.duct.answer_bytes == 16


@pytest.mark.parametrize("command", [b"\x04PIN", b"\x04PONG", b"\x04PING\0", b"\x05PINGS\0\0", b"\x03PING\0\0", b""])
def test_other_commands_are_not_answered(look: Callable[..., Looked], command: bytes) -> None:
    line = look()
    line.come(bytes((4, len(command))) + command + b"\0\x01x")
    line.come(PING)
    assert line.says(7) == PONG
    assert line.silent
    line.receive()
    assert line.duct.answered == 1


def test_who_does_not_reply_does_not(look: Callable[..., Looked]) -> None:
    line = look(replies=False)
    line.come(PING + b"\0\x01x")
    assert line.receive() == []
    assert line.duct.answered == 0
    assert line.silent


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_ping_that_was_read_in_part_is_not_answered_here(look: Callable[..., Looked], cut: int) -> None:
    line = look()
    line.far.sendall(b"\0\x01a" + PING[:cut])
    assert line.receive() == [b"a"]
    line.come(PING[cut:] + PING + b"\0\x01b")
    assert line.receive() == []
    assert line.decoder.trap == PING[2:]
    assert line.duct.answered == (2 if cut == 1 else 0)
    assert line.silent == (cut > 1)


def test_no_more_messages_than_there_is_room_for(look: Callable[..., Looked]) -> None:
    line = look(room=3)
    line.come(b"\1\x01a\0\x01a")
    line.come(b"\0\x01b")
    line.come(b"\0\x01c")
    line.far.sendall(b"\0\x01d")
    other = look()
    other.come(b"\0\x01x")  # the standby has been around since
    other.come(b"\0\x01x")
    assert line.unread == 3
    assert line.receive() == [[b"a", b"a"], b"b", b"c"]
    until(lambda: not line.unread, "look")


def test_no_more_bytes_than_it_may(look: Callable[..., Looked]) -> None:
    line = look(most=10)
    line.come(b"\0\x08abcdefgh")
    line.far.sendall(b"\0\x01d")
    other = look()
    other.come(b"\0\x01x")
    other.come(b"\0\x01x")
    assert line.unread == 3
    assert line.receive() == [b"abcdefgh"]


def test_a_frame_that_is_too_long_is_left_to_the_decoder(look: Callable[..., Looked]) -> None:
    line = look(limit=10)
    line.come(b"\0\x01a" + b"\x02" + b"\xff" * 8 + b"xyz")
    line.far.sendall(b"more")
    other = look()
    other.come(b"\0\x01x")
    other.come(b"\0\x01x")
    assert line.unread == 4
    assert line.receive() == [b"a"]
    assert isinstance(line.decoder.error, ProtocolError)


def test_what_is_wrong_with_the_stream_is_told_behind_what_came(look: Callable[..., Looked]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = look()
        line.watch.remove(line.near.fileno())
        far = socket.create_connection(server.getsockname())
        near, _ = server.accept()
        with near:
            near.setblocking(False)
            line.epoll.register(near, select.EPOLLIN)
            duct = compiled("calls").Duct(near.fileno())
            duct.follow(line.decoder, True, PLENTY, PLENTY)
            line.watch.lend(near.fileno(), 1, duct)
            far.sendall(b"\0\x01a")
            until(lambda: bool(line.watch.wait(0.01, 128)), "announcement")
            far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            far.close()
            until(lambda: near.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0, "reset")
            assert duct.receive(65536, 10) == [b"a"]
            line.watch.remove(near.fileno())
            duct.close()


def test_what_the_system_did_not_take_is_offered_to_it_again(look: Callable[..., Looked]) -> None:
    line = look()
    head, body = b"\x02" + (3_000_000).to_bytes(8, "big"), os.urandom(3_000_000)
    rest = line.duct.write([head, body])
    left = sum(map(len, rest))
    assert 0 < left < len(body)
    line.epoll.modify(line.near, select.EPOLLIN | select.EPOLLOUT)
    line.watch.change(line.near.fileno(), 5)
    got = bytearray()
    while len(got) < len(head + body):
        got += line.far.recv(1 << 20)
    assert got == head + body
    until(lambda: line.duct.moved == left, "note of it")
    assert line.duct.write(rest) == []
    assert line.duct.moved == 0
    assert line.duct.write([b"next"]) == []
    assert line.far.recv(100) == b"next"


def test_within_a_frame_no_ping_is_answered(look: Callable[..., Looked]) -> None:
    line = look()
    body = os.urandom(3_000_000)
    rest = line.duct.write([body])
    line.come(PING)
    while rest:
        line.far.recv(1 << 20)
        rest = line.duct.write(rest)
    while select.select([line.far], [], [], 0)[0]:
        assert PONG not in line.far.recv(1 << 20)
    line.receive()
    assert line.duct.answered == 0


def test_who_follows_no_traffic_is_left_alone(look: Callable[..., Looked]) -> None:
    line = look()
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        line.epoll.register(near, select.EPOLLIN)
        duct = compiled("calls").Duct(near.fileno())
        line.watch.lend(near.fileno(), 1, duct)
        far.sendall(PING)
        line.come(b"\0\x01x")
        line.come(b"\0\x01x")
        assert duct.recv(100) == PING
        line.watch.remove(near.fileno())
        duct.close()


def test_a_call_that_does_not_decode_gets_what_was_taken_in(look: Callable[..., Looked]) -> None:
    line = look()
    line.come(b"\0\x01a")
    line.come(b"\0\x01b")
    assert line.duct.recv(2) == b"\0\x01a\0\x01b"
    with pytest.raises(BlockingIOError):
        line.duct.recv(2)


class Reader:
    """Receives all there is, and notes what it found: messages, commands, and which PINGs had been answered."""

    def __init__(self, line: Looked) -> None:
        self._line = line
        self._pings = 0
        self.found: list[Any] = []
        self.answered: list[int] = []

    def drain(self) -> None:
        line = self._line
        while (decoded := line.receive()) is not None:
            credit = line.duct.answered
            while True:
                self.found += decoded
                trap, line.decoder.trap = line.decoder.trap, None
                if trap is None:
                    break
                self.found.append(("command", trap))
                if credit:
                    credit -= 1
                    self.answered.append(self._pings)
                self._pings += 1
                decoded = line.decoder.decode(PLENTY)
            assert credit == 0


items = st.one_of(
    st.binary(max_size=300).map(lambda body: (body, 0)),
    st.binary(max_size=30).map(lambda body: (body, 1)),
    st.binary(min_size=256, max_size=3000).map(lambda body: (body, 0)),
    st.binary(max_size=16).map(lambda context: (b"\x04PING\0\0" + context, 4)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(items, min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(1, 400), st.booleans()), min_size=1, max_size=12),
)
def test_whoever_reads_the_same_is_decoded(sent: list[tuple[bytes, int]], steps: list[tuple[int, bool]]) -> None:
    """Whatever the pieces, and whoever takes them: the messages, the commands, and at most one answer to each PING."""
    data = b"".join(frames.frame(body, flags) for body, flags in sent)
    reference = frames.Decoder()
    reference.feed(data)
    wanted: list[Any] = []
    while True:
        wanted += reference.decode(PLENTY)
        if reference.trap is None:
            break
        wanted.append(("command", reference.trap))
        reference.trap = None
    line = Looked()
    reader = Reader(line)
    try:
        at = step = 0
        while at < len(data):
            size, meanwhile = steps[step % len(steps)]
            (line.come if meanwhile else line.far.sendall)(data[at : at + size])
            at += size
            step += 1
            if not meanwhile:
                reader.drain()
        reader.drain()
        assert reader.found == wanted
        pongs = [frames.frame(b"\x04PONG" + body[7:], 4) for body, flags in sent if flags == 4]
        expected = b"".join(pongs[index] for index in reader.answered)
        assert line.says(len(expected)) == expected
        assert line.silent
    finally:
        line.close()


def test_an_errno_is_what_it_was() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    duct = compiled("calls").Duct(near.fileno())
    far.close()
    with pytest.raises(OSError) as caught:  # noqa: PT011  # its number is what is looked at
        duct.write([b"x"])
    assert caught.value.errno == errno.EPIPE
    near.close()


def test_who_has_never_pinged_waits_a_little_longer(look: Callable[..., Looked]) -> None:
    line = look(wanted=False)
    line.come(b"\0\x01a" * 3000)
    assert line.receive() == [b"a"] * 3000
    line.come(PING)
    assert line.says(7) == PONG
