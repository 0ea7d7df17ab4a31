"""Playing the rounds: every case, every contender, in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .case import Case, Round
from .figures import order_of
from .processes import SampleFailed


@dataclass
class Played:
    """A case and what came of it."""

    case: Case
    #: One entry per round; a contender whose sample failed is missing from it.
    rounds: list[Round] = field(default_factory=list)
    #: Who began, and so on, in each of them.
    orders: list[list[str]] = field(default_factory=list)
    #: What went wrong, in words.
    failures: list[str] = field(default_factory=list)


def play(
    cases: Sequence[Case],
    rounds: int,
    told: Callable[[int, Case, Round], None],
    failed: Callable[[Case, str, SampleFailed], None],
) -> list[Played]:
    """Play all rounds of all cases; ``told`` hears of each round, ``failed`` of each sample that gave no figure.

    A round of everything comes before the next of anything: what disturbs the machine for a minute disturbs one
    round of many cases, not all rounds of one.
    """
    results = [Played(case) for case in cases]
    for number in range(rounds):
        for result in results:
            if result.case.obstacle:
                continue
            for _ in range(result.case.rounds):
                told(number, result.case, _play_once(result, failed))
    return results


def _play_once(result: Played, failed: Callable[[Case, str, SampleFailed], None]) -> Round:
    case = result.case
    order = order_of(case.contenders, len(result.rounds))
    played: Round = {}
    for contender in order:
        try:
            played[contender.name] = case.sample(contender)
        except SampleFailed as failure:
            result.failures.append(f"{contender.name}: {failure}")
            failed(case, contender.name, failure)
    if case.derive is not None and len(played) == len(order):
        case.derive(played)
    result.rounds.append(played)
    result.orders.append([contender.name for contender in order])
    return played
