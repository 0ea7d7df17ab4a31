"""The benchmark: its arithmetic, its rounds, its processes, and one very small run of every case."""

from __future__ import annotations

import itertools
import json
import platform
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench import command
from bench.case import NOBODY, PYZMQ, ZMQX, Case, Contender, Measure, Round, Sample, Settings, size_text
from bench.figures import order_of, percentile, ratio_of, values_of
from bench.processes import ROOT, Child, SampleFailed
from bench.registry import SUBJECTS, TITLES
from bench.running import Played, play
from bench.targets import TARGETS, Target, judge

RATE = Measure("rate", "messages/s", more_is_better=True, title="messages/s")

# -- arithmetic


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_everybody_has_every_place_equally_often(count: int) -> None:
    orders = [order_of(range(count), number) for number in range(2 * count)]
    for place in range(count):
        assert Counter(order[place] for order in orders) == dict.fromkeys(range(count), 2)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_nobody_comes_before_a_neighbour_more_often_than_after(count: int) -> None:
    orders = [order_of(range(count), number) for number in range(2 * count)]
    following = Counter(pair for order in orders for pair in itertools.pairwise(order))
    assert following == {(second, first): times for (first, second), times in following.items()}


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7.0], 0.99, 7.0), ([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0, 2.0], 0.5, 1.5), ([0.0, 10.0], 0.25, 2.5)]
    + [([float(value) for value in range(101)], 0.99, 99.0), ([1.0, 5.0], 1.0, 5.0), ([5.0, 1.0], 0.0, 1.0)],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == pytest.approx(expected)


def rounds_of(*figures: tuple[float | None, float | None]) -> list[Round]:
    """Rounds in which zmqx and pyzmq reached these; None: the sample failed."""
    return [
        {name: {"rate": value} for name, value in zip(("zmqx", "pyzmq"), both) if value is not None} for both in figures
    ]


def test_ratios_are_taken_round_by_round() -> None:
    """A machine that slows down for both leaves the ratio of the rounds alone, not that of the medians."""
    ratio = ratio_of(rounds_of((100, 50), (10, 5), (30, 10), (8, 4), (60, 20)), "zmqx", "pyzmq", "rate")
    assert ratio is not None
    assert ratio.of_rounds == 2.0
    assert ratio.of_medians == 3.0
    assert (ratio.lower, ratio.upper) == (2.0, 3.0)
    assert ratio.rounds == 5


def test_a_round_without_one_of_the_two_is_no_part_of_the_ratio() -> None:
    rounds = rounds_of((20, 10), (None, 10), (1000, None), (20, 10), (20, 0))
    ratio = ratio_of(rounds, "zmqx", "pyzmq", "rate")
    assert ratio is not None
    assert (ratio.of_rounds, ratio.of_medians, ratio.rounds) == (2.0, 2.0, 2)
    assert values_of(rounds, "zmqx", "rate") == [20, 1000, 20, 20]


def test_there_is_no_ratio_where_nothing_was_measured() -> None:
    assert ratio_of(rounds_of((1, None), (None, 1)), "zmqx", "pyzmq", "rate") is None
    assert ratio_of([], "zmqx", "pyzmq", "rate") is None


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 B"), (16, "16 B"), (1024, "1 KiB"), (1500, "1500 B"), (65536, "64 KiB"), (1 << 20, "1 MiB")],
)
def test_sizes_as_people_say_them(size: int, text: str) -> None:
    assert size_text(size) == text


# -- targets


def case_of(name: str = "case", sample: Any = None, **rest: Any) -> Case:
    return Case("subject", name, (RATE,), (ZMQX, PYZMQ), sample or (lambda _: {"rate": 1.0}), **rest)


@pytest.mark.parametrize(
    ("at_least", "at_most", "figures", "text"),
    [
        (0.8, None, (80, 100), "reached"),
        (0.8, None, (79, 100), "not reached"),
        (None, 0.85, (85, 100), "reached"),
        (None, 0.85, (86, 100), "not reached"),
        (0.8, None, (80, None), "not measured"),
    ],
)
def test_verdicts(
    at_least: float | None, at_most: float | None, figures: tuple[float | None, float | None], text: str
) -> None:
    played = Played(case_of(), rounds_of(figures))
    (verdict,) = judge([played], [Target("a target", "case", "rate", at_least, at_most)])
    assert verdict.text == text
    assert verdict.reached == (text == "reached")


def test_every_target_is_something_that_is_measured() -> None:
    known = {case.name: case for cases in SUBJECTS.values() for case in cases(Settings())}
    for target in TARGETS:
        case = known[target.case]
        assert (target.ours, target.rival) in case.pairs
        (measure,) = (measure for measure in case.measures if measure.name == target.measure)
        assert (target.at_least is not None, target.at_most is not None) == (
            measure.more_is_better,
            not measure.more_is_better,
        )


def test_names_of_cases_are_unique_and_subjects_have_titles() -> None:
    names = Counter(case.name for cases in SUBJECTS.values() for case in cases(Settings()))
    assert set(names.values()) == {1}
    assert set(TITLES) == set(SUBJECTS)


# -- rounds


class Script:
    """Samples that write down who was asked for when."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.told: list[tuple[int, str, Round]] = []
        self.failed: list[tuple[str, str, str]] = []

    def case(self, name: str, failing: str = "", **rest: Any) -> Case:
        def sample(contender: Contender) -> Sample:
            self.calls.append((name, contender.name))
            if contender.name == failing:
                raise SampleFailed("broken")
            return {"rate": 1.0}

        return case_of(name, sample, **rest)

    def play(self, cases: list[Case], rounds: int) -> list[Played]:
        return play(
            cases,
            rounds,
            lambda number, case, played: self.told.append((number, case.name, played)),
            lambda case, contender, failure: self.failed.append((case.name, contender, str(failure))),
        )


def test_contenders_and_cases_take_turns() -> None:
    script = Script()
    results = script.play([script.case("one"), script.case("two", rounds=2)], 2)
    assert script.calls == [
        ("one", "zmqx"), ("one", "pyzmq"), ("two", "zmqx"), ("two", "pyzmq"), ("two", "pyzmq"), ("two", "zmqx"),
        ("one", "pyzmq"), ("one", "zmqx"), ("two", "pyzmq"), ("two", "zmqx"), ("two", "zmqx"), ("two", "pyzmq"),
    ]  # fmt: skip
    assert results[0].orders == [["zmqx", "pyzmq"], ["pyzmq", "zmqx"]]
    assert [(number, name) for number, name, _ in script.told] == [
        (number, name) for number in (0, 1) for name in ("one", "two", "two")
    ]


def test_a_failed_sample_leaves_a_gap_and_is_told() -> None:
    derived: list[Round] = []
    script = Script()
    (result,) = script.play([script.case("one", failing="pyzmq", derive=derived.append)], 2)
    assert result.rounds == [{"zmqx": {"rate": 1.0}}] * 2
    assert result.failures == ["pyzmq: broken"] * 2
    assert script.failed == [("one", "pyzmq", "broken")] * 2
    assert derived == []


def test_what_cannot_run_here_is_not_run() -> None:
    script = Script()
    (result,) = script.play([script.case("one", obstacle="no room")], 2)
    assert (script.calls, result.rounds) == ([], [])


# -- processes


def test_a_process_that_dies_says_why() -> None:
    with (
        pytest.raises(SampleFailed, match="ended early") as caught,
        Child("latency:reply", ZMQX, bind="nowhere") as child,
    ):
        child.hear()
    assert "TypeError" in caught.value.detail


def test_the_process_that_died_is_named_and_not_its_partner() -> None:
    params = {"calls": 1, "warm": 1}
    with (
        pytest.raises(SampleFailed) as caught,
        Child("latency:reply", ZMQX, bind="nowhere://", **params) as server,
        Child("latency:ask", ZMQX, **params),
    ):
        server.hear()
    assert "latency:reply" in caught.value.detail
    assert "latency:ask" not in caught.value.detail


def test_a_silent_process_is_not_waited_for_for_ever() -> None:
    with pytest.raises(SampleFailed, match="said nothing"), Child("memory:connect", NOBODY) as child:
        child.hear(seconds=0.01)


def test_a_process_that_ends_badly_spoils_its_sample() -> None:
    with pytest.raises(SampleFailed, match="did not end well"), Child("memory:connect", NOBODY):
        pass  # it was never told what to do: hanging up ends it with an error


# -- the command


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ([], Settings()),
        (["--quick"], Settings(rounds=3, scale=0.2)),
        (["--quick", "--rounds", "9"], Settings(rounds=9, scale=0.2)),
        (["--scale", "2", "--sizes", "16,64K,1M"], Settings(scale=2, sizes=(16, 65536, 1 << 20))),
        (["--transports", "ipc,tcp"], Settings(transports=("ipc", "tcp"))),
    ],
)
def test_what_the_command_line_asks_for(line: list[str], expected: Settings) -> None:
    assert command.settings_of(command.parser().parse_args(line)) == expected


@pytest.mark.parametrize(
    "line",
    ["--only nothing", "--transports pigeon", "--sizes 0", "--sizes many", "--rounds 0", "--scale 0", "--scale -1"],
)
def test_nonsense_is_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(line.split())
    assert caught.value.code == 2
    assert "error" in capsys.readouterr().err


def run(out: Path, *line: str) -> int:
    """A run of a second or two."""
    return command.main(["--rounds", "1", "--scale", "0.01", "--sizes", "16,1M", "--out", str(out), *line])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_case_gives_figures_of_everybody(subject: str, tmp_path: Path) -> None:
    assert run(tmp_path, "--only", subject, "--no-plot") == 0
    document = json.loads((tmp_path / "results.json").read_text())
    expected = SUBJECTS[subject](Settings(scale=0.01, sizes=(16, 1 << 20)))
    assert [case["name"] for case in document["cases"]] == [case.name for case in expected]
    for case, made in zip(expected, document["cases"]):
        assert made["failures"] == []
        (played,) = made["rounds"]
        assert sorted(played["order"]) == sorted(contender.name for contender in case.contenders)
        for contender in case.contenders:
            # A few connections may fit into memory that was there before.
            assert all(value > 0 or subject == "memory" for value in played["samples"][contender.name].values())
    tables = (tmp_path / "results.md").read_text()
    assert all(case.name in tables for case in expected)
    assert tables.index("## Targets") > tables.index(f"## {TITLES[subject]}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.json", "results.md"]


def test_results_name_neither_the_machine_nor_its_folders(tmp_path: Path) -> None:
    assert run(tmp_path, "--only", "import", "--no-plot") == 0
    for path in tmp_path.iterdir():
        text = path.read_text()
        assert str(ROOT) not in text
        assert str(tmp_path) not in text
        assert f'"{platform.node()}"' not in text
        assert platform.python_version() in text


def test_without_matplotlib_there_is_no_picture_and_a_word_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "can_draw", lambda: False)
    assert run(tmp_path, "--only", "import") == 0
    assert "matplotlib is missing" in capsys.readouterr().out
    assert not (tmp_path / "results.svg").exists()


def test_a_failed_sample_shows_in_the_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "SUBJECTS", {"import": lambda _: [Script().case("one", failing="zmqx")]})
    assert run(tmp_path, "--only", "import", "--no-plot") == 1
    assert "FAILED   one, zmqx: broken" in capsys.readouterr().out
    assert "* one: zmqx: broken" in (tmp_path / "results.md").read_text()


def test_a_missing_rival_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "zmq" else object())
    assert run(tmp_path) == 2
    assert "pip install pyzmq" in capsys.readouterr().err
