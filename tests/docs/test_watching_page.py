"""docs/watching.md names every kind of event, and what it shows runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zmqx.constants import Event

PAGE = (Path(__file__).parents[2] / "docs/watching.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_every_kind_has_its_row() -> None:
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert told == {member.name for member in Event} - {"ALL", "ALL_V1", "ALL_V2"}


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_what_it_shows_runs(number: int) -> None:
    exec(compile(PROGRAMS[number], "docs/watching.md", "exec"), {})
