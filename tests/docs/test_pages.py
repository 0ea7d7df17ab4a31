"""What the pages say is true: programs run, links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
    *sorted((ROOT / "bench").glob("*.md")),
]

PROGRAMS = re.findall(r"^\*\*([^*]+)\*\*[^\n]*\n\n```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M)

SAYS = {
    "Request and reply": "hello, world\n",
    "Publish and subscribe": "b'hello, world'\n",
    "Pipeline": "{'hello': 0}\n{'hello': 1}\n{'hello': 2}\n",
    "Exclusive pair": "b'hello' b'world'\n",
    "Dealer and router": "b'WORLD' b'HELLO'\n",
    "asyncio": "b'hello'\nb'world'\n",
}


def test_there_is_a_program_for_every_pattern() -> None:
    assert [name for name, _ in PROGRAMS] == list(SAYS)


@pytest.mark.parametrize(("name", "program"), PROGRAMS, ids=[name for name, _ in PROGRAMS])
def test_the_programs_of_the_readme_run(name: str, program: str) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == SAYS[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not target.startswith(("http://", "https://", "#")):
            assert (page.parent / target.split("#")[0]).exists(), target
