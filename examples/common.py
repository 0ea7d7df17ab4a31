"""What puts the examples on stage: their parts as processes, or over inproc as threads of one Context.

No part needs this module: each is a program of its own, and runs in a terminal of its own. The run.py beside the
parts starts them together, and hears what they print. A part is a script whose ``main(ctx, ...)`` takes what its
command line takes.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

import zmqx

WITHIN = 30.0  # seconds for a whole example
PARTING = 5.0  # seconds for parts that were told to stop
STOPPED = (0, -signal.SIGINT, 128 + signal.SIGINT)


def say(text: str, out: Any = None) -> None:
    """Print a line at once. Who reads no more (``| head``) does not disturb."""
    try:
        print(text, file=out, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.__stdout__.fileno())
        os.close(nowhere)


class Failed(Exception):
    """The example did not do what it is for."""


class Interrupted(BaseException):
    """Somebody wants the whole to stop: Ctrl-C, or a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.number = number
        self.code = 128 + number


@dataclass
class Outcome:
    """What an example did, in a line of the table."""

    pattern: str
    messages: int = 0
    result: str = ""
    parts: int = 0
    seconds: float = 0.0
    ok: bool = False


@dataclass
class Part:
    """A running part, and what it said so far. ``code`` is None while it runs."""

    label: str
    stage: Stage
    process: subprocess.Popen[str] | None = None
    thread: threading.Thread | None = None
    lines: list[str] = field(default_factory=list)
    code: int | None = None

    def heard(self, pattern: str) -> re.Match[str]:
        """The first line in which ``pattern`` is found; waits for it."""

        def look() -> re.Match[str] | None:
            found = next(filter(None, (re.search(pattern, line) for line in self.lines)), None)
            if found is None and self.code is not None:
                raise Failed(f"{self.label} ended without saying {pattern!r}")
            return found

        return self.stage.until(look, f"{self.label} to say {pattern!r}")


class Stage:
    """The parts of one example. At the end of a ``with`` block none of them runs any more."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._template = endpoint
        self._named: list[str] = []
        self._context = zmqx.Context() if endpoint.startswith("inproc:") else None
        self._news = threading.Condition()
        self._deadline = monotonic() + WITHIN
        self._silent = False
        self._leaving = False
        self._out = sys.stdout
        self._redirection = redirect_stdout(_LabelledOutput(self, self._out))  # type: ignore[type-var]
        self.parts: list[Part] = []

    # -- for run.py

    def endpoint(self, name: str) -> str:
        """An endpoint for one of the parts to bind: a port, a path or a name of its own."""
        transport, _, address = self._template.partition("://")
        host, _, port = address.rpartition(":")
        if "*" in address or (transport == "tcp" and not port.isdigit()):
            return self._template
        if name not in self._named:
            self._named.append(name)
        if transport == "tcp":
            return f"tcp://{host}:{int(port) + self._named.index(name)}"
        return f"{self._template}-{name}"

    def start(self, script: str, label: str = "", **arguments: Any) -> Part:
        """Start a part. The arguments are those of its ``main``, and the options of its command line."""
        part = Part(label or Path(script).stem, self)
        self.parts.append(part)
        if self._context is None:
            self._start_process(part, script, arguments)
        else:
            self._start_thread(part, script, arguments)
        return part

    def wait(self, *parts: Part) -> None:
        """Wait until these parts have ended, and ended well."""
        names = ", ".join(part.label for part in parts)
        self.until(lambda: all(part.code == 0 for part in parts) or None, f"the end of {names}")

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """Wait until ``look`` finds something. Fails as soon as any part does."""
        with self._news:
            while True:
                for part in self.parts:
                    if part.code:
                        raise Failed(f"{part.label} ended with exit code {part.code}")
                found = look()
                if found is not None:
                    return found
                if not self._news.wait(self._deadline - monotonic()) and monotonic() >= self._deadline:
                    raise Failed(f"waited in vain for {what}")

    # -- parts

    def _start_process(self, part: Part, script: str, arguments: dict[str, Any]) -> None:
        command = [sys.executable, "-u", str(self._folder / script)]
        for name, value in arguments.items():
            command += [f"--{name}", *map(str, value if isinstance(value, list) else [value])]
        part.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        part.thread = threading.Thread(target=self._listen, args=(part, part.process), daemon=True)
        part.thread.start()

    def _listen(self, part: Part, process: subprocess.Popen[str]) -> None:
        with process:
            for line in process.stdout or ():
                self.hear(part, line.rstrip("\n"))
        self._ended(part, process.returncode)

    def _start_thread(self, part: Part, script: str, arguments: dict[str, Any]) -> None:
        main = _load(self._folder / script).main
        part.thread = threading.Thread(target=self._play, args=(part, main, arguments), daemon=True)
        part.thread.start()

    def _play(self, part: Part, main: Callable[..., None], arguments: dict[str, Any]) -> None:
        code = 1
        try:
            main(self._context, **arguments)
            code = 0
        except SystemExit as end:
            self.hear(part, str(end.code))
        except BaseException as error:  # noqa: BLE001  # a thread's error is its exit code
            if self._leaving and isinstance(error, zmqx.ContextTerminated):
                code = 0
            else:
                for line in traceback.format_exc().splitlines():
                    self.hear(part, line)
        self._ended(part, code)

    def hear(self, part: Part, line: str) -> None:
        """Note a line of a part, and show it."""
        with self._news:
            part.lines.append(line)
            if not self._silent:
                say(f"  {part.label:<12} | {line}", self._out)
            self._news.notify_all()

    def _ended(self, part: Part, code: int) -> None:
        with self._news:
            part.code = code
            self._news.notify_all()

    # -- the end

    def silence(self) -> None:
        """Show nothing more: what parts say when they are interrupted hides the reason."""
        self._silent = True

    def __enter__(self) -> Stage:
        self._redirection.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        if exc[0] is not None:
            self.silence()
        try:
            if self._context is None and isinstance(exc[1], Interrupted) and exc[1].number == signal.SIGINT:
                self._join(0.5)  # Ctrl-C in a terminal reaches every part; a second one would disturb its end
            self._stop()
        except Interrupted:
            self._stop()
            raise
        finally:
            self._redirection.__exit__(None, None, None)
        bad = [part.label for part in self.parts if part.code not in STOPPED]
        if bad and exc[0] is None:
            raise Failed(f"did not end well when told to stop: {', '.join(bad)}")

    def _stop(self) -> None:
        self._leaving = True
        if self._context is not None:
            self._context.shutdown()
        else:
            for part in self.parts:
                if part.code is None and part.process is not None:
                    part.process.send_signal(signal.SIGINT)
        self._join(PARTING)
        for part in self.parts:
            if part.code is None and part.process is not None:
                part.process.kill()
        self._join(PARTING)
        if self._context is not None:
            self._context.destroy(linger=0, timeout=1000)

    def _join(self, seconds: float) -> None:
        deadline = monotonic() + seconds
        for part in self.parts:
            if part.thread is not None:
                part.thread.join(max(0.0, deadline - monotonic()))


class _LabelledOutput:
    """What threads print, line by line, as what the part of that thread says."""

    def __init__(self, stage: Stage, out: Any) -> None:
        self._stage = stage
        self._out = out
        self._line = threading.local()

    def write(self, text: str) -> int:
        current = threading.current_thread()
        part = next((part for part in self._stage.parts if part.thread is current), None)
        if part is None:
            return int(self._out.write(text))
        *lines, self._line.rest = (getattr(self._line, "rest", "") + text).split("\n")
        for line in lines:
            self._stage.hear(part, line)
        return len(text)

    def flush(self) -> None:
        self._out.flush()


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def perform(folder: Path, endpoint: str) -> Outcome:
    """Run an example: ``play(stage)`` of its run.py says how, and returns the number of messages and the result."""
    play: Callable[[Stage], tuple[int, str]] = _load(folder / "run.py").play
    outcome = Outcome(folder.name)
    start = monotonic()
    say(f"{folder.name}, over {endpoint}")
    try:
        with _signals() as interrupted, Stage(folder, endpoint) as stage:
            interrupted.append(stage.silence)
            try:
                outcome.messages, outcome.result = play(stage)
            finally:
                outcome.parts = len(stage.parts)
        outcome.ok = True
    except (Failed, zmqx.ZMQError) as error:
        outcome.result = str(error)
    outcome.seconds = monotonic() - start
    return outcome


class _signals:
    """A ``with`` block in which signals that end a program raise Interrupted, once."""

    def __enter__(self) -> list[Callable[[], None]]:
        self._first: list[Callable[[], None]] = []
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._before = {number: signal.signal(number, self._raise) for number in numbers}
        return self._first

    def _raise(self, number: int, frame: object) -> NoReturn:
        for ignored in self._before:
            signal.signal(ignored, signal.SIG_IGN)  # the parts are being stopped already
        for call in self._first:
            call()
        raise Interrupted(number)

    def __exit__(self, *exc: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)


def run(script: str) -> int:
    """The command line of every run.py; returns the exit code."""
    folder = Path(script).resolve().parent
    parser = argparse.ArgumentParser(description=f"Run the example {folder.name}, all parts together.")
    parser.add_argument(
        "--endpoint",
        default="tcp://127.0.0.1:*",
        help="tcp://127.0.0.1:*, ipc://*, ipc:///some/path: processes; inproc://name: threads (default: %(default)s)",
    )
    try:
        outcome = perform(folder, parser.parse_args().endpoint)
    except Interrupted as end:
        print(end, file=sys.stderr)
        return end.code
    told = f"{outcome.parts} parts, {outcome.messages} messages, {outcome.seconds:.1f} s: {outcome.result}"
    say(f"ok: {told}" if outcome.ok else f"FAILED: {outcome.result}")
    return 0 if outcome.ok else 1
