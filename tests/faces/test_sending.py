"""What can be sent and how it comes back: buffers, Frames, conversions, and who may change what when."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import until


class Titled(bytes):
    """Bytes with something on top."""


BUFFERS: dict[str, Any] = {
    "bytes": b"body",
    "empty": b"",
    "bytes-subclass": Titled(b"body"),
    "bytearray": bytearray(b"body"),
    "memoryview": memoryview(b"body"),
    "slice": memoryview(b"a body in the middle")[2:6],
    "writable": memoryview(bytearray(b"body")),
    "ints": array("I", [1, 2, 3]),
    "shaped": memoryview(array("d", [1.0, 2.0, 3.0, 4.0])).cast("B").cast("d", (2, 2)),
    "big": bytearray(b"x" * 200_000),
    "Frame": zmqx.Frame(b"body"),
    "Frame-of-bytearray": zmqx.Frame(bytearray(b"body")),
    "empty-Frame": zmqx.Frame(),
}


def content(data: Any) -> bytes:
    return data.bytes if isinstance(data, zmqx.Frame) else memoryview(data).tobytes()


@pytest.mark.parametrize("copy", [True, False], ids=["copy", "lend"])
@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("data", BUFFERS.values(), ids=BUFFERS)
def test_anything_with_a_buffer_can_be_sent(joiner: Joiner, data: Any, copy: bool) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(data, copy=copy)
    push.send_multipart([data, data], copy=copy)
    push.send(data, zmqx.SNDMORE, copy=copy)
    push.send(data, copy=copy)
    push.send(data, zmqx.DONTWAIT, copy, True, 1000)
    expected = content(data)
    one = pull.recv(timeout=5000)
    assert (one, type(one)) == (expected, bytes)
    for _ in range(2):
        parts = pull.recv_multipart(timeout=5000)
        assert parts == [expected] * 2
        assert {type(part) for part in parts} == {bytes}
    assert pull.recv(timeout=5000) == expected


def test_a_scattered_buffer_is_copied_and_cannot_be_lent(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    scattered = memoryview(b"a-b-c-")[::2]
    push.send(scattered)
    assert pull.recv(timeout=5000) == b"abc"
    with pytest.raises(BufferError):
        push.send(scattered, copy=False)
    with pytest.raises((BufferError, TypeError), match="part 1"):
        push.send_multipart([b"x", scattered], copy=False)
    push.send(b"nothing came of it")
    assert pull.recv(timeout=5000) == b"nothing came of it"


@pytest.mark.parametrize("size", [5, 200_000])
def test_what_is_changed_after_send_was_sent_as_it_was(joiner: Joiner, size: int) -> None:
    """Also while it waits for a peer."""
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    buffer = bytearray(b"x" * size)
    push.connect(endpoint)
    push.send(buffer)
    push.send_multipart([buffer, memoryview(buffer)])
    push.send(zmqx.Frame(buffer))
    push.send(buffer, zmqx.SNDMORE)
    push.send(b"end")
    buffer[:] = b"y" * size
    before = b"x" * size
    assert pull.recv(timeout=5000) == before
    assert pull.recv_multipart(timeout=5000) == [before, before]
    assert pull.recv(timeout=5000) == before
    assert pull.recv_multipart(timeout=5000) == [before, b"end"]
    del buffer[:]  # nobody holds on to it


def test_what_subscribers_do_to_their_copy_is_their_own_affair(joiner: Joiner) -> None:
    pub, subs = joiner.socket(zmqx.XPUB, xpub_verbose=1), [joiner.socket(zmqx.SUB) for _ in range(2)]
    endpoint = joiner.bind(pub)
    for sub in subs:
        sub.subscribe(b"")
        sub.connect(endpoint)
        assert pub.recv(timeout=5000) == b"\x01"
    for _ in range(3):
        pub.send_multipart([b"a", b"b"])
    for sub in subs:
        for _ in range(3):
            parts = sub.recv_multipart(timeout=5000)
            assert parts == [b"a", b"b"]
            parts.clear()
    mine = [b"a", b"b"]
    pub.send_multipart(mine)
    mine.clear()
    assert subs[0].recv_multipart(timeout=5000) == [b"a", b"b"]


def test_a_tracker_waits_as_long_as_the_message_does(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    pull.unbind(endpoint)
    push.reconnect_ivl = 10
    push.connect(endpoint)
    tracker = push.send_multipart([bytearray(b"x" * 100_000), b"y"], copy=False, track=True)
    assert not tracker.done
    with pytest.raises(zmqx.NotDone):
        tracker.wait(0.01)
    pull.bind(endpoint)
    if joiner.transport == "inproc":
        assert [len(part) for part in pull.recv_multipart(timeout=5000)] == [100_000, 1]
    tracker.wait(20)
    assert tracker.done


def test_the_tracker_of_a_message_that_is_dropped_ends(joiner: Joiner) -> None:
    pub = joiner.socket(zmqx.PUB)
    joiner.bind(pub)
    tracker = pub.send(bytearray(b"nobody wants this"), copy=False, track=True)
    tracker.wait(20)
    push = joiner.socket(zmqx.PUSH, linger=0)
    push.connect("inproc://nobody" if joiner.transport == "inproc" else "tcp://127.0.0.1:1")
    tracker = push.send(bytearray(b"nobody gets this"), copy=False, track=True)
    push.close()
    tracker.wait(20)
    assert tracker.done


def test_received_frames_can_be_looked_into(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send_multipart([b"head", b"body"])
    head = pull.recv(copy=False, timeout=5000)
    assert (head.bytes, bytes(head), len(head), head.more) == (b"head", b"head", 4, True)
    assert "head" in str(head)
    assert head.get(zmqx.MORE) == 1
    assert bytes(head.buffer) == b"head"
    assert head.buffer.readonly
    assert head == zmqx.Frame(b"head") != zmqx.Frame(b"other")
    with pytest.raises(zmqx.ZMQError, match="Colour") as caught:
        head["Colour"]
    assert caught.value.errno == zmqx.EINVAL
    body = pull.recv(copy=False)
    assert (body.bytes, body.more, body.get(zmqx.MORE)) == (b"body", False, 0)


def test_received_frames_can_be_passed_on(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send_multipart([b"head", b"x" * 100_000])
    frames = pull.recv_multipart(copy=False, timeout=5000)
    for copy in (True, False):
        push.send_multipart(frames, copy=copy)
        assert pull.recv_multipart(timeout=5000) == [b"head", b"x" * 100_000]


def test_a_frame_is_not_text() -> None:
    with pytest.raises(TypeError):
        zmqx.Frame("text")


REFUSALS: dict[str, tuple[Callable[[zmqx.Socket], object], type[Exception]]] = {
    "string": (lambda push: push.send_string(b"bytes"), TypeError),  # type: ignore[arg-type]
    "json": (lambda push: push.send_json({"a": object()}), TypeError),
    "pyobj": (lambda push: push.send_pyobj(lambda: None), Exception),
    "serialized": (lambda push: push.send_serialized("x", lambda text: [text]), TypeError),
    "encoding": (lambda push: push.send_string("\u20ac", encoding="latin-1"), UnicodeEncodeError),
}


@pytest.mark.parametrize("transport", ["tcp"])
@pytest.mark.parametrize(("call", "error"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_converted_is_not_sent(joiner: Joiner, call: Any, error: type[Exception]) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    with pytest.raises(error):
        call(push)
    push.send(b"next")
    assert pull.recv(timeout=5000) == b"next"


@pytest.mark.parametrize("transport", ["tcp"])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda pull: pull.recv_string(timeout=5000), UnicodeDecodeError),
        (lambda pull: pull.recv_json(timeout=5000), ValueError),
        (lambda pull: pull.recv_serialized(lambda frames: frames[5], timeout=5000), IndexError),
    ],
    ids=["string", "json", "serialized"],
)
def test_what_cannot_be_converted_is_consumed(joiner: Joiner, call: Any, error: type[Exception]) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(b"\xff\xfe")
    push.send(b"next")
    with pytest.raises(error):
        call(pull)
    assert pull.recv(timeout=5000) == b"next"


@pytest.mark.parametrize("transport", ["tcp"])
def test_conversions_take_flags_and_keywords(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send_string("\u00fc", zmqx.SNDMORE, encoding="latin-1")
    push.send_json([1.5], indent=1)
    assert pull.recv_string(encoding="latin-1", timeout=5000) == "\u00fc"
    assert pull.recv_json(parse_float=str) == ["1.5"]
    push.send_unicode("x")
    assert pull.recv_unicode(timeout=5000) == "x"
    push.send_pyobj([1], protocol=2)
    assert pull.recv_pyobj(timeout=5000) == [1]


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_a_message_can_be_read_in_part_by_frame_and_then_whole(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send_multipart([b"%d" % number for number in range(5)])
    push.send(b"next")
    assert pull.recv(timeout=5000) == b"0"
    assert pull.rcvmore == 1
    assert pull.recv(zmqx.DONTWAIT, copy=False).more
    assert pull.recv_multipart() == [b"2", b"3", b"4"]
    assert pull.rcvmore == 0
    until(lambda: pull.poll(1000))
    assert pull.recv() == b"next"
