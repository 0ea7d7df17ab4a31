"""The arithmetic: orders of play, medians, percentiles, ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from .case import Round

T = TypeVar("T")


def order_of(players: Sequence[T], number: int) -> list[T]:
    """Who plays when in round ``number`` (from 0).

    The start moves on by one every round, and every full turn the direction changes: over two turns everybody has had
    every place twice, and whoever came after somebody as often came before.
    """
    turn, shift = divmod(number, len(players))
    order = [*players[shift:], *players[:shift]]
    return order[::-1] if turn % 2 else order


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of all values do not exceed, between neighbours by proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def values_of(rounds: Sequence[Round], contender: str, measure: str) -> list[float]:
    """What a contender reached, round by round, where it did."""
    return [played[contender][measure] for played in rounds if measure in played.get(contender, {})]


@dataclass(frozen=True)
class Ratio:
    """One contender's figures divided by another's."""

    #: The median of the ratios of each round: both were measured within seconds of each other.
    of_rounds: float
    #: The median of one divided by the median of the other.
    of_medians: float
    #: The middle half of the rounds' ratios lies between these.
    lower: float
    upper: float
    rounds: int


def ratio_of(rounds: Sequence[Round], ours: str, rival: str, measure: str) -> Ratio | None:
    """Compare two contenders by the rounds in which both were measured; None if there is none."""
    both = [
        (played[ours][measure], played[rival][measure])
        for played in rounds
        if measure in played.get(ours, {}) and played.get(rival, {}).get(measure)
    ]
    if not both:
        return None
    ratios = [our / their for our, their in both]
    return Ratio(
        of_rounds=median(ratios),
        of_medians=median(our for our, _ in both) / median(their for _, their in both),
        lower=percentile(ratios, 0.25),
        upper=percentile(ratios, 0.75),
        rounds=len(both),
    )
