"""Groups and routing ids beside the content of a Frame (RFCs 41 and 48)."""

from __future__ import annotations

import pytest

from zmqx import EINVAL, Frame, ZMQError
from zmqx.message import Labelled, as_group, as_labelled, as_part, as_routing_id


def test_a_frame_has_neither_until_it_is_given_one() -> None:
    frame = Frame(b"x")
    assert (frame.group, frame.routing_id) == ("", 0)
    frame.group = "grüppe"
    frame.routing_id = 2**32 - 1
    assert (frame.group, frame.routing_id) == ("grüppe", 2**32 - 1)
    assert (frame.get("group"), frame.get("routing_id"), frame["group"]) == ("grüppe", 2**32 - 1, "grüppe")
    assert frame == Frame(b"x")  # the content is what counts


def test_set_by_name() -> None:
    frame = Frame(b"x")
    frame.set("group", b"g")
    frame.set("routing_id", 7)
    assert (frame.group, frame.routing_id) == ("g", 7)
    with pytest.raises(ZMQError, match="Identity") as caught:
        frame.set("Identity", "x")
    assert caught.value.errno == EINVAL


@pytest.mark.parametrize("name", ["", "g", "ü" * 127, b"g" * 255, b"\xff\xfe"])
def test_groups(name: str | bytes) -> None:
    frame = Frame(b"x")
    frame.group = name
    assert as_group(frame.group) == (name.encode() if isinstance(name, str) else name)


@pytest.mark.parametrize("name", ["g" * 256, "ü" * 128, "a\0", b"\0"])
def test_what_is_no_group(name: str | bytes) -> None:
    frame = Frame(b"x")
    with pytest.raises(ZMQError) as caught:
        frame.group = name
    assert caught.value.errno == EINVAL
    assert frame.group == ""


@pytest.mark.parametrize("number", [0, -1, 2**32])
def test_what_is_no_routing_id(number: int) -> None:
    frame = Frame(b"x")
    with pytest.raises(ZMQError, match=str(number)) as caught:
        frame.routing_id = number
    assert caught.value.errno == EINVAL
    assert frame.routing_id == 0


def test_wrong_types() -> None:
    frame = Frame(b"x")
    for wrong in (None, 1, ["g"]):
        with pytest.raises(TypeError, match="group"):
            frame.group = wrong
    for wrong in (None, "1", 1.0):
        with pytest.raises(TypeError, match="routing id"):
            frame.routing_id = wrong
    with pytest.raises(TypeError):
        as_routing_id(b"x")  # type: ignore[arg-type]


def test_a_received_message_shows_as_its_content() -> None:
    message = Labelled(memoryview(b"body"), b"g", 7)
    assert bytes(message) == b"body"
    assert "body" in repr(message)
    frame = Frame(message, properties={"a": "b"})
    assert (frame.bytes, frame.group, frame.routing_id, frame["a"]) == (b"body", "g", 7, "b")


def test_what_is_sent_keeps_what_it_was_given() -> None:
    assert as_labelled(b"x") == b"x"  # no label, no wrapper
    frame = Frame(b"x")
    frame.group, frame.routing_id = "g", 7
    own = as_labelled(frame)
    assert (own.part, own.group, own.routing_id) == (b"x", b"g", 7)
    other = as_labelled(frame, True, "h", 8)
    assert (other.group, other.routing_id) == (b"h", 8)
    assert (frame.group, frame.routing_id) == ("g", 7)
    assert as_part(frame) == b"x"
    lent = as_labelled(bytearray(b"x"), False, "g")
    assert isinstance(lent.part, memoryview)
    with pytest.raises(ZMQError):
        as_labelled(b"x", True, None, 0)
