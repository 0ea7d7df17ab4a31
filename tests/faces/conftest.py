"""The faces have the same fixtures as the scenarios."""

from __future__ import annotations

import pytest

from ..scenarios.conftest import Joiner
from ..scenarios.conftest import blocking_joiner as blocking_joiner
from ..scenarios.conftest import transport as transport


@pytest.fixture
def joiner(blocking_joiner: Joiner) -> Joiner:
    """The blocking face is what these tests are about."""
    return blocking_joiner
