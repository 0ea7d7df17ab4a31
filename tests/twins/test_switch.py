"""ZMQX_ACCEL: which half runs, and that nobody gets the other one unawares."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SHOW = "import zmqx, zmqx._accel as a; print(zmqx.accelerated, a.why_not)"
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


def test_who_requires_it_gets_it_or_an_error() -> None:
    ended = run(NOT_BUILT + SHOW, "require")
    assert ended.returncode != 0
    assert "ImportError: ZMQX_ACCEL=require, but the compiled half cannot be loaded" in ended.stderr


def test_a_word_that_means_nothing_is_refused() -> None:
    ended = run(SHOW, "yes")
    assert "ImportError: ZMQX_ACCEL='yes': auto, require and off are its values" in ended.stderr
