"""The ratios as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .figures import ratio_of
from .running import Played

_COLOURS = {"pyzmq": "#1f6fb2", "plain": "#8a8a8a"}


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return find_spec("matplotlib") is not None


def draw(path: Path, results: Sequence[Played]) -> None:
    """How many times as good as its rivals zmqx is, case by case: to the right of 1 it is ahead.

    Bars of times and memory are turned round, so that right is always good.
    """
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot, ticker

    bars = []
    for result in results:
        for measure in result.case.measures:
            for ours, rival in result.case.pairs:
                ratio = ratio_of(result.rounds, ours, rival, measure.name)
                if ratio is None or min(ratio.lower, ratio.of_rounds) <= 0:
                    continue  # nothing that a scale of multiples could show
                ends = (ratio.lower, ratio.of_rounds, ratio.upper)
                if not measure.more_is_better:
                    ends = (1 / ratio.upper, 1 / ratio.of_rounds, 1 / ratio.lower)
                label = result.case.name if len(result.case.measures) == 1 else f"{result.case.name}, {measure.name}"
                bars.append((f"{label}: {ours} to {rival}", ends, _COLOURS.get(rival, "#b2641f")))
    with matplotlib.rc_context({"svg.hashsalt": "zmqx", "font.size": 8}):
        figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.2 * len(bars)))
        try:
            for place, (_, (lower, middle, upper), colour) in enumerate(bars):
                axes.barh(place, middle - 1, left=1, color=colour, height=0.6)
                axes.plot([lower, upper], [place, place], color="black", linewidth=1)
            axes.axvline(1, color="black", linewidth=0.8)
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_minor_locator(ticker.NullLocator())
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.grid(axis="x", color="#dddddd", linewidth=0.5)
            axes.set_axisbelow(True)
            axes.set_yticks(range(len(bars)), [label for label, _, _ in bars])
            axes.invert_yaxis()
            axes.set_xlabel("times as good (1: equal; lines: the middle half of the rounds)")
            figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
        finally:
            pyplot.close(figure)
