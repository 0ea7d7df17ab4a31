"""What the import linter cannot see: sizes, words, doors, and that importing does nothing."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zmqx

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/zmqx"
SOURCES = sorted(PACKAGE.rglob("*.py"))
CEILING = 400

# A face that needs an extra says so by its name; what else does, has one module for a door.
EXTRAS = {"anyio": {"anyio"}, "mechanisms/nacl.py": {"nacl"}}

# They say nothing about what a thing is.
EMPTY_WORDS = ("manager", "handler", "util", "helper")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def folders() -> Iterator[Path]:
    for name in ("src", "tests", "bench", "examples"):
        yield from sorted((ROOT / name).rglob("*.py"))
        yield from sorted((ROOT / name).rglob("*.pyx"))


@pytest.mark.parametrize("path", list(folders()), ids=name_of)
def test_no_file_is_over_the_ceiling(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= CEILING


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_standard_library_is_imported(path: Path) -> None:
    tree = ast.parse(path.read_text())
    foreign = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            foreign.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            foreign.add(str(node.module))
    own = EXTRAS.get(path.parent.name, set()) | EXTRAS.get(f"{path.parent.name}/{path.name}", set())
    allowed = sys.stdlib_module_names | own
    assert {name.split(".")[0] for name in foreign} <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_names_say_something(path: Path) -> None:
    tree = ast.parse(path.read_text())
    defined = [path.stem]
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            defined.append(node.name)
    assert not [name for name in defined if any(word in name.lower() for word in EMPTY_WORDS)]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_nothing_is_unfinished() -> None:
    """No stubs: what is public works."""
    for path in SOURCES:
        text = path.read_text()
        assert "raise NotImplementedError" not in text, path
        assert "TODO" not in text, path
        assert "FIXME" not in text, path


def public_callables() -> Iterator[tuple[str, object]]:
    for name in dir(zmqx):
        value = getattr(zmqx, name)
        if name.startswith("_") or not getattr(value, "__module__", "").startswith("zmqx"):
            continue
        if inspect.isclass(value):
            yield name, value
            for attribute, member in vars(value).items():
                if not attribute.startswith("_") and inspect.isfunction(member):
                    yield f"{name}.{attribute}", member
        elif inspect.isfunction(value):
            yield name, value


@pytest.mark.parametrize(("name", "value"), [pytest.param(*pair, id=pair[0]) for pair in public_callables()])
def test_everything_public_is_documented(name: str, value: object) -> None:
    assert inspect.getdoc(value), name


def test_importing_does_nothing() -> None:
    """No thread, descriptor, signal or exit hook comes of an import, and no heavy module."""
    code = (
        "import os, sys, threading\n"
        "before = set(os.listdir('/proc/self/fd')) if os.path.isdir('/proc/self/fd') else set()\n"
        "import zmqx\n"
        "after = set(os.listdir('/proc/self/fd')) if before else set()\n"
        "assert len(threading.enumerate()) == 1, threading.enumerate()\n"
        "assert after <= before, after - before\n"
        "heavy = {'asyncio', 'ssl', 'json', 'pickle', 'subprocess', 'zmq'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_the_package_asks_for_nothing() -> None:
    """No required dependency, whatever a distribution's metadata may say."""
    from importlib.metadata import requires

    assert [needed for needed in requires("zmqx") or [] if "extra ==" not in needed] == []


def test_types_are_shipped() -> None:
    assert (PACKAGE / "py.typed").exists()
