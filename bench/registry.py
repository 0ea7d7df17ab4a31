"""All subjects. A new one is a file in ``cases`` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from .case import Case, Settings
from .cases import aio, fanout, imports, latency, memory, throughput

SUBJECTS: dict[str, Callable[[Settings], list[Case]]] = {
    "throughput": throughput.cases,
    "latency": latency.cases,
    "fanout": fanout.cases,
    "memory": memory.cases,
    "asyncio": aio.cases,
    "import": imports.cases,
}

TITLES = {
    "throughput": "Throughput",
    "latency": "Round trip",
    "fanout": "Fan-out",
    "memory": "Memory",
    "asyncio": "asyncio",
    "import": "Import",
}
