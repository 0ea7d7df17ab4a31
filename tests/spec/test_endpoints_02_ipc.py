"""docs/spec/endpoints.md, section 2: ipc."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zmqx

from ..support.raw_peer import GREETING, RawPeer, ready
from . import kernel
from .lib import Lib
from .states import states
from .watching import watch


@pytest.fixture
def here(short_path: Path) -> Iterator[Path]:
    """A working directory of one's own."""
    before = os.getcwd()
    os.chdir(short_path)
    yield short_path
    os.chdir(before)


def talk(lib: Lib, pull: Any, endpoint: str) -> None:
    push = lib.socket(zmqx.PUSH)
    push.connect(endpoint)
    push.send(b"x")
    assert pull.recv() == b"x"


@states("E2.1")
@pytest.mark.parametrize("relative", [True, False])
def test_a_path_is_its_own_name(lib: Lib, here: Path, relative: bool) -> None:
    endpoint = "ipc://rel" if relative else f"ipc://{here}/abs"
    pull = lib.socket(zmqx.PULL)
    pull.bind(endpoint)
    assert lib.last_endpoint(pull) == endpoint
    assert (here / endpoint.rpartition("/")[2]).is_socket()
    talk(lib, pull, endpoint)


@states("E2.2")
@pytest.mark.parametrize("given", ["*", "*anything"])
def test_a_path_of_the_librarys_choice(lib: Lib, here: Path, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "TEMPDIR", "TMP"):
        monkeypatch.delenv(name, raising=False)
    pull = lib.socket(zmqx.PULL)
    pull.bind(f"ipc://{given}")
    path = Path(lib.last_endpoint(pull).removeprefix("ipc://"))
    assert path.is_socket()
    assert path.name == "socket"
    assert path.is_absolute() is lib.differs(ours=True, libzmq=False, see="0010")
    talk(lib, pull, f"ipc://{path}")
    pull.unbind(f"ipc://{path}")
    kernel.until(lambda: not path.parent.exists())


@states("E2.2")
def test_the_folder_for_it_may_be_chosen(lib: Lib, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    (here / "own").mkdir()
    monkeypatch.setenv("TMPDIR", str(here / "own"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    pull = lib.socket(zmqx.PULL)
    pull.bind("ipc://*")
    assert lib.last_endpoint(pull).startswith(f"ipc://{here}/own/")


@states("E2.3")
def test_an_abstract_name(lib: Lib) -> None:
    """No byte more than its length: another with a NUL behind is another."""
    endpoint = lib.endpoint("abstract")
    pull = lib.socket(zmqx.PULL)
    pull.bind(endpoint)
    assert lib.last_endpoint(pull) == endpoint
    name = b"\0" + endpoint.removeprefix("ipc://@").encode()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(name)
    with socket.socket(socket.AF_UNIX) as peer, pytest.raises(ConnectionRefusedError):
        peer.connect(name + b"\0")
    talk(lib, pull, endpoint)


@states("E2.4")
@pytest.mark.parametrize("verb", ["bind", "connect"])
def test_an_abstract_name_that_is_none(lib: Lib, verb: str) -> None:
    with lib.fails(zmqx.EINVAL):
        getattr(lib.socket(zmqx.PULL), verb)("ipc://@")


@states("E2.5")
@pytest.mark.parametrize("verb", ["bind", "connect"])
@pytest.mark.parametrize("first", ["x", "@"])
def test_the_longest_name(lib: Lib, here: Path, verb: str, first: str) -> None:
    pull = lib.socket(zmqx.PULL)
    with lib.fails(zmqx.ENAMETOOLONG):
        getattr(pull, verb)("ipc://" + first + "x" * 107)
    getattr(pull, verb)("ipc://" + first + "x" * 106)


@states("E2.6")
def test_a_folder_that_is_not_there(lib: Lib, here: Path) -> None:
    endpoint = f"ipc://{here}/later/socket"
    pull = lib.socket(zmqx.PULL)
    with lib.fails(zmqx.ENOENT):
        pull.bind(endpoint)
    push = lib.socket(zmqx.PUSH, reconnect_ivl=10)
    push.connect(endpoint)
    push.send(b"x")
    (here / "later").mkdir()
    pull.bind(endpoint)
    assert pull.recv() == b"x"


@states("E2.7")
def test_a_path_that_is_a_folder(lib: Lib, here: Path) -> None:
    with lib.fails(zmqx.EADDRINUSE):
        lib.socket(zmqx.PULL).bind(f"ipc://{here}")


@states("E2.8")
def test_a_peer_that_is_called_star(lib: Lib, here: Path) -> None:
    push = lib.socket(zmqx.PUSH)
    push.connect("ipc://*")
    assert lib.last_endpoint(push) == "ipc://*"
    push.disconnect("ipc://*")
    with socket.socket(socket.AF_UNIX) as star:
        star.bind(str(here / "*"))
        star.listen()
        star.settimeout(10)
        push.connect("ipc://*")
        peer, _ = star.accept()
        peer.close()


@states("E2.9")
def test_a_path_where_somebody_listens(lib: Lib) -> None:
    endpoint = lib.endpoint("ipc")
    first, second = lib.socket(zmqx.PULL), lib.socket(zmqx.PULL)
    first.bind(endpoint)
    if lib.differs(ours=True, libzmq=False, see="0010"):
        with lib.fails(zmqx.EADDRINUSE):
            second.bind(endpoint)
        talk(lib, first, endpoint)
    else:
        second.bind(endpoint)
        talk(lib, second, endpoint)


@states("E2.9")
def test_what_a_dead_listener_left_is_replaced(lib: Lib) -> None:
    endpoint = lib.endpoint("ipc")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(endpoint.removeprefix("ipc://"))
    pull = lib.socket(zmqx.PULL)
    pull.bind(endpoint)
    talk(lib, pull, endpoint)


@states("E2.9")
def test_a_file_that_is_none_of_ours(lib: Lib) -> None:
    endpoint = lib.endpoint("ipc")
    path = Path(endpoint.removeprefix("ipc://"))
    path.write_text("data")
    pull = lib.socket(zmqx.PULL)
    if lib.differs(ours=True, libzmq=False, see="0010"):
        with lib.fails(zmqx.EADDRINUSE):
            pull.bind(endpoint)
        assert path.read_text() == "data"
    else:
        pull.bind(endpoint)
        assert path.is_socket()


@states("E2.10")
def test_an_abstract_name_in_use(lib: Lib) -> None:
    endpoint = lib.bind(lib.socket(zmqx.PULL), "abstract")
    with lib.fails(zmqx.EADDRINUSE):
        lib.socket(zmqx.PULL).bind(endpoint)


@states("E2.11")
@pytest.mark.parametrize("how", ["unbind", "close"])
def test_what_becomes_of_the_file(lib: Lib, how: str) -> None:
    pull = lib.socket(zmqx.PULL)
    endpoint = lib.bind(pull, "ipc")
    path = Path(endpoint.removeprefix("ipc://"))
    if how == "unbind":
        pull.unbind(endpoint)
        # Bound anew elsewhere it has dealt with it.
        lib.bind(pull, "ipc")
    else:
        lib.close(pull)
    stays = lib.differs(ours=False, libzmq=True, see="0010")
    assert path.exists() is stays


@states("E2.12")
def test_the_bytes_are_those_of_tcp(lib: Lib) -> None:
    """The same greeting, the same READY, the same frames."""
    said = []
    for transport in ("tcp", "ipc"):
        push = lib.socket(zmqx.PUSH)
        with RawPeer.connect(lib.bind(push, transport)) as peer:
            peer.sock.sendall(GREETING + ready("PULL", None))
            push.send_multipart([b"one", b"two" * 100])
            data = b""
            while b"two" * 100 not in data:
                data += peer.sock.recv(65536)
            said.append(data)
    assert said[0] == said[1]


@states("E2.13")
@pytest.mark.parametrize("transport", ["ipc", "abstract"])
def test_the_address_of_a_peer_is_what_the_kernel_says_of_it(lib: Lib, transport: str) -> None:
    left, right = lib.socket(zmqx.PAIR), lib.socket(zmqx.PAIR)
    lib.join(left, right, transport=transport)
    for sender, receiver in ((left, right), (right, left)):
        sender.send(b"x")
        address = receiver.recv(copy=False).get("Peer-Address")
        assert address == f"localhost:{os.getuid()}:{os.getgid()}:{os.getpid()}"


@states("E2.13")
@pytest.mark.parametrize(("transport", "address"), [("tcp", "127.0.0.1"), ("tcp6", "::1")])
def test_the_address_of_a_peer_by_tcp(lib: Lib, transport: str, address: str) -> None:
    left, right = (lib.socket(zmqx.PAIR, ipv6=int(transport == "tcp6")) for _ in range(2))
    lib.join(left, right, transport=transport)
    right.send(b"x")
    assert left.recv(copy=False).get("Peer-Address") == address


@states("E2.14")
def test_a_connect_is_over_at_once(lib: Lib) -> None:
    pull = lib.socket(zmqx.PULL)
    push, watcher = watch(lib, zmqx.PUSH)
    push.connect(lib.bind(pull, "ipc"))
    assert watcher.kinds_until("HANDSHAKE_SUCCEEDED") == ["CONNECTED", "HANDSHAKE_SUCCEEDED"]
