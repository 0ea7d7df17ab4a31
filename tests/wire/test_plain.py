"""The PLAIN handshake, command by command, on both sides."""

from __future__ import annotations

import pytest

from zmqx.errors import AuthenticationError, ProtocolError
from zmqx.wire.commands import command
from zmqx.wire.mechanisms.plain import PlainClient, PlainServer

DEALER = [(b"Socket-Type", b"DEALER"), (b"Identity", b"")]
ROUTER = [(b"Socket-Type", b"ROUTER"), (b"Identity", b"")]
METADATA = b"\x0bSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0"
HELLO = bytes.fromhex("0548454C4C4F 0175 0170")
WELCOME = bytes.fromhex("0757454C434F4D45")


def client(username: bytes = b"u", password: bytes = b"p") -> PlainClient:
    return PlainClient(DEALER, username, password)


def greeted() -> PlainServer:
    """A server that has been asked, and has let the peer in."""
    made = PlainServer(ROUTER)
    made.receive(HELLO)
    made.admit()
    return made


def fails(call: object, *args: object) -> int:
    with pytest.raises(ProtocolError) as caught:
        call(*args)  # type: ignore[operator]
    return caught.value.code


# -- as it should be


@pytest.mark.parametrize(("username", "password"), [(b"u", b"p"), (b"", b""), (b"x" * 255, b"y" * 255)])
def test_a_whole_handshake(username: bytes, password: bytes) -> None:
    left, right = client(username, password), PlainServer(ROUTER)
    assert list(right.start()) == []
    (hello,) = left.start()
    assert list(right.receive(hello)) == []
    assert right.question == (username, password)
    (welcome,) = right.admit()
    assert right.question is None
    (initiate,) = left.receive(welcome)
    assert left.peer_properties is None
    (ready,) = right.receive(initiate)
    assert right.peer_properties == DEALER
    assert list(left.receive(ready)) == []
    assert left.peer_properties == ROUTER


def test_the_bytes() -> None:
    made = client()
    assert list(made.start()) == [HELLO]
    assert list(made.receive(WELCOME)) == [b"\x08INITIATE\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"]
    server = PlainServer(ROUTER)
    server.receive(HELLO)
    assert list(server.admit()) == [WELCOME]
    assert list(server.receive(b"\x08INITIATE")) == [b"\x05READY" + METADATA]


def test_an_empty_ready_is_accepted() -> None:
    made = client()
    made.receive(WELCOME)
    assert list(made.receive(b"\x05READY")) == []
    assert made.peer_properties == []


# -- refusals


@pytest.mark.parametrize(
    "error", [b"\x05ERROR\x03400", b"^RROR\x03400"], ids=["as the RFC has it", "as libzmq sends it"]
)
@pytest.mark.parametrize("after_welcome", [False, True])
def test_a_client_understands_that_it_is_refused(error: bytes, after_welcome: bool) -> None:
    made = client()
    if after_welcome:
        made.receive(WELCOME)
    with pytest.raises(AuthenticationError) as caught:
        made.receive(error)
    assert caught.value.status == 400


@pytest.mark.parametrize("error", [b"\x05ERROR", b"\x05ERROR\x04400", b"^RROR", b"^RROR\x03400x", b"\x05ERROR\0x"])
def test_a_malformed_refusal(error: bytes) -> None:
    assert fails(client().receive, error) == ProtocolError.MALFORMED_ERROR


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_tells_whom_it_refuses(status: int) -> None:
    made = PlainServer(ROUTER)
    made.receive(HELLO)
    assert list(made.refuse(status)) == [b"\x05ERROR\x03%d" % status]
    assert made.question is None
    assert made.peer_properties is None
    assert fails(made.receive, b"\x08INITIATE") == ProtocolError.ZMTP_UNSPECIFIED


def test_a_server_with_a_passing_trouble_says_nothing() -> None:
    """libzmq, too; the peer will try again."""
    made = PlainServer(ROUTER)
    made.receive(HELLO)
    assert list(made.refuse(300)) == []
    assert fails(made.receive, b"\x08INITIATE") == ProtocolError.ZMTP_UNSPECIFIED


# -- what a client makes of a bad server


@pytest.mark.parametrize(
    "said", [b"", b"\x05READY", HELLO, b"\x08INITIATE", b"\x04PING\0\0", b"\x07welcome", b"\xffWELCOME", b"\x06WELCOME"]
)
def test_anything_but_welcome(said: bytes) -> None:
    assert fails(client().receive, said) == ProtocolError.UNEXPECTED_COMMAND


def test_a_welcome_with_more_in_it() -> None:
    assert fails(client().receive, WELCOME + b"\0") == ProtocolError.MALFORMED_WELCOME


@pytest.mark.parametrize("said", [b"", WELCOME, HELLO, b"\x08INITIATE", b"\x04PING\0\0"])
def test_anything_but_ready(said: bytes) -> None:
    made = client()
    made.receive(WELCOME)
    assert fails(made.receive, said) == ProtocolError.UNEXPECTED_COMMAND


@pytest.mark.parametrize("metadata", [b"\0", METADATA[:-1], METADATA + b"x", b"\xff"])
def test_bad_metadata_of_a_server(metadata: bytes) -> None:
    made = client()
    made.receive(WELCOME)
    assert fails(made.receive, b"\x05READY" + metadata) == ProtocolError.INVALID_METADATA


# -- what a server makes of a bad client


@pytest.mark.parametrize("said", [b"", b"\x08INITIATE", b"\x05READY", WELCOME, b"\x05hello\x01u\x01p", b"\xffHELLO"])
def test_anything_but_hello(said: bytes) -> None:
    assert fails(PlainServer(ROUTER).receive, said) == ProtocolError.UNEXPECTED_COMMAND


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\x01u", b"\x01u\x01", b"\x01u\x02p", b"\xffu\x01p", b"\x01u\x01px", b"\x00", b"\x00\x00\x00"],
)
def test_a_malformed_hello(data: bytes) -> None:
    made = PlainServer(ROUTER)
    assert fails(made.receive, command(b"HELLO", data)) == ProtocolError.MALFORMED_HELLO
    assert made.question is None


@pytest.mark.parametrize("said", [b"", HELLO, b"\x05READY", WELCOME, b"\x04PING\0\0", b"\x05ERROR\x03400"])
def test_anything_but_initiate(said: bytes) -> None:
    assert fails(greeted().receive, said) == ProtocolError.UNEXPECTED_COMMAND


@pytest.mark.parametrize("metadata", [b"\0", METADATA[:-1], METADATA + b"x"])
def test_bad_metadata_of_a_client(metadata: bytes) -> None:
    made = greeted()
    assert fails(made.receive, b"\x08INITIATE" + metadata) == ProtocolError.INVALID_METADATA
    assert made.peer_properties is None
