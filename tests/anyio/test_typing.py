"""A program with type hints passes mypy's strictest setting, and a wrong one does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = '''
from __future__ import annotations

import anyio

import zmqx
from zmqx.anyio import Context, Socket


async def serve(rep: Socket) -> int:
    count = 0
    async for message in rep:
        body: bytes = message[0]
        await rep.send_multipart([body.upper(), b"!"], timeout=1000)
        count += 1
    return count


async def main() -> None:
    async with Context() as ctx:
        rep: Socket = ctx.socket(zmqx.REP, linger=0)
        async with rep, rep.events(zmqx.Event.ACCEPTED) as events:
            endpoint: str = rep.bind("tcp://127.0.0.1:*")
            req: Socket = Context(shadow=ctx).socket(zmqx.REQ)
            req.connect(endpoint)
            await req.send(b"x")
            tracker = await req.send(b"x", copy=False, track=True)
            if tracker is not None:
                tracker.wait(1)
            async for event in events:
                print(event.kind, event.endpoint)
                break
            ready: int = await rep.poll(10, zmqx.POLLIN)
            peers: int = await rep.wait_connected(1, timeout=10)
            print(ready + peers, await serve(rep), req.closed)


anyio.run(main, backend="trio")
'''

WRONG = '''
from zmqx.anyio import Socket


async def main(socket: Socket) -> None:
    await socket.send(b"", timeout="soon")
    await socket.close()
    for message in socket:
        pass
'''


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What mypy has to say of each program."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "right.py").write_text(PROGRAM)
    (folder / "wrong.py").write_text(WRONG)
    (folder / "mypy.ini").write_text("[mypy]\nstrict = true\npython_version = 3.10\n")
    command = [sys.executable, "-m", "mypy", "--cache-dir", "cache", "right.py", "wrong.py"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=50, check=False)
    assert not result.stderr
    lines = result.stdout.splitlines()
    return {name: [line for line in lines if line.startswith(f"{name}.py")] for name in ("right", "wrong")}


def test_a_typed_program_passes(said: dict[str, list[str]]) -> None:
    assert not said["right"]


def test_mistakes_are_found(said: dict[str, list[str]]) -> None:
    found = said["wrong"]
    assert {line.split(":")[1] for line in found if ": error:" in line} == {"6", "7", "8"}
