"""Datagrams of RADIO and DISH, byte for byte (zmq_udp)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.wire.datagrams import pack, unpack

from ..support.chance import chances


@pytest.mark.parametrize(
    ("group", "body", "data"),
    [
        (b"group", b"hello", b"\x05grouphello"),
        (b"", b"hello", b"\x00hello"),
        (b"g", b"", b"\x01g"),
        (b"", b"", b"\x00"),
        (b"g" * 255, b"x", b"\xff" + b"g" * 255 + b"x"),
    ],
)
def test_a_group_and_a_body(group: bytes, body: bytes, data: bytes) -> None:
    assert pack(group, body) == data
    assert pack(memoryview(group), memoryview(body)) == data
    assert unpack(data) == [group, body]


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x05grou", b"\xff" + b"g" * 254])
def test_what_is_too_short(data: bytes) -> None:
    assert unpack(data) is None


@chances(100)
@given(st.binary(max_size=600))
def test_any_datagram_at_all(data: bytes) -> None:
    parts = unpack(data)
    if parts is not None:
        assert pack(*parts) == data
