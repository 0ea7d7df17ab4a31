"""The command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from .case import KIB, MIB, Case, Round, Settings
from .machine import describe
from .plot import can_draw, draw
from .processes import SampleFailed
from .registry import SUBJECTS
from .report import round_line, verdict_lines, write_json, write_markdown
from .running import play
from .targets import judge

RESULTS = Path(__file__).resolve().parent / "results"

_QUICK_ROUNDS, _QUICK_SCALE = 3, 0.2


def size(text: str) -> int:
    """A number of bytes: ``16``, ``64K``, ``1M``."""
    units = {"K": KIB, "M": MIB}
    count = int(text[:-1]) * units[text[-1].upper()] if text[-1:].upper() in units else int(text)
    if count < 1:
        raise ValueError(text)
    return count


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(size(part) for part in text.split(",")))


def _transports(text: str) -> tuple[str, ...]:
    return _known(text, Settings.transports)


def _subjects(text: str) -> tuple[str, ...]:
    return _known(text, SUBJECTS)


def _known(text: str, names: Collection[str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(text.split(",")))
    for name in chosen:
        if name not in names:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(names)}")
    return chosen


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise ValueError(text)
    return value


def _rounds(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    made = argparse.ArgumentParser(
        prog="python -m bench", description="zmqx, pyzmq and plain sockets side by side: medians and ratios."
    )
    made.add_argument("--rounds", type=_rounds, metavar="N", help=f"rounds of everything (default {Settings.rounds})")
    made.add_argument("--only", type=_subjects, metavar="A,B", help=f"subjects, of {', '.join(SUBJECTS)}")
    made.add_argument("--quick", action="store_true", help="a first look within a minute: few and short rounds")
    made.add_argument("--scale", type=_positive, metavar="X", help="how much work a sample is, compared with the usual")
    made.add_argument("--sizes", type=_sizes, metavar="16,1K", help="sizes of the throughput cases")
    made.add_argument("--transports", type=_transports, metavar="A,B", help="of tcp, ipc, inproc")
    made.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="where the results go")
    made.add_argument("--no-plot", action="store_true", help="write no results.svg")
    return made


def settings_of(asked: argparse.Namespace) -> Settings:
    """The settings that a command line asks for."""
    usual = Settings()
    return Settings(
        rounds=asked.rounds or (_QUICK_ROUNDS if asked.quick else usual.rounds),
        scale=asked.scale or (_QUICK_SCALE if asked.quick else usual.scale),
        sizes=asked.sizes or usual.sizes,
        transports=asked.transports or usual.transports,
    )


def _say(text: str) -> None:
    print(text, flush=True)


def _failed(case: Case, contender: str, failure: SampleFailed) -> None:
    _say(f"FAILED   {case.name}, {contender}: {failure}\n{failure.detail}".rstrip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark. 0 if every sample gave a figure, whatever the figures are; 1 if not; 2 if it cannot start."""
    asked = parser().parse_args(arguments)
    for module, source in (("zmqx", "pip install . (or PYTHONPATH=src)"), ("zmq", "pip install pyzmq")):
        if find_spec(module) is None:
            print(f"python -m bench needs {module}: {source}", file=sys.stderr)
            return 2
    settings = settings_of(asked)
    cases = [case for subject in asked.only or SUBJECTS for case in SUBJECTS[subject](settings)]
    machine = describe()
    start = monotonic()

    def told(number: int, case: Case, played: Round) -> None:
        _say(f"{monotonic() - start:5.0f} s  " + round_line(number, case, played))

    _say(", ".join(f"{name}: {value}" for name, value in machine.items()))
    for case in cases:
        if case.obstacle:
            _say(f"not run: {case.name}: {case.obstacle}")
    try:
        results = play(cases, settings.rounds, told, _failed)
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    verdicts = judge(results)
    asked.out.mkdir(parents=True, exist_ok=True)
    write_json(asked.out / "results.json", machine, settings, results)
    write_markdown(asked.out / "results.md", machine, settings, results, verdicts)
    if asked.no_plot:
        pass
    elif can_draw():
        draw(asked.out / "results.svg", results)
    else:
        _say("no results.svg: matplotlib is missing (pip install matplotlib)")
    _say("")
    for line in verdict_lines(verdicts):
        _say(line)
    _say(f"\nwritten: {asked.out}, in {monotonic() - start:.0f} s")
    return 1 if any(result.failures for result in results) else 0
