"""docs/spec/options.md, section 2, and the keys of section 1: which mechanism a socket speaks, and in which role."""

from __future__ import annotations

from typing import Any

import pytest
import zmq
from zmq.utils import z85

import zmqx

from .lib import Lib
from .states import row, states

MECHANISM, PLAIN_SERVER, PLAIN_USERNAME, PLAIN_PASSWORD = 43, 44, 45, 46
CURVE_SERVER, PUBLIC, SECRET, SERVER = 47, 48, 49, 50
NULL, PLAIN, CURVE = 0, 1, 2

KEY, SECRET_KEY = zmq.curve_keypair()
A_PLAIN_SERVER, A_PLAIN_CLIENT = [(PLAIN_SERVER, 1)], [(PLAIN_USERNAME, b"u"), (PLAIN_PASSWORD, b"p")]
A_CURVE_SERVER = [(CURVE_SERVER, 1), (SECRET, SECRET_KEY)]
A_CURVE_CLIENT = [(PUBLIC, KEY), (SECRET, SECRET_KEY), (SERVER, KEY)]


def state(socket: Any) -> tuple[int, int, int]:
    """The mechanism, and whether it is a server of PLAIN or of CURVE."""
    return tuple(socket.getsockopt(option) for option in (MECHANISM, PLAIN_SERVER, CURVE_SERVER))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        row("O2.1", [(PLAIN_SERVER, 1)], (PLAIN, 1, 0), name="plain-server"),
        row("O2.2", [(PLAIN_USERNAME, b"u")], (PLAIN, 0, 0), name="user-name"),
        row("O2.2", [(PLAIN_PASSWORD, b"p")], (PLAIN, 0, 0), name="password"),
        row("O2.2", [*A_PLAIN_SERVER, (PLAIN_USERNAME, b"u")], (PLAIN, 0, 0), name="server-becomes-client"),
        row("O2.3", [(CURVE_SERVER, 1)], (CURVE, 0, 1), name="curve-server"),
        row("O2.3 O2.6", [*A_PLAIN_SERVER, (CURVE_SERVER, 1)], (CURVE, 0, 1), name="from-plain"),
        row("O2.1 O2.6", [*A_CURVE_SERVER, (PLAIN_SERVER, 1)], (PLAIN, 1, 0), name="from-curve"),
        row("O2.4", [(PUBLIC, KEY)], (CURVE, 0, 0), name="public-key"),
        row("O2.4", [(SECRET, KEY)], (CURVE, 0, 0), name="secret-key"),
        row("O2.4", [(SERVER, KEY)], (CURVE, 0, 0), name="server-key"),
        row("O2.4", [*A_CURVE_SERVER, (SECRET, KEY)], (CURVE, 0, 1), name="another-key-of-a-server"),
        row("O2.4", [*A_CURVE_SERVER, (SERVER, KEY)], (CURVE, 0, 0), name="server-key-makes-a-client"),
        row("O2.4", [*A_PLAIN_CLIENT, (PUBLIC, KEY)], (CURVE, 0, 0), name="key-after-plain"),
        row("O2.5", [*A_PLAIN_SERVER, (PLAIN_SERVER, 0)], (NULL, 0, 0), name="no-plain-server"),
        row("O2.5", [*A_CURVE_SERVER, (PLAIN_SERVER, 0)], (NULL, 0, 0), name="no-plain-server-ends-curve"),
        row("O2.5", [*A_PLAIN_SERVER, (CURVE_SERVER, 0)], (NULL, 0, 0), name="no-curve-server-ends-plain"),
        row("O2.5", [*A_CURVE_CLIENT, (CURVE_SERVER, 0)], (NULL, 0, 0), name="no-curve-server"),
    ],
)
def test_the_last_call_says_what_it_is(
    lib: Lib, settings: list[tuple[int, Any]], expected: tuple[int, int, int]
) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    assert state(socket) == (NULL, 0, 0)
    for option, value in settings:
        socket.setsockopt(option, value)
    assert state(socket) == expected


@states("O2.5")
@pytest.mark.parametrize("settings", [A_PLAIN_CLIENT, A_CURVE_CLIENT], ids=["plain", "curve"])
@pytest.mark.parametrize("option", [PLAIN_USERNAME, PLAIN_PASSWORD])
def test_no_name_and_no_password_is_no_mechanism(ours: Lib, settings: list[tuple[int, Any]], option: int) -> None:
    """pyzmq has no way to say NULL."""
    socket = ours.bare_socket(zmqx.DEALER)
    for number, value in settings:
        socket.setsockopt(number, value)
    before = socket.getsockopt(option)
    socket.setsockopt(option, None)
    assert state(socket) == (NULL, 0, 0)
    assert socket.getsockopt(option) == before


@states("O2.7", "O2.8")
def test_what_servers_and_clients_need(lib: Lib) -> None:
    server, client = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH)
    for option, value in A_CURVE_SERVER:
        server.setsockopt(option, value)
    public, secret = zmq.curve_keypair()
    for option, value in ((PUBLIC, public), (SECRET, secret), (SERVER, KEY)):
        client.setsockopt(option, value)
    lib.join(server, client)
    client.send(b"sealed")
    assert server.recv() == b"sealed"


@states("O2.8")
@pytest.mark.parametrize("missing", [PUBLIC, SECRET, SERVER])
def test_a_client_that_lacks_a_key(lib: Lib, missing: int) -> None:
    server, client = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH)
    for option, value in A_CURVE_SERVER:
        server.setsockopt(option, value)
    public, secret = zmq.curve_keypair()
    for option, value in ((PUBLIC, public), (SECRET, secret), (SERVER, KEY)):
        if option != missing:
            client.setsockopt(option, value)
    endpoint = lib.bind(server)
    if lib.differs(ours=True, libzmq=False, see="0010"):
        with lib.fails(zmqx.EINVAL):
            client.connect(endpoint)
    else:
        client.connect(endpoint)
        client.send(b"never heard", zmqx.DONTWAIT)
        assert lib.silent(server, 300)


# -- keys


@pytest.mark.parametrize("option", [row(f"O1.{number}", number) for number in (PUBLIC, SECRET, SERVER)])
@pytest.mark.parametrize("form", [z85.decode(KEY), KEY, KEY + b"\0"], ids=["raw", "z85", "z85-and-nul"])
def test_the_forms_of_a_key(lib: Lib, option: int, form: bytes) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    socket.setsockopt(option, form)
    assert state(socket)[0] == CURVE
    if lib.ours:  # pyzmq reads with a buffer of another size, which libzmq refuses
        assert socket.getsockopt(option) == KEY
    else:
        with lib.fails(zmqx.EINVAL):
            socket.getsockopt(option)


@pytest.mark.parametrize("option", [row(f"O1.{number} R2.23", number) for number in (PUBLIC, SECRET, SERVER)])
@pytest.mark.parametrize(
    "form",
    [b"", b"x" * 31, b"x" * 33, KEY[:-1], KEY + b"x", b"~" * 40, b"#" * 40],
    ids=["empty", "short", "long", "z85-short", "z85-long", "bad-letters", "overflow"],
)
def test_what_is_no_key(lib: Lib, option: int, form: bytes) -> None:
    """Z85 that is too short, has letters that it has not, or says more than 32 bits can hold."""
    socket = lib.bare_socket(zmqx.DEALER)
    with lib.fails(zmqx.EINVAL):
        socket.setsockopt(option, form)
    assert state(socket)[0] == NULL


@states("O1.48", "O1.49", "O1.50")
def test_a_key_that_was_not_set(ours: Lib) -> None:
    socket = ours.bare_socket(zmqx.DEALER)
    for option in (PUBLIC, SECRET, SERVER):
        assert z85.decode(socket.getsockopt(option)) == bytes(32)


@states("R2.23")
@pytest.mark.parametrize(("call", "data"), [("encode", b"x" * 5), ("decode", b"x" * 4), ("decode", b"x" * 11)])
def test_lengths_of_z85(call: str, data: bytes) -> None:
    from zmqx import z85 as ours

    for module in (ours, z85):
        with pytest.raises(ValueError, match=r"Z85|multiple"):
            getattr(module, call)(data)
