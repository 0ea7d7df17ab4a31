"""Both halves side by side. They are compared wherever the compiled one was built, whichever of them runs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import pytest


def compiled(name: str) -> ModuleType:
    """A module of the compiled half."""
    return import_module(f"zmqx._accel.{name}")


def pytest_ignore_collect() -> bool | None:
    """Where nothing was compiled there is nothing to compare. CI builds it, and asks for it."""
    try:
        compiled("frames")
    except ImportError:
        return True
    return None


@pytest.fixture(params=["python", "compiled"])
def half(request: pytest.FixtureRequest) -> str:
    return str(request.param)
