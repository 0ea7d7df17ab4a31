"""A process of a sample: imports its contender, runs one program, and talks to the parent in lines of JSON.

Standard output is the line to the parent; whatever else is printed goes to standard error.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, TextIO


class Link:
    """The line to the parent."""

    def __init__(self, incoming: TextIO, outgoing: TextIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def tell(self, **values: Any) -> None:
        self._outgoing.write(json.dumps(values) + "\n")
        self._outgoing.flush()

    def hear(self) -> dict[str, Any]:
        """What the parent says next; ends the process if the parent hung up."""
        line = self._incoming.readline()
        if not line:
            raise SystemExit(1)
        heard: dict[str, Any] = json.loads(line)
        return heard


def _end_at_once(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Say what went wrong, and end the process whatever else still waits in it: the sample is lost anyway."""
    traceback.print_exception(kind, error, trace)
    sys.stderr.flush()
    os._exit(1)


def main() -> None:
    """Run the program that the first line on standard input names."""
    # An interrupt from the terminal reaches every process; the parent alone decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.excepthook = _end_at_once
    threading.excepthook = lambda failure: _end_at_once(failure.exc_type, failure.exc_value, failure.exc_traceback)
    line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    link = Link(sys.stdin, line)
    task = link.hear()
    # A limit that needs nothing of the main thread, and costs nothing until it is over.
    faulthandler.dump_traceback_later(task["limit"], exit=True)
    module_name, _, name = task["program"].partition(":")
    program = getattr(importlib.import_module(module_name), name)
    contender = importlib.import_module(task["module"]) if task["module"] else None
    program(link, contender, **task["params"])


if __name__ == "__main__":
    main()
