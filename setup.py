"""What pyproject.toml cannot say: the compiled half, which is optional.

``ZMQX_ACCEL`` at build time: ``auto`` (the default) builds it where that works and says so where it does not; ``off``
leaves it out; ``require`` fails where it cannot be built.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

MODE = os.environ.get("ZMQX_ACCEL") or "auto"
TWINS = ["queues", "ends", "frames", "loops", "masks", "prefixes"]
if os.name == "posix":
    TWINS += ["buffers", "lines", "lent", "calls"]
if sys.platform == "linux":
    TWINS += ["looks", "standby", "watches", "dialogues"]
SANITIZE = os.environ.get("ZMQX_SANITIZE", "")  # for example "address,undefined"


class BuildIfPossible(build_ext):
    """A build that may fail, and then leaves the Python half."""

    def run(self) -> None:
        self._attempt(super().run)

    def build_extension(self, ext: Any) -> None:
        self._attempt(lambda: super(BuildIfPossible, self).build_extension(ext))

    def copy_extensions_to_source(self) -> None:
        self._attempt(super().copy_extensions_to_source)

    def _attempt(self, build: Any) -> None:
        try:
            build()
        except Exception as error:
            if MODE == "require":
                raise
            print(f"zmqx: the compiled half was not built, the Python half will run: {error}", file=sys.stderr)


PACKAGE = Path(__file__).parent / "src/zmqx/_accel/__init__.py"


def number() -> str:
    """What says that the compiled half belongs to the Python files beside it."""
    found = re.search(r"^FITS = (\d+)$", PACKAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def extensions() -> list[Any]:
    if MODE == "off":
        return []
    if platform.python_implementation() != "CPython":
        if MODE == "require":
            raise SystemExit("ZMQX_ACCEL=require, but the compiled half is for CPython only")
        return []
    try:
        from Cython.Build import cythonize
    except ImportError:
        if MODE == "require":
            raise
        print("zmqx: no Cython, so the Python half will run", file=sys.stderr)
        return []
    flags = ["-O2"] if os.name == "posix" else []
    links = []
    if SANITIZE:
        flags = ["-O1", "-g", "-fno-omit-frame-pointer", f"-fsanitize={SANITIZE}", "-fno-sanitize-recover"]
        links = [f"-fsanitize={SANITIZE}"]
    found = [
        Extension(
            f"zmqx._accel.{name}",
            [f"src/zmqx/_accel/{name}.pyx"],
            define_macros=[("ZMQX_FITS", number())],
            depends=["src/zmqx/_accel/__init__.py"],
            extra_compile_args=flags,
            extra_link_args=links,
        )
        for name in TWINS
    ]
    try:
        made: list[Any] = cythonize(found, build_dir="build/cython", quiet=True)
    except Exception as error:
        if MODE == "require":
            raise
        print(f"zmqx: Cython failed, so the Python half will run: {error}", file=sys.stderr)
        return []
    return made


if MODE not in ("auto", "require", "off"):
    raise SystemExit(f"ZMQX_ACCEL={MODE!r}: auto, require and off are its values")

setup(ext_modules=extensions(), cmdclass={"build_ext": BuildIfPossible})
