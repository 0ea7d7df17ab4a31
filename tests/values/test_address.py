"""Endpoint strings: what is one, what is none, and that a wrong one names itself."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zmqx
from zmqx import address
from zmqx.errors import ZMQError
from zmqx.transports.registry import find_transport

from ..support.chance import chances

BAD_FORM = ["", "tcp", "tcp:/x", "tcp:127.0.0.1:80", "://", "://x", "tcp://", "ipc://", "inproc://", "//x", ":// "]
UNKNOWN = ["TCP://127.0.0.1:80", " tcp://127.0.0.1:80", "foo://x", "http://127.0.0.1", "t://x", "tcp6://[::1]:80"]

# Written out rather than made: what bind and connect take and how they read it.
BIND = {
    "*:*": (None, 0),
    "*:0": (None, 0),
    "*:5555": (None, 5555),
    "[*]:*": (None, 0),
    "127.0.0.1:*": ("127.0.0.1", 0),
    "127.0.0.1:65535": ("127.0.0.1", 65535),
    "lo:1": ("lo", 1),
    "localhost:80": ("localhost", 80),
    "[::1]:80": ("::1", 80),
    "::1:80": ("::1", 80),
    "[::1%lo]:*": ("::1%lo", 0),
    "[::]:0": ("::", 0),
    "127.0.0.1:0080": ("127.0.0.1", 80),
    "eth0:1;127.0.0.1:80": ("127.0.0.1", 80),
    "*:*;*:80": (None, 80),
}
BAD_BIND = [
    "127.0.0.1",
    "*",
    "127.0.0.1:",
    "h:abc",
    "h:0x50",
    "h:65536",
    "h:70000",
    "h:-1",
    "h:80x",
    "h:+80",
    "h: 80",
    "h:80 ",
    "h:80/res",
    "h:8_0",
    "h:\u0663",
    "h:\u00b2",
    "h:" + "9" * 20,
    "eth0;127.0.0.1:80",
    "eth0:x;127.0.0.1:80",
    "h:**",
]
CONNECT = {
    "127.0.0.1:80": ("127.0.0.1", 80),
    "host:65535": ("host", 65535),
    "a-b.c_d.example:1": ("a-b.c_d.example", 1),
    "[::1]:80": ("::1", 80),
    "::1:80": ("::1", 80),
    "[fe80::1%eth0]:80": ("fe80::1%eth0", 80),
    "1.2.3.4:0080": ("1.2.3.4", 80),
    "nosuchhost.invalid:80": ("nosuchhost.invalid", 80),
}
BAD_CONNECT = [
    "127.0.0.1",
    "127.0.0.1:",
    "h:abc",
    "h:*",
    "*:80",
    "-x:80",
    "bad_host!:80",
    "h:80/path",
    "h:65536",
    "h:80x",
    "h:+80",
    "h: 80",
    ":80",
    "[]:80",
    " h:80",
    "h h:80",
    "h:0",
    "h:-1",
    "\u00e4:80",
    "x:1;*:80",
    "nosource;h:80",
    "s:x;h:80",
    "/tmp:80",
    ".:",
]


def refused(call: object, *args: object, **rest: object) -> ZMQError:
    with pytest.raises(ZMQError) as caught:
        call(*args, **rest)  # type: ignore[operator]
    return caught.value


@pytest.mark.parametrize(
    ("endpoint", "parts"),
    [
        ("tcp://127.0.0.1:80", ("tcp", "127.0.0.1:80")),
        (b"ipc:///tmp/x", ("ipc", "/tmp/x")),
        ("inproc://a://b", ("inproc", "a://b")),
        ("x://y", ("x", "y")),
        ("inproc:// ", ("inproc", " ")),
        (zmqx.Endpoint("tcp://h:1", None, True), ("tcp", "h:1")),  # type: ignore[arg-type]
    ],
)
def test_an_endpoint_has_two_parts(endpoint: str, parts: tuple[str, str]) -> None:
    assert address.split(endpoint) == parts


@pytest.mark.parametrize("endpoint", BAD_FORM)
def test_what_is_no_endpoint_says_so(endpoint: str) -> None:
    error = refused(address.split, endpoint)
    assert error.errno == errno.EINVAL
    assert repr(endpoint) in str(error)


@pytest.mark.parametrize("endpoint", [None, 5, 1.5, ["tcp://h:1"], bytearray(b"tcp://h:1")])
def test_what_is_no_text_is_a_type_error(endpoint: object) -> None:
    with pytest.raises(TypeError):
        address.split(endpoint)  # type: ignore[arg-type]


@pytest.mark.parametrize("endpoint", [b"\xff://x", b"tcp://\xff:80", b"inproc://\xff"])
def test_bytes_that_are_no_text_are_refused_like_any_other_endpoint(endpoint: bytes) -> None:
    assert refused(address.split, endpoint).errno == errno.EINVAL


@pytest.mark.parametrize("endpoint", UNKNOWN)
@pytest.mark.parametrize("call", ["bind", "connect"])
def test_an_unknown_transport(endpoint: str, call: str, ctx: zmqx.Context) -> None:
    assert refused(find_transport, *address.split(endpoint)).errno == zmqx.EPROTONOSUPPORT
    with ctx.socket(zmqx.PUSH) as socket:
        error = refused(getattr(socket, call), endpoint)
    assert error.errno == zmqx.EPROTONOSUPPORT
    assert endpoint in str(error)


@pytest.mark.parametrize(
    ("call", "endpoint"),
    [("bind", f"tcp://{bad}") for bad in BAD_BIND] + [("connect", f"tcp://{bad}") for bad in BAD_CONNECT],
)
def test_a_malformed_tcp_endpoint_names_itself(call: str, endpoint: str, ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.PUSH) as socket:
        error = refused(getattr(socket, call), endpoint)
        assert error.errno == errno.EINVAL
        assert endpoint in str(error)
        assert socket.last_endpoint == b""


@pytest.mark.parametrize("parse", [address.parse_tcp_bind, address.parse_tcp_connect])
def test_a_port_of_thousands_of_digits_is_just_wrong(parse: object) -> None:
    """Python itself refuses to read such a number, with an error of another family."""
    assert refused(parse, "h:" + "1" * 5000).errno == errno.EINVAL


@pytest.mark.parametrize("text", BIND)
def test_tcp_to_bind(text: str) -> None:
    parsed = address.parse_tcp_bind(text)
    assert (parsed.host, parsed.port) == BIND[text]


@pytest.mark.parametrize("text", CONNECT)
def test_tcp_to_connect(text: str) -> None:
    parsed = address.parse_tcp_connect(text)
    assert (parsed.host, parsed.port) == CONNECT[text]
    assert parsed.source is None


@pytest.mark.parametrize(
    ("source", "host", "port"),
    [
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("*:*", None, 0),
        ("*:5000", None, 5000),
        ("lo:*", "lo", 0),
        ("[::1]:7", "::1", 7),
    ],
)
def test_tcp_to_connect_from_an_address_of_our_choice(source: str, host: str | None, port: int) -> None:
    parsed = address.parse_tcp_connect(f"{source};remote:80")
    assert (parsed.host, parsed.port) == ("remote", 80)
    assert parsed.source is not None
    assert (parsed.source.host, parsed.source.port) == (host, port)


@pytest.mark.parametrize(
    ("text", "bind", "path"),
    [
        ("/tmp/x", True, "/tmp/x"),
        ("rel", False, "rel"),
        ("*", True, None),
        ("*anything", True, None),
        ("*", False, "*"),
        ("@name", True, b"\0name"),
        ("@name", False, b"\0name"),
        ("@@", True, b"\0@"),
        ("x" * 107, True, "x" * 107),
        ("@" + "x" * 106, False, b"\0" + b"x" * 106),
        ("\u00e4" * 53, True, "\u00e4" * 53),
    ],
)
def test_ipc(text: str, bind: bool, path: str | bytes | None) -> None:
    assert address.parse_ipc(text, bind=bind).path == path


@pytest.mark.parametrize("bind", [True, False])
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("@", errno.EINVAL),
        ("a\0b", errno.EINVAL),
        ("@a\0b", errno.EINVAL),
        ("x" * 108, errno.ENAMETOOLONG),
        ("@" + "x" * 107, errno.ENAMETOOLONG),
        ("\u00e4" * 54, errno.ENAMETOOLONG),
    ],
)
def test_ipc_paths_that_are_none(text: str, number: int, bind: bool) -> None:
    error = refused(address.parse_ipc, text, bind=bind)
    assert error.errno == number
    assert text in str(error)


def test_ipc_takes_the_paths_python_gives() -> None:
    """A file name that is no UTF-8 comes out of os.fsdecode with surrogates in it."""
    path = os.fsdecode(b"/tmp/\xff")
    parsed = address.parse_ipc(path, bind=True).path
    assert parsed is not None
    assert os.fsencode(parsed) == b"/tmp/\xff"


@pytest.mark.parametrize(
    ("host", "text"),
    [("127.0.0.1", "tcp://127.0.0.1:80"), ("::1", "tcp://[::1]:80"), ("::ffff:1.2.3.4", "tcp://[::ffff:1.2.3.4]:80")],
)
def test_resolved_addresses_can_be_read_again(host: str, text: str) -> None:
    assert address.format_tcp(host, 80) == text
    assert address.parse_tcp_bind(text.removeprefix("tcp://")).host == host
    assert address.parse_tcp_connect(text.removeprefix("tcp://")).host == host


texts = st.text(st.one_of(st.sampled_from("*:;[]@%/.0189abc-"), st.characters(codec="utf-8")), max_size=30)


def error_of(call: object, *args: object, **rest: object) -> ZMQError | None:
    """What a call refuses its arguments with; any other exception is a failure."""
    try:
        call(*args, **rest)  # type: ignore[operator]
    except ZMQError as error:
        return error
    return None


@chances(120)
@given(texts)
def test_any_text_is_an_address_or_an_error_of_ours(text: str) -> None:
    for parse in (address.parse_tcp_bind, address.parse_tcp_connect):
        error = error_of(parse, text)
        if error is None:
            assert 0 <= parse(text).port <= 65535
        else:
            assert error.errno == errno.EINVAL
            assert text in str(error)
    for bind in (True, False):
        error = error_of(address.parse_ipc, text, bind=bind)
        if error is None:
            path = address.parse_ipc(text, bind=bind).path
            assert path is None or len(os.fsencode(path)) < 108
        else:
            assert error.errno in (errno.EINVAL, errno.ENAMETOOLONG)
    error = error_of(address.split, text)
    assert repr(text) in str(error) if error else "://".join(address.split(text)) == text
