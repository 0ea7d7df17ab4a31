"""Frames, trackers and subscriptions; what may be sent and what may not. pyzmq's Frame is the judge."""

from __future__ import annotations

import array
import errno
import gc
import threading
from typing import Any

import pytest
import zmq

import zmqx
from zmqx.message import MessageTracker, Subscription, as_part


@pytest.mark.parametrize("data", [b"", b"text", bytearray(b"array"), memoryview(b"view"), array.array("H", [1, 2])])
def test_a_frame_shows_its_content_as_pyzmqs_does(data: Any) -> None:
    ours, theirs = zmqx.Frame(data), zmq.Frame(data)
    for look in (bytes, len, lambda frame: frame.bytes, lambda frame: bytes(frame.buffer), lambda frame: frame.more):
        assert look(ours) == look(theirs)  # type: ignore[operator]
    assert ours.bytes == memoryview(data).tobytes()
    assert ours.buffer.readonly
    assert ours.tracker is None


@pytest.mark.parametrize("data", [b"text", b"\xff\xfe"])
def test_any_frame_can_be_printed(data: bytes) -> None:
    assert str(zmqx.Frame(data)) == str(zmq.Frame(data)).replace("zmq.", "zmqx.")


@pytest.mark.parametrize("wrong", ["text", 5, None, 1.5, [b"x"]])
def test_a_frame_takes_bytes_only(wrong: Any) -> None:
    with pytest.raises(TypeError):
        zmqx.Frame(wrong)


def test_a_frame_does_not_copy() -> None:
    data = b"x" * 100
    assert zmqx.Frame(data).bytes is data
    buffer = bytearray(b"before")
    frame = zmqx.Frame(buffer)
    buffer[:] = b"after!"
    assert frame.bytes == b"after!"


def test_frames_compare_by_content() -> None:
    assert zmqx.Frame(b"a") == zmqx.Frame(bytearray(b"a"))
    assert zmqx.Frame(b"a") != zmqx.Frame(b"b")
    assert zmqx.Frame(b"a") != b"a"
    assert hash(zmqx.Frame(b"a")) == hash(zmqx.Frame(memoryview(b"a")))
    assert "b'a'" in repr(zmqx.Frame(b"a"))
    assert len(repr(zmqx.Frame(b"x" * 10_000))) < 200


def test_what_a_frame_knows() -> None:
    frame = zmqx.Frame(b"x", more=True, properties={"Socket-Type": "REQ", "Identity": ""})
    assert frame.more is True
    assert frame.get(zmqx.MORE) == 1
    assert zmqx.Frame(b"x").get(zmqx.MORE) == 0
    assert frame.get("Socket-Type") == frame["Socket-Type"] == "REQ"
    assert frame["Identity"] == ""
    for unknown in ("X-unknown", "socket-type", 99):
        with pytest.raises(zmqx.ZMQError, match=str(unknown)) as caught:
            frame.get(unknown)
        assert caught.value.errno == errno.EINVAL


# -- trackers


def test_a_tracker_is_done_when_nobody_holds_the_buffer() -> None:
    view = memoryview(bytearray(b"x"))
    other = memoryview(bytearray(b"y"))
    tracker = MessageTracker(view, other)
    assert not tracker.done
    with pytest.raises(zmqx.NotDone):
        tracker.wait(0)
    del view
    gc.collect()
    assert not tracker.done
    del other
    gc.collect()
    assert tracker.done
    tracker.wait()
    tracker.wait(0)
    tracker.wait(None)


def test_a_tracker_of_nothing_is_done() -> None:
    tracker = MessageTracker()
    assert tracker.done
    tracker.wait()


@pytest.mark.parametrize("timeout", [5, None, -1])
def test_a_waiting_thread_hears_of_it(timeout: float | None) -> None:
    held = [memoryview(bytearray(b"x"))]
    tracker = MessageTracker(*held)
    outcome: list[bool] = []

    def wait() -> None:
        tracker.wait(timeout)
        outcome.append(tracker.done)

    thread = threading.Thread(target=wait)
    thread.start()
    held.clear()
    thread.join(10)
    assert outcome == [True]


def test_a_tracked_frame_holds_its_tracker() -> None:
    for data in (b"bytes", bytearray(b"array")):
        frame = zmqx.Frame(data, track=True)
        tracker = frame.tracker
        assert tracker is not None
        assert not tracker.done
        assert frame.bytes == bytes(data)
        del frame
        gc.collect()
        assert tracker.done


# -- what is sent


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"x", b"x"),
        (bytearray(b"x"), b"x"),
        (memoryview(b"x"), b"x"),
        (array.array("H", [513]), array.array("H", [513]).tobytes()),
        (memoryview(b"abcd").cast("B", (2, 2)), b"abcd"),
        (zmqx.Frame(b"x"), b"x"),
        (zmqx.Frame(bytearray(b"x")), b"x"),
    ],
)
def test_anything_with_a_buffer_can_be_sent(data: Any, part: bytes, copy: bool) -> None:
    made = as_part(data, copy)
    assert bytes(made) == part
    assert len(made) == len(part)
    if copy:
        assert type(made) is bytes


def test_only_a_lent_buffer_is_shared() -> None:
    buffer = bytearray(b"before")
    copied, lent = as_part(buffer), as_part(buffer, copy=False)
    buffer[:] = b"after!"
    assert (bytes(copied), bytes(lent)) == (b"before", b"after!")


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("wrong", ["text", 5, None, 1.5, object(), [b"x"]])
def test_anything_else_is_a_type_error(wrong: Any, copy: bool) -> None:
    with pytest.raises(TypeError):
        as_part(wrong, copy)


def test_a_buffer_with_holes_can_be_copied_but_not_lent() -> None:
    view = memoryview(b"a-b-c-")[::2]
    assert as_part(view) == b"abc"
    with pytest.raises(BufferError):
        as_part(view, copy=False)


# -- subscriptions


def test_a_subscription_is_a_value() -> None:
    on, off = Subscription(b"t", True), Subscription(b"t", False)
    assert on == Subscription(b"t", True)
    assert on != off
    assert on != Subscription(b"u", True)
    assert on != b"\x01t"
    assert len({on, off, Subscription(b"t", True)}) == 2
    assert (on.as_message(), off.as_message()) == (b"\x01t", b"\0t")
    assert "t" in repr(on)
