"""What a reader has to know of the machine, and nothing that names it."""

from __future__ import annotations

import importlib
import os
import platform
from typing import Any


def usable_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def allow_descriptors() -> None:
    """Let this process open as many descriptors as the system lets it."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def describe() -> dict[str, Any]:
    """Processors, interpreter, libraries and kernel."""
    zmq = importlib.import_module("zmq")
    zmqx = importlib.import_module("zmqx")
    return {
        "processors": os.cpu_count(),
        "processors usable": usable_processors(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "zmqx": zmqx.__version__,
        "pyzmq": zmq.__version__,
        "libzmq": zmq.zmq_version(),
        "kernel": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
    }
