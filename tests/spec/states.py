"""Which statements of docs/spec a test is about: ``@states("P5.3")``, or ``row("O1.17", ...)`` in a table of tests."""

from __future__ import annotations

from typing import Any

import pytest

states = pytest.mark.states


def row(ids: str, *values: Any, name: str | None = None) -> Any:
    """One set of values for ``pytest.mark.parametrize``, and the statements (parted by blanks) that it is about."""
    return pytest.param(*values, marks=states(*ids.split()), id=name or ids.replace(" ", "+"))
