"""What a case is: a name, what it measures, who takes part, and how to take one sample of one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: The figures of one sample: name of the measure -> value.
Sample = dict[str, float]
#: The samples of one round: name of the contender -> sample.
Round = dict[str, Sample]

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Contender:
    """Somebody who takes part. ``module`` is what its programs import; None: they are written for it."""

    name: str
    module: str | None = None
    #: Ratios are taken of each of ours to each rival; who is neither is shown only.
    ours: bool = False
    rival: bool = False
    #: Names and values added to the environment of its processes.
    environment: tuple[tuple[str, str], ...] = ()


ZMQX = Contender("zmqx", "zmqx", ours=True)
#: The Python half, where the compiled one was built.
PYTHON_HALF = Contender("zmqx.py", "zmqx", ours=True, environment=(("ZMQX_ACCEL", "off"),))
PYZMQ = Contender("pyzmq", "zmq", rival=True)
PLAIN = Contender("plain", rival=True)
#: For processes that are not compared with anything.
NOBODY = Contender("nothing")


@dataclass(frozen=True)
class Measure:
    """One figure of a sample."""

    name: str
    unit: str
    more_is_better: bool
    #: As the tables call it.
    title: str


@dataclass(frozen=True)
class Settings:
    """What the command line asks for, as far as cases are concerned."""

    rounds: int = 9
    #: How much work a sample is, compared with the usual.
    scale: float = 1.0
    sizes: tuple[int, ...] = (16, KIB, 64 * KIB, MIB)
    transports: tuple[str, ...] = ("tcp", "ipc", "inproc")

    def amount(self, usual: int, least: int = 1) -> int:
        """So many messages, calls or connections, to scale."""
        return max(least, round(usual * self.scale))


@dataclass(frozen=True)
class Case:
    """One comparison. ``sample`` measures one contender once, in processes of its own."""

    subject: str
    name: str
    measures: tuple[Measure, ...]
    contenders: tuple[Contender, ...]
    sample: Callable[[Contender], Sample]
    #: Rounds of this case for one round of the others: short samples are noisy, and cheap.
    rounds: int = 1
    #: Adds to the samples of a complete round what takes more than one of them to say.
    derive: Callable[[Round], None] | None = None
    #: Why this case cannot run here; empty if it can.
    obstacle: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Whom the ratios compare: (ours, rival)."""
        ours = [contender.name for contender in self.contenders if contender.ours]
        rivals = [contender.name for contender in self.contenders if contender.rival]
        return [(our, rival) for our in ours for rival in rivals]


def size_text(size: int) -> str:
    """A number of bytes as people say it."""
    for unit, text in ((MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {text}"
    return f"{size} B"
