"""What ``import`` costs: a new interpreter that imports the package and ends, and one that imports nothing."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from time import perf_counter

from ..case import NOBODY, PYZMQ, ZMQX, Case, Contender, Measure, Round, Sample, Settings
from ..processes import SampleFailed, environment

WALL = Measure("wall", "ms", more_is_better=False, title="interpreter and import, ms")
NET = Measure("net", "ms", more_is_better=False, title="import alone, ms")

_LIMIT = 30.0


def cases(settings: Settings) -> list[Case]:
    """One, of many short rounds."""
    return [
        Case(
            subject="import",
            name="python -c 'import ...'",
            measures=(WALL, NET),
            contenders=(ZMQX, PYZMQ, NOBODY),
            sample=_sample,
            rounds=settings.amount(6),
            derive=_subtract,
        )
    ]


def _sample(contender: Contender) -> Sample:
    _compile(contender)
    return {"wall": _launch(contender) * 1000}


def _subtract(played: Round) -> None:
    for name, sample in played.items():
        if name != NOBODY.name:
            sample["net"] = sample["wall"] - played[NOBODY.name]["wall"]


@cache
def _compile(contender: Contender) -> None:
    """Once, before anything counts: let the interpreter keep its byte code, and the system read it."""
    _launch(contender)


def _launch(contender: Contender) -> float:
    """Seconds from the start of an interpreter to its end."""
    code = f"import {contender.module}" if contender.module else "pass"
    settings = environment(contender)
    # Byte code that may not be kept would be made again in every round: compiling would be measured, not importing.
    settings.pop("PYTHONDONTWRITEBYTECODE", None)
    start = perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], env=settings, timeout=_LIMIT, stderr=subprocess.PIPE, check=False
        )
    except subprocess.TimeoutExpired:
        raise SampleFailed(f"{code!r} took more than {_LIMIT:g} s") from None
    took = perf_counter() - start
    if done.returncode:
        failed = SampleFailed(f"{code!r} failed")
        failed.detail = done.stderr.decode(errors="replace")
        raise failed
    return took
