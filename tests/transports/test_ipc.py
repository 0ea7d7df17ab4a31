"""ipc:// addresses: paths, abstract names, and whose file it is."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from pathlib import Path

import pytest

import zmqx
from zmqx.constants import SocketType
from zmqx.errors import ZMQError
from zmqx.options import Settings
from zmqx.transports.base import Acceptor
from zmqx.transports.ipc import Ipc

IPC = Ipc()
SETTINGS = Settings(SocketType.PAIR)


def _listen(address: object, **options: object) -> Acceptor:
    settings = SETTINGS.copy()
    for name, value in options.items():
        setattr(settings, name, value)
    return IPC.listen(IPC.check_bind(str(address)), settings)


def _refused(address: object) -> int | None:
    with pytest.raises(ZMQError) as caught:
        _listen(address).close()
    assert str(address) in str(caught.value)
    return caught.value.errno


def _answers(path: object) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def test_a_path_is_bound_and_its_file_removed(short_path: Path) -> None:
    path = short_path / "sock"
    acceptor = _listen(path)
    assert acceptor.endpoint == f"ipc://{path}"
    assert path.is_socket()
    assert _answers(path)
    acceptor.close()
    assert not path.exists()


def test_a_relative_path_is_removed_wherever_we_are_by_then(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(short_path)
    acceptor = _listen("relative")
    assert acceptor.endpoint == "ipc://relative"
    monkeypatch.chdir("/")
    acceptor.close()
    assert list(short_path.iterdir()) == []


def test_an_abstract_name(short_path: Path) -> None:
    name = f"@zmqx-{os.urandom(8).hex()}"
    acceptor = _listen(name)
    assert acceptor.endpoint == f"ipc://{name}"
    assert _answers("\0" + name[1:])
    assert _refused(name) == zmqx.EADDRINUSE
    acceptor.close()
    _listen(name).close()


@pytest.mark.parametrize("address", ["*", "*whatever"])
def test_a_path_of_our_choice(short_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short_path))
    acceptors = [_listen(address) for _ in range(2)]
    paths = [acceptor.endpoint.removeprefix("ipc://") for acceptor in acceptors]
    assert len(set(paths)) == 2
    for path in paths:
        assert path.startswith(str(short_path))
        assert _answers(path)
        assert os.stat(os.path.dirname(path)).st_mode & 0o077 == 0, "others may come in"
    for acceptor in acceptors:
        acceptor.close()
    assert list(short_path.iterdir()) == []


@pytest.mark.parametrize("length", [107, 108, 300])
def test_the_length_of_a_path(short_path: Path, length: int) -> None:
    path = str(short_path) + "/" + "p" * (length - len(str(short_path)) - 1)
    if length < 108:
        _listen(path).close()
        IPC.check_connect(path)
        return
    for check in (IPC.check_bind, IPC.check_connect):
        with pytest.raises(ZMQError) as caught:
            check(path)
        assert caught.value.errno == zmqx.ENAMETOOLONG
        assert path in str(caught.value)


@pytest.mark.parametrize("letter", ["x", "\u00e9"])
def test_the_length_of_an_abstract_name_is_in_bytes(letter: str) -> None:
    most = 106 // len(letter.encode())
    _listen("@" + letter * most).close()
    with pytest.raises(ZMQError) as caught:
        IPC.check_bind("@" + letter * (most + 1))
    assert caught.value.errno == zmqx.ENAMETOOLONG


@pytest.mark.parametrize("address", ["@", "a\0b"])
def test_what_is_no_address(address: str) -> None:
    for check in (IPC.check_bind, IPC.check_connect):
        with pytest.raises(ZMQError) as caught:
            check(address)
        assert caught.value.errno == zmqx.EINVAL


def test_a_missing_folder(short_path: Path) -> None:
    assert _refused(short_path / "missing" / "sock") == zmqx.ENOENT


def test_a_path_below_a_file(short_path: Path) -> None:
    (short_path / "file").write_bytes(b"")
    with pytest.raises(ZMQError, match="Not a directory"):
        _listen(short_path / "file" / "sock")


def test_a_folder_that_is_not_ours_to_write_to(short_path: Path) -> None:
    short_path.chmod(0o500)
    try:
        if os.access(short_path, os.W_OK):
            # Root may write anywhere but where nobody can.
            with pytest.raises(ZMQError):
                _listen("/proc/sock")
            return
        assert _refused(short_path / "sock") == zmqx.EACCES
    finally:
        short_path.chmod(0o700)


# -- whose file it is


def _leave_a_dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


def test_what_a_dead_listener_left_is_replaced(short_path: Path) -> None:
    path = short_path / "sock"
    _leave_a_dead_socket(path)
    acceptor = _listen(path)
    assert _answers(path)
    acceptor.close()
    assert not path.exists()


def test_a_living_listener_keeps_its_path(short_path: Path) -> None:
    path = short_path / "sock"
    first = _listen(path)
    assert _refused(path) == zmqx.EADDRINUSE
    assert _answers(path)
    first.close()


def test_a_living_listener_with_a_full_backlog_keeps_its_path(short_path: Path) -> None:
    path = short_path / "sock"
    first = _listen(path, backlog=0)
    waiting = []
    for _ in range(50):
        probe = socket.socket(socket.AF_UNIX)
        probe.setblocking(False)
        waiting.append(probe)
        if probe.connect_ex(str(path)):
            break
    assert _refused(path) == zmqx.EADDRINUSE
    for probe in waiting:
        probe.close()
    first.close()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_not_ours_to_remove(short_path: Path, kind: str) -> None:
    path = short_path / "precious"
    if kind == "file":
        path.write_bytes(b"content")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(short_path / "elsewhere")
    assert _refused(path) == zmqx.EADDRINUSE
    assert os.path.lexists(path)


@pytest.mark.parametrize("other", ["socket", "file", "nothing"])
def test_a_file_that_took_the_place_of_ours_stays(short_path: Path, other: str) -> None:
    path = short_path / "sock"
    ours = _listen(path)
    path.unlink()
    theirs = _listen(path) if other == "socket" else None
    if other == "file":
        path.write_bytes(b"content")
    ours.close()
    assert path.exists() == (other != "nothing")
    if theirs is not None:
        assert _answers(path)
        theirs.close()


def test_a_failed_bind_leaves_nothing(short_path: Path) -> None:
    path = short_path / "sock"
    first = _listen(path)
    _refused(path)
    first.close()
    assert list(short_path.iterdir()) == []


@pytest.mark.parametrize(("option", "name"), [("sndbuf", socket.SO_SNDBUF), ("rcvbuf", socket.SO_RCVBUF)])
def test_buffers_take_effect(short_path: Path, option: str, name: int) -> None:
    acceptor = _listen(short_path / "sock", **{option: 20_000})
    with socket.socket(fileno=os.dup(acceptor.fileno())) as view:
        assert view.getsockopt(socket.SOL_SOCKET, name) in (20_000, 40_000)
    acceptor.close()


def test_a_closed_socket_leaves_no_file(ctx: zmqx.Context, short_path: Path) -> None:
    pull = ctx.socket(zmqx.PULL)
    pull.bind(f"ipc://{short_path}/one")
    pull.bind(f"ipc://{short_path}/two")
    pull.unbind(f"ipc://{short_path}/one")
    assert [path.name for path in short_path.iterdir()] == ["two"]
    pull.close()
    assert list(short_path.iterdir()) == []


def test_an_abstract_name_need_not_be_text(ctx: zmqx.Context) -> None:
    """Python spells bytes that are none as surrogates."""
    name = b"zmqx-\x80-" + os.urandom(4).hex().encode()
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    endpoint = pull.bind("ipc://@" + name.decode(errors="surrogateescape"))
    assert pull.last_endpoint == b"ipc://@" + name
    push.connect(endpoint)
    push.send(b"x")
    assert pull.recv(timeout=10_000) == b"x"


@pytest.mark.parametrize("backlog", [0, 3])
def test_the_backlog_is_the_kernels(short_path: Path, backlog: int) -> None:
    """Linux takes one more than it is told."""
    path = short_path / "sock"
    acceptor = _listen(path, backlog=backlog)
    waiting = [socket.socket(socket.AF_UNIX) for _ in range(backlog + 2)]
    for sock in waiting:
        sock.setblocking(False)
    assert [sock.connect_ex(str(path)) for sock in waiting] == [0] * (backlog + 1) + [errno.EAGAIN]
    for sock in waiting:
        sock.close()
    acceptor.close()
