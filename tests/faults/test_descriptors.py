"""No descriptors left: accepting pauses, says so once, and goes on; those who are in notice nothing."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zmqx
from zmqx.engine.readiness import EpollSet

from ..support.raw_peer import address_of

# A server with room for ten more descriptors. It says what it sees, a line each.
PROGRAM = """
import os, resource, sys, threading, zmqx
from zmqx.constants import Event

ctx = zmqx.Context()
pull = ctx.socket(zmqx.PULL)
events = pull.events(Event.ACCEPT_FAILED)
endpoint = pull.bind("tcp://127.0.0.1:*")
pull.poll(0)
used = max(map(int, os.listdir("/proc/self/fd")))
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (used + 11, hard))
print(endpoint, flush=True)

def tell():
    for event in events:
        print("failed", os.strerror(event.value), flush=True)

telling = threading.Thread(target=tell)
telling.start()
for message in pull:
    print("got", message[0].decode(), flush=True)
    if message[0] == b"late":
        break
stats = pull.stats()
print("stats", stats.connections, stats.refused, flush=True)
pull.close()
telling.join()
ctx.term()
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which descriptors are open")
def test_accepting_pauses_says_so_once_and_goes_on(server: subprocess.Popen[str], ctx: zmqx.Context) -> None:
    assert server.stdout is not None
    endpoint = server.stdout.readline().strip()
    first = ctx.socket(zmqx.PUSH)
    first.connect(endpoint)
    first.send(b"first")
    assert server.stdout.readline() == "got first\n"
    crowd = [socket.create_connection(address_of(endpoint), timeout=20) for _ in range(20)]
    try:
        assert server.stdout.readline() == "failed Too many open files\n"
        first.send(b"meanwhile")
        assert server.stdout.readline() == "got meanwhile\n"
        waiting = ctx.socket(zmqx.PUSH)
        waiting.connect(endpoint)
        assert waiting.poll(500, zmqx.POLLOUT)  # queued, as the server is not there yet
        waiting.send(b"late")
    finally:
        for sock in crowd:
            sock.close()
    assert server.stdout.readline() == "got late\n"
    assert server.stdout.readline().split()[2] == "0"
    out, err = server.communicate(timeout=20)
    assert (out, server.returncode) == ("", 0), "told once"
    assert "cannot accept for the time being" in err
    assert "accepts again" in err


# Tries everything that takes a descriptor when there is none, a line each.
TRIES = """
import os, resource, sys, zmqx

sys.unraisablehook = lambda what: print("unraisable", what)
ctx = zmqx.Context()
sock = {name: ctx.socket(zmqx.SocketType[name]) for name in ("PUSH", "RADIO", "DISH")}
fresh, held = zmqx.Context(), []
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (60, hard))
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
tries = {
    "tcp": lambda: sock["PUSH"].bind("tcp://127.0.0.1:*"),
    "interface": lambda: sock["PUSH"].bind("tcp://lo:*"),
    "name": lambda: sock["PUSH"].bind("tcp://localhost:*"),
    "ws": lambda: sock["PUSH"].bind("ws://lo:*"),
    "ipc": lambda: sock["PUSH"].bind("ipc://%s"),
    "any ipc": lambda: sock["PUSH"].bind("ipc://*"),
    "udp": lambda: sock["DISH"].bind("udp://127.0.0.1:*"),
    "to udp": lambda: sock["RADIO"].connect("udp://127.0.0.1:9"),
    "FD": lambda: sock["PUSH"].fileno(),
    "context": lambda: fresh.socket(zmqx.PUSH),
}
found = {}
for name, attempt in tries.items():
    try:
        found[name] = attempt()
    except zmqx.ZMQError as error:
        found[name] = error.errno
    except Exception as error:
        found[name] = repr(error)
for fd in held:
    os.close(fd)
for name, what in found.items():
    print(name, what)
ctx.destroy(linger=0)
fresh.destroy(linger=0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks for more descriptors than there may be")
def test_without_descriptors_calls_fail_as_calls_do(tmp_path: Path) -> None:
    """With a ZMQError that says why, and nothing left behind."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    program = [sys.executable, "-W", "error", "-c", TRIES % (tmp_path / "socket")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, env=environment)
    assert done.stderr == ""
    found = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert found == dict.fromkeys(found, str(errno.EMFILE))
    assert len(found) == 10
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="counts what epoll is asked for")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENOMEM])
def test_where_no_more_can_be_watched_one_tries_again(
    ctx: zmqx.Context, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Both sides: a connect under way, and connections that are made."""
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH, reconnect_ivl=5)
    endpoint = pull.bind("tcp://127.0.0.1:*")
    add, failures = EpollSet.add, iter([True, False, True, True, False, True, False, True])
    failed: list[int] = []

    def fail_now_and_then(self: EpollSet, fd: int, mask: int) -> None:
        if next(failures, False):
            failed.append(fd)
            raise OSError(number, os.strerror(number))
        add(self, fd, mask)

    monkeypatch.setattr(EpollSet, "add", fail_now_and_then)
    push.connect(endpoint)
    push.send(b"x")
    assert pull.recv(timeout=20_000) == b"x"
    assert len(failed) == 5
