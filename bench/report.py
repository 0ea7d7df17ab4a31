"""What a run leaves behind: raw figures as JSON, tables as Markdown, and lines for the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from .case import Case, Measure, Round, Settings
from .figures import Ratio, ratio_of, values_of
from .registry import TITLES
from .running import Played
from .targets import Verdict

_HOW_TO_READ = """\
{rounds} rounds, in which the contenders take turns. Figures are medians over the rounds. A ratio is the median of the
rounds' ratios; in brackets what the middle half of them lies between; behind the stroke the ratio of the medians.
What each case measures: the README of the package `bench`."""


def number_text(value: float) -> str:
    """Three significant digits, in the unit that is given; large numbers in thousands or millions."""
    for limit, unit in ((1e6, " M"), (1e4, " k")):
        if abs(value) >= limit:
            return f"{value / (1e6 if unit == ' M' else 1e3):.3g}{unit}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def round_line(number: int, case: Case, played: Round) -> str:
    """A round as it is told while the run goes on."""
    measure = case.measures[0]
    figures = "   ".join(
        f"{name} {number_text(played[name][measure.name]) if name in played else 'failed'}"
        for name in (contender.name for contender in case.contenders)
    )
    return f"round {number + 1}  {case.name:<34} {measure.title:<30} {figures}"


def write_json(path: Path, machine: dict[str, Any], settings: Settings, results: Sequence[Played]) -> None:
    """Every figure of every round."""
    document = {
        "machine": machine,
        "settings": asdict(settings),
        "cases": [
            {
                "subject": result.case.subject,
                "name": result.case.name,
                "measures": [asdict(measure) for measure in result.case.measures],
                "not run": result.case.obstacle,
                "rounds": [{"order": order, "samples": played} for order, played in zip(result.orders, result.rounds)],
                "failures": result.failures,
                "ratios": [
                    {"measure": measure.name, "of": ours, "to": rival, **asdict(ratio)}
                    for measure, ours, rival, ratio in _ratios(result)
                ],
            }
            for result in results
        ],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")


def _ratios(result: Played) -> Iterable[tuple[Measure, str, str, Ratio]]:
    for measure in result.case.measures:
        for ours, rival in result.case.pairs:
            ratio = ratio_of(result.rounds, ours, rival, measure.name)
            if ratio is not None:
                yield measure, ours, rival, ratio


def write_markdown(
    path: Path, machine: dict[str, Any], settings: Settings, results: Sequence[Played], verdicts: Sequence[Verdict]
) -> None:
    """Tables of medians and ratios, the targets at the end."""
    lines = ["# zmqx, pyzmq and plain sockets, side by side", ""]
    lines += [", ".join(f"{name}: {value}" for name, value in machine.items()) + ".", ""]
    lines += [_HOW_TO_READ.format(rounds=settings.rounds), ""]
    if settings.scale < 1:
        lines += [f"Samples of {settings.scale:g} of the usual length: good for a first look only.", ""]
    for subject in dict.fromkeys(result.case.subject for result in results):
        of_subject = [result for result in results if result.case.subject == subject]
        lines += [f"## {TITLES.get(subject, subject)}", "", *_subject_table(of_subject), ""]
    failures = [f"* {result.case.name}: {failure}" for result in results for failure in result.failures]
    missing = [f"* {result.case.name}: not run, {result.case.obstacle}" for result in results if result.case.obstacle]
    if failures or missing:
        lines += ["## Not measured", "", *missing, *failures, ""]
    lines += ["## Targets", "", *_table(_verdict_rows(verdicts)), ""]
    path.write_text("\n".join(lines))


def _subject_table(results: Sequence[Played]) -> list[str]:
    names = list(dict.fromkeys(contender.name for result in results for contender in result.case.contenders))
    pairs = list(dict.fromkeys(pair for result in results for pair in result.case.pairs))
    rows = [["case", "measure", "better", *names, *(f"{ours} / {rival}" for ours, rival in pairs)]]
    for result in results:
        for measure in result.case.measures:
            row = [result.case.name, measure.title, "more" if measure.more_is_better else "less"]
            for name in names:
                values = values_of(result.rounds, name, measure.name)
                row.append(number_text(median(values)) if values else "")
            for ours, rival in pairs:
                ratio = ratio_of(result.rounds, ours, rival, measure.name)
                row.append(ratio_text(ratio) if ratio else "")
            rows.append(row)
    return _table(rows)


def ratio_text(ratio: Ratio) -> str:
    """A ratio, its spread, and the ratio of the medians."""
    return f"{ratio.of_rounds:.2f} ({ratio.lower:.2f} to {ratio.upper:.2f}) / {ratio.of_medians:.2f}"


def _verdict_rows(verdicts: Sequence[Verdict]) -> list[list[str]]:
    rows = [["target", "wanted", "measured", "middle half of the rounds", "rounds", "verdict"]]
    for verdict in verdicts:
        ratio = verdict.ratio
        figures = [""] * 3
        if ratio is not None:
            figures = [f"{ratio.of_rounds:.3f}", f"{ratio.lower:.3f} to {ratio.upper:.3f}", str(ratio.rounds)]
        rows.append([verdict.target.title, verdict.target.wanted, *figures, verdict.text])
    return rows


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table that is one in plain text too."""
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def verdict_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """The targets, for the terminal."""
    return _table(_verdict_rows(verdicts))
