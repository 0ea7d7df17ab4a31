"""The CURVE handshake with peers that lie, and what a channel does not let through."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zmqx.errors import AuthenticationError, ProtocolError
from zmqx.wire.commands import command, metadata
from zmqx.wire.mechanisms import nacl
from zmqx.wire.mechanisms.base import Properties
from zmqx.wire.mechanisms.curve import CurveChannel, CurveClient, CurveServer

from ..support.curve import CLIENT_PUBLIC, CLIENT_SECRET, SERVER_PUBLIC, SERVER_SECRET, counting
from .test_plain import DEALER, ROUTER, fails

OTHER_SECRET = b"\x09" * 32
OTHER_PUBLIC = nacl.public_of(OTHER_SECRET)
OWN = b"\x04" * 32  # the secret of a client of ours for one connection
#: Points of small order: whoever offers one wants to know the shared key beforehand.
WEAK_KEYS = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


def client(public: bytes = CLIENT_PUBLIC, secret: bytes = CLIENT_SECRET, server: bytes = SERVER_PUBLIC) -> CurveClient:
    return CurveClient(DEALER, public, secret, server, counting())


def server(random: Callable[[int], bytes] | None = None) -> CurveServer:
    return CurveServer(ROUTER, SERVER_PUBLIC, SERVER_SECRET, random or counting())


def met() -> tuple[CurveClient, CurveServer]:
    """Both sides, after a handshake."""
    left, right = client(), server()
    (hello,) = left.start()
    (welcome,) = right.receive(hello)
    (initiate,) = left.receive(welcome)
    right.receive(initiate)
    (ready,) = right.admit()
    left.receive(ready)
    return left, right


def number(value: int) -> bytes:
    return value.to_bytes(8, "big")


def hello(transient: bytes | None = None, value: int = 1, key: bytes | None = None) -> bytes:
    """A HELLO of a client of ours."""
    box = nacl.seal(key or nacl.shared_key(SERVER_PUBLIC, OWN), b"CurveZMQHELLO---" + number(value), bytes(64))
    return command(b"HELLO", b"\x01\x00" + bytes(72) + (transient or nacl.public_of(OWN)) + number(value) + box)


def dated(version: bytes) -> bytes:
    return hello()[:6] + version + hello()[8:]


class Liar:
    """A client that has shaken hands up to INITIATE, and makes that as it likes."""

    def __init__(self) -> None:
        self.server = server()
        (welcome,) = self.server.receive(hello())
        shared = nacl.shared_key(SERVER_PUBLIC, OWN)
        opened = nacl.unseal(shared, b"WELCOME-" + welcome[8:24], welcome[24:], "WELCOME")
        self.transient, self.cookie = opened[:32], opened[32:]

    def initiate(
        self,
        *,
        client: bytes = CLIENT_PUBLIC,
        secret: bytes = CLIENT_SECRET,
        vouched: bytes = b"",
        value: int = 2,
        cookie: bytes = b"",
        properties: bytes | None = None,
    ) -> bytes:
        said = vouched or nacl.public_of(OWN) + SERVER_PUBLIC
        vouch = nacl.seal(nacl.shared_key(self.transient, secret), b"VOUCH---" + bytes(16), said)
        plain = client + bytes(16) + vouch + (metadata(DEALER) if properties is None else properties)
        key = nacl.shared_key(self.transient, OWN)
        box = nacl.seal(key, b"CurveZMQINITIATE" + number(value), plain)
        return command(b"INITIATE", (cookie or self.cookie) + number(value) + box)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


# -- a good one


def test_a_handshake_with_random_keys() -> None:
    left, right = met()
    assert left.peer_properties == ROUTER
    assert right.peer_properties == DEALER
    assert left.channel is not None
    assert right.channel is not None
    for flags, data in ((0, b""), (1, b"x" * 300), (2, b"\x04PING\0\0")):
        assert right.channel.open(left.channel.seal(flags, data)) == bytes((flags,)) + data
        assert left.channel.open(right.channel.seal(flags, data)) == bytes((flags,)) + data


def test_a_liar_that_does_not_lie() -> None:
    liar = Liar()
    liar.server.receive(liar.initiate())
    assert liar.server.question == (CLIENT_PUBLIC,)


def test_no_two_connections_have_a_key_in_common() -> None:
    source = counting()
    commands = [CurveClient(DEALER, CLIENT_PUBLIC, CLIENT_SECRET, SERVER_PUBLIC, source).start()[0] for _ in range(2)]
    welcomes = [server(source).receive(command_)[0] for command_ in commands]
    assert commands[0][80:112] != commands[1][80:112]
    assert welcomes[0][8:] != welcomes[1][8:]


def test_padding_is_not_looked_at() -> None:
    """libzmq does not, and RFC 26 gives it a wrong length."""
    padded = bytearray(hello())
    padded[8:80] = b"\xff" * 72
    assert len(server().receive(bytes(padded))) == 1


# -- a server and its clients


@pytest.mark.parametrize("said", [hello()[:-1], hello() + b"\0", b"\x05HELLO", dated(b"\x02\x00"), dated(b"\x01\x01")])
def test_a_hello_of_the_wrong_size_or_version(said: bytes) -> None:
    assert fails(server().receive, said) == ProtocolError.MALFORMED_HELLO


@pytest.mark.parametrize("at", [80, 100, 112, 119, 120, 135, 136, 199])
def test_a_hello_that_was_touched(at: int) -> None:
    assert fails(server().receive, flipped(hello(), at)) == ProtocolError.CRYPTOGRAPHIC


@pytest.mark.parametrize("weak", WEAK_KEYS, ids=["zero", "one", "minus one"])
def test_a_hello_with_a_weak_key(weak: bytes) -> None:
    assert fails(server().receive, hello(weak)) == ProtocolError.CRYPTOGRAPHIC


@pytest.mark.parametrize("said", [b"", b"\x08INITIATE", b"\x05READY", b"\x07WELCOME" + bytes(160), b"\x07MESSAGE"])
def test_anything_but_hello(said: bytes) -> None:
    assert fails(server().receive, said) == ProtocolError.UNEXPECTED_COMMAND


@pytest.mark.parametrize("said", [b"", hello(), b"\x05READY", b"\x07MESSAGE" + bytes(30), b"\x05ERROR\x03400"])
def test_anything_but_initiate(said: bytes) -> None:
    assert fails(Liar().server.receive, said) == ProtocolError.UNEXPECTED_COMMAND


def test_an_initiate_that_is_too_short() -> None:
    liar = Liar()
    assert fails(liar.server.receive, liar.initiate(properties=b"")[:-1]) == ProtocolError.MALFORMED_INITIATE
    liar = Liar()
    liar.server.receive(liar.initiate(properties=b""))  # just long enough
    assert liar.server.question is not None


@pytest.mark.parametrize("at", [9, 24, 25, 104, 105, 112, 113, 128, 129, 200, 256])
def test_an_initiate_that_was_touched(at: int) -> None:
    liar = Liar()
    assert fails(liar.server.receive, flipped(liar.initiate(), at)) == ProtocolError.CRYPTOGRAPHIC
    assert liar.server.question is None


def test_the_cookie_of_another_connection() -> None:
    liar, other = Liar(), Liar()
    (stolen,) = CurveServer(ROUTER, SERVER_PUBLIC, SERVER_SECRET, lambda count: b"\x77" * count).receive(hello())
    assert fails(liar.server.receive, liar.initiate(cookie=stolen[24:120])) == ProtocolError.CRYPTOGRAPHIC
    assert other.cookie == Liar().cookie, "the source of these tests repeats itself, that of a server does not"


def test_a_client_that_is_not_who_it_says() -> None:
    """It has the public key of another, but not the secret one."""
    liar = Liar()
    assert fails(liar.server.receive, liar.initiate(secret=OTHER_SECRET)) == ProtocolError.CRYPTOGRAPHIC
    liar = Liar()
    assert fails(liar.server.receive, liar.initiate(client=OTHER_PUBLIC)) == ProtocolError.CRYPTOGRAPHIC


@pytest.mark.parametrize("weak", WEAK_KEYS, ids=["zero", "one", "minus one"])
def test_a_client_with_a_weak_key(weak: bytes) -> None:
    liar = Liar()
    assert fails(liar.server.receive, liar.initiate(client=weak)) == ProtocolError.CRYPTOGRAPHIC


def test_a_vouch_for_another_connection() -> None:
    liar = Liar()
    said = liar.initiate(vouched=OTHER_PUBLIC + SERVER_PUBLIC)
    assert fails(liar.server.receive, said) == ProtocolError.KEY_EXCHANGE


def test_a_vouch_for_another_server() -> None:
    """libzmq lets it pass; RFC 26 does not."""
    liar = Liar()
    said = liar.initiate(vouched=nacl.public_of(OWN) + OTHER_PUBLIC)
    assert fails(liar.server.receive, said) == ProtocolError.KEY_EXCHANGE


@pytest.mark.parametrize("value", [0, 1])
def test_an_initiate_numbered_before_hello(value: int) -> None:
    liar = Liar()
    assert fails(liar.server.receive, liar.initiate(value=value)) == ProtocolError.INVALID_SEQUENCE


@pytest.mark.parametrize("properties", [b"\0", metadata(DEALER)[:-1], metadata(DEALER) + b"x"])
def test_bad_metadata_of_a_client(properties: bytes) -> None:
    liar = Liar()
    assert fails(liar.server.receive, liar.initiate(properties=properties)) == ProtocolError.INVALID_METADATA
    assert liar.server.question is None


@pytest.mark.parametrize(("status", "said"), [(400, [b"\x05ERROR\x03400"]), (500, [b"\x05ERROR\x03500"]), (300, [])])
def test_a_client_that_is_refused(status: int, said: list[bytes]) -> None:
    liar = Liar()
    liar.server.receive(liar.initiate())
    assert list(liar.server.refuse(status)) == said
    assert liar.server.channel is None
    assert fails(liar.server.receive, liar.initiate()) == ProtocolError.ZMTP_UNSPECIFIED


# -- a client and its server


def welcomed() -> tuple[CurveClient, CurveServer]:
    left, right = client(), server()
    right.receive(left.receive(right.receive(left.start()[0])[0])[0])
    return left, right


@pytest.mark.parametrize("said", [b"\x07WELCOME", b"\x07WELCOME" + bytes(159), b"\x07WELCOME" + bytes(161)])
def test_a_welcome_of_the_wrong_size(said: bytes) -> None:
    assert fails(client().receive, said) == ProtocolError.MALFORMED_WELCOME


@pytest.mark.parametrize("at", [8, 23, 24, 39, 40, 167])
def test_a_welcome_that_was_touched(at: int) -> None:
    left = client()
    (welcome,) = server().receive(left.start()[0])
    assert fails(left.receive, flipped(welcome, at)) == ProtocolError.CRYPTOGRAPHIC


def test_a_server_that_is_another() -> None:
    left = client()
    impostor = CurveServer(ROUTER, OTHER_PUBLIC, OTHER_SECRET, counting())
    assert fails(impostor.receive, left.start()[0]) == ProtocolError.CRYPTOGRAPHIC


@pytest.mark.parametrize("said", [b"", b"\x05READY", b"\x05HELLO", b"\x08INITIATE", b"\x07MESSAGE"])
def test_anything_but_welcome(said: bytes) -> None:
    assert fails(client().receive, said) == ProtocolError.UNEXPECTED_COMMAND


@pytest.mark.parametrize("said", [b"", b"\x07WELCOME" + bytes(160), b"\x07MESSAGE" + bytes(30)])
def test_anything_but_ready(said: bytes) -> None:
    assert fails(welcomed()[0].receive, said) == ProtocolError.UNEXPECTED_COMMAND


def test_a_ready_that_is_too_short_or_was_touched() -> None:
    left, right = welcomed()
    (ready,) = right.admit()
    assert fails(left.receive, ready[:29]) == ProtocolError.MALFORMED_READY
    for at in (6, 13, 14, len(ready) - 1):
        assert fails(left.receive, flipped(ready, at)) == ProtocolError.CRYPTOGRAPHIC
    left.receive(ready)
    assert left.peer_properties == ROUTER


def _ready(right: CurveServer, properties: bytes) -> bytes:
    right.admit()
    return command(b"READY", number(1) + nacl.seal(right._key, b"CurveZMQREADY---" + number(1), properties))


@pytest.mark.parametrize("properties", [b"\0", metadata(ROUTER)[:-1]])
def test_bad_metadata_of_a_server(properties: bytes) -> None:
    left, right = welcomed()
    assert fails(left.receive, _ready(right, properties)) == ProtocolError.INVALID_METADATA
    assert left.peer_properties is None


def test_a_ready_without_properties() -> None:
    left, right = welcomed()
    left.receive(_ready(right, b""))
    expected: Properties = []
    assert left.peer_properties == expected


@pytest.mark.parametrize("ready_is_due", [False, True])
def test_a_client_understands_that_it_is_refused(ready_is_due: bool) -> None:
    left = welcomed()[0] if ready_is_due else client()
    with pytest.raises(AuthenticationError) as caught:
        left.receive(b"\x05ERROR\x03400")
    assert caught.value.status == 400
    left = welcomed()[0] if ready_is_due else client()
    assert fails(left.receive, b"\x05ERROR\x04400") == ProtocolError.MALFORMED_ERROR


# -- traffic


def channels() -> tuple[CurveChannel, CurveChannel]:
    left, right = met()
    assert isinstance(left.channel, CurveChannel)
    assert isinstance(right.channel, CurveChannel)
    return left.channel, right.channel


def test_numbers_go_on_from_the_handshake() -> None:
    ours, theirs = channels()
    assert ours.seal(0, b"")[8:16] == number(3)
    assert theirs.seal(0, b"")[8:16] == number(2)


def test_what_is_repeated_or_out_of_order_does_not_get_in() -> None:
    ours, theirs = channels()
    first, second, third = (ours.seal(0, b"%d" % index) for index in range(3))
    assert theirs.open(second) == b"\x001"
    assert fails(theirs.open, second) == ProtocolError.INVALID_SEQUENCE
    assert fails(theirs.open, first) == ProtocolError.INVALID_SEQUENCE
    assert theirs.open(third) == b"\x002"


def test_a_forged_number_uses_none_up() -> None:
    ours, theirs = channels()
    good = ours.seal(0, b"good")
    assert fails(theirs.open, good[:8] + number(2**64 - 1) + good[16:]) == ProtocolError.CRYPTOGRAPHIC
    assert theirs.open(good) == b"\0good"


@pytest.mark.parametrize("at", [16, 31, 32, 35])
def test_what_was_touched_does_not_open(at: int) -> None:
    ours, theirs = channels()
    assert fails(theirs.open, flipped(ours.seal(0, b"data"), at)) == ProtocolError.CRYPTOGRAPHIC


def test_our_own_words_do_not_come_back() -> None:
    ours, _ = channels()
    own = [ours.seal(0, b"mirror") for _ in range(3)][-1]
    assert fails(ours.open, own) == ProtocolError.CRYPTOGRAPHIC


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", ProtocolError.MALFORMED_COMMAND),
        (b"plain", ProtocolError.MALFORMED_COMMAND),
        (b"\x07MESSAGE", ProtocolError.MALFORMED_MESSAGE),
        (b"\x07MESSAGE" + bytes(24), ProtocolError.MALFORMED_MESSAGE),
        (b"\x07message" + bytes(25), ProtocolError.UNEXPECTED_COMMAND),
    ],
)
def test_what_is_no_message(said: bytes, code: int) -> None:
    assert fails(channels()[1].open, said) == code
