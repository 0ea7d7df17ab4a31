"""These tests are many and small."""

from __future__ import annotations

from ..support.quick import quick_collections as quick_collections
