"""Z85 and the making of keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zmqx
from zmqx import z85

from ..support.chance import chances
from ..support.curve import hide_nacl


def test_the_vector_of_the_rfc() -> None:
    data = bytes.fromhex("864FD26FB559F75B")
    assert z85.encode(data) == b"HelloWorld"
    assert z85.decode(b"HelloWorld") == data
    assert z85.decode("HelloWorld") == data


@chances(200)
@given(st.binary(max_size=40).map(lambda data: data[: len(data) // 4 * 4]))
def test_there_and_back(data: bytes) -> None:
    text = z85.encode(data)
    assert len(text) * 4 == len(data) * 5
    assert z85.decode(text) == data
    zmq_z85 = pytest.importorskip("zmq.utils.z85")
    assert zmq_z85.encode(data) == text


def test_what_is_no_multiple_of_four_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4 bytes, not 3"):
        z85.encode(b"abc")


@pytest.mark.parametrize("text", ["abcd", "Hell~World", "Hell\xe9Worl", "#####", "%nSc1"])
def test_what_is_no_z85_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Z85"):
        z85.decode(text)


def test_the_largest_group() -> None:
    assert z85.decode("%nSc0") == b"\xff\xff\xff\xff"


# -- keys


def test_a_pair_belongs_together() -> None:
    public, secret = zmqx.curve_keypair()
    assert (len(public), len(secret)) == (40, 40)
    assert public != secret
    assert zmqx.curve_public(secret) == public
    assert zmqx.curve_public(secret.decode()) == public
    assert zmqx.curve_keypair() != (public, secret)


def test_public_keys_are_libzmqs() -> None:
    zmq = pytest.importorskip("zmq")
    _, secret = zmqx.curve_keypair()
    assert zmqx.curve_public(secret) == zmq.curve_public(secret)


@pytest.mark.parametrize("secret", [b"", b"short", b"~" * 40, b"0" * 45, "0" * 41])
def test_what_is_no_secret_key_is_refused(secret: bytes | str) -> None:
    with pytest.raises(zmqx.ZMQError, match="secret key") as caught:
        zmqx.curve_public(secret)
    assert caught.value.errno == zmqx.EINVAL


@pytest.fixture
def without_nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_nacl(monkeypatch)


@pytest.mark.usefixtures("without_nacl")
def test_without_pynacl_there_are_no_keys() -> None:
    for call in (zmqx.curve_keypair, lambda: zmqx.curve_public(b"0" * 40)):
        with pytest.raises(zmqx.ZMQError, match=r"zmqx\[curve\]") as caught:
            call()
        assert caught.value.errno == zmqx.ENOTSUP


@pytest.mark.usefixtures("without_nacl")
@pytest.mark.parametrize(
    ("name", "value"),
    [("curve_server", 1), *[(f"curve_{name}key", b"0" * 40) for name in ("public", "secret", "server")]],
)
def test_without_pynacl_the_options_are_refused(ctx: zmqx.Context, name: str, value: object) -> None:
    with ctx.socket(zmqx.REP) as sock:
        with pytest.raises(zmqx.ZMQError, match=r"zmqx\[curve\]") as caught:
            setattr(sock, name, value)
        assert caught.value.errno == zmqx.EINVAL
        assert sock.mechanism == zmqx.NULL
        sock.plain_username = b"still there"
        assert sock.mechanism == zmqx.PLAIN
