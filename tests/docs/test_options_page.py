"""docs/options.md is what the table says."""

from __future__ import annotations

import pytest

from zmqx.options import SOCKET_TABLE, Option, RefusedOption

from . import options_page


def test_the_page_is_up_to_date() -> None:
    assert options_page.PAGE.read_text() == options_page.rendered(), "make options"


def test_every_option_of_sockets_is_there_once() -> None:
    told = [int(line.split("|")[1]) for line in section("## Of sockets") + section("## Refused") if numbered(line)]
    assert sorted(told) == sorted(SOCKET_TABLE)


def section(head: str) -> list[str]:
    return options_page.rendered().split(head + "\n")[1].split("\n## ")[0].splitlines()


def numbered(line: str) -> bool:
    return line.startswith("| ") and line.split("|")[1].strip().isdecimal()


@pytest.mark.parametrize("row", SOCKET_TABLE.values(), ids=lambda row: row.name)
def test_every_row_says_enough(row: Option) -> None:
    assert row.__doc__
    if not isinstance(row, RefusedOption):
        assert options_page.kind(row)
        assert options_page.attributes(row, options_page.SocketOptions)
        assert row.apply in options_page.WHEN
        assert not options_page.text(row).startswith(("1", "0")) or options_page.kind(row) in ("flag", "int")
