"""setup.py, with stand-ins for what it calls: when it builds, when it does without, and when it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zmqx import _accel

ROOT = Path(__file__).parents[2]

# It says what setuptools was asked to build.
CODE = """
import os, platform, runpy, sys, types
def module(name, **content):
    sys.modules[name] = made = types.ModuleType(name)
    vars(made).update(content)
def setup(ext_modules, cmdclass):
    print(*[(name, dict(more["define_macros"])["ZMQX_FITS"]) for name, more in ext_modules])
def cythonize(found, **more):
    if {fails}:
        raise ValueError("Cython fell over")
    return found
module("setuptools", setup=setup, Extension=lambda name, sources, **more: (name, more))
module("setuptools.command")
module("setuptools.command.build_ext", build_ext=object)
module("Cython")
module("Cython.Build", cythonize=cythonize)
platform.python_implementation = lambda: {python!r}
os.environ["ZMQX_ACCEL"] = {mode!r}
runpy.run_path({path!r}, run_name="__main__")
"""


def build(mode: str, fails: bool = False, python: str = "CPython") -> subprocess.CompletedProcess[str]:
    code = CODE.format(mode=mode, fails=fails, python=python, path=str(ROOT / "setup.py"))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("mode", ["auto", "require"])
def test_every_twin_is_built_with_the_number_of_the_package(mode: str) -> None:
    told = build(mode).stdout
    for name in _accel._TWINS:
        assert f"('zmqx._accel.{name}', '{_accel.FITS}')" in told


@pytest.mark.parametrize(("mode", "fails", "python"), [("off", False, "CPython"), ("auto", False, "PyPy")])
def test_nothing_is_built_where_nothing_can_be_or_is_to_be(mode: str, fails: bool, python: str) -> None:
    ended = build(mode, fails, python)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "", "")


def test_a_cython_that_falls_over_leaves_the_python_half() -> None:
    ended = build("auto", fails=True)
    assert (ended.returncode, ended.stdout.strip()) == (0, "")
    assert "the Python half will run: Cython fell over" in ended.stderr


@pytest.mark.parametrize(("fails", "python"), [(True, "CPython"), (False, "PyPy")])
def test_who_requires_it_is_told(fails: bool, python: str) -> None:
    ended = build("require", fails, python)
    assert ended.returncode != 0
    assert "Cython fell over" in ended.stderr or "CPython only" in ended.stderr
