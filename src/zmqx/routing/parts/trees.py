"""Which half of the tree of topics runs: compiled where it was built, else Python (``prefixes``, the reference)."""

from __future__ import annotations

from ..._accel import half
from . import prefixes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .prefixes import PrefixTree as PrefixTree
else:
    PrefixTree = half("prefixes", "PrefixTree", prefixes.PrefixTree)
