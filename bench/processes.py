"""The parent's side of a sample's processes: start them, talk to them, and never wait without a limit."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, Any

from .case import Contender

ROOT = Path(__file__).resolve().parents[1]

#: Seconds that a process may need for one step (an answer), and to end once all is said.
STEP = 30.0
_END = 10.0

# Characters of what a process wrote to standard error that are worth showing: the end tells what happened.
_TAIL = 3000


class SampleFailed(Exception):
    """A process ended, or was silent for too long. ``detail`` is what the sample's processes had to say of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.detail = ""


@contextmanager
def address(transport: str) -> Iterator[str]:
    """What to bind to: a port of the system's choice, or a name that nobody else has."""
    if transport == "ipc":
        with tempfile.TemporaryDirectory(prefix="zb") as folder:
            yield f"ipc://{folder}/s"
    else:
        yield {"tcp": "tcp://127.0.0.1:*", "inproc": "inproc://bench"}[transport]


def environment(contender: Contender) -> dict[str, str]:
    """The environment of a contender's processes: ours, with the bench and our own path to import from."""
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [str(ROOT), *(os.path.abspath(entry) for entry in inherited if entry)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), **dict(contender.environment)}


class Child:
    """A process that runs one program for one contender. Use it in a ``with`` block: it is gone afterwards."""

    def __init__(self, program: str, contender: Contender, **params: Any) -> None:
        """``program`` is ``module:function`` below ``bench.cases``; ``params`` are its keyword arguments."""
        self._program = program
        self._heard = b""
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by __exit__
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment(contender),
            )
        except BaseException:
            self._errors.close()
            raise
        self.tell(program=f"bench.cases.{program}", module=contender.module, limit=2 * STEP, params=params)

    def tell(self, **values: Any) -> None:
        """Say something to the process."""
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps(values).encode() + b"\n")
            pipe.flush()
        except BrokenPipeError:
            pass  # it has ended: the next answer that does not come, or its exit status, says so

    def hear(self, seconds: float = STEP) -> dict[str, Any]:
        """What the process says next. Raises SampleFailed if it ends, or says nothing for so long."""
        pipe = self._process.stdout
        assert pipe is not None
        deadline = monotonic() + seconds
        while b"\n" not in self._heard:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - monotonic()))
            if not ready:
                raise SampleFailed(f"{self._program} said nothing for {seconds:g} s")
            more = os.read(pipe.fileno(), 65536)
            if not more:
                raise SampleFailed(f"{self._program} ended early")
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ended_well(self, seconds: float) -> bool:
        """Wait for the end; make it come when the time is up. Whether it came by itself, and well."""
        try:
            return self._process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        # Where something has failed already, a moment is enough: it serves to collect what this one says of it.
        well = self._ended_well(_END if kind is None else 0.2)
        with self._errors as errors:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()[-_TAIL:]
        if kind is None and not well:
            # A sample in which a process could not end is no good either.
            error = SampleFailed(f"{self._program} did not end well")
        if isinstance(error, SampleFailed) and said:
            error.detail += f"--- {self._program}\n{said}\n"
        if kind is None and isinstance(error, SampleFailed):
            raise error
