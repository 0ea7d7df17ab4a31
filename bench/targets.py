"""What zmqx wants to reach, as ratios: the figures that a run is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .figures import Ratio, ratio_of
from .running import Played


@dataclass(frozen=True)
class Target:
    """A bound for the ratio of one case's measure to a rival's."""

    title: str
    case: str
    measure: str
    at_least: float | None = None
    at_most: float | None = None
    rival: str = "pyzmq"
    ours: str = "zmqx"

    @property
    def wanted(self) -> str:
        if self.at_least is not None:
            return f"at least {self.at_least:g} x {self.rival}"
        return f"at most {self.at_most:g} x {self.rival}"

    def met_by(self, ratio: float) -> bool:
        """Whether a ratio is within the bounds."""
        return (self.at_least is None or ratio >= self.at_least) and (self.at_most is None or ratio <= self.at_most)


_OURS, _AIO = "zmqx.asyncio", "zmq.asyncio"
_AIO_PUSH = "asyncio PUSH/PULL tcp 16 B"
_AIO_CROWD = "asyncio 1,000 REQ clients on one loop tcp"

_PY = "zmqx.py"

TARGETS = (
    Target("PUSH/PULL 16 B tcp, messages/s", "PUSH/PULL tcp 16 B", "rate", at_least=5),
    Target("PUSH/PULL 1 KiB tcp, messages/s", "PUSH/PULL tcp 1 KiB", "rate", at_least=2),
    Target("PUSH/PULL 64 KiB tcp, messages/s", "PUSH/PULL tcp 64 KiB", "rate", at_least=1.2),
    Target("PUSH/PULL 1 MiB tcp, messages/s", "PUSH/PULL tcp 1 MiB", "rate", at_least=1.2),
    Target("PUSH/PULL 16 B inproc, messages/s", "PUSH/PULL inproc 16 B", "rate", at_least=4),
    Target("PUSH/PULL by the thousand, messages/s", "PUSH/PULL tcp 16 B, by the thousand", "rate", at_least=5),
    Target("REQ/REP round trip tcp, median time", "REQ/REP tcp", "median", at_most=1.0, rival="plain"),
    Target("REQ/REP round trip tcp, median time", "REQ/REP tcp", "median", at_most=1.0),
    Target("the same, asleep while it waits", "REQ/REP tcp, asleep", "median", at_most=1.1, rival="plain"),
    Target("fan-out to 8 subscribers, deliveries/s", "PUB to 8 SUB tcp, threads", "rate", at_least=3),
    Target("memory per idle connection", "idle connections of a ROUTER tcp", "memory", at_most=1.0),
    Target("asyncio PUSH/PULL 16 B, messages/s", _AIO_PUSH, "rate", at_least=25, rival=_AIO, ours=_OURS),
    Target("the same under uvloop", f"{_AIO_PUSH}, uvloop", "rate", at_least=12, rival=_AIO, ours=_OURS),
    Target("the same against blocking sockets", _AIO_PUSH, "rate", at_least=0.8, ours=_OURS),
    Target("asyncio round trip, median time", "asyncio REQ/REP tcp", "median", at_most=0.6, rival=_AIO, ours=_OURS),
    Target("1,000 REQ clients on one loop, requests/s", _AIO_CROWD, "rate", at_least=5, rival=_AIO, ours=_OURS),
    Target("time of an import", "python -c 'import ...'", "net", at_most=1.0),
    # The Python half alone.
    Target("PUSH/PULL 16 B tcp, messages/s", "PUSH/PULL tcp 16 B", "rate", at_least=1.0, ours=_PY),
    Target("PUSH/PULL 16 B ipc, messages/s", "PUSH/PULL ipc 16 B", "rate", at_least=1.0, ours=_PY),
    Target("PUSH/PULL 64 KiB tcp, messages/s", "PUSH/PULL tcp 64 KiB", "rate", at_least=1.0, ours=_PY),
    Target("PUSH/PULL 1 MiB tcp, messages/s", "PUSH/PULL tcp 1 MiB", "rate", at_least=1.0, ours=_PY),
    Target("PUSH/PULL 16 B inproc, messages/s", "PUSH/PULL inproc 16 B", "rate", at_least=1.0, ours=_PY),
    Target("REQ/REP round trip tcp, median time", "REQ/REP tcp", "median", at_most=1.3, rival="plain", ours=_PY),
    Target("REQ/REP round trip tcp, median time", "REQ/REP tcp", "median", at_most=0.85, ours=_PY),
    Target("fan-out to 8 subscribers, deliveries/s", "PUB to 8 SUB tcp, threads", "rate", at_least=0.8, ours=_PY),
)


@dataclass(frozen=True)
class Verdict:
    """How one target came out; ``ratio`` is None if it was not measured."""

    target: Target
    ratio: Ratio | None

    @property
    def reached(self) -> bool:
        return self.ratio is not None and self.target.met_by(self.ratio.of_rounds)

    @property
    def text(self) -> str:
        if self.ratio is None:
            return "not measured"
        return "reached" if self.reached else "not reached"


def judge(results: Sequence[Played], targets: Sequence[Target] = TARGETS) -> list[Verdict]:
    """Hold the medians of the rounds' ratios against the targets."""
    rounds = {result.case.name: result.rounds for result in results}
    return [
        Verdict(target, ratio_of(rounds.get(target.case, []), target.ours, target.rival, target.measure))
        for target in targets
    ]
