"""A scenario in a process of its own, for what libzmq does not survive or hangs in.

``run(scenario, ours=False)``, where ``scenario(lib)`` is a function at the top of a test module and returns something
that JSON can carry.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

_ROOT = Path(__file__).parents[2]


class Outcome(NamedTuple):
    """What became of the process: the scenario's result, and the signal that killed it or 0. ``hung``: it was
    killed because it did not end."""

    value: Any
    signal: int
    hung: bool


def run(scenario: Callable[[Any], Any], *, ours: bool, seconds: float = 20) -> Outcome:
    """Run a scenario in a new process, with one of the libraries, for so long at most."""
    command = [sys.executable, "-m", __name__, scenario.__module__, scenario.__qualname__, "ours" if ours else ""]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            said, complained = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Outcome(None, 0, True)
    if process.returncode > 0:
        raise AssertionError(complained.decode())
    return Outcome(json.loads(said) if said else None, -process.returncode, False)


def _main(module: str, name: str, ours: str) -> None:
    from .lib import Lib

    numbers = count()
    with tempfile.TemporaryDirectory(prefix="zx") as folder:

        def endpoint_of(transport: str) -> str:
            name = f"{os.getpid()}-{next(numbers)}"
            return {
                "tcp": "tcp://127.0.0.1:*",
                "tcp6": "tcp://[::1]:*",
                "ipc": f"ipc://{folder}/{name}",
                "abstract": f"ipc://@zmqx-test-{name}",
                "inproc": f"inproc://{name}",
            }[transport]

        lib = Lib(bool(ours), endpoint_of)
        value = getattr(importlib.import_module(module), name)(lib)
        sys.stdout.write(json.dumps(value))
        sys.stdout.flush()
        lib.end()


if __name__ == "__main__":
    _main(*sys.argv[1:])
