"""Raw bytes: chunks of what comes, and nothing added to what goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.wire.events import Ready
from zmqx.wire.raw import RawConnection, RawDecoder

from ..support.chance import chances
from .driver import pieces


def test_there_is_nothing_to_agree_on() -> None:
    connection = RawConnection(10)
    assert not connection.shakes_hands
    assert not connection.has_commands
    assert connection.take_output() == b""
    assert [type(event) for event in connection.take_events()] == [Ready]
    assert connection.take_events() == []
    connection.ping(1)
    assert connection.output == []
    assert connection.take_output() == b""
    assert connection.peer is not None
    assert (connection.peer.routing_id, connection.peer.properties) == (b"", {})


@pytest.mark.parametrize(
    ("size", "expected"), [(1, [1]), (9, [9]), (10, [10]), (11, [10, 1]), (30, [10, 10, 10]), (31, [10, 10, 10, 1])]
)
def test_chunks_are_as_long_as_can_be(size: int, expected: list[int]) -> None:
    data = bytes(range(size))
    for items in (RawDecoder(10).push(data, 100), _fed(data)):
        assert [len(item) for item in items] == expected  # type: ignore[arg-type]
        assert b"".join(items) == data  # type: ignore[arg-type]


def _fed(data: bytes) -> list[object]:
    connection = RawConnection(10)
    connection.receive(data)
    return [*connection.take(100)]


def test_what_there_is_no_room_for_stays() -> None:
    decoder = RawDecoder(10)
    assert decoder.push(bytes(35), 2) == [bytes(10), bytes(10)]
    assert decoder.decode(0) == []
    assert decoder.decode(1) == [bytes(10)]
    assert decoder.push(b"more", 10) == [bytes(5) + b"more"]
    assert decoder.decode(10) == []


@chances(200)
@given(st.binary(max_size=200), st.integers(1, 50), st.integers(1, 4), st.randoms())
def test_nothing_is_lost_and_nothing_changes_its_place(data: bytes, chunk: int, most: int, chance: object) -> None:
    decoder = RawDecoder(chunk)
    got: list[bytes] = []
    for piece in pieces(data, chance):
        got += decoder.push(piece, most)  # type: ignore[arg-type]
    while items := decoder.decode(most):
        assert len(items) <= most
        got += items  # type: ignore[arg-type]
    assert b"".join(got) == data
    assert all(0 < len(item) <= chunk for item in got)


def test_messages_go_as_they_are() -> None:
    connection = RawConnection(10)
    assert connection.encode_small(b"one") == b"one"
    assert connection.encode_small(memoryview(b"one")) is None
    assert b"".join(connection.encode([b"one", memoryview(b"two"), b"", [b"th", b"ree"]])) == b"onetwothree"
    long = bytes(100_000)
    parts = connection.encode([b"x", long])
    assert parts[1] is long, "a long message is copied"
    assert connection.sort([b"x"], 1) == [b"x"]
