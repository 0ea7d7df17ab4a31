"""Collections that look at what a test made, and at nothing older: thousands of small tests stay quick."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def quick_collections() -> Iterator[None]:
    """Every test ends with a search for leaks; nothing from before it can be one of its own."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
