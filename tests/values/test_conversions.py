"""Strings, JSON, pickles and the rest, over a socket that only remembers; pyzmq is the judge of the bytes."""

from __future__ import annotations

import json
from array import array
from typing import Any

import pytest
import zmq

from zmqx.conversions import Conversions


class Remembering(Conversions):
    """What was sent last is received next; how, is noted."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.calls: list[tuple[Any, ...]] = []

    def send(self, data: Any, flags: int = 0, copy: bool = True, track: bool = False, **rest: Any) -> Any:
        self.parts = [data]
        self.calls.append((flags, copy, track, rest))
        return "sent"

    def recv(self, flags: int = 0, copy: bool = True, track: bool = False, **rest: Any) -> Any:
        self.calls.append((flags, copy, track, rest))
        return self.parts[0]

    def send_multipart(
        self, msg_parts: Any, flags: int = 0, copy: bool = True, track: bool = False, **rest: Any
    ) -> Any:
        self.parts = list(msg_parts)
        self.calls.append((flags, copy, track, rest))
        return "sent"

    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False, **rest: Any) -> Any:
        self.calls.append((flags, copy, track, rest))
        return self.parts


class Judge(Remembering):
    """The same, with pyzmq's conversions on top."""

    _deserialize = zmq.Socket._deserialize
    send_string, recv_string = zmq.Socket.send_string, zmq.Socket.recv_string
    send_json, recv_json = zmq.Socket.send_json, zmq.Socket.recv_json
    send_pyobj, recv_pyobj = zmq.Socket.send_pyobj, zmq.Socket.recv_pyobj
    send_serialized, recv_serialized = zmq.Socket.send_serialized, zmq.Socket.recv_serialized


PLAIN: list[tuple[str, Any, dict[str, Any]]] = [
    ("string", "", {}),
    ("string", "gr\u00fc\u00df \U0001f600", {}),
    ("string", "gr\u00fc\u00df", {"encoding": "latin-1"}),
    ("json", {"a": [1, 2.5, None, True, "\u00fc"], "b": {}}, {}),
    ("json", "text", {}),
    ("json", [], {}),
    ("pyobj", {1, (2, b"x"), None}, {}),
    ("pyobj", [3.5, {"a": 1}], {}),
]


@pytest.mark.parametrize(("what", "value", "options"), PLAIN)
def test_what_goes_out_comes_back_and_pyzmq_can_read_it(what: str, value: Any, options: dict[str, Any]) -> None:
    ours, theirs = Remembering(), Judge()
    assert getattr(ours, f"send_{what}")(value, **options) == "sent"
    assert type(ours.parts[0]) is bytes
    assert getattr(ours, f"recv_{what}")(**options) == value
    theirs.parts = ours.parts
    assert getattr(theirs, f"recv_{what}")(**options) == value
    getattr(theirs, f"send_{what}")(value, **options)
    ours.parts = theirs.parts
    assert getattr(ours, f"recv_{what}")(**options) == value


@pytest.mark.parametrize("what", ["string", "json", "pyobj"])
def test_flags_and_time_go_to_the_socket(what: str) -> None:
    socket = Remembering()
    getattr(socket, f"send_{what}")("x", 3, timeout=7)
    getattr(socket, f"recv_{what}")(1, timeout=8)
    assert socket.calls == [(3, True, False, {"timeout": 7}), (1, True, False, {"timeout": 8})]


def test_lent_and_tracked() -> None:
    socket = Remembering()
    socket.send_string("x", copy=False, track=True)
    socket.send_json(1, copy=False, track=True)
    socket.send_pyobj(1, copy=False, track=True)
    assert socket.calls == [(0, False, True, {})] * 3


@pytest.mark.parametrize("wrong", [b"bytes", 5, None])
def test_only_text_is_a_string(wrong: Any) -> None:
    socket = Remembering()
    with pytest.raises(TypeError, match=type(wrong).__name__):
        socket.send_string(wrong)
    assert socket.calls == []


def test_older_names() -> None:
    assert Conversions.send_unicode is Conversions.send_string
    assert Conversions.recv_unicode is Conversions.recv_string


def test_json_takes_the_arguments_of_json() -> None:
    socket = Remembering()
    socket.send_json({"b": 1, "a": "\u00fc"}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert socket.parts == ['{"a":"\u00fc","b":1}'.encode()]
    assert socket.recv_json(object_pairs_hook=list) == [("a", "\u00fc"), ("b", 1)]


def test_pickles_take_a_protocol() -> None:
    socket = Remembering()
    socket.send_pyobj([1], protocol=2)
    assert socket.parts[0][:2] == b"\x80\x02"


def test_what_cannot_be_read_says_so() -> None:
    socket = Remembering()
    socket.parts = [b"\xff{"]
    with pytest.raises(UnicodeDecodeError):
        socket.recv_string()
    socket.parts = [b"{"]
    with pytest.raises(json.JSONDecodeError):
        socket.recv_json()


def test_what_cannot_be_written_is_not_sent() -> None:
    socket = Remembering()
    with pytest.raises(TypeError):
        socket.send_json(object())
    with pytest.raises((AttributeError, TypeError)):
        socket.send_pyobj(part for part in ())
    with pytest.raises(UnicodeEncodeError):
        socket.send_string("\u00fc", encoding="ascii")
    assert socket.calls == []


def test_frames_of_ones_own_making() -> None:
    socket = Remembering()
    assert (
        socket.send_serialized(12, lambda number: [b"%d" % digit for digit in divmod(number, 10)], 1, False) == "sent"
    )
    assert socket.parts == [b"1", b"2"]
    assert socket.recv_serialized(lambda frames: int(b"".join(frames)), 1, False, timeout=4) == 12
    assert socket.calls == [(1, False, False, {}), (1, False, False, {"timeout": 4})]


@pytest.mark.parametrize(
    ("frame", "nbytes", "after"),
    [
        (b"ab", 0, b"ab.."),
        (b"abcdef", 0, b"abcd"),
        (b"abcd", 2, b"ab.."),
        (b"", 0, b"...."),
        (b"a", 3, b"a..."),
    ],
)
def test_a_frame_into_a_buffer(frame: bytes, nbytes: int, after: bytes) -> None:
    socket, buffer = Remembering(), bytearray(b"....")
    socket.parts = [frame]
    assert socket.recv_into(buffer, nbytes=nbytes, flags=3, timeout=7) == len(frame)
    assert buffer == after
    assert socket.calls == [(3, True, False, {"timeout": 7})]


def test_a_frame_into_a_buffer_of_another_shape() -> None:
    socket, numbers = Remembering(), array("I", [0, 0])
    socket.parts = [b"\1" * 8]
    assert socket.recv_into(numbers) == 8
    assert list(numbers) == [0x01010101] * 2
    assert socket.recv_into(bytearray()) == 8


@pytest.mark.parametrize(
    ("buffer", "nbytes", "error"),
    [
        (b"read only", 0, BufferError),
        (memoryview(bytearray(8))[::2], 0, BufferError),
        (bytearray(4), 5, ValueError),
        (bytearray(4), -1, ValueError),
        ("text", 0, TypeError),
    ],
)
def test_a_buffer_that_will_not_do_is_refused_before_anything_is_received(
    buffer: Any, nbytes: int, error: type[Exception]
) -> None:
    socket = Remembering()
    with pytest.raises(error):
        socket.recv_into(buffer, nbytes=nbytes)
    assert socket.calls == []
