"""The compiled half, and the one switch that chooses between it and the Python half.

``ZMQX_ACCEL`` in the environment: ``auto`` (the default) takes the compiled half where it was built, ``off`` never,
``require`` fails at import where it is not there. The Python half is the reference: whatever the compiled one does
differently is a fault of the latter, but for the time it takes.
"""

from __future__ import annotations

import os
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

# All of them or none; but what asyncio needs is loaded with asyncio.
_TWINS = ("ends", "frames", "calls") if os.name == "posix" else ("ends", "frames")


def _load() -> tuple[dict[str, ModuleType], str]:
    mode = os.environ.get("ZMQX_ACCEL", "auto")
    if mode not in ("auto", "require", "off"):
        raise ImportError(f"ZMQX_ACCEL={mode!r}: auto, require and off are its values")
    if mode == "off":
        return {}, "ZMQX_ACCEL=off"
    try:
        return {name: import_module(f"{__name__}.{name}") for name in _TWINS}, ""
    except ImportError as error:
        if mode == "require":
            raise ImportError(f"ZMQX_ACCEL=require, but the compiled half cannot be loaded: {error}") from error
        return {}, f"it was not built: {error}"


_loaded, why_not = _load()

#: Whether the compiled half runs; ``why_not`` says why not.
accelerated = bool(_loaded)


def half(module: str, name: str, python: Any) -> Any:
    """The compiled twin of something, or the Python half of it."""
    if not _loaded:
        return python
    if module not in _loaded:
        _loaded[module] = import_module(f"{__name__}.{module}")
    return getattr(_loaded[module], name)
