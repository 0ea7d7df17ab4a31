"""docs/spec/patterns.md, section 11: RADIO, DISH and DGRAM over udp. libzmq: tests/interop/test_drafts.py."""

from __future__ import annotations

import socket as system
from collections.abc import Iterator

import pytest

import zmqx
from zmqx.errors import EMSGSIZE, ENOCOMPATPROTO

from .lib import Lib
from .states import row, states


class Raw:
    """A plain datagram socket."""

    def __init__(self) -> None:
        self._socket = system.socket(system.AF_INET, system.SOCK_DGRAM)
        self._socket.settimeout(10)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def send(self, endpoint: str, *datagrams: bytes) -> None:
        host, port = endpoint.removeprefix("udp://").split(":")
        for data in datagrams:
            self._socket.sendto(data, (host, int(port)))

    def recv(self) -> bytes:
        return self._socket.recv(65536)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def raw() -> Iterator[Raw]:
    made = Raw()
    yield made
    made.close()


@states("P11.14", "P11.15", "P11.17")
def test_what_a_radio_sends(raw: Raw, ours: Lib) -> None:
    """Every group, asked for or not."""
    radio = ours.socket(zmqx.RADIO)
    radio.connect(f"udp://{raw.address}")
    for group in ("group", "", "g" * 255):
        radio.send(b"hello", group=group)
        assert raw.recv() == bytes((len(group),)) + group.encode() + b"hello"


@states("P11.14")
def test_a_datagram_has_8192_bytes_at_most(raw: Raw, ours: Lib) -> None:
    """libzmq overruns its buffer; and receivers of libzmq cut off the rest, where ours take it (decision 0010)."""
    radio = ours.socket(zmqx.RADIO)
    radio.connect(f"udp://{raw.address}")
    radio.send(bytes(8190), group="g")
    assert len(raw.recv()) == 8192
    with ours.fails(EMSGSIZE):
        radio.send(bytes(8191), group="g")
    dgram = ours.socket(zmqx.DGRAM)
    dgram.bind("udp://127.0.0.1:*")
    with ours.fails(EMSGSIZE):
        dgram.send_multipart([raw.address.encode(), bytes(8193)])
    dish = ours.socket(zmqx.DISH)
    dish.join("g")
    raw.send(dish.bind("udp://127.0.0.1:*"), b"\x01g" + bytes(20000))
    assert len(dish.recv()) == 20000


@states("P11.15", "P11.16", "P11.17")
def test_a_dish_takes_what_it_joined(raw: Raw, ours: Lib) -> None:
    dish = ours.socket(zmqx.DISH)
    dish.join("a")
    endpoint = dish.bind("udp://127.0.0.1:*")
    raw.send(endpoint, b"\x01ano", b"\x01bno", b"", b"\x05a", b"\xff", b"\x00no", b"\x02ab", b"\x01ayes")
    assert [dish.recv(), dish.recv()] == [b"no", b"yes"]
    dish.join("b")
    dish.leave("a")
    raw.send(endpoint, b"\x01ano", b"\x01byes")
    got = dish.recv(copy=False)
    assert (got.bytes, got.group) == (b"yes", "b")


@states("P11.17", "P11.18")
@pytest.mark.parametrize(
    ("kind", "call"),
    [(zmqx.RADIO, "bind"), (zmqx.DISH, "connect"), (zmqx.DGRAM, "connect")],
    ids=["RADIO", "DISH", "DGRAM"],
)
def test_which_way_round(kind: int, call: str, ours: Lib) -> None:
    with ours.fails(ENOCOMPATPROTO):
        getattr(ours.socket(kind), call)("udp://127.0.0.1:5999")


@states("P11.19", "P11.20", "P1.49")
def test_a_datagram_and_its_answer(raw: Raw, ours: Lib) -> None:
    dgram = ours.socket(zmqx.DGRAM)
    endpoint = dgram.bind("udp://127.0.0.1:*")
    raw.send(endpoint, b"question", b"")
    assert dgram.recv_multipart() == [raw.address.encode() + b"\0", b"question"]
    sender = dgram.recv()
    assert dgram.getsockopt(zmqx.RCVMORE) == 1
    assert dgram.recv() == b""
    dgram.send_multipart([sender, b"with a NUL"])
    dgram.send(raw.address.encode(), zmqx.SNDMORE)
    dgram.send(b"without")
    assert [raw.recv(), raw.recv()] == [b"with a NUL", b"without"]


@states("P11.20")
def test_ipv6_works_as_well(ours: Lib) -> None:
    """More than libzmq does (decision 0010)."""
    left, right = ours.socket(zmqx.DGRAM, ipv6=1), ours.socket(zmqx.DGRAM, ipv6=1)
    left.bind("udp://[::1]:*")
    address = right.bind("udp://[::1]:*").removeprefix("udp://")
    left.send_multipart([address.encode(), b"six"])
    sender, body = right.recv_multipart()
    assert body == b"six"
    right.send_multipart([sender, b"back"])
    assert left.recv_multipart() == [address.encode() + b"\0", b"back"]


@states("P11.21")
@pytest.mark.parametrize("address", [b"no such host:80", b"127.0.0.1", b"", b"\xff\xfe:1", b"[::1]:80"])
def test_what_is_no_address_is_dropped(address: bytes, raw: Raw, ours: Lib) -> None:
    dgram = ours.socket(zmqx.DGRAM)
    dgram.bind("udp://127.0.0.1:*")
    dgram.send_multipart([address, b"x"])
    dgram.send_multipart([raw.address.encode(), b"next"])
    assert raw.recv() == b"next"
    assert sum(dgram.stats().dropped.values()) == 1


@states("P11.22", "P1.49")
@pytest.mark.parametrize("parts", [[b"127.0.0.1:80"], [b"127.0.0.1:80", b"a", b"b"]], ids=["one", "three"])
def test_not_two_frames(parts: list[bytes], ours: Lib) -> None:
    dgram = ours.socket(zmqx.DGRAM)
    dgram.bind("udp://127.0.0.1:*")
    with ours.fails(zmqx.EINVAL):
        dgram.send_multipart(parts)


@pytest.mark.parametrize("kind", [row("P1.49", zmqx.DGRAM)])
def test_without_an_endpoint_there_is_no_room(kind: int, ours: Lib) -> None:
    dgram = ours.socket(kind)
    with ours.fails(zmqx.EAGAIN):
        dgram.send_multipart([b"127.0.0.1:80", b"x"], zmqx.DONTWAIT)
    assert not dgram.getsockopt(zmqx.EVENTS)
    dgram.bind("udp://127.0.0.1:*")
    assert dgram.getsockopt(zmqx.EVENTS) == zmqx.POLLOUT
