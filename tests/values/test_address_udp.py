"""udp endpoints as text. Answers of libzmq: spec, endpoints, section 4."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given

from zmqx.address_udp import UdpAddress, parse_udp
from zmqx.errors import ZMQError

from ..support.chance import chances
from .test_address import error_of, texts


def told(address: UdpAddress) -> tuple[object, ...]:
    return address.host, address.port, address.interface, address.multicast


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:5601", ("127.0.0.1", 5601, None, False)),
        ("*:5601", (None, 5601, None, False)),
        ("*:*", (None, 0, None, False)),
        ("127.0.0.1:0", ("127.0.0.1", 0, None, False)),
        ("lo:5601", ("lo", 5601, None, False)),
        ("[::1]:5601", ("::1", 5601, None, False)),
        ("239.0.0.1:5604", ("239.0.0.1", 5604, None, True)),
        ("224.0.0.1:5604", ("224.0.0.1", 5604, None, True)),
        ("lo;239.0.0.1:5604", ("239.0.0.1", 5604, "lo", True)),
        ("127.0.0.1;239.0.0.1:5604", ("239.0.0.1", 5604, "127.0.0.1", True)),
        ("*;239.0.0.1:5604", ("239.0.0.1", 5604, None, True)),
        ("lo;[ff02::1]:5604", ("ff02::1", 5604, "lo", True)),
        ("[ff02::1%lo]:5604", ("ff02::1%lo", 5604, None, True)),
    ],
)
def test_what_can_be_bound(text: str, expected: tuple[object, ...]) -> None:
    assert told(parse_udp(text, bind=True)) == expected


@pytest.mark.parametrize("text", ["host.example:5601", "127.0.0.1:5601", "239.0.0.1:5604", "lo;239.0.0.1:5604"])
def test_what_can_be_sent_to(text: str) -> None:
    assert told(parse_udp(text, bind=False)) == told(parse_udp(text, bind=True))


WRONG = [
    "127.0.0.1",
    "127.0.0.1:",
    ":5601",
    "[]:5601",
    "127.0.0.1:abc",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "lo;127.0.0.1:5601",
    "*;127.0.0.1:5601",
    "lo;localhost:5601",
    "239.0.0.2;239.0.0.1:5604",
    ";239.0.0.1:5604",
    "lo;239.0.0.1",
]


@pytest.mark.parametrize("bind", [True, False])
@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_address(text: str, bind: bool) -> None:
    with pytest.raises(ZMQError, match="udp://") as caught:
        parse_udp(text, bind=bind)
    assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize("text", ["*:5601", "127.0.0.1:*", "127.0.0.1:0", "239.0.0.1:0", "lo;239.0.0.1:*"])
def test_what_cannot_be_sent_to(text: str) -> None:
    parse_udp(text, bind=True)
    with pytest.raises(ZMQError) as caught:
        parse_udp(text, bind=False)
    assert caught.value.errno == errno.EINVAL


@chances(120)
@given(texts)
def test_any_text_is_an_address_or_an_error_of_ours(text: str) -> None:
    for bind in (True, False):
        error = error_of(parse_udp, text, bind=bind)
        if error is None:
            assert 0 <= parse_udp(text, bind=bind).port <= 65535
        else:
            assert error.errno == errno.EINVAL
            assert text in str(error)
