"""Rooms that are loaded with the first who uses them."""

from __future__ import annotations

from importlib import import_module

from .errors import zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load(name: str, package: str, thing: str) -> Any:
    """Something from a module of a package. ZMQError if the system does not let us read it: it has no descriptors."""
    try:
        return getattr(import_module(f".{name}", package), thing)
    except OSError as error:
        raise zmq_error(error.errno or 0, f"{package}.{name} cannot be loaded") from error
