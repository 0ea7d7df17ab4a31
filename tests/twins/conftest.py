"""Both halves side by side. They are compared wherever the compiled one was built, whichever of them runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest


def compiled(name: str) -> ModuleType:
    """A module of the compiled half."""
    return import_module(f"zmqx._accel.{name}")


def queue_type(half: str) -> Any:
    """The queue of a half."""
    from zmqx.pipes import ends

    return ends.Queue if half == "python" else compiled("queues").Queue


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


@pytest.fixture
def look() -> Iterator[Callable[..., Any]]:
    """Makes lines that a standby looks after (``looked.Looked``)."""
    from .looked import Looked

    made: list[Looked] = []

    def make(**what: Any) -> Looked:
        made.append(Looked(**what))
        return made[-1]

    yield make
    for each in made:
        each.close()
