"""The compiled half, and the one switch that chooses between it and the Python half.

``ZMQX_ACCEL`` in the environment: ``auto`` (the default) takes the compiled half where it was built, ``off`` never,
``require`` fails at import where it is not there. The Python half is the reference: whatever the compiled one does
differently is a fault of the latter, but for the time it takes.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

#: What was compiled and what is in Python have to fit. Counted up with every change of what is compiled, so that what
#: was built before it is not taken for what belongs here (``setup.py`` writes it into each twin).
FITS = 27

# All of them or none.
_TWINS = ["queues", "ends", "frames", "loops", "masks", "prefixes"]
if os.name == "posix":
    _TWINS += ["buffers", "lines", "lent", "calls"]
if sys.platform == "linux":
    _TWINS += ["looks", "standby", "watches", "dialogues"]


def _load() -> tuple[dict[str, ModuleType], str]:
    mode = os.environ.get("ZMQX_ACCEL") or "auto"
    if mode not in ("auto", "require", "off"):
        raise ImportError(f"ZMQX_ACCEL={mode!r}: auto, require and off are its values")
    if mode == "off":
        return {}, "ZMQX_ACCEL=off"
    try:
        found = {name: import_module(f"{__name__}.{name}") for name in _TWINS}
        others = [name for name, module in found.items() if getattr(module, "FITS", 0) != FITS]
        why = f"it was built from other sources ({', '.join(others)}): build it anew" if others else ""
    except ImportError as error:
        why = f"it was not built: {error}"
    except (ValueError, TypeError, AttributeError) as error:
        why = f"its parts do not fit: {error}"  # one of them was built before another changed
    if not why:
        return found, ""
    if mode == "require":
        raise ImportError(f"ZMQX_ACCEL=require, but the compiled half cannot be loaded: {why}")
    return {}, why


_loaded, why_not = _load()

#: Whether the compiled half runs; ``why_not`` says why not.
accelerated = bool(_loaded)


def half(module: str, name: str, python: Any) -> Any:
    """The compiled twin of something, or the Python half of it."""
    return getattr(_loaded[module], name) if _loaded else python
