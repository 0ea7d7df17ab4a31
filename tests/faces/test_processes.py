"""Programs that fork: how children end, multiprocessing in all its ways, servers that fork their workers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import zmqx

from ..support.forks import Child

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

# Python 3.12 and later warn of threads; 3.10 and 3.11 know no such warning.
QUIET = ["-W", "error", "-W", "ignore::DeprecationWarning"]


def run(program: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *QUIET, "-c", program, *args], capture_output=True, text=True, timeout=40, check=False
    )


HOW_CHILDREN_END = {
    "os._exit": ("os._exit(3)", 3, ""),
    "sys.exit": ("sys.exit(3)", 3, ""),
    "error": ("raise SystemError('the end')", 1, "SystemError: the end"),
    "fall-off": ("pass", 0, ""),
    "destroy": ("ctx.destroy(); sys.exit(3)", 3, ""),
    "term": ("ctx.term(); sys.exit(3)", 3, ""),
    "collected": ("del push, ctx; gc.collect(); sys.exit(3)", 3, ""),
    "use": ("push.send(b'from the child')", 1, "made before this process was forked"),
    "atexit": ("atexit.register(lambda: push.close(0)); sys.exit(3)", 3, ""),
    "own-context": (
        "own = zmqx.Context(); mine = own.socket(zmqx.PUSH); mine.connect(sys.argv[1]); mine.send(b'mine')", 0, "",
    ),
    "killed": ("os.kill(os.getpid(), 9)", -9, ""),
}  # fmt: skip

PROGRAM = """
import atexit, gc, os, sys
import zmqx
ctx = zmqx.Context()
push = ctx.socket(zmqx.PUSH, sndhwm=0)
push.connect(sys.argv[1])
for number in range(500):
    push.send(b"%d" % number)
pid = os.fork()
if pid == 0:
    {child}
else:
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    push.send(b"end")
"""


@pytest.mark.parametrize(("child", "code", "error"), HOW_CHILDREN_END.values(), ids=HOW_CHILDREN_END)
def test_a_child_ends_and_what_its_parent_sends_arrives_once(
    ctx: zmqx.Context, child: str, code: int, error: str
) -> None:
    pull = ctx.socket(zmqx.PULL)
    result = run(PROGRAM.format(child=child), pull.bind("tcp://127.0.0.1:*"))
    assert result.returncode == 0
    assert result.stdout == f"{code}\n"
    assert error in result.stderr if error else result.stderr == ""
    got = [pull.recv(timeout=10_000) for _ in range(501 + ("mine" in child))]
    if "mine" in child:
        got.remove(b"mine")
    assert got == [b"%d" % number for number in range(500)] + [b"end"]
    assert pull.poll(0) == 0


MULTIPROCESSING = """
import multiprocessing, sys
import zmqx

here = zmqx.Context.instance() if __name__ == "__main__" else None

def send(endpoint, name):
    "Everything is dropped as soon as it is sent."
    push = {context}.socket(zmqx.PUSH)
    push.connect(endpoint)
    for number in range(50):
        push.send_string(f"{{name}}:{{number}}")

if __name__ == "__main__":
    method = multiprocessing.get_context(sys.argv[1])
    pull = here.socket(zmqx.PULL)
    endpoint = str(pull.bind("tcp://127.0.0.1:*"))
    processes = [method.Process(target=send, args=(endpoint, str(which))) for which in range(3)]
    for process in processes:
        process.start()
    got = {{pull.recv_string(timeout=20_000) for _ in range(150)}}
    for process in processes:
        process.join(20)
    print(len(got), [process.exitcode for process in processes])
    here.destroy(linger=0)
"""


@pytest.mark.parametrize("context", ["zmqx.Context()", "zmqx.Context.instance()"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tmp_path: Path, method: str, context: str) -> None:
    """What a child sends just before its end arrives: these processes end without atexit."""
    program = tmp_path / "program.py"
    program.write_text(MULTIPROCESSING.format(context=context))
    result = subprocess.run(
        [sys.executable, *QUIET, str(program), method], capture_output=True, text=True, timeout=50, check=False
    )
    assert (result.stdout, result.stderr) == ("150 [0, 0, 0]\n", "")


POOL = """
import concurrent.futures, multiprocessing, sys
import zmqx

def ask(endpoint, number):
    with zmqx.Context.instance().socket(zmqx.REQ) as req:
        req.connect(endpoint)
        req.send(b"%d" % number)
        return int(req.recv(timeout=20_000))

if __name__ == "__main__":
    import threading
    ctx = zmqx.Context()
    rep = ctx.socket(zmqx.REP)
    endpoint = str(rep.bind("tcp://127.0.0.1:*"))
    def serve():
        for _ in range(20):
            rep.send(b"%d" % (int(rep.recv()) ** 2))
    server = threading.Thread(target=serve)
    server.start()
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context(sys.argv[1])) as pool:
        print(sum(pool.map(ask, [endpoint] * 20, range(20))))
    server.join()
    ctx.destroy(linger=0)
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_of_processes(tmp_path: Path, method: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(POOL)
    result = subprocess.run(
        [sys.executable, *QUIET, str(program), method], capture_output=True, text=True, timeout=50, check=False
    )
    assert (result.stdout, result.stderr) == (f"{sum(number**2 for number in range(20))}\n", "")


def test_workers_of_one_listening_socket(ctx: zmqx.Context) -> None:
    """The parent binds, and has no context; each child adopts the socket, and the system spreads the clients."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        port = listening.getsockname()[1]
        reading, writing = os.pipe()

        def work() -> int:
            served = 0
            with zmqx.Context() as mine, mine.socket(zmqx.REP) as rep:
                rep.bind_socket(listening)
                poller = zmqx.Poller()
                poller.register(rep, zmqx.POLLIN)
                poller.register(reading, zmqx.POLLIN)
                while reading not in (ready := dict(poller.poll(20_000))):
                    assert ready, "nobody asks"
                    rep.send(rep.recv() + b"!")
                    served += 1
            return served

        workers = [Child(work) for _ in range(3)]
    for number in range(30):
        with ctx.socket(zmqx.REQ) as req:
            req.connect(f"tcp://127.0.0.1:{port}")
            req.send(b"%d" % number)
            assert req.recv(timeout=20_000) == b"%d!" % number
    os.write(writing, b".")
    assert sum(worker.result() for worker in workers) == 30
    os.close(reading)
    os.close(writing)


def test_other_programs_inherit_nothing(ctx: zmqx.Context) -> None:
    """Descriptors close when another program is started, also from a child with its own preparations."""
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    push.connect(pull.bind("tcp://127.0.0.1:*"))
    push.send(b"x")
    assert pull.recv(timeout=10_000) == b"x"
    program = """if True:
        import os
        for fd in range(100):
            if os.path.lexists(f"/proc/self/fd/{fd}"):
                print(os.readlink(f"/proc/self/fd/{fd}"))
    """
    for more in ({}, {"preexec_fn": lambda: None}):
        listed = subprocess.run(
            [sys.executable, "-c", program],
            close_fds=False,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            **more,
        )
        assert "socket:" not in listed.stdout
        assert "eventpoll" not in listed.stdout
        assert "eventfd" not in listed.stdout
    push.send(b"y")
    assert pull.recv(timeout=10_000) == b"y"
