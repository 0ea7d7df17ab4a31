"""ZMQX_ACCEL: which half runs, and that nobody gets the other one unawares."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from zmqx import _accel

SHOW = "import zmqx, zmqx._accel as a; print(zmqx.accelerated, a.why_not)"
WITH_ASYNCIO = "import zmqx.asyncio; " + SHOW
NOT_BUILT = "import sys; sys.modules['zmqx._accel.frames'] = None; "


def run(code: str, mode: str | None) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "ZMQX_ACCEL"}
    if mode is not None:
        env["ZMQX_ACCEL"] = mode
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("mode", [None, "auto", "require"])
def test_the_compiled_half_runs_where_it_was_built(mode: str | None) -> None:
    assert run(SHOW, mode).stdout.split() == ["True"]


def test_it_can_be_left_out() -> None:
    assert run(SHOW, "off").stdout.strip() == "False ZMQX_ACCEL=off"


def test_without_it_the_python_half_runs_and_says_why() -> None:
    assert run(NOT_BUILT + SHOW, "auto").stdout.startswith("False it was not built: ")


TWINS = "queues ends loops masks prefixes buffers calls lines lent looks standby watches dialogues"


@pytest.mark.parametrize("name", TWINS.split())
def test_all_of_it_is_there_or_none_is_used(name: str) -> None:
    gone = f"import sys; sys.modules['zmqx._accel.{name}'] = None; "
    assert run(gone + WITH_ASYNCIO, "auto").stdout.startswith("False it was not built: ")
    assert run(gone + "import zmqx", "require").returncode != 0


# One twin stands for another that was built before the sources changed.
STALE = "import importlib, sys, types; sys.modules['zmqx._accel.{}'] = types.SimpleNamespace({}); "


@pytest.mark.parametrize("number", ["", "FITS=0", "FITS=10**9"])
def test_what_was_built_from_other_sources_is_not_used(number: str) -> None:
    stale = STALE.format("loops", number)
    assert run(stale + WITH_ASYNCIO, "auto").stdout.startswith("False it was built from other sources (loops)")
    ended = run(stale + "import zmqx", "require")
    assert ended.returncode != 0
    assert "it was built from other sources (loops): build it anew" in ended.stderr


# Counting FITS up is what tells a program that its compiled half is older than its Python files.
SOURCES = (27, "2b49455a6b8f27e0")


def test_whoever_changes_what_is_compiled_counts_it() -> None:
    digest = hashlib.sha256()
    here = Path(_accel.__file__).parent
    for path in sorted([*here.glob("*.pyx"), *here.glob("*.pxd")]):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    found = (_accel.FITS, digest.hexdigest()[:16])
    assert found == SOURCES, "count FITS in zmqx/_accel/__init__.py up by one, and write both down here"


def test_who_requires_it_gets_it_or_an_error() -> None:
    ended = run(NOT_BUILT + SHOW, "require")
    assert ended.returncode != 0
    assert "ImportError: ZMQX_ACCEL=require, but the compiled half cannot be loaded" in ended.stderr


def test_a_word_that_means_nothing_is_refused() -> None:
    ended = run(SHOW, "yes")
    assert "ImportError: ZMQX_ACCEL='yes': auto, require and off are its values" in ended.stderr


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this build has an interpreter lock")
def test_the_compiled_half_does_not_bring_the_interpreter_lock_back() -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHON_GIL", "ZMQX_ACCEL")}
    code = "import sys, zmqx.asyncio; print(zmqx.accelerated, sys._is_gil_enabled())"
    told = subprocess.check_output([sys.executable, "-c", code], env=env, text=True, timeout=30)
    assert told.split() == ["True", "False"]
