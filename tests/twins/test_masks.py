"""The mask of WebSockets in both halves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.wire.masks import python_masked

from .conftest import compiled

HALVES = {"python": python_masked, "compiled": compiled("masks").masked}


def by_the_book(data: bytes, mask: bytes, offset: int) -> bytes:
    return bytes(byte ^ mask[(offset + index) % 4] for index, byte in enumerate(data))


@given(st.binary(max_size=70), st.binary(min_size=4, max_size=4), st.integers(0, 2**40))
def test_both_put_it_on_and_take_it_off(data: bytes, mask: bytes, offset: int) -> None:
    for masked in HALVES.values():
        there = masked(data, mask, offset)
        assert there == by_the_book(data, mask, offset)
        assert masked(there, mask, offset) == data


@pytest.mark.parametrize("masked", HALVES.values(), ids=HALVES)
def test_other_buffers_are_taken(masked: Any) -> None:
    assert masked(memoryview(b"abcde"), b"\0\0\0\0") == b"abcde"
    assert masked(bytearray(b"abcde"), b"\x01\0\0\0", 3) == b"accde"


@pytest.mark.parametrize("masked", HALVES.values(), ids=HALVES)
@pytest.mark.parametrize(("mask", "offset"), [(b"", 0), (b"abc", 0), (b"abcde", 0), (b"abcd", -1)])
def test_what_is_no_mask_is_refused(masked: Any, mask: bytes, offset: int) -> None:
    with pytest.raises(ValueError, match="four bytes"):
        masked(b"data", mask, offset)
