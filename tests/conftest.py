"""What every test gets: a deadline, a context that must end, and a look at what it left behind."""

from __future__ import annotations

import gc
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import zmqx

# ms that ending a test's context may take; far more than it should, on a machine that does other things.
_TERM = 10_000


def _descriptors() -> dict[str, str]:
    """The open descriptors of this process, and what they lead to."""
    found = {}
    for entry in os.listdir("/proc/self/fd"):
        try:
            found[entry] = os.readlink(f"/proc/self/fd/{entry}")
        except OSError:
            continue  # the one that the listing itself needed
    return found


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """No thread, descriptor or warning survives a test."""
    gc.collect()
    gc.freeze()  # what exists before a test need not be looked through after it
    threads = set(threading.enumerate())
    before = _descriptors() if os.path.isdir("/proc/self/fd") else {}
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("error")
        yield
        gc.collect()
    assert not seen
    left = [thread for thread in threading.enumerate() if thread not in threads and thread.is_alive()]
    assert not left, f"threads left running: {left}"
    after = _descriptors() if before else {}
    leaked = {fd: target for fd, target in after.items() if before.get(fd) != target}
    assert not leaked, f"descriptors left open: {leaked}"


@pytest.fixture
def ctx() -> Iterator[zmqx.Context]:
    """A context that is destroyed after the test, without lingering, in bounded time."""
    context = zmqx.Context()
    try:
        yield context
    finally:
        context.destroy(linger=0, timeout=_TERM)


@pytest.fixture
def short_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose name leaves room for socket names (108 bytes in all)."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="zx") as folder:
        yield Path(folder)


@pytest.fixture
def endpoint_of(short_path: Path) -> Callable[[str], str]:
    """An endpoint to bind to, by transport: ports and names are the system's or fresh."""
    count = iter(range(1000))

    def make(transport: str) -> str:
        number = next(count)
        return {
            "tcp": "tcp://127.0.0.1:*",
            "tcp6": "tcp://[::1]:*",
            "ws": "ws://127.0.0.1:*",
            "ipc": f"ipc://{short_path}/{number}",
            "abstract": f"ipc://@zmqx-test-{os.getpid()}-{number}-{os.urandom(4).hex()}",
            "inproc": f"inproc://test-{number}",
        }[transport]

    return make
