"""The import rules of the house hold, and would be noticed if they were broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = "The rooms of the house"

# Where a forbidden line is put, the line, and the contract that must notice.
BREACHES = [
    ("wire/frames.py", "from ..pipes import pipe", ROOMS),
    ("pipes/pipe.py", "from ..wire import frames", ROOMS),
    ("routing/push.py", "from ..transports import base", ROOMS),
    ("transports/tcp.py", "from ..routing import base", ROOMS),
    ("engine/session.py", "from .. import sync", ROOMS),
    ("message.py", "from . import options", ROOMS),
    ("errors.py", "from . import constants", ROOMS),
    ("polling.py", "from . import sync", ROOMS),
    ("engine/session.py", "from . import core", "Inside the engine"),
    ("engine/dialer.py", "from . import listener", "Inside the engine"),
    ("engine/core.py", "from . import selector_reactor", "Inside the engine"),
    ("transports/ipc.py", "from . import tcp", "Inside the transports"),
    ("routing/push.py", "from . import pull", "Inside the routing"),
    ("routing/parts/peers.py", "from .. import base", "Inside the routing"),
    ("wire/frames.py", "from . import connection", "Inside the wire"),
    ("wire/mechanisms/base.py", "from . import null", "Inside the mechanisms"),
    ("wire/connection.py", "import time", "Wire, pipes and routing touch neither system nor clock"),
    ("pipes/pipe.py", "import threading", "Wire, pipes and routing touch neither system nor clock"),
    ("routing/router.py", "import random", "Wire, pipes and routing touch neither system nor clock"),
    ("engine/session.py", "import socket", "The engine has no colour"),
    ("engine/core.py", "import asyncio", "The engine has no colour"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter on the package below a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONIOENCODING": "utf-8"}
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package that may be spoiled."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_rules_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(("module", "line", "contract"), BREACHES, ids=lambda value: str(value).split("/")[-1])
def test_a_breach_is_noticed(house: Path, module: str, line: str, contract: str) -> None:
    path = house / "src/zmqx" / module
    path.write_text(path.read_text() + f"\n{line}\n")
    result = lint(house)
    assert result.returncode != 0
    assert f"{contract} BROKEN" in result.stdout, result.stdout


def test_an_import_for_types_alone_is_a_breach_too(house: Path) -> None:
    path = house / "src/zmqx/engine/session.py"
    path.write_text(path.read_text() + "\nif TYPE_CHECKING:\n    from .core import SocketCore\n")
    result = lint(house)
    assert result.returncode != 0
    assert "Inside the engine BROKEN" in result.stdout


@pytest.mark.parametrize("room", ["", "engine", "routing", "wire", "wire/mechanisms", "transports"])
def test_a_module_without_a_row_is_noticed(house: Path, room: str) -> None:
    (house / "src/zmqx" / room / "newcomer.py").write_text("")
    result = lint(house)
    assert result.returncode != 0
    assert "newcomer" in result.stdout + result.stderr
