"""Which transport speaks which scheme. inproc has no streams and is the engine's own."""

from __future__ import annotations

from .base import Transport
from .ipc import Ipc
from .tcp import Tcp

TRANSPORTS: dict[str, Transport] = {"tcp": Tcp(), "ipc": Ipc()}
