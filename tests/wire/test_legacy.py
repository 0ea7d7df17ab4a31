"""ZMTP 1.0 framing: length, flags, body."""

from __future__ import annotations

import pytest

from zmqx.message import Item
from zmqx.wire import legacy
from zmqx.wire.legacy import LegacyDecoder

from .driver import FEEDINGS, Feeding, decode, every_feeding
from .test_frames import no_subscription


def old(body: bytes, flags: int = 0) -> bytes:
    """One frame, by RFC 13."""
    size = len(body) + 1
    return (bytes((size,)) if size < 255 else b"\xff" + size.to_bytes(8, "big")) + bytes((flags,)) + body


def old_long(body: bytes, flags: int = 0) -> bytes:
    return b"\xff" + (len(body) + 1).to_bytes(8, "big") + bytes((flags,)) + body


CASES: dict[str, tuple[bytes, list[Item]]] = {
    **{f"size {size}": (old(b"s" * size), [b"s" * size]) for size in (0, 1, 252, 253, 254, 255, 256, 5000)},
    "long form of little": (old_long(b"") + old_long(b"a"), [b"", b"a"]),
    "several frames": (old(b"a", 1) + old(b"", 1) + old(b"b" * 300), [[b"a", b"", b"b" * 300]]),
    "other flag bits": (old(b"a", 0x7F) + old(b"b", 0xFE), [[b"a", b"b"]]),
    "many": (old(b"m") * 200, [b"m"] * 200),
}


@every_feeding
@pytest.mark.parametrize("case", CASES)
def test_bytes_become_messages(case: str, feeding: Feeding) -> None:
    data, expected = CASES[case]
    for push in (False, True):
        decoder = LegacyDecoder()
        assert decode(decoder, feeding, data + (b"\x04\x00en" if feeding.trailing else b""), push) == expected
        if feeding.trailing:
            assert decode(decoder, FEEDINGS[0], b"d", push) == [b"end"]
        assert decoder.error is None
        assert decoder.trap is None


@every_feeding
@pytest.mark.parametrize(
    "bad",
    [
        b"\0",
        b"\xff" + bytes(8),
        old(b"x" * 101)[:1],
        old_long(b"x" * 101)[:9],
        b"\xff" + b"\xff" * 8,
        b"\xff\x40" + bytes(7),
    ],
    ids=["length 0", "long length 0", "over the limit", "long over the limit", "2^64-1", "2^62"],
)
def test_bad_lengths_end_it_all(bad: bytes, feeding: Feeding) -> None:
    decoder = LegacyDecoder(100)
    assert decode(decoder, feeding, old(b"y" * 100) + bad + b"\0\0\0" * feeding.trailing) == [b"y" * 100]
    assert decoder.error is not None
    decoder.feed(old(b"z"))
    assert decoder.decode(10) == []


def test_no_length_is_longer_than_a_frame_can_be() -> None:
    decoder = LegacyDecoder()
    assert decode(decoder, FEEDINGS[0], b"\xff\x80" + bytes(7)) == []
    assert decoder.error is None  # 2^63 counts the flags as well
    decoder = LegacyDecoder()
    assert decode(decoder, FEEDINGS[0], b"\xff\x80" + bytes(6) + b"\1") == []
    assert decoder.error is not None


@pytest.mark.parametrize("size", [0, 1, 252, 253, 254, 255, 1000])
def test_messages_become_frames(size: int) -> None:
    body = b"x" * size
    items: list[Item] = [body, [b"h", body], memoryview(body)]
    assert b"".join(legacy.encode(items, no_subscription)) == old(body) + old(b"h", 1) + old(body) + old(body)
    assert legacy.frame(body, 1) == old(body, 1)
