"""The map from the statements of docs/spec to their tests: reads both, writes docs/spec/tests.md.

``python -m tests.spec.pages`` (``make spec``) does it, and says what has no test, or is no statement.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "docs/spec"
MAP = SPEC / "tests.md"

# In the order in which they are read.
TITLES = {
    "patterns.md": "Socket types",
    "endpoints.md": "Endpoints",
    "errors.md": "Errors, termination, close and linger",
    "options.md": "Options",
    "monitor.md": "Monitor",
}

_ID = re.compile(r"\[([PEROM]\d+\.\d+)\]")
_SHOWN = 110


def statements(page: str) -> dict[str, str]:
    """The numbered statements of a page, in its order, and their texts."""
    found: dict[str, str] = {}
    for block in _blocks((SPEC / page).read_text()):
        marks = list(_ID.finditer(block))
        table = block.startswith("|")
        for mark, following in zip(marks, [*marks[1:], None]):
            text = _ID.sub("", block) if table else block[mark.end() : following.start() if following else None]
            if mark[1] in found:
                raise ValueError(f"{page} has {mark[1]} twice")
            found[mark[1]] = " ".join(text.replace("**", "").split())
    return found


def _blocks(text: str) -> Iterator[str]:
    """A page in pieces that no statement goes over: rows of tables, points of lists, paragraphs."""
    piece: list[str] = []
    for line in text.splitlines():
        alone = line.startswith(("|", "#")) or not line.strip()
        if alone or re.match(r"\s*(\*|\d+\.) ", line):
            yield "\n".join(piece)
            piece = []
        if alone:
            yield line
        else:
            piece.append(line)
    yield "\n".join(piece)


def all_statements() -> dict[str, str]:
    return {number: text for page in TITLES for number, text in statements(page).items()}


def _modules() -> Iterator[ModuleType]:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        yield importlib.import_module(f"{__package__}.{path.stem}")


def _named_by(test: Any) -> set[str]:
    """The statements that a test names, on itself or on a row of its table."""
    named: set[str] = set()
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "states":
            named.update(mark.args)
        elif mark.name == "parametrize":
            for row in mark.args[1]:
                for inner in getattr(row, "marks", ()):
                    if inner.name == "states":
                        named.update(inner.args)
    return named


def all_tests() -> Iterator[tuple[str, str, set[str]]]:
    """Every test of this folder: its file, its name, and the statements that it names."""
    for module in _modules():
        for name, test in vars(module).items():
            if name.startswith("test_") and callable(test) and test.__module__ == module.__name__:
                yield f"{module.__name__.split('.')[-1]}.py", name, _named_by(test)


def tests_by_statement() -> dict[str, list[tuple[str, str]]]:
    """For each statement named by a test: the files and names of the tests."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file, name, numbers in all_tests():
        for number in numbers:
            found.setdefault(number, []).append((file, name))
    return found


def unknown() -> set[str]:
    """Statements that tests name and no page has."""
    return set(tests_by_statement()) - set(all_statements())


def untested() -> list[str]:
    """Statements that no test names."""
    tested = tests_by_statement()
    return [number for number in all_statements() if number not in tested]


def rendered_map() -> str:
    """The page statement -> tests."""
    tested = tests_by_statement()
    lines = [
        "# Statements and their tests",
        "",
        "Written by `make spec`; not to be edited. Tests stand in [tests/spec](../../tests/spec/README.md).",
    ]
    for page, title in TITLES.items():
        lines += ["", f"## [{title}]({page})", "", "| | statement | tests |", "|---|---|---|"]
        for number, text in statements(page).items():
            tests = ", ".join(f"[{name}](../../tests/spec/{file})" for file, name in tested.get(number, []))
            lines.append(f"| {number} | {_short(text)} | {tests or '**none**'} |")
    return "\n".join(lines) + "\n"


def _short(text: str) -> str:
    text = " · ".join(filter(None, map(str.strip, text.split("|"))))
    text = text.replace("[", "(").replace("]", ")").rstrip(";:,")
    if len(text) <= _SHOWN:
        return text
    text = text[:_SHOWN].rsplit(" ", 1)[0]
    # Cut within code, it would run on over the whole row.
    return text + ("`…" if text.count("`") % 2 else "…")


def main() -> int:
    MAP.write_text(rendered_map())
    wrong = [f"no page has these statements: {sorted(unknown())}"] if unknown() else []
    wrong += [f"these statements have no test: {untested()}"] if untested() else []
    sys.stderr.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
