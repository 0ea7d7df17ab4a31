"""The faces have the same fixtures as the scenarios."""

from __future__ import annotations

from ..scenarios.conftest import joiner as joiner
from ..scenarios.conftest import transport as transport
