"""All subjects. A new one is a file in ``cases`` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from .case import Case, Settings
from .cases import aio, batches, fanout, heartbeat, imports, latency, memory, throughput

SUBJECTS: dict[str, Callable[[Settings], list[Case]]] = {
    "throughput": throughput.cases,
    "batches": batches.cases,
    "latency": latency.cases,
    "fanout": fanout.cases,
    "heartbeat": heartbeat.cases,
    "memory": memory.cases,
    "asyncio": aio.cases,
    "import": imports.cases,
}

TITLES = {
    "throughput": "Throughput",
    "batches": "Batches",
    "latency": "Round trip",
    "fanout": "Fan-out",
    "heartbeat": "Heartbeat",
    "memory": "Memory",
    "asyncio": "asyncio",
    "import": "Import",
}
